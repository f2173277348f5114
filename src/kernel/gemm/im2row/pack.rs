//! Panels of filters.

use super::super::super::matrix::Matrix;
use super::super::super::transpose::transpose;
use super::PANEL;
use crate::scalar::Scalar;

/// Writes the rows of `matrix`, and so the columns of `B`, as panels: `panels[o / PANEL, k, o mod PANEL] = matrix[o, k]`. The last panel
/// is filled with zeros.
///
/// # Panics
/// If there is not room for exactly these panels, or the rows of the matrix are not contiguous.
#[inline(never)]
pub(in super::super::super) fn pack<T: Scalar>(matrix: Matrix<'_, T>, panels: &mut [T]) {
    let matrix = matrix.checked_rows("the matrix");
    assert_eq!(panels.len(), matrix.rows.div_ceil(PANEL) * matrix.columns * PANEL, "whole panels");
    if matrix.columns == 0 {
        return;
    }
    for (first, panel) in (0..matrix.rows).step_by(PANEL).zip(panels.chunks_exact_mut(matrix.columns * PANEL)) {
        let rows = PANEL.min(matrix.rows - first);
        let columns =
            Matrix::strided(&matrix.data[first * matrix.row_stride..], rows, matrix.columns, matrix.row_stride);
        if rows == PANEL {
            transpose(columns, panel);
            continue;
        }
        for (k, to) in panel.as_chunks_mut::<PANEL>().0.iter_mut().enumerate() {
            for (r, to) in to.iter_mut().enumerate() {
                *to = if r < rows { columns.row(r)[k] } else { T::zero() };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    #[test]
    fn the_last_panel_is_filled_with_zeros() {
        let (matrix, mut panels) = ((0..17 * 2).map(|i| i as f32).collect::<Vec<_>>(), vec![f32::NAN; 64]);
        pack(Matrix::new(&matrix, 17, 2), &mut panels);
        assert_eq!(panels[..2], [matrix[0], matrix[2]]);
        assert_eq!(panels[32..35], [matrix[32], 0.0, 0.0]);
        assert_eq!(panels[48..51], [matrix[33], 0.0, 0.0]);
    }
}
