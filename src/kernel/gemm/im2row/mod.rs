//! Implicit im2row: products `C ← im2row(x)·B` whose vectors lie along the columns of `B`, the filters.
//!
//! The other products put adjacent positions of an image in a vector, so they need rows that fill one. Fast because here a vector
//! is sixteen filters at one position: every pixel that is read is multiplied by all of them, whatever the size and the stride of the
//! image, and no vector is partly empty. A tile of up to sixteen adjacent positions stays in registers over the whole reduction, as
//! in the convolutions of Georganas et al. (2018, *Anatomy of high-performance deep learning convolutions on SIMD architectures*).
//!
//! `B` and `C` consist of panels of [`PANEL`] columns, one after the other, each with its rows contiguous. So everything that the
//! inner loop reads of `B` is adjacent, and whole cache lines.
//!
//! If the columns are the taps of [`Windows`], most of the zeros around an image are not multiplied: the rows of a window above and below
//! it, and, in runs of up to eight positions, the taps beside it at the first and the last one.

mod pack;
mod tile;

use super::Write;
use crate::scalar::Scalar;
use crate::shape::Geometry;
use crate::simd::{Arch, Simd, WithSimd};
pub(in super::super) use pack::pack;
use tile::{Taps, Tile};

/// The number of columns in a panel: the values in the longest vectors of any processor.
pub const PANEL: usize = super::implicit::LANES;

/// The matrix `im2row(x)`, whose entries are pixels: entry `(r·run + i, k)` is `image[starts[k] + r·stride + i·step]`.
#[derive(Clone, Copy, Debug)]
pub struct ImplicitIm2row<'a, T> {
    /// The pixels.
    pub image: &'a [T],
    /// Where each column begins in the image.
    pub starts: &'a [u32],
    /// The number of runs in a column.
    pub runs: usize,
    /// The number of values in a run.
    pub run: usize,
    /// The distance in the image from the beginning of one run of a column to that of the next.
    pub stride: usize,
    /// The distance from one value of a run to the next.
    pub step: usize,
    /// The windows that the columns are the taps of, if zeros around the image are to be skipped.
    pub windows: Option<Windows<'a>>,
}

/// The windows of a convolution: column `(c·KH + ky)·KW + kx` is a tap of them, and a run is a row of outputs.
#[derive(Clone, Copy, Debug)]
pub struct Windows<'a> {
    /// The convolution.
    pub geometry: &'a Geometry,
    /// The row of outputs that is the first run.
    pub first: usize,
}

/// `C ← im2row(x)·B`. `B` is `[panels, K, PANEL]`, `C` is `[panels, rows, PANEL]`. A bias belongs to a column.
///
/// # Panics
/// If the sizes are inconsistent, a column reaches beyond the image, or the columns are not taps of the windows.
pub fn gemm<T: Scalar>(a: ImplicitIm2row<'_, T>, b: &[T], write: Write<'_, T>, c: &mut [T]) {
    product(a, b, write, c, 0);
}

/// A max pooling of [`gemm`]'s `C`: the largest value of every window of `height` runs and two adjacent values. Returns whether there may
/// be NaN in `C`, or infinities; then what is written is undefined.
///
/// # Panics
/// If [`gemm`] would, `C` is not whole windows, values are more than 2 apart, or the product would be accumulated.
pub(in super::super) fn gemm_then_pool<T: Scalar>(
    a: ImplicitIm2row<'_, T>,
    b: &[T],
    write: Write<'_, T>,
    height: usize,
    c: &mut [T],
) -> bool {
    let whole = height > 0 && a.runs.is_multiple_of(height) && a.run.is_multiple_of(2);
    assert!(whole, "{} runs of {} values are not whole windows of {height}×2", a.runs, a.run);
    assert!(a.step <= 2, "values are {} apart, not 1 or 2", a.step);
    assert!(!matches!(write, Write::Accumulate), "a pooling is not accumulated");
    product(a, b, write, c, height)
}

