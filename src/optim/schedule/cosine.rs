//! A cosine to 0: `½·(1 + cos(π·done/total))`.

use core::fmt;

use super::{Schedule, half_cosine, share};

/// Falls to 0 as `½·(1 + cos(π·done/total))`, slow at both ends.
///
/// (Loshchilov and Hutter 2017, *SGDR: stochastic gradient descent with warm restarts*, eq. 5, without restarts; PyTorch's
/// `CosineAnnealingLR`.) Usually after a [`Warmup`](super::Warmup).
///
/// ```
/// use shapeproof::optim::{Cosine, Schedule};
///
/// assert_eq!(Cosine.factor(0, 100), 1.0);
/// assert_eq!(Cosine.factor(50, 100), 0.5);
/// ```
#[doc(alias = "CosineAnnealingLR")]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cosine;

impl Schedule for Cosine {
    fn factor(&self, done: u64, total: u64) -> f64 {
        half_cosine(share(done, total))
    }
}

/// `cosine`
impl fmt::Display for Cosine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cosine")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_by_hand() {
        let eighth = 0.5 + 0.125f64.sqrt(); // a quarter of the cosine
        for (done, expected) in [(0, 1.0), (25, eighth), (50, 0.5), (100, 0.0), (200, 0.0)] {
            let found = Cosine.factor(done, 100);
            assert!((found - expected).abs() < 1e-15, "after {done}: {found}, not {expected}");
        }
    }
}
