//! Batch normalisation: mean and variance of every channel over a batch, and what they make of its values.
//!
//! Fast because each map (the `H·W` values of one channel in one sample) is gone through once, for two sums at a time, each
//! of them several partial sums that fill vector registers. Accurate because the sums are of deviations from the map's own mean,
//! and maps are put together in `f64`: channels with a mean of 10⁴ and a variance of 1 keep their variance in `f32`.

use super::sum::{sum_of, sums_of_deviations};
use crate::scalar::Scalar;
use crate::simd::widest;

/// What the channels of a batch are normalised with: `x̂ = (x − mean)·inv_std`.
#[derive(Clone, Copy)]
pub struct Normalisation<'a, T> {
    /// How many values a map has, `H·W`.
    pub positions: usize,
    /// The mean of each channel.
    pub mean: &'a [f64],
    /// `1/√(variance + ε)` of each channel.
    pub inv_std: &'a [T],
    /// The factor `x̂` is multiplied by, one for each channel.
    pub gamma: &'a [T],
}

impl<T: Scalar> Normalisation<'_, T> {
    /// How many values a sample of each of two batches has, whose lengths have to be the same.
    fn sample(&self, a: &[T], b: &[T]) -> usize {
        assert_eq!(a.len(), b.len(), "two batches of one batch norm differ in length");
        self.positions * self.mean.len()
    }
}

/// Mean and `Σ (x − mean)²` of every channel over a batch.
///
/// # Panics
/// If samples have no values.
#[inline]
pub fn moments<T: Scalar>(positions: usize, input: &[T], mean: &mut [f64], squares: &mut [f64]) {
    mean.fill(0.0);
    squares.fill(0.0);
    for (n, sample) in input.chunks_exact(positions * mean.len()).enumerate() {
        let merge = Merge::new(n * positions, positions);
        for ((map, mean), squares) in sample.chunks_exact(positions).zip(&mut *mean).zip(&mut *squares) {
            merge.apply(mean, squares, map_moments(map));
        }
    }
}

/// Makes what is known of `count` values, their mean and `Σ (x − mean)²`, that of `count + more` values, channel by channel.
#[inline]
pub fn merge_moments(
    [mean, squares]: [&mut [f64]; 2],
    count: usize,
    [more_mean, more_squares]: [&[f64]; 2],
    more: usize,
) {
    let merge = Merge::new(count, more);
    let others = more_mean.iter().copied().zip(more_squares.iter().copied());
    for ((mean, squares), other) in mean.iter_mut().zip(squares).zip(others) {
        merge.apply(mean, squares, other);
    }
}

/// How the moments of two sets A and B of values become those of both (Chan, Golub and LeVeque 1979):
///
/// ```text
/// δ = mean_B − mean_A        mean = mean_A + δ·n_B/n        squares = squares_A + squares_B + δ²·n_A·n_B/n
/// ```
struct Merge {
    /// `n_B/n`
    share: f64,
    /// `n_A·n_B/n`
    weight: f64,
}

impl Merge {
    fn new(a: usize, b: usize) -> Merge {
        // Two empty sets make an empty one, whose moments are zero rather than 0/0.
        let share = b as f64 / (a + b).max(1) as f64;
        Merge { share, weight: a as f64 * share }
    }

    #[inline]
    fn apply(&self, mean: &mut f64, squares: &mut f64, (other_mean, other_squares): (f64, f64)) {
        let delta = other_mean - *mean;
        *mean += delta * self.share;
        *squares += other_squares + delta * delta * self.weight;
    }
}

/// Mean and `Σ (x − mean)²` of one map, by the corrected two-pass algorithm (Chan, Golub and LeVeque 1983): the second pass
/// takes deviations from a value `near` the mean, and mends what it is off by.
///
/// The first pass sees the first sixteenth of the map alone. Its mean is near enough: what sets it apart from the others
/// is part of the variance, so that it is never more than √15 standard deviations off.
#[inline]
fn map_moments<T: Scalar>(map: &[T]) -> (f64, f64) {
    let first = &map[..map.len().min((map.len() / 16).max(64))];
    let near = sum_of(first, first, |x, _| x) / T::from_usize(first.len());
    let (squares, deviations) = sums_of_deviations((map, near), (map, near));
    let (squares, deviations) = (squares.into_f64(), deviations.into_f64());
    let off = deviations / map.len() as f64;
    // Rounding must not make a variance of zero a negative one.
    (near.into_f64() + off, (squares - off * deviations).max(0.0))
}

