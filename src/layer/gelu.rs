//! The Gaussian error linear unit: `y = x·Φ(x)`.

use core::marker::PhantomData;

use bytemuck::Zeroable;

use super::{Argument, Elementwise, Function, Node, Operation};
use crate::scalar::Scalar;
use crate::shape::ConstString;
use crate::tensor::Tensor;

/// Gaussian error linear unit: every number times the probability that a standard normal one is below it.
///
/// (Hendrycks and Gimpel 2016, section 2, both forms.)
///
/// ```text
/// y = x·Φ(x),  Φ(x) = (1 + erf(x/√2))/2                                      [N, C, H, W] → [N, C, H, W]
/// y = x·σ(2u),  u = √(2/π)·(x + 0.044715·x³),  σ(2u) = (1 + tanh u)/2        if `approximate`
/// ```
///
/// In [`network!`](crate::network!): `GELU(approximate = false)`, with the default shown; `true` is PyTorch's `approximate="tanh"`, which
/// is faster, and off by less than 5·10⁻⁴. There are no parameters.
///
/// ```
/// use shapeproof::layer::{Elementwise, GELU};
///
/// assert_eq!([-1e4, 0.0, 1e4].map(<GELU>::value), [0.0, 0.0, 1e4]);
/// ```
#[derive(Zeroable)]
pub struct GELU<const C: usize = 0, const H: usize = 0, const W: usize = 0, const APPROXIMATE: bool = false, T = f32>(
    PhantomData<T>,
);

hyper_parameters! {
    GELU(approximate: bool = false) => GELU<C, H, W, approximate, T>,
    examples = {
        "gelu": [3, 5, 4],
        "gelu extreme": [4, 1, 1],
        "gelu approximate": [3, 5, 4] => (approximate = true),
        "gelu approximate extreme": [4, 1, 1] => (approximate = true),
    },
}

impl<const C: usize, const H: usize, const W: usize, const APPROXIMATE: bool, T: Scalar> GELU<C, H, W, APPROXIMATE, T> {
    /// The form, as PyTorch and ONNX call it.
    const FORM: &'static str = if APPROXIMATE { "tanh" } else { "none" };

    /// `−2u`
    #[inline(always)]
    fn exponent(x: T) -> T {
        T::from_f64(-2.0 * FACTOR) * (x + T::from_f64(CUBIC) * x * x * x)
    }
}

/// `√(2/π)`, which is twice the density of the normal distribution at 0.
const FACTOR: f64 = core::f64::consts::FRAC_2_SQRT_PI * core::f64::consts::FRAC_1_SQRT_2;

/// The factor of `x³` in the approximation.
const CUBIC: f64 = 0.044715;

impl<const C: usize, const H: usize, const W: usize, const APPROXIMATE: bool, T: Scalar> Elementwise
    for GELU<C, H, W, APPROXIMATE, T>
{
    type Scalar = T;
    type Sample = Tensor<C, H, W, T>;

    const KIND: &'static str = "GELU";
    const SETTINGS: ConstString = ConstString::new().str(if APPROXIMATE { "approximate" } else { "" });
    const OPERATION: Operation = Operation::Function(Function {
        torch: ("GELU", &[("approximate", Argument::Text(Self::FORM))]),
        onnx: &[Node { attributes: &[("approximate", Argument::Text(Self::FORM))], ..Node::of("Gelu") }],
    });

    #[inline(always)]
    fn value(x: T) -> T {
        if APPROXIMATE { x / (T::one() + Self::exponent(x).fast_normal_exp()) } else { x.fast_gelu() }
    }

    /// From `y = x·Φ(x)`: `∂y/∂x = Φ(x) + x·exp(−x²/2)/√(2π)`; from `y = x·σ(2u)`: `σ(2u)·(1 + x·2u′·(1 − σ(2u)))`.
    #[inline(always)]
    fn slope(x: T) -> T {
        if APPROXIMATE {
            let sigmoid = (T::one() + Self::exponent(x).fast_normal_exp()).recip();
            let inner = T::from_f64(2.0 * FACTOR) * (T::one() + T::from_f64(3.0 * CUBIC) * x * x);
            sigmoid * (T::one() + x * inner * (T::one() - sigmoid))
        } else {
            x.fast_gelu_slope()
        }
    }
}
