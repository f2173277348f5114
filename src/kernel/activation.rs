//! Activations: the elementwise functions, and the softmax.
//!
//! Fast because every loop runs over slices of equal length with a select in its body, which compiles to SIMD. A branch on
//! the sign of a value would be mispredicted half of the time.

use core::ops::Range;

use super::sum::{halve, sum_of};
use crate::scalar::Scalar;
use crate::shape::volume;
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
            *y = if x <= T::zero() { T::zero() } else { x };
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
            *dx = if x <= T::zero() { T::zero() } else { dy };
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
            *gradient = if y <= T::zero() { T::zero() } else { *gradient };
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
            *y = if x > T::zero() { x } else { factor * x };
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
            *dx = if x > T::zero() { dy } else { factor * dy };
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

/// The softmax over every line of a batch: `yᵢ = exp(xᵢ) / Σⱼ exp(xⱼ)`.
///
/// A line is `len` numbers, each `step` after the one before; `step` lines begin side by side, and are followed by the next. Over the
/// channels of `[C, H, W]` samples, `len` is `C` and `step` is `H·W`.
///
/// The largest `xⱼ` is subtracted first. That does not change the result, but no exponential overflows, and the largest is 1.
///
/// # Panics
/// If the lengths differ, or are not whole lines.
#[inline]
pub fn softmax<T: Scalar>(lines: [usize; 2], input: &[T], output: &mut [T]) {
    assert_eq!(input.len(), output.len(), "as many inputs as outputs");
    widest!({
        for_each_tile(lines, input.len(), |tile| {
            let largest = tile.largest(input);
            let mut sum = [T::zero(); LANES];
            for row in tile.rows() {
                for ((&x, y), (sum, &largest)) in
                    input[row.clone()].iter().zip(&mut output[row]).zip(sum.iter_mut().zip(&largest))
                {
                    *y = (x - largest).fast_exp();
                    *sum += *y;
                }
            }
            let sum = tile.total(sum);
            for row in tile.rows() {
                output[row].iter_mut().zip(&sum).for_each(|(y, &sum)| *y /= sum);
            }
        })
    });
}

/// `∂L/∂xᵢ = yᵢ·(∂L/∂yᵢ − Σⱼ yⱼ·∂L/∂yⱼ)` at every position, from the softmax's output `y`.
///
/// # Panics
/// If the lengths differ, or are not whole lines.
#[inline]
pub fn softmax_grad_input<T: Scalar>(lines: [usize; 2], output: &[T], grad_output: &[T], grad_input: &mut [T]) {
    assert_eq!([output.len(); 2], [grad_output.len(), grad_input.len()], "as many gradients as outputs");
    widest!({
        for_each_tile(lines, output.len(), |tile| {
            let mut mean = [T::zero(); LANES];
            for row in tile.rows() {
                for ((&y, &dy), mean) in output[row.clone()].iter().zip(&grad_output[row]).zip(&mut mean) {
                    *mean += y * dy;
                }
            }
            let mean = tile.total(mean);
            for row in tile.rows() {
                let both = output[row.clone()].iter().zip(&grad_output[row.clone()]);
                for (((&y, &dy), dx), &mean) in both.zip(&mut grad_input[row]).zip(&mean) {
                    *dx = y * (dy - mean);
                }
            }
        })
    });
}

/// The logarithm of the [`softmax`]: `yᵢ = xᵢ − m − ln Σⱼ exp(xⱼ − m)`, where `m` is the largest `xⱼ`.
///
/// # Panics
/// If the lengths differ, or are not whole lines.
#[inline]
pub fn log_softmax<T: Scalar>(lines: [usize; 2], input: &[T], output: &mut [T]) {
    assert_eq!(input.len(), output.len(), "as many inputs as outputs");
    widest!({
        for_each_tile(lines, input.len(), |tile| {
            let largest = tile.largest(input);
            let mut sum = [T::zero(); LANES];
            for row in tile.rows() {
                for (&x, (sum, &largest)) in input[row].iter().zip(sum.iter_mut().zip(&largest)) {
                    *sum += (x - largest).fast_exp();
                }
            }
            let log = tile.total(sum).map(T::ln);
            for row in tile.rows() {
                let both = input[row.clone()].iter().zip(&mut output[row]);
                for ((&x, y), (&largest, &log)) in both.zip(largest.iter().zip(&log)) {
                    *y = x - largest - log;
                }
            }
        })
    });
}

