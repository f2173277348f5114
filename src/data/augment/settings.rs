//! Which random changes are made, and how large they are.

use core::ops::RangeInclusive;

/// Random changes of images, drawn anew each time an image is loaded for training.
///
/// ```
/// use shapeproof::data::Augment;
///
/// let digits = Augment::new().shift(2).rotate(15.0).scale(0.9..=1.1).shear(10.0).elastic(1.0, 4.0);
/// let photos = Augment::new().shift(4).flip_horizontal(0.5).erase(0.25, 0.02..=0.2).brightness(0.2).contrast(0.2);
/// ```
///
/// A part that is not named changes nothing; one that is named twice has the last of its settings. The order in which parts are named
/// does not matter: they are applied in the order of the [table](super).
#[derive(Clone, Debug, PartialEq)]
pub struct Augment {
    pub(super) flip_horizontal: f64,
    pub(super) flip_vertical: f64,
    pub(super) scale: RangeInclusive<f64>,
    pub(super) shear: f64,
    pub(super) rotate: f64,
    pub(super) shift: u16,
    pub(super) elastic: Elastic,
    pub(super) erase: Erase,
    pub(super) brightness: f64,
    pub(super) contrast: f64,
}

/// By how much pixels are displaced, and how smoothly, both in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Elastic {
    pub amplitude: f64,
    pub sigma: f64,
}

/// How often a rectangle is erased, and which share of the image it covers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Erase {
    pub probability: f64,
    pub area: RangeInclusive<f64>,
}

impl Augment {
    /// The shortest `sigma` of [`elastic`](Augment::elastic), in pixels.
    pub const MIN_SIGMA: f64 = 1.0;

    /// The factors that [`scale`](Augment::scale) takes.
    pub const SCALES: RangeInclusive<f64> = 0.1..=10.0;

    /// No change at all.
    pub const fn new() -> Augment {
        Augment {
            flip_horizontal: 0.0,
            flip_vertical: 0.0,
            scale: 1.0..=1.0,
            shear: 0.0,
            rotate: 0.0,
            shift: 0,
            elastic: Elastic { amplitude: 0.0, sigma: Augment::MIN_SIGMA },
            erase: Erase { probability: 0.0, area: 0.0..=0.0 },
            brightness: 0.0,
            contrast: 0.0,
        }
    }

    /// Shifts the image by a whole number of pixels along each axis: `−pixels ..= pixels`, all equally likely. Without other changes
    /// of its shape, pixels are copied, so nothing is blurred.
    ///
    /// This is the `translate` of torchvision's `RandomAffine`, in pixels rather than as a share of the image.
    #[doc(alias = "translate")]
    pub fn shift(self, pixels: u16) -> Augment {
        Augment { shift: pixels, ..self }
    }

    /// Rotates the image about its center, by an angle between `−degrees` and `degrees`. This is torchvision's `RandomRotation`, and
    /// the `degrees` of its `RandomAffine`.
    ///
    /// # Panics
    ///
    /// If `degrees` is not from 0 to 180.
    pub fn rotate(self, degrees: f64) -> Augment {
        check("rotate", degrees, 0.0..=180.0);
        Augment { rotate: degrees, ..self }
    }

    /// Scales the image about its center, by the same factor along both axes; above 1 it becomes larger. This is the `scale` of
    /// torchvision's `RandomAffine`.
    ///
    /// # Panics
    ///
    /// If the factors are not in ascending order, or not in [`SCALES`](Augment::SCALES).
    #[doc(alias = "zoom")]
    pub fn scale(self, factors: RangeInclusive<f64>) -> Augment {
        check_range("scale", &factors, Augment::SCALES);
        Augment { scale: factors, ..self }
    }

    /// Slants the image: `x` becomes `x + y·tan φ`, for an angle `φ` between `−degrees` and `degrees`. This is the `shear` of
    /// torchvision's `RandomAffine`.
    ///
    /// # Panics
    ///
    /// If `degrees` is not from 0 to 80.
    pub fn shear(self, degrees: f64) -> Augment {
        check("shear", degrees, 0.0..=80.0);
        Augment { shear: degrees, ..self }
    }

