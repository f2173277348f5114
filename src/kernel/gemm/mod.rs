//! Matrix products: almost all of the arithmetic. There is one file for each way to compute them.
//!
//! | | computes | fast because | for |
//! |---|---|---|---|
//! | [`unpacked::gemm`] | `A·B` | nothing is copied | operands that stay in cache |
//! | [`packed::gemm`] | `A·B` | `matrixmultiply` packs both operands into panels | large operands |
//! | [`implicit::gemm`] | `A·im2col(x)` | the matrix of patches is never written | convolutions |
//! | [`im2row::gemm`] | `im2row(x)·B` | vectors lie along the columns of `B`, so nothing depends on the width of the image | convolutions with many filters |
//! | [`nt::add_gemm_nt`] | `A·Bᵀ` | both operands are read along their rows | long rows, few of them |
//! | [`Pattern::multiply`](super::sparse::Pattern::multiply) | `S·B` | zeros are skipped | gradients after a pooling |
//!
//! [`gemm`] chooses between the first two. Packing is available with the `std` feature only, and
//! not with `portable`. [`Write`] says whether a product
//! overwrites its result or accumulates into it.

use super::matrix::Matrix;
use crate::scalar::Scalar;
#[cfg(all(feature = "std", not(feature = "portable")))]
use crate::shape::volume;

mod crowded;
pub mod im2row;
pub mod implicit;
pub mod nt;
#[cfg(feature = "std")]
pub mod packed;
mod panels;
pub mod unpacked;

pub(super) use panels::{Panels, load, store};

/// How a product is written to its result `C`: the β of BLAS, or a bias.
#[derive(Clone, Copy, Debug)]
pub enum Write<'a, T> {
    /// `C ← A·B` (β = 0): the old contents of `C` are never read, so they may be NaN.
    Overwrite,
    /// `C ← C + A·B` (β = 1).
    Accumulate,
    /// `C ← bias + A·B`, with one bias for each row of `C`.
    Bias(&'a [T]),
}

/// Computes `A·B` and writes it to `C` as `write` says. The rows of `b` and `c` are contiguous, those of `c` are `stride` apart,
/// and the rows or the columns of `a` are contiguous.
///
/// # Panics
/// If the sizes are inconsistent, or values that must be contiguous are not.
#[inline]
pub fn gemm<T: Scalar>(a: Matrix<'_, T>, b: Matrix<'_, T>, write: Write<'_, T>, c: &mut [T], stride: usize) {
    #[cfg(all(feature = "std", not(feature = "portable")))]
    if leaves_cache(&a, &b) {
        return packed::gemm(a, b, write, c, stride);
    }
    unpacked::gemm(a, b, write, c, stride);
}

/// Whether the operands are so large that packing them pays off.
#[cfg(all(feature = "std", not(feature = "portable")))]
fn leaves_cache<T>(a: &Matrix<'_, T>, b: &Matrix<'_, T>) -> bool {
    /// An unpacked product keeps a panel of `B`, a few vectors wide, in cache if it has no more rows than this.
    const PANEL: usize = 2048;
    /// A `B` of up to this many bytes stays in cache, whatever its shape.
    const SMALL: usize = 1 << 20;
    /// An unpacked product writes `C` panel by panel. In a `C` of more bytes than this, the rows of a panel are too far apart.
    const LARGE: usize = 16 << 20;
    let bytes = |rows: usize, columns: usize| volume!(size_of::<T>(), rows, columns);
    (b.rows > PANEL && bytes(b.rows, b.columns) > SMALL) || bytes(a.rows, b.columns) > LARGE
}

/// Checks that a result of `rows` rows of `columns` values, `stride` apart, fits in `c` values without overlap, and that there
/// is one bias for each row, if any.
///
/// # Panics
/// If the result does not fit, its rows overlap, or the number of biases is wrong.
#[inline]
#[track_caller]
pub(super) fn check<T>(rows: usize, columns: usize, write: Write<'_, T>, c: usize, stride: usize) {
    assert!(columns <= stride, "rows of C, {columns} numbers long and {stride} apart, overlap");
    let needed = match rows.checked_sub(1) {
        Some(others) => others.checked_mul(stride).and_then(|others| others.checked_add(columns)),
        None => Some(0),
    };
    assert!(
        needed.is_some_and(|needed| needed <= c),
        "C has to be {rows}×{columns}, its rows {stride} apart, which does not fit in {c} values"
    );
    if let Write::Bias(bias) = write {
        assert_eq!(bias.len(), rows, "one bias for each row of C");
    }
}

