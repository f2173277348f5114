//! Products of operands that fit in cache.
//!
//! Fast because it packs nothing. A packed GEMM first copies both operands into panels, which pays off when every value is then
//! used a thousand times. The values of a small network's matrices are used some dozens of times, and are read here in place.
//! A tile of `C` stays in registers over the whole reduction: each value of `A` is broadcast to a vector and multiplied by
//! vectors of a row of `B`. The initial value of the sums, a bias for instance, needs no pass of its own.

use super::super::matrix::Matrix;
use super::{Panels, Write, check, load, store};
use crate::scalar::Scalar;
use crate::simd::{Arch, Simd, WithSimd};

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
        Arch::new().dispatch(Product { a, b, write, c, stride });
    }
}

/// A right-hand matrix `B`, of which a product reads vectors of one row at a time.
pub(super) trait Rows<T: Scalar>: Copy {
    /// Whether its rows are known to be whole vectors.
    const WHOLE: bool;

    /// The number of values in a row.
    fn columns(&self) -> usize;

    /// Returns a function that reads `N` vectors of row `k < depth`, from column `j`; the last one is whole if `WHOLE`, otherwise
    /// it is the rest of the row.
    fn panel<S: Simd, const N: usize, const WHOLE: bool>(
        &self,
        simd: S,
        depth: usize,
        j: usize,
    ) -> impl Fn(usize) -> [T::Of<S>; N];
}

impl<T: Scalar> Rows<T> for Matrix<'_, T> {
    const WHOLE: bool = false;

    #[inline(always)]
    fn columns(&self) -> usize {
        self.columns
    }

    #[inline(always)]
    fn panel<S: Simd, const N: usize, const WHOLE: bool>(
        &self,
        simd: S,
        _depth: usize,
        j: usize,
    ) -> impl Fn(usize) -> [T::Of<S>; N] {
        #[inline(always)]
        move |k| load::<S, T, N, WHOLE>(simd, &self.row(k)[j..])
    }
}

/// A product whose sizes have been checked.
pub(super) struct Product<'a, T, B> {
    pub(super) a: Matrix<'a, T>,
    pub(super) b: B,
    pub(super) write: Write<'a, T>,
    pub(super) c: &'a mut [T],
    pub(super) stride: usize,
}

impl<T: Scalar, B: Rows<T>> WithSimd for Product<'_, T, B> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let lanes = size_of::<T::Of<S>>() / size_of::<T>();
        // Sixteen registers hold the sums of a tile of 4×2 vectors, thirty-two those of 4×4.
        let widest = if S::REGISTER_COUNT < 32 { 2 } else { 4 };
        self.for_each_panel(simd, self.b.columns(), lanes, widest);
    }
}

impl<T: Scalar, B: Rows<T>> Panels for Product<'_, T, B> {
    const WIDEST: usize = 4;
    const WHOLE: bool = B::WHOLE;

    #[inline(always)]
    fn panel<S: Simd, const N: usize, const WHOLE: bool>(&mut self, simd: S, j: usize) {
        let mut i = 0;
        while i + 4 <= self.a.rows {
            self.tile::<S, 4, N, WHOLE>(simd, i, j);
            i += 4;
        }
        while i < self.a.rows {
            self.tile::<S, 1, N, WHOLE>(simd, i, j);
            i += 1;
        }
    }
}

impl<T: Scalar, B: Rows<T>> Product<'_, T, B> {
    /// Computes `M` rows of `C` from row `i`, in `N` vectors from column `j`.
    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // indices show which rows are multiplied
    fn tile<S: Simd, const M: usize, const N: usize, const WHOLE: bool>(&mut self, simd: S, i: usize, j: usize) {
        let Product { a, b, write, c, stride } = self;
        let n = b.columns();
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
        let row = b.panel::<S, N, WHOLE>(simd, a.columns, j);
        if a.column_stride == 1 {
            let mut rows: [&[T]; M] = [&[]; M];
            for r in 0..M {
                rows[r] = &a.data[(i + r) * a.row_stride..][..a.columns];
            }
            for k in 0..a.columns {
                let b = row(k);
                for r in 0..M {
                    let factor = T::splat(simd, rows[r][k]);
                    for s in 0..N {
                        sums[r][s] = T::fused(simd, factor, b[s], sums[r][s]);
                    }
                }
            }
        } else {
            for k in 0..a.columns {
                let b = row(k);
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
