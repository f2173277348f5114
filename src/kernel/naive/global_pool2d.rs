//! Global poolings and their gradients.

use crate::scalar::Scalar;

/// `y[c] = Σ x[c, p] / positions`
pub fn global_avg_pool2d<T: Scalar>(positions: usize, input: &[T], output: &mut [T]) {
    for (c, y) in output.iter_mut().enumerate() {
        *y = (0..positions).map(|p| input[c * positions + p]).sum::<T>() / T::from_usize(positions);
    }
}

/// `∂L/∂x[c, p] = ∂L/∂y[c] / positions`
pub fn global_avg_pool2d_grad_input<T: Scalar>(positions: usize, grad_output: &[T], grad_input: &mut [T]) {
    for (i, dx) in grad_input.iter_mut().enumerate() {
        *dx = grad_output[i / positions] / T::from_usize(positions);
    }
}

/// `y[c] = max x[c, p]`, and its position `p`. The first number wins a tie; NaN beats every number, as in PyTorch.
pub fn global_max_pool2d<T: Scalar>(positions: usize, input: &[T], output: &mut [T], argmax: &mut [u32]) {
    for (c, y) in output.iter_mut().enumerate() {
        let map = &input[c * positions..][..positions];
        let mut best = 0;
        for at in 1..positions {
            if map[at] > map[best] || (map[at].is_nan() && !map[best].is_nan()) {
                best = at;
            }
        }
        (*y, argmax[c]) = (map[best], best as u32);
    }
}

/// `∂L/∂x[c, p] = ∂L/∂y[c]` at the argmax, and 0 elsewhere.
pub fn global_max_pool2d_grad_input<T: Scalar>(
    positions: usize,
    argmax: &[u32],
    grad_output: &[T],
    grad_input: &mut [T],
) {
    for (i, dx) in grad_input.iter_mut().enumerate() {
        let (c, p) = (i / positions, i % positions);
        *dx = if argmax[c] as usize == p { grad_output[c] } else { T::zero() };
    }
}