#[inline(never)]
fn product<T: Scalar>(a: ImplicitIm2row<'_, T>, b: &[T], write: Write<'_, T>, c: &mut [T], height: usize) -> bool {
    let rows = a.checked_rows() / if height > 0 { 2 * height } else { 1 };
    if rows == 0 {
        return false;
    }
    let panels = c.len() / (rows * PANEL);
    assert_eq!(c.len(), panels * rows * PANEL, "whole panels of C, {rows} rows");
    assert_eq!(b.len(), panels * a.starts.len() * PANEL, "as many panels of B, {} rows", a.starts.len());
    if let Write::Bias(bias) = write {
        assert_eq!(bias.len(), panels * PANEL, "one bias for each column of C");
    }
    if let Some(Windows { geometry, .. }) = a.windows {
        assert_eq!(a.starts.len(), geometry.patch(), "one column for each tap of a window");
    }
    Arch::new().dispatch(Product { a, b, write, c, rows, height, sum: [T::zero(); PANEL] })
}

impl<T> ImplicitIm2row<'_, T> {
    /// The number of rows, after checking that all columns are inside the image.
    #[inline]
    #[track_caller]
    fn checked_rows(&self) -> usize {
        let ImplicitIm2row { image, starts, runs, run, stride, step, .. } = *self;
        let (Some(runs_after), Some(values_after)) = (runs.checked_sub(1), run.checked_sub(1)) else { return 0 };
        let first = starts.iter().max().map_or(0, |&start| start as usize);
        let last = runs_after
            .checked_mul(stride)
            .and_then(|at| values_after.checked_mul(step)?.checked_add(at)?.checked_add(first));
        assert!(
            starts.is_empty() || last.is_some_and(|last| last < image.len()),
            "{runs} runs of {run} numbers, {stride} and {step} apart from {first}, reach beyond an image of {}",
            image.len()
        );
        let rows = runs.checked_mul(run).filter(|rows| rows.checked_mul(PANEL).is_some());
        assert!(rows.is_some(), "{runs}×{run} rows are too many");
        rows.unwrap_or(0)
    }
}

/// A product whose sizes have been checked.
struct Product<'a, T> {
    a: ImplicitIm2row<'a, T>,
    b: &'a [T],
    write: Write<'a, T>,
    c: &'a mut [T],
    /// The rows of `C`.
    rows: usize,
    /// The runs of a window, if `C` is the result of a pooling; otherwise 0.
    height: usize,
    /// The sum of all values that are pooled, column by column of a panel. It is NaN if one of its terms is.
    sum: [T; PANEL],
}

/// Which tiles there are on the processor `S`: constants, so that others are not compiled.
struct Tiles<S, T>(S, T);

impl<S: Simd, T: Scalar> Tiles<S, T> {
    /// The vectors in a row of a panel.
    const VECTORS: usize = PANEL * size_of::<T>() / size_of::<T::Of<S>>();

    /// Whether a tile of this many rows and panels fits in the registers: its sums, a row of `B`, and a pixel.
    const fn fit(rows: usize, panels: usize) -> bool {
        (rows + 1) * panels * Self::VECTORS < S::REGISTER_COUNT || rows == 1 && panels == 1
    }

    /// Whether there is such a tile: if it fits, or for the two columns of a window of a pooling, of one panel.
    const fn exist(rows: usize, panels: usize) -> bool {
        Self::fit(rows, panels) || rows == 2 && panels == 1
    }
}

impl<T: Scalar> WithSimd for Product<'_, T> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) -> bool {
        match Tiles::<S, T>::VECTORS {
            1 => self.panels::<S, 1>(simd),
            2 => self.panels::<S, 2>(simd),
            4 => self.panels::<S, 4>(simd),
            8 => self.panels::<S, 8>(simd),
            _ => self.panels::<S, 16>(simd),
        }
        self.sum.iter().any(|sum| sum.is_nan())
    }
}

