//! The transpose of a matrix.
//!
//! Fast because it works on eight rows at a time: it reads one value of each row and writes the eight values contiguously.

use core::array::from_fn;

use super::matrix::Matrix;
use crate::scalar::Scalar;

const ROWS: usize = 8;

/// `transposed[j, i] = matrix[i, j]` for a matrix whose rows are contiguous.
///
/// # Panics
/// If the sizes are inconsistent, a row reaches beyond its slice, or rows are not contiguous.
#[inline(never)]
pub fn transpose<T: Scalar>(matrix: Matrix<'_, T>, transposed: &mut [T]) {
    let matrix = matrix.checked_rows("the matrix");
    let Matrix { rows, columns, .. } = matrix;
    assert_eq!(Some(transposed.len()), rows.checked_mul(columns), "the transpose has to be {columns}×{rows}");
    if transposed.is_empty() {
        return;
    }
    let whole = rows / ROWS * ROWS;
    for i in (0..whole).step_by(ROWS) {
        let lines: [&[T]; ROWS] = from_fn(|r| matrix.row(i + r));
        for (j, transposed) in transposed.chunks_exact_mut(rows).enumerate() {
            transposed[i..i + ROWS].copy_from_slice(&from_fn::<T, ROWS, _>(|r| lines[r][j]));
        }
    }
    for i in whole..rows {
        for (j, &number) in matrix.row(i).iter().enumerate() {
            transposed[j * rows + i] = number;
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
        for (rows, columns, stride) in [(1, 1, 1), (3, 5, 5), (8, 1, 2), (9, 4, 4), (16, 7, 9), (1, 9, 9)] {
            let data: Vec<f32> = (0..rows * stride).map(|i| i as f32).collect();
            let mut transposed = vec![f32::NAN; rows * columns];
            transpose(Matrix::strided(&data, rows, columns, stride), &mut transposed);
            for i in 0..rows {
                for j in 0..columns {
                    assert_eq!(transposed[j * rows + i], data[i * stride + j], "{rows}×{columns}");
                }
            }
        }
    }
}
