//! The transpose of a matrix.
//!
//! Fast because it transposes squares of 4×4 numbers in registers, as many at a time as there are in a vector: four rows are read, and
//! four adjacent numbers of a column are written at once. Where a matrix is too small for that, for `f64`, and for vectors of eight, it
//! reads one value of eight rows each and writes them.

use core::array::from_fn;

use bytemuck::cast_slice;

use super::matrix::Matrix;
use crate::scalar::{Precision, Scalar};
use crate::simd::{Arch, Simd, WithSimd};

const ROWS: usize = 8;

/// `transposed[j, i] = matrix[i, j]` for a matrix whose rows are contiguous.
///
/// # Panics
/// If the sizes are inconsistent, a row reaches beyond its slice, or rows are not contiguous.
#[inline]
pub fn transpose<T: Scalar>(matrix: Matrix<'_, T>, transposed: &mut [T]) {
    let Matrix { rows, columns, .. } = matrix;
    assert_eq!(Some(transposed.len()), rows.checked_mul(columns), "the transpose has to be {columns}×{rows}");
    transpose_strided(matrix, transposed, rows);
}

/// [`transpose`] into rows that begin `stride` apart; what is between them stays as it is.
///
/// # Panics
/// If the sizes are inconsistent, a row reaches beyond its slice, or rows are not contiguous.
#[inline(never)]
pub(super) fn transpose_strided<T: Scalar>(matrix: Matrix<'_, T>, transposed: &mut [T], stride: usize) {
    let matrix = matrix.checked_rows("the matrix");
    let Matrix { rows, columns, .. } = matrix;
    if rows == 0 || columns == 0 {
        return;
    }
    let needed = (columns - 1).checked_mul(stride).and_then(|others| others.checked_add(rows));
    assert!(
        rows <= stride && needed.is_some_and(|needed| needed <= transposed.len()),
        "the transpose, {columns}×{rows} with rows {stride} apart, does not fit in {} numbers",
        transposed.len()
    );
    if !Arch::new().dispatch(Squares { matrix, transposed, stride }) {
        // Not inside, where wider vectors would gather what is read faster number by number.
        one_by_one(matrix, transposed, stride);
    }
}

/// A transpose whose sizes have been checked, in squares. Its output is whether it can be done so.
struct Squares<'a, T> {
    matrix: Matrix<'a, T>,
    transposed: &'a mut [T],
    stride: usize,
}

impl<T: Scalar> WithSimd for Squares<'_, T> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> bool {
        let Squares { matrix, transposed, stride } = self;
        let (Matrix { rows, columns, .. }, lanes) = (matrix, size_of::<T::Of<S>>() / size_of::<T>());
        let is_fast = matches!(T::PRECISION, Precision::Single) && matches!(lanes, 4 | 16);
        if !is_fast || rows < 4 || columns < lanes {
            return false;
        }
        // The last four rows and the last columns may overlap those before: some numbers are then written twice.
        for i in (0..rows).step_by(4).map(|i| i.min(rows - 4)) {
            let lines: [&[T]; 4] = from_fn(|r| matrix.row(i + r));
            for j in (0..columns).step_by(lanes).map(|j| j.min(columns - lanes)) {
                let rows: [T::Of<S>; 4] = from_fn(|r| T::split::<S>(&lines[r][j..][..lanes]).0[0]);
                let squares = T::transpose_squares(simd, rows);
                for (k, square) in squares.iter().enumerate() {
                    let numbers: &[T] = cast_slice(core::slice::from_ref(square));
                    for (q, column) in numbers.as_chunks::<4>().0.iter().enumerate() {
                        transposed[(j + 4 * q + k) * stride + i..][..4].copy_from_slice(column);
                    }
                }
            }
        }
        true
    }
}

fn one_by_one<T: Scalar>(matrix: Matrix<'_, T>, transposed: &mut [T], stride: usize) {
    let whole = matrix.rows / ROWS * ROWS;
    for i in (0..whole).step_by(ROWS) {
        let lines: [&[T]; ROWS] = from_fn(|r| matrix.row(i + r));
        for (j, transposed) in transposed.chunks_mut(stride).take(matrix.columns).enumerate() {
            transposed[i..i + ROWS].copy_from_slice(&from_fn::<T, ROWS, _>(|r| lines[r][j]));
        }
    }
    for i in whole..matrix.rows {
        for (j, &number) in matrix.row(i).iter().enumerate() {
            transposed[j * stride + i] = number;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    #[test]
    fn rows_become_columns() {
        all_agree::<f32>();
        all_agree::<f64>();
    }

    fn all_agree<T: Scalar>() {
        for (rows, columns) in (1..20).flat_map(|rows| (1..40).map(move |columns| (rows, columns))) {
            for (apart, stride) in [(columns, rows), (columns + 3, rows + 2)] {
                let data: Vec<T> = (0..rows * apart).map(|i| T::from_usize(i)).collect();
                let mut transposed = vec![T::nan(); columns * stride];
                transpose_strided(Matrix::strided(&data, rows, columns, apart), &mut transposed, stride);
                for (at, number) in transposed.into_iter().enumerate() {
                    let (j, i) = (at / stride, at % stride);
                    let is_right = if i < rows { number == data[i * apart + j] } else { number.is_nan() };
                    assert!(is_right, "{rows}×{columns}, {number} in row {j}, column {i}");
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "does not fit in 7 numbers")]
    fn the_transpose_has_to_have_room() {
        transpose_strided(Matrix::new(&[0.0f32; 6], 2, 3), &mut [0.0; 7], 3);
    }
}
