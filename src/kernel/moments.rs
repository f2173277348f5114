//! The moments of a batch for batch normalization: the mean and the second moment, `Σ (x − mean)²`, of every channel.
//!
//! Fast because each map (the `H·W` values of one channel in one sample) is read once for two sums, each computed as several
//! partial sums that fill vector registers. Accurate because the sums are of deviations from a value near the map's mean, and
//! maps are merged in `f64`: a channel with a mean of 10⁴ and a variance of 1 keeps its variance in `f32`.

use core::ops::Range;

use super::sum::{sum_of, sums_of_deviations};
use crate::scalar::Scalar;
use crate::shape::volume;

/// Computes the mean and the second moment, `Σ (x − mean)²`, of every channel over a batch.
///
/// # Panics
/// If the input is not whole samples with one map per mean, or the numbers of means and second moments differ.
#[inline]
pub fn moments<T: Scalar>(positions: usize, input: &[T], mean: &mut [f64], second_moment: &mut [f64]) {
    assert_eq!(mean.len(), second_moment.len(), "as many second moments as means");
    let sample = sample_len(positions, mean.len(), input.len());
    let mut moments = Moments::new(positions, [mean, second_moment]);
    for (n, part) in input.chunks_exact(sample).enumerate() {
        moments.add(n * sample, part);
    }
}

/// The moments of a batch whose parts come one after the other: samples, or groups of their channels.
#[derive(Debug)]
pub struct Moments<'a> {
    positions: usize,
    mean: &'a mut [f64],
    second_moment: &'a mut [f64],
}

impl<'a> Moments<'a> {
    /// The moments of no values yet, of maps of `positions` values.
    ///
    /// # Panics
    /// If the numbers of means and second moments differ.
    pub fn new(positions: usize, [mean, second_moment]: [&'a mut [f64]; 2]) -> Self {
        assert_eq!(mean.len(), second_moment.len(), "as many second moments as means");
        mean.fill(0.0);
        second_moment.fill(0.0);
        Moments { positions, mean, second_moment }
    }

    /// Adds the maps of a part which begins at this index of the batch. The samples before it have been added.
    ///
    /// # Panics
    /// If the part is not whole maps of one sample.
    pub fn add<T: Scalar>(&mut self, at: usize, part: &[T]) {
        let Moments { positions, mean, second_moment } = self;
        let channels = channels_of(*positions, mean.len(), &(at..at + part.len()));
        let merge = Merge::new(at / (*positions * mean.len()) * *positions, *positions);
        let moments = mean[channels.clone()].iter_mut().zip(&mut second_moment[channels]);
        for (map, (mean, second_moment)) in part.chunks_exact(*positions).zip(moments) {
            merge.apply(mean, second_moment, map_moments(map));
        }
    }
}

/// The channels of a part of a sample, with `channels` maps of `positions` values, that is at this place in the batch.
///
/// # Panics
/// If the part is not whole maps of one sample.
#[track_caller]
pub(super) fn channels_of(positions: usize, channels: usize, part: &Range<usize>) -> Range<usize> {
    let [first, maps] = [part.start, part.len()].map(|values| {
        assert!(values.is_multiple_of(positions), "{values} values are not whole maps of {positions}");
        values / positions
    });
    let first = first % channels;
    assert!(first + maps <= channels, "{maps} maps from channel {first} on are not of one sample of {channels} maps");
    first..first + maps
}

/// The number of values of a sample of `channels` maps of `positions` values. (At least 1, so that an empty batch can be split
/// into chunks of this length.)
///
/// # Panics
/// If `values` is not a multiple of the sample length.
#[inline]
#[track_caller]
pub(super) fn sample_len(positions: usize, channels: usize, values: usize) -> usize {
    let sample = volume!(positions, channels);
    assert!(values.is_multiple_of(sample), "{values} values are not whole samples of {channels} maps of {positions}");
    sample.max(1)
}

/// Merges the moments of `more` values into those of `count` values, channel by channel.
///
/// # Panics
/// If the lengths differ.
#[inline]
pub fn merge_moments(
    [mean, second_moment]: [&mut [f64]; 2],
    count: usize,
    [more_mean, more_second_moment]: [&[f64]; 2],
    more: usize,
) {
    let others = [second_moment.len(), more_mean.len(), more_second_moment.len()];
    assert_eq!([mean.len(); 3], others, "moments of as many channels");
    let merge = Merge::new(count, more);
    let others = more_mean.iter().copied().zip(more_second_moment.iter().copied());
    for ((mean, second_moment), other) in mean.iter_mut().zip(second_moment).zip(others) {
        merge.apply(mean, second_moment, other);
    }
}

/// Merges the moments of two sets A and B of values (Chan, Golub and LeVeque 1979):
///
/// ```text
/// δ = mean_B − mean_A        mean = mean_A + δ·n_B/n        M = M_A + M_B + δ²·n_A·n_B/n
/// ```
struct Merge {
    /// `n_B/n`
    share: f64,
    /// `n_A·n_B/n`
    weight: f64,
}

impl Merge {
    fn new(a: usize, b: usize) -> Merge {
        // The union of two empty sets is empty; its moments are zero rather than 0/0.
        let (a, b) = (a as f64, b as f64);
        let share = b / (a + b).max(1.0);
        Merge { share, weight: a * share }
    }

