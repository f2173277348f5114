//! Implicit im2col: products `C ← A·B` with the patches of an image, read in place: `B` is never written.
//!
//! A matrix of patches holds every pixel once for each window that sees it, nine times for a 3×3 kernel. Fast because none of
//! that is copied: rows of the matrix are pieces of the image, so a table of where each row begins represents the matrix. The
//! product reads its vectors from the image itself, which stays in cache. Otherwise it works like the
//! [unpacked](super::unpacked) product: a tile of `C` stays in registers over the whole reduction, and the bias needs no pass of
//! its own.
//!
//! Rows of `B` that crowd a few sets of the cache are copied side by side, a panel at a time.
//!
//! If a run is no whole number of vectors, its last vector begins earlier, so that it ends with the run: some values are computed
//! twice, with the same result.

use core::array::from_fn;
use core::ops::Range;

use super::super::epilogue::Epilogue;
use super::super::matrix::Matrix;
use super::crowded::{self, Copies, DEPTH, is_crowded};
use super::{Panels, Write, check, load, store};
use crate::scalar::Scalar;
use crate::simd::{Arch, Simd, WithSimd};

/// The number of values in the longest vectors of any processor. A run has at least as many.
pub const LANES: usize = 16;

/// The vectors in a row of a panel, at most. Wider tiles with fewer rows read the image more often: its vectors mostly span two cache
/// lines.
const WIDEST: usize = 2;

/// The rows of a tile, at most. Thirty-two registers hold the sums of 8×2 vectors, sixteen those of 6×2, or 4×2 where a product has to be
/// rounded before it is added.
const fn most_rows<S: Simd>() -> usize {
    match S::REGISTER_COUNT {
        32.. => 8,
        _ if size_of::<S::f32s>() > 16 => 6,
        _ => 4,
    }
}

/// A matrix in pieces of an image: entry `(k, r·run + i)` is `image[starts[k] + r·stride + i]`.
#[derive(Clone, Copy, Debug)]
pub struct ImplicitIm2col<'a, T> {
    /// The pixels.
    pub image: &'a [T],
    /// Where each row begins in the image.
    pub starts: &'a [u32],
    /// The number of runs in a row.
    pub runs: usize,
    /// The number of adjacent values in a run: at least [`LANES`] for [`gemm`].
    pub run: usize,
    /// The distance in the image from the beginning of one run of a row to that of the next.
    pub stride: usize,
}

/// `C ← A·B`, as [`gemm`](super::gemm), where the rows of `a` and `c` are contiguous and those of `c` are `stride` apart.
///
/// # Panics
/// If the sizes are inconsistent, the rows of `a` are not contiguous, a row of `b` reaches beyond the image, or values are accumulated
/// whose runs are not multiples of [`LANES`]: some would be added twice.
#[inline]
pub fn gemm<T: Scalar>(a: Matrix<'_, T>, b: ImplicitIm2col<'_, T>, write: Write<'_, T>, c: &mut [T], stride: usize) {
    gemm_then(a, b, write, &Epilogue::NONE, c, stride);
}

/// [`gemm`], and what follows but for a pooling, where channels are rows of `C`.
///
/// # Panics
/// If [`gemm`] would, or there is not a factor, a shift or a slope for each row.
pub(in super::super) fn gemm_then<T: Scalar>(
    a: Matrix<'_, T>,
    b: ImplicitIm2col<'_, T>,
    write: Write<'_, T>,
    then: &Epilogue<'_, T>,
    c: &mut [T],
    stride: usize,
) {
    assert_eq!(a.columns, b.starts.len(), "A has {} columns, B has {} rows", a.columns, b.starts.len());
    let (a, columns) = (a.checked_rows("A"), b.checked_columns());
    assert!(b.run == 0 || b.run >= LANES, "a run of {} numbers is less than a vector", b.run);
    let is_whole = b.run.is_multiple_of(LANES) || !matches!(write, Write::Accumulate);
    assert!(is_whole, "values of runs of {} numbers, which are not whole vectors, would be accumulated twice", b.run);
    check(a.rows, columns, write, c.len(), stride);
    if a.rows == 0 || columns == 0 {
        return;
    }
    let is_whole = b.run.is_multiple_of(LANES) || b.starts.len() <= DEPTH;
    if is_whole && a.rows >= crowded::FEWEST_ROWS && is_crowded::<T>(b.starts) {
        let copies = &mut Copies::<T, { DEPTH * WIDEST * LANES }>::new().0;
        Arch::new().dispatch(Product::<_, true> { a, b, write, then, c, stride, copies });
    } else {
        Arch::new().dispatch(Product::<_, false> { a, b, write, then, c, stride, copies: &mut [] });
    }
}

