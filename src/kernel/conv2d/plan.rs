//! The path a convolution takes, chosen by its geometry.

use core::ops::Range;

use super::by_filter::ByFilter;
use super::depthwise::Depthwise;
use super::padded::Padded;
use super::polyphase::Polyphase;
use super::winograd::Winograd;
use crate::kernel::gemm::implicit::LANES;
use crate::scalar::Scalar;
use crate::shape::{Geometry, Window, volume};

/// Patches of up to this many values are small. Their weight gradients are computed as dot products.
const SMALL_PATCH: usize = 32;

/// With so many positions, dot products over them pay off for patches twice as large.
const LONG_ROW: usize = 256;

/// The largest size of the patches of a band, in bytes. It leaves room in a second-level cache of 256 KiB, the smallest of the
/// last ten years.
const BAND: usize = 192 * 1024;

/// How a convolution is computed; the [table](super) says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Each plane by its own filters.
    Depthwise(Depthwise),
    /// By matrix products.
    Products(Paths),
    /// By matrix products of transformed tiles: both passes of training.
    Winograd(Winograd),
}

/// The paths of a convolution that is computed by matrix products.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paths {
    /// The path for `y`.
    pub forward: ForwardPath,
    /// The path for `∂L/∂x`.
    pub grad_input: GradInput,
    /// The path for `∂L/∂weight`.
    pub grad_weight: GradWeight,
}

/// How the output is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForwardPath {
    /// `weight · im2col(x)`, whose patches are read from this image of `x`: implicit im2col.
    Implicit(Polyphase),
    /// `(im2row(x) · weightᵀ)ᵀ`, with vectors along the filters; patches are read in place.
    ByFilter(ByFilter),
    /// `weight · im2col(x)`
    Im2col,
}

/// How the gradient of the input is computed from that of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GradInput {
    /// An implicit convolution over this image of `∂L/∂y`, with the kernel rotated by 180°, filters and channels exchanged, and
    /// padding `EH − 1 − PH` by `EW − 1 − PW`, where the window spans `EH` by `EW` pixels:
    ///
    /// ```text
    /// ∂L/∂x[c, y, x] = Σ w[o, c, KH − 1 − ky, KW − 1 − kx] · ∂L/∂y[o, y + ky·DH − (EH − 1 − PH), x + kx·DW − (EW − 1 − PW)]
    ///                o,ky,kx
    /// ```
    Convolution(Polyphase),
    /// `col2im(weightᵀ · ∂L/∂y)`
    Col2im,
    /// `row2im(∂L/∂yᵀ · weight)`
    Row2im,
}

/// How the gradient of the weight is computed from that of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GradWeight {
    /// `∂L/∂y · im2col(x)ᵀ`, as dot products.
    Im2col,
    /// `∂L/∂y · im2row(x)`, whose patches are read from this image of `x`: implicit im2row.
    Implicit,
    /// `∂L/∂y · im2row(x)`
    Im2row,
}

impl Plan {
    /// The plan of the forward pass for `groups` groups with the geometry `group`. It is depthwise only if the scratch for the
    /// columns has room for the image.
    ///
    /// # Panics
    /// If the geometry is not [that of a convolution](Geometry::check_convolution).
    #[inline(always)]
    #[track_caller]
    pub const fn forward(group: &Geometry, groups: usize) -> Plan {
        group.check_convolution(groups);
        match Depthwise::new(group, groups) {
            Some(depthwise) if !depthwise.fits() => Plan::of(group, None),
            depthwise => Plan::of(group, depthwise),
        }
    }

    /// The plan of the backward pass; if it is [`Plan::Winograd`], of the forward pass in training as well.
    ///
    /// # Panics
    /// If the geometry is not [that of a convolution](Geometry::check_convolution).
    #[inline(always)]
    #[track_caller]
    pub const fn backward<T: Scalar>(group: &Geometry, groups: usize) -> Plan {
        group.check_convolution(groups);
        if let Some(winograd) = Winograd::new::<T>(group) {
            return Plan::Winograd(winograd);
        }
        Plan::of(group, Depthwise::new(group, groups))
    }

    /// How many rows the windows of a max pooling after it may have, so that a convolution of this plan computes it: 0 if it does not.
    /// The windows lie side by side.
    #[inline(always)]
    pub const fn most_pooled_rows(&self, group: &Geometry) -> usize {
        match (self, ByFilter::new(group)) {
            (Plan::Products(_), Some(layout)) => layout.most_rows(group),
            _ => 0,
        }
    }

    #[inline(always)]
    const fn of(group: &Geometry, depthwise: Option<Depthwise>) -> Plan {
        match depthwise {
            Some(depthwise) => Plan::Depthwise(depthwise),
            None => Plan::Products(Paths {
                forward: ForwardPath::of(group),
                grad_input: GradInput::of(group),
                grad_weight: GradWeight::of(group),
            }),
        }
    }
}

