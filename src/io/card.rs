//! What has to be known of a model beside its weights.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::refusal::is_plain;
use crate::error::Mismatch;
use crate::layer::Module;
use crate::scalar::Scalar;
use crate::shape::Shape;

/// What a model's file says beside its weights, so that whoever loads it can use it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Card {
    /// How pixels become inputs, if pixels are what it looks at.
    pub preprocessing: Option<Preprocessing>,
    /// The name of each output, in their order; none at all if they have no names. A name has at most 256 bytes, and no control
    /// characters: it can be printed.
    pub classes: Vec<String>,
}

/// How a pixel `p` of 0 … 255 becomes a number, in each channel:
///
/// ```text
/// x[c, h, w] = (p[c, h, w] / 255 − mean[c]) / std[c]
/// ```
///
/// This is torchvision's `Normalize` behind its `ToTensor`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preprocessing {
    /// For each channel, or one for all: the mean of the training set's pixels, from 0 to 1.
    pub mean: Vec<f64>,
    /// For each channel, or one for all: their standard deviation.
    pub std: Vec<f64>,
}

/// The bytes of a class's name at most.
const LONGEST: usize = 256;

impl Preprocessing {
    /// The same figures for all channels.
    pub fn new(mean: f64, std: f64) -> Preprocessing {
        Preprocessing { mean: vec![mean], std: vec![std] }
    }

    /// Turns `pixels`, channel by channel and row by row, into `input`.
    ///
    /// # Panics
    /// If there are not as many pixels as numbers in `input`, or not one figure for all channels or one for each.
    pub fn apply<S: Shape>(&self, pixels: &[u8], input: &mut S) {
        let dims = S::DIMS;
        assert_eq!(pixels.len(), dims.len(), "{} pixels for an input of {dims}", pixels.len());
        for (which, figures) in [("mean", &self.mean), ("std", &self.std)] {
            let count = figures.len();
            assert!(
                count == 1 || count == dims.channels,
                "{count} figures of `{which}` for {} channels",
                dims.channels
            );
        }
        let plane = dims.height * dims.width;
        let channels = input.as_mut_slice().chunks_exact_mut(plane).zip(pixels.chunks_exact(plane));
        for (c, (numbers, pixels)) in channels.enumerate() {
            let (mean, std) = (self.mean[c % self.mean.len()], self.std[c % self.std.len()]);
            for (number, &pixel) in numbers.iter_mut().zip(pixels) {
                *number = S::Scalar::from_f64((f64::from(pixel) / 255.0 - mean) / std);
            }
        }
    }
}

impl Card {
    /// What is wrong with this card for a network of type `N`.
    pub(super) fn mismatches<N: Module>(&self) -> Vec<Mismatch> {
        let (channels, outputs) = (N::Input::DIMS.channels, N::Output::DIMS.len());
        let mut mismatches = Vec::new();
        let mut refuse = |what: &str, found, expected| mismatches.push(Mismatch { what: what.into(), found, expected });
        let classes = self.classes.len();
        if classes != 0 && classes != outputs {
            refuse("classes", format!("{classes} names"), format!("{outputs}, one for each output"));
        }
        if let Some((class, name)) = self.classes.iter().enumerate().find(|(_, name)| name.len() > LONGEST) {
            refuse("classes", format!("{} bytes for class {class}", name.len()), format!("names of at most {LONGEST}"));
        }
        if let Some(name) = self.classes.iter().find(|name| !name.chars().all(is_plain)) {
            refuse("classes", name.clone(), "names without control characters".into());
        }
        if let Some(Preprocessing { mean, std }) = &self.preprocessing {
            for (what, figures) in [("mean", mean), ("std", std)] {
                if figures.len() != 1 && figures.len() != channels {
                    let expected = format!("1, or {channels}, one for each channel");
                    refuse(what, format!("{} figures", figures.len()), expected);
                }
            }
            if let Some(mean) = mean.iter().find(|mean| !mean.is_finite()) {
                refuse("mean", format!("{mean}"), "a finite number".into());
            }
            if let Some(std) = std.iter().find(|std| !(std.is_finite() && **std > 0.0)) {
                refuse("std", format!("{std}"), "a finite number above 0".into());
            }
        }
        mismatches
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::Flatten;
    use crate::tensor::Tensor;
    use alloc::string::ToString;

    #[test]
    fn pixels_become_numbers_by_hand() {
        let preprocessing = Preprocessing { mean: vec![0.0, 0.5], std: vec![0.5, 0.25] };
        let mut input = Tensor([[[f64::NAN; 3]; 1]; 2]);
        preprocessing.apply(&[0, 51, 255, 0, 51, 255], &mut input);
        for (found, expected) in input.as_slice().iter().zip([0.0, 0.4, 2.0, -2.0, -1.2, 2.0]) {
            assert!((found - expected).abs() < 1e-15, "{found} {expected}");
        }
        Preprocessing::new(0.0, 1.0).apply(&[0, 51, 255, 0, 51, 255], &mut input);
        assert_eq!(input, Tensor([[[0.0, 0.2, 1.0]], [[0.0, 0.2, 1.0]]]));
    }

    #[test]
    #[should_panic(expected = "5 pixels for an input of 2×1×3")]
    fn pixels_fill_the_input() {
        Preprocessing::new(0.0, 1.0).apply(&[0; 5], &mut Tensor([[[0f32; 3]; 1]; 2]));
    }

    #[test]
    fn a_card_fits_the_network() {
        type Net = Flatten<2, 1, 3, 6>;
        let says = |card: Card| card.mismatches::<Net>().iter().map(Mismatch::to_string).collect::<Vec<_>>();
        let preprocessing = |mean: &[f64], std: &[f64]| Some(Preprocessing { mean: mean.into(), std: std.into() });
        assert!(says(Card::default()).is_empty());
        let classes = (0..6).map(|class| class.to_string()).collect();
        assert!(says(Card { preprocessing: preprocessing(&[0.5], &[1.0, 2.0]), classes }).is_empty());
        let named = |name: &str| Card { classes: vec![name.into(); 6], ..Card::default() };
        for name in ["", "café \"noir\"", "हिन्दी", "👩‍💻", &"x".repeat(256)] {
            assert!(says(named(name)).is_empty(), "{name}");
        }
        assert_eq!(
            says(named(&"x".repeat(257))),
            ["classes: found 257 bytes for class 0, expected names of at most 256"]
        );
        for name in ["\u{1b}[31mcat", "cat\n", "\0", "\u{9b}1m", "cat\u{202e}gpj", "\u{2066}"] {
            assert_eq!(
                says(named(name)),
                [format!("classes: found {name}, expected names without control characters")]
            );
        }
        assert_eq!(
            says(Card { preprocessing: preprocessing(&[f64::NAN; 3], &[0.0]), classes: vec!["cat".into()] }),
            [
                "classes: found 1 names, expected 6, one for each output",
                "mean: found 3 figures, expected 1, or 2, one for each channel",
                "mean: found NaN, expected a finite number",
                "std: found 0, expected a finite number above 0",
            ]
        );
    }
}
