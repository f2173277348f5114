//! The dense layer as three matrix products over the batch.
//!
//! Fast because all samples of a batch share one pass over the weights, much the largest of the three operands, and because
//! a small batch does not pay for packing them: its products are dot products of rows and sums of rows, in the order the
//! numbers lie in memory. Gradients of larger batches are GEMMs.

use super::dots::add_dots;
use super::gemm::gemm;
use super::matrix::Matrix;
use super::rows::add_rows;
use crate::scalar::Scalar;

/// Batches up to this size are not worth packing for.
const SMALL_BATCH: usize = 4;

/// `Y = X·Wᵀ + bias` for rows `x` of `inputs` numbers.
///
/// # Panics
/// If the lengths do not fit together.
#[inline]
pub fn dense<T: Scalar>(inputs: usize, input: &[T], weight: &[T], bias: &[T], output: &mut [T]) {
    for output in output.chunks_exact_mut(bias.len()) {
        output.copy_from_slice(bias);
    }
    add_dots(inputs, input, weight, output);
}

/// `∂L/∂X = ∂L/∂Y·W`
///
/// # Panics
/// If the lengths do not fit together.
#[inline]
pub fn dense_grad_input<T: Scalar>(inputs: usize, weight: &[T], grad_output: &[T], grad_input: &mut [T]) {
    let outputs = weight.len() / inputs;
    let grad_output = Matrix::new(grad_output, grad_output.len() / outputs, outputs);
    if grad_output.rows <= SMALL_BATCH {
        grad_input.fill(T::zero());
        add_rows(grad_output, weight, grad_input);
    } else {
        gemm(grad_output, Matrix::new(weight, outputs, inputs), T::zero(), grad_input);
    }
}

/// `∂L/∂W += ∂L/∂Yᵀ·X` and `∂L/∂bias += Σₙ ∂L/∂y[n]`
///
/// # Panics
/// If the lengths do not fit together.
#[inline]
pub fn add_dense_grad_parameters<T: Scalar>(
    inputs: usize,
    input: &[T],
    grad_output: &[T],
    grad_weight: &mut [T],
    grad_bias: &mut [T],
) {
    let (samples, outputs) = (input.len() / inputs, grad_bias.len());
    let turned = Matrix::new(grad_output, samples, outputs).transposed();
    if samples <= SMALL_BATCH {
        add_rows(turned, input, grad_weight);
    } else {
        gemm(turned, Matrix::new(input, samples, inputs), T::one(), grad_weight);
    }
    for grad_output in grad_output.chunks_exact(outputs) {
        for (grad_bias, &gradient) in grad_bias.iter_mut().zip(grad_output) {
            *grad_bias += gradient;
        }
    }
}
