//! Products with the patches of an image where they lie: `C ← start + A·B`, where `B` is never written down.
//!
//! A matrix of patches holds every pixel as often as there are windows that see it, nine times for a 3×3 kernel. Fast because
//! none of that is copied: rows of the matrix are pieces of the image, so a table of where each row begins stands for
//! the matrix, and a product reads its vectors from the image itself, which stays in cache. Otherwise this is
//! [`product`](mod@super::product): a tile of `C` in registers over the whole reduction, and no pass for what the sum starts from.

use core::array::from_fn;

use super::matrix::Matrix;
use super::product::{Start, check, load, store};
use crate::scalar::Scalar;
use crate::simd::{Arch, Simd, WithSimd};

/// Runs have to be whole vectors, on any processor: the longest hold this many numbers.
pub const LANES: usize = 16;

/// A matrix in pieces of an image: entry `(k, r·run + i)` is `image[starts[k] + r·stride + i]`.
#[derive(Clone, Copy, Debug)]
pub struct Windows<'a, T> {
    /// The pixels.
    pub image: &'a [T],
    /// Where each row begins in the image.
    pub starts: &'a [u32],
    /// How many runs a row has.
    pub runs: usize,
    /// How many numbers a run has, all side by side: a multiple of [`LANES`].
    pub run: usize,
    /// How far apart in the image the runs of a row begin.
    pub stride: usize,
}

/// `c ← start + a·b`, where the rows of `a` and `c` are contiguous, those of `c` `stride` apart.
///
/// # Panics
/// If the sizes do not fit together, numbers are not contiguous that have to be, or a row reaches beyond the image.
pub fn multiply<T: Scalar>(a: Matrix<'_, T>, b: Windows<'_, T>, start: Start<'_, T>, c: &mut [T], stride: usize) {
    assert_eq!(a.columns, b.starts.len(), "A has {} columns, B has {} rows", a.columns, b.starts.len());
    let (a, columns) = (a.checked_rows("A"), b.columns());
    check(a.rows, columns, start, c.len(), stride);
    if a.rows > 0 && columns > 0 {
        Arch::new().dispatch(Product { a, b, start, c, stride });
    }
}

impl<T> Windows<'_, T> {
    /// How many numbers a row has; all of them are known to lie inside the image.
    #[inline]
    #[track_caller]
    fn columns(&self) -> usize {
        let Windows { image, starts, runs, run, stride } = *self;
        assert!(run.is_multiple_of(LANES), "a run of {run} numbers is not whole vectors");
        let Some(others) = runs.checked_sub(1).filter(|_| run > 0) else { return 0 };
        let last = starts.iter().max().map_or(0, |&start| start as usize);
        let end = others.checked_mul(stride).and_then(|at| at.checked_add(run)?.checked_add(last));
        assert!(
            end.is_some_and(|end| end <= image.len()),
            "{runs} runs of {run} numbers, {stride} apart from {last}, reach beyond an image of {}",
            image.len()
        );
        let columns = runs.checked_mul(run);
        assert!(columns.is_some(), "rows of {runs}×{run} numbers are too long");
        columns.unwrap_or(0)
    }
}

struct Product<'a, T> {
    a: Matrix<'a, T>,
    b: Windows<'a, T>,
    start: Start<'a, T>,
    c: &'a mut [T],
    stride: usize,
}

impl<T: Scalar> WithSimd for Product<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let lanes = size_of::<T::Of<S>>() / size_of::<T>();
        let vectors = self.b.runs * self.b.run / lanes;
        let widest = if S::REGISTER_COUNT < 32 { 2 } else { 4 };
        let mut at = 0;
        while at < vectors {
            // The last panels share evenly what is left, so that none is a single vector.
            let left = vectors - at;
            let width = if left > widest && left < 2 * widest { left.div_ceil(2) } else { left.min(widest) };
            match width {
                4 => self.panel::<S, 4>(simd, at),
                3 => self.panel::<S, 3>(simd, at),
                2 => self.panel::<S, 2>(simd, at),
                _ => self.panel::<S, 1>(simd, at),
            }
            at += width;
        }
    }
}

