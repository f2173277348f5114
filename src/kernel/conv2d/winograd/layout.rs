//! Which convolutions are computed in tiles, and how large everything is.

use super::ELEMENTS;
use super::products::ROWS;
use super::tiles::{Pixels, Tiles};
use crate::kernel::gemm::implicit::LANES;
use crate::scalar::{Precision, Scalar};
use crate::shape::{Dims, Geometry, MAX_NUMBERS, volume};

/// Fewer channels or filters do not pay for the transforms.
const FEWEST: usize = 32;

/// The size of the elements of a band of tiles, in bytes: the fastest of 32 KiB to 1 MiB, with a second-level cache of 2 MiB.
const BAND: usize = 256 * 1024;

/// The layout of a 3×3 convolution with stride 1 and a padding of 1, so that outputs are as many as pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Winograd {
    pub(super) group: Geometry,
}

impl Winograd {
    /// The layout, if this is the geometry of such a convolution of `f32`, there are many channels, it saves three sevenths of the
    /// multiplications, and no image has more than [`MAX_NUMBERS`] values.
    #[inline(always)]
    pub(in super::super) const fn new<T: Scalar>(group: &Geometry) -> Option<Winograd> {
        let (Geometry { input, output, window }, layout) = (*group, Winograd { group: *group });
        let sizes = [window.kernel, window.stride, window.before, window.after, window.dilation];
        let ([[3, 3], [1, 1], [1, 1], [1, 1], [1, 1]], Precision::Single) = (sizes, T::PRECISION) else { return None };
        let has_many = input.channels >= FEWEST && output.channels >= FEWEST;
        // Of a row or a column of outputs that is odd, the last tiles compute more than there is; and all sizes of a product are padded.
        let rows = volume!(layout.tiles()[0], layout.tiles()[1]).next_multiple_of(ROWS);
        let multiplications = volume!(rows, layout.weights());
        let defined = volume!(group.patch(), output.height, output.width, output.channels);
        let saves = volume!(multiplications, 7) <= volume!(defined, 4);
        let is_small = layout.size(layout.most_channels()) <= MAX_NUMBERS;
        if has_many && saves && is_small { Some(layout) } else { None }
    }

    /// The channels and the filters, padded to whole vectors.
    #[inline(always)]
    pub(super) const fn padded_channels(&self) -> usize {
        self.group.input.channels.next_multiple_of(LANES)
    }

    #[inline(always)]
    pub(super) const fn padded_filters(&self) -> usize {
        self.group.output.channels.next_multiple_of(LANES)
    }

    /// The larger of both.
    #[inline(always)]
    pub(super) const fn most_channels(&self) -> usize {
        let (channels, filters) = (self.padded_channels(), self.padded_filters());
        if channels > filters { channels } else { filters }
    }

    /// The numbers of the transformed weights.
    #[inline(always)]
    pub(super) const fn weights(&self) -> usize {
        volume!(ELEMENTS, self.padded_channels(), self.padded_filters())
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
        let bytes = volume!(ELEMENTS, size_of::<f32>(), self.padded_channels() + self.padded_filters());
        let (most, all) =
            (BAND / bytes / ROWS * ROWS, volume!(self.tiles()[0], self.tiles()[1]).next_multiple_of(ROWS));
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
