//! Products with a matrix that is mostly zeros: `C ← S·B`.
//!
//! The gradient after a max pooling is zero at all pixels except the largest of each window, one in four for 2×2 windows; after
//! a ReLU it is zero at about half of them. Fast because the zeros are skipped: a [`Pattern`] lists the nonzero entries of a
//! matrix, row by row, and only those are multiplied. A row of `C` stays in registers while the entries of its row of `S` are
//! processed, each of which adds a multiple of a row of `B`: twelve vectors of it where there are as many, so that a sum is complete when
//! the next entry is added to it.
//!
//! Skipping a zero does not change the result as long as the value it would be multiplied by is finite.

use super::gemm::{Panels, Write, check, load, store};
use super::matrix::Matrix;
use crate::memory;
use crate::scalar::Scalar;
use crate::simd::{Arch, Simd, WithSimd, widest};
use alloc::boxed::Box;

/// As many numbers are compared with zero at once.
const CHUNK: usize = 16;

/// The positions of the nonzero entries of a matrix, with a fixed capacity.
pub struct Pattern {
    /// The number of rows and columns of the matrix.
    size: [usize; 2],
    /// The columns of each row's entries, row after row.
    columns: Box<[u32]>,
    /// Where each row's entries end in `columns`; the next row's begin there.
    ends: Box<[u32]>,
}

impl Pattern {
    /// Allocates capacity for matrices of up to `rows` rows with up to `numbers` entries in total.
    ///
    /// # Panics
    /// If `numbers` exceeds `u32::MAX`, or memory cannot be allocated.
    pub fn with_capacity(rows: usize, numbers: usize) -> Self {
        assert!(u32::try_from(numbers).is_ok(), "a pattern counts {} numbers at most, not {numbers}", u32::MAX);
        Pattern { size: [0, 0], columns: memory::zeros(numbers), ends: memory::zeros(rows) }
    }

    /// Records where `matrix`, whose rows are contiguous, is not zero.
    ///
    /// # Panics
    /// If the matrix exceeds the capacity, or its rows are not contiguous.
    pub fn find<T: Scalar>(&mut self, matrix: Matrix<'_, T>) {
        let matrix = matrix.checked_rows("the matrix");
        self.take(matrix.rows, matrix.columns);
        let mut count = 0;
        for (row, end) in self.ends[..matrix.rows].iter_mut().enumerate() {
            let row = matrix.row(row);
            // Always written, but kept only if not zero: no branch depends on a value.
            let columns = &mut self.columns[count..][..row.len()];
            let mut kept = 0;
            for (first, numbers) in (0..).step_by(CHUNK).zip(row.chunks(CHUNK)) {
                let mut is_kept = [0u8; CHUNK];
                for (is_kept, &number) in is_kept.iter_mut().zip(numbers) {
                    *is_kept = u8::from(number != T::zero());
                }
                for (i, &is_kept) in is_kept[..numbers.len()].iter().enumerate() {
                    columns[kept] = first + i as u32;
                    kept += usize::from(is_kept);
                }
            }
            count += kept;
            *end = count as u32;
        }
    }

    /// Sets the size of the matrix, after checking it against the capacity.
    #[track_caller]
    fn take(&mut self, rows: usize, columns: usize) {
        let (most_rows, most_numbers) = (self.ends.len(), self.columns.len());
        assert!(
            rows <= most_rows && rows.checked_mul(columns).is_some_and(|numbers| numbers <= most_numbers),
            "a {rows}×{columns} matrix, but room for {most_rows} rows and {most_numbers} numbers"
        );
        self.size = [rows, columns];
    }

    /// Checks that this is the pattern of a `rows × columns` matrix.
    #[track_caller]
    fn check(&self, rows: usize, columns: usize) {
        let [own_rows, own_columns] = self.size;
        assert!(
            rows == own_rows && columns == own_columns,
            "the pattern of a {own_rows}×{own_columns} matrix, used for one of {rows}×{columns}"
        );
    }

