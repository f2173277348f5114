//! Decoded pictures as a dataset.

use std::fmt;
use std::path::{Path, PathBuf};
use std::string::String;
use std::sync::Arc;
use std::vec::Vec;

use rayon::prelude::*;

use super::cache;
use super::listing::Listing;
use crate::data::idx::Idx;
use crate::data::shuffle::Shuffle;
use crate::data::{Dataset, Normalize};
use crate::scalar::Scalar;
use crate::tensor::Tensor;

/// Pictures of `H×W` pixels with `C` channels, each with the index of its class: those of a folder, or a part of them.
///
/// Only bytes are stored, once for all parts. Pixels are converted to numbers when they are [loaded](Dataset::load), by a table for
/// each channel.
pub struct Pictures<const C: usize, const H: usize, const W: usize, T = f32> {
    images: Arc<Idx<Tensor<C, H, W, u8>>>,
    about: Arc<About>,
    /// The index in `images` of each sample.
    indices: Vec<u32>,
    /// The number for each pixel value, in each channel.
    tables: Arc<[[T; 256]]>,
}

/// What is known about the pictures of a folder.
pub(super) struct About {
    root: PathBuf,
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
    pub fn new(root: PathBuf, listing: Listing, skipped: Vec<cache::Skipped>) -> About {
        let without = skipped.iter().map(|(index, _)| *index).collect();
        let file = |(index, found): (usize, _)| Skipped { path: root.join(&listing.pictures[index].path), found };
        let skipped = skipped.into_iter().map(file).collect();
        About { root, listing, skipped, without }
    }
}

impl<const C: usize, const H: usize, const W: usize> Pictures<C, H, W> {
    /// All pictures but those that have been skipped, as numbers from 0 to 1.
    pub(super) fn new(images: Idx<Tensor<C, H, W, u8>>, about: About) -> Self {
        let indices = (0..images.len()).filter(|index| about.without.binary_search(index).is_err());
        let indices = indices.map(|index| index as u32).collect();
        Pictures { images: Arc::new(images), about: Arc::new(about), indices, tables: tables(&Normalize::unit(), C) }
    }
}

impl<const C: usize, const H: usize, const W: usize, T> Pictures<C, H, W, T> {
    /// The names of the classes, sorted; for a model's card.
    pub fn classes(&self) -> &[String] {
        &self.about.listing.classes
    }

    /// The class of sample `index`.
    ///
    /// # Panics
    /// If there is no such sample.
    pub fn label(&self, index: usize) -> usize {
        self.about.listing.pictures[self.indices[index] as usize].class as usize
    }

    /// The pixels of sample `index`, as they are stored.
    ///
    /// # Panics
    /// If there is no such sample.
    pub fn image(&self, index: usize) -> &Tensor<C, H, W, u8> {
        &self.images[self.indices[index] as usize]
    }

    /// The file of sample `index`.
    ///
    /// # Panics
    /// If there is no such sample.
    pub fn path(&self, index: usize) -> PathBuf {
        self.about.root.join(&self.about.listing.pictures[self.indices[index] as usize].path)
    }

