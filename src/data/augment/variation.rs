//! The changes of one image, drawn from the settings.

use core::ops::RangeInclusive;

use num_traits::Float;
use rand_xoshiro::rand_core::Rng;

use super::settings::Augment;
use crate::data::shuffle::{below, stream};
use crate::shape::Dims;

/// What is done to one image: the same to all of its channels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Variation {
    pub flip_horizontal: bool,
    pub flip_vertical: bool,
    pub scale: f64,
    /// Degrees.
    pub shear: f64,
    /// Degrees, clockwise.
    pub rotate: f64,
    /// Pixels.
    pub down: i32,
    /// Pixels.
    pub right: i32,
    pub elastic: Option<Ripple>,
    pub erase: Option<Rectangle>,
    /// The factor of the distance from black.
    pub brightness: f64,
    /// The factor of the distance from the mean.
    pub contrast: f64,
}

/// A smooth random field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ripple {
    /// What its random numbers depend on.
    pub key: u64,
    /// Its largest possible value, in pixels.
    pub amplitude: f64,
    /// Its smoothness, in pixels.
    pub sigma: f64,
}

/// A part of an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rectangle {
    pub top: usize,
    pub left: usize,
    pub height: usize,
    pub width: usize,
}

impl Variation {
    /// Nothing is changed.
    #[cfg(test)]
    pub const NONE: Variation = Variation {
        flip_horizontal: false,
        flip_vertical: false,
        scale: 1.0,
        shear: 0.0,
        rotate: 0.0,
        down: 0,
        right: 0,
        elastic: None,
        erase: None,
        brightness: 1.0,
        contrast: 1.0,
    };

    /// Draws the changes of an image of this size.
    ///
    /// Every number is drawn, whether it is used or not, so that what one part does to an image does not depend on the others.
    pub fn draw(augment: &Augment, dims: Dims, seed: u64) -> Variation {
        // The dataset inside uses stream 0.
        let mut rng = stream(seed, 1);
        let pixels = i32::from(augment.shift);
        let mut shift = || below(&mut rng, 2 * pixels as u32 + 1) as i32 - pixels;
        let (down, right) = (shift(), shift());
        let rotate = around(&mut rng, 0.0, augment.rotate);
        let scale = between(&mut rng, &augment.scale);
        let shear = around(&mut rng, 0.0, augment.shear);
        let flip_horizontal = unit(&mut rng) < augment.flip_horizontal;
        let flip_vertical = unit(&mut rng) < augment.flip_vertical;
        let (key, amplitude, sigma) = (rng.next_u64(), augment.elastic.amplitude, augment.elastic.sigma);
        let brightness = around(&mut rng, 1.0, augment.brightness);
        let contrast = around(&mut rng, 1.0, augment.contrast);
        let is_erased = unit(&mut rng) < augment.erase.probability;
        let rectangle = Rectangle::draw(&augment.erase.area, dims, &mut rng);
        Variation {
            flip_horizontal,
            flip_vertical,
            scale,
            shear,
            rotate,
            down,
            right,
            elastic: (amplitude > 0.0).then_some(Ripple { key, amplitude, sigma }),
            erase: is_erased.then_some(rectangle),
            brightness,
            contrast,
        }
    }

    /// Whether every pixel of the result is one of the image.
    pub fn moves_whole_pixels(&self) -> bool {
        self.scale == 1.0 && self.shear == 0.0 && self.rotate == 0.0 && self.elastic.is_none()
    }
}

impl Rectangle {
    /// Torchvision's range of aspect ratios. The logarithm of the ratio is uniformly distributed, so that upright rectangles are as
    /// likely as flat ones.
    const LARGEST_RATIO: f64 = 1.0 / 0.3;

    fn draw(area: &RangeInclusive<f64>, dims: Dims, rng: &mut impl Rng) -> Rectangle {
        let area = between(rng, area) * (dims.height * dims.width) as f64;
        let ratio = libm::exp(around(rng, 0.0, libm::log(Rectangle::LARGEST_RATIO)));
        let side = |length: f64, limit: usize| ((length + 0.5) as usize).min(limit);
        let (height, width) =
            (side(Float::sqrt(area * ratio), dims.height), side(Float::sqrt(area / ratio), dims.width));
        let mut place = |room: usize| below(rng, room as u32 + 1) as usize;
        Rectangle { top: place(dims.height - height), left: place(dims.width - width), height, width }
    }
}

