//! Without `std` there are no threads, and no shares.

use core::convert::Infallible;
use core::ops::Range;

/// There is none.
pub(crate) struct Share {
    none: Infallible,
    pub(crate) units: usize,
    pub(crate) mine: Range<usize>,
}

pub(crate) fn share(_units: usize) -> Option<Share> {
    None
}

impl Share {
    pub(crate) fn exchange<T>(self, _output: &mut [T]) {
        match self.none {}
    }
}
