//! Arrays in memory as a dataset.

use super::Dataset;
use crate::shape::Shape;

/// Inputs and targets in memory, ready for the network: `inputs[i]` with `targets[i]`.
///
/// ```
/// use shapeproof::data::{Dataset, Pairs};
/// use shapeproof::tensor::Vector;
///
/// let inputs = [[0.0, 1.0], [1.0, 1.0], [1.0, 0.0]].map(Vector::from);
/// let labels = [1, 0, 1];
/// let data = Pairs::new(&inputs, &labels);
/// assert_eq!((data.len(), data.target(2)), (3, 1));
/// ```
///
/// The targets are what the loss takes: class indices (`usize`) for [`CrossEntropy`](crate::loss::CrossEntropy), `bool` for
/// [`BinaryCrossEntropy`](crate::loss::BinaryCrossEntropy) with one output, a [`Vector`](crate::tensor::Vector) of numbers for
/// [`MSE`](crate::loss::MSE).
#[derive(Clone, Copy, Debug)]
pub struct Pairs<'a, I, T> {
    inputs: &'a [I],
    targets: &'a [T],
}

impl<'a, I, T> Pairs<'a, I, T> {
    /// Pairs `inputs[i]` with `targets[i]`.
    ///
    /// # Panics
    ///
    /// If the numbers of inputs and targets differ.
    pub fn new(inputs: &'a [I], targets: &'a [T]) -> Self {
        assert_eq!(inputs.len(), targets.len(), "Pairs: the number of inputs (left) is not that of targets (right)");
        Pairs { inputs, targets }
    }
}

impl<I: Shape, T: Copy + Send + Sync> Dataset for Pairs<'_, I, T> {
    type Input = I;
    type Target = T;

    fn len(&self) -> usize {
        self.inputs.len()
    }

    fn load(&self, index: usize, input: &mut I) -> T {
        // Not assigned: without optimizations, that copies the sample through the stack.
        input.as_mut_slice().copy_from_slice(self.inputs[index].as_slice());
        self.targets[index]
    }

    fn target(&self, index: usize) -> T {
        self.targets[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::Vector;

    #[test]
    #[should_panic(expected = "the number of inputs (left) is not that of targets (right)")]
    fn pairs_are_pairs() {
        Pairs::new(&[Vector::from([0.5]); 2], &[1]);
    }
}
