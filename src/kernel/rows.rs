//! Sums of rows: `C += A·B`, where `A` has few rows or few columns.
//!
//! Fast because it packs nothing: eight rows of `B` at a time are multiplied and added to a row of `C` in one pass over
//! memory. Packing, as a GEMM does it, pays only if each packed number is then used often; the gradients of a dense layer on
//! a few samples use each weight a few times.

use super::matrix::Matrix;
use crate::scalar::Scalar;
use crate::simd::widest;

/// How many rows of `B` are added up in one pass.
const ROWS: usize = 8;

/// `c[i, ·] += Σₖ a[i, k]·b[k, ·]`, with `b` and `c` row-major.
///
/// # Panics
/// If the lengths do not fit together.
pub fn add_rows<T: Scalar>(a: Matrix<'_, T>, b: &[T], c: &mut [T]) {
    assert!(a.is_inside(), "a matrix reaches beyond its slice");
    if a.rows == 0 || a.columns == 0 {
        return;
    }
    let columns = c.len() / a.rows;
    assert_eq!([b.len(), c.len()], [a.columns * columns, a.rows * columns], "B and C have rows of one length");
    widest!({
        for k in (0..a.columns).step_by(ROWS) {
            let rows = (a.columns - k).min(ROWS);
            let b = &b[k * columns..][..rows * columns];
            for (i, c) in c.chunks_exact_mut(columns).enumerate() {
                let factor = |row: usize| a.data[i * a.row_stride + (k + row) * a.column_stride];
                if rows == ROWS {
                    add_eight(core::array::from_fn(factor), b, c);
                } else {
                    for (row, b) in b.chunks_exact(columns).enumerate() {
                        let factor = factor(row);
                        for (c, &b) in c.iter_mut().zip(b) {
                            *c += factor * b;
                        }
                    }
                }
            }
        }
    });
}

/// `c += Σ factors[row]·b[row]` over eight rows as long as `c`.
#[inline(always)]
fn add_eight<T: Scalar>(factors: [T; ROWS], b: &[T], c: &mut [T]) {
    let columns = c.len();
    let [b0, b1, b2, b3, b4, b5, b6, b7]: [&[T]; ROWS] = core::array::from_fn(|row| &b[row * columns..][..columns]);
    let [f0, f1, f2, f3, f4, f5, f6, f7] = factors;
    for i in 0..columns {
        let low = (f0 * b0[i] + f1 * b1[i]) + (f2 * b2[i] + f3 * b3[i]);
        let high = (f4 * b4[i] + f5 * b5[i]) + (f6 * b6[i] + f7 * b7[i]);
        c[i] += low + high;
    }
}

#[cfg(test)]
mod tests {
    use super::super::naive;
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn agrees_with_the_definition() {
        let integers = |len: usize, seed: usize| -> Vec<f32> {
            (0..len).map(|i| ((i * 7 + seed * 13) % 11) as f32 - 5.0).collect()
        };
        for (m, k, n) in [(1, 1, 1), (3, 8, 5), (2, 9, 33), (7, 23, 16), (5, 2, 40)] {
            let (a, b) = (integers(m * k, 1), integers(k * n, 2));
            for a in [Matrix::new(&a, m, k), Matrix::new(&a, k, m).transposed()] {
                let (mut fast, mut defined) = (integers(m * n, 3), integers(m * n, 3));
                add_rows(a, &b, &mut fast);
                naive::gemm(a, Matrix::new(&b, k, n), 1.0, &mut defined);
                assert_eq!(fast, defined, "{m}×{k}×{n}");
            }
        }
    }
}
