//! A learning rate that changes in stairs.

use alloc::format;
use core::fmt;

use num_traits::Float;

use super::{MAX_FACTOR, Schedule, allows, refuse};
use crate::Result;

/// `factor` to the power of the number of whole `every` steps done.
#[derive(Clone, Copy, Debug, PartialEq)]
#[doc(alias = "StepLR")]
pub struct Staircase {
    /// How many steps the rate stays the same.
    pub every: u64,
    /// The factor of the rate after that.
    pub factor: f64,
}

impl Schedule for Staircase {
    fn factor(&self, done: u64, _: u64) -> f64 {
        Float::powf(self.factor, (done / self.every.max(1)) as f64)
    }

    /// Rejects stairs of length 0, and a factor that is negative, not finite, or too large after the last step.
    fn validate(&self, total: u64) -> Result<()> {
        let &Staircase { every, factor } = self;
        let expected = if every == 0 {
            "at least 1 step".into()
        } else if !(factor.is_finite() && factor >= 0.0) {
            "a factor of at least 0".into()
        } else if !allows(self.factor(total.saturating_sub(1), total)) {
            format!("at most ×{MAX_FACTOR:e} in all {total} steps")
        } else {
            return Ok(());
        };
        Err(refuse(self, expected))
    }
}

/// `×0.5 every 860 steps`
impl fmt::Display for Staircase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "×{} every {} steps", self.factor, self.every)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn factors_by_hand() {
        let stairs = Staircase { every: 10, factor: 0.5 };
        assert_eq!([0, 9, 10, 39].map(|done| stairs.factor(done, 100)), [1.0, 1.0, 0.5, 0.125]);
    }

    #[test]
    fn stairs_that_cannot_work_are_refused() {
        let stairs = |every, factor| Staircase { every, factor };
        let says = |stairs: Staircase, total| stairs.validate(total).map_err(|error| error.to_string());
        assert_eq!(says(stairs(0, 0.5), 9), Err("schedule: found ×0.5 every 0 steps, expected at least 1 step".into()));
        for factor in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.5] {
            let error = format!("schedule: found ×{factor} every 5 steps, expected a factor of at least 0");
            assert_eq!(says(stairs(5, factor), 9), Err(error));
        }
        // 10 to the power of the number of whole fives among the steps before the last.
        assert_eq!(says(stairs(5, 10.0), 65), Ok(()));
        let error = "schedule: found ×10 every 5 steps, expected at most ×1e12 in all 66 steps";
        assert_eq!(says(stairs(5, 10.0), 66), Err(error.into()));
        assert!(says(stairs(1, 10.0), u64::MAX).is_err());
    }
}
