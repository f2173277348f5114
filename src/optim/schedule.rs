//! How the learning rate changes over a training.

use alloc::format;
use alloc::string::ToString;
use core::f64::consts::PI;
use core::fmt;

use num_traits::Float;

use crate::{Error, Result};

/// The learning rate at each step, as a share of the optimizer's own.
///
/// A schedule is a function of how much of the training is done, so it needs to know how long it will be:
///
/// ```
/// use shapeproof::optim::Schedule;
///
/// let schedule = Schedule::Cosine { warmup: 20 };
/// assert_eq!(schedule.factor(9, 100), 0.5); // on the way up
/// assert_eq!(schedule.factor(60, 100), 0.5); // half of the way down
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Schedule {
    /// Always 1.
    #[default]
    Constant,
    /// Up in a straight line for `warmup` steps, then down to 0 as `½·(1 + cos(π·done))`, slow at both ends (Loshchilov and
    /// Hutter 2017, eq. 5, without restarts; the warm-up is that of Goyal et al. 2017, section 2.2).
    ///
    /// A warm-up keeps the first steps small, while the gradients of an untrained network are still large: rates that
    /// would throw a training off at its start are safe with it.
    Cosine {
        /// How many steps the way up takes; 0 for none.
        warmup: u64,
    },
    /// 1 − done: towards 0 in a straight line.
    Linear,
    /// `factor` to the number of whole `every` steps done.
    Staircase {
        /// How many steps the rate stays.
        every: u64,
        /// What it is then multiplied by.
        factor: f64,
    },
}

impl Schedule {
    /// The most that a learning rate is ever multiplied by: 10¹². A search for a rate begins as far below the largest.
    pub const MAX_FACTOR: f64 = 1e12;

    /// Whether a learning rate may be multiplied by `factor`.
    pub fn allows(factor: f64) -> bool {
        (0.0..=Schedule::MAX_FACTOR).contains(&factor)
    }

    /// Refuses a schedule that cannot work in a training of `total` steps.
    ///
    /// A warm-up may be longer than the training, which then ends on the way up.
    ///
    /// # Errors
    /// [`Error::Setting`] if a staircase has steps of length 0, or a factor that is negative, not finite, or too large after the
    /// last step: above [`MAX_FACTOR`](Schedule::MAX_FACTOR).
    pub fn validate(self, total: u64) -> Result<()> {
        let Schedule::Staircase { every, factor } = self else { return Ok(()) };
        let expected = if every == 0 {
            "at least 1 step".into()
        } else if !(factor.is_finite() && factor >= 0.0) {
            "a factor of at least 0".into()
        } else if !Schedule::allows(self.factor(total.saturating_sub(1), total)) {
            format!("at most ×{:e} in all {total} steps", Schedule::MAX_FACTOR)
        } else {
            return Ok(());
        };
        Err(Error::Setting { setting: "schedule", found: self.to_string(), expected })
    }

    /// The factor for the step after `done` of `total`.
    pub fn factor(self, done: u64, total: u64) -> f64 {
        let share = |done: u64, total: u64| if total == 0 { 1.0 } else { (done as f64 / total as f64).min(1.0) };
        match self {
            Schedule::Constant => 1.0,
            Schedule::Cosine { warmup } if done < warmup => (done + 1) as f64 / warmup as f64,
            Schedule::Cosine { warmup } => {
                0.5 * (1.0 + Float::cos(PI * share(done - warmup, total.saturating_sub(warmup))))
            }
            Schedule::Linear => 1.0 - share(done, total),
            Schedule::Staircase { every, factor } => Float::powf(factor, (done / every.max(1)) as f64),
        }
    }
}

/// `cosine after 860 steps of warm-up`
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Schedule::Constant => f.write_str("constant"),
            Schedule::Cosine { warmup } => write!(f, "cosine after {warmup} steps of warm-up"),
            Schedule::Linear => f.write_str("linear"),
            Schedule::Staircase { every, factor } => write!(f, "×{factor} every {every} steps"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_by_hand() {
        let stairs = Schedule::Staircase { every: 10, factor: 0.5 };
        for (schedule, done, expected) in [
            (Schedule::Constant, 70, 1.0),
            (Schedule::Linear, 75, 0.25),
            (Schedule::Cosine { warmup: 0 }, 0, 1.0),
            (Schedule::Cosine { warmup: 0 }, 25, 0.5 + 0.125f64.sqrt()),
            (Schedule::Cosine { warmup: 0 }, 200, 0.0),
            (Schedule::Cosine { warmup: 20 }, 0, 0.05),
            (Schedule::Cosine { warmup: 20 }, 19, 1.0),
            (Schedule::Cosine { warmup: 20 }, 20, 1.0),
            (Schedule::Cosine { warmup: 20 }, 40, 0.5 + 0.125f64.sqrt()),
            (Schedule::Cosine { warmup: 20 }, 100, 0.0),
            (stairs, 9, 1.0),
            (stairs, 10, 0.5),
            (stairs, 39, 0.125),
        ] {
            let found = schedule.factor(done, 100);
            assert!((found - expected).abs() < 1e-15, "{schedule:?} after {done}: {found}, not {expected}");
        }
    }

    #[test]
    fn schedules_that_cannot_work_are_refused() {
        let says = |schedule: Schedule, total| schedule.validate(total).map_err(|error| error.to_string());
        let stairs = |every, factor| Schedule::Staircase { every, factor };
        let long = Schedule::Cosine { warmup: u64::MAX };
        for schedule in
            [Schedule::Constant, Schedule::Linear, long, stairs(1, 0.0), stairs(u64::MAX, 1e9), stairs(10, 2.0)]
        {
            for total in [0, 1, 100] {
                assert_eq!(says(schedule, total), Ok(()), "{schedule} of {total}");
            }
            for done in [0, 1, 99, 100, u64::MAX] {
                assert!(Schedule::allows(schedule.factor(done.min(99), 100)), "{schedule} after {done}");
            }
        }
        assert_eq!(says(stairs(0, 0.5), 9), Err("schedule: found ×0.5 every 0 steps, expected at least 1 step".into()));
        for factor in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.5] {
            let error = format!("schedule: found ×{factor} every 5 steps, expected a factor of at least 0");
            assert_eq!(says(stairs(5, factor), 9), Err(error));
        }
        // 10 to the number of whole fives among the steps before the last.
        assert_eq!(says(stairs(5, 10.0), 65), Ok(()));
        let error = "schedule: found ×10 every 5 steps, expected at most ×1e12 in all 66 steps";
        assert_eq!(says(stairs(5, 10.0), 66), Err(error.into()));
        assert!(says(stairs(1, 10.0), u64::MAX).is_err());
    }
}
