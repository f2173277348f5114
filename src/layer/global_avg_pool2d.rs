//! Global average pooling: the mean of every channel, `y[c] = Σ x[c, h, w] / (H·W)`.

use core::marker::PhantomData;

use bytemuck::Zeroable;

use super::{Layer, Operation};
use crate::kernel::global_pool2d::{global_avg_pool2d, global_avg_pool2d_grad_input};
use crate::scalar::Scalar;
use crate::shape::{Dims, volume};
use crate::tensor::{Tensor, Vector, flat, flat_mut};

/// Global average pooling: one number for each channel, the mean of its map.
///
/// (Lin, Chen and Yan 2014, section 3.2.)
///
/// ```text
///               1
/// y[n, c] =  ─────  Σ   x[n, c, h, w]        [N, C, H, W] → [N, C]
///             H·W  h, w
/// ```
///
/// The output is a vector, which a [`Dense`](super::Dense) takes as it is: PyTorch's `nn.AdaptiveAvgPool2d(1)` leaves a `C×1×1`
/// image, after which it needs `nn.Flatten()`; Keras's `GlobalAveragePooling2D` gives the vector.
///
/// In [`network!`](crate::network!): `GlobalAvgPool2D`. There are no parameters, and any input fits.
///
/// ```
/// shapeproof::network! { type Head = [64, 8, 8] => GlobalAvgPool2D, Dense(units = 10) }
/// ```
#[doc(alias = "GlobalAveragePooling2D")]
#[doc(alias = "GlobalAveragePool")]
#[doc(alias = "AdaptiveAvgPool2d")]
#[derive(Zeroable)]
pub struct GlobalAvgPool2D<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);

hyper_parameters! {
    GlobalAvgPool2D => GlobalAvgPool2D<C, H, W, T>, output = Ok(Dims::new(input.channels, 1, 1)),
    examples = {
        "global_avg_pool2d": [3, 5, 4],
        "global_avg_pool2d of vectors": [4, 1, 1],
    },
}

impl<const C: usize, const H: usize, const W: usize, T: Scalar> Layer for GlobalAvgPool2D<C, H, W, T> {
    type Scalar = T;
    type Input = Tensor<C, H, W, T>;
    type Output = Vector<C, T>;
    type Tape = ();
    type Workspace<const N: usize> = ();

    const KIND: &'static str = "GlobalAvgPool2D";
    const OPERATION: Operation = Operation::GlobalAveragePooling;
    const FLOPS: usize = volume!(C, H, W);

    fn tape(_samples: usize) {}

    fn infer<const N: usize>(&self, input: &[Self::Input], output: &mut [Self::Output], _workspace: &mut ()) {
        self.forward(input, output, &mut ());
    }

    fn forward(&self, input: &[Self::Input], output: &mut [Self::Output], _tape: &mut ()) {
        global_avg_pool2d(H * W, flat(input), flat_mut(output));
    }

    /// From `y = Σ x / (H·W)`: every number of a map has the gradient `∂L/∂y / (H·W)`.
    fn backward(
        &self,
        _input: &[Self::Input],
        _tape: &mut (),
        grad_output: &[Self::Output],
        grad_input: Option<&mut [Self::Input]>,
        _grad: &mut Self,
    ) {
        if let Some(grad_input) = grad_input {
            global_avg_pool2d_grad_input(H * W, flat(grad_output), flat_mut(grad_input));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;

    #[test]
    fn by_hand() {
        type Pool = GlobalAvgPool2D<2, 1, 4>;
        let (x, mut y) = ([Tensor([[[1.0, 2.0, 3.0, 6.0]], [[0.0, -8.0, 1.0, 1.0]]])], [Vector::from([f32::NAN; 2])]);
        Pool::zeros().forward(&x, &mut y, &mut ());
        assert_eq!(y[0], Vector::from([3.0, -1.5]));
        let mut dx = [Tensor([[[f32::NAN; 4]]; 2])];
        Pool::zeros().backward(&x, &mut (), &[Vector::from([4.0, -2.0])], Some(&mut dx), &mut Pool::zeros());
        assert_eq!(dx[0], Tensor([[[1.0; 4]], [[-0.5; 4]]]));
    }
}
