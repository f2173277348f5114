//! The softmax: `yᵢ = exp(xᵢ) / Σⱼ exp(xⱼ)`, positive numbers that sum to one.

use alloc::boxed::Box;
use core::marker::PhantomData;

use bytemuck::Zeroable;

use super::{Axes, Layer, Operation, ShapeError};
use crate::kernel::softmax::{softmax, softmax_grad_input};
use crate::scalar::Scalar;
use crate::shape::{ConstString, Dims, inference};
use crate::tensor::{Tensor, flat, flat_mut, zeros};

/// Probabilities: turns the channels at every position into positive numbers that sum to one; or the numbers along other axes.
///
/// (Bridle 1990.)
///
/// ```text
/// y[n, c, h, w] = exp(x[n, c, h, w]) / Σₖ exp(x[n, k, h, w])        [N, C, H, W] → [N, C, H, W]
/// ```
///
/// A vector is one position. The largest number is subtracted from all before `exp`, so nothing overflows.
///
/// In [`network!`](crate::network!): `Softmax(axis = 1)`, with the default shown. The axes are those of `[N, C, H, W]`, as in
/// PyTorch:
///
/// | `axis` | what sums to one |
/// |---|---|
/// | `1` | the channels at each position |
/// | `2` | each column of each map |
/// | `3` | each row of each map, such as the weights of an attention |
/// | `[2, 3]` | each map: where in the image (PyTorch has no module for it, Keras's `Softmax(axis=(2, 3))` does this) |
/// | `[1, 2]` | all channels and rows in each column of the image |
///
/// There are no parameters. A classifier is better trained without it, with a loss that takes logits: then the logarithm and the
/// `exp` cancel, and no probability is rounded to 0 in between.
///
/// ```
/// use shapeproof::layer::{Layer, Softmax};
/// use shapeproof::network::Network;
/// use shapeproof::tensor::Vector;
///
/// let mut output = [Vector::from([f32::NAN; 2])];
/// Softmax::<2, 1, 1>::zeros().infer::<1>(&[Vector::from([1000.0, 1000.0])], &mut output, &mut ());
/// assert_eq!(output[0], Vector::from([0.5, 0.5]));
/// ```
///
/// Other axes, or one along which there is only one number, are found at compile time:
/// ```compile_fail
/// shapeproof::network! { type Net = [10, 1, 1] => Softmax(axis = 3) }
/// ```
#[doc(alias = "Softmax2d")]
#[derive(Zeroable)]
pub struct Softmax<
    const C: usize = 0,
    const H: usize = 0,
    const W: usize = 0,
    const FIRST: usize = 1,
    const LAST: usize = 1,
    T = f32,
>(PhantomData<T>);

hyper_parameters! {
    Softmax(axis: [usize; 2] = 1) => Softmax<C, H, W, axis, T>, output = inference::softmax("Softmax", input, axis),
    examples = {
        "softmax": [5, 1, 1],
        "softmax extreme": [4, 1, 1],
        "softmax of columns": [3, 5, 4] => (axis = 2),
        "softmax of rows": [3, 5, 4] => (axis = 3),
        "softmax of maps": [3, 5, 4] => (axis = [2, 3]),
        "softmax of channels and rows": [3, 5, 4] => (axis = [1, 2]),
    },
}

impl<const C: usize, const H: usize, const W: usize, const FIRST: usize, const LAST: usize, T: Scalar> Layer
    for Softmax<C, H, W, FIRST, LAST, T>
{
    type Scalar = T;
    type Input = Tensor<C, H, W, T>;
    type Output = Tensor<C, H, W, T>;
    /// The output, from which the derivative follows without another `exp`.
    type Tape = Box<[Tensor<C, H, W, T>]>;
    type Workspace<const N: usize> = ();

    const KIND: &'static str = "Softmax";
    const OPERATION: Operation = Operation::SoftmaxOver(Axes::new([FIRST, LAST]));
    const SETTINGS: ConstString = Axes::new([FIRST, LAST]).settings();
    const SHAPE_ERROR: Option<ShapeError> =
        ShapeError::of(inference::softmax("Softmax", Dims::new(C, H, W), [FIRST, LAST]));

    fn tape(samples: usize) -> Self::Tape {
        zeros(samples)
    }

    fn infer<const N: usize>(&self, input: &[Self::Input], output: &mut [Self::Output], _workspace: &mut ()) {
        softmax(Axes::new([FIRST, LAST]).lines(Dims::new(C, H, W)), flat(input), flat_mut(output));
    }

    fn forward(&self, input: &[Self::Input], output: &mut [Self::Output], tape: &mut Self::Tape) {
        let axes = const { Axes::new([FIRST, LAST]) };
        axes.forward(Dims::new(C, H, W), softmax, flat(input), [flat_mut(output), flat_mut(tape)]);
    }

    /// From `yᵢ = exp(xᵢ) / Σⱼ exp(xⱼ)`: `∂yⱼ/∂xᵢ = yⱼ·([i = j] − yᵢ)`, so `∂L/∂xᵢ = yᵢ·(∂L/∂yᵢ − Σⱼ yⱼ·∂L/∂yⱼ)`.
    fn backward(
        &self,
        _input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        grad_input: Option<&mut [Self::Input]>,
        _grad: &mut Self,
    ) {
        let (lines, output) = (Axes::new([FIRST, LAST]).lines(Dims::new(C, H, W)), &tape[..grad_output.len()]);
        if let Some(grad_input) = grad_input {
            softmax_grad_input(lines, flat(output), flat(grad_output), flat_mut(grad_input));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;

    #[test]
    fn shares_are_those_of_the_channels() {
        // Three channels of 1×2, in the ratios 1 : 2 : 5 and 3 : 1 : 0.
        type Shares = Softmax<3, 1, 2, 1, 1, f64>;
        let (one, five) = (1f64.ln(), 5f64.ln());
        let x = [Tensor([[[one, 3f64.ln()]], [[2f64.ln(), one]], [[five, -1000.0]]])];
        let (mut y, mut tape) = ([Tensor([[[f64::NAN; 2]]; 3])], Shares::tape(1));
        Shares::zeros().forward(&x, &mut y, &mut tape);
        let expected = Tensor([[[0.125, 0.75]], [[0.25, 0.25]], [[0.625, 0.0]]]);
        let close = |found: &Tensor<3, 1, 2, f64>, expected: &Tensor<3, 1, 2, f64>| {
            found.as_slice().iter().zip(expected.as_slice()).all(|(found, expected)| (found - expected).abs() < 1e-14)
        };
        assert!(close(&y[0], &expected), "{y:?}");

        // The means of dy are 0.125·8 + 0.25·4 + 0.625·16 = 12 and 0.75·4 + 0.25·0 = 3.
        let (dy, mut dx) = ([Tensor([[[8.0, 4.0]], [[4.0, 0.0]], [[16.0, 7.0]]])], y);
        Shares::zeros().backward(&x, &mut tape, &dy, Some(&mut dx), &mut Shares::zeros());
        assert!(close(&dx[0], &Tensor([[[-0.5, 0.75]], [[-2.0, -0.75]], [[2.5, 0.0]]])), "{dx:?}");
    }
}
