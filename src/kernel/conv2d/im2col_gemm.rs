//! The textbook convolution: im2col and a matrix product with the columns, one path for every shape (Chellapilla, Puri and
//! Simard 2006).
//!
//! ```text
//! y = bias + weight · im2col(x)        ∂L/∂x = col2im(weightᵀ · ∂L/∂y)        ∂L/∂weight += ∂L/∂y · im2col(x)ᵀ
//! ```
//!
//! The matrix product is a parameter. The [plan](super::Plan) chooses this path where nothing faster is known for a shape, with
//! [`gemm`](crate::kernel::gemm::gemm()) or [`add_gemm_nt`](crate::kernel::gemm::nt::add_gemm_nt). With
//! [`packed::gemm`](crate::kernel::gemm::packed::gemm) of `matrixmultiply`, it is the baseline of the benchmarks.
//!
//! `columns` is scratch for the columns of one sample, `C·KH·KW × OH·OW`; they are written and multiplied band by band.

use super::plan::{band_rows, bands};
use crate::kernel::gemm::Write;
use crate::kernel::im2col::{add_col2im, im2col};
use crate::kernel::matrix::Matrix;
use crate::scalar::Scalar;
use crate::shape::{Geometry, volume};

/// Computes `weight · im2col(x)` for one sample, by the product `gemm`, and writes it to `output` as `write` says: for
/// `y = bias + weight · im2col(x)` that is [`Write::Bias`].
///
/// # Panics
/// If a slice does not have the length the geometry implies, or the geometry is not [sound](Geometry::is_sound).
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn conv2d<T: Scalar>(
    geometry: &Geometry,
    input: &[T],
    weight: &[T],
    write: Write<'_, T>,
    columns: &mut [T],
    output: &mut [T],
    gemm: impl Fn(Matrix<'_, T>, Matrix<'_, T>, Write<'_, T>, &mut [T], usize),
) {
    check(geometry, output, columns);
    let (filters, patch, width) = (geometry.output.channels, geometry.patch(), geometry.output.width);
    let weight = Matrix::new(weight, filters, patch);
    for band in bands::<T>(geometry) {
        let positions = band.len() * width;
        let columns = &mut columns[..patch * positions];
        im2col(geometry, band.clone(), input, columns);
        let columns = Matrix::new(columns, patch, positions);
        gemm(weight, columns, write, &mut output[band.start * width..], geometry.positions());
    }
}

/// Computes `col2im(weightᵀ · ∂L/∂y)` for one sample, by the product `gemm`, and writes it to `grad_input` as `write` says: for
/// `∂L/∂x` that is [`Write::Overwrite`]. A transposed convolution has biases, one for each channel.
///
/// # Panics
/// If a slice does not have the length the geometry implies, or the geometry is not [sound](Geometry::is_sound).
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn conv2d_grad_input<T: Scalar>(
    geometry: &Geometry,
    weight: &[T],
    grad_output: &[T],
    write: Write<'_, T>,
    columns: &mut [T],
    grad_input: &mut [T],
    gemm: impl Fn(Matrix<'_, T>, Matrix<'_, T>, Write<'_, T>, &mut [T], usize),
) {
    check(geometry, grad_output, columns);
    assert_eq!(grad_input.len(), geometry.input.len(), "numbers and geometry");
    let (filters, patch, width) = (geometry.output.channels, geometry.patch(), geometry.output.width);
    let weight = Matrix::new(weight, filters, patch).transposed();
    match write {
        Write::Overwrite => grad_input.fill(T::zero()),
        Write::Accumulate => {}
        Write::Bias(bias) => {
            assert_eq!(bias.len(), geometry.input.channels, "one bias for each channel");
            let plane = geometry.input.height * geometry.input.width;
            for (plane, &bias) in grad_input.chunks_exact_mut(plane).zip(bias) {
                plane.fill(bias);
            }
        }
    }
    for band in bands::<T>(geometry) {
        let positions = band.len() * width;
        let columns = &mut columns[..patch * positions];
        let dy = Matrix::strided(&grad_output[band.start * width..], filters, positions, geometry.positions());
        gemm(weight, dy, Write::Overwrite, columns, positions);
        add_col2im(geometry, band, columns, grad_input);
    }
}

/// Accumulates `∂L/∂weight += ∂L/∂y · im2col(x)ᵀ` for one sample, by a product `C ← C + A·Bᵀ`.
///
/// # Panics
/// If a slice does not have the length the geometry implies, or the geometry is not [sound](Geometry::is_sound).
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn add_conv2d_grad_weight<T: Scalar>(
    geometry: &Geometry,
    input: &[T],
    grad_output: &[T],
    columns: &mut [T],
    grad_weight: &mut [T],
    add_gemm_nt: impl Fn(Matrix<'_, T>, Matrix<'_, T>, &mut [T]),
) {
    check(geometry, grad_output, columns);
    let (filters, patch, width) = (geometry.output.channels, geometry.patch(), geometry.output.width);
    for band in bands::<T>(geometry) {
        let positions = band.len() * width;
        let columns = &mut columns[..patch * positions];
        im2col(geometry, band.clone(), input, columns);
        let dy = Matrix::strided(&grad_output[band.start * width..], filters, positions, geometry.positions());
        add_gemm_nt(dy, Matrix::new(columns, patch, positions), grad_weight);
    }
}

/// Checks the lengths of an output and of the columns; im2col, col2im and the product check the others.
#[inline(always)]
#[track_caller]
fn check<T>(geometry: &Geometry, output: &[T], columns: &[T]) {
    geometry.check();
    assert_eq!(output.len(), geometry.output.len(), "numbers and geometry");
    let band = volume!(geometry.patch(), band_rows::<T>(geometry), geometry.output.width);
    assert!(columns.len() >= band, "{} numbers of scratch, {band} are needed", columns.len());
}
