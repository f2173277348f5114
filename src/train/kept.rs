//! A buffer that is kept from one call to the next: to allocate it takes as long as to predict several images.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::Any;
use core::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Buffers of the type that was kept last. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Kept(Arc<Mutex<Vec<Box<dyn Any + Send>>>>);

impl Kept {
    /// Takes a buffer of this type, if one is kept.
    pub(super) fn take<B: Any>(&self) -> Option<Box<B>> {
        let mut kept = self.lock();
        let last = kept.pop()?;
        match last.downcast() {
            Ok(buffer) => Some(buffer),
            Err(other) => {
                kept.push(other);
                None
            }
        }
    }

    /// Keeps these buffers, and drops those of other types.
    pub(super) fn keep<B: Any + Send>(&self, buffers: impl Iterator<Item = Box<B>>) {
        let mut kept = self.lock();
        kept.retain(|buffer| buffer.is::<B>());
        kept.extend(buffers.map(|buffer| buffer as Box<dyn Any + Send>));
    }

    /// Nothing panics while the mutex is locked, so a poisoned one is fine.
    fn lock(&self) -> MutexGuard<'_, Vec<Box<dyn Any + Send>>> {
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
        assert_eq!(kept.take::<u8>(), None);
        kept.keep([Box::new(1_u8), Box::new(2)].into_iter());
        assert_eq!(kept.clone().take::<u8>(), Some(Box::new(2)));
        assert_eq!(kept.take::<i32>(), None);
        kept.keep([Box::new(3_i32)].into_iter());
        assert_eq!((kept.take::<u8>(), kept.take::<i32>(), kept.take::<i32>()), (None, Some(Box::new(3)), None));
    }
}
