//! Batch normalization: normalizes a batch by the mean and variance of every channel, its [moments](super::moments), and the
//! backward pass.
//!
//! Fast because each map (the `H·W` values of one channel in one sample) is read once. Two sums are computed in one pass,
//! each as several partial sums that fill vector registers.

use core::ops::Range;

use super::moments::{channels_of, sample_len};
use super::rectify::rectify;
use super::sum::{sums_of_deviations, sums_of_rectified};
use crate::scalar::Scalar;
use crate::simd::widest;

/// What the channels of a batch are normalized with, `y = γ·x̂ + β` where `x̂ = (x − mean)·inv_std`, and whether a ReLU follows.
#[derive(Clone, Copy, Debug)]
pub struct Normalization<'a, T> {
    /// The number of values of a map, `H·W`.
    pub positions: usize,
    /// The mean of each channel.
    pub mean: &'a [f64],
    /// `1/√(variance + ε)` of each channel.
    pub inv_std: &'a [T],
    /// The factor `x̂` is multiplied by, one for each channel.
    pub gamma: &'a [T],
    /// What is added, one for each channel.
    pub beta: &'a [T],
    /// Whether the output is `max(0, y)`, in the same pass over memory; NaN stays NaN. Gradients are then those of this output.
    pub rectifies: bool,
}

impl<'a, T: Scalar> Normalization<'a, T> {
    /// The number of values of a sample of two batches, which must have the same length.
    #[inline]
    #[track_caller]
    fn sample(&self, a: &[T], b: &[T]) -> usize {
        let channels = self.mean.len();
        assert_eq!(a.len(), b.len(), "two batches of one batch norm differ in length");
        let factors = [self.inv_std.len(), self.gamma.len(), self.beta.len()];
        assert_eq!([channels; 3], factors, "as many factors and shifts as means");
        sample_len(self.positions, channels, a.len())
    }

    /// The channels of a part of a sample, which is at this place in the batch.
    #[track_caller]
    fn channels(&self, part: &Range<usize>) -> Range<usize> {
        channels_of(self.positions, self.mean.len(), part)
    }

    /// The normalization of these channels.
    fn of_channels(self, channels: Range<usize>) -> Self {
        let Normalization { mean, inv_std, gamma, beta, .. } = self;
        let [inv_std, gamma, beta] = [inv_std, gamma, beta].map(|of_each| &of_each[channels.clone()]);
        Normalization { mean: &mean[channels], inv_std, gamma, beta, ..self }
    }

    /// The [`batch_norm`] of a part of `input`: a sample, or a group of its channels.
    ///
    /// # Panics
    /// If the part is not whole maps of one sample, or `output` differs from it in length.
    pub fn apply_to_part(self, input: &[T], part: Range<usize>, output: &mut [T]) {
        batch_norm(self.of_channels(self.channels(&part)), &input[part], output);
    }

    /// The mean, the slope and the shift of a channel: `y = (x − mean)·slope + shift`.
    #[inline(always)]
    fn line(&self, channel: usize) -> (T, T, T) {
        let slope = self.gamma[channel] * self.inv_std[channel];
        (T::from_f64(self.mean[channel]), slope, self.beta[channel])
    }
}

/// `y = γ·x̂ + β`, or the ReLU of it.
///
/// # Panics
/// If the batches differ in length or are not whole samples, or another slice does not have one value per channel.
#[inline]
pub fn batch_norm<T: Scalar>(by: Normalization<'_, T>, input: &[T], output: &mut [T]) {
    if by.rectifies {
        normalize(by, input, output, |y| rectify(y, y));
    } else {
        normalize(by, input, output, |y| y);
    }
}

