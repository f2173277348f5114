//! The sigmoid: `y = 1 / (1 + exp(−x))`.

use core::marker::PhantomData;

use bytemuck::Zeroable;

use super::{Elementwise, Operation};
use crate::scalar::Scalar;
use crate::tensor::Tensor;

/// Sigmoid, or logistic function: every number becomes one between 0 and 1.
///
/// (Verhulst 1838; the derivative `y·(1 − y)` in networks: Rumelhart, Hinton and Williams 1986.)
///
/// ```text
/// y = 1 / (1 + exp(−x))        [N, C, H, W] → [N, C, H, W]
/// ```
///
/// In [`network!`](crate::network!): `Sigmoid`. There are no parameters. A classifier is better trained without it, with a loss that takes
/// logits, such as [`BinaryCrossEntropy`](crate::loss::BinaryCrossEntropy): after it, `Trainer::new` does not compile.
///
/// ```
/// use shapeproof::layer::{Elementwise, Sigmoid};
///
/// assert_eq!([-1e4, 0.0, 1e4].map(<Sigmoid>::value), [0.0, 0.5, 1.0]);
/// ```
#[doc(alias = "logistic")]
#[derive(Zeroable)]
pub struct Sigmoid<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);

hyper_parameters! {
    Sigmoid => Sigmoid<C, H, W, T>,
    examples = {
        "sigmoid": [3, 5, 4],
        "sigmoid extreme": [4, 1, 1],
    },
}

impl<const C: usize, const H: usize, const W: usize, T: Scalar> Elementwise for Sigmoid<C, H, W, T> {
    type Scalar = T;
    type Sample = Tensor<C, H, W, T>;

    const KIND: &'static str = "Sigmoid";
    const OPERATION: Operation = Operation::SigmoidFunction;
    const KEEPS_OUTPUT: bool = true;

    #[inline]
    fn value(x: T) -> T {
        (T::one() + (-x).fast_normal_exp()).recip()
    }

    /// From `y = 1 / (1 + exp(−x))`: `∂y/∂x = exp(−x) / (1 + exp(−x))² = y·(1 − y)`.
    #[inline]
    fn slope(y: T) -> T {
        y * (T::one() - y)
    }
}
