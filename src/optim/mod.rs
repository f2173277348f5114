//! Optimizers: how a gradient updates the parameters.
//!
//! An optimizer only sees slices of numbers. Its memory from step to step (momentum, moments) is stored in networks of the same
//! type as the one being trained, and visited in step with it. So this state is as typed, as contiguous and as easy to save as the
//! weights.
//!
//! | | for each number of a parameter | remembers |
//! |---|---|---|
//! | [`SGD`] | one learning rate for all; with momentum, the gradients of the past count too | 0 or 1 number |
//! | [`AdaGrad`] | divided by the root of the sum of all squared gradients: for gradients that are rarely not zero | 1 |
//! | [`RMSProp`] | divided by the root of a moving average of squared gradients | 1 to 3 |
//! | [`AdaDelta`] | that, times the root of a moving average of squared steps: no learning rate to be found | 2 |
//! | [`Adam`] | a moving average of the gradient, divided as by RMSProp | 2 |
//! | [`AdamW`] | Adam, with a weight decay that is not divided | 2 |
//! | [`Muon`] | of a weight: the momentum, made an orthogonal matrix; of others: AdamW | 2, and 3 of scratch |
//!
//! There is one file for each optimizer, and all are checked by `tests/optimizers.rs`. [`Groups`] updates groups of parameters by rules of
//! their own: another learning rate for a layer, no [`WeightDecay`] of biases. A [`Schedule`]
//! changes the learning rate over a training; gradients are [clipped](crate::train::Clip) by the trainer.

mod groups;
mod moments;
pub mod schedule;
mod step;
mod weight_decay;

use alloc::string::{String, ToString};
use core::fmt;

use crate::layer::{Parameter, Role};
use crate::scalar::Scalar;
use crate::{Error, Result};

pub use groups::{Group, Groups};
pub use schedule::{
    Constant, Cosine, CosineRestarts, Exponential, Linear, OneCycle, Piecewise, Schedule, Staircase, Warmup,
};
pub use sgd::Momentum;
pub use step::step;
#[cfg(feature = "std")]
pub(crate) use step::{ParallelFor, Work, step_by, verify};
pub use weight_decay::WeightDecay;

/// The table of optimizers: a file and its optimizer, one line for each. Everything that applies to all optimizers is generated
/// from it.
#[doc(hidden)]
#[macro_export]
macro_rules! __optimizers {
    ([$($to:tt)*] $($with:tt)*) => {
        $($to)*! {
            [
                adadelta::AdaDelta
                adagrad::AdaGrad
                adam::Adam
                adamw::AdamW
                muon::Muon
                rmsprop::RMSProp
                sgd::SGD
            ]
            $($with)*
        }
    };
}

macro_rules! declare {
    ([$($file:ident::$kind:ident)*]) => {
        $(
            mod $file;
            pub use $file::$kind;
        )*
    };
}

__optimizers! { [declare] }

/// How many numbers an [`Optimizer`] may have beside each number of a parameter: to remember, and as scratch.
pub const MAX_MEMORY: usize = 5;

/// A rule that updates parameters by their gradient.
///
/// Its `Display` shows the rule with all its settings, `SGD, lr 0.1, momentum 0.9`: a checkpoint compares this text to tell whether
/// a training continues as it began.
///
/// A rule of your own says what it does to the numbers of one parameter. It knows which parameter that is, so it need not treat all
/// alike: this one is gradient descent with a weight decay that leaves out biases. The [guide](crate::_guide::optimizer) has a rule
/// with a memory.
///
/// ```
/// use std::fmt;
///
/// use shapeproof::layer::{Dense, Role};
/// use shapeproof::network::Network;
/// use shapeproof::optim::{self, Optimizer, Update};
/// use shapeproof::scalar::Scalar;
///
/// struct Decayed {
///     lr: f64,
///     decay: f64,
/// }
///
/// impl fmt::Display for Decayed {
///     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
///         write!(f, "descent, lr {}, decay of weights {}", self.lr, self.decay)
///     }
/// }
///
/// impl Optimizer for Decayed {
///     const MEMORY: usize = 0;
///
///     fn lr(&self) -> f64 {
///         self.lr
///     }
///
///     fn validate(&self) -> shapeproof::Result<()> {
///         Ok(())
///     }
///
///     fn update<T: Scalar>(&self, update: &Update<'_>, numbers: &mut [T], gradient: &[T], _: &mut [&mut [T]]) {
///         let decay = if let Role::Weight { .. } = update.parameter.role { self.decay } else { 0.0 };
///         let (lr, decay) = (T::from_f64(update.lr), T::from_f64(decay));
///         for (p, &g) in numbers.iter_mut().zip(gradient) {
///             *p -= lr * (g + decay * *p);
///         }
///     }
/// }
///
/// // One step of a layer whose gradient is zero: the weight decays, the bias does not.
/// let mut dense = Dense::<1, 1> { weight: [[2.0]], bias: [3.0] };
/// optim::step(&Decayed { lr: 0.5, decay: 0.25 }, 0.5, 1, &mut dense, &Dense::zeros(), &mut []);
/// assert_eq!((dense.weight, dense.bias), ([[1.75]], [3.0]));
/// ```
pub trait Optimizer: fmt::Display + Send + Sync {
    /// How many numbers the rule remembers for each number of a parameter, at most. With those of [`SCRATCH`](Optimizer::SCRATCH), they
    /// are 0 to [`MAX_MEMORY`].
    ///
    /// A larger value does not compile where the rule is used:
    ///
    /// ```compile_fail,E0080
    /// # use shapeproof::{Result, loss::CrossEntropy, network::Network, scalar::Scalar, train::{Settings, Trainer}};
    /// # use shapeproof::optim::{Optimizer, Update};
    /// # struct Rule;
    /// # impl std::fmt::Display for Rule {
    /// #     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("rule") }
    /// # }
    /// # shapeproof::network! { type Net = [2, 1, 1] => Dense(units = 2) }
    /// impl Optimizer for Rule {
    ///     const MEMORY: usize = 6;
    ///     // …
    /// #   fn lr(&self) -> f64 { 0.1 }
    /// #   fn validate(&self) -> Result<()> { Ok(()) }
    /// #   fn update<T: Scalar>(&self, _: &Update<'_>, _: &mut [T], _: &[T], _: &mut [&mut [T]]) {}
    /// }
    /// Trainer::new(Net::new(1), CrossEntropy::new(), Rule, Settings::default())?;
    /// # Ok::<(), shapeproof::Error>(())
    /// ```
    const MEMORY: usize;

