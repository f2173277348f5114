//! Sums over slices, `Σᵢ term(aᵢ, bᵢ)`.
//!
//! Fast because there are many partial sums, which do not wait for each other: the plain sum of an iterator may not be
//! reordered, so each addition waits for the one before. The number of partial sums is fixed, so a sum has the same bits on
//! every machine.

use crate::scalar::Scalar;
use crate::simd::widest;

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
        for len in [0, 1, LANES - 1, LANES, LANES + 1, 3 * LANES + 5] {
            let a: Vec<f32> = (0..len).map(|i| (i * 7 % 11) as f32 - 5.0).collect();
            let b: Vec<f32> = (0..len).map(|i| (i * 5 % 13) as f32 - 6.0).collect();
            let expected = a.iter().zip(&b).fold(0.0, |sum, (a, b)| sum + a * b);
            assert_eq!(sum_of(&a, &b, |a, b| a * b), expected, "{len} numbers");
        }
    }
}
