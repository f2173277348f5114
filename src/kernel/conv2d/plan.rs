//! The path a convolution takes, chosen by its geometry.

use core::ops::Range;

use super::padded::Padded;
use super::polyphase::Polyphase;
use crate::shape::{Geometry, Window, volume};

/// The weight gradients of patches of up to this many values are computed as dot products.
const SMALL_PATCH: usize = 32;

/// The largest size of the patches of a band, in bytes. It leaves room in a second-level cache of 256 KiB, the smallest of the
/// last ten years.
const BAND: usize = 192 * 1024;

/// The paths of a convolution; the [table](super) says why each is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The path for `y`.
    pub forward: Forward,
    /// The path for `∂L/∂x`.
    pub grad_input: GradInput,
    /// The path for `∂L/∂weight`.
    pub grad_weight: GradWeight,
}

/// How the output is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forward {
    /// `weight · im2col(x)`, whose patches are read from this image of `x`: implicit im2col.
    Implicit(Polyphase),
    /// `weight · im2col(x)`
    Im2col,
}

/// How the gradient of the input is computed from that of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GradInput {
    /// An implicit convolution over this image of `∂L/∂y`, with the kernel rotated by 180°, filters and channels exchanged, and
    /// padding `KH − 1 − PH` by `KW − 1 − PW`:
    ///
    /// ```text
    /// ∂L/∂x[c, y, x] = Σ w[o, c, KH − 1 − ky, KW − 1 − kx] · ∂L/∂y[o, y + ky − (KH − 1 − PH), x + kx − (KW − 1 − PW)]
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
    /// The paths for this geometry.
    ///
    /// # Panics
    /// If the geometry is not [sound](Geometry::is_sound).
    #[inline(always)]
    #[track_caller]
    pub const fn of(geometry: &Geometry) -> Plan {
        geometry.check();
        Plan {
            forward: Forward::of(geometry),
            grad_input: GradInput::of(geometry),
            grad_weight: GradWeight::of(geometry),
        }
    }
}

impl Forward {
    #[inline(always)]
    const fn of(geometry: &Geometry) -> Forward {
        match Polyphase::new(geometry) {
            // The image is written to the scratch for the columns, so it must fit there.
            Some(image) if image.size() <= volume!(geometry.patch(), geometry.positions()) => Forward::Implicit(image),
            _ => Forward::Im2col,
        }
    }
}

impl GradInput {
    #[inline(always)]
    const fn of(geometry: &Geometry) -> GradInput {
        let Geometry { input, output, window: Window { kernel: [kh, kw], stride: [sh, sw], padding: [ph, pw] } } =
            *geometry;
        if sh == 1 && sw == 1 && ph < kh && pw < kw {
            let window = Window { kernel: [kh, kw], stride: [1, 1], padding: [kh - 1 - ph, kw - 1 - pw] };
            if let Some(image) = Polyphase::new(&Geometry { input: output, output: input, window }) {
                return GradInput::Convolution(image);
            }
        }
        if kh == 1 && kw == 1 { GradInput::Col2im } else { GradInput::Row2im }
    }
}

impl GradWeight {
    #[inline(always)]
    const fn of(geometry: &Geometry) -> GradWeight {
        if geometry.patch() <= SMALL_PATCH {
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
    fn plan(input: Dims, filters: usize, kernel: [usize; 2], stride: [usize; 2], padding: [usize; 2]) -> Plan {
        let window = Window { kernel, stride, padding };
        let output = Dims::new(filters, window.output(0, input.height), window.output(1, input.width));
        Plan::of(&Geometry { input, output, window })
    }

    #[test]
    fn the_map_says_what_is_chosen() {
        let first = plan(Dims::new(1, 28, 28), 32, [3, 3], [1, 1], [1, 1]);
        assert_eq!(
            first,
            Plan { forward: Forward::Im2col, grad_input: GradInput::Row2im, grad_weight: GradWeight::Im2col }
        );
        let second = plan(Dims::new(32, 14, 14), 64, [3, 3], [2, 2], [2, 2]);
        assert_eq!(
            second,
            Plan { forward: Forward::Im2col, grad_input: GradInput::Row2im, grad_weight: GradWeight::Implicit }
        );
        let same = plan(Dims::new(16, 32, 32), 16, [3, 3], [1, 1], [1, 1]);
        assert!(matches!(same.forward, Forward::Implicit(_)) && matches!(same.grad_input, GradInput::Convolution(_)));
        assert_eq!(same.grad_weight, GradWeight::Implicit);
        let pointwise = plan(Dims::new(40, 7, 9), 5, [1, 1], [1, 1], [0, 0]);
        assert_eq!(
            pointwise,
            Plan { forward: Forward::Im2col, grad_input: GradInput::Col2im, grad_weight: GradWeight::Im2row }
        );
        // The polyphase image, padding included, is larger than the columns.
        assert_eq!(plan(Dims::new(1, 3, 3), 1, [2, 2], [13, 1], [14, 7]).forward, Forward::Im2col);
    }
}
