//! AdaDelta: steps in the units of the parameter: `p ← p − lr·(√(u + eps)/√(v + eps))·g`.

use core::fmt;

use super::weight_decay::{WeightDecay, weight_decay_setters};
use super::{Optimizer, Specimen, Update, demand_eps, demand_rates, demand_share};
use crate::Result;
use crate::scalar::Scalar;
use crate::simd::widest;

/// AdaDelta, which multiplies the gradient by the root of a moving average of the squared steps, and divides it by that of the
/// squared gradients.
///
/// ```text
/// g ← ∂L/∂p + weight_decay·p
/// v ← ρ·v + (1 − ρ)·g²             v = 0 at the start
/// d ← g·√(u + eps) / √(v + eps)
/// u ← ρ·u + (1 − ρ)·d²             u = 0 at the start
/// p ← p − lr·d
/// ```
///
/// (Zeiler 2012, *ADADELTA: an adaptive learning rate method*, algorithm 1, which has no learning rate: `lr` = 1.) Results agree
/// with those of PyTorch's `Adadelta`, whose defaults these are. The first steps are small: they have the size of √eps.
///
/// ```
/// use shapeproof::optim::AdaDelta;
///
/// let rule = AdaDelta::new(1.0);
/// assert_eq!(rule.to_string(), "AdaDelta, lr 1, rho 0.9, eps 1e-6");
/// ```
#[doc(alias = "Adadelta")]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdaDelta {
    /// The factor of every step: 1 in the paper.
    pub lr: f64,
    /// ρ: the decay of both moving averages; 0.9 by default.
    pub rho: f64,
    /// The term that begins the first step, and keeps the divisor above zero; 10⁻⁶ by default.
    pub eps: f64,
    /// The weight decay, which pulls parameters towards zero; 0 by default.
    pub weight_decay: WeightDecay,
}

impl AdaDelta {
    /// Creates AdaDelta with the factor `lr` and PyTorch's defaults, without weight decay.
    pub const fn new(lr: f64) -> AdaDelta {
        AdaDelta { lr, rho: 0.9, eps: 1e-6, weight_decay: WeightDecay::new(0.0) }
    }
}

weight_decay_setters!(AdaDelta);

impl Optimizer for AdaDelta {
    const MEMORY: usize = 2;

    fn lr(&self) -> f64 {
        self.lr
    }

    fn validate(&self) -> Result<()> {
        demand_rates(self.lr, self.weight_decay)?;
        demand_share("rho", self.rho)?;
        demand_eps(self.eps)
    }

    fn update<T: Scalar>(&self, update: &Update<'_>, numbers: &mut [T], gradient: &[T], memory: &mut [&mut [T]]) {
        let [of_gradients, of_steps] = memory else {
            panic!("AdaDelta remembers two numbers for each number of a parameter")
        };
        let (lr, decay) = (T::from_f64(update.lr), T::from_f64(self.weight_decay.of(update)));
        let [keep, take, eps] = [self.rho, 1.0 - self.rho, self.eps].map(T::from_f64);
        widest!({
            let remembered = of_gradients.iter_mut().zip(of_steps.iter_mut());
            for ((p, &g), (v, u)) in numbers.iter_mut().zip(gradient).zip(remembered) {
                let g = g + decay * *p;
                *v = keep * *v + take * g * g;
                let d = (*u + eps).sqrt() / (*v + eps).sqrt() * g;
                *u = keep * *u + take * d * d;
                *p -= lr * d;
            }
        });
    }
}

/// `AdaDelta, lr 1, rho 0.9, eps 1e-6, weight decay 0.01`
impl fmt::Display for AdaDelta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AdaDelta { lr, rho, eps, weight_decay } = self;
        write!(f, "AdaDelta, lr {lr}, rho {rho}, eps {eps:e}{weight_decay}")
    }
}

impl Specimen for AdaDelta {
    const GOLDEN: &'static str = "adadelta";

    fn of(setting: impl Fn(&str) -> f64) -> AdaDelta {
        AdaDelta {
            lr: setting("lr"),
            rho: setting("rho"),
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
        let rule = AdaDelta { rho: 0.5, eps: 1.0, ..AdaDelta::new(1.0) };
        // v = 1/2·6 = 3, so d = √6·√1/√4 and u = 1/2·6/4. Then v = 1/2·3 + 1/2·4 = 7/2 and d = 2·√(7/4)/√(9/2).
        let mut expected = 0.0;
        for (number, slope, by) in [(1, 6f64.sqrt(), 6f64.sqrt() / 2.0), (2, 2.0, 2.0 * (1.75f64 / 4.5).sqrt())] {
            gradient.bias[0] = slope;
            step(&rule, rule.lr, number, &mut *layer, &gradient, &mut memory);
            expected -= by;
            assert!((layer.bias[0] - expected).abs() < 1e-14, "step {number}: {}, not {expected}", layer.bias[0]);
        }
    }
}
