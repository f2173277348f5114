//! Images with their padding written out, so that every window is somewhere in memory.
//!
//! In [`Planes`] channels are outermost, as in the image itself, and one row of outputs reads a row of pixels. In [`Inside`]
//! channels are innermost, and one row of a window reads a run of pixels. Both give the patches of a convolution as
//! [`Windows`]: one as columns, the other as rows. Fast because each pixel is copied once, in whole rows, where
//! [im2col](super::im2col) copies it for every window that sees it.

use super::matrix::Matrix;
use super::transpose::transpose;
use super::windows::{LANES, Windows};
use crate::scalar::Scalar;
use crate::shape::{Dims, Geometry, MAX_NUMBERS, Window, volume};

/// The image `[C, H, W]` with its padding, cut up by the stride: pixels that the same tap can see are side by side.
///
/// With stride 2, say, even and odd rows are apart, and so are even and odd columns, in a plane for each of the four
/// combinations; a tap always meets pixels of one plane, without gaps. With stride 1 the image is one such plane.
///
/// ```text
/// planes[c, y mod sh, x mod sw, ⌊y/sh⌋, ⌊x/sw⌋] = padded[c, y, x]
/// columns[(c, ky, kx), (oy, ox)] = planes[c, ky mod sh, kx mod sw, oy + ⌊ky/sh⌋, ox + ⌊kx/sw⌋]
/// ```
#[derive(Clone, Copy)]
pub struct Planes {
    geometry: Geometry,
    /// The size of a plane.
    height: usize,
    width: usize,
}

impl Planes {
    /// The planes of a convolution, if its patches lie in them in whole vectors, and they are not larger than [`MAX_NUMBERS`].
    #[inline(always)]
    pub const fn new(geometry: &Geometry) -> Option<Planes> {
        let Geometry { input, output, window } = *geometry;
        if !geometry.is_sound() || !output.width.is_multiple_of(LANES) {
            return None;
        }
        let (padded, [sh, sw]) = (window.padded(input), window.stride);
        let planes =
            Planes { geometry: *geometry, height: padded.height.div_ceil(sh), width: padded.width.div_ceil(sw) };
        if planes.size() <= MAX_NUMBERS { Some(planes) } else { None }
    }

    /// How many numbers they take.
    #[inline(always)]
    pub const fn size(&self) -> usize {
        let [sh, sw] = self.geometry.window.stride;
        volume!(self.geometry.input.channels, sh, sw, self.height, self.width)
    }

    /// Where in the planes each row of the matrix of patches begins.
    ///
    /// # Panics
    /// If there is not one start for each number of a patch.
    #[inline(always)]
    pub fn starts(&self, starts: &mut [u32]) {
        let Geometry { input, window, .. } = self.geometry;
        let ([kh, kw], [sh, sw]) = (window.kernel, window.stride);
        assert_eq!(starts.len(), self.geometry.patch(), "one start for each number of a patch");
        let mut starts = starts.iter_mut();
        for c in 0..input.channels {
            for ky in 0..kh {
                for (kx, start) in (0..kw).zip(&mut starts) {
                    let plane = (c * sh + ky % sh) * sw + kx % sw;
                    *start = ((plane * self.height + ky / sh) * self.width + kx / sw) as u32;
                }
            }
        }
    }

    /// Writes them.
    ///
    /// # Panics
    /// If a slice does not have the length the geometry says.
    #[inline(always)]
    pub fn fill<T: Scalar>(&self, input: &[T], planes: &mut [T]) {
        let Geometry { input: from, window, .. } = self.geometry;
        let ([sh, sw], [ph, pw]) = (window.stride, window.padding);
        assert_eq!([input.len(), planes.len()], [from.len(), self.size()], "numbers and geometry");
        let (height, width) = (self.height, self.width);
        let images =
            input.chunks_exact(from.height * from.width).zip(planes.chunks_exact_mut(sh * sw * height * width));
        for (image, planes) in images {
            planes.fill(T::zero());
            for (y, line) in image.chunks_exact(from.width).enumerate() {
                let (phase, row) = ((y + ph) % sh, (y + ph) / sh);
                for x in 0..sw.min(from.width) {
                    // Pixels x, x + sw, … of the line.
                    let plane = phase * sw + (x + pw) % sw;
                    let to = &mut planes[(plane * height + row) * width + (x + pw) / sw..];
                    every(sw, &line[x..], &mut to[..(from.width - x).div_ceil(sw)]);
                }
            }
        }
    }

    /// The patches, as columns.
    pub fn windows<'a, T>(&self, planes: &'a [T], starts: &'a [u32]) -> Windows<'a, T> {
        let output = self.geometry.output;
        Windows { image: planes, starts, runs: output.height, run: output.width, stride: self.width }
    }
}

/// `to[i] = from[i·step]`
#[inline(always)]
fn every<T: Scalar>(step: usize, from: &[T], to: &mut [T]) {
    match step {
        1 => to.copy_from_slice(from),
        2 => {
            let (pairs, last) = from.as_chunks::<2>();
            let (firsts, rest) = to.split_at_mut(pairs.len());
            firsts.iter_mut().zip(pairs).for_each(|(to, pair)| *to = pair[0]);
            rest.copy_from_slice(last);
        }
        _ => to.iter_mut().zip(from.iter().step_by(step)).for_each(|(to, &from)| *to = from),
    }
}

