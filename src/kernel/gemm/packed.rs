//! Products of large operands, by `matrixmultiply`.
//!
//! Fast because it packs: blocks of both operands are copied into contiguous panels, so that every use of a panel reads it from
//! cache. With [im2col](super::super::im2col) it is the textbook convolution.

use super::super::matrix::Matrix;
use super::{Write, check};
use crate::scalar::{Precision, Scalar};

/// As [`gemm`](super::gemm), for matrices with any strides. It packs fastest when the reduction dimension is the outer one of
/// both operands in memory: `A` transposed, `B` as it is.
///
/// # Panics
/// If the sizes are inconsistent.
#[allow(unsafe_code)]
pub fn gemm<T: Scalar>(a: Matrix<'_, T>, b: Matrix<'_, T>, write: Write<'_, T>, c: &mut [T], stride: usize) {
    assert_eq!(a.columns, b.rows, "A has {} columns, B has {} rows", a.columns, b.rows);
    let (a, b) = (a.checked("A"), b.checked("B"));
    let (m, k, n) = (a.rows, a.columns, b.columns);
    check(m, n, write, c.len(), stride);
    if m == 0 || n == 0 {
        return;
    }
    if let Write::Bias(bias) = write {
        for (c, &bias) in c.chunks_mut(stride).zip(bias) {
            c[..n].fill(bias);
        }
    }
    let beta = if let Write::Overwrite = write { 0.0 } else { 1.0 };
    // A stride between two entries is less than the length of the slice, so it fits in an isize. With one entry the stride is
    // unused and may have any value.
    let step = |count: usize, stride: usize| if count > 1 { stride as isize } else { 0 };
    let (rsa, csa, rsb, csb) =
        (step(m, a.row_stride), step(k, a.column_stride), step(k, b.row_stride), step(n, b.column_stride));
    let rsc = step(m, stride);
    // SAFETY: The checks have verified, in arithmetic that cannot overflow, that every entry of the three matrices is inside its
    // slice and that the rows of C do not overlap; the strides reach such entries only. If k is 0, A and B have no entries and
    // are not read. `c` is borrowed mutably, so it overlaps neither `a` nor `b`. `Scalar` is sealed: `T` is f32 where the
    // precision is single and f64 where it is double, so the pointer casts do not change the type.
    unsafe {
        match T::PRECISION {
            Precision::Single => {
                let (a, b, c) = (a.data.as_ptr().cast(), b.data.as_ptr().cast(), c.as_mut_ptr().cast());
                matrixmultiply::sgemm(m, k, n, 1.0, a, rsa, csa, b, rsb, csb, beta as f32, c, rsc, 1);
            }
            Precision::Double => {
                let (a, b, c) = (a.data.as_ptr().cast(), b.data.as_ptr().cast(), c.as_mut_ptr().cast());
                matrixmultiply::dgemm(m, k, n, 1.0, a, rsa, csa, b, rsb, csb, beta, c, rsc, 1);
            }
        }
    }
}
