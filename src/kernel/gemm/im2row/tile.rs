//! A tile of the product: some rows of some panels, whose sums stay in registers.

use super::super::{Write, load, store};
use super::{ImplicitIm2row, NARROW, PANEL, Product, Windows};
use crate::scalar::Scalar;
use crate::simd::{Simd, WithSimd};

/// The taps of a tile: of each channel, the rows of its windows that are inside the image. Those in the padding above and below it
/// would be multiplied by zero.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taps {
    /// The taps of a channel, or of all channels as one.
    channel: usize,
    /// The taps of a row.
    row: usize,
    /// The first row that is inside, and the first after it that is not.
    rows: [usize; 2],
    /// The first tap of a row that is inside at the first position, and the first after it that is not at the last position.
    sides: [usize; 2],
}

impl Taps {
    /// Those of all tiles, but for the rows, which each run has of its own.
    #[inline]
    pub(super) fn new<T>(a: &ImplicitIm2row<'_, T>) -> Taps {
        let Some(Windows { geometry, .. }) = a.windows else { return Taps::all(a) };
        let ([kh, kw], last) = (geometry.window.kernel, a.run - 1);
        let [left, right] = [geometry.taps_inside(1, 0).start, geometry.taps_inside(1, last).end];
        let sides = if left <= right && a.run <= NARROW { [left, right] } else { [0, kw] };
        Taps { channel: kh * kw, row: kw, rows: [0, kh], sides }
    }

    /// All, as one row of one channel.
    fn all<T>(a: &ImplicitIm2row<'_, T>) -> Taps {
        let all = a.starts.len();
        Taps { channel: all, row: all, rows: [0, 1], sides: [0, all] }
    }

    /// Those of all tiles in a run.
    #[inline]
    pub(super) fn of_run<T>(self, a: &ImplicitIm2row<'_, T>, run: usize) -> Taps {
        let Some(Windows { geometry, first }) = a.windows else { return self };
        let (rows, kh) = (geometry.taps_inside(0, first + run), geometry.window.kernel[0]);
        if rows.len() == kh {
            // The channels follow each other without a gap.
            return Taps { channel: a.starts.len(), rows: [0, geometry.input.channels * kh], ..self };
        }
        Taps { rows: [rows.start, rows.end], ..self }
    }

    /// Those of a tile that has the first position of its run, and the last.
    #[inline]
    pub(super) fn of_tile(self, is_first: bool, is_last: bool) -> Taps {
        let [left, right] = self.sides;
        Taps { sides: [if is_first { left } else { 0 }, if is_last { right } else { self.row }], ..self }
    }

    /// Whether a row of taps has some that are outside at the first or the last position.
    #[inline]
    pub(super) fn skip_sides(&self) -> bool {
        self.sides != [0, self.row]
    }
}

/// The sums that a tile adds to in turn, if it is pooled.
const SUMS: usize = 4;

/// `M` rows of `P` panels, from row and value `at` of the runs, where values are `STEP` apart; `V` vectors are a row of a panel. `SIDES`
/// is whether the first and the last row have taps that are outside the image.
///
/// Every tile is a function of its own: the optimizer takes longer for all of them in one than for the rest of a small program.
pub(super) struct Tile<'t, 'a, T, const V: usize, const P: usize, const STEP: usize, const M: usize, const SIDES: bool>
{
    pub(super) of: &'t mut Product<'a, T>,
    pub(super) panel: usize,
    /// The run, and the value in it.
    pub(super) at: [usize; 2],
    pub(super) taps: Taps,
}

