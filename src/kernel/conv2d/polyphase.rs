//! The image that the forward pass reads its patches from, as columns: implicit im2col.
//!
//! Channels come first, as in the image itself, so one row of outputs reads a row of pixels. Fast because each pixel is copied
//! once, in whole rows, where [im2col](crate::kernel::im2col) copies it for every window that sees it.

use core::array::from_fn;

use crate::kernel::gemm::implicit::{ImplicitIm2col, LANES};
use crate::scalar::Scalar;
use crate::shape::{Geometry, MAX_NUMBERS, volume};

/// A polyphase image: the image `[C, H, W]` with its padding, split by the stride so that the pixels a tap reads are adjacent.
///
/// With stride 2, for example, even and odd rows are separated, and so are even and odd columns: there is a plane for each of
/// the four combinations. A tap reads pixels of one plane only, without gaps. With stride 1 each channel is one plane.
///
/// ```text
/// planes[c, y mod sh, x mod sw, ⌊y/sh⌋, ⌊x/sw⌋] = padded[c, y, x]
/// columns[(c, ky, kx), (oy, ox)] = planes[c, y mod sh, x mod sw, oy + ⌊y/sh⌋, ox + ⌊x/sw⌋]     y = ky·dh, x = kx·dw
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Polyphase {
    geometry: Geometry,
    /// The size of a plane.
    height: usize,
    width: usize,
}

impl Polyphase {
    /// The image of a convolution, if its output size is not rounded up, its rows of outputs fill their vectors by four fifths or
    /// more, and it has no more than [`MAX_NUMBERS`] values.
    #[inline(always)]
    pub const fn new(geometry: &Geometry) -> Option<Polyphase> {
        let width = geometry.output.width;
        let fills = width >= LANES && volume!(width, 5) >= volume!(width.div_ceil(LANES), LANES, 4);
        if !geometry.is_sound() || geometry.window.ceil || !fills {
            return None;
        }
        let image = Polyphase::of(geometry);
        if image.size() <= MAX_NUMBERS { Some(image) } else { None }
    }

    /// The image of any convolution with a [sound](Geometry::is_sound) geometry.
    #[inline(always)]
    pub(super) const fn of(geometry: &Geometry) -> Polyphase {
        let (padded, [sh, sw]) = (geometry.window.padded(geometry.input), geometry.window.stride);
        Polyphase { geometry: *geometry, height: padded.height.div_ceil(sh), width: padded.width.div_ceil(sw) }
    }

    /// The rows and columns of a plane.
    #[inline(always)]
    pub(super) const fn plane(&self) -> [usize; 2] {
        [self.height, self.width]
    }

    /// The number of values in the image.
    #[inline(always)]
    pub const fn size(&self) -> usize {
        let [sh, sw] = self.geometry.window.stride;
        volume!(self.geometry.input.channels, sh, sw, self.height, self.width)
    }

    /// Writes where each row of the matrix of patches begins in the image.
    ///
    /// # Panics
    /// If there is not one start for each value of a patch.
    #[inline(always)]
    pub fn starts(&self, starts: &mut [u32]) {
        let Geometry { input, window, .. } = self.geometry;
        let ([kh, kw], [sh, sw], [dh, dw]) = (window.kernel, window.stride, window.dilation);
        assert_eq!(starts.len(), self.geometry.patch(), "one start for each number of a patch");
        let mut starts = starts.iter_mut();
        for c in 0..input.channels {
            for ky in 0..kh {
                for (kx, start) in (0..kw).zip(&mut starts) {
                    let (y, x) = (ky * dh, kx * dw);
                    let plane = (c * sh + y % sh) * sw + x % sw;
                    *start = ((plane * self.height + y / sh) * self.width + x / sw) as u32;
                }
            }
        }
    }

    /// Whether the image is the input itself, so that nothing need be copied: there is no padding, and the stride is 1.
    #[inline(always)]
    pub(super) const fn is_input(&self) -> bool {
        let Geometry { input, window, .. } = self.geometry;
        let padded = window.padded(input);
        window.stride[0] == 1 && window.stride[1] == 1 && padded.height == input.height && padded.width == input.width
    }

    /// Writes zeros, which stay where the image has its padding.
    #[inline(always)]
    pub(super) fn clear<T: Scalar>(&self, planes: &mut [T]) {
        if !self.is_input() {
            planes[..self.size()].fill(T::zero());
        }
    }

