//! Matrix products, `C ← α·A·B + β·C`: where almost all of the arithmetic happens.
//!
//! Fast because `matrixmultiply` packs blocks of both operands into contiguous panels and multiplies them in registers, with
//! AVX-512, AVX2 or NEON kernels chosen at run time. It packs fastest when the reduction dimension is the outer one of both
//! operands in memory: `A` transposed, `B` as it is. Without the `std` feature the definition in [`naive`](super::naive)
//! does the work, since packing needs a heap.

use super::matrix::Matrix;
#[cfg(feature = "std")]
use crate::scalar::Precision;
use crate::scalar::Scalar;

/// `C ← A·B + β·C`, with `C` row-major. With `β = 0` what `C` held before is never read, NaN included.
///
/// # Panics
/// If the sizes do not fit together, or a matrix does not fit its slice.
#[inline]
pub fn gemm<T: Scalar>(a: Matrix<'_, T>, b: Matrix<'_, T>, beta: T, c: &mut [T]) {
    assert_eq!(a.columns, b.rows, "A has {} columns, B has {} rows", a.columns, b.rows);
    assert_eq!(c.len(), a.rows * b.columns, "C has to be {}×{}", a.rows, b.columns);
    assert!(a.is_inside() && b.is_inside(), "a matrix reaches beyond its slice");
    multiply(a, b, beta, c);
}

#[cfg(not(feature = "std"))]
use super::naive::gemm as multiply;

/// Hands the three checked matrices to `matrixmultiply`.
#[cfg(feature = "std")]
#[allow(unsafe_code)]
fn multiply<T: Scalar>(a: Matrix<'_, T>, b: Matrix<'_, T>, beta: T, c: &mut [T]) {
    let (m, k, n) = (a.rows, a.columns, b.columns);
    // Strides of checked matrices are below their slices' lengths, so they fit an isize.
    let [rsa, csa, rsb, csb, rsc] =
        [a.row_stride, a.column_stride, b.row_stride, b.column_stride, n].map(|stride| stride as isize);
    // SAFETY: `gemm` has checked that every entry of the three matrices lies inside its slice, and `c` is borrowed
    // mutably, so it overlaps neither `a` nor `b`. `Scalar` is sealed: `T` is f32 where the precision is single, f64 where
    // it is double, so the pointer casts change nothing.
    unsafe {
        match T::PRECISION {
            Precision::Single => {
                let (a, b, c) = (a.data.as_ptr().cast(), b.data.as_ptr().cast(), c.as_mut_ptr().cast());
                let beta = beta.into_f64() as f32;
                matrixmultiply::sgemm(m, k, n, 1.0, a, rsa, csa, b, rsb, csb, beta, c, rsc, 1);
            }
            Precision::Double => {
                let (a, b, c) = (a.data.as_ptr().cast(), b.data.as_ptr().cast(), c.as_mut_ptr().cast());
                let beta = beta.into_f64();
                matrixmultiply::dgemm(m, k, n, 1.0, a, rsa, csa, b, rsb, csb, beta, c, rsc, 1);
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

    #[test]
    fn a_product_by_hand() {
        // [1 2 3]   [1 0]   [ 4  5]
        // [4 5 6] · [0 1] = [10 11]
        //           [1 1]
        let (a, b) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
        let mut c = [f32::NAN; 4];
        gemm(Matrix::new(&a, 2, 3), Matrix::new(&b, 3, 2), 0.0, &mut c);
        assert_eq!(c, [4.0, 5.0, 10.0, 11.0]);
        gemm(Matrix::new(&a, 2, 3), Matrix::new(&b, 3, 2), 1.0, &mut c);
        assert_eq!(c, [8.0, 10.0, 20.0, 22.0]);
    }

    /// Small integers, so that sums are exact in any order and the two must agree to the last bit.
    fn integers<T: Scalar>(len: usize, seed: usize) -> Vec<T> {
        (0..len).map(|i| T::from_f64(((i * 7 + seed * 13) % 11) as f64 - 5.0)).collect()
    }

    fn agrees_with_the_definition<T: Scalar>() {
        for (m, k, n) in [(1, 1, 1), (1, 5, 3), (7, 1, 2), (3, 9, 17), (33, 20, 9), (8, 300, 5), (65, 33, 70)] {
            let (a, b) = (integers::<T>(m * k, 1), integers::<T>(k * n, 2));
            for (a_turned, b_turned) in [(false, false), (true, false), (false, true), (true, true)] {
                let a = if a_turned { Matrix::new(&a, k, m).transposed() } else { Matrix::new(&a, m, k) };
                let b = if b_turned { Matrix::new(&b, n, k).transposed() } else { Matrix::new(&b, k, n) };
                let (mut fast, mut defined) = (vec![T::nan(); m * n], vec![T::nan(); m * n]);
                gemm(a, b, T::zero(), &mut fast);
                naive::gemm(a, b, T::zero(), &mut defined);
                assert_eq!(fast, defined, "{m}×{k}×{n}, turned {a_turned} {b_turned}");
            }
        }
    }

    #[test]
    fn f32_agrees_with_the_definition() {
        agrees_with_the_definition::<f32>();
    }

    #[test]
    fn f64_agrees_with_the_definition() {
        agrees_with_the_definition::<f64>();
    }

    #[test]
    #[should_panic(expected = "A has 3 columns, B has 2 rows")]
    fn sizes_have_to_meet() {
        gemm(Matrix::new(&[0.0f32; 6], 2, 3), Matrix::new(&[0.0; 4], 2, 2), 0.0, &mut [0.0; 4]);
    }

    #[test]
    #[should_panic(expected = "beyond its slice")]
    fn strides_have_to_stay_inside() {
        let a = Matrix { data: &[0.0f32; 5], rows: 2, columns: 3, row_stride: 3, column_stride: 1 };
        gemm(a, Matrix::new(&[0.0; 3], 3, 1), 0.0, &mut [0.0; 2]);
    }
}