    /// Makes this the pattern of the transpose of the `rows × columns` matrix that `other` describes.
    ///
    /// # Panics
    /// If the transpose exceeds the capacity, or `other` is the pattern of a matrix of another size.
    pub fn transpose(&mut self, other: &Pattern, rows: usize, columns: usize) {
        other.check(rows, columns);
        self.take(columns, rows);
        let ends = &mut self.ends[..columns];
        let count = if rows == 0 { 0 } else { other.ends[rows - 1] as usize };
        ends.fill(0);
        for &column in &other.columns[..count] {
            ends[column as usize] += 1;
        }
        // `ends` first holds where each row begins; it advances with every entry that is written, and so becomes the row's end.
        let mut sum = 0;
        for end in &mut *ends {
            sum += core::mem::replace(end, sum);
        }
        let mut first = 0;
        for (row, &end) in other.ends[..rows].iter().enumerate() {
            for &column in &other.columns[first..end as usize] {
                let at = &mut ends[column as usize];
                self.columns[*at as usize] = row as u32;
                *at += 1;
            }
            first = end as usize;
        }
    }

    /// Computes `S·b` and writes it to `c` as `write` says, where this is the pattern of `s`. The rows of `b` are contiguous; `c` is
    /// row-major.
    ///
    /// # Panics
    /// If the sizes are inconsistent, or this is the pattern of a matrix of another size.
    pub fn multiply<T: Scalar>(&self, s: Matrix<'_, T>, b: Matrix<'_, T>, write: Write<'_, T>, c: &mut [T]) {
        self.check(s.rows, s.columns);
        assert_eq!(s.columns, b.rows, "S has {} columns, B has {} rows", s.columns, b.rows);
        let (s, b) = (s.checked("S"), b.checked_rows("B"));
        assert_eq!(Some(c.len()), s.rows.checked_mul(b.columns), "C has to be {}×{}", s.rows, b.columns);
        check(s.rows, b.columns, write, c.len(), b.columns);
        if !c.is_empty() {
            Arch::new().dispatch(Product { pattern: self, s, b, write, c });
        }
    }
}

/// Counts the nonzero entries of `matrix`, whose rows are contiguous.
///
/// # Panics
/// If a row reaches beyond its slice, or rows are not contiguous.
#[inline]
pub fn count<T: Scalar>(matrix: Matrix<'_, T>) -> usize {
    let matrix = matrix.checked_rows("the matrix");
    let rows = if matrix.columns == 0 { 0 } else { matrix.rows };
    widest!({
        let own = matrix; // a copy: a captured variable would be read again for every row
        let mut count = 0;
        for row in 0..rows {
            count += own.row(row).iter().map(|&value| u32::from(value != T::zero())).sum::<u32>() as usize;
        }
        count
    })
}

struct Product<'a, T> {
    pattern: &'a Pattern,
    s: Matrix<'a, T>,
    b: Matrix<'a, T>,
    write: Write<'a, T>,
    c: &'a mut [T],
}

impl<T: Scalar> WithSimd for Product<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let lanes = T::lanes::<S>();
        self.for_each_panel(simd, self.b.columns, lanes, 6);
    }
}

