//! Datasets: samples with their targets, and the order in which they are read.
//!
//! | | |
//! |---|---|
//! | [`Dataset`] | the interface a trainer reads from: samples by index, each written on demand |
//! | [`Pairs`] | samples in memory |
//! | [`Subset`], [`HeldOut`] | chosen samples of another dataset; how many of them a split holds out |
//! | [`Normalize`], [`Pixels`] | the conversion of pixels to numbers; pixels, planar or interleaved |
//! | [`Resize`] | how a picture of any size becomes one of the network's input |
//! | [`Shuffle`](shuffle::Shuffle) | the order of an epoch, from a seed |
//! | [`Augment`] | random changes of images while training: shifted, rotated, flipped, … ([pictures](augment)) |
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
//! use shapeproof::data::{Dataset, HeldOut, Pairs};
//! use shapeproof::tensor::{self, Vector};
//!
//! let inputs: Vec<Vector<2>> = (0..7).map(|i| Vector::from([i as f32, 1.0])).collect();
//! let labels = [0_usize, 1, 1, 0, 1, 0, 0];
//! let dataset = Pairs::new(&inputs, &labels);
//! let (train, validation) = dataset.split(HeldOut::Count(2));
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
pub mod resize;
pub mod shuffle;
// The parts of a split share their dataset by an `Arc`, which processors without atomic operations do not have.
#[cfg(target_has_atomic = "ptr")]
mod split;
#[cfg(target_has_atomic = "ptr")]
mod subset;
pub mod synthetic;
#[cfg(feature = "std")]
mod user_cache;

pub use self::augment::{Augment, Augmented};
#[cfg(feature = "images")]
pub use self::images::ImageFolder;
pub use self::normalize::Normalize;
pub use self::pairs::Pairs;
pub use self::pixels::Pixels;
pub use self::resize::Resize;
#[cfg(target_has_atomic = "ptr")]
pub use self::split::HeldOut;
#[cfg(target_has_atomic = "ptr")]
pub use self::subset::Subset;
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
/// use shapeproof::data::{Dataset, HeldOut, Normalize};
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
/// let (_, validation) = photos.split(HeldOut::Count(1));
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
    ///
    /// `scratch` is memory for another sample. It has any values before and after the call, and saves an allocation.
    fn load_augmented(
        &self,
        index: usize,
        seed: u64,
        input: &mut Self::Input,
        scratch: &mut Self::Input,
    ) -> Self::Target {
        let _ = (seed, scratch);
        self.load(index, input)
    }

    /// How the pixels of the samples became numbers, if they were pixels and this is known; `None` by default.
    /// [`Augment`] takes from it which numbers are black and white.
    ///
    /// A dataset that wraps another returns that of the inner one. Without one, black is 0 for [changes of brightness and
    /// contrast](augment::Augment::brightness), and nothing is clipped.
    fn normalization(&self) -> Option<&Normalize> {
        None
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

    /// The same dataset, changed at random while training. Only the part to train on needs this: split first.
    ///
    /// ```
    /// use shapeproof::data::{Augment, Dataset, Pairs};
    /// use shapeproof::tensor::Tensor;
    ///
    /// let images = [Tensor([[[1.0, 2.0, 3.0]]])];
    /// let data = Pairs::new(&images, &[7]).augmented(Augment::new().shift(1));
    /// let (mut image, mut scratch) = (images[0], images[0]);
    /// assert_eq!(data.load_augmented(0, 4, &mut image, &mut scratch), 7);
    /// assert!([[1.0, 1.0, 2.0], [1.0, 2.0, 3.0], [2.0, 3.0, 3.0]].contains(&image.0[0][0]));
    /// ```
    fn augmented(self, augment: Augment) -> Augmented<Self>
    where
        Self: Sized,
    {
        Augmented::new(self, augment)
    }

    /// Splits the dataset in its order, for example into training and validation: the first part is what remains, the second are
    /// the last samples, which are [held out](HeldOut).
    ///
    /// The parts own the dataset together. To keep it, split a reference: `(&dataset).split(…)`.
    ///
    /// If the samples are sorted by class, this puts the last classes into the second part alone. For such data there is
    /// [`split_stratified`](Dataset::split_stratified).
    ///
    /// # Panics
    ///
    /// If more is held out than there is, or if there are more than 2³² − 1 samples.
    #[cfg(target_has_atomic = "ptr")]
    fn split(self, held_out: HeldOut) -> (Subset<Self>, Subset<Self>)
    where
        Self: Sized + Send,
    {
        Subset::all(self).split(held_out)
    }

    /// Splits the dataset at random: the first part is what remains, the second is [held out](HeldOut). The same seed gives the same
    /// split, on every machine.
    ///
    /// # Panics
    ///
    /// If more is held out than there is, or if there are more than 2³² − 1 samples.
    #[cfg(target_has_atomic = "ptr")]
    fn split_shuffled(self, held_out: HeldOut, seed: u64) -> (Subset<Self>, Subset<Self>)
    where
        Self: Sized + Send,
    {
        Subset::all(self).split_shuffled(held_out, seed)
    }

    /// Splits the dataset at random: the first part is what remains, the second is [held out](HeldOut). Both have the same share of
    /// every class, to within one sample; a class loses its last one to the second part only if nothing else is left to be held out.
    /// The same seed gives the same split, on every machine. The [target](Dataset::target) of every sample is read once.
    ///
    /// ```
    /// use shapeproof::data::{Dataset, HeldOut, Pairs};
    /// use shapeproof::tensor::Vector;
    ///
    /// // Sorted by class, as most folders are.
    /// let (inputs, labels) = ([Vector::from([0.5]); 8], [0, 0, 0, 0, 1, 1, 1, 1]);
    /// let data = Pairs::new(&inputs, &labels);
    /// let (train, test) = data.split_stratified(HeldOut::Percent(25), 1);
    /// assert_eq!((train.len(), [test.target(0), test.target(1)]), (6, [0, 1]));
    /// ```
    ///
    /// # Panics
    ///
    /// If more is held out than there is, or if there are more than 2³² − 1 samples.
    #[cfg(target_has_atomic = "ptr")]
    #[doc(alias = "train_test_split")]
    fn split_stratified(self, held_out: HeldOut, seed: u64) -> (Subset<Self>, Subset<Self>)
    where
        Self: Sized + Send,
        Self::Target: Ord,
    {
        Subset::all(self).split_stratified(held_out, seed)
    }

    /// The first `count` samples, or all of them if there are fewer.
    ///
    /// # Panics
    ///
    /// If there are more than 2³² − 1 samples.
    #[cfg(target_has_atomic = "ptr")]
    fn take(self, count: usize) -> Subset<Self>
    where
        Self: Sized + Send,
    {
        Subset::all(self).take(count)
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

    fn load_augmented(
        &self,
        index: usize,
        seed: u64,
        input: &mut Self::Input,
        scratch: &mut Self::Input,
    ) -> Self::Target {
        D::load_augmented(self, index, seed, input, scratch)
    }

    fn normalization(&self) -> Option<&Normalize> {
        D::normalization(self)
    }

    fn target(&self, index: usize) -> Self::Target {
        D::target(self, index)
    }
}