impl<T: Scalar, const V: usize, const P: usize, const STEP: usize, const M: usize, const SIDES: bool> WithSimd
    for Tile<'_, '_, T, V, P, STEP, M, SIDES>
{
    type Output = ();

    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // indices show what is multiplied
    fn with_simd<S: Simd>(self, simd: S) {
        let Tile { of: Product { a, b, write, c, rows, height, sum }, panel, at: [r, i], taps } = self;
        let (k, row) = (a.starts.len(), r * a.run + i);
        let at = |p: usize| ((panel + p) * *rows + row) * PANEL..((panel + p) * *rows + row + M) * PANEL;
        let mut sums = [[[T::splat(simd, T::zero()); V]; P]; M];
        match *write {
            Write::Overwrite => {}
            Write::Accumulate => {
                for p in 0..P {
                    let c = &c[at(p)];
                    for m in 0..M {
                        sums[m][p] = load::<S, T, V, true>(simd, &c[m * PANEL..][..PANEL]);
                    }
                }
            }
            Write::Bias(bias) => {
                for p in 0..P {
                    let bias = load::<S, T, V, true>(simd, &bias[(panel + p) * PANEL..]);
                    for m in 0..M {
                        sums[m][p] = bias;
                    }
                }
            }
        }
        let mut panels: [&[[T::Of<S>; V]]; P] = [&[]; P];
        for p in 0..P {
            let (vectors, _) = T::split::<S>(&b[(panel + p) * k * PANEL..][..k * PANEL]);
            panels[p] = &vectors.as_chunks::<V>().0[..k];
        }
        let pixels = &a.image[r * a.stride + i * a.step..];
        let ([first, end], [left, right]) = (taps.rows, taps.sides);
        let (width, mut from) = ((end - first) * taps.row, first * taps.row);
        while from < k {
            let starts = &a.starts[from..][..width];
            let mut b: [&[[T::Of<S>; V]]; P] = [&[]; P];
            for p in 0..P {
                b[p] = &panels[p][from..][..width];
            }
            let mut kx = 0;
            for tap in 0..width {
                let pixels = &pixels[starts[tap] as usize..][..(M - 1) * STEP + 1];
                let mut row = [[T::splat(simd, T::zero()); V]; P];
                for p in 0..P {
                    row[p] = b[p][tap];
                }
                for m in 0..M {
                    if SIDES && (m == 0 && kx < left || m == M - 1 && kx >= right) {
                        continue;
                    }
                    let pixel = T::splat(simd, pixels[m * STEP]);
                    for p in 0..P {
                        for v in 0..V {
                            sums[m][p][v] = T::fused(simd, pixel, row[p][v], sums[m][p][v]);
                        }
                    }
                }
                kx = if kx + 1 < taps.row { kx + 1 } else { 0 };
            }
            from += taps.channel;
        }
        if const { M.is_multiple_of(2) } && *height > 0 {
            // The first run of a window is written, others are compared with what is there.
            let (window, is_first) = (r / *height * (a.run / 2) + i / 2, r.is_multiple_of(*height));
            // Several sums in turn: each addition would wait for the one before.
            let mut all = [[T::splat(simd, T::zero()); V]; SUMS];
            all[0] = load::<S, T, V, true>(simd, &sum[..]);
            for p in 0..P {
                let at = ((panel + p) * *rows + window) * PANEL;
                let c = &mut c[at..at + M / 2 * PANEL];
                for m in 0..M / 2 {
                    let [first, second] = [sums[2 * m][p], sums[2 * m + 1][p]];
                    let all = &mut all[(p * (M / 2) + m) % SUMS];
                    let mut larger = first;
                    for v in 0..V {
                        larger[v] = T::larger(simd, second[v], first[v]);
                        all[v] = T::plus(simd, all[v], T::plus(simd, first[v], second[v]));
                    }
                    let c = &mut c[m * PANEL..][..PANEL];
                    if !is_first {
                        let above = load::<S, T, V, true>(simd, c);
                        for v in 0..V {
                            larger[v] = T::larger(simd, larger[v], above[v]);
                        }
                    }
                    store::<S, T, V, true>(simd, c, larger);
                }
            }
            let mut total = all[0];
            for v in 0..V {
                for s in 1..SUMS {
                    total[v] = T::plus(simd, total[v], all[s][v]);
                }
            }
            store::<S, T, V, true>(simd, &mut sum[..], total);
            return;
        }
        for p in 0..P {
            let c = &mut c[at(p)];
            for m in 0..M {
                store::<S, T, V, true>(simd, &mut c[m * PANEL..][..PANEL], sums[m][p]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::super::matrix::Matrix;
    use super::super::super::super::naive;
    use super::super::super::super::transpose::transpose;
    use super::super::{gemm, pack};
    use super::*;
    use crate::shape::{Dims, Geometry, Window};
    use alloc::vec;
    use alloc::vec::Vec;

    /// Small integers, so that sums are exact in any order.
    fn integers(len: usize, seed: usize) -> Vec<f32> {
        (0..len).map(|i| ((i * 7 + seed * 13) % 11) as f32 - 5.0).collect()
    }

    /// With rows of NaN around the image, and columns of zeros: in narrow tiles, those are skipped in part.
    #[test]
    fn rows_of_padding_are_never_read() {
        let images =
            [([8, 8], [3, 3], [1, 1], [1, 1]), ([5, 14], [3, 3], [2, 2], [2, 2]), ([3, 2], [5, 5], [1, 1], [2, 2])];
        let others =
            [([1, 1], [3, 3], [1, 1], [1, 1]), ([7, 33], [1, 3], [1, 1], [0, 1]), ([2, 6], [3, 4], [1, 3], [4, 5])];
        for (image, kernel, stride, padding) in images.into_iter().chain(others) {
            let (input, window) = (Dims::new(2, image[0], image[1]), Window::new(kernel, stride, padding));
            let output = Dims::new(16, window.output(0, input.height), window.output(1, input.width));
            let geometry = Geometry { input, output, window };
            geometry.check_convolution(1);
            let pixels = integers(input.len(), 1);
            let padded = window.padded(input);
            let mut image = vec![f32::NAN; padded.len()];
            for (row, pixels) in pixels.chunks_exact(input.width).enumerate() {
                let (c, y) = (row / input.height, row % input.height + padding[0]);
                let line = &mut image[(c * padded.height + y) * padded.width..][..padded.width];
                line.fill(0.0);
                line[padding[1]..][..input.width].copy_from_slice(pixels);
            }
            let [kh, kw] = kernel;
            let place = |k: usize| ((k / (kh * kw) * padded.height + k / kw % kh) * padded.width + k % kw) as u32;
            let starts: Vec<u32> = (0..geometry.patch()).map(place).collect();
            let weight = integers(geometry.patch() * PANEL, 2);
            let mut panel = vec![f32::NAN; weight.len()];
            pack(Matrix::new(&weight, PANEL, geometry.patch()), &mut panel);
            let a = ImplicitIm2row {
                image: &image,
                starts: &starts,
                runs: output.height,
                run: output.width,
                stride: stride[0] * padded.width,
                step: stride[1],
                windows: Some(Windows { geometry: &geometry, first: 0 }),
            };
            let (mut found, mut defined) = (vec![f32::NAN; output.len()], vec![f32::NAN; output.len()]);
            gemm(a, &panel, Write::Overwrite, &mut found);
            naive::conv2d(&geometry, 1, &pixels, &weight, &[], &mut defined);
            let mut planes = vec![f32::NAN; output.len()];
            transpose(Matrix::new(&found, geometry.positions(), PANEL), &mut planes);
            assert_eq!(planes, defined, "{geometry:?}");
        }
    }
}
