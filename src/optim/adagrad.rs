//! AdaGrad: a step size for every number, which only falls: `p ← p − lr·g/(√Σg² + eps)`.

use core::fmt;

use super::weight_decay::{WeightDecay, weight_decay_setters};
use super::{Optimizer, Specimen, Update, demand, demand_eps, demand_rates};
use crate::Result;
use crate::scalar::Scalar;
use crate::simd::widest;

/// AdaGrad, which divides the gradient by the root of the sum of its squares in all steps so far.
///
/// ```text
/// g ← ∂L/∂p + weight_decay·p
/// v ← v + g²                       v = 0 at the start
/// p ← p − lr·g / (√(initial_accumulator_value + v) + eps)
/// ```
///
/// (Duchi, Hazan and Singer 2011, *Adaptive subgradient methods for online learning and stochastic optimization*, section 1.1, with
/// the diagonal matrix.) Results agree with those of PyTorch's `Adagrad`, whose defaults these are, without its `lr_decay`, which is
/// what a [schedule](crate::optim::schedule) is for. Numbers whose gradient is rarely not zero move far when it is.
///
/// ```
/// use shapeproof::optim::AdaGrad;
///
/// let rule = AdaGrad::new(0.01);
/// assert_eq!(rule.to_string(), "AdaGrad, lr 0.01, initial accumulator value 0, eps 1e-10");
/// ```
#[doc(alias = "Adagrad")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdaGrad {
    /// The learning rate; PyTorch's default is 0.01.
    pub lr: f64,
    /// What the sum of the squares begins with, so that the first steps are not too large; 0 by default.
    pub initial_accumulator_value: f64,
    /// The term that keeps the divisor above zero; 10⁻¹⁰ by default.
    pub eps: f64,
    /// The weight decay, which pulls parameters towards zero; 0 by default.
    pub weight_decay: WeightDecay,
}

impl AdaGrad {
    /// Creates AdaGrad with learning rate `lr` and PyTorch's defaults, without weight decay.
    pub const fn new(lr: f64) -> AdaGrad {
        AdaGrad { lr, initial_accumulator_value: 0.0, eps: 1e-10, weight_decay: WeightDecay::new(0.0) }
    }
}

weight_decay_setters!(AdaGrad);

impl Optimizer for AdaGrad {
    const MEMORY: usize = 1;

    fn lr(&self) -> f64 {
        self.lr
    }

    fn validate(&self) -> Result<()> {
        demand_rates(self.lr, self.weight_decay)?;
        let initial = self.initial_accumulator_value;
        let begins = initial.is_finite() && initial >= 0.0;
        demand(begins, "initial_accumulator_value", initial, "a number of at least 0")?;
        demand_eps(self.eps)
    }

    fn update<T: Scalar>(&self, update: &Update<'_>, numbers: &mut [T], gradient: &[T], memory: &mut [&mut [T]]) {
        let [sums] = memory else { panic!("AdaGrad remembers one number for each number of a parameter") };
        let (lr, decay) = (T::from_f64(update.lr), T::from_f64(self.weight_decay.of(update)));
        let (initial, eps) = (T::from_f64(self.initial_accumulator_value), T::from_f64(self.eps));
        widest!({
            for ((p, &g), v) in numbers.iter_mut().zip(gradient).zip(sums.iter_mut()) {
                let g = g + decay * *p;
                *v += g * g;
                *p -= lr * (g / ((initial + *v).sqrt() + eps));
            }
        });
    }
}

/// `AdaGrad, lr 0.01, initial accumulator value 0, eps 1e-10, weight decay 0.01`
impl fmt::Display for AdaGrad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AdaGrad { lr, initial_accumulator_value, eps, weight_decay } = self;
        write!(f, "AdaGrad, lr {lr}, initial accumulator value {initial_accumulator_value}, eps {eps:e}{weight_decay}")
    }
}

impl Specimen for AdaGrad {
    const GOLDEN: &'static str = "adagrad";

    fn of(setting: impl Fn(&str) -> f64) -> AdaGrad {
        AdaGrad {
            lr: setting("lr"),
            initial_accumulator_value: setting("initial_accumulator_value"),
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
        let mut memory = [Dense::zeros()];
        let rule = AdaGrad { eps: 1e-30, ..AdaGrad::new(0.5) };
        // √9 = 3, then √(9 + 16) = 5.
        for (number, slope, expected) in [(1, 3.0, -0.5), (2, -4.0, -0.5 + 0.5 * 0.8)] {
            gradient.bias[0] = slope;
            step(&rule, rule.lr, number, &mut *layer, &gradient, &mut memory);
            assert!((layer.bias[0] - expected).abs() < 1e-15, "step {number}: {}, not {expected}", layer.bias[0]);
        }
    }
}
