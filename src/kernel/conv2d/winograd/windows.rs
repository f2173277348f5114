//! Between the taps of windows and their elements.

use super::transforms::{of_taps, square, to_taps};
use super::{ELEMENTS, TAPS};
use crate::scalar::Scalar;
use crate::simd::{Arch, Simd, WithSimd};

/// `U = G·w·Gᵀ` of windows whose taps `(ky, kx)` are rows `9·r + 3·ky + kx` of `columns` numbers: their element `e` is row `r` of matrix
/// `order[e]`.
pub(super) fn of_windows<T: Scalar>(taps: &[T], columns: usize, order: [usize; ELEMENTS], to: &mut [T]) {
    Arch::new().dispatch(OfWindows { taps, columns, order, to });
}

struct OfWindows<'a, T> {
    taps: &'a [T],
    columns: usize,
    order: [usize; ELEMENTS],
    to: &'a mut [T],
}

impl<T: Scalar> WithSimd for OfWindows<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let OfWindows { taps, columns, order, to } = self;
        let vectors = columns / T::lanes::<S>();
        let (taps, to) = (T::split::<S>(taps).0, T::split_mut::<S>(to).0);
        let matrix = to.len() / ELEMENTS;
        for (r, taps) in taps.chunks_exact(TAPS * vectors).enumerate() {
            for at in 0..vectors {
                let taps = square(
                    #[inline(always)]
                    |i, j| taps[(3 * i + j) * vectors + at],
                );
                let elements = of_taps::<S, T>(simd, taps);
                for e in 0..ELEMENTS {
                    to[order[e] * matrix + r * vectors + at] = elements[e / 4][e % 4];
                }
            }
        }
    }
}

/// `Gᵀ·u·G`, the other way, where element `e` is in matrix `e`.
pub(super) fn to_windows<T: Scalar>(from: &[T], columns: usize, taps: &mut [T]) {
    Arch::new().dispatch(ToWindows { from, columns, taps });
}

struct ToWindows<'a, T> {
    from: &'a [T],
    columns: usize,
    taps: &'a mut [T],
}

impl<T: Scalar> WithSimd for ToWindows<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let ToWindows { from, columns, taps } = self;
        let vectors = columns / T::lanes::<S>();
        let (from, taps) = (T::split::<S>(from).0, T::split_mut::<S>(taps).0);
        let matrix = from.len() / ELEMENTS;
        for (r, taps) in taps.chunks_exact_mut(TAPS * vectors).enumerate() {
            for at in 0..vectors {
                let elements = square(
                    #[inline(always)]
                    |i, j| from[(4 * i + j) * matrix + r * vectors + at],
                );
                let gradients = to_taps::<S, T>(simd, elements);
                for tap in 0..TAPS {
                    taps[tap * vectors + at] = gradients[tap / 3][tap % 3];
                }
            }
        }
    }
}
