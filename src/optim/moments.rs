//! The moments of Adam and its kin.

use num_traits::Float;

use super::{Update, demand_eps, demand_share};
use crate::Result;
use crate::scalar::Scalar;

/// Refuses settings with which the moments cannot work.
pub(super) fn validate([beta1, beta2]: [f64; 2], eps: f64) -> Result<()> {
    for (setting, beta) in [("beta1", beta1), ("beta2", beta2)] {
        demand_share(setting, beta)?;
    }
    demand_eps(eps)
}

/// What one step does with the running means of the gradient and of its square, `m` and `v`:
///
/// ```text
/// m ← β₁·m + (1 − β₁)·g
/// v ← β₂·v + (1 − β₂)·g²
/// m̂ = m / (1 − β₁ᵗ)
/// v̂ = v / (1 − β₂ᵗ)
/// ```
#[derive(Clone, Copy)]
pub(super) struct Moments<T> {
    /// `lr / (1 − β₁ᵗ)`
    pace: T,
    /// `√(1 − β₂ᵗ)`
    root: T,
    keep: T,
    take: T,
    keep_square: T,
    take_square: T,
    eps: T,
}

impl<T: Scalar> Moments<T> {
    /// For the step of `update`.
    pub(super) fn new(update: &Update<'_>, [beta1, beta2]: [f64; 2], eps: f64) -> Moments<T> {
        let corrected = |beta: f64| 1.0 - Float::powf(beta, update.step as f64);
        Moments {
            pace: T::from_f64(update.lr / corrected(beta1)),
            root: T::from_f64(Float::sqrt(corrected(beta2))),
            keep: T::from_f64(beta1),
            take: T::from_f64(1.0 - beta1),
            keep_square: T::from_f64(beta2),
            take_square: T::from_f64(1.0 - beta2),
            eps: T::from_f64(eps),
        }
    }

    /// Updates `m` and `v` by the gradient `g`, and returns `lr·m̂ / (√v̂ + eps)`.
    #[inline(always)]
    pub(super) fn advance(&self, g: T, m: &mut T, v: &mut T) -> T {
        *m = self.keep * *m + self.take * g;
        *v = self.keep_square * *v + self.take_square * g * g;
        self.pace * *m / (v.sqrt() / self.root + self.eps)
    }
}
