//! Convolution as im2col and GEMM, one sample at a time.
//!
//! Fast because the arithmetic is a matrix product (see [`gemm`](mod@super::gemm)) over a column matrix small enough to stay
//! in cache: a sample's columns are written, multiplied and forgotten before the next sample's overwrite them. The functions
//! are inlined into their layer, where the geometry is a constant.

use super::dots::add_dots;
use super::gemm::gemm;
use super::im2col::{col2im, im2col, im2row};
use super::matrix::Matrix;
use super::sum::sum_of;
use super::transpose::transpose;
use crate::scalar::Scalar;
use crate::shape::Geometry;

/// `y = bias + weight · im2col(x)`, given the weights turned around: `turned[(c, ky, kx), o] = weight[o, (c, ky, kx)]`.
///
/// That is how a GEMM packs them fastest, and turning them around once serves all samples of a batch. `columns`
/// (`C·KH·KW × OH·OW`) is scratch.
///
/// # Panics
/// If a slice does not have the length the geometry says.
#[inline(always)]
pub fn conv2d<T: Scalar>(
    geometry: &Geometry,
    input: &[T],
    turned: &[T],
    bias: &[T],
    columns: &mut [T],
    output: &mut [T],
) {
    let (filters, patch, positions) = (geometry.output.channels, geometry.patch(), geometry.positions());
    im2col(geometry, input, columns);
    for (output, &bias) in output.chunks_exact_mut(positions).zip(bias) {
        output.fill(bias);
    }
    let weight = Matrix::new(turned, patch, filters).transposed();
    gemm(weight, Matrix::new(columns, patch, positions), T::one(), output);
}

/// `∂L/∂x = col2im(weightᵀ · ∂L/∂y)`, with `columns` as scratch.
///
/// # Panics
/// If a slice does not have the length the geometry says.
#[inline(always)]
pub fn conv2d_grad_input<T: Scalar>(
    geometry: &Geometry,
    weight: &[T],
    grad_output: &[T],
    columns: &mut [T],
    grad_input: &mut [T],
) {
    let (filters, patch, positions) = (geometry.output.channels, geometry.patch(), geometry.positions());
    let weight = Matrix::new(weight, filters, patch).transposed();
    gemm(weight, Matrix::new(grad_output, filters, positions), T::zero(), columns);
    col2im(geometry, columns, grad_input);
}

/// `∂L/∂weight += ∂L/∂y · im2col(x)ᵀ` and `∂L/∂bias[o] += Σ ∂L/∂y[o]`.
///
/// The sum runs over the output positions, and there are two ways to it. A small patch (`C·KH·KW`) makes a matrix too
/// small for a GEMM to pay: its numbers are dot products of long rows. A larger one is a GEMM of the patches as rows and
/// `∂L/∂y` turned around, both of which it then packs in the order they lie in memory.
///
/// `patches` (`C·KH·KW × OH·OW`) and `turned` (`OH·OW × O`) are scratch.
///
/// # Panics
/// If a slice does not have the length the geometry says.
#[inline(always)]
pub fn add_conv2d_grad_parameters<T: Scalar>(
    geometry: &Geometry,
    input: &[T],
    grad_output: &[T],
    patches: &mut [T],
    turned: &mut [T],
    grad_weight: &mut [T],
    grad_bias: &mut [T],
) {
    let (filters, patch, positions) = (geometry.output.channels, geometry.patch(), geometry.positions());
    if patch <= SMALL_PATCH {
        im2col(geometry, input, patches);
        add_dots(positions, grad_output, patches, grad_weight);
    } else {
        im2row(geometry, input, patches);
        transpose(positions, grad_output, turned);
        let turned = Matrix::new(turned, positions, filters).transposed();
        gemm(turned, Matrix::new(patches, positions, patch), T::one(), grad_weight);
    }
    for (grad_output, grad_bias) in grad_output.chunks_exact(positions).zip(grad_bias) {
        *grad_bias += sum_of(grad_output, grad_output, |dy, _| dy);
    }
}

/// Patches up to this size have their weight gradients computed as dot products.
const SMALL_PATCH: usize = 32;
