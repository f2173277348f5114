//! The transforms of a tile.
//!
//! Each multiplies both dimensions of a tile, one after the other, by a matrix of which most entries are 0, 1 or −1. They are written as the
//! sums that remain. A number is a vector of as many channels, so nothing moves within vectors.

use bytemuck::Pod;

use crate::scalar::Scalar;
use crate::simd::Simd;

/// `Bᵀ·d·B` of 4×4 pixels.
#[inline(always)]
pub(super) fn of_pixels<S: Simd, T: Scalar>(simd: S, pixels: [[T::Of<S>; 4]; 4]) -> [[T::Of<S>; 4]; 4] {
    both_ways(
        pixels,
        #[inline(always)]
        |[a, b, c, d]| [T::minus(simd, a, c), T::plus(simd, b, c), T::minus(simd, c, b), T::minus(simd, b, d)],
    )
}

/// `Aᵀ·m·A`: 2×2 outputs.
#[inline(always)]
pub(super) fn to_outputs<S: Simd, T: Scalar>(simd: S, elements: [[T::Of<S>; 4]; 4]) -> [[T::Of<S>; 2]; 2] {
    both_ways(
        elements,
        #[inline(always)]
        |[a, b, c, d]| {
            let (sum, difference) = (T::plus(simd, b, c), T::minus(simd, b, c));
            [T::plus(simd, a, sum), T::minus(simd, difference, d)]
        },
    )
}

/// `A·g·Aᵀ` of the gradients of 2×2 outputs.
#[inline(always)]
pub(super) fn of_gradients<S: Simd, T: Scalar>(simd: S, gradients: [[T::Of<S>; 2]; 2]) -> [[T::Of<S>; 4]; 4] {
    let zero = T::splat(simd, T::zero());
    both_ways(
        gradients,
        #[inline(always)]
        |[a, b]| [a, T::plus(simd, a, b), T::minus(simd, a, b), T::minus(simd, zero, b)],
    )
}

/// `G·w·Gᵀ` of the 3×3 taps of a window.
#[inline(always)]
pub(super) fn of_taps<S: Simd, T: Scalar>(simd: S, taps: [[T::Of<S>; 3]; 3]) -> [[T::Of<S>; 4]; 4] {
    let half = T::splat(simd, T::from_f64(0.5));
    both_ways(
        taps,
        #[inline(always)]
        |[a, b, c]| {
            let (ends, middle) = (T::times(simd, half, T::plus(simd, a, c)), T::times(simd, half, b));
            [a, T::plus(simd, ends, middle), T::minus(simd, ends, middle), c]
        },
    )
}

/// `Gᵀ·u·G`: the gradients of 3×3 taps.
#[inline(always)]
pub(super) fn to_taps<S: Simd, T: Scalar>(simd: S, elements: [[T::Of<S>; 4]; 4]) -> [[T::Of<S>; 3]; 3] {
    let half = T::splat(simd, T::from_f64(0.5));
    both_ways(
        elements,
        #[inline(always)]
        |[a, b, c, d]| {
            let sum = T::times(simd, half, T::plus(simd, b, c));
            [T::plus(simd, a, sum), T::times(simd, half, T::minus(simd, b, c)), T::plus(simd, sum, d)]
        },
    )
}

/// Applies a transform to the rows of a tile, and then to its columns.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // indices show what is exchanged
fn both_ways<V: Pod, const N: usize, const M: usize>(
    tile: [[V; N]; N],
    transform: impl Fn([V; N]) -> [V; M],
) -> [[V; M]; M] {
    let mut rows = [[V::zeroed(); M]; N];
    for i in 0..N {
        rows[i] = transform(tile[i]);
    }
    let mut transformed = [[V::zeroed(); M]; M];
    for j in 0..M {
        let mut column = [V::zeroed(); N];
        for i in 0..N {
            column[i] = rows[i][j];
        }
        let column = transform(column);
        for i in 0..M {
            transformed[i][j] = column[i];
        }
    }
    transformed
}

/// The vectors that `read` returns, row by row.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // indices say what is read
pub(super) fn square<V: Pod, const N: usize>(read: impl Fn(usize, usize) -> V) -> [[V; N]; N] {
    let mut square = [[V::zeroed(); N]; N];
    for i in 0..N {
        for j in 0..N {
            square[i][j] = read(i, j);
        }
    }
    square
}