#[cfg(test)]
mod tests {
    use super::super::naive;
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    type Gemm<T> = fn(Matrix<'_, T>, Matrix<'_, T>, Write<'_, T>, &mut [T], usize);

    /// Small integers, so that sums are exact in any order and both results must agree to the last bit.
    fn integers<T: Scalar>(len: usize, seed: usize) -> Vec<T> {
        (0..len).map(|i| T::from_f64(((i * 7 + seed * 13) % 11) as f64 - 5.0)).collect()
    }

    /// Tests sizes above and below every tile and vector, `A` as it is and transposed, gaps between rows of `C`, and every [`Write`].
    fn agrees_with_the_definition<T: Scalar>(gemm: Gemm<T>) {
        let sizes = [(1, 1, 1), (1, 5, 3), (7, 1, 2), (3, 9, 17), (33, 20, 9), (8, 300, 5), (65, 33, 70), (5, 4, 150)];
        for ((m, k, n), gap) in sizes.into_iter().flat_map(|size| [(size, 0), (size, 3)]) {
            let (a, b, bias) = (integers::<T>(m * k, 1), integers::<T>(k * n, 2), integers::<T>(m, 3));
            let b = Matrix::new(&b, k, n);
            for a in [Matrix::new(&a, m, k), Matrix::new(&a, k, m).transposed()] {
                for write in [Write::Overwrite, Write::Accumulate, Write::Bias(&bias)] {
                    let before = match write {
                        Write::Accumulate => integers::<T>(m * (n + gap), 4),
                        Write::Overwrite | Write::Bias(_) => vec![T::nan(); m * (n + gap)],
                    };
                    let (mut found, mut defined) = (before.clone(), before);
                    gemm(a, b, write, &mut found, n + gap);
                    naive::gemm(a, b, write, &mut defined, n + gap);
                    // The gaps between the rows keep their contents, NaN included.
                    let same = found.iter().zip(&defined).all(|(a, b)| a == b || (a.is_nan() && b.is_nan()));
                    assert!(same, "{m}×{k}×{n}, gap {gap}, {write:?}: found {found:?}, defined {defined:?}");
                }
            }
        }
    }

    #[test]
    fn an_unpacked_product_agrees() {
        agrees_with_the_definition::<f32>(unpacked::gemm);
        agrees_with_the_definition::<f64>(unpacked::gemm);
    }

    #[cfg(feature = "std")]
    #[test]
    fn a_packed_product_agrees() {
        agrees_with_the_definition::<f32>(packed::gemm);
        agrees_with_the_definition::<f64>(packed::gemm);
    }

    #[test]
    fn large_operands_agree() {
        let (a, b) = (integers::<f32>(3 * 2100, 1), integers::<f32>(2100 * 130, 2));
        let (a, b) = (Matrix::new(&a, 3, 2100), Matrix::new(&b, 2100, 130));
        let (mut found, mut defined) = ([f32::NAN; 390], [f32::NAN; 390]);
        gemm(a, b, Write::Overwrite, &mut found, 130);
        naive::gemm(a, b, Write::Overwrite, &mut defined, 130);
        assert_eq!(found, defined);
    }

    #[test]
    #[should_panic(expected = "A has 3 columns, B has 2 rows")]
    fn sizes_have_to_meet() {
        gemm(Matrix::new(&[0.0f32; 6], 2, 3), Matrix::new(&[0.0; 4], 2, 2), Write::Overwrite, &mut [0.0; 4], 2);
    }

    #[test]
    #[should_panic(expected = "beyond its slice")]
    fn strides_have_to_stay_inside() {
        let a = Matrix { data: &[0.0f32; 5], rows: 2, columns: 3, row_stride: 3, column_stride: 1 };
        gemm(a, Matrix::new(&[0.0; 3], 3, 1), Write::Overwrite, &mut [0.0; 2], 1);
    }

    #[test]
    #[should_panic(expected = "C has to be 2×2")]
    fn the_result_has_to_have_room() {
        gemm(Matrix::new(&[0.0f32; 2], 2, 1), Matrix::new(&[0.0; 2], 1, 2), Write::Overwrite, &mut [0.0; 4], 3);
    }
}
