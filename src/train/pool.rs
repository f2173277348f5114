//! A pool of buffers, lent to the code that needs them.

use alloc::boxed::Box;
use alloc::vec::Vec;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Threads;

/// A buffer for each thread, and spare ones.
///
/// A buffer is removed from the pool while it is in use, so no lock is held meanwhile: the code that uses it calls the user's code.
/// If that waits for other threads, as rayon's `join` does, its thread may run other work, which finds the thread's buffer lent.
/// Then it gets a spare one, which is created if there is none. The results do not depend on which buffer is used.
pub(super) struct Pool<B> {
    own: Box<[Mutex<Option<B>>]>,
    spare: Mutex<Vec<B>>,
    make: Box<dyn Fn() -> B + Send + Sync>,
}

impl<B> Pool<B> {
    /// No buffers yet: each thread creates its own when it first needs it.
    pub(super) fn new(threads: &Threads, make: impl Fn() -> B + Send + Sync + 'static) -> Self {
        let own = (0..threads.count()).map(|_| Mutex::default()).collect();
        Pool { own, spare: Mutex::default(), make: Box::new(make) }
    }

    /// The same pool, with a buffer for each thread.
    pub(super) fn filled(mut self) -> Self {
        self.own.fill_with(|| Mutex::new(Some((self.make)())));
        self
    }

    /// All buffers that there are, each with the index of its thread; spare ones belong to none.
    pub(super) fn into_buffers(self) -> impl Iterator<Item = (usize, B)> {
        let own = self.own.into_iter().map(|own| own.into_inner().unwrap_or_else(PoisonError::into_inner));
        let spare = self.spare.into_inner().unwrap_or_else(PoisonError::into_inner);
        let own = own.enumerate().filter_map(|(thread, own)| Some((thread, own?)));
        own.chain(spare.into_iter().map(|spare| (usize::MAX, spare)))
    }

    /// Calls `work` with a buffer that nobody else uses at that time, on one of the threads.
    ///
    /// If `work` panics, its buffer is dropped, so that what was left in it is not used.
    pub(super) fn lend<R>(&self, threads: &Threads, work: impl FnOnce(&mut B) -> R) -> R {
        let own = &self.own[threads.current()];
        // Each lock is released at the end of its statement.
        let mut free = lock(own).take();
        if free.is_none() {
            free = lock(&self.spare).pop();
        }
        let mut buffer = free.unwrap_or_else(&self.make);
        let result = work(&mut buffer);
        let second = lock(own).replace(buffer);
        if let Some(second) = second {
            lock(&self.spare).push(second);
        }
        result
    }
}

/// Locks the mutex. A poisoned one is fine, because nothing panics while it is locked.
fn lock<D>(mutex: &Mutex<D>) -> MutexGuard<'_, D> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    /// A pool for one thread, whose buffers are numbered from 1 as they are made.
    fn numbered() -> (Threads, Pool<u32>) {
        let (threads, made) = (Threads::new(Some(1)).unwrap_or_else(|error| panic!("{error}")), AtomicU32::new(0));
        let pool = Pool::new(&threads, move || made.fetch_add(1, Relaxed) + 1);
        (threads, pool.filled())
    }

    #[test]
    fn work_inside_work_gets_a_spare_buffer() {
        let (threads, pool) = numbered();
        for _ in 0..3 {
            let mut lent = pool.lend(&threads, |&mut outer| [outer, pool.lend(&threads, |&mut inner| inner)]);
            lent.sort_unstable();
            assert_eq!(lent, [1, 2]);
        }
    }

    #[test]
    fn what_a_panic_left_is_not_lent_again() {
        let (threads, pool) = numbered();
        let panicking = || pool.lend(&threads, |buffer| assert_eq!(*buffer, 0));
        assert!(catch_unwind(AssertUnwindSafe(panicking)).is_err());
        for _ in 0..2 {
            assert_eq!(pool.lend(&threads, |&mut buffer| buffer), 2);
        }
    }
}
