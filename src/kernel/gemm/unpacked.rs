//! Products of operands that fit in cache.
//!
//! Fast because it packs nothing. A packed GEMM first copies both operands into panels, which pays off when every value is then
//! used a thousand times. The values of a small network's matrices are used some dozens of times, and are read here in place.
//! A tile of `C` stays in registers over the whole reduction: each value of `A` is broadcast to a vector and multiplied by
//! vectors of a row of `B`. The initial value of the sums, a bias for instance, needs no pass of its own.

use core::ops::Range;

use super::super::matrix::Matrix;
use super::{Panels, Write, check, load, store};
use crate::scalar::Scalar;
use crate::shape::volume;
use crate::simd::{Arch, Simd, WithSimd};

/// The most bytes of a `B` that stays in the first-level cache.
const SMALL: usize = 32 * 1024;

/// `C ← A·B`, as [`gemm`](super::gemm), where the rows of `b` and `c` are contiguous, those of `c` are `stride` apart, and the
/// rows or the columns of `a` are contiguous.
///
/// # Panics
/// If the sizes are inconsistent, or values that must be contiguous are not.
pub fn gemm<T: Scalar>(a: Matrix<'_, T>, b: Matrix<'_, T>, write: Write<'_, T>, c: &mut [T], stride: usize) {
    assert_eq!(a.columns, b.rows, "A has {} columns, B has {} rows", a.columns, b.rows);
    let (a, b) = (a.checked("A"), b.checked_rows("B"));
    assert!(a.row_stride == 1 || a.column_stride == 1, "rows or columns of A have to be contiguous");
    check(a.rows, b.columns, write, c.len(), stride);
    if a.rows > 0 && b.columns > 0 {
        Arch::new().dispatch(Product { a, b, write, c, stride, rows: 0..0 });
    }
}

/// A product whose sizes have been checked.
struct Product<'a, T> {
    a: Matrix<'a, T>,
    b: Matrix<'a, T>,
    write: Write<'a, T>,
    c: &'a mut [T],
    stride: usize,
    /// The rows of `C` that are computed now.
    rows: Range<usize>,
}

impl<T: Scalar> WithSimd for Product<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let lanes = T::lanes::<S>();
        // Sixteen registers hold the sums of a tile of 4×3 vectors, thirty-two those of 4×4.
        let widest = if S::REGISTER_COUNT < 32 { 3 } else { 4 };
        // If `C` is read as well, go through it four rows at a time: a small `B` stays in cache, and `C` is read in memory order.
        let (rows, bytes) = (self.a.rows, volume!(size_of::<T>(), self.b.rows, self.b.columns));
        let block = if matches!(self.write, Write::Accumulate) && bytes <= SMALL { 4 } else { rows };
        for first in (0..rows).step_by(block) {
            self.rows = first..rows.min(first + block);
            self.for_each_panel(simd, self.b.columns, lanes, widest);
        }
    }
}

impl<T: Scalar> Panels for Product<'_, T> {
    const WIDEST: usize = 4;
    const WHOLE: bool = false;

    #[inline(always)]
    fn panel<S: Simd, const N: usize, const WHOLE: bool>(&mut self, simd: S, j: usize) {
        let Range { start: mut i, end } = self.rows;
        while i + 4 <= end {
            self.tile::<S, 4, N, WHOLE>(simd, i, j);
            i += 4;
        }
        while i < end {
            self.tile::<S, 1, N, WHOLE>(simd, i, j);
            i += 1;
        }
    }
}

impl<T: Scalar> Product<'_, T> {
    /// Computes `M` rows of `C` from row `i`, in `N` vectors from column `j`.
    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // indices show which rows are multiplied
    fn tile<S: Simd, const M: usize, const N: usize, const WHOLE: bool>(&mut self, simd: S, i: usize, j: usize) {
        let Product { a, b, write, c, stride, .. } = self;
        let n = b.columns;
        let mut sums = [[T::splat(simd, T::zero()); N]; M];
        match *write {
            Write::Overwrite => {}
            Write::Accumulate => {
                for r in 0..M {
                    sums[r] = load::<S, T, N, WHOLE>(simd, &c[(i + r) * *stride..][j..n]);
                }
            }
            Write::Bias(bias) => {
                for r in 0..M {
                    sums[r] = [T::splat(simd, bias[i + r]); N];
                }
            }
        }
        if a.column_stride == 1 {
            let mut rows: [&[T]; M] = [&[]; M];
            for r in 0..M {
                rows[r] = &a.data[(i + r) * a.row_stride..][..a.columns];
            }
            for k in 0..a.columns {
                let b = load::<S, T, N, WHOLE>(simd, &b.row(k)[j..]);
                for r in 0..M {
                    let factor = T::splat(simd, rows[r][k]);
                    for s in 0..N {
                        sums[r][s] = T::fused(simd, factor, b[s], sums[r][s]);
                    }
                }
            }
        } else {
            for k in 0..a.columns {
                let b = load::<S, T, N, WHOLE>(simd, &b.row(k)[j..]);
                let column = &a.data[i + k * a.column_stride..][..M];
                for r in 0..M {
                    let factor = T::splat(simd, column[r]);
                    for s in 0..N {
                        sums[r][s] = T::fused(simd, factor, b[s], sums[r][s]);
                    }
                }
            }
        }
        for r in 0..M {
            store::<S, T, N, WHOLE>(simd, &mut c[(i + r) * *stride..][j..n], sums[r]);
        }
    }
}
