//! A dataset whose images are changed while training.

use rand_xoshiro::rand_core::Rng;

use super::settings::Augment;
use super::shade::shade;
use super::variation::Variation;
use super::warp::warp;
use crate::data::shuffle::stream;
use crate::data::{Dataset, Normalize};
use crate::shape::Shape;

/// The images of another dataset, changed at random each time they are loaded for training; made by
/// [`Dataset::augmented`].
///
/// [`load`](Dataset::load), which evaluation uses, returns the images unchanged.
#[derive(Clone, Debug)]
pub struct Augmented<D> {
    dataset: D,
    augment: Augment,
}

impl<D> Augmented<D> {
    /// The images of `dataset`, changed by `augment`.
    pub fn new(dataset: D, augment: Augment) -> Self {
        Augmented { dataset, augment }
    }

    /// The dataset with the images as they are.
    pub fn dataset(&self) -> &D {
        &self.dataset
    }

    /// The changes.
    pub fn augment(&self) -> &Augment {
        &self.augment
    }
}

impl<D: Dataset> Dataset for Augmented<D> {
    type Input = D::Input;
    type Target = D::Target;

    fn len(&self) -> usize {
        self.dataset.len()
    }

    fn load(&self, index: usize, input: &mut Self::Input) -> Self::Target {
        self.dataset.load(index, input)
    }

    fn load_augmented(
        &self,
        index: usize,
        seed: u64,
        input: &mut Self::Input,
        scratch: &mut Self::Input,
    ) -> Self::Target {
        let variation = Variation::draw(&self.augment, D::Input::DIMS, seed);
        // A seed of its own, so that a dataset which is augmented twice is not changed twice in the same way.
        let inner_seed = stream(seed, 0).next_u64();
        let target = self.dataset.load_augmented(index, inner_seed, scratch, input);
        warp(&variation, scratch, input);
        shade(&variation, self.dataset.normalization(), input);
        target
    }

    fn target(&self, index: usize) -> Self::Target {
        self.dataset.target(index)
    }

    fn normalization(&self) -> Option<&Normalize> {
        self.dataset.normalization()
    }
}
