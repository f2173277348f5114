//! Datasets: samples with their targets, and the order in which they are read.
//!
//! | | |
//! |---|---|
//! | [`Dataset`] | the interface a trainer reads from: samples by index, each written on demand |
//! | [`Pairs`] | samples in memory |
//! | [`Subset`], [`Selection`] | a range of another dataset; samples of it, chosen at random |
//! | [`Normalize`], [`Pixels`] | the conversion of pixels to numbers; pixels, planar or interleaved |
//! | [`Shuffle`](shuffle::Shuffle) | the order of an epoch, from a seed |
//! | [`Shifted`](augment::Shifted) | images shifted at random while training |
//! | [`synthetic`] | handwritten-looking digits, drawn from a seed |
//! | [`Idx`](idx::Idx) | an IDX file as a slice of samples, read or memory-mapped (needs `std`) |
//! | [`Labeled`](labeled::Labeled) | images and their class labels from two IDX files (needs `std`) |
//! | [`Mnist`](mnist::Mnist) | the handwritten digits, searched for in the usual places, and the sets of its format (needs `std`) |
//! | `ImageFolder` | a folder of PNG and JPEG files, decoded once (needs the feature `images`) |
//! | `download` | MNIST, Fashion-MNIST, KMNIST from the internet (needs the feature `download`) |
//!
//! A mini-batch is one chunk of an epoch's order; the last chunk may be shorter:
//!
//! ```
//! use shapeproof::data::shuffle::Shuffle;
//! use shapeproof::data::{Dataset, Pairs};
//! use shapeproof::tensor::{self, Vector};
//!
//! let inputs: Vec<Vector<2>> = (0..7).map(|i| Vector::from([i as f32, 1.0])).collect();
//! let labels = [0_usize, 1, 1, 0, 1, 0, 0];
//! let dataset = Pairs::new(&inputs, &labels);
//! let (train, validation) = dataset.split(5);
//! assert_eq!(validation.len(), 2);
//!
//! let mut shuffle = Shuffle::new(train.len(), 42);
//! let mut input = tensor::boxed();
//! for batch in shuffle.epoch(0).chunks(2) {
//!     for &index in batch {
//!         let label = train.load(index as usize, &mut input);
//!         assert_eq!(label, labels[input[[0, 0, 0]] as usize]);
//!     }
//! }
//! ```

pub mod augment;
#[cfg(feature = "download")]
pub mod download;
#[cfg(feature = "std")]
pub mod idx;
#[cfg(feature = "images")]
pub mod images;
#[cfg(feature = "std")]
pub mod labeled;
#[cfg(feature = "std")]
pub mod mnist;
mod normalize;
mod pairs;
mod pixels;
pub mod shuffle;
mod split;
pub mod synthetic;
#[cfg(feature = "std")]
mod user_cache;

use core::ops::Range;

#[cfg(feature = "images")]
pub use self::images::ImageFolder;
pub use self::normalize::Normalize;
pub use self::pairs::Pairs;
pub use self::pixels::Pixels;
pub use self::split::Selection;
#[cfg(feature = "std")]
pub use self::user_cache::user_cache;
use crate::shape::Shape;

/// Samples with their targets, read one at a time by index.
///
/// Conversions of stored bytes to numbers, such as normalization, happen in [`load`](Dataset::load), when a mini-batch is
/// assembled, so the dataset is never copied as a whole. Threads share a dataset, so `load` must not change it.
///
/// A dataset of your own has a length and a way to load a sample. This one keeps bytes, and makes numbers of them:
///
/// ```
/// use shapeproof::data::{Dataset, Normalize};
/// use shapeproof::tensor::Tensor;
///
/// struct Photos {
///     pixels: Vec<[u8; 9 * 7]>,
///     labels: Vec<usize>,
/// }
///
/// impl Dataset for Photos {
///     type Input = Tensor<1, 9, 7>;
///     type Target = usize;
///
///     fn len(&self) -> usize {
///         self.labels.len()
///     }
///
///     fn load(&self, index: usize, input: &mut Tensor<1, 9, 7>) -> usize {
///         Normalize::new(0.5, 0.25).apply(&self.pixels[index], input);
///         self.labels[index]
///     }
/// }
///
/// let photos = Photos { pixels: vec![[0; 63], [255; 63]], labels: vec![3, 8] };
/// let (_, validation) = photos.split(1);
/// let mut input = Tensor([[[f32::NAN; 7]; 9]]);
/// assert_eq!(validation.load(0, &mut input), 8);
/// assert_eq!(input, Tensor([[[2.0; 7]; 9]])); // (255/255 − 0.5) / 0.25
/// ```
pub trait Dataset: Sync {
    /// One sample: a [`Tensor`](crate::tensor::Tensor).
    type Input: Shape;

