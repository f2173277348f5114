//! The memory that bodies may take.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::protocol::Refusal;

/// How many bytes all requests together may take.
pub struct Budget {
    left: AtomicUsize,
}

/// Bytes that a request has taken from the budget, which it gives back.
pub struct Taken<'a> {
    budget: &'a Budget,
    bytes: usize,
}

impl Budget {
    pub fn new(bytes: usize) -> Budget {
        Budget { left: AtomicUsize::new(bytes) }
    }
}

impl<'a> Taken<'a> {
    pub fn nothing(budget: &'a Budget) -> Taken<'a> {
        Taken { budget, bytes: 0 }
    }

    /// Takes some more.
    ///
    /// # Errors
    /// 503 if that is not left.
    pub fn take(&mut self, bytes: usize) -> Result<(), Refusal> {
        let less = |left: usize| left.checked_sub(bytes);
        match self.budget.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less) {
            Ok(_) => {
                self.bytes += bytes;
                Ok(())
            }
            Err(_) => Err(Refusal::busy("memory: found too many large requests at once, expected fewer")),
        }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.budget.left.fetch_add(self.bytes, Ordering::Relaxed);
    }
}

/// 413
pub fn too_large(limit: usize) -> Refusal {
    Refusal::too_large(format!("the body: found more than {limit} bytes, expected at most that"))
}
