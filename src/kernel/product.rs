//! Matrix products of operands that fit in cache: `C ← start + A·B`.
//!
//! Fast because it packs nothing. A GEMM copies both operands into panels first, which pays when every number is then used a
//! thousand times; the matrices of a small network are used some dozens of times, and are read here where they lie. A tile of
//! `C` stays in registers over the whole reduction: rows of it are numbers of `A`, each spread over a vector, times
//! vectors from a row of `B`. What the sum starts from, a bias for instance, costs no pass of its own.

use super::matrix::Matrix;
use crate::scalar::Scalar;
use crate::simd::{Arch, Simd, Vectors, WithSimd};

/// What a product is added to.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a, T> {
    /// Nothing: what `C` held before is never read, NaN included.
    Zero,
    /// What `C` holds.
    Kept,
    /// One number for each row of `C`.
    Rows(&'a [T]),
}

/// `c ← start + a·b`, where the rows of `b` are contiguous, those of `c` too and `stride` apart, and of `a` the rows or the
/// columns.
///
/// # Panics
/// If the sizes do not fit together, or numbers are not contiguous that have to be.
pub fn product<T: Scalar>(a: Matrix<'_, T>, b: Matrix<'_, T>, start: Start<'_, T>, c: &mut [T], stride: usize) {
    assert_eq!(a.columns, b.rows, "A has {} columns, B has {} rows", a.columns, b.rows);
    let (a, b) = (a.checked("A"), b.checked_rows("B"));
    assert!(a.row_stride == 1 || a.column_stride == 1, "rows or columns of A have to be contiguous");
    check(a.rows, b.columns, start, c.len(), stride);
    if a.rows > 0 && b.columns > 0 {
        Arch::new().dispatch(Product { a, b, start, c, stride });
    }
}

/// That a result of `rows` rows of `columns` numbers, `stride` apart, has room in `c` numbers without an overlap, and something to
/// start from.
///
/// # Panics
/// If not.
#[inline]
#[track_caller]
pub(super) fn check<T>(rows: usize, columns: usize, start: Start<'_, T>, c: usize, stride: usize) {
    assert!(columns <= stride, "rows of C, {columns} numbers long and {stride} apart, overlap");
    let needed = match rows.checked_sub(1) {
        Some(others) => others.checked_mul(stride).and_then(|others| others.checked_add(columns)),
        None => Some(0),
    };
    assert!(
        needed.is_some_and(|needed| needed <= c),
        "C has to be {rows}×{columns}, its rows {stride} apart, which {c} numbers have no room for"
    );
    if let Start::Rows(start) = start {
        assert_eq!(start.len(), rows, "one number to start from for each row of C");
    }
}

struct Product<'a, T> {
    a: Matrix<'a, T>,
    b: Matrix<'a, T>,
    start: Start<'a, T>,
    c: &'a mut [T],
    stride: usize,
}

impl<T: Scalar> WithSimd for Product<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let lanes = size_of::<T::Of<S>>() / size_of::<T>();
        let mut j = 0;
        // Sixteen registers hold the sums of a tile of 4×2 vectors, thirty-two those of 4×4.
        let widest = if S::REGISTER_COUNT < 32 { 2 } else { 4 };
        while j < self.b.columns {
            // The last panels share evenly what is left, so that none is a single vector.
            let left = self.b.columns - j;
            let vectors = left.div_ceil(lanes);
            let width =
                if vectors > widest && vectors < 2 * widest { vectors.div_ceil(2) } else { vectors.min(widest) };
            let whole = width * lanes <= left;
            match (width, whole) {
                (4, true) => self.panel::<S, 4, true>(simd, j),
                (4, false) => self.panel::<S, 4, false>(simd, j),
                (3, true) => self.panel::<S, 3, true>(simd, j),
                (3, false) => self.panel::<S, 3, false>(simd, j),
                (2, true) => self.panel::<S, 2, true>(simd, j),
                (2, false) => self.panel::<S, 2, false>(simd, j),
                (_, true) => self.panel::<S, 1, true>(simd, j),
                (_, false) => self.panel::<S, 1, false>(simd, j),
            }
            j += width * lanes;
        }
    }
}

impl<T: Scalar> Product<'_, T> {
    /// All rows of `C`, in `N` vectors from column `j`; the last vector is whole, or not.
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

    /// `M` rows of `C` from row `i`, in `N` vectors from column `j`.
    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // indices show which rows meet which
    fn tile<S: Simd, const M: usize, const N: usize, const WHOLE: bool>(&mut self, simd: S, i: usize, j: usize) {
        let Product { a, b, start, c, stride } = self;
        let n = b.columns;
        let mut sums = [[T::splat(simd, T::zero()); N]; M];
        match *start {
            Start::Zero => {}
            Start::Kept => {
                for r in 0..M {
                    sums[r] = load::<S, T, N, WHOLE>(simd, &c[(i + r) * *stride..][j..n]);
                }
            }
            Start::Rows(rows) => {
                for r in 0..M {
                    sums[r] = [T::splat(simd, rows[i + r]); N];
                }
            }
        }
        if a.column_stride == 1 {
            let rows: [&[T]; M] = core::array::from_fn(|r| &a.data[(i + r) * a.row_stride..][..a.columns]);
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

/// The first `N` vectors of a row; the last of them is whole, or all that is left of the row.
#[inline(always)]
pub(super) fn load<S: Simd, T: Vectors, const N: usize, const WHOLE: bool>(simd: S, row: &[T]) -> [T::Of<S>; N] {
    let lanes = size_of::<T::Of<S>>() / size_of::<T>();
    if WHOLE {
        let (vectors, _) = T::split::<S>(&row[..N * lanes]);
        core::array::from_fn(|s| vectors[s])
    } else {
        let (vectors, rest) = T::split::<S>(row);
        core::array::from_fn(|s| if s + 1 < N { vectors[s] } else { T::load(simd, rest) })
    }
}

/// Writes what [`load`] would read.
#[inline(always)]
pub(super) fn store<S: Simd, T: Vectors, const N: usize, const WHOLE: bool>(
    simd: S,
    row: &mut [T],
    values: [T::Of<S>; N],
) {
    let lanes = size_of::<T::Of<S>>() / size_of::<T>();
    if WHOLE {
        let (vectors, _) = T::split_mut::<S>(&mut row[..N * lanes]);
        vectors.copy_from_slice(&values);
    } else {
        let (vectors, rest) = T::split_mut::<S>(row);
        vectors.copy_from_slice(&values[..N - 1]);
        T::store(simd, rest, values[N - 1]);
    }
}