    /// The target output of the network: a class index (`usize`), or numbers.
    type Target: Copy + Send + Sync;

    /// The number of samples.
    fn len(&self) -> usize;

    /// Whether there are no samples.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes every value of sample `index` to `input`, and returns its target.
    ///
    /// # Panics
    ///
    /// If `index` is not below [`len`](Dataset::len).
    fn load(&self, index: usize, input: &mut Self::Input) -> Self::Target;

    /// Like [`load`](Dataset::load), for training: an augmented dataset varies the sample, as a function of `seed`.
    fn load_augmented(&self, index: usize, seed: u64, input: &mut Self::Input) -> Self::Target {
        let _ = seed;
        self.load(index, input)
    }

    /// The target of sample `index`. By default, the whole sample is loaded into memory allocated for it; a dataset that stores its
    /// targets apart returns it directly.
    ///
    /// # Panics
    ///
    /// If `index` is not below [`len`](Dataset::len).
    fn target(&self, index: usize) -> Self::Target {
        let mut input = crate::tensor::boxed::<Self::Input>();
        self.load(index, &mut input)
    }

    /// Splits the dataset into the samples before `at` and those from `at` on, for example into training and validation.
    ///
    /// If the samples are sorted by class, this puts the last classes into the second part alone. For such data there is
    /// [`split_stratified`](Dataset::split_stratified).
    ///
    /// # Panics
    ///
    /// If there are fewer than `at` samples.
    fn split(&self, at: usize) -> (Subset<'_, Self>, Subset<'_, Self>)
    where
        Self: Sized,
    {
        (Subset::new(self, 0..at), Subset::new(self, at..self.len()))
    }

    /// Splits the dataset at random into `at` samples and the rest. The same seed gives the same split, on every machine.
    ///
    /// # Panics
    ///
    /// If there are fewer than `at` samples, or more than 2³² − 1.
    fn split_shuffled(&self, at: usize, seed: u64) -> (Selection<'_, Self>, Selection<'_, Self>)
    where
        Self: Sized,
    {
        split::shuffled(self, at, seed)
    }

    /// Splits the dataset at random into `at` samples and the rest, both with the same share of every class, to within one sample.
    /// The same seed gives the same split, on every machine. The [target](Dataset::target) of every sample is read once.
    ///
    /// ```
    /// use shapeproof::data::{Dataset, Pairs};
    /// use shapeproof::tensor::Vector;
    ///
    /// // Sorted by class, as most folders are.
    /// let (inputs, labels) = ([Vector::from([0.5]); 8], [0, 0, 0, 0, 1, 1, 1, 1]);
    /// let data = Pairs::new(&inputs, &labels);
    /// let (train, test) = data.split_stratified(6, 1);
    /// assert_eq!((train.len(), [test.target(0), test.target(1)]), (6, [0, 1]));
    /// ```
    ///
    /// # Panics
    ///
    /// If there are fewer than `at` samples, or more than 2³² − 1.
    #[doc(alias = "train_test_split")]
    fn split_stratified(&self, at: usize, seed: u64) -> (Selection<'_, Self>, Selection<'_, Self>)
    where
        Self: Sized,
        Self::Target: Ord,
    {
        split::stratified(self, at, seed)
    }

    /// The first `count` samples, or all of them if there are fewer.
    fn take(&self, count: usize) -> Subset<'_, Self>
    where
        Self: Sized,
    {
        Subset::new(self, 0..count.min(self.len()))
    }
}

impl<D: Dataset> Dataset for &D {
    type Input = D::Input;
    type Target = D::Target;

