//! The threads of a trainer.

use alloc::format;
use alloc::string::ToString;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::thread;
use std::time::Instant;

use rayon::{ThreadPool, ThreadPoolBuilder, Yield};

use super::kept::Kept;
use super::limits::{THREADS_ANYWHERE, THREADS_PER_CORE, cores, max_threads};
use super::run::{Run, fold};
use crate::optim::{ParallelFor, Work};
use crate::scalar::Scalar;
use crate::team::join;
use crate::{Error, Result};

/// A number of threads to compute on. One thread means the caller's own.
#[derive(Clone, Debug)]
pub struct Threads {
    /// `None` for one thread.
    pool: Option<Arc<ThreadPool>>,
    /// The buffers of inference.
    pub(super) kept: Kept,
    /// How many threads [look for work](Threads::keep_awake).
    awake: Arc<AtomicUsize>,
}

/// How long a thread without work looks for some in inference before it sleeps. To wake one takes a fifth of that.
const PATIENCE: Duration = Duration::from_micros(200);

impl Threads {
    /// Returns `count` threads, or as many as the machine has cores.
    ///
    /// # Errors
    /// [`Error::Setting`] if `count` is 0 or above [`max_threads`], or if the system cannot create the threads.
    pub fn new(count: Option<usize>) -> Result<Threads> {
        let refuse = |found, expected| Err(Error::Setting { setting: "threads", found, expected });
        match (count.unwrap_or_else(cores), max_threads()) {
            (1, _) => Ok(Threads { pool: None, kept: Kept::default(), awake: Arc::default() }),
            (count, most) if (1..=most).contains(&count) => match ThreadPoolBuilder::new().num_threads(count).build() {
                Ok(pool) => Ok(Threads { pool: Some(Arc::new(pool)), kept: Kept::default(), awake: Arc::default() }),
                Err(error) => refuse(format!("{count} ({error})"), "a smaller number of threads".into()),
            },
            (count, most) => {
                let why = format!("{THREADS_PER_CORE} for each core, but {THREADS_ANYWHERE} in any case");
                refuse(count.to_string(), format!("1 to {most} on this machine: {why}"))
            }
        }
    }

    /// Returns how many there are.
    pub fn count(&self) -> usize {
        self.pool.as_ref().map_or(1, |pool| pool.current_num_threads())
    }

    /// Calls `work` on one of the threads.
    ///
    /// Calls on these threads inside `work` need not wake one first, which takes long compared with a training step.
    pub fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match &self.pool {
            None => work(),
            Some(pool) => {
                let mut result = None;
                install(pool, &mut once(|| result = Some(work())));
                result.expect("the work was done")
            }
        }
    }

    /// The index of the current thread, below [`count`](Threads::count).
    pub(super) fn current(&self) -> usize {
        if self.pool.is_some() { rayon::current_thread_index().unwrap_or(0) } else { 0 }
    }

    /// Has the other threads look for work for [a while](PATIENCE), unless some do. Called by one of the threads, before work that takes
    /// less time than to wake one.
    pub(super) fn keep_awake(&self) {
        let Some(pool) = &self.pool else { return };
        let Some(here) = pool.current_thread_index() else { return };
        let others = pool.current_num_threads() - 1;
        if self.awake.compare_exchange(0, others, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return;
        }
        let awake = Arc::clone(&self.awake);
        pool.spawn_broadcast(move |thread| {
            // This one has work, and must not wait for more when another thread has done a part of it.
            if thread.index() == here {
                return;
            }
            let mut last = Instant::now();
            while last.elapsed() < PATIENCE {
                match rayon::yield_now() {
                    Some(Yield::Executed) => last = Instant::now(),
                    _ => thread::yield_now(),
                }
            }
            awake.fetch_sub(1, Ordering::Relaxed);
        });
    }

    /// Calls `work` with every item and its position, on any free thread.
    pub(super) fn for_each<I: Send>(&self, items: &mut [I], work: impl Fn(usize, &mut I) + Sync) {
        self.for_each_from(End::First, items, work);
    }

    /// [`for_each`](Threads::for_each), from one end of the items to the other. With several threads, each goes through a part so.
    pub(super) fn for_each_from<I: Send>(&self, end: End, items: &mut [I], work: impl Fn(usize, &mut I) + Sync) {
        match &self.pool {
            None => each(end, false, items, 0, &work),
            Some(pool) => install(pool, &mut || each(end, true, items, 0, &work)),
        }
    }

    /// Calls `work` with every item of a run and its position in the tree, then reduces neighbors: `merge(left, right)` combines the
    /// results of two halves of a part of the [tree](Run), which are in the first item of each, in that of the left one.
    ///
    /// If the run is the whole tree, the first item holds the result of all. Otherwise it holds that of the largest part of the tree
    /// that begins there and ends within the run, and so does the first item after it.
    ///
    /// The order of the reduction does not depend on the threads. A thread that has worked on two neighbors merges them while they
    /// are in cache.
    pub(super) fn fold<I: Send>(
        &self,
        end: End,
        items: &mut [I],
        run: &Run,
        work: impl Fn(usize, &mut I) + Sync,
        merge: impl Fn(&mut I, &I) + Sync,
    ) {
        match &self.pool {
            None => fold(end, false, items, run, run.tree(), &work, &merge),
            Some(pool) => install(pool, &mut || fold(end, true, items, run, run.tree(), &work, &merge)),
        }
    }

    /// Returns the results of `work` for every `step`th number below `end`, in their order, computed on any free threads.
    pub(super) fn map<R: Send>(&self, end: usize, step: usize, work: impl Fn(usize) -> R + Sync) -> Vec<R> {
        let mut results: Vec<Option<R>> = (0..end.div_ceil(step)).map(|_| None).collect();
        self.for_each(&mut results, |at, result| *result = Some(work(at * step)));
        results.into_iter().flatten().collect()
    }
}