    /// The image: the input itself, or what is written to `planes`, which have been [cleared](Polyphase::clear).
    #[inline(always)]
    pub(super) fn of_input<'a, T: Scalar>(&self, input: &'a [T], planes: &'a mut [T]) -> &'a [T] {
        if self.is_input() {
            return input;
        }
        self.fill_cleared(input, planes);
        planes
    }

    /// Writes the image, padding included.
    ///
    /// # Panics
    /// If a slice does not have the length the geometry implies.
    #[inline(always)]
    pub fn fill<T: Scalar>(&self, input: &[T], planes: &mut [T]) {
        self.check(input, planes);
        planes.fill(T::zero());
        self.fill_cleared(input, planes);
    }

    /// Writes the image without its padding, where zeros are already.
    ///
    /// # Panics
    /// If a slice does not have the length the geometry implies.
    #[inline(always)]
    pub(super) fn fill_cleared<T: Scalar>(&self, input: &[T], planes: &mut [T]) {
        self.check(input, planes);
        let Geometry { input: from, window, .. } = self.geometry;
        let ([sh, sw], [ph, pw]) = (window.stride, window.before);
        let (height, width) = (self.height, self.width);
        let images =
            input.chunks_exact(from.height * from.width).zip(planes.chunks_exact_mut(sh * sw * height * width));
        for (image, planes) in images {
            for (y, line) in image.chunks_exact(from.width).enumerate() {
                let (phase, row) = ((y + ph) % sh, (y + ph) / sh);
                // Where pixels x, x + sw, … of the line go.
                let places = |x: usize| {
                    let plane = phase * sw + (x + pw) % sw;
                    let first = (plane * height + row) * width + (x + pw) / sw;
                    first..first + (from.width - x).div_ceil(sw)
                };
                match sw {
                    1 => planes[places(0)].copy_from_slice(line),
                    2 if from.width > 1 => match planes.get_disjoint_mut([places(0), places(1)]) {
                        Ok([even, odd]) => deinterleave(line, even, odd),
                        Err(_) => unreachable!("pixels of two planes"),
                    },
                    _ => {
                        for x in 0..sw.min(from.width) {
                            let pixels = line[x..].iter().step_by(sw);
                            planes[places(x)].iter_mut().zip(pixels).for_each(|(to, &from)| *to = from);
                        }
                    }
                }
            }
        }
    }

    /// Reads the image without its padding: the inverse of [`fill`](Polyphase::fill).
    ///
    /// # Panics
    /// If a slice does not have the length the geometry implies.
    #[inline(always)]
    pub(super) fn take<T: Scalar>(&self, planes: &[T], output: &mut [T]) {
        self.check(output, planes);
        let Geometry { input: from, window, .. } = self.geometry;
        let ([sh, sw], [ph, pw]) = (window.stride, window.before);
        let (height, width) = (self.height, self.width);
        let images =
            output.chunks_exact_mut(from.height * from.width).zip(planes.chunks_exact(sh * sw * height * width));
        for (image, planes) in images {
            for (y, line) in image.chunks_exact_mut(from.width).enumerate() {
                let (phase, row) = ((y + ph) % sh, (y + ph) / sh);
                // Where pixels x, x + sw, … of the line are.
                let pixels = |x: usize| {
                    let plane = phase * sw + (x + pw) % sw;
                    &planes[(plane * height + row) * width + (x + pw) / sw..][..(from.width - x).div_ceil(sw)]
                };
                match sw {
                    1 => line.copy_from_slice(pixels(0)),
                    2 if from.width > 1 => interleave(pixels(0), pixels(1), line),
                    _ => {
                        for x in 0..sw.min(from.width) {
                            line[x..].iter_mut().step_by(sw).zip(pixels(x)).for_each(|(to, &from)| *to = from);
                        }
                    }
                }
            }
        }
    }

    #[inline(always)]
    #[track_caller]
    fn check<T>(&self, image: &[T], planes: &[T]) {
        assert_eq!([image.len(), planes.len()], [self.geometry.input.len(), self.size()], "numbers and geometry");
    }

    /// The patches as columns.
    pub fn patches<'a, T>(&self, planes: &'a [T], starts: &'a [u32]) -> ImplicitIm2col<'a, T> {
        let output = self.geometry.output;
        ImplicitIm2col { image: planes, starts, runs: output.height, run: output.width, stride: self.width }
    }
}

