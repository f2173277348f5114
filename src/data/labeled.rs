//! Gray images and their class labels, from a pair of IDX files: `input = (pixel / 255 − mean) / std`.

use std::boxed::Box;
use std::format;
use std::path::Path;
use std::string::String;
use std::vec::Vec;

use super::idx::Idx;
use super::normalize::Sums;
use super::{Dataset, Normalize};
use crate::error::{Error, Result};
use crate::scalar::Scalar;
use crate::tensor::Tensor;

/// Images of `H×W` gray pixels, each with the index of its class.
///
/// Only bytes are stored. Pixels are converted to numbers when they are [loaded](Dataset::load), by a table of 256 entries.
#[derive(Debug)]
pub struct Labeled<const H: usize, const W: usize, T = f32> {
    images: Idx<Tensor<1, H, W, u8>>,
    labels: Idx<u8>,
    classes: usize,
    names: Vec<String>,
    normalize: Normalize,
    table: [T; 256],
}

impl<const H: usize, const W: usize> Labeled<H, W> {
    /// Reads a file of images and the file of their labels, `0 … classes − 1`.
    /// Pixels load as numbers from 0 to 1; [`normalized`](Labeled::normalized) changes that.
    ///
    /// # Errors
    ///
    /// As [`Idx::read`] for each file; [`Error::Format`] if they do not have the same number of samples, or if a label is not
    /// below `classes`.
    pub fn read(images: impl AsRef<Path>, labels: impl AsRef<Path>, classes: usize) -> Result<Self> {
        let (images, labels) = (images.as_ref(), labels.as_ref());
        Labeled::pair(Idx::read(images)?, images, Idx::read(labels)?, labels, classes)
    }

    /// Like [`read`](Labeled::read), but the images are memory-mapped. The labels are not, so that they cannot change after the
    /// check.
    ///
    /// # Safety
    ///
    /// Nobody may write to the file of images, or shorten it, as long as it is mapped: see [`Idx::map`].
    ///
    /// # Errors
    ///
    /// As [`read`](Labeled::read), and [`Idx::map`] for the images.
    #[allow(unsafe_code)]
    pub unsafe fn map(images: impl AsRef<Path>, labels: impl AsRef<Path>, classes: usize) -> Result<Self> {
        let (images, labels) = (images.as_ref(), labels.as_ref());
        // SAFETY: the caller guarantees what `Idx::map` requires.
        let mapped = unsafe { Idx::map(images) }?;
        Labeled::pair(mapped, images, Idx::read(labels)?, labels, classes)
    }

    /// Images in memory and their labels, `0 … classes − 1`. Pixels load as numbers from 0 to 1.
    ///
    /// ```
    /// use shapeproof::data::labeled::Labeled;
    /// use shapeproof::tensor::{self, Tensor};
    ///
    /// let bytes = vec![128_u8; 5 * 8 * 6]; // five images, row by row
    /// let images: &[Tensor<1, 8, 6, u8>] = tensor::view(&bytes).expect("whole images");
    /// let data = Labeled::in_memory(images, [0, 1, 1, 0, 1], 2);
    /// ```
    ///
    /// # Panics
    ///
    /// If there is not one label for each image, or a label is not below `classes`.
    pub fn in_memory(
        images: impl Into<Box<[Tensor<1, H, W, u8>]>>,
        labels: impl Into<Box<[u8]>>,
        classes: usize,
    ) -> Self {
        let (images, labels) = (images.into(), labels.into());
        assert_eq!(images.len(), labels.len(), "the number of images (left) is not that of labels (right)");
        if let Some(label) = labels.iter().find(|&&label| usize::from(label) >= classes) {
            panic!("Labeled: the label {label} is no class below {classes}");
        }
        Labeled::new(Idx::in_memory(images), Idx::in_memory(labels), classes)
    }

    fn new(images: Idx<Tensor<1, H, W, u8>>, labels: Idx<u8>, classes: usize) -> Self {
        let normalize = Normalize::unit();
        Labeled { images, labels, classes, names: Vec::new(), table: normalize.table(), normalize }
    }

    /// Pairs `images`, from the first path, with `labels`, from the second, and checks them.
    pub(super) fn pair(
        images: Idx<Tensor<1, H, W, u8>>,
        images_path: &Path,
        labels: Idx<u8>,
        labels_path: &Path,
        classes: usize,
    ) -> Result<Self> {
        if images.len() != labels.len() {
            return Err(Error::Format {
                path: images_path.into(),
                what: "number of images",
                found: format!("{}", images.len()),
                expected: format!("{}, as there are labels in {}", labels.len(), labels_path.display()),
            });
        }
        if let Some((index, label)) = labels.iter().enumerate().find(|&(_, &label)| usize::from(label) >= classes) {
            return Err(Error::Format {
                path: labels_path.into(),
                what: "label",
                found: format!("{label} at index {index}"),
                expected: format!("a class below {classes}"),
            });
        }
        Ok(Labeled::new(images, labels, classes))
    }
}

impl<const H: usize, const W: usize, T> Labeled<H, W, T> {
    /// The same images, loaded with these figures as numbers of type `U`.
    ///
    /// # Panics
    ///
    /// As [`Normalize::table`].
    pub fn normalized<U: Scalar>(self, normalize: &Normalize) -> Labeled<H, W, U> {
        let Labeled { images, labels, classes, names, .. } = self;
        Labeled { images, labels, classes, names, table: normalize.table(), normalize: normalize.clone() }
    }

