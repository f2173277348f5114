//! Pixels, with the order in which they are stored.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::shape::Dims;
use crate::tensor::Tensor;

/// The bytes of an image, by the order in which they are stored.
///
/// This crate's inputs are planar. Most decoders and cameras give interleaved pixels. Both have the same number of bytes, so only
/// the name tells them apart:
///
/// ```
/// use shapeproof::data::{Normalize, Pixels};
/// use shapeproof::tensor::Tensor;
///
/// // A red pixel, and a green one on its right.
/// let (interleaved, planar) = ([255, 0, 0, 0, 255, 0], [255, 0, 0, 255, 0, 0]);
/// for pixels in [Pixels::Hwc(&interleaved), Pixels::Chw(&planar)] {
///     let mut image = Tensor([[[0.5; 2]; 1]; 3]);
///     Normalize::unit().apply(pixels, &mut image);
///     assert_eq!(image, Tensor([[[1.0, 0.0]], [[0.0, 1.0]], [[0.0, 0.0]]]));
/// }
/// ```
///
/// A [`Tensor`] of bytes is planar. Where both orders are the same, in gray images and in vectors, a slice of bytes is enough.
/// Elsewhere it is [`Unnamed`](Pixels::Unnamed), and panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pixels<'a> {
    /// Planar: all of the first channel row by row, then the next channel. `[C, H, W]`
    Chw(&'a [u8]),
    /// Interleaved: row by row, each pixel with all its channels, `RGBRGB…`. `[H, W, C]`
    Hwc(&'a [u8]),
    /// Bytes without the name of their order, for images in which it makes no difference.
    Unnamed(&'a [u8]),
}

impl<'a> Pixels<'a> {
    /// The bytes, as they are stored.
    pub const fn bytes(self) -> &'a [u8] {
        let (Pixels::Chw(bytes) | Pixels::Hwc(bytes) | Pixels::Unnamed(bytes)) = self;
        bytes
    }

    /// The distances in memory from one channel to the next, and from one position to the next, in an image of `dims`.
    pub(super) fn strides(self, dims: Dims) -> (usize, usize) {
        let (bytes, plane) = (self.bytes().len(), dims.height * dims.width);
        assert_eq!(bytes, dims.len(), "{bytes} pixels for an input of {dims}");
        match self {
            Pixels::Hwc(_) => (1, dims.channels),
            Pixels::Unnamed(_) if dims.channels > 1 && plane > 1 => panic!(
                "pixels of an input of {dims} without the name of their order: write Pixels::Hwc(…) if they are interleaved \
                 (RGBRGB…), or Pixels::Chw(…) if they are planar (RR…GG…BB…)"
            ),
            Pixels::Chw(_) | Pixels::Unnamed(_) => (plane, 1),
        }
    }
}

impl<'a> From<&'a [u8]> for Pixels<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Pixels::Unnamed(bytes)
    }
}

/// A tensor is planar.
impl<'a, const C: usize, const H: usize, const W: usize> From<&'a Tensor<C, H, W, u8>> for Pixels<'a> {
    fn from(tensor: &'a Tensor<C, H, W, u8>) -> Self {
        Pixels::Chw(tensor.as_slice())
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Pixels<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Pixels::Unnamed(bytes)
    }
}

impl<'a> From<&'a Vec<u8>> for Pixels<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Pixels::Unnamed(bytes)
    }
}

impl<'a> From<&'a Box<[u8]>> for Pixels<'a> {
    fn from(bytes: &'a Box<[u8]>) -> Self {
        Pixels::Unnamed(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RGB: Dims = Dims::new(3, 2, 4);

    #[test]
    fn an_order_is_two_strides() {
        let bytes = [0; 24];
        assert_eq!(Pixels::Chw(&bytes).strides(RGB), (8, 1));
        assert_eq!(Pixels::Hwc(&bytes).strides(RGB), (1, 3));
        // Where there is only one channel, or only one position, both are the same.
        assert_eq!(Pixels::from(&bytes).strides(Dims::new(1, 4, 6)), (24, 1));
        assert_eq!(Pixels::from(&bytes).strides(Dims::new(24, 1, 1)), (1, 1));
        assert_eq!(Pixels::Hwc(&bytes).strides(Dims::new(24, 1, 1)), (1, 24));
    }

    #[test]
    #[should_panic(expected = "pixels of an input of 3×2×4 without the name of their order: write Pixels::Hwc(…)")]
    fn an_order_that_matters_is_named() {
        Pixels::from(&[0; 24]).strides(RGB);
    }

    #[test]
    #[should_panic(expected = "5 pixels for an input of 3×2×4")]
    fn pixels_fill_the_input() {
        Pixels::Hwc(&[0; 5]).strides(RGB);
    }
}
