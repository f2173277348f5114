//! Products with a gate, and maxima over channels.

use crate::scalar::Scalar;

/// `y[c, p] = g[c]·x[c, p]`
pub fn gate<T: Scalar>(positions: usize, factors: &[T], input: &[T], output: &mut [T]) {
    for i in 0..input.len() {
        output[i] = factors[i / positions] * input[i];
    }
}

/// `∂L/∂x[c, p] += g[c]·∂L/∂y[c, p]`
pub fn add_gate_grad_input<T: Scalar>(positions: usize, factors: &[T], grad_output: &[T], grad_input: &mut [T]) {
    for i in 0..grad_input.len() {
        grad_input[i] += factors[i / positions] * grad_output[i];
    }
}

/// `∂L/∂g[c] = Σ x[c, p]·∂L/∂y[c, p]`
pub fn gate_grad_factors<T: Scalar>(positions: usize, input: &[T], grad_output: &[T], grad_factors: &mut [T]) {
    grad_factors.fill(T::zero());
    for i in 0..input.len() {
        grad_factors[i / positions] += input[i] * grad_output[i];
    }
}

/// `y[c, p] = max x[c·pieces + j, p]` over the pieces `j`, and that `j`. The first piece wins a tie; NaN beats every number.
pub fn maxout<T: Scalar>(positions: usize, pieces: usize, input: &[T], output: &mut [T], argmax: &mut [u32]) {
    for (i, y) in output.iter_mut().enumerate() {
        let (c, p) = (i / positions, i % positions);
        let x = |j: usize| input[(c * pieces + j) * positions + p];
        let mut best = 0;
        for j in 1..pieces {
            if x(j) > x(best) || (x(j).is_nan() && !x(best).is_nan()) {
                best = j;
            }
        }
        (*y, argmax[i]) = (x(best), best as u32);
    }
}

/// `∂L/∂x[c·pieces + j, p] = ∂L/∂y[c, p]` for the piece `j` that is the argmax, and 0 for the others.
pub fn maxout_grad_input<T: Scalar>(
    positions: usize,
    pieces: usize,
    argmax: &[u32],
    grad_output: &[T],
    grad_input: &mut [T],
) {
    grad_input.fill(T::zero());
    for (i, &dy) in grad_output.iter().enumerate() {
        let (c, p) = (i / positions, i % positions);
        grad_input[(c * pieces + argmax[i] as usize) * positions + p] = dy;
    }
}
