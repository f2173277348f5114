//! Adam: a step size for every number, `p ← p − lr·m̂/(√v̂ + eps)`.

use core::fmt;

use super::moments::{self, Moments};
use super::weight_decay::{WeightDecay, weight_decay_setters};
use super::{Optimizer, Specimen, Update, demand_rates};
use crate::Result;
use crate::scalar::Scalar;
use crate::simd::widest;

/// Adam, which divides a moving average of the gradient by the root of a moving average of its square.
///
/// ```text
/// g ← ∂L/∂p + weight_decay·p
/// m ← β₁·m + (1 − β₁)·g            m = 0 at the start
/// v ← β₂·v + (1 − β₂)·g²           v = 0 at the start
/// m̂ = m / (1 − β₁ᵗ)                t: the step, counted from 1, the same for all parameters
/// v̂ = v / (1 − β₂ᵗ)
/// p ← p − lr·m̂ / (√v̂ + eps)
/// ```
///
/// (Kingma and Ba 2015, *Adam: a method for stochastic optimization*, algorithm 1.) Results agree with those of PyTorch's `Adam`,
/// whose defaults these are. Weight decay is part of the gradient, so that it is divided too, and applies to every trained
/// parameter, unless it is set to [decay only weights](WeightDecay). The optimizer `AdamW` decouples it.
///
/// ```
/// use shapeproof::optim::Adam;
///
/// let rule = Adam::new(1e-3);
/// assert_eq!(rule.to_string(), "Adam, lr 0.001, betas 0.9 and 0.999, eps 1e-8");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    /// The learning rate; 0.001 suits many networks.
    pub lr: f64,
    /// β₁: the decay of the moving average of the gradient; 0.9 by default.
    pub beta1: f64,
    /// β₂: the decay of the moving average of its square; 0.999 by default.
    pub beta2: f64,
    /// The term that keeps the divisor above zero; 10⁻⁸ by default.
    pub eps: f64,
    /// The weight decay, which pulls parameters towards zero; 0 by default.
    pub weight_decay: WeightDecay,
}

impl Adam {
    /// Creates Adam with learning rate `lr` and the defaults of the paper, without weight decay.
    pub const fn new(lr: f64) -> Adam {
        Adam { lr, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: WeightDecay::new(0.0) }
    }

    /// Sets the decays of the two moving averages.
    pub const fn betas(self, beta1: f64, beta2: f64) -> Adam {
        Adam { beta1, beta2, ..self }
    }
}

weight_decay_setters!(Adam);

impl Optimizer for Adam {
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
            panic!("Adam remembers two numbers for each number of a parameter")
        };
        let moments = Moments::new(update, [self.beta1, self.beta2], self.eps);
        let decay = T::from_f64(self.weight_decay.of(update));
        widest!({
            let remembered = means.iter_mut().zip(second_moment.iter_mut());
            for ((p, &g), (m, v)) in numbers.iter_mut().zip(gradient).zip(remembered) {
                *p -= moments.advance(g + decay * *p, m, v);
            }
        });
    }
}

/// `Adam, lr 0.001, betas 0.9 and 0.999, eps 1e-8, weight decay 0.01`
impl fmt::Display for Adam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Adam { lr, beta1, beta2, eps, weight_decay } = self;
        write!(f, "Adam, lr {lr}, betas {beta1} and {beta2}, eps {eps:e}{weight_decay}")
    }
}

impl Specimen for Adam {
    const GOLDEN: &'static str = "adam";

    fn of(setting: impl Fn(&str) -> f64) -> Adam {
        Adam {
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
    fn two_steps_by_hand() {
        let (mut layer, mut gradient) = (Dense::<1, 1, f64>::zeros(), Dense::zeros());
        let mut memory = [Dense::zeros(), Dense::zeros()];
        let rule = Adam { eps: 1e-30, ..Adam::new(0.5).betas(0.5, 0.75) };
        // In the first step m̂ = 2 and v̂ = 4, whatever the decays are, so the step is lr. Then m = 1/2·1 + 1/2·6 = 7/2 and v =
        // 3/4·1 + 1/4·36 = 39/4, so that m̂ = 14/3 and v̂ = 156/7.
        let mut expected = 0.0;
        for (number, slope, by) in [(1, 2.0, 1.0), (2, 6.0, (14.0 / 3.0) / (156f64 / 7.0).sqrt())] {
            gradient.bias[0] = slope;
            step(&rule, rule.lr, number, &mut *layer, &gradient, &mut memory);
            expected -= 0.5 * by;
            assert!((layer.bias[0] - expected).abs() < 1e-15, "step {number}: {}, not {expected}", layer.bias[0]);
        }
    }
}
