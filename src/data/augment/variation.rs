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
