//! One sample whose filters several threads share, see [`team`](crate::team).
//!
//! All of this is in functions of their own, for all shapes, so that a convolution that computes all of its filters stays as fast as without it.

use super::plan::ForwardPath;
use crate::kernel::epilogue::Epilogue;
use crate::kernel::gemm::{Write, im2row, implicit};
use crate::kernel::matrix::Matrix;
use crate::scalar::Scalar;
use crate::shape::{Geometry, volume};
use crate::simd::widest;
use crate::team::Share;

/// The filters of a share are whole tiles of most products.
const TILE: usize = 8;

/// The fewest products of a convolution that is shared: 4 µs of one core (Zen 5), of which an exchange of 2 KB takes an eighth.
const FEWEST_PRODUCTS: usize = 1 << 19;

/// And the fewest for each output. An estimate: 32 KB were handed over in 1 to 3 µs, in which a core computes about so many for each number.
const FEWEST_PER_OUTPUT: usize = 64;

/// How many filters a thread takes at a time, if it pays to share those of a convolution without groups.
#[inline(always)]
pub(super) const fn filters_together(path: ForwardPath, group: &Geometry) -> Option<usize> {
    let products = volume!(group.patch(), group.output.len());
    let pays = products >= FEWEST_PRODUCTS && group.patch() >= FEWEST_PER_OUTPUT;
    let unit = match path {
        ForwardPath::ByFilter(_) => im2row::PANEL,
        ForwardPath::Implicit(_) => TILE,
        ForwardPath::Im2col => return None,
    };
    if pays && group.output.channels.is_multiple_of(unit) { Some(unit) } else { None }
}

/// A sample that is ready for the product with the filters.
pub(super) struct Sample<'a, T> {
    pub path: ForwardPath,
    pub group: &'a Geometry,
    /// The image that the path reads.
    pub image: &'a [T],
    /// The scratch beside the image.
    pub room: &'a mut [T],
    pub starts: &'a [u32],
    pub panels: &'a mut [T],
}

impl<T: Scalar> Sample<'_, T> {
    /// Computes this thread's share of the filters, and gets the others.
    #[inline(never)]
    pub(super) fn share(self, share: Share, (weight, bias): (&[T], &[T]), then: Epilogue<'_, T>, output: &mut [T]) {
        let (filters, patch) = (self.group.output.channels, self.group.patch());
        let (unit, filter) = (filters / share.units, output.len() / filters);
        let (first, filters) = (share.mine.start * unit, share.mine.len() * unit);
        let weight = Matrix::new(&weight[first * patch..][..filters * patch], filters, patch);
        let write = if bias.is_empty() { Write::Overwrite } else { Write::Bias(&bias[first..][..filters]) };
        self.filters(weight, write, then.skip(first), &mut output[first * filter..][..filters * filter]);
        share.exchange(output);
    }

    /// Computes some filters.
    fn filters(self, weight: Matrix<'_, T>, write: Write<'_, T>, then: Epilogue<'_, T>, output: &mut [T]) {
        let Sample { path, group, image, room, starts, panels } = self;
        match path {
            ForwardPath::Implicit(polyphase) => {
                implicit::gemm_then(weight, polyphase.patches(image, starts), write, &then, output, group.positions());
            }
            ForwardPath::ByFilter(layout) => {
                let panels = &mut panels[..weight.data.len()];
                im2row::pack(weight, panels);
                widest!({ layout.forward(group, weight.rows, (image, panels, write), then, output, (room, starts)) });
            }
            ForwardPath::Im2col => unreachable!("it shares no filters"),
        }
    }
}
