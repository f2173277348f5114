//! A warm-up before any other schedule.

use core::fmt;

use super::Schedule;
use crate::Result;

/// Rises linearly for some steps, then follows another schedule over the remaining ones.
///
/// ```text
/// factor = (done + 1)/steps · then(0)       for the first steps
///          then(done − steps)               of total − steps
/// ```
///
/// (Goyal et al. 2017, *Accurate, large minibatch SGD: training ImageNet in 1 hour*, section 2.2.) A warm-up keeps the first steps
/// small, while the gradients of an untrained network are still large. Learning rates that would otherwise make a training diverge at
/// its start are safe with it. It may be longer than the training, which then ends during warm-up.
///
/// ```
/// use shapeproof::optim::{Cosine, Schedule, Warmup};
///
/// let schedule = Warmup::new(20, Cosine);
/// assert_eq!(schedule.factor(9, 100), 0.5); // in the warm-up
/// assert_eq!(schedule.factor(60, 100), 0.5); // half of the cosine
/// assert_eq!(schedule.to_string(), "cosine after 20 steps of warm-up");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Warmup<S> {
    /// How many steps the warm-up has; 0 for none.
    pub steps: u64,
    /// What comes after it.
    pub then: S,
}

impl<S: Schedule> Warmup<S> {
    /// Creates a warm-up of some steps, and what comes after it.
    pub const fn new(steps: u64, then: S) -> Warmup<S> {
        Warmup { steps, then }
    }
}

impl<S: Schedule> Schedule for Warmup<S> {
    fn factor(&self, done: u64, total: u64) -> f64 {
        let Warmup { steps, then } = self;
        let left = total.saturating_sub(*steps);
        if done < *steps {
            // If no step is left after the warm-up, it rises to the beginning all the same.
            return (done + 1) as f64 / *steps as f64 * then.factor(0, left.max(1));
        }
        then.factor(done - steps, left)
    }

    /// Checks the schedule that comes after it, for the steps that are left.
    fn validate(&self, total: u64) -> Result<()> {
        self.then.validate(total.saturating_sub(self.steps))
    }
}

/// `cosine after 860 steps of warm-up`
impl<S: Schedule> fmt::Display for Warmup<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} after {} steps of warm-up", self.then, self.steps)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::optim::{Cosine, Linear, OneCycle, Staircase};

    #[test]
    fn factors_by_hand() {
        for (steps, done, expected) in
            [(0, 0, 1.0), (0, 25, 0.75), (20, 0, 0.05), (20, 19, 1.0), (20, 20, 1.0), (20, 40, 0.75), (20, 100, 0.0)]
        {
            let found = Warmup::new(steps, Linear).factor(done, 100);
            assert!((found - expected).abs() < 1e-15, "{steps}, after {done}: {found}, not {expected}");
        }
        // It rises to where the other begins.
        let cycle = OneCycle { div_factor: 4.0, ..OneCycle::default() };
        assert_eq!([0, 1, 2].map(|done| Warmup::new(2, cycle).factor(done, 50)), [0.125, 0.25, 0.25]);
    }

    #[test]
    fn it_may_be_longer_than_the_training() {
        let schedule = Warmup::new(u64::MAX, Cosine);
        assert!(schedule.validate(9).is_ok());
        assert!((0.0..=1.0).contains(&schedule.factor(8, 9)));
        let schedule = Warmup::new(10, Cosine);
        assert_eq!([1, 8].map(|done| schedule.factor(done, 9)), [0.2, 0.9]);
    }

    #[test]
    fn what_comes_after_it_is_checked() {
        let error = Warmup::new(5, Staircase { every: 0, factor: 0.5 }).validate(9).map_err(|error| error.to_string());
        assert_eq!(error, Err("schedule: found ×0.5 every 0 steps, expected at least 1 step".into()));
    }
}
