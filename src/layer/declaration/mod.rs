//! How a layer is declared: its hyper-parameters in [`network!`](crate::network!), its output shape, and its type.
//!
//! [`hyper_parameters!`](crate::hyper_parameters!) writes an `impl` of [`Kind`] and, in its rules, a method that the plan of a
//! network calls. The method reads the hyper-parameters that the user wrote ([`HyperParameters::read`]) and returns a [`Step`], or
//! the mistake and its place ([`Refusal`]).

mod declared;
mod hyper_parameters;
mod refusal;
mod step;
mod suggestion;
mod value;

use super::Module;
use crate::shape::Dims;
use crate::shape::inference::Inferred;

pub use declared::{HyperParameterKind, HyperParameterOf};
pub use hyper_parameters::HyperParameters;
pub use refusal::{Part, Refusal};
pub(crate) use step::Certainty;
pub use step::{Planned, Step};
pub use value::{Expression, HyperParameter, Value, Written, hyper_parameter};

/// Declares how a layer is called in [`network!`](crate::network!): its hyper-parameters, its output shape, and its type.
///
/// ```text
/// Layer(name: type = default, …) => Layer<…>,
/// output = …,        // a Result<Dims, ConstString>; if left out, the output has the input's shape
/// parameters = …,    // the number of its parameters; if left out, 0
/// let name = …,      // a whole number for the type, computed from the others; `let name: type = …` for one of another type
/// examples = { "name": [channels, height, width] => (name = value, …), … },    // for tests
/// ```
///
/// | type | written as | how the layer's type takes it |
/// |---|---|---|
/// | `usize` | `3` | `const N: usize` |
/// | `[usize; 2]` | `3` or `[3, 5]`: vertical, horizontal | two of them |
/// | `Padding` | `1`, `[1, 2]`, `[[top, bottom], [left, right]]` or `"same"` | not at all: `let` computes numbers from it and the input ([`Padding`](crate::shape::Padding)) |
/// | `f64` | `0.5` | its bits: `const R: u64`, `f64::from_bits(R)` |
/// | `bool` | `true` | `const F: bool` |
///
/// A hyper-parameter without a default is required; a default may use the hyper-parameters before it. After `=>` comes the layer's
/// type, in which a hyper-parameter's name stands for its value. Other names in it are
/// - `C`, `H`, `W` for the sizes of its input, and `OC`, `OH`, `OW` for those of its output,
/// - `Input` and `Output` for the same as [`Tensor`](crate::tensor::Tensor) types, which is shorter where the sizes are not needed,
/// - `T` for the scalar.
///
/// The clauses are constant expressions over `input`, a [`Dims`](crate::shape::Dims), and the hyper-parameters. If `output` is an
/// `Err`, the user sees its text as an error on the layer's line. The examples are for tests: every check that is promised of all
/// layers runs over the examples of this crate's layers. A type can have up to twelve whole numbers, two reals and two flags, those
/// of the hyper-parameters included.
///
/// All parameters of the layer's type need defaults, of any value: `network!` writes `Layer` before its shapes are known, and on
/// stable Rust that is a type only if all parameters have defaults.
///
/// # Example
/// ```
/// use shapeproof::bytemuck::{self, Zeroable};
/// use shapeproof::hyper_parameters;
/// use shapeproof::layer::Layer;
/// use shapeproof::scalar::Scalar;
/// use shapeproof::shape::{Dims, Shape, ConstString};
/// use std::marker::PhantomData;
///
/// /// Every `step`-th pixel, times `gain`; or its absolute value.
/// #[derive(Zeroable)]
/// #[bytemuck(crate = "bytemuck")]
/// #[zeroable(bound = "")]
/// struct Thin<I = (), O = (), const V: usize = 1, const H: usize = 1, const GAIN: u64 = 0, const ABS: bool = false>(
///     PhantomData<fn(I) -> O>,
/// );
///
/// hyper_parameters! {
///     Thin(step: [usize; 2], gain: f64 = 1.0, absolute: bool = false) => Thin<Input, Output, step, gain, absolute>,
///     output = thin(input, step),
/// }
///
/// const fn thin(input: Dims, [v, h]: [usize; 2]) -> Result<Dims, ConstString> {
///     if v == 0 || h == 0 {
///         return Err(ConstString::new().str("Thin has step ").pair([v, h]).str("; it must be at least 1"));
///     }
///     Ok(Dims::new(input.channels, input.height.div_ceil(v), input.width.div_ceil(h)))
/// }
///
/// impl<T: Scalar, I, O, const V: usize, const H: usize, const GAIN: u64, const ABS: bool> Layer for Thin<I, O, V, H, GAIN, ABS>
/// where
///     I: Shape<Scalar = T>,
///     O: Shape<Scalar = T>,
/// {
///     type Scalar = T;
///     type Input = I;
///     type Output = O;
///     // and so on: see `Layer`
/// #   type Tape = (); type Workspace<const N: usize> = ();
/// #   const KIND: &'static str = "Thin";
/// #   fn tape(_: usize) {}
/// #   fn infer<const N: usize>(&self, input: &[I], output: &mut [O], _: &mut ()) { self.forward(input, output, &mut ()) }
/// #   fn forward(&self, input: &[I], output: &mut [O], _: &mut ()) {
/// #       for (input, output) in input.iter().zip(output) {
/// #           for (i, y) in output.as_mut_slice().iter_mut().enumerate() {
/// #               let x = input.as_slice()[Self::source(i)];
/// #               *y = T::from_f64(f64::from_bits(GAIN)) * if ABS { x.abs() } else { x };
/// #           }
/// #       }
/// #   }
/// #   fn backward(&self, input: &[I], _: &mut (), dy: &[O], dx: Option<&mut [I]>, _: &mut Self) {
/// #       for (dx, (input, dy)) in dx.into_iter().flatten().zip(input.iter().zip(dy)) {
/// #           dx.as_mut_slice().fill(T::zero());
/// #           for (i, &dy) in dy.as_slice().iter().enumerate() {
/// #               let at = Self::source(i);
/// #               let slope = if ABS { input.as_slice()[at].signum() } else { T::one() };
/// #               dx.as_mut_slice()[at] = T::from_f64(f64::from_bits(GAIN)) * slope * dy;
/// #           }
/// #       }
/// #   }
/// }
/// # impl<I: Shape, O: Shape, const V: usize, const H: usize, const GAIN: u64, const ABS: bool> Thin<I, O, V, H, GAIN, ABS> {
/// #   fn source(i: usize) -> usize {
/// #       let (row, column) = (i / O::DIMS.width, i % O::DIMS.width);
/// #       let (c, row) = (row / O::DIMS.height, row % O::DIMS.height);
/// #       (c * I::DIMS.height + row * V) * I::DIMS.width + column * H
/// #   }
/// # }
///
/// shapeproof::network! { type Net = [1, 7, 5] => Thin(step = [2, 3], gain = 0.5), Flatten }
///
/// # use shapeproof::{network::Network, tensor::{Tensor, Vector}};
/// let (image, mut out) = ([Tensor([[[6.0; 5]; 7]])], [Vector::from([0.0; 8])]);
/// Net::new(1).predict::<1>(&image, &mut out, &mut Net::workspace::<1>());
/// assert_eq!(out[0].as_slice(), [3.0; 8]);
/// # shapeproof::network! { type Both = [2, 5, 4; f64] => Thin(step = 2, gain = 0.5, absolute = true), Thin(step = [1, 2]) }
/// # use shapeproof::gradient::{check_gradients, random_batch};
/// # check_gradients(&mut *Both::new(1), &mut random_batch(2, 1)).unwrap();
/// ```
///
/// `Thin(step = 0)` is then an error: `layer 0: Thin has step 0×0; it must be at least 1`.
#[macro_export]
macro_rules! hyper_parameters {
    ($($declaration:tt)*) => { $crate::__macros::hyper_parameters! { $crate $($declaration)* } };
}

