//! Matrix products, `C ← start + A·B`: where almost all of the arithmetic happens.
//!
//! There are two ways. Operands that stay in cache are multiplied where they lie, by [`product`](mod@super::product). Large ones
//! go to `matrixmultiply`, which packs blocks of both into contiguous panels, so that a panel is read from cache as often as
//! it is used. Without the `std` feature there is the first way only: packing needs a heap.

use super::matrix::Matrix;
use super::product::{Start, product};
use crate::scalar::Scalar;
#[cfg(feature = "std")]
use crate::shape::volume;

/// `C ← start + A·B`; the rows of `b` and `c` are contiguous, those of `c` are `stride` apart, and of `a` the rows or columns
/// are contiguous.
///
/// # Panics
/// If the sizes do not fit together, or numbers are not contiguous that have to be.
#[inline]
pub fn gemm<T: Scalar>(a: Matrix<'_, T>, b: Matrix<'_, T>, start: Start<'_, T>, c: &mut [T], stride: usize) {
    #[cfg(feature = "std")]
    if leaves_cache(&a, &b) {
        return packed::gemm(a, b, start, c, stride);
    }
    product(a, b, start, c, stride);
}

/// Whether the operands are so large that packing them pays.
#[cfg(feature = "std")]
fn leaves_cache<T>(a: &Matrix<'_, T>, b: &Matrix<'_, T>) -> bool {
    /// A product keeps a panel of `B` in cache, a few vectors wide, if it is not higher than this.
    const PANEL: usize = 2048;
    /// And a `B` of up to this many bytes, whatever its shape.
    const SMALL: usize = 1 << 20;
    /// It writes `C` panel by panel, which are too far apart in memory in one of more bytes than this.
    const LARGE: usize = 16 << 20;
    let bytes = |rows: usize, columns: usize| volume!(size_of::<T>(), rows, columns);
    (b.rows > PANEL && bytes(b.rows, b.columns) > SMALL) || bytes(a.rows, b.columns) > LARGE
}

/// The way for large operands.
#[cfg(feature = "std")]
pub mod packed {
    use super::super::product::check;
    use super::*;
    use crate::scalar::Precision;

