//! A buffer that is kept from one call to the next: to allocate it takes as long as to predict several images.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::Any;
use core::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Buffers of the type that was kept last. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Kept(Arc<Mutex<Vec<Buffer>>>);

/// A buffer, and the thread that used it.
type Buffer = (usize, Box<dyn Any + Send>);

impl Kept {
    /// Takes a buffer of this type, if one is kept: rather that of this thread, which may have it in its cache.
    pub(super) fn take<B: Any>(&self, thread: usize) -> Option<Box<B>> {
        let mut kept = self.lock();
        let own = kept.iter().position(|(of, buffer)| *of == thread && buffer.is::<B>());
        let at = own.or_else(|| kept.iter().position(|(_, buffer)| buffer.is::<B>()))?;
        kept.swap_remove(at).1.downcast().ok()
    }

    /// Keeps these buffers, each of a thread, and drops those of other types.
    pub(super) fn keep<B: Any + Send>(&self, buffers: impl Iterator<Item = (usize, Box<B>)>) {
        let mut kept = self.lock();
        kept.retain(|(_, buffer)| buffer.is::<B>());
        kept.extend(buffers.map(|(thread, buffer)| (thread, buffer as Box<dyn Any + Send>)));
    }

    /// Nothing panics while the mutex is locked, so a poisoned one is fine.
    fn lock(&self) -> MutexGuard<'_, Vec<Buffer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} buffers", self.lock().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_of_the_last_type_are_kept() {
        let kept = Kept::default();
        assert_eq!(kept.take::<u8>(0), None);
        kept.keep([(0, Box::new(1_u8)), (1, Box::new(2)), (2, Box::new(3))].into_iter());
        assert_eq!(kept.clone().take::<u8>(1), Some(Box::new(2)));
        assert_eq!(kept.take::<u8>(1), Some(Box::new(1)), "that of another thread");
        assert_eq!(kept.take::<i32>(0), None);
        kept.keep([(0, Box::new(4_i32))].into_iter());
        assert_eq!((kept.take::<u8>(2), kept.take::<i32>(0), kept.take::<i32>(0)), (None, Some(Box::new(4)), None));
    }
}
