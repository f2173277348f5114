//! The exponential linear unit: `y = x` above zero, `y = alpha·(exp(x) − 1)` below.

use core::marker::PhantomData;

use bytemuck::Zeroable;

use super::{Function, Layer, Operation, Setting, ShapeError};
use crate::scalar::Scalar;
use crate::shape::{ConstString, Dims, inference};
use crate::tensor::{Tensor, flat, flat_mut};

/// Exponential linear unit: the output of negative numbers approaches `−alpha`.
///
/// (Clevert, Unterthiner and Hochreiter 2016, equation 16.)
///
/// ```text
/// y = x  where x > 0,  otherwise alpha·(exp(x) − 1)        [N, C, H, W] → [N, C, H, W]
/// ```
///
/// At exactly 0 the derivative is the left-hand one, `alpha`, as in PyTorch.
///
/// In [`network!`](crate::network!): `ELU(alpha = 1.0)`, with the default shown. There are no parameters.
///
/// ```
/// use shapeproof::layer::ELU;
/// use shapeproof::network::Network;
/// use shapeproof::tensor::Vector;
///
/// let mut output = [Vector::from([f32::NAN; 3])];
/// ELU::<3, 1, 1>::zeros().predict::<1>(&[Vector::from([-100.0, 0.0, 3.0])], &mut output, &mut ());
/// assert_eq!(output[0], Vector::from([-1.0, 0.0, 3.0]));
/// ```
#[doc(alias = "Elu")]
#[derive(Zeroable)]
pub struct ELU<
    const C: usize = 0,
    const H: usize = 0,
    const W: usize = 0,
    const ALPHA: u64 = { 1f64.to_bits() },
    T = f32,
>(PhantomData<T>);

hyper_parameters! {
    ELU(alpha: f64 = 1.0) => ELU<C, H, W, alpha, T>,
    output = inference::finite("ELU", "alpha", alpha, input),
    examples = {
        "elu 1.0": [3, 5, 4],
        "elu 0.5": [3, 5, 4] => (alpha = 0.5),
        "elu at zero": [3, 2, 1] => (alpha = 0.5),
    },
}

impl<const C: usize, const H: usize, const W: usize, const ALPHA: u64, T: Scalar> ELU<C, H, W, ALPHA, T> {
    /// The negated limit of the output for negative numbers.
    pub const ALPHA: f64 = f64::from_bits(ALPHA);
}

impl<const C: usize, const H: usize, const W: usize, const ALPHA: u64, T: Scalar> Layer for ELU<C, H, W, ALPHA, T> {
    type Scalar = T;
    type Input = Tensor<C, H, W, T>;
    type Output = Tensor<C, H, W, T>;
    type Tape = ();
    type Workspace<const N: usize> = ();

    const KIND: &'static str = "ELU";
    const OPERATION: Operation = Operation::Function(Function {
        onnx: "Elu",
        torch: "ELU",
        settings: &[Setting { onnx: "alpha", torch: "alpha", value: Self::ALPHA }],
    });
    const SETTINGS: ConstString = ConstString::new().str("alpha ").real(Self::ALPHA);
    const SHAPE_ERROR: Option<ShapeError> =
        ShapeError::of(inference::finite("ELU", "alpha", Self::ALPHA, Dims::new(C, H, W)));

    fn tape(_samples: usize) {}

    fn infer<const N: usize>(&self, input: &[Self::Input], output: &mut [Self::Output], _workspace: &mut ()) {
        self.forward(input, output, &mut ());
    }

    fn forward(&self, input: &[Self::Input], output: &mut [Self::Output], _tape: &mut ()) {
        let alpha = T::from_f64(Self::ALPHA);
        for (&x, y) in flat(input).iter().zip(flat_mut(output)) {
            *y = if x > T::zero() { x } else { alpha * x.exp_m1() };
        }
    }

    /// From `y = alpha·(exp(x) − 1)` below zero: `∂y/∂x = alpha·exp(x)`.
    fn backward(
        &self,
        input: &[Self::Input],
        _tape: &mut (),
        grad_output: &[Self::Output],
        grad_input: Option<&mut [Self::Input]>,
        _grad: &mut Self,
    ) {
        let (Some(grad_input), alpha) = (grad_input, T::from_f64(Self::ALPHA)) else { return };
        for ((&x, &dy), dx) in flat(input).iter().zip(flat(grad_output)).zip(flat_mut(grad_input)) {
            *dx = if x > T::zero() { dy } else { dy * alpha * x.exp() };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let x = [Tensor([[[f64::ln(0.5), 2.0]], [[0.0, f64::ln(0.25)]]])];
        let (layer, mut y) = (ELU::<2, 1, 2, { 2f64.to_bits() }, f64>(PhantomData), [Tensor([[[f64::NAN; 2]]; 2])]);
        layer.forward(&x, &mut y, &mut ());
        let close = |found: &Tensor<2, 1, 2, f64>, expected: [f64; 4]| {
            found.as_slice().iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-15)
        };
        assert!(close(&y[0], [-1.0, 2.0, 0.0, -1.5]), "{y:?}");
        let (dy, mut dx) = ([Tensor([[[10.0, 20.0]], [[30.0, 40.0]]])], y);
        layer.backward(&x, &mut (), &dy, Some(&mut dx), &mut ELU(PhantomData));
        assert!(close(&dx[0], [10.0, 20.0, 60.0, 20.0]), "{dx:?}");
    }
}
