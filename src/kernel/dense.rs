//! The dense layer as three matrix products over the batch.
//!
//! Fast because all samples of a batch share one pass over the weights, by far the largest of the three operands, and because
//! nothing is transposed: outputs are dot products of rows, and both gradients are sums of rows, read in memory order.

use core::ops::Range;

use super::gemm::nt::add_gemm_nt;
use super::gemm::{Write, gemm};
use super::matrix::Matrix;
use crate::scalar::Scalar;
use crate::team;

/// With so many weights, threads that compute one sample together share them.
const SHARED: usize = 64 * 1024;

/// Computes `Y = X·Wᵀ + bias` for rows `x` of `inputs` values. An empty bias is zero.
///
/// # Panics
/// If the lengths are inconsistent.
#[inline]
pub fn dense<T: Scalar>(inputs: usize, input: &[T], weight: &[T], bias: &[T], output: &mut [T]) {
    let (samples, outputs) = (samples(inputs, input), weight.len() / inputs);
    let (input, weight) = (Matrix::new(input, samples, inputs), Matrix::new(weight, outputs, inputs));
    assert!(bias.is_empty() || bias.len() == outputs, "one bias for each output, or none");
    assert_eq!(Some(output.len()), samples.checked_mul(outputs), "{samples} samples of {outputs} outputs");
    if output.is_empty() {
        return;
    }
    if bias.is_empty() {
        output.fill(T::zero());
    } else {
        for output in output.chunks_exact_mut(outputs) {
            output.copy_from_slice(bias);
        }
    }
    if samples == 1
        && weight.data.len() >= SHARED
        && let Some(share) = team::share(outputs)
    {
        let Range { start, end } = share.mine;
        let rows = Matrix::new(&weight.data[start * inputs..end * inputs], end - start, inputs);
        add_gemm_nt(input, rows, &mut output[start..end]);
        return share.exchange(output);
    }
    add_gemm_nt(input, weight, output);
}

/// `∂L/∂X = ∂L/∂Y·W`
///
/// # Panics
/// If the lengths are inconsistent.
#[inline]
pub fn dense_grad_input<T: Scalar>(inputs: usize, weight: &[T], grad_output: &[T], grad_input: &mut [T]) {
    let samples = samples(inputs, grad_input);
    let outputs = weight.len() / inputs;
    let grad_output = Matrix::new(grad_output, samples, outputs);
    gemm(grad_output, Matrix::new(weight, outputs, inputs), Write::Overwrite, grad_input, inputs);
}

/// `∂L/∂W += ∂L/∂Yᵀ·X` and `∂L/∂bias += Σₙ ∂L/∂y[n]`, unless the bias is empty
///
/// # Panics
/// If the lengths are inconsistent.
#[inline]
pub fn add_dense_grad_parameters<T: Scalar>(
    inputs: usize,
    input: &[T],
    grad_output: &[T],
    grad_weight: &mut [T],
    grad_bias: &mut [T],
) {
    let (samples, outputs) = (samples(inputs, input), grad_weight.len() / inputs);
    assert!(grad_bias.is_empty() || grad_bias.len() == outputs, "one bias for each output, or none");
    let transposed = Matrix::new(grad_output, samples, outputs).transposed();
    assert_eq!(
        Some(grad_weight.len()),
        outputs.checked_mul(inputs),
        "weights of {inputs} inputs and {outputs} outputs"
    );
    gemm(transposed, Matrix::new(input, samples, inputs), Write::Accumulate, grad_weight, inputs);
    for grad_output in grad_output.chunks_exact(outputs.max(1)) {
        for (grad_bias, &gradient) in grad_bias.iter_mut().zip(grad_output) {
            *grad_bias += gradient;
        }
    }
}

/// The number of rows of `inputs` values.
#[inline]
fn samples<T>(inputs: usize, rows: &[T]) -> usize {
    assert!(inputs > 0 && rows.len().is_multiple_of(inputs), "{} values are not whole rows of {inputs}", rows.len());
    rows.len() / inputs
}
