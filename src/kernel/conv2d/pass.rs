//! What the plans have in common: the operands of the forward pass, and the parts of the backward pass.

use crate::shape::{Geometry, volume};

/// The operands of the forward pass of a convolution for one sample, and the output it writes.
pub struct Forward<'a, T> {
    /// `x`
    pub input: &'a [T],
    /// The weights.
    pub weight: &'a [T],
    /// The biases; empty if there are none.
    pub bias: &'a [T],
    /// `y`, overwritten.
    pub output: &'a mut [T],
}

/// The scratch of the forward pass, for one group of one sample.
pub struct Columns<'a, T> {
    /// The columns of [`im2col`](crate::kernel::im2col), `C·KH·KW × OH·OW`, or the image that is read in place.
    pub numbers: &'a mut [T],
    /// Where each row of columns begins in that image: `C·KH·KW`.
    pub starts: &'a mut [u32],
}

impl<T> Forward<'_, T> {
    #[inline(always)]
    pub(super) fn check(&self, group: &Geometry, groups: usize, columns: &Columns<'_, T>) {
        let (filters, patch) = (group.output.channels, group.patch());
        let numbers = [self.input.len(), self.weight.len(), self.output.len()];
        let expected = [group.input.len(), volume!(filters, patch), group.output.len()].map(|len| volume!(groups, len));
        assert_eq!(numbers, expected, "numbers and geometry");
        let biases = self.bias.len();
        assert!(biases == 0 || biases == volume!(groups, filters), "one bias for each filter, or none");
        let scratch = [volume!(patch, group.positions()), patch];
        assert_eq!([columns.numbers.len(), columns.starts.len()], scratch, "scratch and geometry");
    }
}

/// How a plan computes the gradients of the input and the weights of one group.
pub(super) trait Pass<T> {
    /// Prepares for the samples of a group with these weights; `to_input` tells whether the gradient of the input is needed.
    fn prepare(&mut self, weight: &[T], to_input: bool);

    /// Computes the gradient of the input of a sample, and adds the contribution of the sample to that of the weights.
    fn sample(
        &mut self,
        weight: &[T],
        input: &[T],
        grad_output: &[T],
        grad_input: Option<&mut [T]>,
        grad_weight: &mut [T],
    );

    /// Adds to the gradient of the weights what has been kept until all samples were seen.
    fn finish(&mut self, grad_weight: &mut [T]);
}
