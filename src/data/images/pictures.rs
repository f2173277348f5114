//! Decoded pictures as a dataset.

use std::boxed::Box;
use std::fmt;
use std::path::{Path, PathBuf};
use std::string::String;
use std::sync::Arc;
use std::vec::Vec;

use rayon::prelude::*;

use super::cache;
use super::listing::Listing;
use crate::data::idx::Idx;
use crate::data::normalize::Sums;
use crate::data::{Dataset, Normalize, Resize, Subset};
use crate::scalar::Scalar;
use crate::tensor::Tensor;

/// Pictures of `H×W` pixels with `C` channels, each with the index of its class: those of a folder, or a part of them. A
/// [split](crate::data::Dataset::split_stratified) gives `Pictures` again, with all that is known about them.
///
/// Only bytes are stored, once for all parts. Pixels are converted to numbers when they are [loaded](Dataset::load), by a table for
/// each channel.
pub type Pictures<const C: usize, const H: usize, const W: usize, T = f32> = Subset<Decoded<C, H, W, T>>;

/// The whole of which [`Pictures`] are a part: a sample for each file of the folder, in the order of their names. Files that were left
/// out are black here, and in no `Pictures`.
pub struct Decoded<const C: usize, const H: usize, const W: usize, T = f32> {
    images: Arc<Idx<Tensor<C, H, W, u8>>>,
    about: Arc<About>,
    normalize: Normalize,
    /// The number for each pixel value, in each channel.
    tables: Box<[[T; 256]]>,
}

/// What is known about the pictures of a folder.
pub(super) struct About {
    root: PathBuf,
    rule: Resize,
    listing: Listing,
    skipped: Vec<Skipped>,
    /// The indices of those that have been skipped.
    without: Vec<usize>,
}

/// A file that has been left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The file.
    pub path: PathBuf,
    /// What was found instead of a picture.
    pub found: String,
}

impl About {
    pub fn new(root: PathBuf, rule: Resize, listing: Listing, skipped: Vec<cache::Skipped>) -> About {
        let without = skipped.iter().map(|(index, _)| *index).collect();
        let file = |(index, found): (usize, _)| Skipped { path: root.join(&listing.pictures[index].path), found };
        let skipped = skipped.into_iter().map(file).collect();
        About { root, rule, listing, skipped, without }
    }
}

impl<const C: usize, const H: usize, const W: usize, T: Scalar> Pictures<C, H, W, T> {
    /// The names of the classes, sorted; for a model's card.
    pub fn classes(&self) -> &[String] {
        &self.dataset.about.listing.classes
    }

    /// The rule by which they became pictures of `H×W`; for a model's card.
    pub fn resize(&self) -> Resize {
        self.dataset.about.rule
    }

    /// The figures by which pixels become numbers; for a model's card.
    pub fn normalize(&self) -> &Normalize {
        &self.dataset.normalize
    }

    /// The pixels of sample `index`, as they are stored.
    ///
    /// # Panics
    /// If there is no such sample.
    pub fn image(&self, index: usize) -> &Tensor<C, H, W, u8> {
        &self.dataset.images[self.place(index)]
    }

    /// The file of sample `index`.
    ///
    /// # Panics
    /// If there is no such sample.
    pub fn path(&self, index: usize) -> PathBuf {
        self.root().join(&self.dataset.about.listing.pictures[self.place(index)].path)
    }

    /// How many samples each class has.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = std::vec![0; self.classes().len()];
        (0..self.len()).for_each(|index| counts[self.target(index)] += 1);
        counts
    }

    /// The files of the folder that have been left out, with [`skip_bad`](super::ImageFolder::skip_bad).
    pub fn skipped(&self) -> &[Skipped] {
        &self.dataset.about.skipped
    }

    /// How many files have been ignored: those whose name has no ending of a picture, and those in no class.
    pub fn ignored(&self) -> usize {
        self.dataset.about.listing.ignored
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.dataset.about.root
    }

    /// The mean and the standard deviation of all pixels of these pictures, in each channel. They are computed from exact sums, on
    /// all cores. A deviation of 0, for pictures of one color, is replaced by 1; without pictures this is [`Normalize::unit`].
    pub fn mean_and_std(&self) -> Normalize {
        let images = &self.dataset.images;
        let sums = self.indices.par_chunks(256).map(|part| Sums::of(part.iter().map(|&index| &images[index as usize])));
        sums.reduce(Sums::zero, Sums::plus).mean_and_std(self.indices.len() * H * W)
    }

    /// The same pictures, loaded with these figures as numbers of type `U`.
    ///
    /// # Panics
    /// If there is neither one figure for all channels nor one for each, if a `mean` is not finite, or a `std` is not finite and
    /// above 0.
    pub fn normalized<U: Scalar>(self, normalize: &Normalize) -> Pictures<C, H, W, U> {
        let (Decoded { images, about, .. }, normalize) = (&*self.dataset, normalize.clone());
        let tables = tables(&normalize, C);
        let decoded = Decoded { images: images.clone(), about: about.clone(), tables, normalize };
        Subset { dataset: Arc::new(decoded), indices: self.indices }
    }
}

impl<const C: usize, const H: usize, const W: usize> Pictures<C, H, W> {
    /// All pictures but those that have been skipped, as numbers from 0 to 1.
    pub(super) fn of_folder(images: Idx<Tensor<C, H, W, u8>>, about: About) -> Self {
        let indices = (0..images.len()).filter(|index| about.without.binary_search(index).is_err());
        let indices = indices.map(|index| index as u32).collect();
        let normalize = Normalize::unit();
        let (images, about, tables) = (Arc::new(images), Arc::new(about), tables(&normalize, C));
        Subset { dataset: Arc::new(Decoded { images, about, tables, normalize }), indices }
    }
}

/// The numbers for the 256 pixel values, in each channel.
fn tables<T: Scalar>(normalize: &Normalize, channels: usize) -> Box<[[T; 256]]> {
    let of = |figures: &[f64], channel: usize| std::vec![figures[channel % figures.len()]];
    if let Some(mismatch) = normalize.mismatches(channels).first() {
        panic!("Normalize: {mismatch}");
    }
    let channel = |channel| Normalize { mean: of(&normalize.mean, channel), std: of(&normalize.std, channel) }.table();
    (0..channels).map(channel).collect()
}

impl<const C: usize, const H: usize, const W: usize, T: Scalar> Dataset for Decoded<C, H, W, T> {
    type Input = Tensor<C, H, W, T>;
    type Target = usize;

    fn len(&self) -> usize {
        self.images.len()
    }

    fn load(&self, index: usize, input: &mut Self::Input) -> usize {
        let planes = self.images[index].as_slice().chunks_exact(H * W);
        for ((numbers, pixels), table) in input.as_mut_slice().chunks_exact_mut(H * W).zip(planes).zip(&self.tables) {
            for (number, &pixel) in numbers.iter_mut().zip(pixels) {
                *number = table[usize::from(pixel)];
            }
        }
        self.target(index)
    }

    fn target(&self, index: usize) -> usize {
        self.about.listing.pictures[index].class as usize
    }

    fn normalization(&self) -> Option<&Normalize> {
        Some(&self.normalize)
    }
}

impl<const C: usize, const H: usize, const W: usize, T> fmt::Debug for Decoded<C, H, W, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let About { root, listing, .. } = &*self.about;
        f.debug_struct("Decoded").field("root", root).field("classes", &listing.classes).finish_non_exhaustive()
    }
}