/// The image with its padding and its channels innermost, `[H + 2·PH, W + 2·PW, C]`.
///
/// ```text
/// rows[(oy, ox), (ky, kx, c)] = inside[oy·sh + ky, ox·sw + kx, c]
/// ```
#[derive(Clone, Copy)]
pub struct Inside {
    geometry: Geometry,
    height: usize,
    width: usize,
}

impl Inside {
    /// The padded image of a convolution.
    ///
    /// # Panics
    /// If the geometry leads nowhere.
    #[inline(always)]
    pub const fn new(geometry: &Geometry) -> Inside {
        geometry.check();
        let Dims { height, width, .. } = geometry.window.padded(geometry.input);
        Inside { geometry: *geometry, height, width }
    }

    /// Whether a row of a window is whole vectors, so that there are [`windows`](Inside::windows).
    #[inline(always)]
    pub const fn has_windows(&self) -> bool {
        let run = self.geometry.window.kernel[1] * self.geometry.input.channels;
        run > 0 && run.is_multiple_of(LANES)
    }

    /// How many numbers it takes.
    #[inline(always)]
    pub const fn size(&self) -> usize {
        self.geometry.input.channels * self.height * self.width
    }

    /// Where in the image each patch begins.
    pub fn starts(&self) -> impl Iterator<Item = u32> {
        let Geometry { input, output, window } = self.geometry;
        let ([sh, sw], width) = (window.stride, self.width);
        (0..output.height * output.width).map(move |at| {
            let (oy, ox) = (at / output.width, at % output.width);
            ((oy * sh * width + ox * sw) * input.channels) as u32
        })
    }

    /// Writes the image, but not its padding.
    ///
    /// # Panics
    /// If a slice does not have the length the geometry says.
    #[inline(always)]
    pub fn fill<T: Scalar>(&self, input: &[T], inside: &mut [T]) {
        let Geometry { input: from, window, .. } = self.geometry;
        assert_eq!([input.len(), inside.len()], [from.len(), self.size()], "numbers and geometry");
        let lines = inside.chunks_exact_mut(self.width * from.channels).skip(window.padding[0]);
        for (y, line) in lines.take(from.height).enumerate() {
            let pixels = Matrix::strided(&input[y * from.width..], from.channels, from.width, from.height * from.width);
            transpose(pixels, &mut line[window.padding[1] * from.channels..][..from.width * from.channels]);
        }
    }

    /// The same convolution of the padded image, which then has no padding.
    #[inline(always)]
    pub const fn padded(&self) -> Geometry {
        let Geometry { input, output, window } = self.geometry;
        let input = Dims::new(input.channels, self.height, self.width);
        Geometry { input, output, window: Window { padding: [0, 0], ..window } }
    }

    /// The patches, as rows, in the order of `(ky, kx, c)`.
    pub fn windows<'a, T>(&self, inside: &'a [T], starts: &'a [u32]) -> Windows<'a, T> {
        let Geometry { input, window, .. } = self.geometry;
        let ([kh, kw], channels) = (window.kernel, input.channels);
        Windows { image: inside, starts, runs: kh, run: kw * channels, stride: self.width * channels }
    }
}

#[cfg(test)]
mod tests {
    use super::super::naive;
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    /// Both ways of writing an image give the patches that im2col is defined by.
    #[test]
    fn the_patches_are_all_there() {
        for (input, kernel, stride, padding, output) in [
            (Dims::new(2, 5, 16), [3, 3], [1, 1], [1, 1], [5, 16]),
            (Dims::new(3, 6, 33), [3, 2], [2, 2], [2, 0], [4, 16]),
            (Dims::new(16, 7, 46), [2, 4], [3, 3], [0, 2], [2, 16]),
            (Dims::new(8, 4, 32), [1, 2], [2, 1], [0, 1], [2, 33]),
        ] {
            let output = Dims::new(1, output[0], output[1]);
            let geometry = Geometry { input, output, window: Window { kernel, stride, padding } };
            let image: Vec<f32> = (0..input.len()).map(|i| i as f32 + 1.0).collect();
            let (patch, positions) = (geometry.patch(), geometry.positions());
            let mut columns = vec![f32::NAN; patch * positions];
            naive::im2col(&geometry, &image, &mut columns);

            if let Some(planes) = Planes::new(&geometry) {
                let (mut written, mut starts) = (vec![f32::NAN; planes.size()], vec![0; patch]);
                planes.fill(&image, &mut written);
                planes.starts(&mut starts);
                assert_eq!(entries(planes.windows(&written, &starts)), columns, "{geometry:?}");
            }

            let inside = Inside::new(&geometry);
            let (mut written, starts) = (vec![0.0; inside.size()], inside.starts().collect::<Vec<_>>());
            inside.fill(&image, &mut written);
            let rows = entries(inside.windows(&written, &starts));
            let taps = patch / input.channels;
            for (at, &entry) in rows.iter().enumerate() {
                let (position, tap, c) = (at / patch, at % patch / input.channels, at % input.channels);
                assert_eq!(entry, columns[(c * taps + tap) * positions + position], "{geometry:?}");
            }
        }
    }

    /// The matrix, row by row.
    fn entries(windows: Windows<'_, f32>) -> Vec<f32> {
        let Windows { image, starts, runs, run, stride } = windows;
        let row = |&start: &u32| (0..runs * run).map(move |j| image[start as usize + j / run * stride + j % run]);
        starts.iter().flat_map(row).collect()
    }
}
