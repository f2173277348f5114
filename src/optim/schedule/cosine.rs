//! Linear warm-up, then a cosine to 0: `½·(1 + cos(π·done))`.

use core::f64::consts::PI;
use core::fmt;

use num_traits::Float;

use super::{Schedule, share};

/// Rises linearly for `warmup` steps, then falls to 0 as `½·(1 + cos(π·done))`, slow at both ends.
///
/// (Loshchilov and Hutter 2017, eq. 5, without restarts; the warm-up is that of Goyal et al. 2017, section 2.2.)
///
/// A warm-up keeps the first steps small, while the gradients of an untrained network are still large. Learning rates that would
/// otherwise make a training diverge at its start are safe with it. It may be longer than the training, which then ends during
/// warm-up.
///
/// ```
/// use shapeproof::optim::{Cosine, Schedule};
///
/// let schedule = Cosine { warmup: 20 };
/// assert_eq!(schedule.factor(9, 100), 0.5); // in the warm-up
/// assert_eq!(schedule.factor(60, 100), 0.5); // half of the cosine
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cosine {
    /// How many steps the warm-up has; 0 for none.
    pub warmup: u64,
}

impl Schedule for Cosine {
    fn factor(&self, done: u64, total: u64) -> f64 {
        let &Cosine { warmup } = self;
        if done < warmup {
            return (done + 1) as f64 / warmup as f64;
        }
        0.5 * (1.0 + Float::cos(PI * share(done - warmup, total.saturating_sub(warmup))))
    }
}

/// `cosine after 860 steps of warm-up`
impl fmt::Display for Cosine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cosine after {} steps of warm-up", self.warmup)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_by_hand() {
        let eighth = 0.5 + 0.125f64.sqrt(); // a quarter of the cosine
        for (warmup, done, expected) in [
            (0, 0, 1.0),
            (0, 25, eighth),
            (0, 200, 0.0),
            (20, 0, 0.05),
            (20, 19, 1.0),
            (20, 20, 1.0),
            (20, 40, eighth),
            (20, 100, 0.0),
        ] {
            let found = Cosine { warmup }.factor(done, 100);
            assert!((found - expected).abs() < 1e-15, "{warmup}, after {done}: {found}, not {expected}");
        }
    }
}
