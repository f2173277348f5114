//! Matrices, as the products take them: slices with a size and strides.

/// A matrix somebody else owns: a slice, a size, and the distance from row to row and from column to column.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a, T> {
    /// The numbers.
    pub data: &'a [T],
    /// How many rows.
    pub rows: usize,
    /// How many columns.
    pub columns: usize,
    /// How far apart in `data` two neighbours in a column are.
    pub row_stride: usize,
    /// How far apart in `data` two neighbours in a row are.
    pub column_stride: usize,
}

impl<'a, T> Matrix<'a, T> {
    /// `data` as `rows × columns`, row after row.
    ///
    /// # Panics
    /// If `data` has another length than `rows · columns`.
    #[inline]
    pub fn new(data: &'a [T], rows: usize, columns: usize) -> Self {
        assert_eq!(data.len(), rows * columns, "a {rows}×{columns} matrix from a slice of another length");
        Matrix { data, rows, columns, row_stride: columns, column_stride: 1 }
    }

    /// The first `columns` numbers of each of `rows` rows that begin `row_stride` apart.
    ///
    /// # Panics
    /// If the last row reaches beyond `data`, or the rows overlap.
    #[inline]
    pub fn strided(data: &'a [T], rows: usize, columns: usize, row_stride: usize) -> Self {
        let matrix = Matrix { data, rows, columns, row_stride, column_stride: 1 };
        assert!(columns <= row_stride && matrix.is_inside(), "{rows} rows reach beyond their slice, or overlap");
        matrix
    }

    /// The same numbers, rows as columns.
    #[inline]
    pub fn transposed(self) -> Self {
        Matrix {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }

    /// Row `i` of a matrix whose rows are contiguous.
    #[inline(always)]
    pub(super) fn row(&self, i: usize) -> &'a [T] {
        debug_assert_eq!(self.column_stride, 1, "the rows are not contiguous");
        &self.data[i * self.row_stride..][..self.columns]
    }

    /// Whether every entry lies inside `data`.
    pub(super) fn is_inside(&self) -> bool {
        self.rows == 0
            || self.columns == 0
            || (self.rows - 1) * self.row_stride + (self.columns - 1) * self.column_stride < self.data.len()
    }
}
