//! Matrices as operands of the products: slices with a size and strides.

/// A borrowed matrix: a slice, a size, and the distance from row to row and from column to column.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a, T> {
    /// The values.
    pub data: &'a [T],
    /// The number of rows.
    pub rows: usize,
    /// The number of columns.
    pub columns: usize,
    /// The distance in `data` between two neighbors in a column.
    pub row_stride: usize,
    /// The distance in `data` between two neighbors in a row.
    pub column_stride: usize,
}

impl<'a, T> Matrix<'a, T> {
    /// `data` as a row-major `rows × columns` matrix.
    ///
    /// # Panics
    /// If the length of `data` is not `rows · columns`.
    #[inline]
    #[track_caller]
    pub fn new(data: &'a [T], rows: usize, columns: usize) -> Self {
        let len = data.len();
        assert!(
            rows.checked_mul(columns) == Some(len),
            "a {rows}×{columns} matrix from a slice of another length, {len}"
        );
        Matrix { data, rows, columns, row_stride: columns, column_stride: 1 }
    }

    /// The first `columns` values of each of `rows` rows that begin `row_stride` apart.
    ///
    /// # Panics
    /// If the last row reaches beyond `data`, or the rows overlap.
    #[inline]
    #[track_caller]
    pub fn strided(data: &'a [T], rows: usize, columns: usize, row_stride: usize) -> Self {
        assert!(columns <= row_stride, "rows of {columns} numbers, {row_stride} apart, overlap");
        Matrix { data, rows, columns, row_stride, column_stride: 1 }.checked("the matrix")
    }

    /// The transpose, of the same data.
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

    /// Returns the same matrix after checking that all its entries are inside `data`, so that their indices can be computed without
    /// a check.
    ///
    /// A matrix without entries may have any strides. They are replaced by strides with which its rows are inside as well.
    ///
    /// # Panics
    /// If an entry is outside; `name` is what the message calls the matrix.
    #[inline]
    #[track_caller]
    pub(super) fn checked(self, name: &str) -> Self {
        let Matrix { data, rows, columns, row_stride, column_stride } = self;
        if rows == 0 || columns == 0 {
            return Matrix { data: &[], row_stride: 0, column_stride: 1, ..self };
        }
        let (down, across) = ((rows - 1).checked_mul(row_stride), (columns - 1).checked_mul(column_stride));
        let last = down.zip(across).and_then(|(down, across)| down.checked_add(across));
        assert!(
            last.is_some_and(|last| last < data.len()),
            "{name}, {rows}×{columns} with strides {row_stride} and {column_stride}, reaches beyond its slice of {}",
            data.len()
        );
        self
    }

    /// [`checked`](Matrix::checked), and also checks that the rows are contiguous.
    ///
    /// # Panics
    /// If they are not, or an entry is outside.
    #[inline]
    #[track_caller]
    pub(super) fn checked_rows(self, name: &str) -> Self {
        let matrix = self.checked(name);
        assert_eq!(matrix.column_stride, 1, "rows of {name} have to be contiguous");
        matrix
    }
}
