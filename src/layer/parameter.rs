//! The parameters of layers: what a walk over them says about each.

use core::fmt;

use super::LayerPath;

/// What [`Layer::visit`](super::Layer::visit) calls for each tensor of parameters: with what it is, its numbers in the networks to read, and its
/// numbers in those to write.
pub type Visitor<'a, T, const R: usize, const W: usize> = dyn FnMut(Parameter<'_>, [&[T]; R], [&mut [T]; W]) + 'a;

/// One tensor of parameters: what [`Layer::visit`](super::Layer::visit) says about it.
#[derive(Clone, Copy, Debug)]
pub struct Parameter<'a> {
    /// The position of its layer in the network, and what the layer is called.
    pub layer: LayerPath<'a>,
    /// Its name in the layer: `weight`, `bias`.
    pub name: &'static str,
    /// Its shape.
    pub dims: &'a [usize],
    /// What it is before training, and whether training changes it by gradients.
    pub role: Role,
}

/// What a parameter is for, which decides its value before training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Role {
    /// A weight: starts random, with a spread that depends on how many numbers it connects.
    Weight {
        /// How many inputs one output is computed from.
        fan_in: usize,
        /// How many outputs one input goes to.
        fan_out: usize,
    },
    /// Another trained parameter (a bias, a slope): starts at this value everywhere.
    Constant(f64),
    /// Not trained but observed (a running mean). Optimizers leave it alone: in the gradient of a mini-batch, what was observed stands in its
    /// place, and after the step `statistic ← (1 − momentum)·statistic + momentum·observed`.
    Statistic {
        /// What it is before training, everywhere.
        initial: f64,
        /// The share of a new mini-batch.
        momentum: f64,
    },
}

impl Role {
    /// Whether the parameter has a gradient, and optimizers change it.
    pub fn is_trained(self) -> bool {
        !matches!(self, Role::Statistic { .. })
    }
}

/// `3.weight`: the name `nn.Sequential` gives the parameter in PyTorch. `conv1.weight` if the layer is called `conv1`, and
/// inside a block `3.body.0.weight`.
impl fmt::Display for Parameter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.layer, self.name)
    }
}
