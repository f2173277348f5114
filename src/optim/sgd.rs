//! Stochastic gradient descent: `p ← p − lr·g`, or with momentum.

use core::fmt;

use super::weight_decay::{WeightDecay, weight_decay_setters};
use super::{Optimizer, Specimen, Update, demand_rates, demand_share};
use crate::Result;
use crate::scalar::Scalar;
use crate::simd::widest;

/// Stochastic gradient descent, with momentum and weight decay.
///
/// ```text
/// g ← ∂L/∂p + weight_decay·p
/// v ← μ·v + g                      v = 0 at the start
/// p ← p − lr·g                     without momentum
/// p ← p − lr·v                     classical (Polyak 1964)
/// p ← p − lr·(g + μ·v)             Nesterov (1983), as in Sutskever, Martens, Dahl and Hinton 2013, eq. 3 and 4,
///                                  rearranged so that p is the point the gradient is taken at
/// ```
///
/// Results agree with those of PyTorch's `SGD` without dampening. As there, weight decay applies to every trained parameter,
/// including biases and the slopes of a PReLU, unless it is set to [decay only weights](WeightDecay).
///
/// ```
/// use shapeproof::optim::SGD;
///
/// let rule = SGD::new(0.01).nesterov(0.9).weight_decay(5e-4);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SGD {
    /// The learning rate.
    pub lr: f64,
    /// The kind of momentum.
    pub momentum: Momentum,
    /// The weight decay, which pulls parameters towards zero.
    pub weight_decay: WeightDecay,
}

/// The kind of momentum, with its factor `μ`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Momentum {
    /// No momentum.
    None,
    /// The parameter moves with a velocity that is multiplied by `μ` at each step.
    Classical(f64),
    /// The same, with the gradient taken at the point that the velocity leads to.
    Nesterov(f64),
}

impl SGD {
    /// Creates plain gradient descent with learning rate `lr`: no momentum, no weight decay.
    pub const fn new(lr: f64) -> SGD {
        SGD { lr, momentum: Momentum::None, weight_decay: WeightDecay::new(0.0) }
    }

    /// Sets classical momentum `μ`.
    pub const fn momentum(self, mu: f64) -> SGD {
        SGD { momentum: Momentum::Classical(mu), ..self }
    }

    /// Sets Nesterov's momentum `μ`.
    pub const fn nesterov(self, mu: f64) -> SGD {
        SGD { momentum: Momentum::Nesterov(mu), ..self }
    }
}

weight_decay_setters!(SGD);

impl Optimizer for SGD {
    const MEMORY: usize = 1;

    /// The velocity, if there is momentum.
    fn memory(&self) -> usize {
        usize::from(self.momentum != Momentum::None)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn validate(&self) -> Result<()> {
        demand_rates(self.lr, self.weight_decay)?;
        match self.momentum {
            Momentum::None => Ok(()),
            Momentum::Classical(mu) | Momentum::Nesterov(mu) => demand_share("momentum", mu),
        }
    }

    fn update<T: Scalar>(&self, update: &Update<'_>, numbers: &mut [T], gradient: &[T], memory: &mut [&mut [T]]) {
        let (lr, decay) = (T::from_f64(update.lr), T::from_f64(self.weight_decay.of(update)));
        match (self.momentum, memory) {
            (Momentum::None, _) => widest!({
                for (p, &g) in numbers.iter_mut().zip(gradient) {
                    *p -= lr * (g + decay * *p);
                }
            }),
            (Momentum::Classical(mu), [velocity]) => {
                let mu = T::from_f64(mu);
                widest!({
                    for ((p, &g), v) in numbers.iter_mut().zip(gradient).zip(velocity.iter_mut()) {
                        *v = mu * *v + (g + decay * *p);
                        *p -= lr * *v;
                    }
                });
            }
            (Momentum::Nesterov(mu), [velocity]) => {
                let mu = T::from_f64(mu);
                widest!({
                    for ((p, &g), v) in numbers.iter_mut().zip(gradient).zip(velocity.iter_mut()) {
                        let g = g + decay * *p;
                        *v = mu * *v + g;
                        *p -= lr * (g + mu * *v);
                    }
                });
            }
            (_, memory) => panic!("SGD with momentum remembers one number for each parameter, not {}", memory.len()),
        }
    }
}

/// `SGD, lr 0.05, Nesterov momentum 0.9, weight decay 0.0005`
impl fmt::Display for SGD {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SGD, lr {}", self.lr)?;
        match self.momentum {
            Momentum::None => {}
            Momentum::Classical(mu) => write!(f, ", momentum {mu}")?,
            Momentum::Nesterov(mu) => write!(f, ", Nesterov momentum {mu}")?,
        }
        write!(f, "{}", self.weight_decay)
    }
}

