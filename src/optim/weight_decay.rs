//! Weight decay: of every trained parameter, or of weights alone.

use core::fmt;

use super::{Update, demand};
use crate::Result;

/// The weight decay of an optimizer, which pulls parameters towards zero.
///
/// By default it applies to every trained parameter, as in PyTorch. With [`only_weights`](WeightDecay::only_weights) it leaves out
/// biases, the γ and β of a BatchNorm and the slopes of a PReLU: every parameter whose [role](crate::layer::Role) is not that of a weight. (He et al.
/// 2019, *Bag of tricks for image classification with convolutional neural networks*, section 3.1; in PyTorch, a parameter group
/// with `weight_decay=0`.)
///
/// ```
/// use shapeproof::optim::SGD;
///
/// let rule = SGD::new(0.1).nesterov(0.9).weight_decay(5e-4).decay_only_weights();
/// assert_eq!(rule.to_string(), "SGD, lr 0.1, Nesterov momentum 0.9, weight decay 0.0005 of weights");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WeightDecay {
    /// How strong it is; 0 for none.
    pub factor: f64,
    /// Whether it leaves out all parameters but weights.
    pub only_weights: bool,
}

impl WeightDecay {
    /// A decay of every trained parameter.
    pub const fn new(factor: f64) -> WeightDecay {
        WeightDecay { factor, only_weights: false }
    }

    /// The decay of the parameter that is updated.
    pub(super) fn of(self, update: &Update<'_>) -> f64 {
        if self.only_weights && !update.parameter.role.is_weight() { 0.0 } else { self.factor }
    }

    /// That of a case in `tests/golden/optimizers.json`.
    pub(super) fn specimen(setting: &impl Fn(&str) -> f64) -> WeightDecay {
        WeightDecay { factor: setting("weight_decay"), only_weights: setting("decay_only_weights") != 0.0 }
    }

    /// Refuses a decay that cannot work.
    pub(super) fn validate(self) -> Result<()> {
        let decays = self.factor.is_finite() && self.factor >= 0.0;
        demand(decays, "weight_decay", self.factor, "a number of at least 0")
    }
}

/// The last of the settings of an optimizer: `, weight decay 0.01`, `, weight decay 0.01 of weights`, or nothing.
impl fmt::Display for WeightDecay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            WeightDecay { factor: 0.0, .. } => Ok(()),
            WeightDecay { factor, only_weights: false } => write!(f, ", weight decay {factor}"),
            WeightDecay { factor, only_weights: true } => write!(f, ", weight decay {factor} of weights"),
        }
    }
}

/// The methods with which a user sets the weight decay of an optimizer.
macro_rules! weight_decay_setters {
    ($rule:ident) => {
        impl $rule {
            /// Sets the weight decay.
            pub const fn weight_decay(self, factor: f64) -> $rule {
                $rule { weight_decay: WeightDecay { factor, ..self.weight_decay }, ..self }
            }

            /// Leaves out biases and all other parameters that are not weights from the [weight decay](WeightDecay).
            pub const fn decay_only_weights(self) -> $rule {
                $rule { weight_decay: WeightDecay { only_weights: true, ..self.weight_decay }, ..self }
            }
        }
    };
}
pub(super) use weight_decay_setters;

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use crate::layer::{BatchNorm, Dense};
    use crate::network::{Chain, Network};
    use crate::optim::{Adam, AdamW, Optimizer, SGD, step};

    type Net = Chain<Dense<1, 1, f64>, BatchNorm<1, 1, 1, { 1e-5f64.to_bits() }, { 0.1f64.to_bits() }, f64>>;

    /// A step from ones with a gradient of zero: the weight, the bias, γ and β.
    fn step_from_ones(rule: &impl Optimizer) -> [f64; 4] {
        let (mut network, gradient) = (Net::zeros(), Net::zeros());
        (network.0.weight, network.0.bias) = ([[1.0]], [1.0]);
        (network.1.gamma, network.1.beta) = ([1.0], [1.0]);
        let mut memory: alloc::vec::Vec<_> = (0..rule.memory()).map(|_| Net::zeros()).collect();
        step(rule, rule.lr(), 1, &mut *network, &gradient, &mut memory);
        [network.0.weight[0][0], network.0.bias[0], network.1.gamma[0], network.1.beta[0]]
    }

    #[test]
    fn only_weights_decay_where_that_is_wanted() {
        let sgd = SGD::new(0.5).weight_decay(0.25);
        assert_eq!(step_from_ones(&sgd), [0.875; 4]);
        assert_eq!(step_from_ones(&sgd.decay_only_weights()), [0.875, 1.0, 1.0, 1.0]);
        let adam = Adam::new(0.5).decay_only_weights().weight_decay(0.25);
        let [weight, rest @ ..] = step_from_ones(&adam);
        assert!((weight - 0.5).abs() < 1e-6 && rest == [1.0; 3], "{weight} {rest:?}");
        let adam_w = AdamW::new(0.5).weight_decay(0.25).decay_only_weights();
        assert_eq!(step_from_ones(&adam_w), [0.875, 1.0, 1.0, 1.0]);
    }

    #[test]
    fn a_rule_says_which_parameters_decay() {
        assert_eq!(SGD::new(0.5).decay_only_weights().to_string(), "SGD, lr 0.5");
        let rule = AdamW::new(0.5).decay_only_weights().to_string();
        assert_eq!(rule, "AdamW, lr 0.5, betas 0.9 and 0.999, eps 1e-8, weight decay 0.01 of weights");
    }
}
