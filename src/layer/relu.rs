//! The rectified linear unit: `y = max(0, x)`.

use core::marker::PhantomData;

use bytemuck::Zeroable;

use super::{Follows, Fusion, Module, Operation};
use crate::kernel::activation::{relu, relu_grad_input};
use crate::kernel::rectifier::Rectifier;
use crate::scalar::Scalar;
use crate::tensor::{Tensor, flat, flat_mut};

/// Rectifier: negative numbers become zero.
///
/// (Nair and Hinton 2010.)
///
/// ```text
/// y = x  where x > 0,  otherwise 0        [N, C, H, W] → [N, C, H, W]
/// ```
///
/// At exactly 0 the derivative is the left-hand one, 0, as in PyTorch. NaN stays NaN.
///
/// In [`network!`](crate::network!): `ReLU`. There are no parameters.
///
/// ```
/// use shapeproof::layer::ReLU;
/// use shapeproof::network::Network;
/// use shapeproof::tensor::Vector;
///
/// let mut output = [Vector::from([f32::NAN; 3])];
/// ReLU::<3, 1, 1>::zeros().predict::<1>(&[Vector::from([-2.0, 0.0, 3.0])], &mut output, &mut ());
/// assert_eq!(output[0], Vector::from([0.0, 0.0, 3.0]));
/// ```
#[doc(alias = "rectifier")]
#[derive(Zeroable)]
pub struct ReLU<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);

hyper_parameters! {
    ReLU => ReLU<C, H, W, T>,
    examples = {
        "relu": [3, 5, 4],
        "relu at zero": [3, 2, 1],
    },
}

impl<const C: usize, const H: usize, const W: usize, T: Scalar> Module for ReLU<C, H, W, T> {
    type Scalar = T;
    type Input = Tensor<C, H, W, T>;
    type Output = Tensor<C, H, W, T>;
    type Tape = ();
    type Workspace<const N: usize> = ();

    const KIND: &'static str = "ReLU";
    const OPERATION: Operation = Operation::Rectifier;
    const BEGINS_WITH_RELU: bool = true;

    const FOLLOWS: Follows = Follows::Rectifier;

    fn tape(_samples: usize) {}

    fn infer_fused<const N: usize>(
        &self,
        _before: Option<Rectifier<'_, T>>,
        input: &[Self::Input],
        output: &mut [Self::Output],
        _workspace: &mut (),
    ) {
        relu(flat(input), flat_mut(output));
    }

    fn forward_phase(
        &self,
        _phase: usize,
        _fusion: Fusion<'_, T>,
        input: &[Self::Input],
        output: &mut [Self::Output],
        _tape: &mut (),
    ) {
        relu(flat(input), flat_mut(output));
    }

    /// From `y = x where x > 0, otherwise 0`: the gradient is that of the output where `x > 0`, otherwise 0.
    fn backward_phase(
        &self,
        _phase: usize,
        _fusion: Fusion<'_, T>,
        input: &[Self::Input],
        _tape: &mut (),
        grad_output: &[Self::Output],
        grad_input: Option<&mut [Self::Input]>,
        _grad: &mut Self,
    ) {
        if let Some(grad_input) = grad_input {
            relu_grad_input(flat(input), flat(grad_output), flat_mut(grad_input));
        }
    }

    fn rectifier(&self) -> Option<Rectifier<'_, T>> {
        Some(Rectifier::Zero)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;

    #[test]
    fn by_hand() {
        type Layer3 = ReLU<3, 1, 2, f64>;
        let x = [Tensor([[[-1.0, 2.0]], [[0.0, -0.5]], [[3.0, 0.25]]])];
        let mut y = [Tensor([[[f64::NAN; 2]]; 3])];
        Layer3::zeros().forward_pass(&x, &mut y, &mut ());
        assert_eq!(y[0], Tensor([[[0.0, 2.0]], [[0.0, 0.0]], [[3.0, 0.25]]]));
        let (dy, mut dx) = ([Tensor([[[10.0, 20.0]], [[30.0, 40.0]], [[50.0, 60.0]]])], y);
        Layer3::zeros().backward_pass(&x, &mut (), &dy, Some(&mut dx), &mut Layer3::zeros());
        assert_eq!(dx[0], Tensor([[[0.0, 20.0]], [[0.0, 0.0]], [[50.0, 60.0]]]));
    }
}
