//! Learning-rate schedules.
//!
//! | | factor of the learning rate |
//! |---|---|
//! | [`Constant`] | 1 |
//! | [`Linear`] | to 0 |
//! | [`Cosine`] | to 0, slow at both ends |
//! | [`CosineRestarts`] | that, again and again |
//! | [`Exponential`] | the same factor every step |
//! | [`Staircase`] | the same factor every so many steps |
//! | [`Piecewise`] | a list of steps and factors |
//! | [`OneCycle`] | up to 1, then down to almost nothing |
//! | [`Warmup`] | up to 1, then any other: `Warmup::new(500, Cosine)` |
//!
//! All are compared with PyTorch by `tests/learning_rates.rs`.

use alloc::string::{String, ToString};
use core::f64::consts::PI;
use core::fmt;

use num_traits::Float;

use crate::{Error, Result};

/// The table of schedules: a file and its schedule, one line for each.
macro_rules! schedules {
    ($($file:ident::$kind:ident)*) => {
        $(
            mod $file;
            pub use $file::$kind;
        )*
    };
}

schedules! {
    constant::Constant
    cosine::Cosine
    cosine_restarts::CosineRestarts
    exponential::Exponential
    linear::Linear
    one_cycle::OneCycle
    piecewise::Piecewise
    staircase::Staircase
    warmup::Warmup
}

/// The largest factor of a learning rate: 10¹². A search for a learning rate can begin at 10⁻¹² of the largest.
pub const MAX_FACTOR: f64 = 1e12;

/// Whether a learning rate may be multiplied by `factor`: a number from 0 to [`MAX_FACTOR`].
pub fn allows(factor: f64) -> bool {
    (0.0..=MAX_FACTOR).contains(&factor)
}

/// The learning rate at each step, as a factor of the optimizer's own.
///
/// A schedule depends on how much of the training is done, so it is given the total number of steps. There
/// are [several](self), and any type that implements this trait is one. Its `Display` shows the schedule with all its settings: a
/// checkpoint compares this text to tell whether a training continues as it began.
///
/// ```
/// use std::fmt;
///
/// use shapeproof::optim::Schedule;
/// use shapeproof::train::Fit;
///
/// /// `1/√(1 + done)`
/// struct InverseRoot;
///
/// impl Schedule for InverseRoot {
///     fn factor(&self, done: u64, _total: u64) -> f64 {
///         1.0 / ((1 + done) as f64).sqrt()
///     }
/// }
///
/// impl fmt::Display for InverseRoot {
///     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
///         f.write_str("inverse root")
///     }
/// }
///
/// let fit = Fit { epochs: 3, schedule: &InverseRoot };
/// assert_eq!(fit.schedule.factor(3, 100), 0.5);
/// ```
pub trait Schedule: fmt::Display + Sync {
    /// Returns the factor for the step after `done` of `total`.
    ///
    /// The same arguments must always give the same factor. Otherwise a training that is resumed does not end with the same bits.
    fn factor(&self, done: u64, total: u64) -> f64;

    /// Checks the schedule for a training of `total` steps. By default, its first and its last factor must be [allowed](allows).
    ///
    /// # Errors
    /// [`Error::Setting`] says what is wrong with it.
    fn validate(&self, total: u64) -> Result<()> {
        for done in [0, total.saturating_sub(1)] {
            check(self, done, self.factor(done, total))?;
        }
        Ok(())
    }
}

/// Shows its `Display`.
impl fmt::Debug for dyn Schedule + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Returns an error if a factor is not allowed.
pub(crate) fn check(schedule: &(impl Schedule + ?Sized), done: u64, factor: f64) -> Result<()> {
    if allows(factor) {
        return Ok(());
    }
    let found = alloc::format!("{schedule}, which is ×{factor} after {done} steps");
    Err(Error::Setting { setting: "schedule", found, expected: "a factor from 0 to 10¹²".to_string() })
}

/// The error about a schedule that cannot work.
fn refuse(schedule: &impl Schedule, expected: impl Into<String>) -> Error {
    Error::Setting { setting: "schedule", found: schedule.to_string(), expected: expected.into() }
}

/// From 1 to 0 as a cosine: `½·(1 + cos(π·share))`.
fn half_cosine(share: f64) -> f64 {
    0.5 * (1.0 + Float::cos(PI * share))
}

/// The fraction of `total` that is done, 0 to 1.
fn share(done: u64, total: u64) -> f64 {
    if total == 0 { 1.0 } else { (done as f64 / total as f64).min(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_of_schedules_that_pass_are_allowed() {
        let stairs = |every, factor| Staircase { every, factor };
        let schedules: [&dyn Schedule; 9] = [
            &Constant,
            &Linear,
            &Warmup::new(u64::MAX, Cosine),
            &CosineRestarts { first: 1, grow: u64::MAX },
            &OneCycle::default(),
            &Piecewise::new([(0, 1e12)]),
            &stairs(1, 0.0),
            &stairs(u64::MAX, 1e9),
            &stairs(10, 2.0),
        ];
        for schedule in schedules {
            for total in [0, 1, 100] {
                assert!(schedule.validate(total).is_ok(), "{schedule} of {total}");
            }
            for done in [0, 1, 99, 100, u64::MAX] {
                assert!(allows(schedule.factor(done.min(99), 100)), "{schedule} after {done}");
            }
        }
    }

    #[test]
    fn a_schedule_of_your_own_is_checked_at_both_ends() {
        struct Down;
        impl Schedule for Down {
            fn factor(&self, done: u64, _: u64) -> f64 {
                1.0 - done as f64
            }
        }
        impl fmt::Display for Down {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("down")
            }
        }
        let error = "schedule: found down, which is ×-1 after 2 steps, expected a factor from 0 to 10¹²";
        assert_eq!(Down.validate(2).map_err(|error| error.to_string()), Ok(()));
        assert_eq!(Down.validate(3).map_err(|error| error.to_string()), Err(error.into()));
    }
}
