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
    /// How far apart in `data` two neighbors in a column are.
    pub row_stride: usize,
    /// How far apart in `data` two neighbors in a row are.
    pub column_stride: usize,
}

impl<'a, T> Matrix<'a, T> {
    /// `data` as `rows × columns`, row after row.
    ///
    /// # Panics
    /// If `data` has another length than `rows · columns`.
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

    /// The first `columns` numbers of each of `rows` rows that begin `row_stride` apart.
    ///
    /// # Panics
    /// If the last row reaches beyond `data`, or the rows overlap.
    #[inline]
    #[track_caller]
    pub fn strided(data: &'a [T], rows: usize, columns: usize, row_stride: usize) -> Self {
        assert!(columns <= row_stride, "rows of {columns} numbers, {row_stride} apart, overlap");
        Matrix { data, rows, columns, row_stride, column_stride: 1 }.checked("the matrix")
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

    /// The same matrix, whose entries are known to lie inside `data`: their places can be computed without a check.
    ///
    /// Strides of a matrix without entries may be anything. It gets others, with which its rows lie inside as well.
    ///
    /// # Panics
    /// If an entry lies elsewhere; `name` is what the caller calls the matrix.
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

    /// [`checked`](Matrix::checked), and its rows are known to be contiguous.
    ///
    /// # Panics
    /// If they are not, or an entry lies outside.
    #[inline]
    #[track_caller]
    pub(super) fn checked_rows(self, name: &str) -> Self {
        let matrix = self.checked(name);
        assert_eq!(matrix.column_stride, 1, "rows of {name} have to be contiguous");
        matrix
    }
}