#[inline]
fn normalize<T: Scalar>(by: Normalization<'_, T>, input: &[T], output: &mut [T], then: impl Fn(T) -> T + Copy) {
    let sample = by.sample(input, output);
    for (input, output) in input.chunks_exact(sample).zip(output.chunks_exact_mut(sample)) {
        let maps = input.chunks_exact(by.positions).zip(output.chunks_exact_mut(by.positions));
        for (c, (input, output)) in maps.enumerate() {
            let (mean, scale, shift) = by.line(c);
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
/// If the batches differ in length or are not whole samples, or another slice does not have one value per channel.
#[inline]
pub fn batch_norm_grad_parameters<T: Scalar>(
    by: Normalization<'_, T>,
    input: &[T],
    grad_output: &[T],
    grad_gamma: &mut [f64],
    grad_beta: &mut [f64],
) {
    let sample = by.sample(input, grad_output);
    let mut gradients = ParameterGradients::new(by, [grad_gamma, grad_beta]);
    for (n, (input, grad_output)) in input.chunks_exact(sample).zip(grad_output.chunks_exact(sample)).enumerate() {
        gradients.add(n * sample, input, grad_output);
    }
}

/// The [gradients of γ and β](batch_norm_grad_parameters) of a batch whose parts come one after the other: samples, or groups of their
/// channels.
#[derive(Debug)]
pub struct ParameterGradients<'a, T> {
    by: Normalization<'a, T>,
    gamma: &'a mut [f64],
    beta: &'a mut [f64],
}

impl<'a, T: Scalar> ParameterGradients<'a, T> {
    /// The gradients of no values yet.
    ///
    /// # Panics
    /// If there are not as many as means.
    pub fn new(by: Normalization<'a, T>, [gamma, beta]: [&'a mut [f64]; 2]) -> Self {
        assert_eq!([by.mean.len(); 2], [gamma.len(), beta.len()], "as many gradients as means");
        gamma.fill(0.0);
        beta.fill(0.0);
        ParameterGradients { by, gamma, beta }
    }

    /// What the gradients are those of.
    pub fn normalization(&self) -> Normalization<'a, T> {
        self.by
    }

    /// Adds a part of the batch, which begins at this index of it.
    ///
    /// # Panics
    /// If the part is not whole maps of one sample.
    pub fn add(&mut self, at: usize, input: &[T], grad_output: &[T]) {
        let channels = self.by.channels(&(at..at + input.len()));
        let by = self.by.of_channels(channels.clone());
        let gradients = self.gamma[channels.clone()].iter_mut().zip(&mut self.beta[channels]);
        let maps = input.chunks_exact(by.positions).zip(grad_output.chunks_exact(by.positions));
        for (c, ((input, grad_output), (gamma, beta))) in maps.zip(gradients).enumerate() {
            let (mean, slope, shift) = by.line(c);
            let (dot, sum) = if by.rectifies {
                sums_of_rectified((input, mean), (slope, shift), grad_output)
            } else {
                sums_of_deviations((input, mean), (grad_output, T::zero()))
            };
            *gamma += (dot * by.inv_std[c]).into_f64();
            *beta += sum.into_f64();
        }
    }
}

/// `∂L/∂x = γ·inv_std·(∂L/∂y − (∂L/∂β + x̂·∂L/∂γ)/count)`, where `count` values of each channel were normalized together
/// and `grad_gamma` and `grad_beta` are sums over all of them (the equations of Ioffe and Szegedy 2015, section 3, combined).
///
/// # Panics
/// If the batches differ in length or are not whole samples, or another slice does not have one value per channel.
#[inline]
pub fn batch_norm_grad_input<T: Scalar>(
    by: Normalization<'_, T>,
    count: usize,
    [grad_gamma, grad_beta]: [&[f64]; 2],
    input: &[T],
    grad_output: &[T],
    grad_input: &mut [T],
) {
    by.sample(input, grad_input);
    let sample = by.sample(input, grad_output);
    assert_eq!([by.mean.len(); 2], [grad_gamma.len(), grad_beta.len()], "as many gradients as means");
    let samples = input.chunks_exact(sample).zip(grad_output.chunks_exact(sample));
    for ((input, grad_output), grad_input) in samples.zip(grad_input.chunks_exact_mut(sample)) {
        let maps = input.chunks_exact(by.positions).zip(grad_output.chunks_exact(by.positions));
        for (c, ((input, grad_output), grad_input)) in maps.zip(grad_input.chunks_exact_mut(by.positions)).enumerate() {
            let (mean, scale, beta) = by.line(c);
            let shift = T::from_f64(grad_beta[c] / count as f64);
            let slope = T::from_f64(grad_gamma[c] / count as f64) * by.inv_std[c];
            if by.rectifies {
                widest!({
                    for ((grad_input, &x), &dy) in grad_input.iter_mut().zip(input).zip(grad_output) {
                        let dy = rectify((x - mean) * scale + beta, dy);
                        *grad_input = scale * (dy - shift - (x - mean) * slope);
                    }
                });
            } else {
                widest!({
                    for ((grad_input, &x), &dy) in grad_input.iter_mut().zip(input).zip(grad_output) {
                        *grad_input = scale * (dy - shift - (x - mean) * slope);
                    }
                });
            }
        }
    }
}

/// The operands of [`batch_norm_grad_input`], which computes it for parts of the batch: samples, or groups of their channels.
#[derive(Clone, Copy, Debug)]
pub struct InputGradient<'a, T> {
    /// What the batch was normalized with.
    pub by: Normalization<'a, T>,
    /// How many values of each channel were normalized together.
    pub count: usize,
    /// The gradients of γ and β, sums over all of them.
    pub grad_parameters: [&'a [f64]; 2],
    /// `x` of the batch.
    pub input: &'a [T],
    /// `∂L/∂y`
    pub grad_output: &'a [T],
}

