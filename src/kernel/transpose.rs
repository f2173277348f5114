//! Turning a matrix around.
//!
//! Fast because it works on tiles of eight rows: eight reads in a row of the input meet one write of eight numbers.

use core::array::from_fn;

use crate::scalar::Scalar;

const ROWS: usize = 8;

/// `turned[j, i] = matrix[i, j]` for a matrix with rows of `columns` numbers.
///
/// # Panics
/// If the two are not equally long, or no whole number of rows.
#[inline(always)]
pub fn transpose<T: Scalar>(columns: usize, matrix: &[T], turned: &mut [T]) {
    assert_eq!(matrix.len(), turned.len(), "a matrix and its transpose");
    assert!(matrix.len().is_multiple_of(columns), "rows of {columns} numbers");
    let rows = matrix.len() / columns;
    let whole = rows / ROWS * ROWS;
    for i in (0..whole).step_by(ROWS) {
        let lines: [&[T]; ROWS] = from_fn(|r| &matrix[(i + r) * columns..][..columns]);
        for (j, turned) in turned.chunks_exact_mut(rows).enumerate() {
            turned[i..i + ROWS].copy_from_slice(&from_fn::<T, ROWS, _>(|r| lines[r][j]));
        }
    }
    for i in whole..rows {
        for j in 0..columns {
            turned[j * rows + i] = matrix[i * columns + j];
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
        for (rows, columns) in [(1, 1), (3, 5), (8, 1), (9, 4), (16, 7), (1, 9)] {
            let matrix: Vec<f32> = (0..rows * columns).map(|i| i as f32).collect();
            let mut turned = vec![f32::NAN; matrix.len()];
            transpose(columns, &matrix, &mut turned);
            for i in 0..rows {
                for j in 0..columns {
                    assert_eq!(turned[j * rows + i], matrix[i * columns + j], "{rows}×{columns}");
                }
            }
        }
    }
}
