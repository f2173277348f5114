//! Batch normalization and the moments it is computed from.

use alloc::vec;
use alloc::vec::Vec;

use super::elementwise::relu;
use crate::scalar::Scalar;

/// The indices of channel `c`'s values in a batch `[N, C, H, W]` of `len` values with `positions = H·W`.
fn of_channel(positions: usize, channels: usize, c: usize, len: usize) -> impl Iterator<Item = usize> + Clone {
    (0..len).filter(move |i| i / positions % channels == c)
}

/// Computes the mean of each channel over a batch, and the second moment about it, `Σ (x − mean)²`, in `f64`.
pub fn moments<T: Scalar>(positions: usize, input: &[T], mean: &mut [f64], second_moment: &mut [f64]) {
    for c in 0..mean.len() {
        let values = of_channel(positions, mean.len(), c, input.len()).map(|i| input[i].into_f64());
        mean[c] = values.clone().sum::<f64>() / (values.clone().count() as f64).max(1.0);
        second_moment[c] = values.map(|x| (x - mean[c]) * (x - mean[c])).sum();
    }
}

/// Merges the moments of `more` values into those of `count` values: with
/// `mean = (count·mean₁ + more·mean₂)/(count + more)`, the second moment is `Σᵢ secondᵢ + nᵢ·(meanᵢ − mean)²`.
pub fn merge_moments(
    [mean, second_moment]: [&mut [f64]; 2],
    count: usize,
    [more_mean, more_second_moment]: [&[f64]; 2],
    more: usize,
) {
    let (n1, n2) = (count as f64, more as f64);
    for c in 0..mean.len() {
        let (mean1, mean2) = (mean[c], more_mean[c]);
        mean[c] = (n1 * mean1 + n2 * mean2) / (n1 + n2).max(1.0);
        let shifted = |n: f64, of: f64| n * (of - mean[c]) * (of - mean[c]);
        second_moment[c] += more_second_moment[c] + shifted(n1, mean1) + shifted(n2, mean2);
    }
}

/// `x̂` of every value, and the `√(variance + ε)` it was divided by.
fn normalized<T: Scalar>(positions: usize, channels: usize, eps: T, input: &[T]) -> Vec<(T, T)> {
    let mut normalized = vec![(T::zero(), T::zero()); input.len()];
    for c in 0..channels {
        let values = of_channel(positions, channels, c, input.len());
        let count = T::from_usize(values.clone().count());
        let mean = values.clone().map(|i| input[i]).sum::<T>() / count;
        let variance = values.clone().map(|i| (input[i] - mean) * (input[i] - mean)).sum::<T>() / count;
        let std = (variance + eps).sqrt();
        for i in values {
            normalized[i] = ((input[i] - mean) / std, std);
        }
    }
    normalized
}

/// `y = γ[c]·x̂ + β[c]` with `x̂ = (x − mean)/√(variance + ε)`, where mean and variance are over all values of channel `c` in
/// the batch.
pub fn batch_norm<T: Scalar>(positions: usize, eps: T, input: &[T], gamma: &[T], beta: &[T], output: &mut [T]) {
    let normalized = normalized(positions, gamma.len(), eps, input);
    for ((i, output), (x, _)) in output.iter_mut().enumerate().zip(normalized) {
        let c = i / positions % gamma.len();
        *output = gamma[c] * x + beta[c];
    }
}

/// The [`relu`] of the [`batch_norm`].
pub fn batch_norm_and_rectify<T: Scalar>(
    positions: usize,
    eps: T,
    input: &[T],
    gamma: &[T],
    beta: &[T],
    output: &mut [T],
) {
    let mut normalized = vec![T::zero(); input.len()];
    batch_norm(positions, eps, input, gamma, beta, &mut normalized);
    relu(&normalized, output);
}

/// `∂L/∂γ[c] = Σ ∂L/∂y·x̂` and `∂L/∂β[c] = Σ ∂L/∂y`
pub fn batch_norm_grad_parameters<T: Scalar>(
    positions: usize,
    eps: T,
    input: &[T],
    grad_output: &[T],
    [grad_gamma, grad_beta]: [&mut [T]; 2],
) {
    let channels = grad_gamma.len();
    let normalized = normalized(positions, channels, eps, input);
    for c in 0..channels {
        let values = of_channel(positions, channels, c, input.len());
        grad_gamma[c] = values.clone().map(|i| grad_output[i] * normalized[i].0).sum();
        grad_beta[c] = values.map(|i| grad_output[i]).sum();
    }
}

/// `∂L/∂x`, to which every value of the channel contributes, because its mean and variance depend on all of them:
///
/// ```text
/// ∂y[j]/∂x[i] = γ/√(variance + ε) · ([i = j] − (1 + x̂[i]·x̂[j])/count)
/// ```
pub fn batch_norm_grad_input<T: Scalar>(
    positions: usize,
    eps: T,
    input: &[T],
    gamma: &[T],
    grad_output: &[T],
    grad_input: &mut [T],
) {
    let normalized = normalized(positions, gamma.len(), eps, input);
    for c in 0..gamma.len() {
        let values = of_channel(positions, gamma.len(), c, input.len());
        let count = T::from_usize(values.clone().count());
        for i in values.clone() {
            let (x, std) = normalized[i];
            let others = values.clone().map(|j| grad_output[j] * (T::one() + x * normalized[j].0)).sum::<T>();
            grad_input[i] = gamma[c] / std * (grad_output[i] - others / count);
        }
    }
}

/// `y = scale[c]·x + shift[c]`
pub fn scale_and_shift<T: Scalar>(positions: usize, scale: &[T], shift: &[T], input: &[T], output: &mut [T]) {
    for (i, (&x, y)) in input.iter().zip(output).enumerate() {
        let c = i / positions % scale.len();
        *y = scale[c] * x + shift[c];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_norm_by_hand() {
        // Two samples of two channels of one position: means 4 and 5, variances 9 and 0, divided by 5 and 4.
        let (input, gamma) = ([1.0, 5.0, 7.0, 5.0], [10.0, 1.0]);
        let mut output = [f64::NAN; 4];
        batch_norm(1, 16.0, &input, &gamma, &[0.5, -2.0], &mut output);
        assert_eq!(output, [-5.5, -2.0, 6.5, -2.0]);
        // L = y[0] + y[1]: channel 0 has x̂ = ±0.6, and ∂L/∂x = 10/5·(1 − (1 + 0.36)/2), 10/5·(0 − (1 − 0.36)/2);
        // channel 1 has x̂ = 0, and ∂L/∂x = 1/4·(1 − 1/2), 1/4·(0 − 1/2).
        let (mut grad_input, mut grad_gamma, mut grad_beta) = ([f64::NAN; 4], [f64::NAN; 2], [f64::NAN; 2]);
        let grad = [grad_gamma.as_mut_slice(), &mut grad_beta];
        batch_norm_grad_parameters(1, 16.0, &input, &[1.0, 1.0, 0.0, 0.0], grad);
        batch_norm_grad_input(1, 16.0, &input, &gamma, &[1.0, 1.0, 0.0, 0.0], &mut grad_input);
        for (found, expected) in grad_input.into_iter().zip([0.64, 0.125, -0.64, -0.125]) {
            assert!((found - expected).abs() < 1e-15, "{grad_input:?}");
        }
        assert_eq!((grad_gamma, grad_beta), ([-0.6, 0.0], [1.0, 1.0]));
    }
}
