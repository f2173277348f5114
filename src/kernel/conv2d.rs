//! Convolution as im2col and GEMM, one sample at a time.
//!
//! Fast because the arithmetic is a matrix product (see [`gemm`](mod@super::gemm)) over a column matrix small enough to stay
//! in cache: a sample's columns are written, multiplied and forgotten before the next sample's overwrite them. The functions
//! are inlined into their layer, where the geometry is a constant.

use super::gemm::{Matrix, gemm};
use super::im2col::{col2im, im2col};
use super::sum::sum_of;
use crate::scalar::Scalar;
use crate::shape::Geometry;

/// `y = bias + weight · im2col(x)`, with `columns` (`C·KH·KW × OH·OW`) as scratch.
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
    let (filters, patch, positions) = (geometry.output.channels, geometry.patch(), geometry.positions());
    im2col(geometry, input, columns);
    for (output, &bias) in output.chunks_exact_mut(positions).zip(bias) {
        output.fill(bias);
    }
    gemm(Matrix::new(weight, filters, patch), Matrix::new(columns, patch, positions), T::one(), output);
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

/// `∂L/∂weight += ∂L/∂y · im2col(x)ᵀ` and `∂L/∂bias[o] += Σ ∂L/∂y[o]`, with `columns` as scratch.
///
/// # Panics
/// If a slice does not have the length the geometry says.
#[inline(always)]
pub fn add_conv2d_grad_parameters<T: Scalar>(
    geometry: &Geometry,
    input: &[T],
    grad_output: &[T],
    columns: &mut [T],
    grad_weight: &mut [T],
    grad_bias: &mut [T],
) {
    let (filters, patch, positions) = (geometry.output.channels, geometry.patch(), geometry.positions());
    im2col(geometry, input, columns);
    let columns = Matrix::new(columns, patch, positions).transposed();
    gemm(Matrix::new(grad_output, filters, positions), columns, T::one(), grad_weight);
    for (grad_output, grad_bias) in grad_output.chunks_exact(positions).zip(grad_bias) {
        *grad_bias += sum_of(grad_output, grad_output, |dy, _| dy);
    }
}