    /// Displaces each pixel by a smooth random field: along each axis by `pixels` in the root mean square, and never by more than
    /// 3.62 times as much. A larger `sigma`, also in pixels, makes the field smoother; [how it is made](super#elastic-deformation).
    ///
    /// The elastic distortions of Simard, Steinkraus and Platt (2003), whose `σ` is `sigma`, and whose `α` is
    /// `pixels · sigma / 0.163`: with their `σ = 4` and `α = 34` for MNIST this is `elastic(1.4, 4.0)`. `ElasticTransform` in
    /// torchvision and albumentations.
    ///
    /// # Panics
    ///
    /// If `pixels` is negative or not finite, or `sigma` is below [`MIN_SIGMA`](Augment::MIN_SIGMA) or not finite.
    #[doc(alias = "ElasticTransform")]
    pub fn elastic(self, pixels: f64, sigma: f64) -> Augment {
        check("elastic, pixels", pixels, 0.0..=f64::MAX);
        check("elastic, sigma", sigma, Augment::MIN_SIGMA..=f64::MAX);
        Augment { elastic: Elastic { amplitude: pixels / super::elastic::DEVIATION, sigma }, ..self }
    }

    /// Mirrors the image left to right with this probability; torchvision's `RandomHorizontalFlip`.
    ///
    /// Not for digits and letters: a mirrored 2 is no 2.
    ///
    /// # Panics
    ///
    /// If `probability` is not from 0 to 1.
    #[doc(alias = "mirror")]
    pub fn flip_horizontal(self, probability: f64) -> Augment {
        check("flip_horizontal", probability, 0.0..=1.0);
        Augment { flip_horizontal: probability, ..self }
    }

    /// Mirrors the image top to bottom with this probability; torchvision's `RandomVerticalFlip`.
    ///
    /// Only for images that have no up and down, such as those of a microscope or from above.
    ///
    /// # Panics
    ///
    /// If `probability` is not from 0 to 1.
    pub fn flip_vertical(self, probability: f64) -> Augment {
        check("flip_vertical", probability, 0.0..=1.0);
        Augment { flip_vertical: probability, ..self }
    }

    /// Erases a rectangle with this probability: its pixels become the mean of each channel of the image. It covers a share of the
    /// image that is drawn from `area`, has an aspect ratio between 0.3 and 1/0.3, and lies anywhere within the image. A side that
    /// would be longer than the image is cut.
    ///
    /// Random erasing (Zhong et al. 2020), like Cutout (DeVries and Taylor 2017), teaches a network not to rely on one part of the
    /// image. `RandomErasing` in torchvision, where `area` is called `scale`; its default is `0.02..=0.33`.
    ///
    /// # Panics
    ///
    /// If `probability` is not from 0 to 1, or `area` not in ascending order from 0 to 1.
    #[doc(alias = "RandomErasing")]
    #[doc(alias = "cutout")]
    pub fn erase(self, probability: f64, area: RangeInclusive<f64>) -> Augment {
        check("erase, probability", probability, 0.0..=1.0);
        check_range("erase, area", &area, 0.0..=1.0);
        Augment { erase: Erase { probability, area }, ..self }
    }

    /// Multiplies the distance of each pixel from black by a factor between `1 − amount` and `1 + amount`; the `brightness` of
    /// torchvision's `ColorJitter`. [What is black](super#brightness-and-contrast).
    ///
    /// # Panics
    ///
    /// If `amount` is not from 0 to 1.
    #[doc(alias = "ColorJitter")]
    pub fn brightness(self, amount: f64) -> Augment {
        check("brightness", amount, 0.0..=1.0);
        Augment { brightness: amount, ..self }
    }

    /// Multiplies the distance of each pixel from the mean of its channel in the image by a factor between `1 − amount` and
    /// `1 + amount`. It is the `contrast` of torchvision's `ColorJitter`, which takes the mean of all channels instead.
    ///
    /// # Panics
    ///
    /// If `amount` is not from 0 to 1.
    #[doc(alias = "ColorJitter")]
    pub fn contrast(self, amount: f64) -> Augment {
        check("contrast", amount, 0.0..=1.0);
        Augment { contrast: amount, ..self }
    }
}

