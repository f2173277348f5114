//! Products of operands that fit in cache.
//!
//! Fast because it packs nothing. A packed GEMM copies both operands into panels first, which pays when every number is then
//! used a thousand times; the matrices of a small network are used some dozens of times, and are read here where they lie. A tile
//! of `C` stays in registers over the whole reduction: rows of it are numbers of `A`, each spread over a vector, times vectors
//! from a row of `B`. What the sum starts from, a bias for instance, costs no pass of its own.

use core::array::from_fn;

use super::super::matrix::Matrix;
use super::{Panels, Write, check, load, store};
use crate::scalar::Scalar;
use crate::simd::{Arch, Simd, WithSimd};

/// As [`gemm`](super::gemm): `C ← A·B`, where the rows of `b` are contiguous, those of `c` too and `stride` apart, and of `a` the
/// rows or the columns.
///
/// # Panics
/// If the sizes do not fit together, or numbers are not contiguous that have to be.
pub fn gemm<T: Scalar>(a: Matrix<'_, T>, b: Matrix<'_, T>, write: Write<'_, T>, c: &mut [T], stride: usize) {
    assert_eq!(a.columns, b.rows, "A has {} columns, B has {} rows", a.columns, b.rows);
    let (a, b) = (a.checked("A"), b.checked_rows("B"));
    assert!(a.row_stride == 1 || a.column_stride == 1, "rows or columns of A have to be contiguous");
    check(a.rows, b.columns, write, c.len(), stride);
    if a.rows > 0 && b.columns > 0 {
        Arch::new().dispatch(Product { a, b, write, c, stride });
    }
}

/// A right-hand matrix `B`, as a product reads it: vectors of one of its rows at a time.
pub(super) trait Rows<T: Scalar>: Copy {
    /// Whether its rows are known to be whole vectors.
    const WHOLE: bool;

    /// How many numbers a row has.
    fn columns(&self) -> usize;

    /// Reads `N` vectors of a row `k < depth` from column `j` on; the last one is whole, or what is left of the row.
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

/// The product, once all sizes are known to fit together.
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
    /// `M` rows of `C` from row `i`, in `N` vectors from column `j`.
    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // indices show which rows meet which
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
            let rows: [&[T]; M] = from_fn(|r| &a.data[(i + r) * a.row_stride..][..a.columns]);
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
