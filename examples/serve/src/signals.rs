//! The signals that stop the server: SIGTERM and SIGINT, Ctrl-C elsewhere.

use std::io;
use std::process;

use tokio::sync::mpsc;

/// The exit status after a second signal.
const AT_ONCE: i32 = 130;

pub struct Signals {
    #[cfg(unix)]
    streams: [tokio::signal::unix::Signal; 2],
}

impl Signals {
    /// From now on, the signals do not end the process by themselves.
    ///
    /// # Errors
    /// If the system does not let them be handled.
    pub fn new() -> io::Result<Signals> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Signals { streams: [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?] })
        }
        #[cfg(not(unix))]
        Ok(Signals {})
    }

    /// Waits for the first signal. The second ends the process.
    pub async fn stop(self) {
        let (send, mut first) = mpsc::channel(1);
        tokio::spawn(async move {
            let mut signals = self;
            signals.next().await;
            send.send(()).await.ok();
            signals.next().await;
            process::exit(AT_ONCE);
        });
        first.recv().await;
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        let [terminate, interrupt] = &mut self.streams;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        // Without a handler, the process ends by itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
