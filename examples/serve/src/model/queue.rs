//! The queue of a model: requests that wait are predicted together.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::metrics::ModelMetrics;

/// How requests are put together.
#[derive(Clone, Copy, Debug)]
pub struct Batching {
    /// The most samples of several requests in one batch. A request with more is a batch of its own.
    pub samples: usize,
    /// How long the first of a batch waits for others, if the batch is not full.
    pub delay: Duration,
    /// The most samples that may wait.
    pub waiting: usize,
    /// How many threads predict.
    pub threads: usize,
}

/// A request that waits.
pub struct Job {
    pub inputs: Vec<f32>,
    pub samples: usize,
    pub since: Instant,
    pub reply: oneshot::Sender<Vec<f32>>,
}

/// There is no room.
#[derive(Debug, PartialEq)]
pub struct Full;

pub struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    batching: Batching,
    metrics: ModelMetrics,
}

struct State {
    jobs: VecDeque<Job>,
    samples: usize,
    open: bool,
}

impl Queue {
    pub fn new(batching: Batching, metrics: ModelMetrics) -> Queue {
        let state = State { jobs: VecDeque::new(), samples: 0, open: true };
        Queue { state: Mutex::new(state), changed: Condvar::new(), batching, metrics }
    }

    /// Lets a request wait; its outputs come from the receiver, or nothing does if the prediction panics.
    ///
    /// # Errors
    /// [`Full`] if too many samples wait already.
    pub fn push(&self, inputs: Vec<f32>, samples: usize) -> Result<oneshot::Receiver<Vec<f32>>, Full> {
        let (reply, outputs) = oneshot::channel();
        let mut state = self.state();
        if state.samples.saturating_add(samples) > self.batching.waiting {
            return Err(Full);
        }
        state.samples += samples;
        state.jobs.push_back(Job { inputs, samples, since: Instant::now(), reply });
        drop(state);
        self.metrics.waiting.inc_by(samples as i64);
        self.changed.notify_one();
        Ok(outputs)
    }

    /// The next batch, as soon as there is one; `None` when the queue is closed and empty.
    pub fn next(&self) -> Option<Vec<Job>> {
        let Batching { samples: most, delay, .. } = self.batching;
        let mut state = self.state();
        loop {
            let wait = match state.jobs.front() {
                None if !state.open => return None,
                None => None,
                Some(_) if delay.is_zero() || state.samples >= most || !state.open => Some(Duration::ZERO),
                Some(first) => Some(delay.saturating_sub(first.since.elapsed())),
            };
            state = match wait {
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => break,
                Some(wait) => self.changed.wait_timeout(state, wait).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
        let mut batch = vec![];
        let mut samples = 0;
        while let Some(job) = state.jobs.pop_front_if(|job| samples == 0 || samples + job.samples <= most) {
            samples += job.samples;
            batch.push(job);
        }
        state.samples -= samples;
        if !state.jobs.is_empty() {
            self.changed.notify_one();
        }
        drop(state);
        self.metrics.waiting.dec_by(samples as i64);
        self.metrics.batch.observe(samples as f64);
        Some(batch)
    }

    /// Lets the threads end when nothing waits any more.
    pub fn close(&self) {
        self.state().open = false;
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(samples: usize, delay: Duration) -> Queue {
        Queue::new(Batching { samples, delay, waiting: 10, threads: 1 }, ModelMetrics::default())
    }

    fn sizes(batch: Option<Vec<Job>>) -> Option<Vec<usize>> {
        batch.map(|jobs| jobs.iter().map(|job| job.samples).collect())
    }

    #[test]
    fn what_waits_is_taken_together_up_to_the_limit() {
        let queue = queue(4, Duration::ZERO);
        let replies = [1, 2, 1, 3].map(|samples| queue.push(vec![], samples).unwrap());
        assert_eq!(queue.push(vec![], 4).err(), Some(Full));
        assert_eq!(queue.push(vec![], usize::MAX).err(), Some(Full));
        assert_eq!(sizes(queue.next()), Some(vec![1, 2, 1]));
        assert_eq!(sizes(queue.next()), Some(vec![3]));
        let _large = queue.push(vec![], 9).unwrap();
        queue.close();
        // Closed, but not before it is empty.
        assert_eq!(sizes(queue.next()), Some(vec![9]));
        assert_eq!(sizes(queue.next()), None);
        drop(replies);
    }

    #[test]
    fn the_first_waits_no_longer_than_the_delay() {
        let queue = queue(4, Duration::from_millis(50));
        let start = Instant::now();
        let _one = queue.push(vec![], 1).unwrap();
        assert_eq!(sizes(queue.next()), Some(vec![1]));
        assert!(start.elapsed() >= Duration::from_millis(50));
        let _four = queue.push(vec![], 4).unwrap();
        let start = Instant::now();
        assert_eq!(sizes(queue.next()), Some(vec![4]));
        assert!(start.elapsed() < Duration::from_millis(50));
    }
}
