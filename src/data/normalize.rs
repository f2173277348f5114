//! Pixels as numbers: `x[c, h, w] = (p[c, h, w] / 255 − mean[c]) / std[c]`.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use super::Pixels;
use crate::error::Mismatch;
use crate::scalar::Scalar;
use crate::shape::Shape;
#[cfg(any(feature = "std", test))]
use crate::tensor::Tensor;

/// How pixels become numbers: the mean and the standard deviation of each channel.
///
/// A pixel `p` of 0 … 255 becomes
///
/// ```text
/// x[c, h, w] = (p[c, h, w] / 255 − mean[c]) / std[c]
/// ```
///
/// Both figures are in units of full white. This is torchvision's `Normalize` after its `ToTensor`.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "safetensors", derive(serde::Serialize, serde::Deserialize))]
pub struct Normalize {
    /// The mean of the training set's pixels, from 0 to 1: one for each channel, or one for all.
    pub mean: Vec<f64>,
    /// The standard deviation of the training set's pixels: one for each channel, or one for all.
    pub std: Vec<f64>,
}

impl Normalize {
    /// The same figures for all channels.
    pub fn new(mean: f64, std: f64) -> Normalize {
        Normalize { mean: vec![mean], std: vec![std] }
    }

    /// Numbers from 0 to 1: mean 0, standard deviation 1.
    pub fn unit() -> Normalize {
        Normalize::new(0.0, 1.0)
    }

    /// The usual figures for MNIST, 0.1307 and 0.3081: those of its 60,000 training images, rounded.
    pub fn mnist() -> Normalize {
        Normalize::new(0.1307, 0.3081)
    }

    /// Returns the numbers for the 256 pixel values of gray images.
    ///
    /// # Panics
    /// If there are figures for several channels, if `mean` is not finite, or `std` not finite and above 0.
    pub fn table<T: Scalar>(&self) -> [T; 256] {
        self.check(1);
        core::array::from_fn(|pixel| T::from_f64((pixel as f64 / 255.0 - self.mean[0]) / self.std[0]))
    }

    /// Converts `pixels` to `input`. The order of the pixels must be [named](Pixels) where it makes a difference.
    ///
    /// # Panics
    /// If the number of pixels is not that of the values in `input`, if their order is not named in an image of several channels, if
    /// there is neither one figure for all channels nor one for each, if a `mean` is not finite, or a `std` is not finite and above 0.
    pub fn apply<'p, S: Shape>(&self, pixels: impl Into<Pixels<'p>>, input: &mut S) {
        let (pixels, dims) = (pixels.into(), S::DIMS);
        let (channel, position) = pixels.strides(dims);
        self.check(dims.channels);
        for (c, numbers) in input.as_mut_slice().chunks_exact_mut(dims.height * dims.width).enumerate() {
            let (mean, std) = (self.mean[c % self.mean.len()], self.std[c % self.std.len()]);
            let pixels = pixels.bytes()[c * channel..].iter().step_by(position);
            for (number, &pixel) in numbers.iter_mut().zip(pixels) {
                *number = S::Scalar::from_f64((f64::from(pixel) / 255.0 - mean) / std);
            }
        }
    }

    /// The number in channel `channel` for a pixel that is this share of white.
    pub(super) fn number<T: Scalar>(&self, white: f64, channel: usize) -> T {
        let [mean, std] = [&self.mean, &self.std].map(|figures| figures[channel % figures.len()]);
        T::from_f64((white - mean) / std)
    }

    /// What is wrong with these figures for `channels` channels.
    pub(crate) fn mismatches(&self, channels: usize) -> Vec<Mismatch> {
        let mut mismatches = Vec::new();
        let mut refuse = |what: &str, found, expected| mismatches.push(Mismatch { what: what.into(), found, expected });
        for (what, figures) in [("mean", &self.mean), ("std", &self.std)] {
            if figures.len() != 1 && figures.len() != channels {
                let expected = match channels {
                    1 => "1".into(),
                    _ => format!("1, or {channels}, one for each channel"),
                };
                refuse(what, format!("{} figures", figures.len()), expected);
            }
        }
        if let Some(mean) = self.mean.iter().find(|mean| !mean.is_finite()) {
            refuse("mean", format!("{mean}"), "a finite number".into());
        }
        if let Some(std) = self.std.iter().find(|std| !(std.is_finite() && **std > 0.0)) {
            refuse("std", format!("{std}"), "a finite number above 0".into());
        }
        mismatches
    }

    fn check(&self, channels: usize) {
        if let Some(mismatch) = self.mismatches(channels).first() {
            panic!("Normalize: {mismatch}");
        }
    }
}

