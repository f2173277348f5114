//! The image that the gradient of the weight reads its patches from, as rows: implicit im2row.
//!
//! Channels are last, so one row of a window reads a contiguous run of pixels. Fast because each pixel is copied once, where
//! [im2row](crate::kernel::im2col::im2row) copies it for every window that sees it. Where im2row is still needed, it reads
//! this image and has no padding to handle.

use crate::kernel::gemm::implicit::{ImplicitIm2col, LANES};
use crate::kernel::matrix::Matrix;
use crate::kernel::transpose::transpose_each;
use crate::scalar::Scalar;
use crate::shape::{Dims, Geometry, Window};

/// A padded image: the image with its padding, channels last, `[PH + H + PB, PW + W + PR, C]`.
///
/// ```text
/// rows[(oy, ox), (ky, kx, c)] = padded[oy·sh + ky·dh, ox·sw + kx·dw, c]
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Padded {
    geometry: Geometry,
    height: usize,
    width: usize,
}

impl Padded {
    /// The padded image of a convolution.
    ///
    /// # Panics
    /// If the geometry is not [sound](Geometry::is_sound).
    #[inline(always)]
    pub const fn new(geometry: &Geometry) -> Padded {
        geometry.check_convolution(1);
        let Dims { height, width, .. } = geometry.window.padded(geometry.input);
        Padded { geometry: *geometry, height, width }
    }

    /// Whether a row of a window is contiguous and consists of whole vectors, so that [`patches`](Padded::patches) can be multiplied.
    #[inline(always)]
    pub const fn has_whole_vectors(&self) -> bool {
        let [_, kw] = self.geometry.window.kernel;
        if kw > 1 && self.geometry.window.dilation[1] > 1 {
            return false;
        }
        let run = self.geometry.window.kernel[1] * self.geometry.input.channels;
        run > 0 && run.is_multiple_of(LANES)
    }

    /// The number of values in the image.
    #[inline(always)]
    pub const fn size(&self) -> usize {
        self.geometry.input.channels * self.height * self.width
    }

    /// Where each patch begins in the image.
    pub fn starts(&self) -> impl Iterator<Item = u32> {
        let Geometry { input, output, window } = self.geometry;
        let ([sh, sw], width) = (window.stride, self.width);
        (0..output.height * output.width).map(move |at| {
            let (oy, ox) = (at / output.width, at % output.width);
            ((oy * sh * width + ox * sw) * input.channels) as u32
        })
    }

    /// Writes the pixels of the image. The padding is not written; it has to be zero.
    ///
    /// # Panics
    /// If a slice does not have the length the geometry implies.
    #[inline(always)]
    pub fn fill<T: Scalar>(&self, input: &[T], padded: &mut [T]) {
        let Geometry { input: from, window, .. } = self.geometry;
        assert_eq!([input.len(), padded.len()], [from.len(), self.size()], "numbers and geometry");
        let line = self.width * from.channels;
        let first = window.before[0] * line + window.before[1] * from.channels;
        let pixels = Matrix::strided(input, from.channels, from.width, from.height * from.width);
        let padded = &mut padded[first..];
        transpose_each(from.height, (pixels, from.width), (padded, from.channels, line));
    }

    /// The geometry of the same convolution over the padded image: its window has no padding.
    #[inline(always)]
    pub const fn geometry(&self) -> Geometry {
        let Geometry { input, output, window } = self.geometry;
        let input = Dims::new(input.channels, self.height, self.width);
        Geometry { input, output, window: Window { before: [0, 0], after: [0, 0], ..window } }
    }

    /// The patches as rows, in the order `(ky, kx, c)`; the rows of a window have to be contiguous.
    pub fn patches<'a, T>(&self, padded: &'a [T], starts: &'a [u32]) -> ImplicitIm2col<'a, T> {
        let Geometry { input, window, .. } = self.geometry;
        let ([kh, kw], channels) = (window.kernel, input.channels);
        let apart = if kh > 1 { window.dilation[0] } else { 1 };
        ImplicitIm2col { image: padded, starts, runs: kh, run: kw * channels, stride: apart * self.width * channels }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::naive;
    use alloc::vec;
    use alloc::vec::Vec;

    #[test]
    fn it_has_the_rows_of_im2row() {
        for (input, kernel, stride, padding, dilation, output) in [
            (Dims::new(2, 5, 16), [3, 3], [1, 1], [1, 1], 1, [5, 16]),
            (Dims::new(3, 6, 33), [3, 2], [2, 2], [2, 0], 1, [4, 16]),
            (Dims::new(16, 7, 46), [2, 4], [3, 3], [0, 2], 2, [2, 16]),
            (Dims::new(8, 4, 32), [1, 2], [2, 1], [0, 1], 5, [2, 33]),
        ] {
            let output = Dims::new(1, output[0], output[1]);
            let window = Window { dilation: [dilation, 1], ..Window::new(kernel, stride, padding) };
            let geometry = Geometry { input, output, window };
            let image: Vec<f32> = (0..input.len()).map(|i| i as f32 + 1.0).collect();
            let pixels = input.height * input.width;
            let mut channels_last = vec![f32::NAN; image.len()];
            naive::transpose(Matrix::new(&image, input.channels, pixels), &mut channels_last);
            let mut rows = vec![f32::NAN; geometry.patch() * geometry.positions()];
            naive::im2row(&geometry, &channels_last, &mut rows);

            let padded = Padded::new(&geometry);
            let (mut written, starts) = (vec![0.0; padded.size()], padded.starts().collect::<Vec<_>>());
            padded.fill(&image, &mut written);
            assert_eq!(padded.patches(&written, &starts).entries(), rows, "{geometry:?}");
        }
    }
}
