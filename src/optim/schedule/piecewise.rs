//! A learning rate that changes at given steps.

use alloc::vec::Vec;
use core::fmt;

use super::{Schedule, allows, refuse};
use crate::Result;

/// 1, until a list of steps says otherwise: pairs of a number of steps done and the factor from there on.
///
/// (PyTorch's `MultiStepLR`, with a factor of its own at each milestone.)
///
/// ```
/// use shapeproof::optim::{Piecewise, Schedule};
///
/// let schedule = Piecewise::new([(30_000, 0.1), (60_000, 0.01)]);
/// assert_eq!([0, 29_999, 30_000, 60_000].map(|done| schedule.factor(done, 90_000)), [1.0, 1.0, 0.1, 0.01]);
/// ```
#[doc(alias = "MultiStepLR")]
#[derive(Clone, Debug, PartialEq)]
pub struct Piecewise {
    /// The numbers of steps, which increase, with the factors from there on.
    pub steps: Vec<(u64, f64)>,
}

impl Piecewise {
    /// Creates the schedule.
    pub fn new(steps: impl Into<Vec<(u64, f64)>>) -> Piecewise {
        Piecewise { steps: steps.into() }
    }
}

impl Schedule for Piecewise {
    fn factor(&self, done: u64, _: u64) -> f64 {
        self.steps.iter().rev().find(|(step, _)| *step <= done).map_or(1.0, |(_, factor)| *factor)
    }

    /// Rejects steps that do not increase, and factors that are not [allowed](allows).
    fn validate(&self, _: u64) -> Result<()> {
        if !self.steps.is_sorted_by(|(step, _), (next, _)| step < next) {
            Err(refuse(self, "steps that increase"))
        } else if !self.steps.iter().all(|(_, factor)| allows(*factor)) {
            Err(refuse(self, "factors from 0 to 10¹²"))
        } else {
            Ok(())
        }
    }
}

/// `×1, from step 30000 ×0.1, from step 60000 ×0.01`
impl fmt::Display for Piecewise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("×1")?;
        self.steps.iter().try_for_each(|(step, factor)| write!(f, ", from step {step} ×{factor}"))
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn lists_that_cannot_work_are_refused() {
        let says = |steps: &[(u64, f64)]| Piecewise::new(steps).validate(9).map_err(|error| error.to_string());
        assert_eq!(says(&[]), Ok(()));
        assert_eq!(says(&[(0, 0.5), (7, 2.0)]), Ok(()));
        let error = "schedule: found ×1, from step 7 ×0.5, from step 7 ×2, expected steps that increase";
        assert_eq!(says(&[(7, 0.5), (7, 2.0)]), Err(error.into()));
        let error = "schedule: found ×1, from step 7 ×NaN, expected factors from 0 to 10¹²";
        assert_eq!(says(&[(7, f64::NAN)]), Err(error.into()));
    }
}
