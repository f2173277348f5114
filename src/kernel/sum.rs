//! Sums over slices, `Σᵢ term(aᵢ, bᵢ)`.
//!
//! Fast because the partial sums are independent of each other. The plain sum of an iterator may not be reordered, so each
//! addition waits for the one before. [`sum_of`] has a fixed number of partial sums, so it gives the same bits on every machine.

use super::rectify::rectify;
use crate::scalar::Scalar;
use crate::simd::{Arch, Simd, WithSimd, widest};

/// The number of partial sums.
const LANES: usize = 16;

/// Computes `Σᵢ term(aᵢ, bᵢ)`. For a sum over one slice, pass it twice. (Two sums in one loop would be slower: the compiler would
/// pack one of each into a vector.)
///
/// # Panics
/// If the lengths differ.
#[inline]
pub fn sum_of<T: Scalar>(a: &[T], b: &[T], term: impl Fn(T, T) -> T) -> T {
    assert_eq!(a.len(), b.len(), "a sum over two slices");
    if let ([a], [b]) = (a, b) {
        return term(*a, *b); // fast path for maps of one pixel: a feature vector consists of them
    }
    widest!({
        let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
        let mut sums = [T::zero(); LANES];
        for (a, b) in a.iter().zip(b) {
            for ((sum, &a), &b) in sums.iter_mut().zip(a).zip(b) {
                *sum += term(a, b);
            }
        }
        for ((sum, &a), &b) in sums.iter_mut().zip(a_rest).zip(b_rest) {
            *sum += term(a, b);
        }
        halve(sums, |a, b| a + b)
    })
}

/// Computes `Σᵢ (aᵢ − a₀)·(bᵢ − b₀)` and `Σᵢ (bᵢ − b₀)` in one pass.
///
/// Uses explicit vectors, because the compiler does not vectorize a loop with two sums. As in a [product](super::gemm), the last
/// bits depend on the processor's vectors.
///
/// # Panics
/// If the lengths differ.
#[inline]
pub fn sums_of_deviations<T: Scalar>((a, a0): (&[T], T), (b, b0): (&[T], T)) -> (T, T) {
    assert_eq!(a.len(), b.len(), "sums over two slices");
    if let ([a], [b]) = (a, b) {
        return ((*a - a0) * (*b - b0), *b - b0);
    }
    Arch::new().dispatch(Deviations::<_, false> { a, a0, b, b0, line: (T::zero(), T::zero()) })
}

/// The sums [of deviations](sums_of_deviations), where every `bᵢ` with `(aᵢ − a₀)·slope + shift ≤ 0` counts as zero: the gradient of a
/// ReLU of this line.
///
/// # Panics
/// If the lengths differ.
#[inline]
pub(super) fn sums_of_rectified<T: Scalar>((a, a0): (&[T], T), (slope, shift): (T, T), b: &[T]) -> (T, T) {
    assert_eq!(a.len(), b.len(), "sums over two slices");
    Arch::new().dispatch(Deviations::<_, true> { a, a0, b, b0: T::zero(), line: (slope, shift) })
}

struct Deviations<'a, T, const RECTIFIED: bool> {
    a: &'a [T],
    a0: T,
    b: &'a [T],
    b0: T,
    /// A slope and a shift.
    line: (T, T),
}

impl<T: Scalar, const RECTIFIED: bool> Deviations<'_, T, RECTIFIED> {
    /// Adds the terms of these vectors to the two sums.
    #[inline(always)]
    fn add<S: Simd>(&self, simd: S, a: T::Of<S>, b: T::Of<S>, sums: &mut [T::Of<S>; 2]) {
        let one = T::splat(simd, T::one());
        let a = T::fused(simd, a, one, T::splat(simd, -self.a0));
        let mut b = T::fused(simd, b, one, T::splat(simd, -self.b0));
        if RECTIFIED {
            let line = T::times(simd, a, T::splat(simd, self.line.0));
            b = T::rectify(simd, T::plus(simd, line, T::splat(simd, self.line.1)), b);
        }
        *sums = [T::fused(simd, a, b, sums[0]), T::fused(simd, b, one, sums[1])];
    }
}

impl<T: Scalar, const RECTIFIED: bool> WithSimd for Deviations<'_, T, RECTIFIED> {
    type Output = (T, T);

    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // as in the products
    fn with_simd<S: Simd>(self, simd: S) -> (T, T) {
        let ((a, a_rest), (b, b_rest)) = (T::split::<S>(self.a), T::split::<S>(self.b));
        let ((a, a_last), (b, b_last)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
        let mut sums = [[T::splat(simd, T::zero()); 2]; 4];
        for (a, b) in a.iter().zip(b) {
            for i in 0..4 {
                self.add(simd, a[i], b[i], &mut sums[i]);
            }
        }
        for ((&a, &b), sums) in a_last.iter().zip(b_last).zip(&mut sums) {
            self.add(simd, a, b, sums);
        }
        let mut both = sums[0];
        for sums in &sums[1..] {
            for i in 0..2 {
                both[i] = T::fused(simd, both[i], T::splat(simd, T::one()), sums[i]);
            }
        }
        let mut both = (T::total(simd, both[0]), T::total(simd, both[1]));
        for (&a, &b) in a_rest.iter().zip(b_rest) {
            let (a, b) = (a - self.a0, b - self.b0);
            let b = if RECTIFIED { rectify(a * self.line.0 + self.line.1, b) } else { b };
            both.0 += a * b;
            both.1 += b;
        }
        both
    }
}

/// Reduces all lanes to one by repeatedly joining one half with the other, an order that vectorizes.
#[inline(always)]
pub(super) fn halve<T: Scalar, const LANES: usize>(mut lanes: [T; LANES], join: impl Fn(T, T) -> T) -> T {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] = join(lanes[lane], lanes[lane + half]);
        }
        half /= 2;
    }
    lanes[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn a_sum_is_whole_whatever_its_length() {
        for len in [0, 1, LANES - 1, LANES, LANES + 1, 3 * LANES + 5, 9 * LANES + 3] {
            let a: Vec<f32> = (0..len).map(|i| (i * 7 % 11) as f32 - 5.0).collect();
            let b: Vec<f32> = (0..len).map(|i| (i * 5 % 13) as f32 - 6.0).collect();
            let expected = a.iter().zip(&b).fold(0.0, |sum, (a, b)| sum + a * b);
            assert_eq!(sum_of(&a, &b, |a, b| a * b), expected, "{len} numbers");

            let expected =
                a.iter().zip(&b).fold((0.0, 0.0), |sums, (a, b)| (sums.0 + (a - 2.0) * (b + 1.0), sums.1 + b + 1.0));
            assert_eq!(sums_of_deviations((&a, 2.0), (&b, -1.0)), expected, "{len} numbers");
        }
    }
}
