//! Group normalization, and layer normalization, which has one group.

use alloc::vec;
use alloc::vec::Vec;

use crate::scalar::Scalar;

/// `x̂` of every value, and the `√(variance + ε)` it was divided by. A group has `len` values.
fn normalized<T: Scalar>(len: usize, eps: T, input: &[T]) -> Vec<(T, T)> {
    let mut normalized = vec![(T::zero(), T::zero()); input.len()];
    for (group, normalized) in input.chunks(len).zip(normalized.chunks_mut(len)) {
        let count = T::from_usize(len);
        let mean = group.iter().copied().sum::<T>() / count;
        let variance = group.iter().map(|&x| (x - mean) * (x - mean)).sum::<T>() / count;
        let std = (variance + eps).sqrt();
        for (&x, normalized) in group.iter().zip(normalized) {
            *normalized = ((x - mean) / std, std);
        }
    }
    normalized
}

/// `y = γ[c]·x̂ + β[c]` with `x̂ = (x − mean)/√(variance + ε)`, where mean and variance are those of the value's group, and `c` is
/// the map of `positions` values that it is in.
pub fn group_norm<T: Scalar>(
    [positions, groups]: [usize; 2],
    eps: T,
    input: &[T],
    [gamma, beta]: [&[T]; 2],
    output: &mut [T],
) {
    let normalized = normalized(gamma.len() * positions / groups, eps, input);
    for (i, (output, (x, _))) in output.iter_mut().zip(normalized).enumerate() {
        let c = i / positions % gamma.len();
        *output = gamma[c] * x + beta[c];
    }
}

/// Adds `∂L/∂γ[c] = Σ ∂L/∂y·x̂` and `∂L/∂β[c] = Σ ∂L/∂y`, and writes
/// `∂L/∂x = (δ − Σ δ/M − x̂·Σ δ·x̂/M)/√(variance + ε)` with `δ = γ·∂L/∂y`, the sums over the `M` values of the group.
pub fn group_norm_backward<T: Scalar>(
    [positions, groups]: [usize; 2],
    eps: T,
    input: &[T],
    gamma: &[T],
    grad_output: &[T],
    grad_input: &mut [T],
    [grad_gamma, grad_beta]: [&mut [T]; 2],
) {
    let len = gamma.len() * positions / groups;
    let normalized = normalized(len, eps, input);
    for (i, (&dy, &(x, _))) in grad_output.iter().zip(&normalized).enumerate() {
        let c = i / positions % gamma.len();
        grad_gamma[c] += dy * x;
        grad_beta[c] += dy;
    }
    let delta = |i: usize| gamma[i / positions % gamma.len()] * grad_output[i];
    for i in 0..input.len() {
        let (group, count) = (i / len * len..i / len * len + len, T::from_usize(len));
        let sum: T = group.clone().map(delta).sum();
        let dot: T = group.map(|j| delta(j) * normalized[j].0).sum();
        let (x, std) = normalized[i];
        grad_input[i] = (delta(i) - sum / count - x * dot / count) / std;
    }
}
