//! What all requests share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Semaphore;

use super::budget::Budget;
use crate::metrics::Metrics;
use crate::model::Repository;

pub struct App {
    pub repository: Arc<Repository>,
    pub metrics: Arc<Metrics>,
    /// The most samples of a request: more could never wait.
    pub most_samples: usize,
    /// The longest body in bytes.
    pub body_limit: usize,
    /// What all bodies together may take.
    pub budget: Budget,
    /// For a body to arrive and be answered.
    pub timeout: Duration,
    /// A picture is decoded by whoever holds one of these.
    pub decoders: Semaphore,
    /// The page for `/`.
    pub page: Option<Bytes>,
    /// Whether the server is about to end.
    pub stopping: AtomicBool,
}

impl App {
    pub fn is_ready(&self) -> bool {
        !self.is_stopping() && !self.repository.is_empty()
    }

    /// From now on, the server is not ready, and closes connections.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}
