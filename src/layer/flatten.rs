//! Flatten: an image as a vector, `[N, C, H, W] → [N, C·H·W]`.

use bytemuck::Zeroable;
use core::marker::PhantomData;

use super::{Layer, Operation, ShapeError};
use crate::scalar::Scalar;
use crate::shape::{Dims, inference};
use crate::tensor::{Tensor, Vector, flat, flat_mut};

/// An image as a vector: the same numbers in the same order, without rows and columns.
///
/// ```text
/// y[n, (c·H + h)·W + w] = x[n, c, h, w]        [N, C, H, W] → [N, C·H·W]
/// ```
///
/// In [`network!`](crate::network!): `Flatten`. In a type written by hand, `N` must be `C·H·W`.
#[derive(Zeroable)]
pub struct Flatten<const C: usize = 0, const H: usize = 0, const W: usize = 0, const N: usize = 0, T = f32>(
    PhantomData<T>,
);

hyper_parameters! {
    Flatten => Flatten<C, H, W, OC, T>, output = inference::flatten(input),
    examples = {
        "flatten": [3, 4, 5],
    },
}

impl<const C: usize, const H: usize, const W: usize, const LEN: usize, T: Scalar> Layer for Flatten<C, H, W, LEN, T> {
    type Scalar = T;
    type Input = Tensor<C, H, W, T>;
    type Output = Vector<LEN, T>;
    type Tape = ();
    type Workspace<const N: usize> = ();

    const KIND: &'static str = "Flatten";
    const OPERATION: Operation = Operation::Flattening;
    const SHAPE_ERROR: Option<ShapeError> =
        ShapeError::of(inference::agree("Flatten", inference::flatten(Dims::new(C, H, W)), Dims::new(LEN, 1, 1)));

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
