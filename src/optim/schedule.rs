//! How the learning rate changes over a training.

use core::f64::consts::PI;
use core::fmt;

use num_traits::Float;

/// The learning rate at each step, as a share of the optimiser's own.
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
}
