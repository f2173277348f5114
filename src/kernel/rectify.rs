//! The formulas of the rectifiers, for one number: [`Vectors`](crate::simd::Vectors) has the same for vectors.
//!
//! They are selects, which compile to SIMD in a loop. A branch on the sign of a value would be mispredicted half of the time.

use crate::scalar::Scalar;

/// `0` where `x` is zero or below, otherwise `a`, also where `x` is NaN: a ReLU of `x` if `a` is `x`, and its gradient if `a` is that of
/// the output.
#[inline(always)]
pub(super) fn rectify<T: Scalar>(x: T, a: T) -> T {
    if x <= T::zero() { T::zero() } else { a }
}

/// `a` where `x` is above zero, otherwise `slope·a`: a leaky ReLU of `x`, or its gradient, likewise.
#[inline(always)]
pub(super) fn leak<T: Scalar>(slope: T, x: T, a: T) -> T {
    if x > T::zero() { a } else { slope * a }
}
