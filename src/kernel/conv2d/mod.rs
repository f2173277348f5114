//! Convolution as matrix products over patches, band by band.
//!
//! Fast because the arithmetic is a matrix product, and most often over patches that are never written down: where rows of
//! outputs, or of windows, are whole vectors, the product reads them from a [padded](super::padded) image as they lie
//! (see [`windows`]). Other patches are copied, and are still in cache when they are multiplied (see
//! [`gemm`](mod@super::gemm)): a band of output rows has its patches written, multiplied and forgotten before the next band's
//! overwrite them. The functions are inlined into their layer, where the geometry is a constant.

mod backward;

use core::ops::Range;

use super::gemm::gemm;
use super::im2col::im2col;
use super::matrix::Matrix;
use super::padded::Planes;
use super::product::Start;
use super::windows;
use crate::scalar::Scalar;
use crate::shape::{Geometry, volume};

pub use backward::{Backward, BackwardScratch, conv2d_backward};

/// Bytes the patches of a band may take: a part of the second-level cache, of 256 KiB and more in the last ten years.
const BAND: usize = 192 * 1024;

/// How many output rows are a band: as few bands as there can be, and all as large as each other, or the last a little less.
#[inline(always)]
const fn band_rows<T>(geometry: &Geometry) -> usize {
    let (rows, row) = (geometry.output.height, volume!(geometry.patch(), geometry.output.width, size_of::<T>()));
    let bands = volume!(rows, row).div_ceil(BAND);
    if bands > 1 { rows.div_ceil(bands) } else { rows }
}

/// All output rows, band by band.
#[inline(always)]
fn bands<T>(geometry: &Geometry) -> impl Iterator<Item = Range<usize>> {
    let (rows, all) = (band_rows::<T>(geometry), geometry.output.height);
    (0..all).step_by(rows.max(1)).map(move |oy| oy..(oy + rows).min(all))
}

/// `y = bias + weight · im2col(x)` for one sample, with `columns` (`C·KH·KW × OH·OW`) and `starts` (`C·KH·KW`) as scratch.
///
/// # Panics
/// If a slice does not have the length the geometry says, or that leads nowhere.
#[inline(always)]
pub fn conv2d<T: Scalar>(
    geometry: &Geometry,
    input: &[T],
    weight: &[T],
    bias: &[T],
    columns: &mut [T],
    starts: &mut [u32],
    output: &mut [T],
) {
    geometry.check();
    let (filters, patch, width) = (geometry.output.channels, geometry.patch(), geometry.output.width);
    let numbers = [input.len(), weight.len(), bias.len(), output.len()];
    let expected = [geometry.input.len(), volume!(filters, patch), filters, geometry.output.len()];
    assert_eq!(numbers, expected, "numbers and geometry");
    let scratch = [volume!(patch, geometry.positions()), patch];
    assert_eq!([columns.len(), starts.len()], scratch, "scratch and geometry");
    if let Some(planes) = Planes::new(geometry).filter(|planes| planes.size() <= columns.len()) {
        planes.starts(starts);
        let image = &mut columns[..planes.size()];
        planes.fill(input, image);
        let (weight, patches) = (Matrix::new(weight, filters, patch), planes.windows(image, starts));
        return windows::multiply(weight, patches, Start::Rows(bias), output, geometry.positions());
    }
    for band in bands::<T>(geometry) {
        let positions = band.len() * width;
        let columns = &mut columns[..patch * positions];
        im2col(geometry, band.clone(), input, columns);
        let (weight, columns) = (Matrix::new(weight, filters, patch), Matrix::new(columns, patch, positions));
        gemm(weight, columns, Start::Rows(bias), &mut output[band.start * width..], geometry.positions());
    }
}