impl<T> ImplicitIm2col<'_, T> {
    /// The number of values in a row, after checking that all rows are inside the image.
    #[inline]
    #[track_caller]
    fn checked_columns(&self) -> usize {
        let ImplicitIm2col { image, starts, runs, run, stride } = *self;
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

#[cfg(test)]
impl<T: Copy> ImplicitIm2col<'_, T> {
    /// The matrix, row by row, by its definition.
    pub(in crate::kernel) fn entries(&self) -> alloc::vec::Vec<T> {
        let entry = |start: u32, j: usize| self.image[start as usize + j / self.run * self.stride + j % self.run];
        self.starts.iter().flat_map(|&start| (0..self.runs * self.run).map(move |j| entry(start, j))).collect()
    }
}

/// A product whose sizes have been checked. The rows of its panels are `COPIED`, or read in place.
struct Product<'a, T, const COPIED: bool> {
    a: Matrix<'a, T>,
    b: ImplicitIm2col<'a, T>,
    write: Write<'a, T>,
    then: &'a Epilogue<'a, T>,
    c: &'a mut [T],
    stride: usize,
    /// Room for the rows of a panel that are copied, [`DEPTH`] at a time.
    copies: &'a mut [T],
}

impl<T: Scalar, const COPIED: bool> WithSimd for Product<'_, T, COPIED> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let lanes = T::lanes::<S>();
        self.for_each_panel(simd, self.b.runs * self.b.run.next_multiple_of(lanes), lanes, WIDEST);
    }
}

impl<T: Scalar, const COPIED: bool> Panels for Product<'_, T, COPIED> {
    const WIDEST: usize = WIDEST;
    const WHOLE: bool = true;

    #[inline(always)]
    fn panel<S: Simd, const N: usize, const WHOLE: bool>(&mut self, simd: S, j: usize) {
        let depth = self.a.columns;
        if !COPIED {
            return self.rows::<S, N>(simd, j, 0..depth);
        }
        for first in (0..depth).step_by(DEPTH) {
            let rows = first..depth.min(first + DEPTH);
            self.copy::<S, N>(simd, j, rows.clone());
            self.rows::<S, N>(simd, j, rows);
        }
    }
}

