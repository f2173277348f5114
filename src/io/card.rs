//! What is needed to use a model besides its weights.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::refusal::{is_plain, within};
#[cfg(all(feature = "std", target_has_atomic = "ptr"))]
use crate::data::Subset;
#[cfg(feature = "images")]
use crate::data::images::Pictures;
#[cfg(feature = "std")]
use crate::data::labeled::Labeled;
use crate::data::{Normalize, Resize};
use crate::error::{Mismatch, Result};
use crate::layer::Module;
#[cfg(feature = "images")]
use crate::scalar::Scalar;
use crate::shape::Shape;

/// The metadata that a model needs to be used: preprocessing and class names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Card {
    /// How a picture of any size becomes one of the input's, if the network was trained with pictures that were made to fit, as those
    /// of a folder are. Predictions from picture files follow it. `None` in files of versions that did not record it.
    pub resize: Option<Resize>,
    /// How pixels are converted to inputs, if the inputs are images.
    pub preprocessing: Option<Normalize>,
    /// The name of each output, in order; empty if they have no names. A single output can have the names of both its classes: first
    /// that of target 0, then that of target 1. A name has at most 256 bytes and no control characters, so it can be printed safely.
    pub classes: Vec<String>,
}

/// The maximum length of a class name in bytes.
const LONGEST: usize = 256;

impl Card {
    /// Checks that this card fits a network of type `N`. Call it before a training: saving a network checks its card too, but then
    /// hours have passed.
    ///
    /// ```
    /// use shapeproof::io::Card;
    ///
    /// shapeproof::network! { type Net = [1, 9, 7] => Flatten, Dense(units = 3) }
    /// let card = Card { classes: vec!["cat".into(), "dog".into()], ..Card::default() };
    /// let error = card.check::<Net>().unwrap_err();
    /// assert_eq!(error.to_string(), "the card: classes: found 2 names, expected 3, one for each output");
    /// ```
    ///
    /// # Errors
    /// [`Error::Model`](crate::Error::Model) with everything that is wrong: the number of class names, characters that cannot be
    /// printed, figures of the preprocessing that are not finite or not one for each channel, a rule for pictures if the input has
    /// neither 1 channel nor 3.
    pub fn check<N: Module>(&self) -> Result<()> {
        let mismatches = self.mismatches::<N>();
        if mismatches.is_empty() { Ok(()) } else { Err(within("the card")(mismatches)) }
    }

    /// The preprocessing; without one, numbers from 0 to 1.
    pub(super) fn normalize(&self) -> Normalize {
        self.preprocessing.clone().unwrap_or_else(Normalize::unit)
    }

    /// What is wrong with this card for a network of type `N`.
    pub(super) fn mismatches<N: Module>(&self) -> Vec<Mismatch> {
        let (channels, outputs) = (N::Input::DIMS.channels, N::Output::DIMS.len());
        let mut mismatches = Vec::new();
        let mut refuse = |what: &str, found, expected| mismatches.push(Mismatch { what: what.into(), found, expected });
        let classes = self.classes.len();
        let expected = match outputs {
            1 => "1, or 2: those of target 0 and target 1".into(),
            _ => format!("{outputs}, one for each output"),
        };
        if classes != 0 && classes != outputs && (outputs, classes) != (1, 2) {
            refuse("classes", format!("{classes} names"), expected);
        }
        if let Some((class, name)) = self.classes.iter().enumerate().find(|(_, name)| name.len() > LONGEST) {
            refuse("classes", format!("{} bytes for class {class}", name.len()), format!("names of at most {LONGEST}"));
        }
        if let Some(name) = self.classes.iter().find(|name| !name.chars().all(is_plain)) {
            refuse("classes", name.clone(), "names without control characters".into());
        }
        if self.resize.is_some() && channels != 1 && channels != 3 {
            refuse(
                "resize",
                "a rule for pictures".into(),
                format!("none: pictures have 1 channel or 3, not {channels}"),
            );
        }
        mismatches.extend(self.preprocessing.iter().flat_map(|figures| figures.mismatches(channels)));
        mismatches
    }
}

