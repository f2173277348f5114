//! RMSProp: a step size for every number, `p ← p − lr·g/(√v + eps)`.

use core::fmt;

use super::weight_decay::{WeightDecay, weight_decay_setters};
use super::{Optimizer, Specimen, Update, demand_eps, demand_rates, demand_share};
use crate::Result;
use crate::scalar::Scalar;
use crate::simd::widest;

/// RMSProp, which divides the gradient by the root of a moving average of its square; with momentum, and centered, if wanted.
///
/// ```text
/// g ← ∂L/∂p + weight_decay·p
/// v ← α·v + (1 − α)·g²             v = 0 at the start
/// m ← α·m + (1 − α)·g              m = 0 at the start; only if centered
/// d ← g / (√v + eps)               or, if centered, g / (√(v − m²) + eps)
/// b ← μ·b + d                      b = 0 at the start; only with momentum
/// p ← p − lr·d                     or, with momentum, p − lr·b
/// ```
///
/// (Tieleman and Hinton 2012, *Lecture 6.5: RMSProp*, COURSERA: Neural networks for machine learning; centered: Graves 2013,
/// *Generating sequences with recurrent neural networks*, eq. 38 to 45.) Results agree with those of PyTorch's `RMSprop`, whose
/// defaults these are, except that a variance `v − m²` that rounding makes negative is 0 here, and NaN there.
///
/// ```
/// use shapeproof::optim::RMSProp;
///
/// let rule = RMSProp::new(0.01).momentum(0.9).centered();
/// assert_eq!(rule.to_string(), "RMSProp, centered, lr 0.01, alpha 0.99, eps 1e-8, momentum 0.9");
/// ```
#[doc(alias = "RMSprop")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RMSProp {
    /// The learning rate; PyTorch's default is 0.01.
    pub lr: f64,
    /// α: the decay of the moving averages; 0.99 by default.
    pub alpha: f64,
    /// The term that keeps the divisor above zero; 10⁻⁸ by default.
    pub eps: f64,
    /// μ: the momentum; 0, the default, for none.
    pub momentum: f64,
    /// Whether it divides by the deviation of the gradient, instead of by the root of its square.
    pub centered: bool,
    /// The weight decay, which pulls parameters towards zero; 0 by default.
    pub weight_decay: WeightDecay,
}

impl RMSProp {
    /// Creates RMSProp with learning rate `lr` and PyTorch's defaults: not centered, no momentum, no weight decay.
    pub const fn new(lr: f64) -> RMSProp {
        let weight_decay = WeightDecay::new(0.0);
        RMSProp { lr, alpha: 0.99, eps: 1e-8, momentum: 0.0, centered: false, weight_decay }
    }

    /// Sets the decay of the moving averages.
    pub const fn alpha(self, alpha: f64) -> RMSProp {
        RMSProp { alpha, ..self }
    }

    /// Sets the momentum `μ`.
    pub const fn momentum(self, momentum: f64) -> RMSProp {
        RMSProp { momentum, ..self }
    }

    /// Divides by the deviation of the gradient.
    pub const fn centered(self) -> RMSProp {
        RMSProp { centered: true, ..self }
    }
}

weight_decay_setters!(RMSProp);

impl Optimizer for RMSProp {
    const MEMORY: usize = 3;