/// An end of a row of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    First,
    Last,
}

impl End {
    /// The other end.
    pub(super) fn other(self) -> End {
        match self {
            End::First => End::Last,
            End::Last => End::First,
        }
    }

    /// Works on the two halves of a row, on that at this end first, or on both [at once](both).
    pub(super) fn halves(self, in_parallel: bool, left: impl FnOnce() + Send, right: impl FnOnce() + Send) {
        match (self, in_parallel) {
            (End::First, true) => both(left, right),
            (End::Last, true) => both(right, left),
            (End::First, false) => {
                left();
                right();
            }
            (End::Last, false) => {
                right();
                left();
            }
        }
    }
}

/// Calls `left`, and `right` on another thread if one is free meanwhile.
pub(super) fn both(left: impl FnOnce() + Send, right: impl FnOnce() + Send) {
    join(&mut once(left), &mut once(right));
}

/// Compiled here alone, as [`join`] is.
fn install(pool: &ThreadPool, work: &mut (dyn FnMut() + Send)) {
    pool.install(work);
}

/// The same work as a closure that has an address. It is done when that is first called.
fn once(work: impl FnOnce()) -> impl FnMut() {
    let mut work = Some(work);
    move || work.take().into_iter().for_each(|work| work())
}

/// Calls `work` with every item and its position; that of the first is `at`.
fn each<I: Send>(from: End, in_parallel: bool, items: &mut [I], at: usize, work: &(dyn Fn(usize, &mut I) + Sync)) {
    match items {
        [] => {}
        [item] => work(at, item),
        _ => {
            let middle = items.len().div_ceil(2);
            let (left, right) = items.split_at_mut(middle);
            let left = || each(from, in_parallel, left, at, work);
            let right = || each(from, in_parallel, right, at + middle, work);
            from.halves(in_parallel, left, right);
        }
    }
}

/// A parameter with more numbers than this is divided among the threads.
const PIECE: usize = 16 * 1024;

impl ParallelFor for Threads {
    fn walk<T: Scalar, const R: usize, const W: usize>(
        &self,
        read: [&[T]; R],
        write: [&mut [T]; W],
        work: &Work<'_, T, R, W>,
    ) {
        let len = write.iter().map(|slice| slice.len()).max().unwrap_or(0);
        if self.pool.is_none() || len <= PIECE {
            return work(read, write);
        }
        let middle = len / 2;
        let nothing = || core::array::from_fn::<&mut [T], W, _>(|_| &mut []);
        let (mut lefts, mut rights) = (nothing(), nothing());
        for (slice, (left, right)) in write.into_iter().zip(lefts.iter_mut().zip(&mut rights)) {
            (*left, *right) = slice.split_at_mut(middle);
        }
        both(
            || self.walk(read.map(|slice| &slice[..middle]), lefts, work),
            || self.walk(read.map(|slice| &slice[middle..]), rights, work),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_look_for_work_and_sleep() {
        let threads = Threads::new(Some(3)).unwrap();
        let awake = || threads.awake.load(Ordering::Relaxed);
        let numbers = || threads.run(|| threads.map(100, 1, |number| 2 * number));
        threads.keep_awake();
        assert_eq!(awake(), 0, "not one of the threads called");
        for _ in 0..20 {
            threads.run(|| {
                threads.keep_awake();
                threads.keep_awake();
                assert!(awake() <= 2, "{} of two others look for work", awake());
            });
            assert_eq!(numbers(), (0..200).step_by(2).collect::<Vec<_>>());
            let begin = Instant::now();
            while awake() > 0 {
                assert!(begin.elapsed() < Duration::from_secs(60), "{} threads have not gone to sleep", awake());
                thread::yield_now();
            }
        }
    }
}
