//! Maxout: the largest of several channels, `y[c] = max x[c·k + j]`.

use alloc::boxed::Box;
use core::marker::PhantomData;

use bytemuck::Zeroable;

use super::{Layer, Operation, ShapeError};
use crate::kernel::maxout::{maxout, maxout_grad_input};
use crate::scalar::Scalar;
use crate::shape::{ConstString, Dims, inference};
use crate::tensor::{Tensor, flat, flat_mut, zeros};

/// Maxout: at every position, the largest of `k` channels, the pieces. After a convolution or a [`Dense`](super::Dense), this is an
/// activation that learns its shape: a convex function of `k` linear pieces.
///
/// (Goodfellow, Warde-Farley, Mirza, Courville and Bengio 2013, section 3.)
///
/// ```text
/// y[n, c, h, w] = max x[n, c·k + j, h, w] over j = 0 … k − 1        [N, C, H, W] → [N, C/k, H, W]
/// ```
///
/// The pieces of an output are neighbors, as in TensorFlow Addons (`tfa.layers.Maxout`, whose argument is `C/k`) and PaddlePaddle
/// (`nn.Maxout(groups=k)`). In PyTorch it is `x.unflatten(1, (-1, k)).amax(2)`. The first of equal numbers gets the gradient, and
/// NaN beats every number.
///
/// In [`network!`](crate::network!): `Maxout(pieces = 2)`; `pieces` is required. There are no parameters.
/// ```
/// shapeproof::network! { type Net = [1, 9, 7] => Conv2D(filters = 12, kernel = 3), Maxout(pieces = 3) } // 4×7×5
/// ```
///
/// A number of channels that the pieces do not divide is found at compile time:
/// ```compile_fail
/// shapeproof::network! { type Net = [7, 1, 1] => Maxout(pieces = 2) }
/// ```
#[derive(Zeroable)]
pub struct Maxout<
    const C: usize = 0,
    const H: usize = 0,
    const W: usize = 0,
    const OC: usize = 0,
    const PIECES: usize = 1,
    T = f32,
>(PhantomData<T>);

hyper_parameters! {
    Maxout(pieces: usize) => Maxout<C, H, W, OC, pieces, T>, output = inference::maxout(input, pieces),
    examples = {
        "maxout": [6, 5, 4] => (pieces = 3),
        "maxout ties": [4, 3, 4] => (pieces = 2),
        "maxout of vectors": [8, 1, 1] => (pieces = 4),
    },
}

impl<const C: usize, const H: usize, const W: usize, const OC: usize, const PIECES: usize, T: Scalar> Layer
    for Maxout<C, H, W, OC, PIECES, T>
{
    type Scalar = T;
    type Input = Tensor<C, H, W, T>;
    type Output = Tensor<OC, H, W, T>;
    /// The piece that was the largest.
    type Tape = Box<[Tensor<OC, H, W, u32>]>;
    type Workspace<const N: usize> = ();

    const KIND: &'static str = "Maxout";
    const OPERATION: Operation = Operation::LargestOfChannels { pieces: PIECES };
    const SETTINGS: ConstString = ConstString::new().number(PIECES).str(" pieces");
    const SHAPE_ERROR: Option<ShapeError> =
        ShapeError::of(inference::agree("Maxout", inference::maxout(Dims::new(C, H, W), PIECES), Dims::new(OC, H, W)));

    fn tape(samples: usize) -> Self::Tape {
        zeros(samples)
    }

    fn infer<const N: usize>(&self, input: &[Self::Input], output: &mut [Self::Output], _workspace: &mut ()) {
        maxout(H * W, PIECES, flat(input), flat_mut(output), None);
    }

    fn forward(&self, input: &[Self::Input], output: &mut [Self::Output], tape: &mut Self::Tape) {
        for ((x, y), argmax) in input.iter().zip(output).zip(tape) {
            maxout(H * W, PIECES, x.as_slice(), y.as_mut_slice(), Some(argmax.as_mut_slice()));
        }
    }

    /// From `y = max x`: the largest piece has the gradient `∂L/∂y`, the others 0.
    fn backward(
        &self,
        _input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        grad_input: Option<&mut [Self::Input]>,
        _grad: &mut Self,
    ) {
        for (dx, (dy, argmax)) in grad_input.into_iter().flatten().zip(grad_output.iter().zip(tape)) {
            maxout_grad_input(H * W, PIECES, argmax.as_slice(), dy.as_slice(), dx.as_mut_slice());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;

    #[test]
    fn by_hand() {
        type Out = Maxout<4, 1, 3, 2, 2>;
        let x = [Tensor([[[1.0, 7.0, 3.0]], [[2.0, 6.0, 3.0]], [[-1.0, 0.0, 0.0]], [[-2.0, 0.0, 5.0]]])];
        let (mut y, mut tape) = ([Tensor([[[f32::NAN; 3]]; 2])], Out::tape(1));
        Out::zeros().forward(&x, &mut y, &mut tape);
        assert_eq!(y[0], Tensor([[[2.0, 7.0, 3.0]], [[-1.0, 0.0, 5.0]]]));
        let mut dx = x;
        Out::zeros().backward(&x, &mut tape, &y, Some(&mut dx), &mut Out::zeros());
        assert_eq!(dx[0], Tensor([[[0.0, 7.0, 3.0]], [[2.0, 0.0, 0.0]], [[-1.0, 0.0, 0.0]], [[0.0, 0.0, 5.0]]]));
    }
}
