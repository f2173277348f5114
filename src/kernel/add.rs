//! Adds one slice to another, `y ← y + x`, for the shortcut of a residual block.
//!
//! Fast because the compiler vectorizes it. It is memory-bound, so a ReLU fused into it is free.

use crate::scalar::Scalar;
use crate::simd::widest;

/// `to[i] ← to[i] + from[i]`
///
/// # Panics
/// If the lengths differ.
#[inline]
pub fn add<T: Scalar>(from: &[T], to: &mut [T]) {
    assert_eq!(from.len(), to.len(), "a sum of two slices");
    widest!({
        for (to, &from) in to.iter_mut().zip(from) {
            *to += from;
        }
    });
}

/// `to[i] ← max(0, to[i] + from[i])`: [`add`] and a ReLU in one pass over memory. NaN stays NaN.
///
/// # Panics
/// If the lengths differ.
#[inline]
pub fn add_and_rectify<T: Scalar>(from: &[T], to: &mut [T]) {
    assert_eq!(from.len(), to.len(), "a sum of two slices");
    widest!({
        for (to, &from) in to.iter_mut().zip(from) {
            let sum = *to + from;
            *to = if sum <= T::zero() { T::zero() } else { sum };
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let mut to = [10.0, 20.0, 30.0];
        add(&[1.0, -2.0, 3.5], &mut to);
        assert_eq!(to, [11.0, 18.0, 33.5]);
        add_and_rectify(&[-12.0, -18.0, 1.0], &mut to);
        assert_eq!(to, [0.0, 0.0, 34.5]);
    }
}
