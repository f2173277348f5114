//! Accepts connections, and stops.
//!
//! ```text
//! SIGTERM → not ready; answers say `connection: close`
//!         → --stop-delay later, what has connected is accepted, and no more
//!         → LINGER later, idle connections are closed; others are after their answer
//!         → the end, when all are closed, or after --stop-timeout
//! ```
//!
//! A client that has just sent a request on a connection that was idle is thus answered.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::app::App;
use super::connection::{self, Times};
use super::router::router;

/// How many connections that find no room are told so at once; further ones are closed.
const TOLD: usize = 64;

/// For those, to send a request and to be told.
const TOLD_TIMES: Times = Times { idle: Duration::from_secs(1), write: Duration::from_secs(1) };

/// How long idle connections are kept open when the server stops.
const LINGER: Duration = Duration::from_millis(500);

/// How long nothing is accepted after an error, such as too many open files.
const PAUSE: Duration = Duration::from_millis(20);

/// The limits of a server.
pub struct Limits {
    pub connections: u32,
    pub times: Times,
    pub stop_delay: Duration,
    pub stop_timeout: Duration,
}

struct Doors {
    app: Arc<App>,
    router: axum::Router,
    times: Times,
    places: Arc<Semaphore>,
    told: Arc<Semaphore>,
    closing: watch::Sender<bool>,
}

/// Answers requests until `stop` is done, and then what was accepted. Returns how many connections were still open in the end.
pub async fn serve(listener: TcpListener, app: Arc<App>, limits: Limits, stop: impl Future<Output = ()>) -> usize {
    let all = limits.connections as usize;
    let doors = Doors {
        router: router(app.clone()),
        app,
        times: limits.times,
        places: Arc::new(Semaphore::new(all)),
        told: Arc::new(Semaphore::new(TOLD)),
        closing: watch::Sender::new(false),
    };
    doors.accept_until(&listener, stop).await;
    doors.app.stop();
    if !limits.stop_delay.is_zero() {
        doors.accept_until(&listener, sleep(limits.stop_delay)).await;
    }
    // What has connected already, but was not accepted yet.
    while let Ok(Ok((stream, _))) = timeout(Duration::from_millis(1), listener.accept()).await {
        doors.open(stream);
    }
    drop(listener);
    let deadline = Instant::now() + limits.stop_timeout;
    let closed = doors.places.acquire_many(limits.connections);
    tokio::pin!(closed);
    if timeout_at(deadline.min(Instant::now() + LINGER), &mut closed).await.is_ok() {
        return 0;
    }
    doors.closing.send_replace(true);
    match timeout_at(deadline, closed).await {
        Ok(_) => 0,
        Err(_) => doors.app.metrics.connections.get().unsigned_abs() as usize,
    }
}

impl Doors {
    async fn accept_until(&self, listener: &TcpListener, stop: impl Future<Output = ()>) {
        let accept = async {
            loop {
                match listener.accept().await {
                    Ok((stream, _)) => self.open(stream),
                    // That of one connection which has gone says nothing about the next.
                    Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                    Err(_) => sleep(PAUSE).await,
                }
            }
        };
        tokio::select! {
            () = accept => {}
            () = stop => {}
        }
    }

    /// Serves a connection, or tells it that there is no room.
    fn open(&self, stream: TcpStream) {
        let closing = self.closing.subscribe();
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            let (router, times, counted) = (self.router.clone(), self.times, Counted::new(&self.app));
            tokio::spawn(async move {
                connection::serve(stream, router, times, closing).await;
                drop((counted, place));
            });
            return;
        }
        self.app.metrics.refused.inc();
        if let Ok(place) = self.told.clone().try_acquire_owned() {
            tokio::spawn(async move {
                connection::refuse(stream, TOLD_TIMES, closing).await;
                drop(place);
            });
        }
    }
}

/// An open connection in the metrics.
struct Counted(Arc<App>);

impl Counted {
    fn new(app: &Arc<App>) -> Counted {
        app.metrics.connections.inc();
        Counted(app.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.metrics.connections.dec();
    }
}
