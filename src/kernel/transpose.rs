//! The transpose of a matrix.
//!
//! Fast because it transposes squares of 4×4 numbers in registers, as many at a time as there are in a vector. Sixteen rows are read, so
//! that sixteen adjacent numbers of a column, a line of the cache, are written at once, with AVX-512 in one vector; then four rows at a
//! time. Where a matrix is too small for that, and for `f64`, it goes number by number, eight rows at a time.

use core::array::from_fn;

use bytemuck::cast_slice;

use super::matrix::Matrix;
use crate::scalar::{Precision, Scalar};
use crate::simd::{Arch, Simd, WithSimd, transpose_quarters};

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
#[inline]
pub(super) fn transpose_strided<T: Scalar>(matrix: Matrix<'_, T>, transposed: &mut [T], stride: usize) {
    transpose_each(1, (matrix, 0), (transposed, stride, 0));
}

/// [`transpose_strided`] of `count` matrices: each begins `from_step` numbers after the one before, and its transpose `to_step`.
///
/// One call for all of them: a call reads what its caller has just written piece by piece, and for that a processor waits until all its
/// earlier writes are in cache.
///
/// # Panics
/// As [`transpose_strided`], for any of them.
#[inline(never)]
pub(super) fn transpose_each<T: Scalar>(
    count: usize,
    (matrix, from_step): (Matrix<'_, T>, usize),
    (transposed, stride, to_step): (&mut [T], usize, usize),
) {
    let matrix = matrix.checked_rows("the matrix");
    let Matrix { rows, columns, row_stride, .. } = matrix;
    if count == 0 || rows == 0 || columns == 0 {
        return;
    }
    let needed = |step: usize, rows: usize, stride: usize, columns: usize| {
        let others = (count - 1).checked_mul(step)?.checked_add((rows - 1).checked_mul(stride)?);
        others.and_then(|others| others.checked_add(columns))
    };
    assert!(
        needed(from_step, rows, row_stride, columns).is_some_and(|needed| needed <= matrix.data.len()),
        "{count} matrices of {rows}×{columns}, {from_step} apart, reach beyond {} numbers",
        matrix.data.len()
    );
    assert!(
        rows <= stride && needed(to_step, columns, stride, rows).is_some_and(|needed| needed <= transposed.len()),
        "the transpose, {columns}×{rows} with rows {stride} apart, does not fit in {} numbers",
        transposed.len()
    );
    if !Arch::new().dispatch(Squares { count, matrix, from_step, transposed, stride, to_step }) {
        // Not inside, where wider vectors would gather what is read faster number by number.
        for n in 0..count {
            let matrix = Matrix { data: &matrix.data[n * from_step..], ..matrix };
            one_by_one(matrix, &mut transposed[n * to_step..], stride);
        }
    }
}

/// Transposes whose sizes have been checked, in squares. The output is whether it can be done so.
struct Squares<'a, T> {
    count: usize,
    matrix: Matrix<'a, T>,
    from_step: usize,
    transposed: &'a mut [T],
    stride: usize,
    to_step: usize,
}

impl<T: Scalar> WithSimd for Squares<'_, T> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) -> bool {
        let (Matrix { rows, columns, .. }, lanes) = (self.matrix, T::lanes::<S>());
        let is_fast = matches!(T::PRECISION, Precision::Single) && lanes >= 4;
        if !is_fast || rows < 4 || columns < lanes {
            return false;
        }
        // The last rows and the last columns may overlap those before: some numbers are then written twice.
        for n in 0..self.count {
            let mut i = 0;
            while i < rows {
                let left = rows - i;
                if left > 4 && rows >= 16 {
                    self.squares::<S, 4>(simd, n, i.min(rows - 16));
                    i += 16;
                } else {
                    self.squares::<S, 1>(simd, n, i.min(rows - 4));
                    i += 4;
                }
            }
        }
        true
    }
}

impl<T: Scalar> Squares<'_, T> {
    /// Transposes `4·G` rows of matrix `n`, from row `i`.
    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // indices show what is exchanged
    fn squares<S: Simd, const G: usize>(&mut self, simd: S, n: usize, i: usize) {
        let (Matrix { data, columns, row_stride, .. }, stride) = (self.matrix, self.stride);
        let lanes = T::lanes::<S>();
        let from = &data[n * self.from_step + i * row_stride..];
        let to = &mut self.transposed[n * self.to_step + i..];
        let mut next = 0;
        while next < columns {
            let j = next.min(columns - lanes);
            let mut squares = [[T::splat(simd, T::zero()); 4]; G];
            for g in 0..G {
                let mut rows = squares[g];
                for r in 0..4 {
                    rows[r] = T::split::<S>(&from[(4 * g + r) * row_stride + j..][..lanes]).0[0];
                }
                squares[g] = T::transpose_squares(simd, rows);
            }
            for k in 0..4 {
                // Whole lines of sixteen rows, where vectors have four quarters.
                if G == 4
                    && let Some(columns) = transpose_quarters(simd, from_fn(|g| squares[g % G][k]))
                {
                    for q in 0..4 {
                        let column = &mut to[(j + 4 * q + k) * stride..][..lanes];
                        T::split_mut::<S>(column).0[0] = columns[q];
                    }
                    continue;
                }
                for q in 0..lanes / 4 {
                    let column = &mut to[(j + 4 * q + k) * stride..][..4 * G];
                    for g in 0..G {
                        let numbers: &[T] = cast_slice(core::slice::from_ref(&squares[g][k]));
                        column[4 * g..][..4].copy_from_slice(&numbers[4 * q..][..4]);
                    }
                }
            }
            next += lanes;
        }
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
        for (rows, columns) in (1..38).flat_map(|rows| (1..40).map(move |columns| (rows, columns))) {
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

    /// The lines of an image with three channels: between its planes, and in a wider image with channels last.
    #[test]
    fn each_has_its_place() {
        let (lines, channels, width) = (5, 3, 18);
        let data: Vec<f32> = (0..lines * channels * width).map(|i| i as f32).collect();
        let mut image = vec![f32::NAN; lines * (width + 2) * channels];
        let first = Matrix::strided(&data, channels, width, lines * width);
        transpose_each(lines, (first, width), (&mut image, channels, (width + 2) * channels));
        for (at, &number) in image.iter().enumerate() {
            let (y, x, c) = (at / channels / (width + 2), at / channels % (width + 2), at % channels);
            assert!(if x < width { number == data[(c * lines + y) * width + x] } else { number.is_nan() });
        }
    }

    #[test]
    #[should_panic(expected = "5 matrices of 2×3, 6 apart, reach beyond 29 numbers")]
    fn each_matrix_has_to_be_there() {
        transpose_each(5, (Matrix::strided(&[0.0f32; 29], 2, 3, 3), 6), (&mut [0.0; 30], 2, 6));
    }

    #[test]
    #[should_panic(expected = "does not fit in 7 numbers")]
    fn the_transpose_has_to_have_room() {
        transpose_strided(Matrix::new(&[0.0f32; 6], 2, 3), &mut [0.0; 7], 3);
    }
}