/// A uniformly distributed number from 0 to below 1, from 53 random bits.
fn unit(rng: &mut impl Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// A uniformly distributed number from `center − radius` to `center + radius`.
fn around(rng: &mut impl Rng, center: f64, radius: f64) -> f64 {
    center + radius * (2.0 * unit(rng) - 1.0)
}

/// A uniformly distributed number in `range`.
fn between(rng: &mut impl Rng, range: &RangeInclusive<f64>) -> f64 {
    range.start() + (range.end() - range.start()) * unit(rng)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    const DIMS: Dims = Dims { channels: 1, height: 20, width: 30 };

    fn draw(augment: &Augment, count: u64) -> Vec<Variation> {
        (0..count).map(|seed| Variation::draw(augment, DIMS, seed)).collect()
    }

    /// The least, the mean and the largest.
    fn spread(values: impl Iterator<Item = f64> + Clone) -> [f64; 3] {
        let count = values.clone().count() as f64;
        [values.clone().fold(f64::MAX, f64::min), values.clone().sum::<f64>() / count, values.fold(f64::MIN, f64::max)]
    }

    /// Of 4000 uniformly distributed numbers, the mean is within 5 % of the center, and the ends are within 1 % of the ends.
    #[test]
    fn numbers_fill_their_ranges_evenly() {
        let augment = Augment::new().rotate(30.0).scale(0.8..=1.4).shear(20.0).brightness(0.4).contrast(0.6);
        let drawn = draw(&augment, 4000);
        let of = |number: fn(&Variation) -> f64, low: f64, high: f64| {
            let (found, width) = (spread(drawn.iter().map(number)), high - low);
            assert!(found[0] >= low && found[0] < low + 0.01 * width, "{found:?} in {low} to {high}");
            assert!(found[2] <= high && found[2] > high - 0.01 * width, "{found:?} in {low} to {high}");
            // The standard deviation of the mean is width / √(12 · 4000), or 0.5 % of the width.
            assert!((found[1] - (low + high) / 2.0).abs() < 0.02 * width, "{found:?} in {low} to {high}");
        };
        of(|drawn| drawn.rotate, -30.0, 30.0);
        of(|drawn| drawn.scale, 0.8, 1.4);
        of(|drawn| drawn.shear, -20.0, 20.0);
        of(|drawn| drawn.brightness, 0.6, 1.4);
        of(|drawn| drawn.contrast, 0.4, 1.6);
        // No two of them are the same number in another range.
        let pairs = drawn.iter().map(|drawn| (drawn.rotate / 30.0, drawn.shear / 20.0, (drawn.scale - 1.1) / 0.3));
        let products = [pairs.clone().map(|(a, b, _)| a * b).sum::<f64>(), pairs.map(|(a, _, c)| a * c).sum::<f64>()];
        assert!(products.iter().all(|sum| (sum / 4000.0).abs() < 0.03), "{products:?}");
    }

    #[test]
    fn probabilities_are_kept() {
        let drawn = draw(&Augment::new().flip_horizontal(0.5).flip_vertical(0.1).erase(0.25, 0.1..=0.2), 4000);
        let share = |is: fn(&Variation) -> bool| drawn.iter().filter(|drawn| is(drawn)).count() as f64 / 4000.0;
        assert!((share(|drawn| drawn.flip_horizontal) - 0.5).abs() < 0.03);
        assert!((share(|drawn| drawn.flip_vertical) - 0.1).abs() < 0.02);
        assert!((share(|drawn| drawn.erase.is_some()) - 0.25).abs() < 0.03);
        let both = share(|drawn| drawn.flip_horizontal && drawn.erase.is_some());
        assert!((both - 0.125).abs() < 0.02, "{both}");
        assert!(draw(&Augment::new().flip_horizontal(1.0), 100).iter().all(|drawn| drawn.flip_horizontal));
    }

    #[test]
    fn rectangles_are_as_large_as_stated_and_anywhere() {
        let drawn: Vec<_> =
            draw(&Augment::new().erase(1.0, 0.05..=0.1), 4000).iter().filter_map(|drawn| drawn.erase).collect();
        assert_eq!(drawn.len(), 4000);
        let area = spread(drawn.iter().map(|r| (r.height * r.width) as f64 / 600.0));
        // Sides are whole pixels.
        assert!(area[0] > 0.035 && area[2] < 0.13 && (area[1] - 0.075).abs() < 0.003, "{area:?}");
        let ratio = spread(drawn.iter().map(|r| (r.height as f64 / r.width as f64).ln()));
        assert!(ratio[1].abs() < 0.05 && ratio[0] > -1.6 && ratio[2] < 1.6 && ratio[2] > 1.0, "{ratio:?}");
        assert!(drawn.iter().all(|r| r.top + r.height <= 20 && r.left + r.width <= 30));
        for pixel in [(0, 0), (0, 29), (19, 0), (19, 29)] {
            let covers = |r: &&Rectangle| {
                (r.top..r.top + r.height).contains(&pixel.0) && (r.left..r.left + r.width).contains(&pixel.1)
            };
            assert!(drawn.iter().any(|r| covers(&r)), "{pixel:?}");
        }
        for (area, found) in [(1.0..=1.0, 0.3..=1.0), (0.0..=0.0, 0.0..=0.0)] {
            for drawn in draw(&Augment::new().erase(1.0, area), 100) {
                let r = drawn.erase.unwrap();
                assert!(found.contains(&((r.height * r.width) as f64 / 600.0)), "{r:?}");
            }
        }
    }
}
