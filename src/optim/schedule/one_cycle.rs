//! One cycle: up to the full learning rate, then down to almost nothing.

use core::fmt;

use super::{Schedule, half_cosine, refuse};
use crate::Result;

/// Rises from a fraction of the learning rate to the whole in the first part of a training, then falls far below where it began,
/// both as a cosine.
///
/// ```text
/// 1/div_factor  →  1  →  1/(div_factor·final_div_factor)
/// ```
///
/// (Smith and Topin 2018, *Super-convergence: very fast training of neural networks using large learning rates*, section 3;
/// PyTorch's `OneCycleLR`, with its defaults, without its cycle of momentum.) The optimizer's learning rate is the largest, PyTorch's
/// `max_lr`.
///
/// ```
/// use shapeproof::optim::{OneCycle, Schedule};
///
/// let schedule = OneCycle::default();
/// assert_eq!(schedule.factor(0, 101), 1.0 / 25.0);
/// assert!((schedule.factor(100, 101) - 1.0 / 25e4).abs() < 1e-12);
/// ```
#[doc(alias = "OneCycleLR")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OneCycle {
    /// The share of the steps in which the rate rises; 0.3 by default.
    pub pct_start: f64,
    /// How many times larger the largest rate is than the first; 25 by default.
    pub div_factor: f64,
    /// How many times larger the first rate is than the last; 10⁴ by default.
    pub final_div_factor: f64,
}

impl Default for OneCycle {
    fn default() -> Self {
        OneCycle { pct_start: 0.3, div_factor: 25.0, final_div_factor: 1e4 }
    }
}

impl Schedule for OneCycle {
    fn factor(&self, done: u64, total: u64) -> f64 {
        let (first, done) = (1.0 / self.div_factor, done as f64);
        let top = self.pct_start * total as f64 - 1.0;
        if done <= top {
            return down_to(first, if top > 0.0 { 1.0 - done / top } else { 0.0 });
        }
        let top = top.max(0.0);
        let length = total as f64 - 1.0 - top;
        down_to(first / self.final_div_factor, if length > 0.0 { ((done - top) / length).min(1.0) } else { 1.0 })
    }

    /// Rejects a share that is not from 0 to 1, and divisors below 1.
    fn validate(&self, _: u64) -> Result<()> {
        let divides = |factor: f64| factor.is_finite() && factor >= 1.0;
        if !(0.0..=1.0).contains(&self.pct_start) {
            Err(refuse(self, "a share of the steps from 0 to 1"))
        } else if !(divides(self.div_factor) && divides(self.final_div_factor)) {
            Err(refuse(self, "divisors of at least 1"))
        } else {
            Ok(())
        }
    }
}

/// The factor after a share of the way from 1 down to `low`.
fn down_to(low: f64, share: f64) -> f64 {
    low + (1.0 - low) * half_cosine(share)
}

/// `one cycle, up in 0.3 of it from 1/25, down to 1/10000 of that`
impl fmt::Display for OneCycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let OneCycle { pct_start, div_factor, final_div_factor } = self;
        write!(f, "one cycle, up in {pct_start} of it from 1/{div_factor}, down to 1/{final_div_factor} of that")
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn factors_by_hand() {
        // The top is after 0.4·10 − 1 = 3 steps, the end after 9.
        let schedule = OneCycle { pct_start: 0.4, div_factor: 4.0, final_div_factor: 5.0 };
        for (done, expected) in [(0, 0.25), (3, 1.0), (6, 0.525), (9, 0.05), (20, 0.05)] {
            let found = schedule.factor(done, 10);
            assert!((found - expected).abs() < 1e-15, "after {done}: {found}, not {expected}");
        }
    }

    #[test]
    fn any_share_and_any_number_of_steps_will_do() {
        for pct_start in [0.0, 1e-9, 0.5, 1.0] {
            for total in [0, 1, 2, 3, 100] {
                let schedule = OneCycle { pct_start, ..OneCycle::default() };
                assert!(schedule.validate(total).is_ok());
                for done in 0..=total {
                    let found = schedule.factor(done, total);
                    assert!((0.0..=1.0).contains(&found), "{schedule}, after {done} of {total}: {found}");
                }
            }
        }
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let says = |schedule: OneCycle| schedule.validate(9).map_err(|error| error.to_string()).unwrap_err();
        let found = says(OneCycle { pct_start: 1.5, ..OneCycle::default() });
        let settings = "one cycle, up in 1.5 of it from 1/25, down to 1/10000 of that";
        assert_eq!(found, format!("schedule: found {settings}, expected a share of the steps from 0 to 1"));
        for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let found = says(OneCycle { div_factor: wrong, ..OneCycle::default() });
            assert!(found.ends_with("expected divisors of at least 1"), "{found}");
            says(OneCycle { final_div_factor: wrong, ..OneCycle::default() });
        }
    }
}