    /// How many samples each class has.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = std::vec![0; self.classes().len()];
        (0..self.indices.len()).for_each(|index| counts[self.label(index)] += 1);
        counts
    }

    /// The files of the folder that have been left out, with [`skip_bad`](super::ImageFolder::skip_bad).
    pub fn skipped(&self) -> &[Skipped] {
        &self.about.skipped
    }

    /// How many files have been ignored: those whose name has no ending of a picture, and those in no class.
    pub fn ignored(&self) -> usize {
        self.about.listing.ignored
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.about.root
    }

    /// Splits the pictures into one part for training and one for validation, which has `percent` of each class, rounded. The seed
    /// draws them. A class keeps at least one picture for training.
    ///
    /// # Panics
    /// If `percent` is above 100.
    pub fn stratified_split(self, percent: usize, seed: u64) -> (Self, Self) {
        assert!(percent <= 100, "stratified_split: {percent} percent");
        let mut classes: Vec<Vec<u32>> = self.counts().into_iter().map(Vec::with_capacity).collect();
        (0..self.indices.len()).for_each(|index| classes[self.label(index)].push(self.indices[index]));
        let (mut train, mut validation) = (Vec::new(), Vec::new());
        for (class, members) in (0..).zip(classes) {
            let held_out = ((members.len() * percent + 50) / 100).min(members.len().saturating_sub(1));
            let mut order = Shuffle::new(members.len(), seed);
            let mut members = order.epoch(class).iter().map(|&place| members[place as usize]);
            validation.extend(members.by_ref().take(held_out));
            train.extend(members);
        }
        train.sort_unstable();
        validation.sort_unstable();
        let part = Pictures {
            images: self.images.clone(),
            about: self.about.clone(),
            indices: validation,
            tables: self.tables.clone(),
        };
        (Pictures { indices: train, ..self }, part)
    }

    /// The mean and the standard deviation of all pixels of these pictures, in each channel. They are computed from exact sums, on
    /// all cores. A deviation of 0, for pictures of one color, is replaced by 1; without pictures this is [`Normalize::unit`].
    pub fn mean_and_std(&self) -> Normalize {
        let images = &self.images;
        // Sums of p and p² over a channel.
        let sums = self.indices.par_iter().map(|&index| {
            let mut planes = images[index as usize].as_slice().chunks_exact(H * W);
            core::array::from_fn::<_, C, _>(|_| {
                planes.next().unwrap_or_default().iter().fold([0_u64; 2], |[sum, squares], &pixel| {
                    let pixel = u64::from(pixel);
                    [sum + pixel, squares + pixel * pixel]
                })
            })
        });
        let add = |a: [[u64; 2]; C], b: [[u64; 2]; C]| {
            core::array::from_fn(|channel| core::array::from_fn(|power| a[channel][power] + b[channel][power]))
        };
        let sums = sums.reduce(|| [[0; 2]; C], add);
        let count = (self.indices.len() * H * W) as u128;
        if count == 0 {
            return Normalize::unit();
        }
        let mean = |[sum, _]: &[u64; 2]| *sum as f64 / (255.0 * count as f64);
        // σ² = (n Σp² − (Σp)²) / n²
        let std = |[sum, squares]: &[u64; 2]| {
            let (sum, squares) = (u128::from(*sum), u128::from(*squares));
            match count * squares - sum * sum {
                0 => 1.0,
                scaled => (scaled as f64).sqrt() / (255.0 * count as f64),
            }
        };
        Normalize { mean: sums.iter().map(mean).collect(), std: sums.iter().map(std).collect() }
    }

    /// The same pictures, loaded with these figures as numbers of type `U`.
    ///
    /// # Panics
    /// If there is neither one figure for all channels nor one for each, if a `mean` is not finite, or a `std` is not finite and
    /// above 0.
    pub fn normalized<U: Scalar>(self, normalize: &Normalize) -> Pictures<C, H, W, U> {
        let Pictures { images, about, indices, .. } = self;
        Pictures { images, about, indices, tables: tables(normalize, C) }
    }
}

/// The numbers for the 256 pixel values, in each channel.
fn tables<T: Scalar>(normalize: &Normalize, channels: usize) -> Arc<[[T; 256]]> {
    let of = |figures: &[f64], channel: usize| std::vec![figures[channel % figures.len()]];
    if let Some(mismatch) = normalize.mismatches(channels).first() {
        panic!("Normalize: {mismatch}");
    }
    let channel = |channel| Normalize { mean: of(&normalize.mean, channel), std: of(&normalize.std, channel) }.table();
    (0..channels).map(channel).collect()
}

impl<const C: usize, const H: usize, const W: usize, T: Scalar> Dataset for Pictures<C, H, W, T> {
    type Input = Tensor<C, H, W, T>;
    type Target = usize;

    fn len(&self) -> usize {
        self.indices.len()
    }

    fn load(&self, index: usize, input: &mut Self::Input) -> usize {
        let planes = self.image(index).as_slice().chunks_exact(H * W);
        for ((numbers, pixels), table) in input.as_mut_slice().chunks_exact_mut(H * W).zip(planes).zip(&*self.tables) {
            for (number, &pixel) in numbers.iter_mut().zip(pixels) {
                *number = table[usize::from(pixel)];
            }
        }
        self.label(index)
    }

    fn target(&self, index: usize) -> usize {
        self.label(index)
    }
}

impl<const C: usize, const H: usize, const W: usize, T> fmt::Debug for Pictures<C, H, W, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("Pictures");
        f.field("root", &self.about.root).field("len", &self.indices.len()).field("classes", &self.classes());
        f.finish_non_exhaustive()
    }
}
