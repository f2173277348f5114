//! Augmentation: random changes of samples that preserve their targets.

use super::Dataset;
use super::shuffle::{below, stream};
use crate::scalar::Scalar;
use crate::tensor::Tensor;

/// Shifts every image of a dataset by a random integer number of pixels, drawn each time it is loaded for training.
///
/// Each axis is shifted independently by `−pixels ..= pixels`, all equally likely. Pixels shifted in repeat the edge. A network
/// trained on shifted images generalizes better, because a shifted digit is still the same digit (Simard, Steinkraus and
/// Platt 2003, section 3, where translations are the first of the distortions).
///
/// [`load`](Dataset::load), which evaluation uses, returns the images unchanged.
///
/// ```
/// use shapeproof::data::augment::Shifted;
/// use shapeproof::data::{Dataset, Pairs};
/// use shapeproof::tensor::Tensor;
///
/// let images = [Tensor([[[1.0, 2.0, 3.0]]])];
/// let shifted = Shifted::new(Pairs::new(&images, &[7]), 1);
/// let mut image = Tensor([[[0.0; 3]]]);
/// assert_eq!(shifted.load(0, &mut image), 7);
/// assert_eq!(image, images[0]);
///
/// shifted.load_augmented(0, 4, &mut image);
/// assert!([[1.0, 1.0, 2.0], [1.0, 2.0, 3.0], [2.0, 3.0, 3.0]].contains(&image.0[0][0]));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Shifted<D> {
    dataset: D,
    pixels: i32,
}

impl<D> Shifted<D> {
    /// The images of `dataset`, shifted by up to `pixels` in each direction while training.
    pub fn new(dataset: D, pixels: u16) -> Self {
        Shifted { dataset, pixels: i32::from(pixels) }
    }
}

impl<const C: usize, const H: usize, const W: usize, T: Scalar, D> Dataset for Shifted<D>
where
    D: Dataset<Input = Tensor<C, H, W, T>>,
{
    type Input = D::Input;
    type Target = D::Target;

    fn len(&self) -> usize {
        self.dataset.len()
    }

    fn load(&self, index: usize, input: &mut Self::Input) -> Self::Target {
        self.dataset.load(index, input)
    }

    fn target(&self, index: usize) -> Self::Target {
        self.dataset.target(index)
    }

    fn load_augmented(&self, index: usize, seed: u64, input: &mut Self::Input) -> Self::Target {
        // The inner dataset uses the seed itself, so this one uses a separate stream.
        let mut rng = stream(seed, 1);
        let mut shift = || below(&mut rng, 2 * self.pixels as u32 + 1) as i32 - self.pixels;
        let (down, right) = (shift(), shift());
        let target = self.dataset.load_augmented(index, seed, input);
        for plane in &mut input.0 {
            slide(plane, down);
            for row in plane {
                slide(row, right);
            }
        }
        target
    }
}

/// Moves all items by `by` positions toward the end (or the beginning, if negative), repeating the one at the edge.
fn slide<I: Copy>(items: &mut [I], by: i32) {
    let (len, distance) = (items.len(), by.unsigned_abs() as usize);
    if distance == 0 || len == 0 {
        return;
    }
    let distance = distance.min(len - 1);
    if by > 0 {
        items.copy_within(..len - distance, distance);
        let edge = items[0];
        items[..distance].fill(edge);
    } else {
        items.copy_within(distance.., 0);
        let edge = items[len - 1];
        items[len - distance..].fill(edge);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Pairs;
    use alloc::vec::Vec;

    #[test]
    fn items_slide_and_edges_repeat() {
        let slid = |by| {
            let mut items = [1, 2, 3, 4];
            slide(&mut items, by);
            items
        };
        assert_eq!(slid(0), [1, 2, 3, 4]);
        assert_eq!(slid(1), [1, 1, 2, 3]);
        assert_eq!(slid(-2), [3, 4, 4, 4]);
        assert_eq!(slid(9), [1, 1, 1, 1]);
        assert_eq!(slid(-9), [4, 4, 4, 4]);
    }

    #[test]
    fn an_image_moves_as_a_whole_and_every_way_is_equally_likely() {
        // One bright pixel at row 3, column 4 of the second channel.
        let mut image = Tensor([[[0.0; 9]; 8]; 2]);
        image[[1, 3, 4]] = 1.0;
        let images = [image];
        let shifted = Shifted::new(Pairs::new(&images, &[5]), 2);
        let mut counts = [[0; 5]; 5];
        for seed in 0..5000 {
            assert_eq!(shifted.load_augmented(0, seed, &mut image), 5);
            let bright: Vec<_> = (0..2 * 8 * 9).filter(|&i| image.as_slice()[i] == 1.0).collect();
            assert_eq!(bright.len(), 1);
            let (row, column) = ((bright[0] - 72) / 9, (bright[0] - 72) % 9);
            counts[row - 1][column - 2] += 1;
        }
        // 200 each, with a standard deviation of 14.
        assert!(counts.iter().flatten().all(|&count| (140..260).contains(&count)), "{counts:?}");
    }

    #[test]
    fn a_seed_gives_a_shift() {
        let images = [Tensor([[[1.0, 2.0, 3.0, 4.0, 5.0]]])];
        let shifted = Shifted::new(Pairs::new(&images, &[0]), 2);
        let look = |seed| {
            let mut image = images[0];
            shifted.load_augmented(0, seed, &mut image);
            image.0[0][0]
        };
        assert!((0..50).all(|seed| look(seed) == look(seed)));
        assert!((0..50).any(|seed| look(seed) != look(seed + 1)));
    }
}