/// `y = γ·x̂ + β`
///
/// # Panics
/// If the batches differ in length.
#[inline]
pub fn batch_norm<T: Scalar>(by: Normalisation<'_, T>, beta: &[T], input: &[T], output: &mut [T]) {
    normalise(by, beta, input, output, |y| y);
}

/// `y = max(0, γ·x̂ + β)`, NaN staying NaN: the same with a ReLU behind it, in one pass over memory.
///
/// # Panics
/// If the batches differ in length.
#[inline]
pub fn batch_norm_and_rectify<T: Scalar>(by: Normalisation<'_, T>, beta: &[T], input: &[T], output: &mut [T]) {
    normalise(by, beta, input, output, |y| if y <= T::zero() { T::zero() } else { y });
}

#[inline]
fn normalise<T: Scalar>(
    by: Normalisation<'_, T>,
    beta: &[T],
    input: &[T],
    output: &mut [T],
    then: impl Fn(T) -> T + Copy,
) {
    let sample = by.sample(input, output);
    for (input, output) in input.chunks_exact(sample).zip(output.chunks_exact_mut(sample)) {
        let maps = input.chunks_exact(by.positions).zip(output.chunks_exact_mut(by.positions));
        for (c, (input, output)) in maps.enumerate() {
            let (mean, scale, shift) = (T::from_f64(by.mean[c]), by.gamma[c] * by.inv_std[c], beta[c]);
            widest!({
                for (output, &x) in output.iter_mut().zip(input) {
                    *output = then((x - mean) * scale + shift);
                }
            });
        }
    }
}

/// `∂L/∂γ = Σ ∂L/∂y·x̂` and `∂L/∂β = Σ ∂L/∂y` of every channel over a batch.
///
/// # Panics
/// If the batches differ in length.
#[inline]
pub fn batch_norm_grad_parameters<T: Scalar>(
    by: Normalisation<'_, T>,
    input: &[T],
    grad_output: &[T],
    grad_gamma: &mut [f64],
    grad_beta: &mut [f64],
) {
    grad_gamma.fill(0.0);
    grad_beta.fill(0.0);
    let sample = by.sample(input, grad_output);
    for (input, grad_output) in input.chunks_exact(sample).zip(grad_output.chunks_exact(sample)) {
        let maps = input.chunks_exact(by.positions).zip(grad_output.chunks_exact(by.positions));
        for (c, (input, grad_output)) in maps.enumerate() {
            let (dot, sum) = sums_of_deviations((input, T::from_f64(by.mean[c])), (grad_output, T::zero()));
            grad_gamma[c] += (dot * by.inv_std[c]).into_f64();
            grad_beta[c] += sum.into_f64();
        }
    }
}

/// `∂L/∂x = γ·inv_std·(∂L/∂y − (∂L/∂β + x̂·∂L/∂γ)/count)`, where `count` values of each channel were normalised together
/// and `grad_gamma` and `grad_beta` are sums over all of them (Ioffe and Szegedy 2015, section 3, put together).
///
/// # Panics
/// If the batches differ in length.
#[inline]
pub fn batch_norm_grad_input<T: Scalar>(
    by: Normalisation<'_, T>,
    count: usize,
    [grad_gamma, grad_beta]: [&[f64]; 2],
    input: &[T],
    grad_output: &[T],
    grad_input: &mut [T],
) {
    by.sample(input, grad_input);
    let sample = by.sample(input, grad_output);
    let samples = input.chunks_exact(sample).zip(grad_output.chunks_exact(sample));
    for ((input, grad_output), grad_input) in samples.zip(grad_input.chunks_exact_mut(sample)) {
        let maps = input.chunks_exact(by.positions).zip(grad_output.chunks_exact(by.positions));
        for (c, ((input, grad_output), grad_input)) in maps.zip(grad_input.chunks_exact_mut(by.positions)).enumerate() {
            let (mean, scale) = (T::from_f64(by.mean[c]), by.gamma[c] * by.inv_std[c]);
            let shift = T::from_f64(grad_beta[c] / count as f64);
            let slope = T::from_f64(grad_gamma[c] / count as f64) * by.inv_std[c];
            widest!({
                for ((grad_input, &x), &dy) in grad_input.iter_mut().zip(input).zip(grad_output) {
                    *grad_input = scale * (dy - shift - (x - mean) * slope);
                }
            });
        }
    }
}

