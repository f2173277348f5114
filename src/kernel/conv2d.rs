//! Convolution as matrix products over patches, band by band.
//!
//! Fast because the arithmetic is a matrix product (see [`gemm`](mod@super::gemm)) over patches that are still in cache: a band
//! of output rows has its patches written, multiplied and forgotten before the next band's overwrite them. On the way back
//! a gradient that is mostly zeros, as it comes from a max pooling or a ReLU, is multiplied as a [sparse](super::sparse)
//! matrix: only its entries cost anything. The functions are inlined into their layer, where the geometry is a constant.

use core::ops::Range;

use super::dots::add_dots;
use super::gemm::gemm;
use super::im2col::{im2col, im2row, row2im};
use super::matrix::Matrix;
use super::product::Start;
use super::sparse::{Pattern, count};
use super::transpose::transpose;
use crate::aligned::Aligned;
use crate::scalar::Scalar;
use crate::shape::Geometry;

/// Bytes the patches of a band may take: a part of the second-level cache, of 256 KiB and more in the last ten years.
const BAND: usize = 192 * 1024;

/// Patches up to this size have their weight gradients computed as dot products.
const SMALL_PATCH: usize = 32;

/// How many output rows are a band: as few bands as there can be, and all as large as each other, or the last a little less.
const fn band_rows<T>(geometry: &Geometry) -> usize {
    let (rows, row) = (geometry.output.height, geometry.patch() * geometry.output.width * size_of::<T>());
    let bands = (rows * row).div_ceil(BAND);
    if bands > 1 { rows.div_ceil(bands) } else { rows }
}

/// All output rows, band by band.
#[inline(always)]
fn bands<T>(geometry: &Geometry) -> impl Iterator<Item = Range<usize>> {
    let (rows, all) = (band_rows::<T>(geometry), geometry.output.height);
    (0..all).step_by(rows.max(1)).map(move |oy| oy..(oy + rows).min(all))
}

/// `y = bias + weight · im2col(x)` for one sample, with `columns` (`C·KH·KW × OH·OW`) as scratch.
///
/// # Panics
/// If a slice does not have the length the geometry says.
#[inline(always)]
pub fn conv2d<T: Scalar>(
    geometry: &Geometry,
    input: &[T],
    weight: &[T],
    bias: &[T],
    columns: &mut [T],
    output: &mut [T],
) {
    let (filters, patch, width) = (geometry.output.channels, geometry.patch(), geometry.output.width);
    assert_eq!(output.len(), geometry.output.len(), "numbers and geometry");
    for band in bands::<T>(geometry) {
        let positions = band.len() * width;
        let columns = &mut columns[..patch * positions];
        im2col(geometry, band.clone(), input, columns);
        let (weight, columns) = (Matrix::new(weight, filters, patch), Matrix::new(columns, patch, positions));
        gemm(weight, columns, Start::Rows(bias), &mut output[band.start * width..], geometry.positions());
    }
}

/// The gradients of a convolution: what they are computed from, and where they go.
pub struct Backward<'a, T> {
    /// `x` of all samples.
    pub input: &'a [T],
    /// The weights.
    pub weight: &'a [T],
    /// `∂L/∂y` of all samples.
    pub grad_output: &'a [T],
    /// `∂L/∂x` of all samples, if it is wanted: overwritten.
    pub grad_input: Option<&'a mut [T]>,
    /// `∂L/∂weight`: added to.
    pub grad_weight: &'a mut [T],
    /// `∂L/∂bias`: added to.
    pub grad_bias: &'a mut [T],
}

/// What the gradients of a convolution are computed with: room for a band of one sample, and for the weights.
pub struct BackwardScratch<T> {
    /// The patches of a band, as rows, or their gradients.
    patches: Aligned<T>,
    /// The sample with its channels innermost, and its gradient.
    image: Aligned<T>,
    grad_image: Aligned<T>,
    /// The weights with their channels innermost, and their gradients.
    weight: Aligned<T>,
    grad_weight: Aligned<T>,
    /// What the bias is multiplied by in every position: a gradient's sum is its dot product with ones.
    ones: Aligned<T>,
    /// Where the output's gradient in a band is not zero, if it mostly is: by filters and by positions.
    by_filter: Pattern,
    by_position: Pattern,
}

impl<T: Scalar> BackwardScratch<T> {
    /// Room for a convolution of this geometry.
    pub fn new(geometry: &Geometry) -> Self {
        let (filters, patch, pixels) = (geometry.output.channels, geometry.patch(), geometry.input.len());
        let positions = band_rows::<T>(geometry) * geometry.output.width;
        let mut ones = Aligned::zeros(geometry.positions());
        ones.fill(T::one());
        BackwardScratch {
            patches: Aligned::zeros(patch * positions),
            image: Aligned::zeros(pixels),
            grad_image: Aligned::zeros(pixels),
            weight: Aligned::zeros(filters * patch),
            grad_weight: Aligned::zeros(filters * patch),
            ones,
            by_filter: Pattern::with_room(filters, filters * positions),
            by_position: Pattern::with_room(positions, filters * positions),
        }
    }
}