/// A layer that [`network!`](crate::network!) can call.
///
/// Not for users to implement by hand: [`hyper_parameters!`](crate::hyper_parameters!) does.
#[diagnostic::on_unimplemented(
    message = "`network!` does not know what `{Self}` takes",
    label = "its hyper-parameters are not declared",
    note = "a layer of your own is declared by `shapeproof::hyper_parameters!`, and implements `Layer`"
)]
pub trait Kind {
    /// The type of `RULES`. It has a method `plan`, which computes the layer's [`Step`] from its input's shape.
    type Rules;
    /// The rules of this kind of layer.
    const RULES: Self::Rules;
    /// The layer's type with given shapes, whole numbers (`N`), bits of real numbers (`R`) and flags (`F`).
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
        const N8: usize,
        const N9: usize,
        const N10: usize,
        const N11: usize,
        const R0: u64,
        const R1: u64,
        const F0: bool,
        const F1: bool,
        T: crate::scalar::Scalar,
    >;
}

/// An alias of a type in a network that computes in `T`.
pub trait Alias<T> {
    /// The type.
    type Of;
}

/// The rule of a layer whose output has the shape of its input.
pub const fn same(input: Dims) -> Inferred {
    Ok(input)
}

/// A layer with examples of its kind, for tests: those written as `examples = { … }`.
pub trait Examples {
    /// Calls `visitor` with each example.
    fn visit<V: ExampleVisitor>(visitor: &mut V);
}

/// A visitor of example layers.
pub trait ExampleVisitor {
    /// Visits a layer, in double and in single precision.
    fn visit<Double, Single>(&mut self, name: &'static str)
    where
        Double: Module<Scalar = f64>,
        Single: Module<Scalar = f32>;
}