impl<T: Scalar, const COPIED: bool> Product<'_, T, COPIED> {
    /// Where the `N` vectors from column `j`, counted as if runs were whole vectors, are in the image, and in a row of `C`.
    #[inline(always)]
    fn pieces<S: Simd, const N: usize>(&self, j: usize) -> ([usize; N], [usize; N]) {
        let (lanes, b) = (T::lanes::<S>(), &self.b);
        let (mut from, mut at) = ([0; N], [0; N]);
        for s in 0..N {
            let (column, whole) = (j + s * lanes, b.run.next_multiple_of(lanes));
            let (run, in_run) = (column / whole, (column % whole).min(b.run - lanes));
            (from[s], at[s]) = (run * b.stride + in_run, run * b.run + in_run);
        }
        (from, at)
    }

    /// Copies `N` vectors of these rows of `B`.
    #[inline(always)]
    fn copy<S: Simd, const N: usize>(&mut self, simd: S, j: usize, rows: Range<usize>) {
        let (from, _) = self.pieces::<S, N>(j);
        let lanes = T::lanes::<S>();
        for (&start, copy) in self.b.starts[rows].iter().zip(self.copies.chunks_exact_mut(N * lanes)) {
            let b: [T::Of<S>; N] =
                from_fn(|s| load::<S, T, 1, true>(simd, &self.b.image[from[s] + start as usize..])[0]);
            store::<S, T, N, true>(simd, copy, b);
        }
    }

    /// Computes all rows of `C`, in `N` vectors from column `j`, over these rows of `B`: in tiles that differ by one row at most, as no
    /// tile is fast that has few rows.
    #[inline(always)]
    fn rows<S: Simd, const N: usize>(&mut self, simd: S, j: usize, depth: Range<usize>) {
        let rows = self.a.rows;
        let tiles = rows.div_ceil(const { most_rows::<S>() });
        let mut i = 0;
        for tile in 0..tiles {
            let rows = rows / tiles + usize::from(tile < rows % tiles);
            macro_rules! tile {
                ($($rows:literal)*) => {
                    match rows {
                        $($rows if const { $rows <= most_rows::<S>() } => {
                            self.tile::<S, $rows, N>(simd, i, j, depth.clone());
                        })*
                        _ => unreachable!("no tile is so high"),
                    }
                };
            }
            tile!(1 2 3 4 5 6 7 8);
            i += rows;
        }
    }

    /// Computes `M` rows of `C` from row `i`.
    ///
    /// The tile of the unpacked product would also work, with fewer instructions, but it makes training steps slower.
    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // indices show which rows are multiplied
    fn tile<S: Simd, const M: usize, const N: usize>(&mut self, simd: S, i: usize, j: usize, depth: Range<usize>) {
        let (from, at) = self.pieces::<S, N>(j);
        let Product { a, b, write, then, c, stride, copies } = self;
        let mut sums = [[T::splat(simd, T::zero()); N]; M];
        match *write {
            Write::Overwrite if depth.start == 0 => {}
            Write::Bias(bias) if depth.start == 0 => {
                for r in 0..M {
                    sums[r] = [T::splat(simd, bias[i + r]); N];
                }
            }
            _ => {
                for r in 0..M {
                    sums[r] = load::<S, T, N, true>(simd, &c[(i + r) * *stride..][j..]);
                }
            }
        }
        let mut rows: [&[T]; M] = [&[]; M];
        for r in 0..M {
            rows[r] = &a.data[(i + r) * a.row_stride + depth.start..][..depth.len()];
        }
        let starts = &b.starts[depth.start..][..depth.len()];
        // All of one length, so that one comparison is enough for all.
        let len = b.image.len() - from.into_iter().max().unwrap_or(0);
        let mut pieces: [&[T]; N] = [&[]; N];
        for s in 0..N {
            pieces[s] = &b.image[from[s]..][..len];
        }
        let copied = &T::split::<S>(copies).0.as_chunks::<N>().0[..if COPIED { depth.len() } else { 0 }];
        for k in 0..depth.len() {
            let b: [T::Of<S>; N] = if COPIED {
                copied[k]
            } else {
                from_fn(|s| load::<S, T, 1, true>(simd, &pieces[s][starts[k] as usize..])[0])
            };
            for r in 0..M {
                let factor = T::splat(simd, rows[r][k]);
                for s in 0..N {
                    sums[r][s] = T::fused(simd, factor, b[s], sums[r][s]);
                }
            }
        }
        if !then.is_none() && depth.end == a.columns {
            for r in 0..M {
                sums[r] = then.of_vectors(simd, i + r, sums[r]);
            }
        }
        for r in 0..M {
            let c = &mut c[(i + r) * *stride..];
            for s in 0..N {
                store::<S, T, 1, true>(simd, &mut c[at[s]..], [sums[r][s]]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::naive;
    use super::super::super::rectifier::Rectifier;
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    /// Small integers, so that sums are exact in any order and both results must agree to the last bit.
    fn integers<T: Scalar>(len: usize, seed: usize) -> Vec<T> {
        (0..len).map(|i| T::from_f64(((i * 7 + seed * 13) % 11) as f64 - 5.0)).collect()
    }

    /// Tests overlapping and separate rows, one and several runs, more and fewer rows than a tile has.
    fn agrees_with_the_definition<T: Scalar>() {
        for (m, runs, run, stride) in [
            (1, 1, 16, 16),
            (4, 3, 16, 21),
            (9, 2, 48, 50),
            (6, 5, 16, 17),
            (3, 1, 112, 112),
            (5, 4, 28, 30),
            (4, 3, 17, 19),
            (2, 2, 31, 31),
            (7, 1, 16, 16),
            (8, 1, 16, 16),
            (15, 2, 18, 20),
        ] {
            let starts = [0, 3, 40, 1, 17];
            let (k, n) = (starts.len(), runs * run);
            let image = integers::<T>(40 + (runs - 1) * stride + run, 1);
            let (a, bias) = (integers::<T>(m * k, 2), integers::<T>(m, 3));
            let (a, b) = (Matrix::new(&a, m, k), ImplicitIm2col { image: &image, starts: &starts, runs, run, stride });
            let written = b.entries();
            for write in [Write::Overwrite, Write::Accumulate, Write::Bias(&bias)] {
                let is_twice = matches!(write, Write::Accumulate) && !run.is_multiple_of(LANES);
                if is_twice {
                    continue;
                }
                let before = match write {
                    Write::Accumulate => integers::<T>(m * n, 4),
                    Write::Overwrite | Write::Bias(_) => vec![T::nan(); m * n],
                };
                let (mut found, mut defined) = (before.clone(), before);
                gemm(a, b, write, &mut found, n);
                naive::gemm(a, Matrix::new(&written, k, n), write, &mut defined, n);
                assert_eq!(found, defined, "{m} rows, {runs} runs of {run}, {write:?}");
            }
        }
    }

    #[test]
    fn agrees() {
        agrees_with_the_definition::<f32>();
        agrees_with_the_definition::<f64>();
    }

    /// Rows 4 KiB apart, more and fewer than are copied at a time, with all that follows.
    #[test]
    fn crowded_rows_are_copied_and_agree() {
        for (m, k, runs, run) in [(16, 9, 1, 48), (21, DEPTH + 5, 2, 32), (17, DEPTH, 1, 19), (16, DEPTH + 1, 1, 19)] {
            let starts: Vec<u32> = (0..k as u32).map(|row| row * 1024).collect();
            let image = integers::<f32>((k - 1) * 1024 + runs * 50, 1);
            let (a, bias) = (integers::<f32>(m * k, 2), integers::<f32>(m, 3));
            let (scale, shift, slopes) =
                (integers::<f32>(m, 4), integers::<f32>(m, 5), (0..m).map(|i| i as f32).collect::<Vec<_>>());
            let b = ImplicitIm2col { image: &image, starts: &starts, runs, run, stride: 50 };
            assert!(is_crowded::<f32>(&starts));
            let (a, written, n) = (Matrix::new(&a, m, k), b.entries(), runs * run);
            let mut sums = vec![f32::NAN; m * n];
            naive::gemm(a, Matrix::new(&written, k, n), Write::Bias(&bias), &mut sums, n);
            for (scale, rectifier) in [None, Some([&scale[..], &shift])].into_iter().flat_map(|scale| {
                [None, Some(Rectifier::Zero), Some(Rectifier::Slope(2.0)), Some(Rectifier::Learned(&slopes))]
                    .map(|rectifier| (scale, rectifier))
            }) {
                let then = Epilogue { scale, rectifier, pool: None };
                let (mut found, mut defined) = (vec![f32::NAN; m * n], sums.clone());
                gemm_then(a, b, Write::Bias(&bias), &then, &mut found, n);
                then.apply(m, &mut defined);
                assert_eq!(found, defined, "{m}×{k}×{n}, {then:?}");
            }
            if run.is_multiple_of(LANES) {
                let (mut found, mut defined) = (vec![1.0; m * n], vec![1.0; m * n]);
                gemm(a, b, Write::Accumulate, &mut found, n);
                naive::gemm(a, Matrix::new(&written, k, n), Write::Accumulate, &mut defined, n);
                assert_eq!(found, defined, "{m}×{k}×{n}, added");
            }
        }
    }

    #[test]
    #[should_panic(expected = "runs of 17 numbers, which are not whole vectors, would be accumulated twice")]
    fn nothing_is_accumulated_twice() {
        let b = ImplicitIm2col { image: &[0.0f32; 20], starts: &[0], runs: 1, run: 17, stride: 17 };
        gemm(Matrix::new(&[1.0], 1, 1), b, Write::Accumulate, &mut [0.0; 17], 17);
    }

    #[test]
    #[should_panic(expected = "a run of 15 numbers is less than a vector")]
    fn a_run_has_a_vector() {
        let b = ImplicitIm2col { image: &[0.0f32; 20], starts: &[0], runs: 1, run: 15, stride: 15 };
        gemm(Matrix::new(&[1.0], 1, 1), b, Write::Overwrite, &mut [0.0; 15], 15);
    }

    #[test]
    #[should_panic(expected = "reach beyond an image of 20")]
    fn rows_have_to_stay_inside() {
        let b = ImplicitIm2col { image: &[0.0f32; 20], starts: &[5], runs: 1, run: 16, stride: 16 };
        gemm(Matrix::new(&[1.0], 1, 1), b, Write::Overwrite, &mut [0.0; 16], 16);
    }
}
