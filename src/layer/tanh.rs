//! The hyperbolic tangent: `y = tanh x`.

use core::marker::PhantomData;

use bytemuck::Zeroable;

use super::{Elementwise, Operation};
use crate::scalar::Scalar;
use crate::tensor::Tensor;

/// Hyperbolic tangent: every number becomes one between −1 and 1.
///
/// (Recommended by LeCun, Bottou, Orr and Müller 1998, section 4.4.)
///
/// ```text
/// y = tanh x        [N, C, H, W] → [N, C, H, W]
/// ```
///
/// In [`network!`](crate::network!): `Tanh`. There are no parameters.
///
/// ```
/// use shapeproof::layer::{Elementwise, Tanh};
///
/// assert_eq!([-1e4, 0.0, 1e4].map(<Tanh>::value), [-1.0, 0.0, 1.0]);
/// ```
#[derive(Zeroable)]
pub struct Tanh<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);

hyper_parameters! {
    Tanh => Tanh<C, H, W, T>,
    examples = {
        "tanh": [3, 5, 4],
        "tanh extreme": [4, 1, 1],
    },
}

impl<const C: usize, const H: usize, const W: usize, T: Scalar> Elementwise for Tanh<C, H, W, T> {
    type Scalar = T;
    type Sample = Tensor<C, H, W, T>;

    const KIND: &'static str = "Tanh";
    const OPERATION: Operation = Operation::HyperbolicTangent;
    const KEEPS_OUTPUT: bool = true;

    #[inline]
    fn value(x: T) -> T {
        x.fast_tanh()
    }

    /// From `y = tanh x`: `∂y/∂x = 1 − y²`.
    #[inline]
    fn slope(y: T) -> T {
        T::one() - y * y
    }
}
