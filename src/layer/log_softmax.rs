//! The logarithm of the softmax: `yᵢ = xᵢ − ln Σⱼ exp(xⱼ)`.

use alloc::boxed::Box;
use core::marker::PhantomData;

use bytemuck::Zeroable;

use super::{Axes, Layer, Operation, ShapeError};
use crate::kernel::softmax::{log_softmax, log_softmax_grad_input};
use crate::scalar::Scalar;
use crate::shape::{ConstString, Dims, inference};
use crate::tensor::{Tensor, flat, flat_mut, zeros};

/// Logarithms of probabilities: of the softmax over the channels at every position, or along other axes.
///
/// ```text
/// y[n, c, h, w] = x[n, c, h, w] − ln Σₖ exp(x[n, k, h, w])        [N, C, H, W] → [N, C, H, W]
/// ```
///
/// A vector is one position. The largest number is subtracted from all before `exp`, so nothing overflows, and no probability is
/// rounded to 0 before its logarithm.
///
/// In [`network!`](crate::network!): `LogSoftmax(axis = 1)`, with the default shown; the axes are those of [`Softmax`](super::Softmax).
/// There are no parameters. [`CrossEntropy`](crate::loss::CrossEntropy) takes logits and computes this itself: before it,
/// `Trainer::new` does not compile.
///
/// ```
/// use shapeproof::layer::LogSoftmax;
/// use shapeproof::network::Network;
/// use shapeproof::tensor::Vector;
///
/// let mut output = [Vector::from([f32::NAN; 2])];
/// LogSoftmax::<2, 1, 1>::zeros().predict::<1>(&[Vector::from([1000.0, 0.0])], &mut output, &mut ());
/// assert_eq!(output[0], Vector::from([0.0, -1000.0]));
/// ```
#[derive(Zeroable)]
pub struct LogSoftmax<
    const C: usize = 0,
    const H: usize = 0,
    const W: usize = 0,
    const FIRST: usize = 1,
    const LAST: usize = 1,
    T = f32,
>(PhantomData<T>);

hyper_parameters! {
    LogSoftmax(axis: [usize; 2] = 1) => LogSoftmax<C, H, W, axis, T>, output = inference::softmax("LogSoftmax", input, axis),
    examples = {
        "log_softmax": [5, 1, 1],
        "log_softmax of an image": [3, 5, 4],
        "log_softmax extreme": [4, 1, 1],
        "log_softmax of rows": [3, 5, 4] => (axis = 3),
        "log_softmax of maps": [3, 5, 4] => (axis = [2, 3]),
    },
}

impl<const C: usize, const H: usize, const W: usize, const FIRST: usize, const LAST: usize, T: Scalar> Layer
    for LogSoftmax<C, H, W, FIRST, LAST, T>
{
    type Scalar = T;
    type Input = Tensor<C, H, W, T>;
    type Output = Tensor<C, H, W, T>;
    /// The output, from which the derivative follows.
    type Tape = Box<[Tensor<C, H, W, T>]>;
    type Workspace<const N: usize> = ();

    const KIND: &'static str = "LogSoftmax";
    const OPERATION: Operation = Operation::LogSoftmaxOver(Axes::new([FIRST, LAST]));
    const SETTINGS: ConstString = Axes::new([FIRST, LAST]).settings();
    const SHAPE_ERROR: Option<ShapeError> =
        ShapeError::of(inference::softmax("LogSoftmax", Dims::new(C, H, W), [FIRST, LAST]));

    fn tape(samples: usize) -> Self::Tape {
        zeros(samples)
    }

    fn infer<const N: usize>(&self, input: &[Self::Input], output: &mut [Self::Output], _workspace: &mut ()) {
        log_softmax(Axes::new([FIRST, LAST]).lines(Dims::new(C, H, W)), flat(input), flat_mut(output));
    }

    fn forward(&self, input: &[Self::Input], output: &mut [Self::Output], tape: &mut Self::Tape) {
        let axes = const { Axes::new([FIRST, LAST]) };
        axes.forward(Dims::new(C, H, W), log_softmax, flat(input), [flat_mut(output), flat_mut(tape)]);
    }

    /// From `yᵢ = xᵢ − ln Σⱼ exp(xⱼ)`: `∂yⱼ/∂xᵢ = [i = j] − exp(yᵢ)`, so `∂L/∂xᵢ = ∂L/∂yᵢ − exp(yᵢ)·Σⱼ ∂L/∂yⱼ`.
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
            log_softmax_grad_input(lines, flat(output), flat(grad_output), flat_mut(grad_input));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;

    #[test]
    fn logarithms_of_shares() {
        // Three channels of 1×2, in the ratios 1 : 2 : 5 and 3 : 1 : 0.
        type Logs = LogSoftmax<3, 1, 2, 1, 1, f64>;
        let x = [Tensor([[[0.0, 3f64.ln()]], [[2f64.ln(), 0.0]], [[5f64.ln(), -1000.0]]])];
        let (mut y, mut tape) = ([Tensor([[[f64::NAN; 2]]; 3])], Logs::tape(1));
        Logs::zeros().forward(&x, &mut y, &mut tape);
        let expected =
            Tensor([[[0.125f64.ln(), 0.75f64.ln()]], [[0.25f64.ln(); 2]], [[0.625f64.ln(), -1000.0 - 4f64.ln()]]]);
        let close = |found: &Tensor<3, 1, 2, f64>, expected: &Tensor<3, 1, 2, f64>| {
            found.as_slice().iter().zip(expected.as_slice()).all(|(found, expected)| (found - expected).abs() < 1e-12)
        };
        assert!(close(&y[0], &expected), "{y:?}");

        // The sums of dy are 8 and 4.
        let (dy, mut dx) = ([Tensor([[[2.0, 4.0]], [[4.0, 0.0]], [[2.0, 0.0]]])], y);
        Logs::zeros().backward(&x, &mut tape, &dy, Some(&mut dx), &mut Logs::zeros());
        assert!(close(&dx[0], &Tensor([[[1.0, 1.0]], [[2.0, -1.0]], [[-3.0, 0.0]]])), "{dx:?}");
    }
}
