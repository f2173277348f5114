//! Activations: the elementwise functions, and the softmax.
//!
//! Fast because every loop runs over slices of equal length with a select in its body, which compiles to SIMD. A branch on
//! the sign of a value would be mispredicted half of the time.

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

/// How many numbers are computed side by side.
const LANES: usize = 16;

/// Numbers that are computed side by side. Always as many: loops of a length that the compiler does not know are not vectorized.
type Row<T> = [T; LANES];

/// Up to [`LANES`] lines side by side, as rows with a number of each; or one line whose numbers are adjacent, cut into rows.
#[derive(Clone, Copy)]
struct Tile<T> {
    first: usize,
    /// From one row to the next.
    step: usize,
    /// How many rows have [`LANES`] numbers.
    full: usize,
    /// How many rows come after them that have less, and how many numbers these have.
    narrow: usize,
    width: usize,
    /// 1 for each number of a narrow row, then 0.
    own: Row<T>,
    /// Whether the rows are of one line.
    is_one_line: bool,
}

impl<T: Scalar> Tile<T> {
    /// Calls `work` with the numbers of each row; behind those of a narrow one is `rest`.
    #[inline(always)]
    fn read<const N: usize>(self, from: [&[T]; N], rest: T, mut work: impl FnMut([Row<T>; N])) {
        let mut rows = [[rest; LANES]; N];
        for row in 0..self.full {
            let at = self.first + row * self.step;
            for (row, from) in rows.iter_mut().zip(from) {
                *row = full(&from[at..]);
            }
            work(rows);
        }
        for row in self.full..self.full + self.narrow {
            let at = self.first + row * self.step;
            for (row, from) in rows.iter_mut().zip(from) {
                *row = self.narrow(&from[at..], rest);
            }
            work(rows);
        }
    }

    /// Writes what `work` makes of each row.
    #[inline(always)]
    fn write<const N: usize>(
        self,
        from: [&[T]; N],
        rest: T,
        to: &mut [T],
        mut work: impl FnMut(&mut Row<T>, [Row<T>; N]),
    ) {
        let (mut rows, mut result) = ([[rest; LANES]; N], [rest; LANES]);
        for row in 0..self.full {
            let at = self.first + row * self.step;
            for (row, from) in rows.iter_mut().zip(from) {
                *row = full(&from[at..]);
            }
            work(&mut result, rows);
            to[at..][..LANES].copy_from_slice(&result);
        }
        for row in self.full..self.full + self.narrow {
            let at = self.first + row * self.step;
            for (row, from) in rows.iter_mut().zip(from) {
                *row = self.narrow(&from[at..], rest);
            }
            work(&mut result, rows);
            self.store_narrow(&result, &mut to[at..]);
        }
    }

    /// Multiplies all rows by the same factors.
    #[inline(always)]
    fn scale(self, numbers: &mut [T], factors: Row<T>) {
        for row in 0..self.full {
            let at = self.first + row * self.step;
            for (number, factor) in numbers[at..][..LANES].iter_mut().zip(factors) {
                *number *= factor;
            }
        }
        for row in self.full..self.full + self.narrow {
            let at = self.first + row * self.step;
            let mut scaled = self.narrow(&numbers[at..], T::zero());
            for lane in 0..LANES {
                scaled[lane] *= factors[lane];
            }
            self.store_narrow(&scaled, &mut numbers[at..]);
        }
    }

    /// The numbers of a narrow row, and `rest` after them.
    #[inline(always)]
    fn narrow(&self, from: &[T], rest: T) -> Row<T> {
        // What follows is read too, and left out: to put a row together from pieces, in memory, takes several times as long.
        let row = match from.first_chunk() {
            Some(row) => *row,
            None => pieces(&from[..self.width]),
        };
        let mut narrow = [rest; LANES];
        for lane in 0..LANES {
            narrow[lane] = if self.own[lane] > T::zero() { row[lane] } else { rest };
        }
        narrow
    }

    /// Writes the numbers of a narrow row.
    #[inline(always)]
    fn store_narrow(&self, row: &Row<T>, to: &mut [T]) {
        // What follows is written too, as it was.
        match to.first_chunk_mut::<LANES>() {
            Some(to) => {
                for lane in 0..LANES {
                    to[lane] = if self.own[lane] > T::zero() { row[lane] } else { to[lane] };
                }
            }
            None => to[..self.width].copy_from_slice(&row[..self.width]),
        }
    }

    /// The largest number of each line, in each of its lanes.
    #[inline(always)]
    fn largest(self, input: &[T]) -> Row<T> {
        let larger = |largest, x| if x > largest { x } else { largest };
        let mut lanes = [T::neg_infinity(); LANES];
        self.read([input], T::neg_infinity(), |[x]| {
            for lane in 0..LANES {
                lanes[lane] = larger(lanes[lane], x[lane]);
            }
        });
        if self.is_one_line { [halve(lanes, larger); LANES] } else { lanes }
    }

    /// The sum over each line from those of the lanes, in each of its lanes.
    #[inline(always)]
    fn total(self, lanes: Row<T>) -> Row<T> {
        if self.is_one_line { [halve(lanes, |a, b| a + b); LANES] } else { lanes }
    }
}

/// The first numbers, which are a whole row.
#[inline(always)]
fn full<T: Scalar>(from: &[T]) -> Row<T> {
    *from.first_chunk().expect("a whole row")
}

/// Less numbers than a row has.
#[cold]
#[inline(never)]
fn pieces<T: Scalar>(from: &[T]) -> Row<T> {
    let mut row = [T::zero(); LANES];
    row[..from.len()].copy_from_slice(from);
    row
}

/// Calls `work` with all lines, in tiles. The last of several tiles side by side begins earlier, if it would be narrow: some lines
/// are computed twice, with the same result.
#[inline(always)]
fn for_each_tile<T: Scalar>([len, step]: [usize; 2], numbers: usize, mut work: impl FnMut(Tile<T>)) {
    let block = volume!(len, step);
    let is_whole = block > 0 && numbers.is_multiple_of(block);
    assert!(is_whole, "{numbers} values are not whole lines of {len}, each number {step} after the one before");
    let is_one_line = step == 1;
    let [full, narrow, width] = match step {
        1 => [len / LANES, usize::from(!len.is_multiple_of(LANES)), len % LANES],
        2..LANES => [0, len, step],
        _ => [len, 0, 0],
    };
    let mut own = [T::zero(); LANES];
    own[..width].fill(T::one());
    for start in (0..numbers).step_by(block) {
        for at in (0..step).step_by(LANES) {
            let first = start + at.min(step.saturating_sub(LANES));
            let step = if is_one_line { LANES } else { step };
            work(Tile { first, step, full, narrow, width, own, is_one_line });
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
