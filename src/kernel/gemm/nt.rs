//! Products with a transposed matrix, `C ← C + A·Bᵀ`: many dot products of long rows at once.
//!
//! Fast because it reads both operands in memory order, where a packed GEMM would have to transpose one of them to pack it.
//! This pays off when each value is used only a few times (a dense layer on few samples, the weight gradient of a convolution
//! with a small patch). A few rows of each operand share a tile of partial sums, vectors that stay in registers, so a value
//! that is loaded is used several times. Of a large `A`, some rows at a time stay in the first-level cache while all of `B` is read.

use core::array::from_fn;
use core::ops::Range;

use super::super::matrix::Matrix;
use super::Panels;
use crate::scalar::Scalar;
use crate::simd::{Arch, Simd, WithSimd};

/// The most bytes of a block of `A`, unless the rows of a tile are more. It leaves room for rows of `B` in the first-level cache.
const BLOCK: usize = 16 * 1024;

/// Computes `c[i, j] += Σₗ a[i, l]·b[j, l]` for matrices whose rows are contiguous; `c` is row-major.
///
/// # Panics
/// If the sizes are inconsistent, or rows are not contiguous.
pub fn add_gemm_nt<T: Scalar>(a: Matrix<'_, T>, b: Matrix<'_, T>, c: &mut [T]) {
    assert_eq!(a.columns, b.columns, "rows of both matrices are equally long");
    let (a, b) = (a.checked_rows("A"), b.checked_rows("B"));
    assert_eq!(Some(c.len()), a.rows.checked_mul(b.rows), "C has to be {}×{}", a.rows, b.rows);
    if !c.is_empty() {
        Arch::new().dispatch(Product { a, b, c, block: 0..0, high: 0 });
    }
}

struct Product<'a, T> {
    a: Matrix<'a, T>,
    b: Matrix<'a, T>,
    c: &'a mut [T],
    /// The rows of `A` that are multiplied now.
    block: Range<usize>,
    /// The rows of the highest tile.
    high: usize,
}

impl<T: Scalar> WithSimd for Product<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let (rows, row) = (self.a.rows, self.a.columns.max(1) * size_of::<T>());
        // Sixteen registers hold the sums of a tile of 4×3. Thirty-two hold those of 4×5, or of 8×3, which reads a large B half as often.
        // With fewer rows of A, reading B dominates: five of its rows at a time are enough for every multiplication to find a sum that
        // waits for no other.
        let (high, widest) = match (rows, S::REGISTER_COUNT) {
            (1, _) => (4, 4),
            (..4, _) => (4, 5),
            (_, ..32) => (4, 3),
            (8.., _) if self.b.rows * row > 2 * BLOCK => (8, 3),
            _ => (4, 5),
        };
        self.high = high;
        let block = (BLOCK / row / 4 * 4).max(high);
        for first in (0..rows).step_by(block) {
            self.block = first..rows.min(first + block);
            self.for_each_panel(simd, self.b.rows, 1, widest);
        }
    }
}

impl<T: Scalar> Panels for Product<'_, T> {
    const WIDEST: usize = 5;
    const WHOLE: bool = true;

    /// Here a unit is one column of the result, that is, one row of `B`.
    #[inline(always)]
    fn panel<S: Simd, const N: usize, const WHOLE: bool>(&mut self, simd: S, j: usize) {
        let Range { start: mut i, end } = self.block;
        if const { S::REGISTER_COUNT >= 32 && N <= 3 } {
            while self.high == 8 && i + 8 <= end {
                self.tile::<S, 8, N>(simd, i, j);
                i += 8;
            }
        }
        while i + 4 <= end {
            self.tile::<S, 4, N>(simd, i, j);
            i += 4;
        }
        match end - i {
            3 => self.tile::<S, 3, N>(simd, i, j),
            2 => self.tile::<S, 2, N>(simd, i, j),
            1 => self.tile::<S, 1, N>(simd, i, j),
            _ => {}
        }
    }
}

