//! The clip: `y = min(max(x, min), max)`.

use core::marker::PhantomData;

use bytemuck::Zeroable;

use super::{Argument, Elementwise, Function, Node, Operation, ShapeError, Source};
use crate::scalar::Scalar;
use crate::shape::{ConstString, Dims, inference};
use crate::tensor::Tensor;

/// Clip: numbers below `min` become `min`, those above `max` become `max`.
///
/// `Clip(min = 0, max = 6)` is ReLU6 (Krizhevsky 2010), `Clip(min = -1, max = 1)` the hard tanh (Collobert 2004).
///
/// ```text
/// y = min where x ≤ min,  max where x ≥ max,  otherwise x        [N, C, H, W] → [N, C, H, W]
/// ```
///
/// At exactly `min` and `max` the derivative is 0, as in PyTorch's `Hardtanh` and `ReLU6`. NaN stays NaN.
///
/// In [`network!`](crate::network!): `Clip(min = 0.0, max = 6.0)`; both have to be given, and `min` is below `max`. There are no
/// parameters.
///
/// ```
/// use shapeproof::layer::{Clip, Elementwise};
///
/// type ReLU6 = Clip<0, 0, 0, { 0f64.to_bits() }, { 6f64.to_bits() }>;
/// assert_eq!([-1e4, 2.5, 1e4].map(ReLU6::value), [0.0, 2.5, 6.0]);
/// ```
#[doc(alias = "ReLU6")]
#[doc(alias = "Hardtanh")]
#[doc(alias = "clamp")]
#[derive(Zeroable)]
pub struct Clip<
    const C: usize = 0,
    const H: usize = 0,
    const W: usize = 0,
    const MIN: u64 = { 0f64.to_bits() },
    const MAX: u64 = { 6f64.to_bits() },
    T = f32,
>(PhantomData<T>);

hyper_parameters! {
    Clip(min: f64, max: f64) => Clip<C, H, W, min, max, T>,
    output = inference::clip(input, min, max),
    examples = {
        "clip relu6": [3, 5, 4] => (min = 0.0, max = 6.0),
        "clip": [3, 5, 4] => (min = -0.75, max = 0.5),
        "clip extreme": [4, 1, 1] => (min = -0.75, max = 0.5),
        "clip at its kinks": [3, 2, 1] => (min = -0.5, max = 0.75),
    },
}

impl<const C: usize, const H: usize, const W: usize, const MIN: u64, const MAX: u64, T: Scalar>
    Clip<C, H, W, MIN, MAX, T>
{
    /// The smallest output.
    pub const MIN: f64 = f64::from_bits(MIN);
    /// The largest output.
    pub const MAX: f64 = f64::from_bits(MAX);
}

impl<const C: usize, const H: usize, const W: usize, const MIN: u64, const MAX: u64, T: Scalar> Elementwise
    for Clip<C, H, W, MIN, MAX, T>
{
    type Scalar = T;
    type Sample = Tensor<C, H, W, T>;

    const KIND: &'static str = "Clip";
    const SETTINGS: ConstString = ConstString::new().str("from ").real(Self::MIN).str(" to ").real(Self::MAX);
    const OPERATION: Operation = Operation::Function(Function {
        torch: ("Hardtanh", &[("min_val", Argument::Number(Self::MIN)), ("max_val", Argument::Number(Self::MAX))]),
        onnx: &[Node {
            inputs: &[Source::Input, Source::Number(Self::MIN), Source::Number(Self::MAX)],
            ..Node::of("Clip")
        }],
    });
    const SHAPE_ERROR: Option<ShapeError> = ShapeError::of(inference::clip(Dims::new(C, H, W), Self::MIN, Self::MAX));

    #[inline]
    fn value(x: T) -> T {
        let [min, max] = [Self::MIN, Self::MAX].map(T::from_f64);
        if x <= min {
            min
        } else if x >= max {
            max
        } else {
            x
        }
    }

    /// From `y = x` between `min` and `max`: `∂y/∂x = 1` there, and 0 elsewhere.
    #[inline]
    fn slope(x: T) -> T {
        let [min, max] = [Self::MIN, Self::MAX].map(T::from_f64);
        if x <= min || x >= max { T::zero() } else { T::one() }
    }
}
