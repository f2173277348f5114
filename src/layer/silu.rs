//! The sigmoid linear unit: `y = x / (1 + exp(−x))`.

use core::marker::PhantomData;

use bytemuck::Zeroable;

use super::{Elementwise, Function, Node, Operation, Source};
use crate::scalar::Scalar;
use crate::tensor::Tensor;

/// Sigmoid linear unit, or swish: every number times its sigmoid.
///
/// (Hendrycks and Gimpel 2016; Ramachandran, Zoph and Le 2017, with β = 1.)
///
/// ```text
/// y = x·σ(x),  σ(x) = 1 / (1 + exp(−x))        [N, C, H, W] → [N, C, H, W]
/// ```
///
/// In [`network!`](crate::network!): `SiLU`. There are no parameters. In ONNX, it is the product of `x` and a `Sigmoid`, which more
/// runtimes know than the operator `Swish`.
///
/// ```
/// use shapeproof::layer::{Elementwise, SiLU};
///
/// assert_eq!([-1e4, 0.0, 1e4].map(<SiLU>::value), [0.0, 0.0, 1e4]);
/// ```
#[doc(alias = "Swish")]
#[derive(Zeroable)]
pub struct SiLU<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);

hyper_parameters! {
    SiLU => SiLU<C, H, W, T>,
    examples = {
        "silu": [3, 5, 4],
        "silu extreme": [4, 1, 1],
    },
}

impl<const C: usize, const H: usize, const W: usize, T: Scalar> Elementwise for SiLU<C, H, W, T> {
    type Scalar = T;
    type Sample = Tensor<C, H, W, T>;

    const KIND: &'static str = "SiLU";
    const OPERATION: Operation = Operation::Function(Function {
        torch: ("SiLU", &[]),
        onnx: &[Node::of("Sigmoid"), Node { inputs: &[Source::Input, Source::Node(0)], ..Node::of("Mul") }],
    });

    #[inline]
    fn value(x: T) -> T {
        x / (T::one() + (-x).fast_normal_exp())
    }

    /// From `y = x·σ(x)`: `∂y/∂x = σ(x)·(1 + x·(1 − σ(x)))`.
    #[inline]
    fn slope(x: T) -> T {
        let sigmoid = (T::one() + (-x).fast_normal_exp()).recip();
        sigmoid * (T::one() + x * (T::one() - sigmoid))
    }
}
