//! The hard swish: `y = x·(x + 3) / 6` between −3 and 3.

use core::marker::PhantomData;

use bytemuck::Zeroable;

use super::{Elementwise, Function, Node, Operation};
use crate::scalar::Scalar;
use crate::tensor::Tensor;

/// Hard swish: every number times its hard sigmoid, as in MobileNetV3.
///
/// (Howard et al. 2019, section 5.2.)
///
/// ```text
/// y = 0 where x ≤ −3,  x where x ≥ 3,  otherwise x·(x + 3) / 6        [N, C, H, W] → [N, C, H, W]
/// ```
///
/// At exactly −3 the derivative is 0, at exactly 3 it is 1, as in PyTorch.
///
/// In [`network!`](crate::network!): `HardSwish`. There are no parameters.
///
/// ```
/// use shapeproof::layer::{Elementwise, HardSwish};
///
/// assert_eq!([-1e4, -3.0, 0.0, 3.0, 1e4].map(<HardSwish>::value), [0.0, 0.0, 0.0, 3.0, 1e4]);
/// ```
#[derive(Zeroable)]
pub struct HardSwish<const C: usize = 0, const H: usize = 0, const W: usize = 0, T = f32>(PhantomData<T>);

hyper_parameters! {
    HardSwish => HardSwish<C, H, W, T>,
    examples = {
        "hard_swish": [3, 5, 4],
        "hard_swish extreme": [4, 1, 1],
        "hard_swish at its kinks": [3, 2, 1],
    },
}

impl<const C: usize, const H: usize, const W: usize, T: Scalar> Elementwise for HardSwish<C, H, W, T> {
    type Scalar = T;
    type Sample = Tensor<C, H, W, T>;

    const KIND: &'static str = "HardSwish";
    const OPERATION: Operation =
        Operation::Function(Function { torch: ("Hardswish", &[]), onnx: &[Node::of("HardSwish")] });

    #[inline]
    fn value(x: T) -> T {
        let [three, six] = [3.0, 6.0].map(T::from_f64);
        if x <= -three {
            T::zero()
        } else if x >= three {
            x
        } else {
            x * (x + three) / six
        }
    }

    /// From `y = x·(x + 3) / 6` between −3 and 3: `∂y/∂x = x/3 + 1/2`.
    #[inline]
    fn slope(x: T) -> T {
        let three = T::from_f64(3.0);
        if x <= -three {
            T::zero()
        } else if x >= three {
            T::one()
        } else {
            x / three + T::from_f64(0.5)
        }
    }
}