    #[inline]
    fn apply(&self, mean: &mut f64, second_moment: &mut f64, (other_mean, other_second_moment): (f64, f64)) {
        let delta = other_mean - *mean;
        *mean += delta * self.share;
        *second_moment += other_second_moment + delta * delta * self.weight;
    }
}

/// The mean and `Σ (x − mean)²` of one map, by the corrected two-pass algorithm (Chan, Golub and LeVeque 1983): the second pass
/// sums deviations from a value `near` the mean, and then corrects for the difference.
///
/// The first pass reads the first sixteenth of the map only, or 64 values if that is more. Its mean is near enough: its
/// difference from the others is part of the variance, so it is never more than √15 standard deviations from the map's mean.
#[inline]
pub(super) fn map_moments<T: Scalar>(map: &[T]) -> (f64, f64) {
    let first = &map[..map.len().min((map.len() / 16).max(64))];
    let near = sum_of(first, first, |x, _| x) / T::from_usize(first.len());
    let (second_moment, deviations) = sums_of_deviations((map, near), (map, near));
    let (second_moment, deviations) = (second_moment.into_f64(), deviations.into_f64());
    let off = deviations / map.len() as f64;
    // Rounding must not turn a variance of zero into a negative one.
    (near.into_f64() + off, (second_moment - off * deviations).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    #[test]
    fn moments_by_hand() {
        // Two samples of two channels of three positions.
        let input = [1.0f32, 2.0, 3.0, 10.0, 10.0, 10.0, 5.0, 5.0, 8.0, 10.0, 10.0, 16.0];
        let (mut mean, mut second_moment) = ([f64::NAN; 2], [f64::NAN; 2]);
        moments(3, &input, &mut mean, &mut second_moment);
        assert_eq!((mean, second_moment), ([4.0, 11.0], [32.0, 30.0]));
    }

    #[test]
    fn a_mean_that_cannot_be_summed_is_mended() {
        // 2²² + 0, 1, 2, 1, 0, 1, 2, 1, …: a sum of these is rounded to hundreds.
        let map: Vec<f32> = (0..784).map(|i| 4_194_304.0 + [0.0, 1.0, 2.0, 1.0][i % 4]).collect();
        assert_eq!(map_moments(&map), (4_194_305.0, 392.0));
    }

    #[test]
    fn a_constant_has_no_negative_variance() {
        // 5439 times 7.3: at this length rounding would give a variance of −3e-12.
        for len in [1, 7, 64, 784, 5439] {
            let (mean, second_moment) = map_moments(&vec![7.3f32; len]);
            assert!(
                (mean - 7.3).abs() < 1e-6 && (0.0..1e-6).contains(&second_moment),
                "{len}: {mean}, {second_moment}"
            );
        }
    }

    #[test]
    fn moments_merge_to_those_of_all() {
        let input: Vec<f64> = (0..7 * 3 * 5).map(|i| (i * 7919 % 1009) as f64 / 504.5 - 1.0).collect();
        let of = |samples: core::ops::Range<usize>| {
            let (mut mean, mut second_moment) = ([0.0; 3], [0.0; 3]);
            moments(5, &input[samples.start * 15..samples.end * 15], &mut mean, &mut second_moment);
            (mean, second_moment)
        };
        let (mean, second_moment) = of(0..7);
        let (mut merged_mean, mut merged_second_moment) = of(0..0); // a shard may be empty
        let mut count = 0;
        for part in [0..0, 0..4, 4..4, 4..7] {
            let (more, (mean, second_moment)) = (part.len() * 5, of(part));
            merge_moments([&mut merged_mean, &mut merged_second_moment], count, [&mean, &second_moment], more);
            count += more;
        }
        for c in 0..3 {
            assert!(
                (merged_mean[c] - mean[c]).abs() < 1e-14 && (merged_second_moment[c] - second_moment[c]).abs() < 1e-13
            );
        }
    }
}