impl<T: Scalar> Panels for Product<'_, T> {
    const WIDEST: usize = 12;
    const WHOLE: bool = false;

    #[inline(always)]
    fn panel<S: Simd, const N: usize, const WHOLE: bool>(&mut self, simd: S, j: usize) {
        let (ends, mut first) = (&self.pattern.ends[..self.s.rows], 0);
        // Copies of fields, which the inner loop would otherwise load from memory for every entry.
        let b = self.b.data.get(j..).unwrap_or_default();
        let width = if WHOLE { N * T::lanes::<S>() } else { self.b.columns - j };
        let [step, b_step] = [self.s.column_stride, self.b.row_stride];
        for (row, (c, &end)) in self.c.chunks_exact_mut(self.b.columns).zip(ends).enumerate() {
            let end = end as usize;
            let mut sums = match self.write {
                Write::Overwrite => [T::splat(simd, T::zero()); N],
                Write::Accumulate => load::<S, T, N, WHOLE>(simd, &c[j..]),
                Write::Bias(bias) => [T::splat(simd, bias[row]); N],
            };
            let numbers = &self.s.data[row * self.s.row_stride..];
            for &column in &self.pattern.columns[first..end] {
                let column = column as usize;
                let b = load::<S, T, N, WHOLE>(simd, &b[column * b_step..][..width]);
                let number = T::splat(simd, numbers[column * step]);
                for s in 0..N {
                    sums[s] = T::fused(simd, number, b[s], sums[s]);
                }
            }
            store::<S, T, N, WHOLE>(simd, &mut c[j..], sums);
            first = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::naive;
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    /// Small integers, of which about `percent` % may be nonzero.
    fn integers(len: usize, seed: u64, percent: u64) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407); // Knuth's MMIX
            state >> 33
        };
        (0..len).map(|_| if next() % 100 < percent { (next() % 11) as f32 - 5.0 } else { 0.0 }).collect()
    }

    /// A pattern of a smaller matrix than before still holds old rows of the larger one; a longer `C` would use them.
    #[test]
    #[should_panic(expected = "C has to be 2×3")]
    fn a_longer_result_does_not_bring_back_old_rows() {
        let mut pattern = Pattern::with_capacity(4, 8);
        pattern.find(Matrix::new(&[1.0f32; 8], 4, 2));
        let s = Matrix::new(&[1.0f32; 4], 2, 2);
        pattern.find(s);
        pattern.multiply(s, Matrix::new(&[1.0; 6], 2, 3), Write::Overwrite, &mut [0.0; 12]);
    }

    #[test]
    fn agrees_with_the_definition() {
        for (m, k, n, percent) in [
            (1, 1, 1, 100),
            (3, 9, 5, 0),
            (7, 4, 33, 50),
            (64, 20, 9, 25),
            (5, 64, 300, 25),
            (3, 9, 101, 50),
            (3, 9, 205, 50),
        ] {
            let (matrix, b) = (integers(m * (k + 2), 1, percent), integers(k * n, 2, 100));
            let (matrix, b) = (Matrix::strided(&matrix, m, k, k + 2), Matrix::new(&b, k, n));
            let (mut pattern, mut transposed) = (Pattern::with_capacity(m, m * k), Pattern::with_capacity(k, m * k));
            pattern.find(matrix);
            let entries = (0..m).flat_map(|i| matrix.row(i)).filter(|x| **x != 0.0).count();
            assert_eq!(count(matrix), entries, "{m}×{k}");

            let (mut found, mut defined) = (vec![f32::NAN; m * n], vec![f32::NAN; m * n]);
            pattern.multiply(matrix, b, Write::Overwrite, &mut found);
            naive::gemm(matrix, b, Write::Overwrite, &mut defined, n);
            assert_eq!(found, defined, "{m}×{k}×{n}");
            pattern.multiply(matrix, b, Write::Accumulate, &mut found);
            naive::gemm(matrix, b, Write::Accumulate, &mut defined, n);
            assert_eq!(found, defined, "{m}×{k}×{n}, added to what was there");

            transposed.transpose(&pattern, m, k);
            let b = integers(m * n, 3, 100);
            let (mut found, mut defined) = (vec![f32::NAN; k * n], vec![f32::NAN; k * n]);
            transposed.multiply(matrix.transposed(), Matrix::new(&b, m, n), Write::Overwrite, &mut found);
            naive::gemm(matrix.transposed(), Matrix::new(&b, m, n), Write::Overwrite, &mut defined, n);
            assert_eq!(found, defined, "{k}×{m}×{n}, transposed");
        }
    }
}
