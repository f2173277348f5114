//! Activations: the rectifiers, and their gradients.
//!
//! Fast because every loop runs over slices of equal length with a select in its body, which compiles to SIMD.

use super::rectify::{leak, rectify};
use super::sum::sum_of;
use crate::scalar::Scalar;
use crate::simd::{Arch, Simd, WithSimd, widest};

/// `y = max(0, x)`; NaN stays NaN.
///
/// # Panics
/// If the lengths differ.
#[inline]
pub fn relu<T: Scalar>(input: &[T], output: &mut [T]) {
    assert_eq!(input.len(), output.len(), "as many inputs as outputs");
    widest!({
        for (&x, y) in input.iter().zip(output) {
            *y = rectify(x, x);
        }
    });
}

/// `∂L/∂x = ∂L/∂y` where `x > 0`, otherwise 0.
///
/// # Panics
/// If the lengths differ.
#[inline]
pub fn relu_grad_input<T: Scalar>(input: &[T], grad_output: &[T], grad_input: &mut [T]) {
    assert_eq!([input.len(); 2], [grad_output.len(), grad_input.len()], "as many gradients as inputs");
    widest!({
        for ((&x, &dy), dx) in input.iter().zip(grad_output).zip(grad_input) {
            *dx = rectify(x, dy);
        }
    });
}

/// Replaces `∂L/∂y` by `∂L/∂x`, from the ReLU's output `y`: the output is above zero exactly where the input was.
///
/// # Panics
/// If the lengths differ.
#[inline]
pub fn relu_grad_in_place<T: Scalar>(output: &[T], gradient: &mut [T]) {
    assert_eq!(output.len(), gradient.len(), "as many gradients as outputs");
    widest!({
        for (&y, gradient) in output.iter().zip(gradient) {
            *gradient = rectify(y, *gradient);
        }
    });
}

/// `y = x` where `x > 0`, otherwise `slope·x`.
///
/// # Panics
/// If the lengths differ.
#[inline]
pub fn leaky_relu<T: Scalar>(slope: T, input: &[T], output: &mut [T]) {
    assert_eq!(input.len(), output.len(), "as many inputs as outputs");
    widest!({
        let factor = slope; // a copy: a captured variable would be read again for every value below zero
        for (&x, y) in input.iter().zip(output) {
            *y = leak(factor, x, x);
        }
    });
}

/// `∂L/∂x = ∂L/∂y` where `x > 0`, otherwise `slope·∂L/∂y`.
///
/// # Panics
/// If the lengths differ.
#[inline]
pub fn leaky_relu_grad_input<T: Scalar>(slope: T, input: &[T], grad_output: &[T], grad_input: &mut [T]) {
    assert_eq!([input.len(); 2], [grad_output.len(), grad_input.len()], "as many gradients as inputs");
    widest!({
        let factor = slope; // a copy, as in `leaky_relu`
        for ((&x, &dy), dx) in input.iter().zip(grad_output).zip(grad_input) {
            *dx = leak(factor, x, dy);
        }
    });
}

/// Writes [`leaky_relu_grad_input`] and returns [`leaky_relu_grad_slope`], in one pass over memory.
///
/// # Panics
/// If the lengths differ.
#[inline]
pub fn leaky_relu_backward<T: Scalar>(slope: T, input: &[T], grad_output: &[T], grad_input: &mut [T]) -> T {
    assert_eq!([input.len(); 2], [grad_output.len(), grad_input.len()], "as many gradients as inputs");
    Arch::new().dispatch(LeakyBackward { slope, input, grad_output, grad_input })
}

/// Uses explicit vectors, because the compiler does not vectorize a loop with two results.
struct LeakyBackward<'a, T> {
    slope: T,
    input: &'a [T],
    grad_output: &'a [T],
    grad_input: &'a mut [T],
}

impl<T: Scalar> WithSimd for LeakyBackward<'_, T> {
    type Output = T;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> T {
        let (slope, zero) = (T::splat(simd, self.slope), T::splat(simd, T::zero()));
        let both = |x, dy, sum| {
            let to_slope = T::if_positive(simd, x, zero, x);
            (T::if_positive(simd, x, dy, T::times(simd, slope, dy)), T::fused(simd, to_slope, dy, sum))
        };
        let ((x, x_rest), (dy, dy_rest)) = (T::split::<S>(self.input), T::split::<S>(self.grad_output));
        let (dx, dx_rest) = T::split_mut::<S>(self.grad_input);
        let mut sum = zero;
        for ((&x, &dy), dx) in x.iter().zip(dy).zip(dx) {
            (*dx, sum) = both(x, dy, sum);
        }
        let (last, sum) = both(T::load(simd, x_rest), T::load(simd, dy_rest), sum);
        T::store(simd, dx_rest, last);
        T::total(simd, sum)
    }
}

/// `∂L/∂slope = Σ x·∂L/∂y` over the inputs that are not above zero.
///
/// # Panics
/// If the lengths differ.
#[inline]
pub fn leaky_relu_grad_slope<T: Scalar>(input: &[T], grad_output: &[T]) -> T {
    sum_of(input, grad_output, |x, dy| if x > T::zero() { T::zero() } else { x * dy })
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: [f64; 5] = [-2.0, -0.0, 0.0, 3.0, f64::NAN];
    const DY: [f64; 5] = [1.0, 2.0, 3.0, 4.0, 5.0];

    /// Equal, NaN included.
    fn assert_same(found: &[f64], expected: &[f64]) {
        let same = |(a, b): (&f64, &f64)| a == b || (a.is_nan() && b.is_nan());
        assert!(found.iter().zip(expected).all(same), "found {found:?}, expected {expected:?}");
    }

    #[test]
    fn the_kink_belongs_to_the_left() {
        let mut found = [f64::NAN; 5];
        relu(&X, &mut found);
        assert_same(&found, &[0.0, 0.0, 0.0, 3.0, f64::NAN]);
        relu_grad_input(&X, &DY, &mut found);
        assert_same(&found, &[0.0, 0.0, 0.0, 4.0, 5.0]);
        found = DY;
        relu_grad_in_place(&[0.0, 0.0, 0.0, 3.0, f64::NAN], &mut found);
        assert_same(&found, &[0.0, 0.0, 0.0, 4.0, 5.0]);
        leaky_relu(0.25, &X, &mut found);
        assert_same(&found, &[-0.5, 0.0, 0.0, 3.0, f64::NAN]);
        leaky_relu_grad_input(0.25, &X, &DY, &mut found);
        assert_same(&found, &[0.25, 0.5, 0.75, 4.0, 1.25]);
        assert_eq!(leaky_relu_grad_slope(&X[..4], &DY[..4]), -2.0);
        assert!(leaky_relu_grad_slope(&X, &DY).is_nan());
    }
}
