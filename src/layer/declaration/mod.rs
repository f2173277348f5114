//! How a layer is declared: what it is called with in [`network!`](crate::network!), what it then gives, and what its type is.
//!
//! [`hyper_parameters!`](crate::hyper_parameters!) writes an `impl` of [`Kind`] and, in its rules, a method that the plan of a network
//! asks: it reads the hyper-parameters that the user wrote ([`HyperParameters::read`]) and takes a [`Step`], or says why not and where
//! the user should look ([`Refusal`]).

mod hyper_parameters;
mod step;
mod suggestion;
mod value;

use super::Module;
use crate::shape::Dims;
use crate::shape::rules::Ruling;

pub use hyper_parameters::{HyperParameterKind, HyperParameterOf, HyperParameters};
pub(crate) use step::Certainty;
pub use step::{Part, Planned, Refusal, Step};
pub use value::{Expression, HyperParameter, Value, Written, hyper_parameter};

/// Declares how a layer is called in [`network!`](crate::network!): what it takes, and what it gives.
#[macro_export]
macro_rules! hyper_parameters {
    ($($declaration:tt)*) => { $crate::__macros::hyper_parameters! { $crate $($declaration)* } };
}

/// A layer that [`network!`](crate::network!) can call, as [`hyper_parameters!`](crate::hyper_parameters!) declares it.
#[diagnostic::on_unimplemented(
    message = "`network!` does not know what `{Self}` takes",
    label = "its hyper-parameters are not declared",
    note = "a layer of your own is declared by `shapeproof::hyper_parameters!`, and implements `Layer`"
)]
pub trait Kind {
    /// Has a method `plan`: what the layer gives for an input, and what its type is written with.
    type Rules;
    /// All there is of them.
    const RULES: Self::Rules;
    /// The layer's type: from its shapes, its numbers (`N`), the bits of its real numbers (`R`) and its flags (`F`).
    type Of<
        const C: usize,
        const H: usize,
        const W: usize,
        const OC: usize,
        const OH: usize,
        const OW: usize,
        const N0: usize,
        const N1: usize,
        const N2: usize,
        const N3: usize,
        const N4: usize,
        const N5: usize,
        const N6: usize,
        const N7: usize,
        const R0: u64,
        const R1: u64,
        const F0: bool,
        const F1: bool,
        T: crate::scalar::Scalar,
    >;
}

/// Another name for a type.
pub trait Alias {
    /// The type.
    type Of;
}

/// Stops the compiler if a layer of the user's own is none for the shapes it stands between.
pub const fn is_layer<L: crate::layer::Layer>() {}

/// The rule of a layer that gives what it takes.
pub const fn same(input: Dims) -> Ruling {
    Ok(input)
}

/// A layer that shows some of its kind, for the tests to look at: what is written as `examples = { … }`.
pub trait Examples {
    /// Calls `visitor` with each.
    fn visit<V: ExampleVisitor>(visitor: &mut V);
}

/// Looks at examples of layers.
pub trait ExampleVisitor {
    /// Looks at a layer, in double and in single precision.
    fn visit<Double, Single>(&mut self, name: &'static str)
    where
        Double: Module<Scalar = f64>,
        Single: Module<Scalar = f32>;
}
