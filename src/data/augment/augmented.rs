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

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::data::Pairs;
    use crate::data::shuffle::below;
    use crate::tensor::Tensor;

    type Image = Tensor<2, 8, 9>;

    fn changed(data: &impl Dataset<Input = Image>, seed: u64) -> Image {
        let (mut input, mut scratch) = (Tensor([[[f32::NAN; 9]; 8]; 2]), Tensor([[[f32::NAN; 9]; 8]; 2]));
        data.load_augmented(0, seed, &mut input, &mut scratch);
        input
    }

    /// Also where a number has no value of its own in arithmetic: −0 and NaN are copied.
    #[test]
    fn a_shift_copies_whole_pixels() {
        let mut image = Tensor([[[0.0_f32; 9]; 8]; 2]);
        image.as_mut_slice().iter_mut().enumerate().for_each(|(i, x)| *x = i as f32 * 0.37 - 9.0);
        (image[[0, 3, 3]], image[[1, 0, 8]]) = (-0.0, f32::NAN);
        let images = [image];
        let data = Pairs::new(&images, &[5]).augmented(Augment::new().shift(3));
        for seed in 0..500 {
            let mut rng = stream(seed, 1);
            let mut by = || i64::from(below(&mut rng, 7)) - 3;
            let (down, right) = (by(), by());
            let found = changed(&data, seed);
            for (channel, row, column) in (0..144).map(|i| (i / 72, i / 9 % 8, i % 9)) {
                let at = |to: usize, by: i64, length: i64| (to as i64 - by).clamp(0, length - 1) as usize;
                let expected = image[[channel, at(row, down, 8), at(column, right, 9)]];
                assert_eq!(found[[channel, row, column]].to_bits(), expected.to_bits(), "{channel}, {row}, {column}");
            }
        }
    }

    #[test]
    fn an_image_moves_as_a_whole_and_every_way_is_equally_likely() {
        // One bright pixel at row 3, column 4 of the second channel.
        let mut image = Tensor([[[0.0; 9]; 8]; 2]);
        image[[1, 3, 4]] = 1.0;
        let images = [image];
        let shifted = Pairs::new(&images, &[5]).augmented(Augment::new().shift(2));
        let mut counts = [[0; 5]; 5];
        for seed in 0..5000 {
            let image = changed(&shifted, seed);
            let bright: Vec<_> = (0..2 * 8 * 9).filter(|&i| image.as_slice()[i] == 1.0).collect();
            assert_eq!(bright.len(), 1);
            let (row, column) = ((bright[0] - 72) / 9, (bright[0] - 72) % 9);
            counts[row - 1][column - 2] += 1;
        }
        // 200 each, with a standard deviation of 14.
        assert!(counts.iter().flatten().all(|&count| (140..260).contains(&count)), "{counts:?}");
    }
}
