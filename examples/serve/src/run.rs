//! From options to a server, and to its end.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::{fs, io, thread};

use bytes::Bytes;
use shapeproof::io::Model;
use shapeproof::layer::Module;
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime;
use tokio::sync::Semaphore;

use crate::http::{self, App, Budget, Limits, Times};
use crate::log::Log;
use crate::metrics::Metrics;
use crate::model::{Batching, Live, Repository, Source, ToInput, Watch};
use crate::options::Options;
use crate::signals::Signals;

/// How many connections may wait to be accepted.
const BACKLOG: u32 = 1024;

/// What a program serves: models of the network `N`.
pub struct Served<N: Module> {
    /// The name of the model in the binary, which is also that of `--model`.
    pub name: &'static str,
    /// The file of that model, from `include_bytes!`.
    pub model: &'static [u8],
    /// What makes an input of a picture for `POST /predict`; `None` if the network is not for pictures.
    pub picture: Option<ToInput<N>>,
}

/// Serves until a signal says to stop, and then answers what was accepted.
///
/// # Errors
/// If no model can be loaded, or the address is not free.
pub fn run<N: Module<Scalar = f32>>(options: &Options, served: Served<N>) -> Result<ExitCode, Box<dyn Error>> {
    let log = Log { quiet: options.quiet };
    let (metrics, repository) = (Arc::new(Metrics::new()), Arc::new(Repository::default()));
    let name = options.name.clone().unwrap_or_else(|| served.name.into());
    let starting = Starting { batching: options.batching(), picture: served.picture, metrics: metrics.clone() };
    let source = options.source();
    if let Source::Embedded = source {
        repository.put(&name, 1, starting.start(&name, 1, Model::from_bytes(served.model)?)?);
    } else {
        let load = Box::new(move |name: &str, version, file: &Path| starting.load(name, version, file));
        let mut watch = Watch::new(source, name, load, repository.clone(), metrics.clone(), log);
        watch.begin()?;
        watch.go_on(options.look)?;
    }
    let app = Arc::new(App {
        repository,
        metrics,
        most_samples: options.queue.get(),
        body_limit: options.body_limit,
        budget: Budget::new(options.memory_limit),
        timeout: options.timeout,
        decoders: Semaphore::new(thread::available_parallelism().map_or(1, usize::from)),
        page: options.page.as_deref().map(page).transpose()?,
        stopping: AtomicBool::new(false),
    });
    runtime::Builder::new_multi_thread().enable_all().build()?.block_on(serve(options, app, log))
}

async fn serve(options: &Options, app: Arc<App>, log: Log) -> Result<ExitCode, Box<dyn Error>> {
    let listener = listen(options).map_err(|error| format!("{}: cannot listen: {error}", options.listen))?;
    let signals = Signals::new()?;
    log.line(&format!("listening on http://{}, models: {}", listener.local_addr()?, app.repository.describe()));
    let limits = Limits {
        connections: options.connections(),
        times: Times { idle: options.idle_timeout, write: options.timeout },
        stop_delay: options.stop_delay,
        stop_timeout: options.stop_timeout,
    };
    let stopped = app.clone();
    let stop = async move {
        signals.stop().await;
        stopped.stop();
        log.line("stopping: what was accepted is answered");
    };
    match http::serve(listener, app, limits, stop).await {
        0 => {
            log.line("stopped");
            Ok(ExitCode::SUCCESS)
        }
        open => Err(format!("connections: found {open} open at the end, expected all to be done").into()),
    }
}

fn listen(options: &Options) -> io::Result<TcpListener> {
    let socket = if options.listen.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A server that is started again finds its address free.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(options.listen)?;
    socket.listen(BACKLOG)
}

fn page(file: &Path) -> Result<Bytes, String> {
    fs::read(file).map(Bytes::from).map_err(|error| format!("{}: {error}", file.display()))
}

/// What is needed to start a model.
struct Starting<N: Module> {
    batching: Batching,
    picture: Option<ToInput<N>>,
    metrics: Arc<Metrics>,
}

impl<N: Module<Scalar = f32>> Starting<N> {
    fn load(&self, name: &str, version: u64, file: &Path) -> Result<Live, String> {
        let model = Model::load(file).map_err(|error| error.to_string())?;
        self.start(name, version, model).map_err(|error| format!("{}: {error}", file.display()))
    }

    fn start(&self, name: &str, version: u64, model: Model<N>) -> io::Result<Live> {
        Live::start(model, self.picture, self.batching, self.metrics.of_model(name, version))
    }
}
