//! Cosines to 0, one after the other.

use core::fmt;

use super::{Schedule, half_cosine, refuse, share};
use crate::Result;

/// A [`Cosine`](super::Cosine) over `first` steps, then one that is `grow` times as long, and so on.
///
/// (Loshchilov and Hutter 2017, *SGDR: stochastic gradient descent with warm restarts*, eq. 5, where `first` is T₀ and `grow` is
/// T_mult; PyTorch's `CosineAnnealingWarmRestarts`, advanced once a step.) The end of the training may cut the last cosine short.
/// With `grow` = 2, it does not after `first`·(2ⁿ − 1) steps.
///
/// ```
/// use shapeproof::optim::{CosineRestarts, Schedule};
///
/// let schedule = CosineRestarts { first: 100, grow: 2 };
/// assert_eq!([0, 50, 100, 200, 300].map(|done| schedule.factor(done, 700)), [1.0, 0.5, 1.0, 0.5, 1.0]);
/// ```
#[doc(alias = "CosineAnnealingWarmRestarts")]
#[doc(alias = "SGDR")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CosineRestarts {
    /// How many steps the first cosine has.
    pub first: u64,
    /// How many times as long each cosine is as the one before it; 1 for equal lengths.
    pub grow: u64,
}

impl Schedule for CosineRestarts {
    fn factor(&self, done: u64, _: u64) -> f64 {
        let &CosineRestarts { first, grow } = self;
        let (mut done, mut length) = (done, first.max(1));
        if grow <= 1 {
            done %= length;
        }
        // At most 64 times: the length at least doubles.
        while done >= length {
            done -= length;
            length = length.saturating_mul(grow);
        }
        half_cosine(share(done, length))
    }

    /// Rejects a length or a growth of 0.
    fn validate(&self, _: u64) -> Result<()> {
        let CosineRestarts { first, grow } = self;
        if *first >= 1 && *grow >= 1 {
            Ok(())
        } else {
            Err(refuse(self, "at least 1 step, and at least 1 times as long"))
        }
    }
}

/// `cosines, the first of 860 steps, each 2 times as long`
impl fmt::Display for CosineRestarts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cosines, the first of {} steps, each {} times as long", self.first, self.grow)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn each_cosine_begins_where_the_one_before_it_ends() {
        for (grow, starts) in [(1, [0, 4, 8, 12]), (3, [0, 4, 16, 52])] {
            let schedule = CosineRestarts { first: 4, grow };
            for start in starts {
                assert_eq!(schedule.factor(start, 99), 1.0, "×{grow}, after {start}");
            }
            for start in &starts[1..] {
                assert!(schedule.factor(start - 1, 99) < 0.2, "×{grow}, before {start}");
            }
        }
        let schedule = CosineRestarts { first: 1, grow: 2 };
        assert!((0.0..=1.0).contains(&schedule.factor(u64::MAX, u64::MAX)));
    }

    #[test]
    fn lengths_of_nothing_are_refused() {
        let says = |first, grow| CosineRestarts { first, grow }.validate(9).map_err(|error| error.to_string());
        assert_eq!(says(1, 1), Ok(()));
        let error = "schedule: found cosines, the first of 0 steps, each 2 times as long, expected at least 1 step, and at least 1 \
                     times as long";
        assert_eq!(says(0, 2), Err(error.into()));
        assert!(says(5, 0).is_err());
    }
}