impl Specimen for SGD {
    const GOLDEN: &'static str = "sgd";

    fn of(setting: impl Fn(&str) -> f64) -> SGD {
        let momentum = match (setting("momentum"), setting("nesterov")) {
            (0.0, _) => Momentum::None,
            (mu, 0.0) => Momentum::Classical(mu),
            (mu, _) => Momentum::Nesterov(mu),
        };
        SGD { lr: setting("lr"), momentum, weight_decay: WeightDecay::specimen(&setting) }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec::Vec;

    use super::*;
    use crate::layer::Dense;
    use crate::network::Network;
    use crate::optim::step;

    /// Two steps from p = 1 with gradients 1 and 0.5, lr 0.1.
    fn two_steps(rule: SGD) -> f64 {
        let (mut layer, mut gradient) = (Dense::<1, 1, f64>::zeros(), Dense::zeros());
        let mut memory: Vec<_> = (0..rule.memory()).map(|_| Dense::zeros()).collect();
        layer.bias[0] = 1.0;
        for (number, slope) in [(1, 1.0), (2, 0.5)] {
            gradient.bias[0] = slope;
            step(&rule, rule.lr, number, &mut *layer, &gradient, &mut memory);
        }
        layer.bias[0]
    }

    #[test]
    fn two_steps_by_hand() {
        let close = |rule, expected: f64| assert!((two_steps(rule) - expected).abs() < 1e-15, "{rule:?}");
        close(SGD::new(0.1), 1.0 - 0.1 - 0.05);
        // v: 1, then 0.9 + 0.5 = 1.4
        close(SGD::new(0.1).momentum(0.9), 1.0 - 0.1 - 0.14);
        // 1 + 0.9·1 = 1.9, then 0.5 + 0.9·1.4 = 1.76
        close(SGD::new(0.1).nesterov(0.9), 1.0 - 0.19 - 0.176);
        // g: 1 + 0.5·1 = 1.5, then p = 0.85 and g = 0.5 + 0.425
        close(SGD::new(0.1).weight_decay(0.5), 1.0 - 0.15 - 0.0925);
    }

    #[test]
    fn a_velocity_is_kept_only_if_there_is_momentum() {
        let inference = [SGD::new(0.1).weight_decay(0.1), SGD::new(0.1).momentum(0.9), SGD::new(0.1).nesterov(0.9)];
        assert_eq!(inference.map(|rule| rule.memory()), [0, 1, 1]);
    }

    #[test]
    fn it_says_all_its_settings() {
        assert_eq!(SGD::new(0.1).to_string(), "SGD, lr 0.1");
        assert_eq!(SGD::new(1e-7).momentum(0.5).to_string(), "SGD, lr 0.0000001, momentum 0.5");
        let rule = SGD::new(0.05).nesterov(0.9).weight_decay(5e-4);
        assert_eq!(rule.to_string(), "SGD, lr 0.05, Nesterov momentum 0.9, weight decay 0.0005");
    }

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let says = |rule: SGD| rule.validate().map_err(|error| error.to_string());
        assert_eq!(says(SGD::new(0.1).nesterov(0.9)), Ok(()));
        assert_eq!(says(SGD::new(-0.1)), Err("lr: found -0.1, expected a number above 0".into()));
        assert_eq!(says(SGD::new(f64::NAN)), Err("lr: found NaN, expected a number above 0".into()));
        let fast = SGD::new(0.1).momentum(1.0);
        assert_eq!(says(fast), Err("momentum: found 1, expected a number from 0 to below 1".into()));
        let growing = SGD::new(0.1).weight_decay(-1.0);
        assert_eq!(says(growing), Err("weight_decay: found -1, expected a number of at least 0".into()));
    }
}
