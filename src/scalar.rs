//! The numbers a network is made of: `f32`, or `f64` where precision matters more than speed.

use core::fmt::{Debug, Display};
use core::iter::Sum;

use crate::simd::Vectors;
use num_traits::{Float, NumAssign};

/// The scalar type of tensors, layers and losses: [`f32`] (the default everywhere) or [`f64`].
///
/// The arithmetic comes from [`num_traits::Float`], and the error function from `libm`. This trait adds a plain byte representation ([`Pod`](bytemuck::Pod)), literals
/// ([`from_f64`](Scalar::from_f64)), and which of the two types it is, which the GEMM needs to choose its kernel.
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

    /// Returns `1 − erf(self)`, without cancellation.
    fn erfc(self) -> Self;

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

    #[inline]
    fn erfc(self) -> f32 {
        libm::erfcf(self)
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
    fn erfc(self) -> f64 {
        libm::erfc(self)
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}
