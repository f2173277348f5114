//! Augmentation: random changes of images that keep their classes.
//!
//! A network that is trained on changed images generalizes better, because a shifted digit is still the same digit (Simard, Steinkraus
//! and Platt, *Best practices for convolutional neural networks applied to visual document analysis*, ICDAR 2003). Changes are drawn
//! anew each time an image is loaded for training. Evaluation sees the images as they are.
//!
//! ```
//! use shapeproof::data::mnist::Mnist;
//! use shapeproof::prelude::*;
//!
//! # fn main() -> Result<(), shapeproof::Error> {
//! # network! { type DigitNet = [1, 28, 28] => AvgPool2D(window = 4), Flatten, Dense(units = 10) }
//! # let mut trainer = Trainer::new(DigitNet::new(1), CrossEntropy::new(), SGD::new(0.1), Settings::default())?;
//! # let fit = Fit { epochs: 1, schedule: &Constant };
//! let (train, validation) = Mnist::synthetic(300, 0).train.split(HeldOut::Count(50));
//! let train = train.augmented(Augment::new().rotate(10.0).scale(0.9..=1.1).shift(2));
//! trainer.fit(&train, &validation, &fit, &mut [])?;
//! # Ok(())
//! # }
//! ```
//!
//! In the order in which they are applied:
//!
//! | | drawn for each image | in torchvision |
//! |---|---|---|
//! | [`flip_horizontal`](Augment::flip_horizontal), [`flip_vertical`](Augment::flip_vertical) | whether it is mirrored | `RandomHorizontalFlip`, `RandomVerticalFlip` |
//! | [`scale`](Augment::scale) | a factor | `RandomAffine(scale=)` |
//! | [`shear`](Augment::shear) | an angle, in degrees | `RandomAffine(shear=)` |
//! | [`rotate`](Augment::rotate) | an angle, in degrees | `RandomAffine(degrees=)`, `RandomRotation` |
//! | [`shift`](Augment::shift) | whole pixels, along each axis | `RandomAffine(translate=)` |
//! | [`elastic`](Augment::elastic) | a smooth field of displacements, in pixels | `ElasticTransform` |
//! | [`erase`](Augment::erase) | whether and where a rectangle is erased | `RandomErasing` |
//! | [`brightness`](Augment::brightness), [`contrast`](Augment::contrast) | a factor for each | `ColorJitter` |
//!
//! All numbers are uniformly distributed. Albumentations has the same parts, as `HorizontalFlip`, `VerticalFlip`, `Affine`,
//! `ElasticTransform`, `CoarseDropout` and `ColorJitter`.
//!
//! Each row shows one part on its own, on synthetic digits; the last row has all parts but the flip:
//!
#![doc = include_str!("sheet.svg")]
//!
//! # Which to choose
//! Changes that keep the class: a mirrored cat is a cat, but a mirrored 2 is no digit, a 6 that is rotated by 180° is a 9, and a d that is
//! flipped is a b. Choose by the loss on a validation part, never on the test set. The larger the changes, the more epochs are needed
//! until they help, and the smaller the learning rate may have to be.
//!
//! # One map, one interpolation
//! All changes of the shape, from the flip to the elastic field, are one map of coordinates. The image is resampled by it once, with
//! bilinear interpolation, so it is blurred once and not by each part. The map is that of the sample; all of its channels follow it.
//! With `A` for the rotation, shear, scale and flip together, `t` for the shift, `d` for the elastic field and `c` for the center, the
//! pixel `q` of the result is the image's at
//!
//! ```text
//! p = c + A⁻¹ (q + d(q) − c − t)
//! ```
//!
//! If only whole pixels are moved, by a shift or a flip, they are copied. What comes from outside the image repeats the pixel at the
//! edge. So the background of a digit stays its background, however the numbers are normalized.
//!
//! # Elastic deformation
//! A grid of random vectors, smoothed by cubic B-splines: as smooth as noise of one vector per pixel after a Gaussian filter of
//! `sigma`, which is how Simard et al. describe it, for a fraction of the cost. The distance between two vectors is `√3·sigma`, so
//! that the spline has the standard deviation of the Gaussian.
//!
//! # Brightness and contrast
//! Black is the number that the pixel 0 became when it was [normalized](Dataset::normalization), and white that of 255. Results
//! beyond are clipped. MNIST, [`Labeled`](super::labeled::Labeled) images and folders of pictures know these numbers. For other
//! data, such as [`Pairs`](super::Pairs), black is 0, and nothing is clipped.
//!
//! # Random numbers
//! They are a function of the seed with which an image is loaded. In a training this seed depends on the training's
//! [seed](crate::train::Settings::seed), the step, and the sample's place in the mini-batch: not on the thread, nor on the order in
//! which samples are loaded. So a training gives the same bits on any number of threads, and when it is stopped and resumed. All
//! arithmetic is defined to the last bit by IEEE 754 or done in software, so an image is changed in the same way on every machine.
//!
//! A checkpoint does not contain the augmentation, as it does not contain the data: resume a training with the same.
//!
//! An augmentation of your own is a dataset that wraps another, and implements [`load_augmented`](Dataset::load_augmented).

mod augmented;
mod elastic;
mod settings;
mod shade;
mod variation;
mod warp;

pub use self::augmented::Augmented;
pub use self::settings::Augment;
#[cfg(doc)]
use super::Dataset;
