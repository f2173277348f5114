//! The description of a parameter, and the lists and visitors of parameters.

use core::fmt;

use super::LayerPath;

/// What [`Layer::list_parameters`](super::Layer::list_parameters) calls for each parameter tensor of the layer `L`: with its
/// description, and with where its numbers are in an `L`, to read and to write.
pub type ParameterList<'a, L, T> = dyn FnMut(Parameter<'_>, &Read<'_, L, T>, &Write<'_, L, T>) + 'a;

type Read<'a, L, T> = dyn Fn(&L) -> &[T] + 'a;
type Write<'a, L, T> = dyn Fn(&mut L) -> &mut [T] + 'a;

/// The list for a part of `L`, whose parameters are parameters of `L`.
pub(crate) fn in_part<'a, L, P: 'static, T>(
    list: &'a mut ParameterList<'_, L, T>,
    part: fn(&L) -> &P,
    part_mut: fn(&mut L) -> &mut P,
) -> impl FnMut(Parameter<'_>, &Read<'_, P, T>, &Write<'_, P, T>) + 'a {
    move |parameter, read, write| list(parameter, &|all| read(part(all)), &|all| write(part_mut(all)))
}

/// What [`Module::visit`](super::Module::visit) calls for each parameter tensor: with its description, its numbers in the networks to
/// read, and its numbers in the networks to write.
pub type Visitor<'a, T, const R: usize, const W: usize> = dyn FnMut(Parameter<'_>, [&[T]; R], [&mut [T]; W]) + 'a;

/// The description of one parameter tensor, as [`Module::visit`](super::Module::visit) passes it.
#[derive(Clone, Copy, Debug)]
pub struct Parameter<'a> {
    /// The position of its layer in the network, and the layer's name.
    pub layer: LayerPath<'a>,
    /// Its name in the layer: `weight`, `bias`.
    pub name: &'static str,
    /// Its shape.
    pub dims: &'a [usize],
    /// How it is initialized, and whether it is trained by gradients.
    pub role: Role,
}

/// The role of a parameter, which decides its initial value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Role {
    /// A weight: initialized at random, with a spread that depends on its fans.
    Weight {
        /// How many inputs each output depends on.
        fan_in: usize,
        /// How many outputs each input contributes to.
        fan_out: usize,
    },
    /// Another trained parameter (a bias, a slope): initialized to this value everywhere.
    Constant(f64),
    /// Not trained but observed (a running mean). Optimizers leave it alone: the gradient of a mini-batch holds the observed value
    /// in its place, and after the step `statistic ← (1 − momentum)·statistic + momentum·observed`.
    Statistic {
        /// The initial value, everywhere.
        initial: f64,
        /// The weight of a new mini-batch.
        momentum: f64,
    },
}

impl Role {
    /// Whether the parameter has a gradient and is changed by optimizers.
    pub fn is_trained(self) -> bool {
        !matches!(self, Role::Statistic { .. })
    }

    /// Whether it is a weight: no bias, slope, or factor or shift of a norm.
    pub fn is_weight(self) -> bool {
        matches!(self, Role::Weight { .. })
    }
}

/// `3.weight`: the name `nn.Sequential` gives the parameter in PyTorch. `conv1.weight` if the layer is called `conv1`, and
/// inside a block `3.body.0.weight`.
impl fmt::Display for Parameter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.layer, self.name)
    }
}
