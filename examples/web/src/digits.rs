//! The digits that a training sees: drawn by the crate, read from IDX files, embedded, or yours.

use shapeproof::data::idx::Idx;
use shapeproof::data::labeled::Labeled;
use shapeproof::data::{Augment, Dataset, HeldOut, Normalize, Subset, synthetic};
use shapeproof::tensor::Tensor;

/// An image as its bytes: white on black.
pub type Image = Tensor<1, 28, 28, u8>;

/// 200 of MNIST's test digits, 20 of each class, as IDX files.
const SAMPLES: [&[u8]; 2] =
    [include_bytes!("../samples/images-idx3-ubyte"), include_bytes!("../samples/labels-idx1-ubyte")];

/// So many of all digits are held out, but no more than the second number.
const HELD_OUT: [usize; 2] = [10, 1000];

/// Digits and their classes.
#[derive(Clone, Default)]
pub struct Digits {
    pub images: Vec<Image>,
    pub labels: Vec<u8>,
}

impl Digits {
    /// The embedded ones.
    pub fn samples() -> shapeproof::Result<Digits> {
        Digits::read(SAMPLES)
    }

    /// As many as wanted, drawn by the crate.
    pub fn synthetic(count: usize, seed: u64) -> Digits {
        let (images, labels) = synthetic::digits(count, seed);
        Digits { images: images.into(), labels: labels.into() }
    }

    /// Those of two IDX files.
    ///
    /// # Errors
    /// As [`Idx::from_bytes`]. That there are as many images as labels, and what classes there are, is for [`split`](Digits::split).
    pub fn read([images, labels]: [&[u8]; 2]) -> shapeproof::Result<Digits> {
        let (images, labels) = (Idx::<Image>::from_bytes(images)?, Idx::<u8>::from_bytes(labels)?);
        Ok(Digits { images: images.to_vec(), labels: labels.to_vec() })
    }

    /// Adds an image, and copies of it, each a little different: a network that sees few images of a class learns it from these.
    pub fn add(&mut self, image: Image, label: u8, copies: u32) {
        let augment = Augment::new().rotate(12.0).scale(0.85..=1.15).shear(8.0).shift(1);
        let varied = Labeled::in_memory(vec![image], [0], 1).augmented(augment);
        let (mut input, mut scratch) = (Tensor([[[0.0; 28]; 28]]), Tensor([[[0.0; 28]; 28]]));
        self.images.push(image);
        for seed in 0..copies {
            varied.load_augmented(0, u64::from(seed), &mut input, &mut scratch);
            self.images.push(Tensor(input.0.map(|plane| plane.map(|row| row.map(|x: f32| (255.0 * x).round() as u8)))));
        }
        self.labels.resize(self.images.len(), label);
    }

    /// What is trained on, and what is held out to measure: the same share of every class.
    ///
    /// # Errors
    /// A sentence, if there are too few digits, not as many images as labels, or a label that is no class.
    pub fn split(self, classes: usize, seed: u64) -> Result<[Subset<Labeled<28, 28>>; 2], String> {
        let (images, labels) = (self.images.len(), self.labels.len());
        if images != labels {
            return Err(format!("digits: found {images} images and {labels} labels, expected as many of both"));
        }
        if let Some((at, label)) = self.labels.iter().enumerate().find(|&(_, &label)| usize::from(label) >= classes) {
            return Err(format!("label {at}: found {label}, expected a class below {classes}"));
        }
        let held_out = (images / HELD_OUT[0]).min(HELD_OUT[1]);
        if held_out == 0 {
            return Err(format!("digits: found {images}, expected at least {}", HELD_OUT[0]));
        }
        let all = Labeled::in_memory(self.images, self.labels, classes).normalized(&Normalize::mnist());
        let (train, held_out) = Subset::all(all).split_stratified(HeldOut::Count(held_out), seed);
        Ok([train, held_out])
    }
}
