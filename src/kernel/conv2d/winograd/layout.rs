//! Which convolutions are computed in tiles, and how large everything is.

use super::ELEMENTS;
use super::products::ROWS;
use super::tiles::{Pixels, Tiles};
use crate::kernel::gemm::implicit::LANES;
use crate::scalar::{Precision, Scalar};
use crate::shape::{Dims, Geometry, MAX_NUMBERS, volume};

/// Fewer channels or filters do not pay for the transforms.
const FEWEST: usize = 32;

/// The size of the elements of a band of tiles, in bytes.
const BAND: usize = 256 * 1024;

/// The layout of a 3×3 convolution with stride 1 and a padding of 1, so that outputs are as many as pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Winograd {
    pub(super) group: Geometry,
}

impl Winograd {
    /// The layout, if this is the geometry of such a convolution of `f32`, there are many channels, outputs fill their tiles by four fifths or
    /// more, and no image has more than [`MAX_NUMBERS`] values.
    #[inline(always)]
    pub(in super::super) const fn new<T: Scalar>(group: &Geometry) -> Option<Winograd> {
        let (Geometry { input, output, window }, layout) = (*group, Winograd { group: *group });
        let sizes = [window.kernel, window.stride, window.before, window.after, window.dilation];
        let ([[3, 3], [1, 1], [1, 1], [1, 1], [1, 1]], Precision::Single) = (sizes, T::PRECISION) else { return None };
        let (has_many, [rows, columns]) = (input.channels >= FEWEST && output.channels >= FEWEST, layout.tiles());
        let fills = volume!(output.height, output.width, 5) >= volume!(rows, columns, 4, 4);
        let most = if layout.channels() > layout.filters() { layout.channels() } else { layout.filters() };
        if has_many && fills && layout.size(most) <= MAX_NUMBERS { Some(layout) } else { None }
    }

    /// The channels and the filters, padded to whole vectors.
    #[inline(always)]
    pub(super) const fn channels(&self) -> usize {
        self.group.input.channels.next_multiple_of(LANES)
    }

    #[inline(always)]
    pub(super) const fn filters(&self) -> usize {
        self.group.output.channels.next_multiple_of(LANES)
    }

    /// The numbers of the transformed weights.
    #[inline(always)]
    pub(super) const fn weights(&self) -> usize {
        volume!(ELEMENTS, self.channels(), self.filters())
    }

    /// Rows and columns of tiles.
    #[inline(always)]
    pub(super) const fn tiles(&self) -> [usize; 2] {
        let Dims { height, width, .. } = self.group.output;
        [height.div_ceil(2), width.div_ceil(2)]
    }

    /// An image with channels last, with the padding around the pixels and, if they are odd in number, with what the last tiles read.
    #[inline(always)]
    pub(super) const fn image(&self, channels: usize) -> Pixels {
        Pixels { width: 2 * self.tiles()[1] + 2, channels }
    }

    /// The numbers of that image.
    #[inline(always)]
    pub(super) const fn size(&self, channels: usize) -> usize {
        let [rows, columns] = self.tiles();
        volume!(2 * rows + 2, 2 * columns + 2, channels)
    }

    /// The tiles of a band, at most.
    #[inline(always)]
    pub(super) const fn band(&self) -> usize {
        let tile = volume!(ELEMENTS, size_of::<f32>(), self.channels() + self.filters());
        let (most, all) = (BAND / tile / ROWS * ROWS, volume!(self.tiles()[0], self.tiles()[1]).next_multiple_of(ROWS));
        let most = if most < ROWS { ROWS } else { most };
        if most < all { most } else { all }
    }

    /// All tiles, band by band.
    #[inline(always)]
    pub(super) fn bands(&self) -> impl Iterator<Item = Tiles> {
        let (band, [rows, columns]) = (self.band(), self.tiles());
        let range = move |first: usize| first..(first + band).min(rows * columns);
        (0..rows * columns).step_by(band).map(move |first| Tiles { range: range(first), columns })
    }
}