/// [`Augment::new`]
impl Default for Augment {
    fn default() -> Augment {
        Augment::new()
    }
}

/// Refuses a setting that is not in `allowed`; NaN is in no range.
#[track_caller]
fn check(setting: &str, found: f64, allowed: RangeInclusive<f64>) {
    let (low, high) = (allowed.start(), allowed.end());
    match *high {
        f64::MAX => assert!(
            allowed.contains(&found),
            "Augment: {setting}: found {found}, expected a finite number of at least {low}"
        ),
        _ => assert!(
            allowed.contains(&found),
            "Augment: {setting}: found {found}, expected a number from {low} to {high}"
        ),
    }
}

/// Refuses a range that is empty, or not in `allowed`.
#[track_caller]
fn check_range(setting: &str, found: &RangeInclusive<f64>, allowed: RangeInclusive<f64>) {
    let is_within = allowed.contains(found.start()) && allowed.contains(found.end());
    assert!(
        is_within && found.start() <= found.end(),
        "Augment: {setting}: found {found:?}, expected a range within {allowed:?}, the smaller number first"
    );
}

// Panics are caught with the standard library.
#[cfg(all(test, feature = "std"))]
mod tests {
    use alloc::string::String;
    use std::panic::catch_unwind;

    use super::*;

    #[test]
    fn settings_out_of_range_are_refused_in_words() {
        let new = Augment::new;
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        type Call = fn(f64) -> Augment;
        let single: [(Call, &[f64], &str); 10] = [
            (|x| Augment::new().rotate(x), &[-1.0, 180.5, nan], "rotate: found {}, expected a number from 0 to 180"),
            (|x| Augment::new().shear(x), &[-1.0, 81.0, nan], "shear: found {}, expected a number from 0 to 80"),
            (
                |x| Augment::new().elastic(x, 4.0),
                &[-1.0, inf, nan],
                "elastic, pixels: found {}, expected a finite number of at least 0",
            ),
            (
                |x| Augment::new().elastic(1.0, x),
                &[-1.0, 0.9, inf, nan],
                "elastic, sigma: found {}, expected a finite number of at least 1",
            ),
            (
                |x| Augment::new().flip_horizontal(x),
                &[-0.1, 1.1, nan],
                "flip_horizontal: found {}, expected a number from 0 to 1",
            ),
            (
                |x| Augment::new().flip_vertical(x),
                &[-0.1, 1.1, nan],
                "flip_vertical: found {}, expected a number from 0 to 1",
            ),
            (
                |x| Augment::new().erase(x, 0.1..=0.2),
                &[-0.1, 1.1, nan],
                "erase, probability: found {}, expected a number from 0 to 1",
            ),
            (
                |x| Augment::new().brightness(x),
                &[-0.1, 1.1, nan],
                "brightness: found {}, expected a number from 0 to 1",
            ),
            (|x| Augment::new().contrast(x), &[-0.1, 1.1, nan], "contrast: found {}, expected a number from 0 to 1"),
            (
                |x| Augment::new().scale(1.0..=x),
                &[0.9, 10.5, inf, nan],
                "scale: found 1.0..={:?}, expected a range within 0.1..=10.0, the smaller number first",
            ),
        ];
        for (call, values, text) in single {
            for &value in values {
                let panic = catch_unwind(|| call(value)).unwrap_err();
                let expected =
                    text.replace("{}", &alloc::format!("{value}")).replace("{:?}", &alloc::format!("{value:?}"));
                assert_eq!(*panic.downcast::<String>().unwrap(), alloc::format!("Augment: {expected}"));
            }
        }
        for area in [-0.1..=0.5, 0.5..=0.4, 0.5..=1.1, nan..=0.5] {
            let panic = catch_unwind(|| new().erase(0.5, area.clone())).unwrap_err().downcast::<String>().unwrap();
            assert!(panic.starts_with("Augment: erase, area: found "), "{panic}");
        }
        // What is at the limits is fine.
        let _ =
            new().rotate(180.0).shear(80.0).scale(0.1..=10.0).elastic(0.0, 1.0).erase(1.0, 0.0..=1.0).brightness(1.0);
    }
}
