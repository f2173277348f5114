//! The numbers a network is made of: `f32`, or `f64` where precision matters more than speed.

mod single;

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

    /// Returns `eˣ − 1`, without cancellation; of an `f32`, off by less than 1.5 units in the last place.
    fn fast_exp_m1(self) -> Self;

    /// Returns `tanh x`; of an `f32`, off by less than 2.5 units in the last place.
    fn fast_tanh(self) -> Self;

    /// Returns `ln(1 + eˣ)`, without overflow; of an `f32`, off by less than 3 units in the last place.
    fn fast_ln_1p_exp(self) -> Self;

    /// Returns `1 − erf x`, without cancellation; of an `f32`, off by less than 5.5 units in the last place.
    fn fast_erfc(self) -> Self;

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
    fn fast_erfc(self) -> f32 {
        single::erfc(self)
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
    fn fast_erfc(self) -> f64 {
        libm::erfc(self)
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}