    /// As [`gemm`](super::gemm), by `matrixmultiply`, for matrices of any strides. It packs fastest when the reduction
    /// dimension is the outer one of both operands in memory: `A` transposed, `B` as it is.
    ///
    /// # Panics
    /// If the sizes do not fit together.
    #[allow(unsafe_code)]
    pub fn gemm<T: Scalar>(a: Matrix<'_, T>, b: Matrix<'_, T>, start: Start<'_, T>, c: &mut [T], stride: usize) {
        assert_eq!(a.columns, b.rows, "A has {} columns, B has {} rows", a.columns, b.rows);
        let (a, b) = (a.checked("A"), b.checked("B"));
        let (m, k, n) = (a.rows, a.columns, b.columns);
        check(m, n, start, c.len(), stride);
        if m == 0 || n == 0 {
            return;
        }
        if let Start::Rows(rows) = start {
            for (c, &start) in c.chunks_mut(stride).zip(rows) {
                c[..n].fill(start);
            }
        }
        let beta = if let Start::Zero = start { 0.0 } else { 1.0 };
        // A stride that leads from one entry to another is below the length of a slice, so it fits an isize. One that leads
        // nowhere may be anything.
        let step = |count: usize, stride: usize| if count > 1 { stride as isize } else { 0 };
        let (rsa, csa, rsb, csb) =
            (step(m, a.row_stride), step(k, a.column_stride), step(k, b.row_stride), step(n, b.column_stride));
        let rsc = step(m, stride);
        // SAFETY: The checks have made sure, in numbers that do not wrap around, that every entry of the three matrices lies
        // inside its slice and the rows of C do not overlap; all three strides lead to such entries only. If k is 0, A and B
        // have none and are not read. `c` is borrowed mutably, so it overlaps neither `a` nor `b`. `Scalar` is sealed: `T` is
        // f32 where the precision is single, f64 where it is double, so the pointer casts change nothing.
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
}

#[cfg(test)]
mod tests {
    use super::super::naive;
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    type Way<T> = fn(Matrix<'_, T>, Matrix<'_, T>, Start<'_, T>, &mut [T], usize);

    /// Small integers, so that sums are exact in any order and the two must agree to the last bit.
    fn integers<T: Scalar>(len: usize, seed: usize) -> Vec<T> {
        (0..len).map(|i| T::from_f64(((i * 7 + seed * 13) % 11) as f64 - 5.0)).collect()
    }

    /// Sizes above and below every tile and vector, `A` as it is and turned around, rows of `C` apart, all starts.
    fn agrees_with_the_definition<T: Scalar>(gemm: Way<T>) {
        let sizes = [(1, 1, 1), (1, 5, 3), (7, 1, 2), (3, 9, 17), (33, 20, 9), (8, 300, 5), (65, 33, 70), (5, 4, 150)];
        for ((m, k, n), gap) in sizes.into_iter().flat_map(|size| [(size, 0), (size, 3)]) {
            let (a, b, rows) = (integers::<T>(m * k, 1), integers::<T>(k * n, 2), integers::<T>(m, 3));
            let b = Matrix::new(&b, k, n);
            for a in [Matrix::new(&a, m, k), Matrix::new(&a, k, m).transposed()] {
                for start in [Start::Zero, Start::Kept, Start::Rows(&rows)] {
                    let (stride, before) = (n + gap, integers::<T>(m * (n + gap), 4));
                    let mut found = if let Start::Zero = start { vec![T::nan(); m * stride] } else { before.clone() };
                    gemm(a, b, start, &mut found, stride);

                    let mut product = vec![T::nan(); m * n];
                    naive::gemm(a, b, T::zero(), &mut product);
                    for (i, row) in found.chunks(stride).enumerate() {
                        for (j, &found) in row[..n].iter().enumerate() {
                            let start = match start {
                                Start::Zero => T::zero(),
                                Start::Kept => before[i * stride + j],
                                Start::Rows(rows) => rows[i],
                            };
                            assert_eq!(found, product[i * n + j] + start, "{m}×{k}×{n}, gap {gap}, [{i}, {j}]");
                        }
                        let untouched = row[n..].iter().zip(&before[i * stride + n..]);
                        assert!(untouched.into_iter().all(|(a, b)| a == b || a.is_nan()), "between the rows");
                    }
                }
            }
        }
    }

    #[test]
    fn a_product_where_it_lies_agrees() {
        agrees_with_the_definition::<f32>(product);
        agrees_with_the_definition::<f64>(product);
    }

    #[cfg(feature = "std")]
    #[test]
    fn a_packed_product_agrees() {
        agrees_with_the_definition::<f32>(packed::gemm);
        agrees_with_the_definition::<f64>(packed::gemm);
    }

    #[test]
    fn large_operands_take_the_other_way() {
        let (a, b) = (integers::<f32>(3 * 2100, 1), integers::<f32>(2100 * 130, 2));
        let (a, b) = (Matrix::new(&a, 3, 2100), Matrix::new(&b, 2100, 130));
        let (mut found, mut defined) = ([f32::NAN; 390], [f32::NAN; 390]);
        gemm(a, b, Start::Zero, &mut found, 130);
        naive::gemm(a, b, 0.0, &mut defined);
        assert_eq!(found, defined);
    }

    #[test]
    #[should_panic(expected = "A has 3 columns, B has 2 rows")]
    fn sizes_have_to_meet() {
        gemm(Matrix::new(&[0.0f32; 6], 2, 3), Matrix::new(&[0.0; 4], 2, 2), Start::Zero, &mut [0.0; 4], 2);
    }

    #[test]
    #[should_panic(expected = "beyond its slice")]
    fn strides_have_to_stay_inside() {
        let a = Matrix { data: &[0.0f32; 5], rows: 2, columns: 3, row_stride: 3, column_stride: 1 };
        gemm(a, Matrix::new(&[0.0; 3], 3, 1), Start::Zero, &mut [0.0; 2], 1);
    }

    #[test]
    #[should_panic(expected = "C has to be 2×2")]
    fn the_result_has_to_have_room() {
        gemm(Matrix::new(&[0.0f32; 2], 2, 1), Matrix::new(&[0.0; 2], 1, 2), Start::Zero, &mut [0.0; 4], 3);
    }
}