    /// The mean square; the mean if it is centered; the velocity if there is momentum.
    fn memory(&self) -> usize {
        1 + usize::from(self.centered) + usize::from(self.momentum != 0.0)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn validate(&self) -> Result<()> {
        demand_rates(self.lr, self.weight_decay)?;
        demand_share("alpha", self.alpha)?;
        demand_share("momentum", self.momentum)?;
        demand_eps(self.eps)
    }

    fn update<T: Scalar>(&self, update: &Update<'_>, numbers: &mut [T], gradient: &[T], memory: &mut [&mut [T]]) {
        let [lr, decay] = [update.lr, self.weight_decay.of(update)].map(T::from_f64);
        let [keep, take, mu] = [self.alpha, 1.0 - self.alpha, self.momentum].map(T::from_f64);
        let (zero, eps) = (T::zero(), T::from_f64(self.eps));
        let square = |g: T, v: &mut T| {
            *v = keep * *v + take * g * g;
            *v
        };
        let variance = |g: T, v: &mut T, m: &mut T| {
            *m = keep * *m + take * g;
            let variance = square(g, v) - *m * *m;
            // Not `max`, which would lose a NaN.
            if variance < zero { zero } else { variance }
        };
        let with_momentum = |d: T, b: &mut T| {
            *b = mu * *b + d;
            *b
        };
        match (self.centered, memory) {
            (false, [squares]) => widest!({
                for ((p, &g), v) in numbers.iter_mut().zip(gradient).zip(squares.iter_mut()) {
                    let g = g + decay * *p;
                    *p -= lr * (g / (square(g, v).sqrt() + eps));
                }
            }),
            (false, [squares, velocity]) => widest!({
                let remembered = squares.iter_mut().zip(velocity.iter_mut());
                for ((p, &g), (v, b)) in numbers.iter_mut().zip(gradient).zip(remembered) {
                    let g = g + decay * *p;
                    *p -= lr * with_momentum(g / (square(g, v).sqrt() + eps), b);
                }
            }),
            (true, [squares, means]) => widest!({
                let remembered = squares.iter_mut().zip(means.iter_mut());
                for ((p, &g), (v, m)) in numbers.iter_mut().zip(gradient).zip(remembered) {
                    let g = g + decay * *p;
                    *p -= lr * (g / (variance(g, v, m).sqrt() + eps));
                }
            }),
            (true, [squares, means, velocity]) => widest!({
                let remembered = squares.iter_mut().zip(means.iter_mut()).zip(velocity.iter_mut());
                for ((p, &g), ((v, m), b)) in numbers.iter_mut().zip(gradient).zip(remembered) {
                    let g = g + decay * *p;
                    *p -= lr * with_momentum(g / (variance(g, v, m).sqrt() + eps), b);
                }
            }),
            (_, memory) => panic!("RMSProp remembers {} numbers, not {}", self.memory(), memory.len()),
        }
    }
}

/// `RMSProp, centered, lr 0.01, alpha 0.99, eps 1e-8, momentum 0.9, weight decay 0.01`
impl fmt::Display for RMSProp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RMSProp { lr, alpha, eps, momentum, centered, weight_decay } = self;
        let centered = if *centered { ", centered" } else { "" };
        write!(f, "RMSProp{centered}, lr {lr}, alpha {alpha}, eps {eps:e}")?;
        if *momentum != 0.0 {
            write!(f, ", momentum {momentum}")?;
        }
        write!(f, "{weight_decay}")
    }
}

impl Specimen for RMSProp {
    const GOLDEN: &'static str = "rmsprop";

    fn of(setting: impl Fn(&str) -> f64) -> RMSProp {
        RMSProp {
            lr: setting("lr"),
            alpha: setting("alpha"),
            eps: setting("eps"),
            momentum: setting("momentum"),
            centered: setting("centered") != 0.0,
            weight_decay: WeightDecay::specimen(&setting),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::layer::Dense;
    use crate::network::Network;
    use crate::optim::step;

    /// Some steps from p = 0 with a gradient, lr 1/2 and α 3/4.
    fn steps(rule: RMSProp, slopes: &[f64]) -> f64 {
        let (mut layer, mut gradient) = (Dense::<1, 1, f64>::zeros(), Dense::zeros());
        let mut memory: Vec<_> = (0..rule.memory()).map(|_| Dense::zeros()).collect();
        let rule = RMSProp { eps: 1e-30, lr: 0.5, ..rule.alpha(0.75) };
        for (number, &slope) in (1..).zip(slopes) {
            gradient.bias[0] = slope;
            step(&rule, rule.lr, number, &mut *layer, &gradient, &mut memory);
        }
        layer.bias[0]
    }

    #[test]
    fn two_steps_by_hand() {
        let (rule, slopes) = (RMSProp::new(1.0), [2.0, 4.0]);
        let close = |rule, expected: f64| {
            let found = steps(rule, &slopes);
            assert!((found - expected).abs() < 1e-14, "{rule}: {found}, not {expected}");
        };
        // v: 1/4·4 = 1, then 3/4·1 + 1/4·16 = 19/4. d: 2, then 4/√(19/4).
        let d = 4.0 / 4.75f64.sqrt();
        close(rule, -0.5 * (2.0 + d));
        close(rule.momentum(0.5), -0.5 * (2.0 + (1.0 + d)));
        // m: 1/2, then 3/8 + 1 = 11/8. v − m²: 3/4, then 19/4 − 121/64 = 183/64.
        let [first, second] = [2.0 / 0.75f64.sqrt(), 4.0 * 8.0 / 183f64.sqrt()];
        close(rule.centered(), -0.5 * (first + second));
        close(rule.centered().momentum(0.5), -0.5 * (first + (0.5 * first + second)));
    }

    #[test]
    fn a_gradient_that_never_changes_is_no_reason_to_be_nan() {
        assert!(steps(RMSProp::new(1.0).centered(), &[0.1; 200]).is_finite());
    }
}