/// The gradients of all samples:
///
/// ```text
/// ∂L/∂weight += ∂L/∂y · im2row(x)        ∂L/∂bias[o] += Σ ∂L/∂y[o]        ∂L/∂x = row2im(∂L/∂yᵀ · weight)
/// ```
///
/// A small patch (`C·KH·KW`) makes a matrix too narrow for a product to pay: its weights' gradients are dot products of
/// long rows.
///
/// # Panics
/// If a slice does not have the length the geometry says, or the scratch is another geometry's.
#[inline(always)]
pub fn conv2d_backward<T: Scalar>(geometry: &Geometry, of: Backward<'_, T>, scratch: &mut BackwardScratch<T>) {
    let Backward { input, weight, grad_output, mut grad_input, grad_weight, grad_bias } = of;
    let BackwardScratch { patches, image, grad_image, ones, by_filter, by_position, .. } = scratch;
    let Geometry { input: from, output: to, .. } = *geometry;
    let (filters, patch, pixels) = (to.channels, geometry.patch(), from.height * from.width);
    let is_small = patch <= SMALL_PATCH;
    let samples = input.chunks_exact(from.len()).zip(grad_output.chunks_exact(to.len()));
    assert_eq!(
        [input.len(), grad_output.len()],
        [samples.len() * from.len(), samples.len() * to.len()],
        "whole samples"
    );

    if grad_input.is_some() {
        move_channels_inside(geometry, weight, &mut scratch.weight);
    }
    scratch.grad_weight.fill(T::zero());
    for (n, (x, dy)) in samples.enumerate() {
        if !is_small {
            transpose(Matrix::new(x, from.channels, pixels), image);
        }
        grad_image.fill(T::zero());
        for band in bands::<T>(geometry) {
            let positions = band.len() * to.width;
            let patches = &mut patches[..patch * positions];
            let dy = Matrix::strided(&dy[band.start * to.width..], filters, positions, geometry.positions());
            // Dot products take a gradient as it is.
            let is_sparse = (!is_small || grad_input.is_some()) && 2 * count(dy) <= filters * positions;
            if is_sparse {
                by_filter.find(dy);
            }

            if is_small {
                im2col(geometry, band.clone(), x, patches);
                add_dots(dy, Matrix::new(patches, patch, positions), grad_weight);
            } else {
                im2row(geometry, band.clone(), image, patches);
                let patches = Matrix::new(patches, positions, patch);
                if is_sparse {
                    by_filter.multiply(dy, patches, Start::Kept, &mut scratch.grad_weight);
                } else {
                    gemm(dy, patches, Start::Kept, &mut scratch.grad_weight, patch);
                }
            }

            if grad_input.is_some() {
                let weight = Matrix::new(&scratch.weight, filters, patch);
                if is_sparse {
                    by_position.transpose(by_filter, filters, positions);
                    by_position.multiply(dy.transposed(), weight, Start::Zero, patches);
                } else {
                    gemm(dy.transposed(), weight, Start::Zero, patches, patch);
                }
                row2im(geometry, band, patches, grad_image);
            }
        }
        if let Some(grad_input) = &mut grad_input {
            transpose(Matrix::new(grad_image, pixels, from.channels), &mut grad_input[n * from.len()..][..from.len()]);
        }
        add_dots(Matrix::new(dy, filters, geometry.positions()), Matrix::new(ones, 1, geometry.positions()), grad_bias);
    }
    if !is_small {
        add_channels_outside(geometry, &scratch.grad_weight, grad_weight);
    }
}

/// `inside[o, (ky, kx), c] = weight[o, c, (ky, kx)]`
#[inline(always)]
fn move_channels_inside<T: Scalar>(geometry: &Geometry, weight: &[T], inside: &mut [T]) {
    let (channels, patch) = (geometry.input.channels, geometry.patch());
    assert_eq!(weight.len(), inside.len(), "weights and geometry");
    for (weight, inside) in weight.chunks_exact(patch).zip(inside.chunks_exact_mut(patch)) {
        transpose(Matrix::new(weight, channels, patch / channels), inside);
    }
}

/// `weight[o, c, (ky, kx)] += inside[o, (ky, kx), c]`
#[inline(never)]
fn add_channels_outside<T: Scalar>(geometry: &Geometry, inside: &[T], weight: &mut [T]) {
    let (channels, patch) = (geometry.input.channels, geometry.patch());
    assert_eq!(weight.len(), inside.len(), "weights and geometry");
    let taps = patch / channels;
    for (weight, inside) in weight.chunks_exact_mut(patch).zip(inside.chunks_exact(patch)) {
        for (c, weight) in weight.chunks_exact_mut(taps).enumerate() {
            for (weight, inside) in weight.iter_mut().zip(inside.chunks_exact(channels)) {
                *weight += inside[c];
            }
        }
    }
}
