//! Global max pooling: the largest number of every channel, `y[c] = max x[c, h, w]`.

use alloc::boxed::Box;
use core::marker::PhantomData;

use bytemuck::Zeroable;

use super::{Layer, Operation};
use crate::kernel::global_pool2d::{global_max_pool2d, global_max_pool2d_grad_input};
use crate::scalar::Scalar;
use crate::shape::Dims;
use crate::tensor::{Tensor, Vector, flat, flat_mut, zeros};

/// Global max pooling: one number for each channel, the largest of its map.
///
/// ```text
/// y[n, c] = max x[n, c, h, w] over h, w        [N, C, H, W] → [N, C]
/// ```
///
/// The output is a vector, which a [`Dense`](super::Dense) takes as it is: PyTorch's `nn.AdaptiveMaxPool2d(1)` leaves a `C×1×1`
/// image, after which it needs `nn.Flatten()`; Keras's `GlobalMaxPooling2D` gives the vector. As in
/// [`MaxPool2D`](super::MaxPool2D), the first of equal numbers, row by row, gets the gradient, and NaN beats every number.
///
/// In [`network!`](crate::network!): `GlobalMaxPool2D`. There are no parameters, and any input fits.
///
/// ```
/// shapeproof::network! { type Head = [64, 8, 8] => GlobalMaxPool2D, Dense(units = 10) }
/// ```
#[doc(alias = "GlobalMaxPooling2D")]
#[doc(alias = "GlobalMaxPool")]
#[doc(alias = "AdaptiveMaxPool2d")]
#[derive(Zeroable)]
pub struct GlobalMaxPool2D<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);

hyper_parameters! {
    GlobalMaxPool2D => GlobalMaxPool2D<C, H, W, T>, output = Ok(Dims::new(input.channels, 1, 1)),
    examples = {
        "global_max_pool2d": [3, 5, 4],
        "global_max_pool2d ties": [3, 4, 6],
        "global_max_pool2d of vectors": [4, 1, 1],
    },
}

impl<const C: usize, const H: usize, const W: usize, T: Scalar> Layer for GlobalMaxPool2D<C, H, W, T> {
    type Scalar = T;
    type Input = Tensor<C, H, W, T>;
    type Output = Vector<C, T>;
    /// Where the largest number of each channel is.
    type Tape = Box<[Vector<C, u32>]>;
    type Workspace<const N: usize> = ();

    const KIND: &'static str = "GlobalMaxPool2D";
    const OPERATION: Operation = Operation::GlobalMaxPooling;

    fn tape(samples: usize) -> Self::Tape {
        zeros(samples)
    }

    fn infer<const N: usize>(&self, input: &[Self::Input], output: &mut [Self::Output], _workspace: &mut ()) {
        global_max_pool2d(H * W, flat(input), flat_mut(output), None);
    }

    fn forward(&self, input: &[Self::Input], output: &mut [Self::Output], tape: &mut Self::Tape) {
        for ((x, y), argmax) in input.iter().zip(output).zip(tape) {
            global_max_pool2d(H * W, x.as_slice(), y.as_mut_slice(), Some(argmax.as_mut_slice()));
        }
    }

    /// From `y = max x`: the largest number has the gradient `∂L/∂y`, the others 0.
    fn backward(
        &self,
        _input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        grad_input: Option<&mut [Self::Input]>,
        _grad: &mut Self,
    ) {
        for (dx, (dy, argmax)) in grad_input.into_iter().flatten().zip(grad_output.iter().zip(tape)) {
            global_max_pool2d_grad_input(H * W, argmax.as_slice(), dy.as_slice(), dx.as_mut_slice());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;

    #[test]
    fn by_hand() {
        type Pool = GlobalMaxPool2D<2, 1, 3>;
        let (x, mut y) = ([Tensor([[[1.0, 7.0, 3.0]], [[-4.0, -2.0, -2.0]]])], [Vector::from([f32::NAN; 2])]);
        let mut tape = Pool::tape(1);
        Pool::zeros().forward(&x, &mut y, &mut tape);
        assert_eq!(y[0], Vector::from([7.0, -2.0]));
        let mut dx = [Tensor([[[f32::NAN; 3]]; 2])];
        Pool::zeros().backward(&x, &mut tape, &[Vector::from([4.0, 5.0])], Some(&mut dx), &mut Pool::zeros());
        assert_eq!(dx[0], Tensor([[[0.0, 4.0, 0.0]], [[0.0, 5.0, 0.0]]]));
    }
}