impl ForwardPath {
    #[inline(always)]
    const fn of(geometry: &Geometry) -> ForwardPath {
        let ([sh, sw], is_whole) = (geometry.window.stride, geometry.output.width.is_multiple_of(LANES));
        match ByFilter::new(geometry) {
            // A result that is not pooled has to be transposed, which pays off after long sums only. Whole rows of vectors are read in
            // place at a stride of 1 only.
            Some(layout) if geometry.patch() > 2 * SMALL_PATCH && !(is_whole && sh == 1 && sw == 1) => {
                return ForwardPath::ByFilter(layout);
            }
            _ => {}
        }
        match Polyphase::new(geometry) {
            // To copy small patches takes less time than to compute some outputs twice.
            Some(_) if !is_whole && geometry.patch() <= SMALL_PATCH => ForwardPath::Im2col,
            // The image is written to the scratch for the columns, so it must fit there.
            Some(image) if image.size() <= volume!(geometry.patch(), geometry.positions()) => {
                ForwardPath::Implicit(image)
            }
            _ => ForwardPath::Im2col,
        }
    }
}

impl GradInput {
    #[inline(always)]
    const fn of(geometry: &Geometry) -> GradInput {
        let Geometry { input, output, window } = *geometry;
        let ([top, left], [bottom, right], [sh, sw]) = (window.before, window.after, window.stride);
        let (height, width) = (window.extent(0), window.extent(1));
        if sh == 1 && sw == 1 && top < height && bottom < height && left < width && right < width {
            let window = Window {
                before: [height - 1 - top, width - 1 - left],
                after: [height - 1 - bottom, width - 1 - right],
                ..window
            };
            if let Some(image) = Polyphase::new(&Geometry { input: output, output: input, window }) {
                return GradInput::Convolution(image);
            }
        }
        if window.kernel[0] == 1 && window.kernel[1] == 1 { GradInput::Col2im } else { GradInput::Row2im }
    }
}

impl GradWeight {
    #[inline(always)]
    const fn of(geometry: &Geometry) -> GradWeight {
        let is_long = geometry.positions() >= LONG_ROW;
        if geometry.patch() <= SMALL_PATCH || is_long && geometry.patch() <= 2 * SMALL_PATCH {
            GradWeight::Im2col
        } else if Padded::new(geometry).has_whole_vectors() {
            GradWeight::Implicit
        } else {
            GradWeight::Im2row
        }
    }
}

/// The number of output rows in a band: as few bands as fit in cache, all of the same size except that the last may be smaller.
#[inline(always)]
pub(super) const fn band_rows<T>(geometry: &Geometry) -> usize {
    let (rows, row) = (geometry.output.height, volume!(geometry.patch(), geometry.output.width, size_of::<T>()));
    let bands = volume!(rows, row).div_ceil(BAND);
    if bands > 1 { rows.div_ceil(bands) } else { rows }
}