impl<T: Scalar> Product<'_, T> {
    /// Accumulates the dot products of `M` rows of `A` with `N` rows of `B`.
    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // indices show which rows are multiplied
    fn tile<S: Simd, const M: usize, const N: usize>(&mut self, simd: S, i: usize, j: usize) {
        let whole = T::split::<S>(self.a.row(i)).0.len();
        let split = |row| {
            let (vectors, rest) = T::split::<S>(row);
            (&vectors[..whole], rest)
        };
        let a: [_; M] = from_fn(|r| split(self.a.row(i + r)));
        let b: [_; N] = from_fn(|s| split(self.b.row(j + s)));
        let mut sums = [[T::splat(simd, T::zero()); N]; M];
        let mut done = 0;
        if const { M == 1 } {
            let (chunks, _) = a[0].0.as_chunks::<UNROLLED>();
            let b: [_; N] = from_fn(|s| &b[s].0.as_chunks::<UNROLLED>().0[..chunks.len()]);
            for c in 0..chunks.len() {
                // Not a loop.
                sums[0] = Self::eight::<S, N, 0>(simd, &chunks[c], from_fn(|s| &b[s][c]), sums[0]);
                sums[0] = Self::eight::<S, N, 8>(simd, &chunks[c], from_fn(|s| &b[s][c]), sums[0]);
                sums[0] = Self::eight::<S, N, 16>(simd, &chunks[c], from_fn(|s| &b[s][c]), sums[0]);
                sums[0] = Self::eight::<S, N, 24>(simd, &chunks[c], from_fn(|s| &b[s][c]), sums[0]);
            }
            done = chunks.len() * UNROLLED;
        }
        for l in done..whole {
            for r in 0..M {
                for s in 0..N {
                    sums[r][s] = T::fused(simd, a[r].0[l], b[s].0[l], sums[r][s]);
                }
            }
        }
        if !a[0].1.is_empty() {
            let mut b_last = [T::splat(simd, T::zero()); N];
            for s in 0..N {
                b_last[s] = T::load(simd, b[s].1);
            }
            for r in 0..M {
                let a_last = T::load(simd, a[r].1);
                for s in 0..N {
                    sums[r][s] = T::fused(simd, a_last, b_last[s], sums[r][s]);
                }
            }
        }
        for r in 0..M {
            for s in 0..N {
                self.c[(i + r) * self.b.rows + j + s] += T::total(simd, sums[r][s]);
            }
        }
    }
}

/// The vectors of a single row of `A` that are multiplied without a loop. In a loop, every instruction reads of a row of `B` at the same
/// distances; some processors then fetch what follows the row, which is not needed, and take a third longer (Zen 5).
const UNROLLED: usize = 32;

impl<T: Scalar> Product<'_, T> {
    /// Accumulates the products of eight vectors of a row, from `FIRST` on, with those of `N` rows.
    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // as in the tile
    fn eight<S: Simd, const N: usize, const FIRST: usize>(
        simd: S,
        a: &[T::Of<S>; UNROLLED],
        b: [&[T::Of<S>; UNROLLED]; N],
        mut sums: [T::Of<S>; N],
    ) -> [T::Of<S>; N] {
        for l in FIRST..FIRST + 8 {
            for s in 0..N {
                sums[s] = T::fused(simd, a[l], b[s][l], sums[s]);
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::naive;
    use super::super::Write;
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn agrees_with_the_definition() {
        let integers = |len: usize, seed: usize| -> Vec<f32> {
            (0..len).map(|i| ((i * 7 + seed * 13) % 11) as f32 - 5.0).collect()
        };
        // One is large enough for the highest tile, with rows left over; the last one, for a tile without a loop.
        for (m, n, len, stride) in [
            (1, 1, 1, 1),
            (4, 4, 16, 16),
            (5, 9, 33, 40),
            (3, 2, 15, 15),
            (8, 10, 100, 101),
            (7, 1, 47, 47),
            (23, 16, 600, 600),
            (1, 9, 1100, 1100),
        ] {
            let (a, b) = (integers(m * stride, 1), integers(n * len, 2));
            let (a, b) = (Matrix::strided(&a, m, len, stride), Matrix::new(&b, n, len));
            let (mut fast, mut defined) = (integers(m * n, 3), integers(m * n, 3));
            add_gemm_nt(a, b, &mut fast);
            naive::gemm(a, b.transposed(), Write::Accumulate, &mut defined, n);
            assert_eq!(fast, defined, "{m}×{n}, rows of {len}");
        }
    }
}
