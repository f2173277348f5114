//! A learning rate that falls by the same factor in every step: `factor^done`.

use core::fmt;

use num_traits::Float;

use super::{Schedule, check, refuse};
use crate::Result;

/// `factor` to the power of the number of steps done.
///
/// (PyTorch's `ExponentialLR`, which is usually advanced once an epoch. For that, see [`Staircase`](super::Staircase).)
///
/// ```
/// use shapeproof::optim::{Exponential, Schedule};
///
/// // A hundredth after 10,000 steps.
/// let schedule = Exponential { factor: 0.01f64.powf(1.0 / 10_000.0) };
/// assert!((schedule.factor(10_000, 20_000) - 0.01).abs() < 1e-12);
/// ```
#[doc(alias = "ExponentialLR")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exponential {
    /// The factor of the rate after each step.
    pub factor: f64,
}

impl Schedule for Exponential {
    fn factor(&self, done: u64, _: u64) -> f64 {
        Float::powf(self.factor, done as f64)
    }

    /// Rejects a factor that is negative, not finite, or too large after the last step.
    fn validate(&self, total: u64) -> Result<()> {
        if !(self.factor.is_finite() && self.factor >= 0.0) {
            return Err(refuse(self, "a factor of at least 0"));
        }
        let last = total.saturating_sub(1);
        check(self, last, self.factor(last, total))
    }
}

/// `×0.999 every step`
impl fmt::Display for Exponential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "×{} every step", self.factor)
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn factors_by_hand() {
        let schedule = Exponential { factor: 0.5 };
        assert_eq!([0, 1, 2, 5].map(|done| schedule.factor(done, 9)), [1.0, 0.5, 0.25, 0.03125]);
    }

    #[test]
    fn factors_that_cannot_work_are_refused() {
        let says = |factor, total| Exponential { factor }.validate(total).map_err(|error| error.to_string());
        for factor in [f64::NAN, f64::INFINITY, -0.5] {
            let error = format!("schedule: found ×{factor} every step, expected a factor of at least 0");
            assert_eq!(says(factor, 9), Err(error));
        }
        assert_eq!(says(10.0, 13), Ok(()));
        let error =
            "schedule: found ×10 every step, which is ×10000000000000 after 13 steps, expected a factor from 0 to 10¹²";
        assert_eq!(says(10.0, 14), Err(error.into()));
        assert_eq!(says(0.0, 14), Ok(()));
    }
}