/// `∂L/∂xᵢ = ∂L/∂yᵢ − exp(yᵢ)·Σⱼ ∂L/∂yⱼ` at every position, from the log-softmax's output `y`.
///
/// # Panics
/// If the lengths differ, or are not whole lines.
#[inline]
pub fn log_softmax_grad_input<T: Scalar>(lines: [usize; 2], output: &[T], grad_output: &[T], grad_input: &mut [T]) {
    assert_eq!([output.len(); 2], [grad_output.len(), grad_input.len()], "as many gradients as outputs");
    widest!({
        for_each_tile(lines, output.len(), |tile| {
            let mut sum = [T::zero(); LANES];
            for row in tile.rows() {
                sum.iter_mut().zip(&grad_output[row]).for_each(|(sum, &dy)| *sum += dy);
            }
            let sum = tile.total(sum);
            for row in tile.rows() {
                let both = output[row.clone()].iter().zip(&grad_output[row.clone()]);
                for (((&y, &dy), dx), &sum) in both.zip(&mut grad_input[row]).zip(&sum) {
                    *dx = dy - y.fast_exp() * sum;
                }
            }
        })
    });
}

/// How many numbers are computed side by side.
const LANES: usize = 16;

/// Up to [`LANES`] lines side by side, as rows with a number of each; or one line whose numbers are adjacent, cut into rows.
#[derive(Clone, Copy)]
struct Tile {
    first: usize,
    /// From one row to the next.
    step: usize,
    width: usize,
    /// Where the last row ends.
    end: usize,
    /// Whether the rows are of one line.
    is_one_line: bool,
}

impl Tile {
    #[inline(always)]
    fn rows(self) -> impl Iterator<Item = Range<usize>> {
        (self.first..self.end).step_by(self.step).map(move |start| start..(start + self.width).min(self.end))
    }

    /// The largest number of each line, in each of its lanes.
    #[inline(always)]
    fn largest<T: Scalar>(self, input: &[T]) -> [T; LANES] {
        let larger = |largest, x| if x > largest { x } else { largest };
        let mut lanes = [T::neg_infinity(); LANES];
        for row in self.rows() {
            lanes.iter_mut().zip(&input[row]).for_each(|(largest, &x)| *largest = larger(*largest, x));
        }
        if self.is_one_line { [lanes.into_iter().fold(T::neg_infinity(), larger); LANES] } else { lanes }
    }

    /// The sum over each line from those of the lanes, in each of its lanes.
    #[inline(always)]
    fn total<T: Scalar>(self, lanes: [T; LANES]) -> [T; LANES] {
        if self.is_one_line { [halve(lanes); LANES] } else { lanes }
    }
}

/// Calls `work` with all lines, in tiles.
#[inline(always)]
fn for_each_tile([len, step]: [usize; 2], numbers: usize, mut work: impl FnMut(Tile)) {
    let block = volume!(len, step);
    let is_whole = block > 0 && numbers.is_multiple_of(block);
    assert!(is_whole, "{numbers} values are not whole lines of {len}, each number {step} after the one before");
    for start in (0..numbers).step_by(block) {
        if step == 1 {
            work(Tile { first: start, step: LANES, width: LANES, end: start + block, is_one_line: true });
            continue;
        }
        for at in (0..step).step_by(LANES) {
            let width = LANES.min(step - at);
            let end = start + block - step + at + width;
            work(Tile { first: start + at, step, width, end, is_one_line: false });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

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

    #[test]
    fn a_softmax_by_hand() {
        // Two channels at three positions: exp gives 1 : 3, 1 : 1 and, far beyond the range of exp, 0 : 1.
        let x = [0.0, 900.0, -900.0, 3f64.ln(), 900.0, 900.0];
        let mut y = [f64::NAN; 6];
        softmax([2, 3], &x, &mut y);
        let expected = [0.25, 0.5, 0.0, 0.75, 0.5, 1.0];
        assert!(y.iter().zip(expected).all(|(y, expected)| (y - expected).abs() < 1e-15), "{y:?}");

        // Position 0: the mean of dy is 0.25·4 + 0.75·8 = 7, so dx = 0.25·(4 − 7), 0.75·(8 − 7).
        let mut dx = vec![f64::NAN; 6];
        softmax_grad_input([2, 3], &expected, &[4.0, 1.0, 5.0, 8.0, 3.0, 7.0], &mut dx);
        assert_eq!(dx, [-0.75, -0.5, 0.0, 0.75, 0.5, 0.0]);
    }
}