/// All output rows, band by band.
#[inline(always)]
pub(super) fn bands<T>(geometry: &Geometry) -> impl Iterator<Item = Range<usize>> {
    let (rows, all) = (band_rows::<T>(geometry), geometry.output.height);
    (0..all).step_by(rows.max(1)).map(move |oy| oy..(oy + rows).min(all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Dims;

    /// The paths of a convolution of `input` with this many filters and this window.
    fn paths(input: Dims, filters: usize, kernel: [usize; 2], stride: [usize; 2], padding: [usize; 2]) -> Paths {
        in_groups(input, filters, 1, Window::new(kernel, stride, padding)).unwrap()
    }

    /// The paths of groups, or `None` if they are depthwise.
    fn in_groups(input: Dims, filters: usize, groups: usize, window: Window) -> Option<Paths> {
        let output = Dims::new(filters, window.output(0, input.height), window.output(1, input.width));
        match Plan::forward(&Geometry { input, output, window }.group(groups), groups) {
            Plan::Products(paths) => Some(paths),
            Plan::Depthwise(_) | Plan::Winograd(_) => None,
        }
    }

    #[test]
    fn the_map_says_what_is_chosen() {
        let first = paths(Dims::new(1, 28, 28), 32, [3, 3], [1, 1], [1, 1]);
        // Its rows of 28 are two vectors of 16, of which four numbers are computed twice: not forward, where patches are small.
        assert!(matches!(first.grad_input, GradInput::Convolution(_)));
        assert_eq!((first.forward, first.grad_weight), (ForwardPath::Im2col, GradWeight::Im2col));
        let wider = paths(Dims::new(4, 28, 28), 32, [3, 3], [1, 1], [1, 1]);
        assert!(matches!(wider.forward, ForwardPath::Implicit(_)));
        let smaller = paths(Dims::new(4, 14, 14), 32, [3, 3], [1, 1], [1, 1]);
        assert_eq!((wider.grad_weight, smaller.grad_weight), (GradWeight::Im2col, GradWeight::Im2row));
        // Longer sums are computed with filters in the lanes, if the rows of outputs are not whole vectors; other numbers of filters fill
        // no panels.
        let long = |filters| paths(Dims::new(8, 28, 28), filters, [3, 3], [1, 1], [1, 1]).forward;
        assert!(matches!((long(32), long(24)), (ForwardPath::ByFilter(_), ForwardPath::Implicit(_))));
        let narrow = paths(Dims::new(4, 25, 25), 32, [3, 3], [1, 1], [1, 1]);
        assert_eq!((narrow.forward, narrow.grad_input), (ForwardPath::Im2col, GradInput::Row2im));
        let second = paths(Dims::new(32, 14, 14), 64, [3, 3], [2, 2], [2, 2]);
        assert!(matches!(second.forward, ForwardPath::ByFilter(_)));
        assert_eq!((second.grad_input, second.grad_weight), (GradInput::Row2im, GradWeight::Implicit));
        let same = paths(Dims::new(16, 32, 32), 16, [3, 3], [1, 1], [1, 1]);
        assert!(
            matches!(same.forward, ForwardPath::Implicit(_)) && matches!(same.grad_input, GradInput::Convolution(_))
        );
        assert_eq!(same.grad_weight, GradWeight::Implicit);
        // Winograd's algorithm is for training, many channels, and sizes with which it saves enough.
        let trains = |channels, filters, size: usize, padding| {
            let (window, side) = (Window::new([3, 3], [1, 1], [padding; 2]), size + 2 * padding - 2);
            let group =
                Geometry { input: Dims::new(channels, size, size), output: Dims::new(filters, side, side), window };
            assert!(!matches!(Plan::forward(&group, 1), Plan::Winograd(_)));
            matches!(Plan::backward::<f32>(&group, 1), Plan::Winograd(_))
        };
        assert!(trains(32, 32, 8, 1) && trains(40, 64, 28, 1) && trains(64, 46, 15, 1) && trains(64, 64, 14, 1));
        assert!(!(trains(31, 64, 8, 1) || trains(64, 31, 8, 1) || trains(64, 64, 8, 0)));
        assert!(!(trains(64, 64, 7, 1) || trains(64, 64, 4, 1) || trains(64, 64, 1, 1)));
        assert!(!(trains(33, 64, 28, 1) || trains(64, 40, 15, 1)));
        let pointwise = paths(Dims::new(40, 7, 9), 5, [1, 1], [1, 1], [0, 0]);
        assert_eq!(
            pointwise,
            Paths { forward: ForwardPath::Im2col, grad_input: GradInput::Col2im, grad_weight: GradWeight::Im2row }
        );
        // The polyphase image, padding included, is larger than the columns.
        assert_eq!(paths(Dims::new(1, 3, 3), 1, [2, 2], [13, 1], [14, 7]).forward, ForwardPath::Im2col);
        // A row of the window is not contiguous; its columns are read in place all the same.
        let dilated = Window { dilation: [2, 2], ..Window::new([3, 3], [1, 1], [2, 2]) };
        let apart = in_groups(Dims::new(16, 32, 32), 16, 1, dilated).unwrap();
        assert!(
            matches!(apart.forward, ForwardPath::Implicit(_)) && matches!(apart.grad_input, GradInput::Convolution(_))
        );
        assert_eq!(apart.grad_weight, GradWeight::Im2row);
        // Each group is a convolution of its own; a group of one channel has its own path.
        let same = Window::new([3, 3], [1, 1], [1, 1]);
        assert_eq!(in_groups(Dims::new(32, 32, 32), 32, 2, same), in_groups(Dims::new(16, 32, 32), 16, 1, same));
        assert_eq!(in_groups(Dims::new(16, 14, 14), 32, 16, same), None);
        // Its planes are larger than the columns of a 1×1 kernel, in whose place they would be written.
        let pointwise = in_groups(Dims::new(16, 14, 14), 16, 16, Window::new([1, 1], [1, 1], [0, 0])).unwrap();
        assert_eq!(pointwise.forward, ForwardPath::Im2col);
        // Backward it has a scratch of its own.
        let one = Dims::new(1, 14, 14);
        let group = Geometry { input: one, output: one, window: Window::new([1, 1], [1, 1], [0, 0]) };
        assert!(matches!(Plan::backward::<f32>(&group, 16), Plan::Depthwise(_)));
    }
}
