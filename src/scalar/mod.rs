//! The numbers a network is made of: `f32`, or `f64` where precision matters more than speed.

mod single;

use core::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};
use core::fmt::{Debug, Display};
use core::iter::Sum;

use crate::simd::Vectors;
use num_traits::{Float, NumAssign};

/// The scalar type of tensors, layers and losses: [`f32`] (the default everywhere) or [`f64`].
///
/// The arithmetic comes from [`num_traits::Float`]. This trait adds elementary functions that are fast in `f32`,
/// a plain byte representation ([`Pod`](bytemuck::Pod)), literals ([`from_f64`](Scalar::from_f64)), and which of the two types it is,
/// which the GEMM needs to choose its kernel.
///
/// Of an `f32`, the functions called `fast` are formulas that are computed for a whole vector at once in a loop inside `widest!`, and
/// give the same bits on every processor.
///
/// The trait is sealed. The gradient checks of this crate run in `f64`, everything else in `f32`.
#[diagnostic::on_unimplemented(
    message = "a network computes in `f32` or in `f64`, not in `{Self}`",
    label = "`{Self}` is no scalar of a network"
)]
pub trait Scalar:
    Float + NumAssign + Sum + Vectors + Default + Debug + Display + Send + Sync + sealed::Sealed + 'static
{
    /// Which of the two types this is.
    const PRECISION: Precision;

    /// Returns the value nearest to `value`; for the constants of formulas in generic code.
    fn from_f64(value: f64) -> Self;

    /// Returns the same value as `f64` (exact for both types).
    fn into_f64(self) -> f64;

    /// Returns `eˣ`; of an `f32`, off by less than 1 unit in the last place.
    fn fast_exp(self) -> Self;

    /// Returns `eˣ`, cheaper for an `f32`: 0 below e^−87.68, about where the normal numbers end, and infinite above
    /// e^88.37.
    fn fast_normal_exp(self) -> Self;

    /// Returns `eˣ − 1`, without cancellation; of an `f32`, off by less than 1.5 units in the last place.
    fn fast_exp_m1(self) -> Self;

    /// Returns `tanh x`; of an `f32`, off by less than 2.5 units in the last place.
    fn fast_tanh(self) -> Self;

    /// Returns `ln(1 + eˣ)`, without overflow; of an `f32`, off by less than 3 units in the last place.
    fn fast_ln_1p_exp(self) -> Self;

    /// Returns the natural logarithm of a finite number from 1 on; of an `f32`, off by less than 2 units in the last place.
    fn fast_ln_from_one(self) -> Self;

    /// Returns `x·Φ(x)`, without cancellation, where `Φ(x)` is the probability of a standard normal number below `x`; of an `f32`, off
    /// by less than 6 + x²/2 units in the last place, and 0 below −13.26, about where the normal numbers end.
    fn fast_gelu(self) -> Self;

    /// Returns the derivative of `x·Φ(x)`; of an `f32`, off by less than 8 + x² units in the last place; near its zero, of those of 0.1.
    fn fast_gelu_slope(self) -> Self;

    /// Returns the value nearest to `count`; for sizes in generic code.
    fn from_usize(count: usize) -> Self {
        Self::from_f64(count as f64)
    }
}

/// The two precisions a [`Scalar`] can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// `f32`, 24 significant bits.
    Single,
    /// `f64`, 53 significant bits.
    Double,
}

impl Scalar for f32 {
    const PRECISION: Precision = Precision::Single;

    #[inline]
    fn from_f64(value: f64) -> f32 {
        value as f32
    }

    #[inline]
    fn into_f64(self) -> f64 {
        f64::from(self)
    }

    #[inline(always)]
    fn fast_exp(self) -> f32 {
        single::exp(self)
    }

    #[inline(always)]
    fn fast_exp_m1(self) -> f32 {
        single::exp_m1(self)
    }

    #[inline(always)]
    fn fast_tanh(self) -> f32 {
        single::tanh(self)
    }

    #[inline(always)]
    fn fast_ln_1p_exp(self) -> f32 {
        single::ln_1p_exp(self)
    }

    #[inline(always)]
    fn fast_normal_exp(self) -> f32 {
        single::normal_exp(self)
    }

    #[inline(always)]
    fn fast_ln_from_one(self) -> f32 {
        single::ln_from_one(self)
    }

    #[inline(always)]
    fn fast_gelu(self) -> f32 {
        single::gelu(self)
    }

    #[inline(always)]
    fn fast_gelu_slope(self) -> f32 {
        single::gelu_slope(self)
    }
}

impl Scalar for f64 {
    const PRECISION: Precision = Precision::Double;

    #[inline]
    fn from_f64(value: f64) -> f64 {
        value
    }

    #[inline]
    fn into_f64(self) -> f64 {
        self
    }

    #[inline]
    fn fast_exp(self) -> f64 {
        Float::exp(self)
    }

    #[inline]
    fn fast_exp_m1(self) -> f64 {
        Float::exp_m1(self)
    }

    #[inline]
    fn fast_tanh(self) -> f64 {
        Float::tanh(self)
    }

    #[inline]
    fn fast_ln_1p_exp(self) -> f64 {
        Float::max(self, 0.0) + Float::ln_1p(Float::exp(-Float::abs(self)))
    }

    #[inline]
    fn fast_normal_exp(self) -> f64 {
        Float::exp(self)
    }

    #[inline]
    fn fast_ln_from_one(self) -> f64 {
        Float::ln(self)
    }

    #[inline]
    fn fast_gelu(self) -> f64 {
        self * normal_probability(self)
    }

    #[inline]
    fn fast_gelu_slope(self) -> f64 {
        let density = Float::exp(-0.5 * self * self) * (0.5 * FRAC_2_SQRT_PI * FRAC_1_SQRT_2);
        normal_probability(self) + self * density
    }
}

/// The probability that a standard normal number is below `x`: `Φ(x) = erfc(−x/√2)/2`.
fn normal_probability(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}