impl<T: Scalar> Product<'_, T> {
    /// All rows of `C`, in `N` vectors from vector `at` of a row.
    #[inline(always)]
    fn panel<S: Simd, const N: usize>(&mut self, simd: S, at: usize) {
        let mut i = 0;
        while i + 4 <= self.a.rows {
            self.tile::<S, 4, N>(simd, i, at);
            i += 4;
        }
        while i < self.a.rows {
            self.tile::<S, 1, N>(simd, i, at);
            i += 1;
        }
    }

    /// `M` rows of `C` from row `i`, in `N` vectors from vector `at` of a row.
    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // indices show which rows meet which
    fn tile<S: Simd, const M: usize, const N: usize>(&mut self, simd: S, i: usize, at: usize) {
        let Product { a, b, start, c, stride } = self;
        let lanes = size_of::<T::Of<S>>() / size_of::<T>();
        let j = at * lanes;
        let mut sums = [[T::splat(simd, T::zero()); N]; M];
        match *start {
            Start::Zero => {}
            Start::Kept => {
                for r in 0..M {
                    sums[r] = load::<S, T, N, true>(simd, &c[(i + r) * *stride..][j..]);
                }
            }
            Start::Rows(rows) => {
                for r in 0..M {
                    sums[r] = [T::splat(simd, rows[i + r]); N];
                }
            }
        }
        let rows: [&[T]; M] = from_fn(|r| &a.data[(i + r) * a.row_stride..][..a.columns]);
        // Each vector is in a run of its own, or beside the one before.
        let pieces: [&[T]; N] = from_fn(|s| {
            let column = j + s * lanes;
            &b.image[column / b.run * b.stride + column % b.run..]
        });
        for (k, &first) in b.starts[..a.columns].iter().enumerate() {
            let b: [T::Of<S>; N] = from_fn(|s| load::<S, T, 1, true>(simd, &pieces[s][first as usize..])[0]);
            for r in 0..M {
                let factor = T::splat(simd, rows[r][k]);
                for s in 0..N {
                    sums[r][s] = T::fused(simd, factor, b[s], sums[r][s]);
                }
            }
        }
        for r in 0..M {
            store::<S, T, N, true>(simd, &mut c[(i + r) * *stride..][j..], sums[r]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::naive;
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    /// Small integers, so that sums are exact in any order and the two must agree to the last bit.
    fn integers<T: Scalar>(len: usize, seed: usize) -> Vec<T> {
        (0..len).map(|i| T::from_f64(((i * 7 + seed * 13) % 11) as f64 - 5.0)).collect()
    }

    /// Rows that overlap and rows apart, one and several runs, more and fewer rows than a tile has.
    fn agrees_with_the_definition<T: Scalar>() {
        for (m, runs, run, stride) in [(1, 1, 16, 16), (4, 3, 16, 21), (9, 2, 48, 50), (6, 5, 16, 17), (3, 1, 112, 112)]
        {
            let starts = [0, 3, 40, 1, 17];
            let (k, n) = (starts.len(), runs * run);
            let image = integers::<T>(40 + (runs - 1) * stride + run, 1);
            let (a, rows) = (integers::<T>(m * k, 2), integers::<T>(m, 3));
            let written: Vec<T> = starts
                .iter()
                .flat_map(|&start| (0..n).map(move |j| start as usize + j / run * stride + j % run))
                .map(|at| image[at])
                .collect();
            let (a, b) = (Matrix::new(&a, m, k), Windows { image: &image, starts: &starts, runs, run, stride });
            let mut product = vec![T::nan(); m * n];
            naive::gemm(a, Matrix::new(&written, k, n), T::zero(), &mut product);

            for start in [Start::Zero, Start::Kept, Start::Rows(&rows)] {
                let before = integers::<T>(m * (n + 2), 4);
                let mut found = if let Start::Zero = start { vec![T::nan(); m * (n + 2)] } else { before.clone() };
                multiply(a, b, start, &mut found, n + 2);
                for (at, &product) in product.iter().enumerate() {
                    let (i, j) = (at / n, at % n);
                    let start = match start {
                        Start::Zero => T::zero(),
                        Start::Kept => before[i * (n + 2) + j],
                        Start::Rows(rows) => rows[i],
                    };
                    assert_eq!(found[i * (n + 2) + j], product + start, "{m} rows, {runs} runs of {run}, [{i}, {j}]");
                }
            }
        }
    }

    #[test]
    fn agrees() {
        agrees_with_the_definition::<f32>();
        agrees_with_the_definition::<f64>();
    }

    #[test]
    #[should_panic]
    fn rows_have_to_stay_inside() {
        let b = Windows { image: &[0.0f32; 20], starts: &[5], runs: 1, run: 16, stride: 16 };
        multiply(Matrix::new(&[1.0], 1, 1), b, Start::Zero, &mut [0.0; 16], 16);
    }
}