/// The card of a network that is trained on these images: their normalization, and the names of their classes.
#[cfg(feature = "std")]
impl<const H: usize, const W: usize, T> From<&Labeled<H, W, T>> for Card {
    fn from(images: &Labeled<H, W, T>) -> Card {
        Card { resize: None, preprocessing: Some(images.normalize().clone()), classes: images.names().to_vec() }
    }
}

#[cfg(all(feature = "std", target_has_atomic = "ptr"))]
impl<const H: usize, const W: usize, T> From<&Subset<Labeled<H, W, T>>> for Card {
    fn from(part: &Subset<Labeled<H, W, T>>) -> Card {
        part.dataset().into()
    }
}

/// The card of a network that is trained on these pictures: how they were made to fit, their normalization, and the names of their
/// classes.
#[cfg(feature = "images")]
impl<const C: usize, const H: usize, const W: usize, T: Scalar> From<&Pictures<C, H, W, T>> for Card {
    fn from(pictures: &Pictures<C, H, W, T>) -> Card {
        let (resize, preprocessing) = (Some(pictures.resize()), Some(pictures.normalize().clone()));
        Card { resize, preprocessing, classes: pictures.classes().to_vec() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::Flatten;
    use alloc::string::ToString;
    use alloc::vec;

    #[test]
    fn one_output_has_up_to_two_names() {
        let check = |classes: usize| {
            Card { classes: vec!["a".into(); classes], ..Card::default() }.check::<Flatten<1, 1, 1, 1>>()
        };
        assert!((0..3).all(|classes| check(classes).is_ok()));
        let expected = "the card: classes: found 3 names, expected 1, or 2: those of target 0 and target 1";
        assert_eq!(check(3).map_err(|error| error.to_string()), Err(expected.into()));
    }

    #[test]
    fn a_card_fits_the_network() {
        type Net = Flatten<2, 1, 3, 6>;
        let says = |card: Card| card.mismatches::<Net>().iter().map(Mismatch::to_string).collect::<Vec<_>>();
        let preprocessing = |mean: &[f64], std: &[f64]| Some(Normalize { mean: mean.into(), std: std.into() });
        assert!(says(Card::default()).is_empty());
        let classes = (0..6).map(|class| class.to_string()).collect();
        assert!(says(Card { preprocessing: preprocessing(&[0.5], &[1.0, 2.0]), classes, resize: None }).is_empty());
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
            says(Card {
                resize: Some(Resize::default()),
                preprocessing: preprocessing(&[f64::NAN; 3], &[0.0]),
                classes: vec!["cat".into()],
            }),
            [
                "classes: found 1 names, expected 6, one for each output",
                "resize: found a rule for pictures, expected none: pictures have 1 channel or 3, not 2",
                "mean: found 3 figures, expected 1, or 2, one for each channel",
                "mean: found NaN, expected a finite number",
                "std: found 0, expected a finite number above 0",
            ]
        );
    }

    #[cfg(feature = "std")]
    #[test]
    fn a_card_knows_its_data() {
        use crate::data::mnist::Mnist;
        use crate::data::{Dataset, HeldOut};

        let digits = Mnist::synthetic(20, 0).train;
        let mean =
            digits.images().iter().flat_map(|image| image.as_slice()).map(|&pixel| f64::from(pixel)).sum::<f64>();
        assert!((digits.mean_and_std().mean[0] - mean / (255.0 * 20.0 * 784.0)).abs() < 1e-12);
        let figures = digits.mean_and_std();
        let (train, validation) = digits.normalized::<f32>(&figures).split(HeldOut::Count(5));
        let card = Card::from(&train);
        assert_eq!(card, Card::from(&validation));
        assert_eq!((card.preprocessing, card.classes.len(), &*card.classes[7]), (Some(figures), 10, "7"));
    }
}