impl<T: Scalar> InputGradient<'_, T> {
    /// Computes `∂L/∂x` of the part that is at this place in the batch.
    ///
    /// # Panics
    /// If the part is not whole maps of one sample, or `grad_input` differs from it in length.
    pub fn compute(self, part: Range<usize>, grad_input: &mut [T]) {
        let InputGradient { by, count, grad_parameters, input, grad_output } = self;
        let channels = by.channels(&part);
        let grad_parameters = grad_parameters.map(|gradients| &gradients[channels.clone()]);
        let (by, input, grad_output) = (by.of_channels(channels), &input[part.clone()], &grad_output[part]);
        batch_norm_grad_input(by, count, grad_parameters, input, grad_output, grad_input);
    }
}

/// `y = scale·x + shift`, with one `scale` and `shift` per channel: batch normalization at inference.
///
/// # Panics
/// If the batches differ in length or are not whole samples, or another slice does not have one value per channel.
#[inline]
pub fn scale_and_shift<T: Scalar>(positions: usize, scale: &[T], shift: &[T], input: &[T], output: &mut [T]) {
    assert_eq!(input.len(), output.len(), "two batches of one batch norm differ in length");
    assert_eq!(scale.len(), shift.len(), "as many shifts as factors");
    let sample = sample_len(positions, scale.len(), input.len());
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
    use super::super::moments::moments;
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    /// Signed pseudo-random values around 0.
    fn values<T: Scalar>(count: usize) -> Vec<T> {
        (0..count).map(|i| T::from_f64((i * 7919 % 1009) as f64 / 504.5 - 1.0)).collect()
    }

    #[test]
    fn a_large_mean_does_not_hide_the_variance() {
        for positions in [1, 5, 784] {
            // Two channels, uniform around 10⁴ with variance 1.
            let input: Vec<f32> = values::<f32>(positions * 2 * 96).iter().map(|x| x * 3f32.sqrt() + 1e4).collect();
            let count = (positions * 96) as f64;
            let of_channel = |values: &[f32], c| -> [f64; 2] {
                let values = values.chunks(positions).skip(c).step_by(2).flatten().map(|&x| f64::from(x));
                let mean = values.clone().sum::<f64>() / count;
                [mean, values.map(|x| (x - mean) * (x - mean)).sum()]
            };
            let (mut mean, mut second_moment) = ([0.0; 2], [0.0; 2]);
            moments(positions, &input, &mut mean, &mut second_moment);
            let inv_std = second_moment.map(|second_moment| (second_moment / count).sqrt().recip() as f32);
            let (gamma, beta) = (&[1.0; 2], &[0.0; 2]);
            let by = Normalization { positions, mean: &mean, inv_std: &inv_std, gamma, beta, rectifies: false };
            let mut output = vec![f32::NAN; input.len()];
            batch_norm(by, &input, &mut output);
            for c in 0..2 {
                let [exact_mean, exact_second_moment] = of_channel(&input, c);
                assert!((mean[c] - exact_mean).abs() < 1e-6, "{positions}: mean {}, exactly {exact_mean}", mean[c]);
                let off = (second_moment[c] / exact_second_moment - 1.0).abs();
                assert!(off < 1e-5, "{positions}: second_moment {}, exactly {exact_second_moment}", second_moment[c]);
                let [mean, second_moment] = of_channel(&output, c); // adjacent `f32` near 10⁴ are 10⁻³ apart
                assert!(
                    mean.abs() < 1e-3 && (second_moment / count - 1.0).abs() < 1e-5,
                    "{positions}: {mean}, {second_moment}"
                );
            }
        }
    }

    #[test]
    #[should_panic(expected = "differ in length")]
    fn batches_have_to_have_one_length() {
        let (ones, zeros) = (&[1.0f32; 2], &[0.0; 2]);
        let by =
            Normalization { positions: 3, mean: &[0.0; 2], inv_std: ones, gamma: ones, beta: zeros, rectifies: false };
        batch_norm(by, &[0.0; 12], &mut [0.0; 6]);
    }

    #[test]
    fn each_channel_has_its_scale_and_shift() {
        let input = [1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0];
        let mut output = [f32::NAN; 12];
        scale_and_shift(2, &[1.0, -2.0, 0.0], &[0.5, 0.0, 3.0], &input, &mut output);
        assert_eq!(output, [1.5, 2.5, -6.0, -8.0, 3.0, 3.0, 7.5, 8.5, -18.0, -20.0, 3.0, 3.0]);
    }
}