    fn len(&self) -> usize {
        D::len(self)
    }

    fn load(&self, index: usize, input: &mut Self::Input) -> Self::Target {
        D::load(self, index, input)
    }

    fn load_augmented(&self, index: usize, seed: u64, input: &mut Self::Input) -> Self::Target {
        D::load_augmented(self, index, seed, input)
    }

    fn target(&self, index: usize) -> Self::Target {
        D::target(self, index)
    }
}

/// A contiguous range of another dataset, made by [`Dataset::split`] or [`Dataset::take`].
#[derive(Clone, Debug)]
pub struct Subset<'a, D> {
    dataset: &'a D,
    range: Range<usize>,
}

impl<'a, D: Dataset> Subset<'a, D> {
    /// The samples of `dataset` in `range`. Sample 0 of the subset is sample `range.start` of `dataset`.
    ///
    /// # Panics
    ///
    /// If `range` is not within the dataset.
    pub fn new(dataset: &'a D, range: Range<usize>) -> Self {
        let len = dataset.len();
        assert!(
            range.start <= range.end && range.end <= len,
            "Subset: the range {range:?} is not within the dataset's {len} samples"
        );
        Subset { dataset, range }
    }

    /// The index of sample `index` in the whole dataset.
    fn place(&self, index: usize) -> usize {
        let len = self.range.len();
        assert!(index < len, "Subset: there is no sample {index} among {len}");
        self.range.start + index
    }
}

impl<D: Dataset> Dataset for Subset<'_, D> {
    type Input = D::Input;
    type Target = D::Target;

    fn len(&self) -> usize {
        self.range.len()
    }

    fn load(&self, index: usize, input: &mut Self::Input) -> Self::Target {
        self.dataset.load(self.place(index), input)
    }

    fn load_augmented(&self, index: usize, seed: u64, input: &mut Self::Input) -> Self::Target {
        self.dataset.load_augmented(self.place(index), seed, input)
    }

    fn target(&self, index: usize) -> Self::Target {
        self.dataset.target(self.place(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::{Tensor, Vector};

    /// Five samples of two numbers; the target is minus the first number.
    const INPUTS: [Vector<2>; 5] = {
        let mut inputs = [Tensor([[[0.0]], [[9.0]]]); 5];
        let mut i = 0;
        while i < 5 {
            inputs[i].0[0][0][0] = i as f32;
            i += 1;
        }
        inputs
    };
    const TARGETS: [i32; 5] = [0, -1, -2, -3, -4];

    fn all<D: Dataset<Input = Vector<2>, Target = i32>>(dataset: D) -> alloc::vec::Vec<i32> {
        let mut input = Vector::from([7.0, 7.0]);
        (0..dataset.len())
            .map(|i| {
                let target = dataset.load(i, &mut input);
                assert_eq!(input, Vector::from([-target as f32, 9.0]));
                target
            })
            .collect()
    }

    #[test]
    fn a_dataset_is_split_and_cut() {
        let dataset = Pairs::new(&INPUTS, &TARGETS);
        assert_eq!(all(dataset), TARGETS);
        let (train, validation) = dataset.split(3);
        assert_eq!(all(&train), [0, -1, -2]);
        assert_eq!(all(&validation), [-3, -4]);
        assert_eq!(all(validation.take(1)), [-3]);
        assert_eq!(all(train.take(9).split(2).1), [-2]);
        assert!(dataset.split(5).1.is_empty());
    }

    #[test]
    #[should_panic(expected = "the range 0..6 is not within the dataset's 5 samples")]
    fn a_split_is_within_the_dataset() {
        Pairs::new(&INPUTS, &TARGETS).split(6);
    }

    #[test]
    #[should_panic(expected = "there is no sample 3 among 3")]
    fn a_subset_does_not_read_its_neighbors() {
        Pairs::new(&INPUTS, &TARGETS).take(3).load(3, &mut Vector::from([0.0, 0.0]));
    }

    #[test]
    #[should_panic(expected = "the number of inputs (left) is not that of targets (right)")]
    fn pairs_are_pairs() {
        Pairs::new(&INPUTS, &TARGETS[1..]);
    }
}
