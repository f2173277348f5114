//! Unflatten: a vector as an image, `[N, C·H·W] → [N, C, H, W]`.

use bytemuck::Zeroable;
use core::marker::PhantomData;

use super::{Layer, Operation, ShapeError};
use crate::scalar::Scalar;
use crate::shape::{Dims, inference};
use crate::tensor::{Tensor, Vector, flat, flat_mut};

/// A vector as an image: the same numbers in the same order, in channels, rows and columns. The inverse of
/// [`Flatten`](super::Flatten).
///
/// ```text
/// y[n, c, h, w] = x[n, (c·H + h)·W + w]        [N, C·H·W] → [N, C, H, W]
/// ```
///
/// In [`network!`](crate::network!): `Unflatten(channels = 8, height = 4, width = 4)`; all three are required, so that each number
/// has its name where it is written. There are no parameters.
/// ```
/// shapeproof::network! {
///     type Decoder = [16, 1, 1] => Dense(units = 128), Unflatten(channels = 8, height = 4, width = 4), Upsample(scale = 2)
/// }
/// ```
///
/// A vector of another length, or an image, is found at compile time:
/// ```compile_fail
/// shapeproof::network! { type Net = [129, 1, 1] => Unflatten(channels = 8, height = 4, width = 4) }
/// ```
#[doc(alias = "Reshape")]
#[doc(alias = "View")]
#[derive(Zeroable)]
pub struct Unflatten<const N: usize = 0, const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(
    PhantomData<T>,
);

hyper_parameters! {
    Unflatten(channels: usize, height: usize, width: usize) => Unflatten<C, OC, OH, OW, T>,
    output = inference::unflatten(input, Dims::new(channels, height, width)),
    examples = {
        "unflatten": [60, 1, 1] => (channels = 3, height = 4, width = 5),
    },
}

impl<const LEN: usize, const C: usize, const H: usize, const W: usize, T: Scalar> Layer for Unflatten<LEN, C, H, W, T> {
    type Scalar = T;
    type Input = Vector<LEN, T>;
    type Output = Tensor<C, H, W, T>;
    type Tape = ();
    type Workspace<const N: usize> = ();

    const KIND: &'static str = "Unflatten";
    const OPERATION: Operation = Operation::Unflattening;
    const SHAPE_ERROR: Option<ShapeError> =
        ShapeError::of(inference::unflatten(Dims::new(LEN, 1, 1), Dims::new(C, H, W)));

    fn tape(_samples: usize) {}

    fn infer<const N: usize>(&self, input: &[Self::Input], output: &mut [Self::Output], _workspace: &mut ()) {
        flat_mut(output).copy_from_slice(flat(input));
    }

    fn forward(&self, input: &[Self::Input], output: &mut [Self::Output], _tape: &mut ()) {
        flat_mut(output).copy_from_slice(flat(input));
    }

    fn backward(
        &self,
        _input: &[Self::Input],
        _tape: &mut (),
        grad_output: &[Self::Output],
        grad_input: Option<&mut [Self::Input]>,
        _grad: &mut Self,
    ) {
        if let Some(grad_input) = grad_input {
            flat_mut(grad_input).copy_from_slice(flat(grad_output));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_checked_by_the_rule() {
        assert!(Unflatten::<60, 3, 4, 5>::SHAPE_ERROR.is_none() && Unflatten::<60, 3, 5, 5>::SHAPE_ERROR.is_some());
    }
}
