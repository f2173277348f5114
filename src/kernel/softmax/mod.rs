//! The softmax and its logarithm, over lines of any direction: channels, rows, columns or whole maps.
//!
//! Fast because a tile of several lines, or of one line cut into rows, is computed in arrays of a constant length, whose
//! exponentials compile to SIMD. Closures inside `widest!` are marked `#[inline(always)]`: one that is not inlined is
//! compiled for the narrowest vectors.

mod tile;

use tile::{LANES, for_each_tile};

use crate::scalar::Scalar;
use crate::simd::widest;

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
        for_each_tile(
            lines,
            input.len(),
            #[inline(always)]
            |tile| {
                let (largest, mut sum) = (tile.largest(input), [T::zero(); LANES]);
                tile.write(
                    [input],
                    T::neg_infinity(),
                    output,
                    #[inline(always)]
                    |y, [x]| {
                        for lane in 0..LANES {
                            y[lane] = (x[lane] - largest[lane]).fast_normal_exp();
                            sum[lane] += y[lane];
                        }
                    },
                );
                tile.scale(output, tile.total(sum).map(|sum| T::one() / sum));
            },
        )
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
        for_each_tile(
            lines,
            output.len(),
            #[inline(always)]
            |tile| {
                let (both, mut mean) = ([output, grad_output], [T::zero(); LANES]);
                tile.read(
                    both,
                    T::zero(),
                    #[inline(always)]
                    |[y, dy]| {
                        for lane in 0..LANES {
                            mean[lane] += y[lane] * dy[lane];
                        }
                    },
                );
                let mean = tile.total(mean);
                tile.write(
                    both,
                    T::zero(),
                    grad_input,
                    #[inline(always)]
                    |dx, [y, dy]| {
                        for lane in 0..LANES {
                            dx[lane] = y[lane] * (dy[lane] - mean[lane]);
                        }
                    },
                );
            },
        )
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
        for_each_tile(
            lines,
            input.len(),
            #[inline(always)]
            |tile| {
                let (largest, mut sum) = (tile.largest(input), [T::zero(); LANES]);
                tile.read(
                    [input],
                    T::neg_infinity(),
                    #[inline(always)]
                    |[x]| {
                        for lane in 0..LANES {
                            sum[lane] += (x[lane] - largest[lane]).fast_normal_exp();
                        }
                    },
                );
                let mut log = tile.total(sum);
                for log in &mut log {
                    *log = log.fast_ln_from_one();
                }
                tile.write(
                    [input],
                    T::zero(),
                    output,
                    #[inline(always)]
                    |y, [x]| {
                        for lane in 0..LANES {
                            y[lane] = x[lane] - largest[lane] - log[lane];
                        }
                    },
                );
            },
        )
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
        for_each_tile(
            lines,
            output.len(),
            #[inline(always)]
            |tile| {
                let mut sum = [T::zero(); LANES];
                tile.read(
                    [grad_output],
                    T::zero(),
                    #[inline(always)]
                    |[dy]| {
                        for lane in 0..LANES {
                            sum[lane] += dy[lane];
                        }
                    },
                );
                let sum = tile.total(sum);
                tile.write(
                    [output, grad_output],
                    T::zero(),
                    grad_input,
                    #[inline(always)]
                    |dx, [y, dy]| {
                        for lane in 0..LANES {
                            dx[lane] = dy[lane] - y[lane].fast_normal_exp() * sum[lane];
                        }
                    },
                );
            },
        )
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

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
