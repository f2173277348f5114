//! Sums over slices, `Σᵢ term(aᵢ, bᵢ)`.
//!
//! Fast because there are many partial sums, which do not wait for each other: the plain sum of an iterator may not be
//! reordered, so each addition waits for the one before. The number of partial sums is fixed, so a sum has the same bits on
//! every machine.

use core::array::from_fn;

use crate::scalar::Scalar;
use crate::simd::{Arch, Simd, WithSimd, widest};

/// How many partial sums there are.
const LANES: usize = 16;

/// `Σᵢ term(aᵢ, bᵢ)`; for a sum over one slice, give it twice. (Two sums in one go would be slower: the compiler fills
/// vectors with one of each.)
///
/// # Panics
/// If the lengths differ.
#[inline]
pub fn sum_of<T: Scalar>(a: &[T], b: &[T], term: impl Fn(T, T) -> T) -> T {
    assert_eq!(a.len(), b.len(), "a sum over two slices");
    if let ([a], [b]) = (a, b) {
        return term(*a, *b); // a map of one pixel, of which a feature vector has many
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
        halve(sums)
    })
}

/// `Σᵢ (aᵢ − a₀)·(bᵢ − b₀)` and `Σᵢ (bᵢ − b₀)`, in one pass.
///
/// With explicit vectors, as the compiler would make none of two sums: the last bits are those of the processor's vectors, as in
/// a [product](super::gemm).
///
/// # Panics
/// If the lengths differ.
#[inline]
pub fn sums_of_deviations<T: Scalar>((a, a0): (&[T], T), (b, b0): (&[T], T)) -> (T, T) {
    assert_eq!(a.len(), b.len(), "sums over two slices");
    if let ([a], [b]) = (a, b) {
        return ((*a - a0) * (*b - b0), *b - b0);
    }
    Arch::new().dispatch(Deviations { a, a0, b, b0 })
}

struct Deviations<'a, T> {
    a: &'a [T],
    a0: T,
    b: &'a [T],
    b0: T,
}

impl<T: Scalar> WithSimd for Deviations<'_, T> {
    type Output = (T, T);

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> (T, T) {
        let [one, zero, a0, b0] = [T::one(), T::zero(), -self.a0, -self.b0].map(|number| T::splat(simd, number));
        let add = |a, b, (products, sum): (T::Of<S>, T::Of<S>)| {
            let b = T::fused(simd, b, one, b0);
            (T::fused(simd, T::fused(simd, a, one, a0), b, products), T::fused(simd, b, one, sum))
        };
        let ((a, a_rest), (b, b_rest)) = (T::split::<S>(self.a), T::split::<S>(self.b));
        let ((a, a_last), (b, b_last)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
        let mut sums = [(zero, zero); 4];
        for (a, b) in a.iter().zip(b) {
            sums = from_fn(|i| add(a[i], b[i], sums[i]));
        }
        for ((&a, &b), sum) in a_last.iter().zip(b_last).zip(&mut sums) {
            *sum = add(a, b, *sum);
        }
        let plus = |a, b| T::fused(simd, a, one, b);
        let (products, sum) =
            [1, 2, 3].iter().fold(sums[0], |all, &i| (plus(all.0, sums[i].0), plus(all.1, sums[i].1)));
        let mut both = (T::total(simd, products), T::total(simd, sum));
        for (&a, &b) in a_rest.iter().zip(b_rest) {
            both.0 += (a - self.a0) * (b - self.b0);
            both.1 += b - self.b0;
        }
        both
    }
}

/// The sum of all lanes, half onto half: an order that vectors can add in.
#[inline(always)]
pub(super) fn halve<T: Scalar, const LANES: usize>(mut lanes: [T; LANES]) -> T {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
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
