//! Samples and targets in memory.

use super::Dataset;
use crate::shape::Shape;

/// Samples and targets in memory, ready for the network.
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
        *input = self.inputs[index];
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
