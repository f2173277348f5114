//! AdamW: Adam with decoupled weight decay: `p ← p − lr·(weight_decay·p + m̂/(√v̂ + eps))`.

use core::fmt;

use super::moments::{self, Moments};
use super::weight_decay::{WeightDecay, weight_decay_setters};
use super::{Optimizer, Specimen, Update, demand_rates};
use crate::Result;
use crate::scalar::Scalar;
use crate::simd::widest;

/// Adam with decoupled weight decay.
///
/// ```text
/// p ← p − lr·weight_decay·p
/// m ← β₁·m + (1 − β₁)·∂L/∂p        m = 0 at the start
/// v ← β₂·v + (1 − β₂)·(∂L/∂p)²     v = 0 at the start
/// m̂ = m / (1 − β₁ᵗ)                t: the step, counted from 1, the same for all parameters
/// v̂ = v / (1 − β₂ᵗ)
/// p ← p − lr·m̂ / (√v̂ + eps)
/// ```
///
/// (Loshchilov and Hutter 2019, *Decoupled weight decay regularization*, algorithm 2.) In Adam, weight decay is part of the
/// gradient and divided with it, so that weights with large gradients decay less; here all decay equally. Results agree with those
/// of PyTorch's `AdamW`, whose defaults these are: the decay is multiplied by the learning rate, schedule included, and applies to
/// every trained parameter, unless it is set to [decay only weights](WeightDecay).
///
/// ```
/// use shapeproof::optim::AdamW;
///
/// let rule = AdamW::new(1e-3);
/// assert_eq!(rule.to_string(), "AdamW, lr 0.001, betas 0.9 and 0.999, eps 1e-8, weight decay 0.01");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamW {
    /// The learning rate; 0.001 suits many networks.
    pub lr: f64,
    /// β₁: the decay of the moving average of the gradient; 0.9 by default.
    pub beta1: f64,
    /// β₂: the decay of the moving average of its square; 0.999 by default.
    pub beta2: f64,
    /// The term that keeps the divisor above zero; 10⁻⁸ by default.
    pub eps: f64,
    /// The weight decay, which pulls parameters towards zero; 0.01 by default.
    pub weight_decay: WeightDecay,
}

impl AdamW {
    /// Creates AdamW with learning rate `lr` and PyTorch's defaults.
    pub const fn new(lr: f64) -> AdamW {
        AdamW { lr, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: WeightDecay::new(0.01) }
    }

    /// Sets the decays of the two moving averages.
    pub const fn betas(self, beta1: f64, beta2: f64) -> AdamW {
        AdamW { beta1, beta2, ..self }
    }
}

weight_decay_setters!(AdamW);

impl Optimizer for AdamW {
    const MEMORY: usize = 2;

    fn lr(&self) -> f64 {
        self.lr
    }

    fn validate(&self) -> Result<()> {
        demand_rates(self.lr, self.weight_decay)?;
        moments::validate([self.beta1, self.beta2], self.eps)
    }

    fn update<T: Scalar>(&self, update: &Update<'_>, numbers: &mut [T], gradient: &[T], memory: &mut [&mut [T]]) {
        let [means, second_moment] = memory else {
            panic!("AdamW remembers two numbers for each number of a parameter")
        };
        let moments = Moments::new(update, [self.beta1, self.beta2], self.eps);
        let left = T::from_f64(1.0 - update.lr * self.weight_decay.of(update));
        widest!({
            let remembered = means.iter_mut().zip(second_moment.iter_mut());
            for ((p, &g), (m, v)) in numbers.iter_mut().zip(gradient).zip(remembered) {
                *p = left * *p - moments.advance(g, m, v);
            }
        });
    }
}

/// `AdamW, lr 0.001, betas 0.9 and 0.999, eps 1e-8, weight decay 0.01`
impl fmt::Display for AdamW {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AdamW { lr, beta1, beta2, eps, weight_decay } = self;
        write!(f, "AdamW, lr {lr}, betas {beta1} and {beta2}, eps {eps:e}{weight_decay}")
    }
}

impl Specimen for AdamW {
    const GOLDEN: &'static str = "adamw";

    fn of(setting: impl Fn(&str) -> f64) -> AdamW {
        AdamW {
            lr: setting("lr"),
            beta1: setting("beta1"),
            beta2: setting("beta2"),
            eps: setting("eps"),
            weight_decay: WeightDecay::specimen(&setting),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::Dense;
    use crate::network::Network;
    use crate::optim::step;

    #[test]
    fn a_step_by_hand() {
        let (mut layer, mut gradient) = (Dense::<1, 1, f64>::zeros(), Dense::zeros());
        let mut memory = [Dense::zeros(), Dense::zeros()];
        let rule = AdamW { eps: 1e-30, ..AdamW::new(0.5).weight_decay(0.25) };
        (layer.bias[0], gradient.bias[0]) = (8.0, -3.0);
        step(&rule, rule.lr, 1, &mut *layer, &gradient, &mut memory);
        // One eighth of p decays, and m̂/√v̂ is −1 in the first step.
        assert!((layer.bias[0] - (8.0 - 1.0 + 0.5)).abs() < 1e-14, "{}", layer.bias[0]);
    }
}
