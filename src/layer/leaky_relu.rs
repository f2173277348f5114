//! The leaky rectifier: `y = x` above zero, `y = slope·x` below.

use core::marker::PhantomData;

use bytemuck::Zeroable;

use super::{Follows, Fusion, Module, Operation, ShapeError};
use crate::kernel::activation::{leaky_relu, leaky_relu_grad_input};
use crate::kernel::rectifier::Rectifier;
use crate::scalar::Scalar;
use crate::shape::{ConstString, Dims, inference};
use crate::tensor::{Tensor, flat, flat_mut};

/// Leaky rectifier: negative numbers are scaled down, but keep a gradient.
///
/// (Maas, Hannun and Ng 2013, who chose the slope 0.01.)
///
/// ```text
/// y = x  where x > 0,  otherwise negative_slope·x        [N, C, H, W] → [N, C, H, W]
/// ```
///
/// At exactly 0 the derivative is the left-hand one, `negative_slope`, as in PyTorch.
///
/// In [`network!`](crate::network!): `LeakyReLU(negative_slope = 0.01)`, with the default shown. There are no parameters;
/// [`PReLU`](crate::layer::PReLU) learns its slopes.
///
/// A const generic cannot be an `f64`, so in a type written by hand, `SLOPE` is the slope's bits:
///
/// ```
/// use shapeproof::layer::LeakyReLU;
/// use shapeproof::network::Network;
/// use shapeproof::tensor::Vector;
///
/// type Leaky = LeakyReLU<2, 1, 1, { 0.25f64.to_bits() }>;
/// let mut output = [Vector::from([f32::NAN; 2])];
/// Leaky::zeros().predict::<1>(&[Vector::from([-2.0, 3.0])], &mut output, &mut ());
/// assert_eq!(output[0], Vector::from([-0.5, 3.0]));
/// ```
#[doc(alias = "LeakyRelu")]
#[derive(Zeroable)]
pub struct LeakyReLU<
    const C: usize = 0,
    const H: usize = 0,
    const W: usize = 0,
    const SLOPE: u64 = { 0.01f64.to_bits() },
    T = f32,
>(PhantomData<T>);

hyper_parameters! {
    LeakyReLU(negative_slope: f64 = 0.01) => LeakyReLU<C, H, W, negative_slope, T>,
    output = inference::finite("LeakyReLU", "negative_slope", negative_slope, input),
    examples = {
        "leaky_relu 0.01": [3, 5, 4],
        "leaky_relu 0.2": [3, 5, 4] => (negative_slope = 0.2),
        "leaky_relu at zero": [3, 2, 1] => (negative_slope = 0.2),
    },
}

impl<const C: usize, const H: usize, const W: usize, const SLOPE: u64, T: Scalar> LeakyReLU<C, H, W, SLOPE, T> {
    /// The slope below zero.
    pub const NEGATIVE_SLOPE: f64 = f64::from_bits(SLOPE);
}

impl<const C: usize, const H: usize, const W: usize, const SLOPE: u64, T: Scalar> Module
    for LeakyReLU<C, H, W, SLOPE, T>
{
    type Scalar = T;
    type Input = Tensor<C, H, W, T>;
    type Output = Tensor<C, H, W, T>;
    type Tape = ();
    type Workspace<const N: usize> = ();

    const KIND: &'static str = "LeakyReLU";
    const OPERATION: Operation = Operation::LeakyRectifier { negative_slope: Self::NEGATIVE_SLOPE };
    const SETTINGS: ConstString = ConstString::new().str("slope ").real(Self::NEGATIVE_SLOPE);
    const SHAPE_ERROR: Option<ShapeError> =
        ShapeError::of(inference::finite("LeakyReLU", "negative_slope", Self::NEGATIVE_SLOPE, Dims::new(C, H, W)));

    const FOLLOWS: Follows = Follows::Rectifier;

    fn tape(_samples: usize) {}

    fn infer_fused<const N: usize>(
        &self,
        _before: Option<Rectifier<'_, T>>,
        input: &[Self::Input],
        output: &mut [Self::Output],
        _workspace: &mut (),
    ) {
        leaky_relu(T::from_f64(Self::NEGATIVE_SLOPE), flat(input), flat_mut(output));
    }

    fn forward_phase(
        &self,
        _phase: usize,
        _fusion: Fusion<'_, T>,
        input: &[Self::Input],
        output: &mut [Self::Output],
        _tape: &mut (),
    ) {
        leaky_relu(T::from_f64(Self::NEGATIVE_SLOPE), flat(input), flat_mut(output));
    }

    /// From `y = x where x > 0, otherwise slope·x`: the gradient is multiplied by the factor of the number, 1 or `slope`.
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
            let slope = T::from_f64(Self::NEGATIVE_SLOPE);
            leaky_relu_grad_input(slope, flat(input), flat(grad_output), flat_mut(grad_input));
        }
    }

    fn rectifier(&self) -> Option<Rectifier<'_, T>> {
        Some(Rectifier::Slope(T::from_f64(Self::NEGATIVE_SLOPE)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;

    #[test]
    fn by_hand() {
        type Leaky = LeakyReLU<3, 1, 2, { 0.5f64.to_bits() }, f64>;
        let x = [Tensor([[[-1.0, 2.0]], [[0.0, -0.5]], [[3.0, 0.25]]])];
        let mut y = [Tensor([[[f64::NAN; 2]]; 3])];
        Leaky::zeros().forward_pass(&x, &mut y, &mut ());
        assert_eq!(y[0], Tensor([[[-0.5, 2.0]], [[0.0, -0.25]], [[3.0, 0.25]]]));
        let (dy, mut dx) = ([Tensor([[[10.0, 20.0]], [[30.0, 40.0]], [[50.0, 60.0]]])], y);
        Leaky::zeros().backward_pass(&x, &mut (), &dy, Some(&mut dx), &mut Leaky::zeros());
        assert_eq!(dx[0], Tensor([[[5.0, 20.0]], [[15.0, 20.0]], [[50.0, 60.0]]]));
    }

    #[test]
    fn a_summary_shows_the_slope() {
        assert_eq!(LeakyReLU::<3, 1, 2>::SETTINGS.as_str(), "slope 0.01");
    }
}