/// `y = scale·x + shift`, with one `scale` and `shift` for each channel: all that is left of it after training.
///
/// # Panics
/// If the batches differ in length.
#[inline]
pub fn scale_and_shift<T: Scalar>(positions: usize, scale: &[T], shift: &[T], input: &[T], output: &mut [T]) {
    assert_eq!(input.len(), output.len(), "two batches of one batch norm differ in length");
    let sample = positions * scale.len();
    for (input, output) in input.chunks_exact(sample).zip(output.chunks_exact_mut(sample)) {
        let maps = input.chunks_exact(positions).zip(output.chunks_exact_mut(positions));
        for ((input, output), (&scale, &shift)) in maps.zip(scale.iter().zip(shift)) {
            widest!({
                for (output, &x) in output.iter_mut().zip(input) {
                    *output = scale * x + shift;
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::naive;
    use alloc::vec;
    use alloc::vec::Vec;

    /// Signed values without a pattern, about 0.
    fn values<T: Scalar>(count: usize) -> Vec<T> {
        (0..count).map(|i| T::from_f64((i * 7919 % 1009) as f64 / 504.5 - 1.0)).collect()
    }

    #[test]
    fn moments_by_hand() {
        // Two samples of two channels of three positions.
        let input = [1.0f32, 2.0, 3.0, 10.0, 10.0, 10.0, 5.0, 5.0, 8.0, 10.0, 10.0, 16.0];
        let (mut mean, mut squares) = ([f64::NAN; 2], [f64::NAN; 2]);
        moments(3, &input, &mut mean, &mut squares);
        assert_eq!((mean, squares), ([4.0, 11.0], [32.0, 30.0]));
    }

    #[test]
    fn a_large_mean_does_not_hide_the_variance() {
        for positions in [1, 5, 784] {
            // Two channels, uniform about 10⁴ with variance 1.
            let input: Vec<f32> = values::<f32>(positions * 2 * 96).iter().map(|x| x * 3f32.sqrt() + 1e4).collect();
            let count = (positions * 96) as f64;
            let of_channel = |values: &[f32], c| -> [f64; 2] {
                let values = values.chunks(positions).skip(c).step_by(2).flatten().map(|&x| f64::from(x));
                let mean = values.clone().sum::<f64>() / count;
                [mean, values.map(|x| (x - mean) * (x - mean)).sum()]
            };
            let (mut mean, mut squares) = ([0.0; 2], [0.0; 2]);
            moments(positions, &input, &mut mean, &mut squares);
            let inv_std = squares.map(|squares| (squares / count).sqrt().recip() as f32);
            let by = Normalisation { positions, mean: &mean, inv_std: &inv_std, gamma: &[1.0; 2] };
            let mut output = vec![f32::NAN; input.len()];
            batch_norm(by, &[0.0; 2], &input, &mut output);
            for c in 0..2 {
                let [exact_mean, exact_squares] = of_channel(&input, c);
                assert!((mean[c] - exact_mean).abs() < 1e-6, "{positions}: mean {}, exactly {exact_mean}", mean[c]);
                let off = (squares[c] / exact_squares - 1.0).abs();
                assert!(off < 1e-5, "{positions}: squares {}, exactly {exact_squares}", squares[c]);
                let [mean, squares] = of_channel(&output, c); // numbers at 10⁴ are 10⁻³ apart
                assert!(mean.abs() < 1e-3 && (squares / count - 1.0).abs() < 1e-5, "{positions}: {mean}, {squares}");
            }
        }
    }

    #[test]
    fn a_mean_that_cannot_be_summed_is_mended() {
        // 2²² + 0, 1, 2, 1, 0, 1, 2, 1, …: sums of these are rounded to whole thousands or so.
        let map: Vec<f32> = (0..784).map(|i| 4_194_304.0 + [0.0, 1.0, 2.0, 1.0][i % 4]).collect();
        assert_eq!(map_moments(&map), (4_194_305.0, 392.0));
    }

    #[test]
    fn a_constant_has_no_negative_variance() {
        // 5439 times 7.3: a length at which rounding would make it −3e-12.
        for len in [1, 7, 64, 784, 5439] {
            let (mean, squares) = map_moments(&vec![7.3f32; len]);
            assert!((mean - 7.3).abs() < 1e-6 && (0.0..1e-6).contains(&squares), "{len}: {mean}, {squares}");
        }
    }

    #[test]
    fn moments_merge_to_those_of_all() {
        let input = values::<f64>(7 * 3 * 5);
        let of = |samples: core::ops::Range<usize>| {
            let (mut mean, mut squares) = ([0.0; 3], [0.0; 3]);
            moments(5, &input[samples.start * 15..samples.end * 15], &mut mean, &mut squares);
            (mean, squares)
        };
        let (mean, squares) = of(0..7);
        let (mut merged_mean, mut merged_squares) = of(0..0); // a shard may be empty
        let mut count = 0;
        for part in [0..0, 0..4, 4..4, 4..7] {
            let (more, (mean, squares)) = (part.len() * 5, of(part));
            merge_moments([&mut merged_mean, &mut merged_squares], count, [&mean, &squares], more);
            count += more;
        }
        for c in 0..3 {
            assert!((merged_mean[c] - mean[c]).abs() < 1e-14 && (merged_squares[c] - squares[c]).abs() < 1e-13);
        }
    }

    #[test]
    fn agrees_with_the_definition() {
        const EPS: f64 = 0.01;
        for (samples, channels, positions) in [(2, 1, 1), (7, 3, 1), (4, 2, 6), (3, 5, 17), (1, 2, 24)] {
            let len = samples * channels * positions;
            let (input, grad_output) = (values::<f64>(len), values::<f64>(len + 100).split_off(100));
            let (gamma, beta) = (values::<f64>(channels + 3).split_off(3), values::<f64>(channels));

            let (mut mean, mut squares) = (vec![0.0; channels], vec![0.0; channels]);
            moments(positions, &input, &mut mean, &mut squares);
            let count = samples * positions;
            let inv_std: Vec<f64> =
                squares.iter().map(|squares| (squares / count as f64 + EPS).sqrt().recip()).collect();
            let by = Normalisation { positions, mean: &mean, inv_std: &inv_std, gamma: &gamma };
            let (mut output, mut grad_input) = (vec![f64::NAN; len], vec![f64::NAN; len]);
            let (mut grad_gamma, mut grad_beta) = (vec![f64::NAN; channels], vec![f64::NAN; channels]);
            batch_norm(by, &beta, &input, &mut output);
            batch_norm_grad_parameters(by, &input, &grad_output, &mut grad_gamma, &mut grad_beta);
            batch_norm_grad_input(by, count, [&grad_gamma, &grad_beta], &input, &grad_output, &mut grad_input);

            let (mut naive_output, mut naive_grad_input) = (vec![0.0; len], vec![0.0; len]);
            let (mut naive_gamma, mut naive_beta) = (vec![0.0; channels], vec![0.0; channels]);
            naive::batch_norm(positions, EPS, &input, &gamma, &beta, &mut naive_output);
            let naive_grad = [naive_gamma.as_mut_slice(), &mut naive_beta];
            naive::batch_norm_grad(positions, EPS, &input, &gamma, &grad_output, &mut naive_grad_input, naive_grad);

            let shape = (samples, channels, positions);
            for (what, fast, naive) in [
                ("output", output, naive_output),
                ("grad_input", grad_input, naive_grad_input),
                ("grad_gamma", grad_gamma, naive_gamma),
                ("grad_beta", grad_beta, naive_beta),
            ] {
                for (i, (fast, naive)) in fast.iter().zip(&naive).enumerate() {
                    assert!((fast - naive).abs() < 1e-12, "{what}[{i}] of {shape:?}: {fast}, by definition {naive}");
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "differ in length")]
    fn batches_have_to_have_one_length() {
        let by = Normalisation { positions: 3, mean: &[0.0; 2], inv_std: &[1.0f32; 2], gamma: &[1.0; 2] };
        batch_norm(by, &[0.0; 2], &[0.0; 12], &mut [0.0; 6]);
    }

    #[test]
    fn each_channel_has_its_scale_and_shift() {
        let input = [1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0];
        let mut output = [f32::NAN; 12];
        scale_and_shift(2, &[1.0, -2.0, 0.0], &[0.5, 0.0, 3.0], &input, &mut output);
        assert_eq!(output, [1.5, 2.5, -6.0, -8.0, 3.0, 3.0, 7.5, 8.5, -18.0, -20.0, 3.0, 3.0]);
    }
}
