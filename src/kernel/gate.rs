//! Gates: a sample times factors, one for each map of `positions` numbers. With `positions` of 1, there is one for each number.
//!
//! Fast because each map is read once, and its factor is the same throughout.

use super::sum::sum_of;
use crate::scalar::Scalar;
use crate::simd::widest;

/// `y[c, p] = g[c]·x[c, p]`
///
/// # Panics
/// If there is not one factor for each map of `positions` numbers, or the lengths of input and output differ.
#[inline]
pub fn gate<T: Scalar>(positions: usize, factors: &[T], input: &[T], output: &mut [T]) {
    check(positions, factors.len(), [input.len(), output.len()]);
    widest!({
        if positions == 1 {
            return for_each([factors, input], output, |_, g, x| g * x);
        }
        for ((x, y), &g) in input.chunks_exact(positions).zip(output.chunks_exact_mut(positions)).zip(factors) {
            for_each([x, x], y, |_, x, _| g * x);
        }
    });
}

/// Adds to the gradient of the input: `∂L/∂x[c, p] += g[c]·∂L/∂y[c, p]`.
///
/// # Panics
/// If there is not one factor for each map of `positions` numbers, or the lengths of the gradients differ.
#[inline]
pub fn add_gate_grad_input<T: Scalar>(positions: usize, factors: &[T], grad_output: &[T], grad_input: &mut [T]) {
    check(positions, factors.len(), [grad_output.len(), grad_input.len()]);
    widest!({
        if positions == 1 {
            return for_each([factors, grad_output], grad_input, |dx, g, dy| dx + g * dy);
        }
        let maps = grad_output.chunks_exact(positions).zip(grad_input.chunks_exact_mut(positions));
        for ((dy, dx), &g) in maps.zip(factors) {
            for_each([dy, dy], dx, |dx, dy, _| dx + g * dy);
        }
    });
}

/// `∂L/∂g[c] = Σ x[c, p]·∂L/∂y[c, p]`
///
/// # Panics
/// If there is not one factor for each map of `positions` numbers, or the lengths of input and gradient differ.
#[inline]
pub fn gate_grad_factors<T: Scalar>(positions: usize, input: &[T], grad_output: &[T], grad_factors: &mut [T]) {
    check(positions, grad_factors.len(), [input.len(), grad_output.len()]);
    if positions == 1 {
        return widest!({ for_each([input, grad_output], grad_factors, |_, x, dy| x * dy) });
    }
    for ((x, dy), dg) in input.chunks_exact(positions).zip(grad_output.chunks_exact(positions)).zip(grad_factors) {
        *dg = sum_of(x, dy, |x, dy| x * dy);
    }
}

/// Writes `f(to, a, b)` in the place of each number of `to`.
#[inline(always)]
fn for_each<T: Scalar>([a, b]: [&[T]; 2], to: &mut [T], f: impl Fn(T, T, T) -> T) {
    for ((&a, &b), to) in a.iter().zip(b).zip(to) {
        *to = f(*to, a, b);
    }
}

#[inline]
#[track_caller]
fn check(positions: usize, factors: usize, [one, other]: [usize; 2]) {
    assert_eq!(one, other, "two sides of a gate differ in length");
    let is_whole = positions > 0 && factors.checked_mul(positions) == Some(one);
    assert!(is_whole, "{factors} factors for {one} numbers, in maps of {positions}");
}