/// `even[i] = from[2·i]`, `odd[i] = from[2·i + 1]`, in whole vectors of each.
#[inline(always)]
fn deinterleave<T: Scalar>(from: &[T], even: &mut [T], odd: &mut [T]) {
    let (chunks, from) = from.as_chunks::<{ 2 * LANES }>();
    let (evens, even) = even.split_at_mut(chunks.len() * LANES);
    let (odds, odd) = odd.split_at_mut(chunks.len() * LANES);
    for ((from, even), odd) in chunks.iter().zip(evens.as_chunks_mut().0).zip(odds.as_chunks_mut().0) {
        *even = from_fn::<_, LANES, _>(|i| from[2 * i]);
        *odd = from_fn::<_, LANES, _>(|i| from[2 * i + 1]);
    }
    let (pairs, last) = from.as_chunks::<2>();
    let (even, last_even) = even.split_at_mut(pairs.len());
    last_even.copy_from_slice(last);
    even.iter_mut().zip(pairs).for_each(|(even, pair)| *even = pair[0]);
    odd.iter_mut().zip(pairs).for_each(|(odd, pair)| *odd = pair[1]);
}

/// `to[2·i] = even[i]`, `to[2·i + 1] = odd[i]`, in whole vectors of four pairs.
#[inline(always)]
fn interleave<T: Scalar>(even: &[T], odd: &[T], to: &mut [T]) {
    let (pairs, last) = to.as_chunks_mut::<2>();
    let (even, last_even) = even.split_at(pairs.len());
    last.copy_from_slice(last_even);
    let (fours, pairs) = pairs.as_chunks_mut::<4>();
    let ((evens, even), (odds, odd)) = (even.as_chunks::<4>(), odd.as_chunks::<4>());
    for ((to, even), odd) in fours.iter_mut().zip(evens).zip(odds) {
        *to = from_fn(|i| [even[i], odd[i]]);
    }
    for ((to, &even), &odd) in pairs.iter_mut().zip(even).zip(odd) {
        *to = [even, odd];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::naive;
    use crate::shape::{Dims, Window};
    use alloc::vec;
    use alloc::vec::Vec;

    #[test]
    fn pairs_are_separated_and_interleaved_to_the_last_number() {
        for len in 2..70_usize {
            let line: Vec<f32> = (0..len).map(|i| i as f32).collect();
            let [mut even, mut odd] = [0, 1].map(|first: usize| vec![f32::NAN; (len - first).div_ceil(2)]);
            deinterleave(&line, &mut even, &mut odd);
            assert!(even.iter().enumerate().all(|(i, &x)| x == 2.0 * i as f32), "{even:?}");
            assert!(odd.iter().enumerate().all(|(i, &x)| x == 2.0 * i as f32 + 1.0), "{odd:?}");
            let mut found = vec![f32::NAN; len];
            interleave(&even, &odd, &mut found);
            assert_eq!(found, line);
        }
    }

    #[test]
    fn it_has_the_columns_of_im2col() {
        for (input, kernel, stride, padding, dilation, output) in [
            (Dims::new(2, 5, 16), [3, 3], [1, 1], [1, 1], 1, [5, 16]),
            (Dims::new(3, 6, 33), [3, 2], [2, 2], [2, 0], 1, [4, 16]),
            (Dims::new(16, 7, 46), [2, 4], [3, 3], [0, 2], 1, [2, 16]),
            (Dims::new(1, 9, 46), [5, 3], [2, 1], [1, 2], 1, [4, 48]),
            (Dims::new(2, 9, 37), [3, 3], [2, 2], [1, 0], 3, [3, 16]),
        ] {
            let output = Dims::new(1, output[0], output[1]);
            let window = Window { dilation: [dilation; 2], ..Window::new(kernel, stride, padding) };
            let geometry = Geometry { input, output, window };
            let image: Vec<f32> = (0..input.len()).map(|i| i as f32 + 1.0).collect();
            let mut columns = vec![f32::NAN; geometry.patch() * geometry.positions()];
            naive::im2col(&geometry, &image, &mut columns);

            let Some(polyphase) = Polyphase::new(&geometry) else { panic!("no whole vectors: {geometry:?}") };
            let (mut written, mut starts) = (vec![f32::NAN; polyphase.size()], vec![0; geometry.patch()]);
            polyphase.fill(&image, &mut written);
            polyphase.starts(&mut starts);
            assert_eq!(polyphase.patches(&written, &starts).entries(), columns, "{geometry:?}");
            let mut taken = vec![f32::NAN; image.len()];
            polyphase.take(&written, &mut taken);
            assert_eq!(taken, image, "{geometry:?}");
        }
    }
}
