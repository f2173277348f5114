//! The hard sigmoid: `y = (x + 3) / 6`, between 0 and 1.

use core::marker::PhantomData;

use bytemuck::Zeroable;

use super::{Argument, Elementwise, Function, Node, Operation};
use crate::scalar::Scalar;
use crate::tensor::Tensor;

/// Hard sigmoid: straight lines near the sigmoid, without an `exp`.
///
/// (Howard et al. 2019, section 5.2; ONNX's and PyTorch's slope of 1/6.)
///
/// ```text
/// y = 0 where x ≤ −3,  1 where x ≥ 3,  otherwise (x + 3) / 6        [N, C, H, W] → [N, C, H, W]
/// ```
///
/// At exactly ±3 the derivative is 0, as in PyTorch.
///
/// In [`network!`](crate::network!): `HardSigmoid`. There are no parameters.
///
/// ```
/// use shapeproof::layer::{Elementwise, HardSigmoid};
///
/// assert_eq!([-1e4, -3.0, 0.0, 1.5, 1e4].map(<HardSigmoid>::value), [0.0, 0.0, 0.5, 0.75, 1.0]);
/// ```
#[derive(Zeroable)]
pub struct HardSigmoid<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);

hyper_parameters! {
    HardSigmoid => HardSigmoid<C, H, W, T>,
    examples = {
        "hard_sigmoid": [3, 5, 4],
        "hard_sigmoid extreme": [4, 1, 1],
        "hard_sigmoid at its kinks": [3, 2, 1],
    },
}

impl<const C: usize, const H: usize, const W: usize, T: Scalar> Elementwise for HardSigmoid<C, H, W, T> {
    type Scalar = T;
    type Sample = Tensor<C, H, W, T>;

    const KIND: &'static str = "HardSigmoid";
    const OPERATION: Operation = Operation::Function(Function {
        torch: ("Hardsigmoid", &[]),
        onnx: &[Node { attributes: &[("alpha", Argument::Number(1.0 / 6.0))], ..Node::of("HardSigmoid") }],
    });

    #[inline]
    fn value(x: T) -> T {
        let [zero, six] = [0.0, 6.0].map(T::from_f64);
        let y = x + T::from_f64(3.0);
        (if y <= zero {
            zero
        } else if y >= six {
            six
        } else {
            y
        }) / six
    }

    /// From `y = (x + 3) / 6` between −3 and 3: `∂y/∂x = 1/6`.
    #[inline]
    fn slope(x: T) -> T {
        if x.abs() < T::from_f64(3.0) { T::from_f64(1.0 / 6.0) } else { T::zero() }
    }
}
