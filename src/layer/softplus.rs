//! The softplus: `y = ln(1 + exp(beta·x)) / beta`.

use core::marker::PhantomData;

use bytemuck::Zeroable;

use super::{Argument, Elementwise, Function, Node, Operation, ShapeError, Source};
use crate::scalar::Scalar;
use crate::shape::{ConstString, Dims, inference};
use crate::tensor::Tensor;

/// Softplus: a smooth rectifier, above zero everywhere.
///
/// (Dugas, Bengio, Bélisle, Nadeau and Garcia 2001.)
///
/// ```text
/// y = ln(1 + exp(beta·x)) / beta,  or x where beta·x > threshold        [N, C, H, W] → [N, C, H, W]
/// ```
///
/// In [`network!`](crate::network!): `Softplus(beta = 1.0, threshold = 20.0)`, with the defaults shown, which are PyTorch's.
/// `beta` is above 0. There are no parameters.
///
/// ```
/// use shapeproof::layer::{Elementwise, Softplus};
///
/// assert_eq!([-1e4, 0.0, 1e4].map(<Softplus>::value), [0.0, f32::ln(2.0), 1e4]);
/// ```
#[derive(Zeroable)]
pub struct Softplus<
    const C: usize = 0,
    const H: usize = 0,
    const W: usize = 0,
    const BETA: u64 = { 1f64.to_bits() },
    const THRESHOLD: u64 = { 20f64.to_bits() },
    T = f32,
>(PhantomData<T>);

hyper_parameters! {
    Softplus(beta: f64 = 1.0, threshold: f64 = 20.0) => Softplus<C, H, W, beta, threshold, T>,
    output = inference::softplus(input, beta, threshold),
    examples = {
        "softplus": [3, 5, 4],
        "softplus extreme": [4, 1, 1],
        "softplus beta 2, threshold 1": [3, 5, 4] => (beta = 2.0, threshold = 1.0),
        "softplus at the threshold": [3, 2, 1] => (beta = 2.0, threshold = 1.5),
    },
}

impl<const C: usize, const H: usize, const W: usize, const BETA: u64, const THRESHOLD: u64, T: Scalar>
    Softplus<C, H, W, BETA, THRESHOLD, T>
{
    /// How sharp the bend at zero is.
    pub const BETA: f64 = f64::from_bits(BETA);
    /// Where `beta·x` is above it, the output is the input.
    pub const THRESHOLD: f64 = f64::from_bits(THRESHOLD);
}

impl<const C: usize, const H: usize, const W: usize, const BETA: u64, const THRESHOLD: u64, T: Scalar> Elementwise
    for Softplus<C, H, W, BETA, THRESHOLD, T>
{
    type Scalar = T;
    type Sample = Tensor<C, H, W, T>;

    const KIND: &'static str = "Softplus";
    const SETTINGS: ConstString =
        ConstString::new().str("beta ").real(Self::BETA).str(", threshold ").real(Self::THRESHOLD);
    const OPERATION: Operation = Operation::Function(Function {
        torch: (
            "Softplus",
            &[("beta", Argument::Number(Self::BETA)), ("threshold", Argument::Number(Self::THRESHOLD))],
        ),
        onnx: &[
            Node { inputs: &[Source::Input, Source::Number(Self::BETA)], ..Node::of("Mul") },
            Node { inputs: &[Source::Node(0)], ..Node::of("Softplus") },
            Node { inputs: &[Source::Node(1), Source::Number(Self::BETA)], ..Node::of("Div") },
            Node { inputs: &[Source::Node(0), Source::Number(Self::THRESHOLD)], ..Node::of("Greater") },
            Node { inputs: &[Source::Node(3), Source::Input, Source::Node(2)], ..Node::of("Where") },
        ],
    });
    const SHAPE_ERROR: Option<ShapeError> =
        ShapeError::of(inference::softplus(Dims::new(C, H, W), Self::BETA, Self::THRESHOLD));

    /// `ln(1 + exp(z)) = max(0, z) + ln(1 + exp(−|z|))`, which does not overflow.
    #[inline]
    fn value(x: T) -> T {
        let beta = T::from_f64(Self::BETA);
        let z = beta * x;
        if z > T::from_f64(Self::THRESHOLD) { x } else { z.fast_ln_1p_exp() / beta }
    }

    /// From `y = ln(1 + exp(beta·x)) / beta`: `∂y/∂x = 1 / (1 + exp(−beta·x))`; above the threshold, 1.
    #[inline]
    fn slope(x: T) -> T {
        let z = T::from_f64(Self::BETA) * x;
        if z > T::from_f64(Self::THRESHOLD) { T::one() } else { (T::one() + (-z).fast_normal_exp()).recip() }
    }
}
