//! Elementwise functions: layers given by a function of one number, and its slope.

use alloc::boxed::Box;

use bytemuck::Zeroable;

use super::{Layer, Operation, ShapeError};
use crate::scalar::Scalar;
use crate::shape::{ConstString, Shape};
use crate::simd::widest;
use crate::tensor::{flat, flat_mut, zeros};

/// A function of every number alone, without parameters: with its value and its slope, a type is a whole [`Layer`].
///
/// [`ELU`](super::ELU) and [`SiLU`](super::SiLU) are written like this, and so can be a function of your own:
///
/// ```
/// use shapeproof::bytemuck::{self, Zeroable};
/// use shapeproof::gradient::{check_gradients, random_batch};
/// use shapeproof::layer::Elementwise;
/// use shapeproof::network::Network;
/// use shapeproof::scalar::Scalar;
/// use shapeproof::tensor::Tensor;
/// use std::marker::PhantomData;
///
/// /// `y = x / (1 + |x|)`
/// #[derive(Zeroable)]
/// #[bytemuck(crate = "bytemuck")]
/// struct Softsign<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);
///
/// shapeproof::hyper_parameters! { Softsign => Softsign<C, H, W, T> }
///
/// impl<const C: usize, const H: usize, const W: usize, T: Scalar> Elementwise for Softsign<C, H, W, T> {
///     type Scalar = T;
///     type Sample = Tensor<C, H, W, T>;
///     const KIND: &'static str = "Softsign";
///
///     fn value(x: T) -> T {
///         x / (T::one() + x.abs())
///     }
///
///     fn slope(x: T) -> T {
///         (T::one() + x.abs()).powi(-2)
///     }
/// }
///
/// shapeproof::network! { type Net = [2, 3, 4; f64] => Softsign, Flatten, Softsign }
/// check_gradients(&mut *Net::new(1), &mut random_batch(5, 1)).unwrap();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer",
    label = "not a layer of these shapes",
    note = "a layer of your own needs an `impl Layer` for exactly the shapes it stands between"
)]
pub trait Elementwise: Zeroable + Send + Sync + 'static {
    /// The type of its numbers.
    type Scalar: Scalar;
    /// One sample, of input and of output.
    type Sample: Shape<Scalar = Self::Scalar>;

    /// [`Layer::KIND`]
    const KIND: &'static str;
    /// [`Layer::SETTINGS`]
    const SETTINGS: ConstString = ConstString::new();
    /// [`Layer::OPERATION`]
    const OPERATION: Operation = Operation::Custom;
    /// [`Layer::SHAPE_ERROR`]
    const SHAPE_ERROR: Option<ShapeError> = None;
    /// Whether the tape keeps the output, because the [`slope`](Elementwise::slope) costs less from it than from the input.
    const KEEPS_OUTPUT: bool = false;

    /// `y`, from `x`.
    fn value(x: Self::Scalar) -> Self::Scalar;

    /// `∂y/∂x`, from `x`; from `y` if the tape [keeps](Elementwise::KEEPS_OUTPUT) the output.
    fn slope(x_or_y: Self::Scalar) -> Self::Scalar;
}

#[diagnostic::do_not_recommend]
impl<E: Elementwise> Layer for E {
    type Scalar = E::Scalar;
    type Input = E::Sample;
    type Output = E::Sample;
    /// The output, if it is kept.
    type Tape = Box<[E::Sample]>;
    type Workspace<const N: usize> = ();

    const KIND: &'static str = E::KIND;
    const SETTINGS: ConstString = E::SETTINGS;
    const OPERATION: Operation = E::OPERATION;
    const SHAPE_ERROR: Option<ShapeError> = E::SHAPE_ERROR;

    fn tape(samples: usize) -> Self::Tape {
        zeros(if E::KEEPS_OUTPUT { samples } else { 0 })
    }

    fn infer<const N: usize>(&self, input: &[E::Sample], output: &mut [E::Sample], _workspace: &mut ()) {
        let (input, output) = (flat(input), flat_mut(output));
        widest!({
            for (&x, y) in input.iter().zip(output) {
                *y = E::value(x);
            }
        });
    }

    fn forward(&self, input: &[E::Sample], output: &mut [E::Sample], tape: &mut Self::Tape) {
        if !E::KEEPS_OUTPUT {
            return self.infer::<0>(input, output, &mut ());
        }
        let (input, output, kept) = (flat(input), flat_mut(output), flat_mut(tape));
        widest!({
            for ((&x, y), kept) in input.iter().zip(output).zip(kept) {
                let value = E::value(x);
                (*y, *kept) = (value, value);
            }
        });
    }

    /// From `y = value(x)`: `∂L/∂x = ∂L/∂y·slope`.
    fn backward(
        &self,
        input: &[E::Sample],
        tape: &mut Self::Tape,
        grad_output: &[E::Sample],
        grad_input: Option<&mut [E::Sample]>,
        _grad: &mut E,
    ) {
        let Some(grad_input) = grad_input else { return };
        let (of, grad_output, grad_input) =
            (flat(if E::KEEPS_OUTPUT { tape } else { input }), flat(grad_output), flat_mut(grad_input));
        widest!({
            for ((&of, &dy), dx) in of.iter().zip(grad_output).zip(grad_input) {
                *dx = dy * E::slope(of);
            }
        });
    }
}
