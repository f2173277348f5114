//! What a model takes and gives.

use shapeproof::layer::Module;
use shapeproof::shape::{Dims, Shape};

/// The one input and the one output of a network. They are named as in the crate's ONNX export, so that a client of either finds
/// the same.
#[derive(Debug)]
pub struct Signature {
    pub input: TensorType,
    pub output: TensorType,
}

impl Signature {
    pub fn of<N: Module>() -> Signature {
        Signature {
            input: TensorType::new("input", N::Input::DIMS),
            output: TensorType::new("output", N::Output::DIMS),
        }
    }
}

/// A tensor of `[batch, C, H, W]`, or `[batch, C]` if its samples are vectors. Its numbers are FP32.
#[derive(Debug)]
pub struct TensorType {
    pub name: &'static str,
    /// The shape of a sample: `[C, H, W]` or `[C]`.
    pub sample: Vec<usize>,
}

impl TensorType {
    fn new(name: &'static str, dims: Dims) -> TensorType {
        let sample = if dims.is_flat() { vec![dims.channels] } else { vec![dims.channels, dims.height, dims.width] };
        TensorType { name, sample }
    }

    /// How many numbers a sample has.
    pub fn numbers(&self) -> usize {
        self.sample.iter().product()
    }

    /// `[-1, 1, 28, 28]`: the batch may have any size.
    pub fn any_batch(&self) -> Vec<i64> {
        [-1].into_iter().chain(self.sample.iter().map(|&length| length as i64)).collect()
    }

    /// The shape of a batch.
    pub fn batch(&self, samples: usize) -> Vec<usize> {
        [samples].into_iter().chain(self.sample.iter().copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_have_one_axis_and_images_three() {
        let image = TensorType::new("input", Dims::new(2, 3, 5));
        assert_eq!((image.any_batch(), image.batch(7), image.numbers()), (vec![-1, 2, 3, 5], vec![7, 2, 3, 5], 30));
        assert_eq!(TensorType::new("output", Dims::new(4, 1, 1)).any_batch(), [-1, 4]);
    }
}