    /// The figures by which pixels become numbers; for a model's card.
    pub fn normalize(&self) -> &Normalize {
        &self.normalize
    }

    /// The mean and the standard deviation of all pixels, from exact sums. A deviation of 0, for images of one color, is replaced by
    /// 1; without images this is [`Normalize::unit`].
    pub fn mean_and_std(&self) -> Normalize {
        Sums::of(self.images.iter()).mean_and_std(self.images.len() * H * W)
    }

    /// The same images, with these names of the classes.
    ///
    /// # Panics
    ///
    /// If there is not one name for each class.
    pub fn named<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.names = names.into_iter().map(Into::into).collect();
        assert_eq!(self.names.len(), self.classes, "the number of names (left) is not that of classes (right)");
        self
    }

    /// The names of the classes, for a model's card; empty if they have none.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The images as they are stored.
    pub fn images(&self) -> &[Tensor<1, H, W, u8>] {
        &self.images
    }

    /// The labels as they are stored, each below [`classes`](Labeled::classes).
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// The number of classes, including those without samples.
    pub fn classes(&self) -> usize {
        self.classes
    }
}

impl<const H: usize, const W: usize, T: Scalar> Dataset for Labeled<H, W, T> {
    type Input = Tensor<1, H, W, T>;
    type Target = usize;

    fn len(&self) -> usize {
        self.labels.len()
    }

    fn load(&self, index: usize, input: &mut Self::Input) -> usize {
        let pixels = self.images[index].as_slice();
        for (number, &pixel) in input.as_mut_slice().iter_mut().zip(pixels) {
            *number = self.table[usize::from(pixel)];
        }
        usize::from(self.labels[index])
    }

    fn target(&self, index: usize) -> usize {
        usize::from(self.labels[index])
    }

    fn normalization(&self) -> Option<&Normalize> {
        Some(&self.normalize)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::string::ToString;

    use super::*;
    use crate::data::idx;

    const IMAGES: [Tensor<1, 2, 3, u8>; 3] =
        [Tensor([[[0, 51, 102], [153, 204, 255]]]), Tensor([[[1; 3]; 2]]), Tensor([[[7; 3]; 2]])];

    fn files(folder: &tempfile::TempDir, labels: &[u8]) -> (PathBuf, PathBuf) {
        let paths = (folder.path().join("images"), folder.path().join("labels"));
        idx::write(&paths.0, &IMAGES).unwrap();
        idx::write(&paths.1, labels).unwrap();
        paths
    }

    #[test]
    fn pixels_are_normalized_as_they_are_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let (images, labels) = files(&folder, &[3, 0, 2]);
        let unit = Labeled::<2, 3>::read(images, labels, 4).unwrap();
        assert_eq!((unit.len(), unit.classes(), unit.labels()), (3, 4, &[3, 0, 2][..]));
        assert_eq!(unit.images(), IMAGES);
        let mut input = Tensor([[[f32::NAN; 3]; 2]]);
        assert_eq!(unit.load(0, &mut input), 3);
        assert_eq!(input, Tensor([[[0.0, 0.2, 0.4], [0.6, 0.8, 1.0]]]));

        let mut input = Tensor([[[f64::NAN; 3]; 2]]);
        let halves = unit.normalized::<f64>(&Normalize::new(0.5, 0.25));
        assert_eq!(halves.load(0, &mut input), 3);
        for (found, expected) in input.as_slice().iter().zip([-2.0, -1.2, -0.4, 0.4, 1.2, 2.0]) {
            assert!((found - expected).abs() < 1e-15, "{found}, {expected}");
        }
        assert_eq!(halves.load(1, &mut input), 0);
        assert_eq!(halves.load(2, &mut input), 2);
    }

    #[test]
    fn counts_must_agree() {
        let folder = tempfile::tempdir().unwrap();
        let (images, labels) = files(&folder, &[3, 0]);
        let error = Labeled::<2, 3>::read(&images, &labels, 4).unwrap_err().to_string();
        let (images, labels) = (images.display(), labels.display());
        assert_eq!(error, format!("{images}: number of images: found 3, expected 2, as there are labels in {labels}"));
    }

    #[test]
    fn labels_must_be_classes() {
        let folder = tempfile::tempdir().unwrap();
        let (images, labels) = files(&folder, &[3, 0, 4]);
        let error = Labeled::<2, 3>::read(&images, &labels, 4).unwrap_err().to_string();
        assert_eq!(error, format!("{}: label: found 4 at index 2, expected a class below 4", labels.display()));
        assert!(Labeled::<2, 3>::read(&images, &labels, 5).is_ok());
    }

    fn two(labels: [u8; 2]) -> Labeled<1, 1> {
        Labeled::in_memory([Tensor([[[0]]]), Tensor([[[255]]])], labels, 3)
    }

    #[test]
    #[should_panic(expected = "Labeled: the label 3 is no class below 3")]
    fn a_label_is_a_class() {
        two([2, 3]);
    }

    #[test]
    #[should_panic(expected = "the number of names (left) is not that of classes (right)")]
    fn every_class_has_a_name() {
        two([0, 2]).named(["a", "b"]);
    }
}