/// The sums of the pixels and of their squares, in each channel.
#[cfg(feature = "std")]
pub(super) struct Sums<const C: usize>([[u64; 2]; C]);

#[cfg(feature = "std")]
impl<const C: usize> Sums<C> {
    pub fn zero() -> Self {
        Sums([[0; 2]; C])
    }

    pub fn of<'a, const H: usize, const W: usize>(images: impl Iterator<Item = &'a Tensor<C, H, W, u8>>) -> Self {
        images.fold(Sums::zero(), |mut sums, Tensor(planes)| {
            for ([sum, squares], plane) in sums.0.iter_mut().zip(planes) {
                for &pixel in plane.as_flattened() {
                    *sum += u64::from(pixel);
                    *squares += u64::from(pixel) * u64::from(pixel);
                }
            }
            sums
        })
    }

    #[cfg(feature = "images")]
    pub fn plus(mut self, other: Self) -> Self {
        for (a, b) in self.0.as_flattened_mut().iter_mut().zip(other.0.as_flattened()) {
            *a += b;
        }
        self
    }

    /// The mean and the standard deviation, where each channel has `count` pixels: `σ² = (n Σp² − (Σp)²) / n²`. A deviation of 0 is
    /// replaced by 1, and those of no pixels are [`Normalize::unit`].
    pub fn mean_and_std(&self, count: usize) -> Normalize {
        if count == 0 {
            return Normalize::unit();
        }
        let full = 255.0 * count as f64;
        let mean = |&[sum, _]: &[u64; 2]| sum as f64 / full;
        let std = |&[sum, squares]: &[u64; 2]| match count as u128 * u128::from(squares) - u128::from(sum).pow(2) {
            0 => 1.0,
            scaled => (scaled as f64).sqrt() / full,
        };
        Normalize { mean: self.0.iter().map(mean).collect(), std: self.0.iter().map(std).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_become_numbers_by_hand() {
        let normalize = Normalize { mean: vec![0.0, 0.5], std: vec![0.5, 0.25] };
        let mut input = Tensor([[[f64::NAN; 3]; 1]; 2]);
        normalize.apply(Pixels::Chw(&[0, 51, 255, 0, 51, 255]), &mut input);
        for (found, expected) in input.as_slice().iter().zip([0.0, 0.4, 2.0, -2.0, -1.2, 2.0]) {
            assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        }
        Normalize::unit().apply(Pixels::Chw(&[0, 51, 255, 0, 51, 255]), &mut input);
        assert_eq!(input, Tensor([[[0.0, 0.2, 1.0]], [[0.0, 0.2, 1.0]]]));
        normalize.apply(Pixels::Hwc(&[0, 255, 51, 51, 255, 0]), &mut input);
        for (found, expected) in input.as_slice().iter().zip([0.0, 0.4, 2.0, 2.0, -1.2, -2.0]) {
            assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        }
    }

    #[test]
    fn a_table_has_the_numbers_that_are_applied() {
        let pixels: Vec<u8> = (0..=255).collect();
        let mut input = Tensor([[[f32::NAN; 256]]]);
        Normalize::mnist().apply(&pixels, &mut input);
        assert_eq!(input.as_slice(), Normalize::mnist().table::<f32>());
    }

    #[test]
    #[should_panic(expected = "5 pixels for an input of 2×1×3")]
    fn pixels_fill_the_input() {
        Normalize::unit().apply(&[0; 5], &mut Tensor([[[0f32; 3]; 1]; 2]));
    }

    #[test]
    #[should_panic(expected = "Normalize: std: found 0, expected a finite number above 0")]
    fn std_is_above_zero() {
        Normalize::new(0.5, 0.0).apply(Pixels::Chw(&[0; 6]), &mut Tensor([[[0f32; 3]; 1]; 2]));
    }

    #[test]
    #[should_panic(expected = "Normalize: mean: found 2 figures, expected 1")]
    fn a_table_is_for_one_channel() {
        Normalize { mean: vec![0.0; 2], std: vec![1.0] }.table::<f32>();
    }
}