    /// How many more numbers it has beside each number of a parameter as scratch, which is not kept from step to step.
    const SCRATCH: usize = 0;

    /// How many numbers it remembers with these settings; at most [`MEMORY`](Optimizer::MEMORY).
    fn memory(&self) -> usize {
        Self::MEMORY
    }

    /// The learning rate before any schedule.
    fn lr(&self) -> f64;

    /// Checks the settings.
    ///
    /// # Errors
    /// [`Error::Setting`] names the setting, its value, and the values it may have.
    fn validate(&self) -> Result<()>;

    /// Checks the settings against the trained parameters of the network, given by their [names](Parameter) and roles: that a group of
    /// parameters exists, for example. By default there is nothing to check.
    ///
    /// # Errors
    /// As for [`validate`](Optimizer::validate).
    fn validate_for(&self, parameters: &[(String, Role)]) -> Result<()> {
        let _ = parameters;
        Ok(())
    }

    /// Whether the rule needs all numbers of a parameter together. Otherwise it must treat every number by itself: a large parameter
    /// is passed to it in pieces, by several threads.
    fn needs_whole(&self, parameter: &Parameter<'_>) -> bool {
        let _ = parameter;
        false
    }

    /// Updates the `numbers` of a parameter by their `gradient`.
    ///
    /// `memory` holds [this many](Optimizer::memory) slices as long as `numbers`, all zero before the first step, and then those of
    /// [scratch](Optimizer::SCRATCH), whose numbers may be any.
    fn update<T: Scalar>(&self, update: &Update<'_>, numbers: &mut [T], gradient: &[T], memory: &mut [&mut [T]]);
}

/// The arguments of an update other than its numbers.
#[derive(Clone, Copy, Debug)]
pub struct Update<'a> {
    /// The parameter that is updated: its role, its name, its dims, and the layer it is in.
    pub parameter: Parameter<'a>,
    /// The learning rate, schedule included.
    pub lr: f64,
    /// The step of the training, counted from 1: the same for all parameters.
    pub step: u64,
}

impl<'a> Update<'a> {
    /// The same update by a rule with another learning rate, which the schedule multiplies as it does that of the trainer's rule.
    fn at_rate(self, of_trainer: f64, other: f64) -> Update<'a> {
        // Not a quotient of equal rates, whose product with one of them could be another number.
        let lr = if other == of_trainer { self.lr } else { self.lr / of_trainer * other };
        Update { lr, ..self }
    }
}

/// Returns an error about a setting if the condition does not hold.
fn demand(holds: bool, setting: &'static str, found: f64, expected: &str) -> Result<()> {
    if holds {
        Ok(())
    } else {
        Err(Error::Setting { setting, found: found.to_string(), expected: expected.to_string() })
    }
}

/// Checks the learning rate and the weight decay.
fn demand_rates(lr: f64, weight_decay: WeightDecay) -> Result<()> {
    demand(lr.is_finite() && lr > 0.0, "lr", lr, "a number above 0")?;
    weight_decay.validate()
}

/// Checks the share of the old value in a moving average.
fn demand_share(setting: &'static str, share: f64) -> Result<()> {
    demand((0.0..1.0).contains(&share), setting, share, "a number from 0 to below 1")
}

/// Checks the term that keeps a divisor above zero. An `f32` that is much smaller is zero.
fn demand_eps(eps: f64) -> Result<()> {
    demand(eps.is_finite() && eps >= 1e-30, "eps", eps, "a number of at least 1e-30")
}

/// The test instance of an optimizer.
#[doc(hidden)]
pub trait Specimen: Optimizer + Sized {
    /// Its `kind` in `tests/golden/optimizers.json`.
    const GOLDEN: &'static str;

    /// The rule with the settings in that file, by name.
    fn of(setting: impl Fn(&str) -> f64) -> Self;
}
