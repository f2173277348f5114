//! The exponential linear unit: `y = x` above zero, `y = alpha·(exp(x) − 1)` below.

use core::marker::PhantomData;

use bytemuck::Zeroable;

use super::{Argument, Elementwise, Function, Node, Operation, ShapeError};
use crate::scalar::Scalar;
use crate::shape::{ConstString, Dims, inference};
use crate::tensor::Tensor;

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
/// use shapeproof::layer::{ELU, Elementwise};
///
/// assert_eq!([-100.0, 0.0, 3.0].map(<ELU>::value), [-1.0, 0.0, 3.0]);
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

impl<const C: usize, const H: usize, const W: usize, const ALPHA: u64, T: Scalar> Elementwise
    for ELU<C, H, W, ALPHA, T>
{
    type Scalar = T;
    type Sample = Tensor<C, H, W, T>;

    const KIND: &'static str = "ELU";
    const SETTINGS: ConstString = ConstString::new().str("alpha ").real(Self::ALPHA);
    const OPERATION: Operation = Operation::Function(Function {
        torch: ("ELU", &[("alpha", Argument::Number(Self::ALPHA))]),
        onnx: &[Node { attributes: &[("alpha", Argument::Number(Self::ALPHA))], ..Node::of("Elu") }],
    });
    const SHAPE_ERROR: Option<ShapeError> =
        ShapeError::of(inference::finite("ELU", "alpha", Self::ALPHA, Dims::new(C, H, W)));

    #[inline]
    fn value(x: T) -> T {
        if x > T::zero() { x } else { T::from_f64(Self::ALPHA) * x.fast_exp_m1() }
    }

    /// From `y = alpha·(exp(x) − 1)` below zero: `∂y/∂x = alpha·exp(x)`.
    #[inline]
    fn slope(x: T) -> T {
        if x > T::zero() { T::one() } else { T::from_f64(Self::ALPHA) * x.fast_normal_exp() }
    }
}
