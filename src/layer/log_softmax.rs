//! The logarithm of the softmax: `yᵢ = xᵢ − ln Σⱼ exp(xⱼ)`.

use alloc::boxed::Box;
use core::marker::PhantomData;

use bytemuck::Zeroable;

use super::{Layer, Operation, Tape};
use crate::kernel::activation::{log_softmax, log_softmax_grad_input};
use crate::scalar::Scalar;
use crate::tensor::{Tensor, zeros};

/// Logarithms of probabilities: of the softmax over the channels at every position.
///
/// ```text
/// y[n, c, h, w] = x[n, c, h, w] − ln Σₖ exp(x[n, k, h, w])        [N, C, H, W] → [N, C, H, W]
/// ```
///
/// A vector is one position. The largest number is subtracted from all before `exp`, so nothing overflows, and no probability is
/// rounded to 0 before its logarithm.
///
/// In [`network!`](crate::network!): `LogSoftmax`. There are no parameters. [`CrossEntropy`](crate::loss::CrossEntropy) takes logits
/// and computes this itself: before it, `Trainer::new` does not compile.
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
pub struct LogSoftmax<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);

hyper_parameters! {
    LogSoftmax => LogSoftmax<C, H, W, T>,
    examples = {
        "log_softmax": [5, 1, 1],
        "log_softmax of an image": [3, 5, 4],
        "log_softmax extreme": [4, 1, 1],
    },
}

/// The tape of a log-softmax: its output.
pub struct LogSoftmaxTape<const C: usize, const H: usize, const W: usize, T> {
    output: Box<[Tensor<C, H, W, T>]>,
}

impl<const C: usize, const H: usize, const W: usize, T: Scalar> Tape for LogSoftmaxTape<C, H, W, T> {}

impl<const C: usize, const H: usize, const W: usize, T: Scalar> Layer for LogSoftmax<C, H, W, T> {
    type Scalar = T;
    type Input = Tensor<C, H, W, T>;
    type Output = Tensor<C, H, W, T>;
    type Tape = LogSoftmaxTape<C, H, W, T>;
    type Workspace<const N: usize> = ();

    const KIND: &'static str = "LogSoftmax";
    const OPERATION: Operation = Operation::LogSoftmaxOverChannels;

    fn tape(samples: usize) -> Self::Tape {
        LogSoftmaxTape { output: zeros(samples) }
    }

    fn infer<const N: usize>(&self, input: &[Self::Input], output: &mut [Self::Output], _workspace: &mut ()) {
        for (x, y) in input.iter().zip(output) {
            log_softmax(C, x.as_slice(), y.as_mut_slice());
        }
    }

    fn forward(&self, input: &[Self::Input], output: &mut [Self::Output], tape: &mut Self::Tape) {
        for ((x, y), kept) in input.iter().zip(output).zip(&mut tape.output) {
            log_softmax(C, x.as_slice(), y.as_mut_slice());
            kept.as_mut_slice().copy_from_slice(y.as_slice());
        }
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
        for (dx, (y, dy)) in grad_input.into_iter().flatten().zip(tape.output.iter().zip(grad_output)) {
            log_softmax_grad_input(C, y.as_slice(), dy.as_slice(), dx.as_mut_slice());
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
        type Logs = LogSoftmax<3, 1, 2, f64>;
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