impl<T: Scalar> Product<'_, T> {
    /// Computes all panels, as many together as registers allow; `V` vectors are a row of a panel.
    #[inline(always)]
    fn panels<S: Simd, const V: usize>(&mut self, simd: S) {
        if const { V != Tiles::<S, T>::VECTORS } {
            return;
        }
        let panels = self.c.len() / (self.rows * PANEL);
        let mut panel = 0;
        while panel < panels {
            let left = panels - panel;
            // Short runs leave registers for more panels.
            panel += if const { Tiles::<S, T>::fit(6, 4) } && left >= 4 && self.a.run <= 6 {
                self.runs::<S, V, 4>(simd, panel)
            } else if const { Tiles::<S, T>::fit(8, 2) } && left >= 2 {
                self.runs::<S, V, 2>(simd, panel)
            } else {
                self.runs::<S, V, 1>(simd, panel)
            };
        }
    }

    /// Computes `P` panels from `panel`, and returns `P`.
    #[inline(always)]
    fn runs<S: Simd, const V: usize, const P: usize>(&mut self, simd: S, panel: usize) -> usize {
        let most = (1..=MOST_ROWS).rev().find(|&rows| Tiles::<S, T>::fit(rows, P)).unwrap_or(1);
        let unit = if self.height > 0 { 2 } else { 1 };
        let (run, units) = (self.a.run, self.a.run / unit);
        let tiles = units.div_ceil((most / unit).max(1));
        let taps = Taps::new(&self.a);
        for r in 0..self.a.runs {
            let taps = taps.of_run(&self.a, r);
            // Tiles of a run differ by one row at most, or by one pair.
            let (mut i, rows, longer) = (0, units / tiles, units % tiles);
            for tile in 0..tiles {
                let rows = (rows + usize::from(tile < longer)) * unit;
                let taps = taps.of_tile(i == 0, i + rows == run);
                match self.a.step {
                    1 => self.tile_of::<S, V, P, 1>(simd, panel, [r, i], rows, taps),
                    2 => self.tile_of::<S, V, P, 2>(simd, panel, [r, i], rows, taps),
                    _ => (0..rows).for_each(|m| {
                        let (at, taps) = ([r, i + m], taps.of_tile(false, false));
                        simd.vectorize(Tile::<T, V, P, 1, 1, false> { of: self, panel, at, taps });
                    }),
                }
                i += rows;
            }
        }
        P
    }

    /// Computes a tile of `rows` rows.
    #[inline(always)]
    fn tile_of<S: Simd, const V: usize, const P: usize, const STEP: usize>(
        &mut self,
        simd: S,
        panel: usize,
        at: [usize; 2],
        rows: usize,
        taps: Taps,
    ) {
        macro_rules! tile {
            ($($rows:literal)*) => {
                match rows {
                    $($rows if const { Tiles::<S, T>::exist($rows, P) } => {
                        if const { 1 < $rows && $rows <= NARROW && $rows * P * V >= FEWEST } && taps.skip_sides() {
                            simd.vectorize(Tile::<T, V, P, STEP, $rows, true> { of: self, panel, at, taps });
                        } else {
                            simd.vectorize(Tile::<T, V, P, STEP, $rows, false> { of: self, panel, at, taps });
                        }
                    })*
                    _ => unreachable!("a tile of {rows} rows"),
                }
            };
        }
        tile!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16);
    }
}

/// The rows of the longest tile.
const MOST_ROWS: usize = 16;

/// In runs of so many values, the zeros beside the image are skipped. In longer ones, they are few.
const NARROW: usize = 8;

/// And in tiles of at least so many vectors: in smaller ones, the branches take longer than the products.
const FEWEST: usize = 12;

#[cfg(test)]
mod tests {
    use super::super::super::matrix::Matrix;
    use super::super::super::naive;
    use super::super::super::transpose::transpose;
    use super::*;
    use crate::shape::{Dims, Window};
    use alloc::vec;
    use alloc::vec::Vec;

    /// Small integers, so that sums are exact in any order and both results must agree to the last bit.
    fn integers<T: Scalar>(len: usize, seed: usize) -> Vec<T> {
        (0..len).map(|i| T::from_f64(((i * 7 + seed * 13) % 11) as f64 - 5.0)).collect()
    }

    /// Tests every number of rows in a tile and several tiles, one to seven panels, values side by side and apart, and every [`Write`].
    fn agrees_with_the_definition<T: Scalar>() {
        for (run, step) in (1..40).flat_map(|run| [(run, 1), (run, 2), (run, 3)]) {
            for (runs, filters) in [(1, 16), (2, 32), (3, 48), (2, 64), (1, 112)] {
                let (starts, stride) = ([0, 3, 40, 1, 17], run * step + 2);
                let (k, rows) = (starts.len(), runs * run);
                let image = integers::<T>(41 + (runs - 1) * stride + (run - 1) * step, 1);
                let a = ImplicitIm2row { image: &image, starts: &starts, runs, run, stride, step, windows: None };
                let pixel = |k: usize, row: usize| image[starts[k] as usize + row / run * stride + row % run * step];
                let patches: Vec<T> = (0..k * rows).map(|at| pixel(at / rows, at % rows)).collect();
                let (weight, bias) = (integers::<T>(filters * k, 2), integers::<T>(filters, 3));
                let weight = Matrix::new(&weight, filters, k);
                let mut panels = vec![T::nan(); filters * k];
                pack(weight, &mut panels);
                for write in [Write::Overwrite, Write::Accumulate, Write::Bias(&bias)] {
                    let before = match write {
                        Write::Accumulate => vec![T::one(); filters * rows],
                        Write::Overwrite | Write::Bias(_) => vec![T::nan(); filters * rows],
                    };
                    let (mut found, mut defined) = (before.clone(), before.clone());
                    gemm(a, &panels, write, &mut found);
                    naive::gemm(weight, Matrix::new(&patches, k, rows), write, &mut defined, rows);
                    let mut columns = vec![T::nan(); filters * rows];
                    for (panel, columns) in found.chunks_exact(rows * PANEL).zip(columns.chunks_exact_mut(rows * PANEL))
                    {
                        transpose(Matrix::new(panel, rows, PANEL), columns);
                    }
                    assert_eq!(columns, defined, "{filters} filters, {runs} runs of {run}, {step} apart, {write:?}");
                }
            }
        }
    }

    #[test]
    fn agrees() {
        agrees_with_the_definition::<f32>();
        agrees_with_the_definition::<f64>();
    }

    /// The largest of every window, and whether there may be NaN.
    #[test]
    fn windows_are_pooled() {
        for (run, step, filters) in (2..40).step_by(2).flat_map(|run| [(run, 1, 16), (run, 2, 48), (run, 1, 64)]) {
            let (starts, stride, runs) = ([0, 5], run * step + 2, 6);
            let mut image = integers::<f32>(6 + (runs - 1) * stride + (run - 1) * step, 1);
            let (weight, rows) = (integers::<f32>(filters * 2, 2), runs * run);
            let mut panels = vec![f32::NAN; filters * 2];
            pack(Matrix::new(&weight, filters, 2), &mut panels);
            for (last, height) in [1.0, f32::NAN].into_iter().flat_map(|last| [1, 2, 3, 6].map(|height| (last, height)))
            {
                *image.last_mut().unwrap() = last;
                let a = ImplicitIm2row { image: &image, starts: &starts, runs, run, stride, step, windows: None };
                let (mut all, mut pooled) =
                    (vec![f32::NAN; filters * rows], vec![f32::NAN; filters * rows / 2 / height]);
                gemm(a, &panels, Write::Overwrite, &mut all);
                let has_nan = gemm_then_pool(a, &panels, Write::Overwrite, height, &mut pooled);
                assert_eq!(has_nan, last.is_nan(), "{filters} filters, runs of {run}, {step} apart");
                let defined = (0..pooled.len()).map(|at| {
                    let (row, column) = (at / PANEL, at % PANEL);
                    let (y, x) = (row / (run / 2) * height, row % (run / 2) * 2);
                    let window = (0..height).flat_map(|ky| [0, 1].map(|kx| ((y + ky) * run + x + kx) * PANEL + column));
                    window.map(|at| all[at]).fold(f32::NEG_INFINITY, f32::max)
                });
                assert!(has_nan || defined.eq(pooled), "{filters} filters, runs of {run}, {step} apart, {height} high");
            }
        }
    }

    #[test]
    #[should_panic(expected = "as many panels of B")]
    fn panels_have_to_agree() {
        let a =
            ImplicitIm2row { image: &[0.0f32; 4], starts: &[0], runs: 1, run: 4, stride: 4, step: 1, windows: None };
        gemm(a, &[0.0; 32], Write::Overwrite, &mut [0.0; 64]);
    }

    #[test]
    #[should_panic(expected = "one column for each tap of a window")]
    fn windows_have_to_have_the_taps() {
        let (dims, window) = (Dims::new(1, 2, 2), Window::new([1, 2], [1, 1], [0, 0]));
        let geometry = Geometry { input: dims, output: Dims::new(16, 2, 1), window };
        let windows = Some(Windows { geometry: &geometry, first: 0 });
        let a = ImplicitIm2row { image: &[0.0f32; 4], starts: &[0], runs: 2, run: 1, stride: 2, step: 1, windows };
        gemm(a, &[0.0; 16], Write::Overwrite, &mut [0.0; 32]);
    }

    #[test]
    #[should_panic(expected = "reach beyond an image of 9")]
    fn columns_have_to_stay_inside() {
        let a =
            ImplicitIm2row { image: &[0.0f32; 9], starts: &[0, 3], runs: 1, run: 4, stride: 0, step: 2, windows: None };
        gemm(a, &[0.0; 32], Write::Overwrite, &mut [0.0; 64]);
    }
}
