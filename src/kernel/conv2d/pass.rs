//! What the plans have in common: the operands of the forward pass, and the parts of the backward pass.

use super::operand::Operand;
use crate::kernel::epilogue::Epilogue;
use crate::kernel::moments::Moments;
use crate::scalar::Scalar;
use crate::shape::{Geometry, volume};

/// The operands of the forward pass of a convolution, and the output it writes.
pub struct Forward<'a, T> {
    /// `x` of all samples.
    pub input: Operand<'a, T>,
    /// The weights.
    pub weight: &'a [T],
    /// The biases; empty if there are none.
    pub bias: &'a [T],
    /// What follows the convolution.
    pub then: Epilogue<'a, T>,
    /// `y` of all samples, or what follows makes of it; overwritten.
    pub output: &'a mut [T],
    /// The moments of the output, if a batch normalization follows: computed while it is in cache.
    pub moments: Option<Moments<'a>>,
}

/// The scratch of the forward pass, for one group of one sample.
pub struct Columns<'a, T> {
    /// The columns of [`im2col`](crate::kernel::im2col), `C·KH·KW × OH·OW`, or the image that is read in place.
    pub numbers: &'a mut [T],
    /// Where each row of columns begins in that image: `C·KH·KW`.
    pub starts: &'a mut [u32],
    /// The weights of all groups in the order in which they are read: as many as there are weights.
    pub panels: &'a mut [T],
}

impl<T> Columns<'_, T> {
    /// The same scratch for a shorter time.
    #[inline(always)]
    pub(super) fn reborrow(&mut self) -> Columns<'_, T> {
        Columns { numbers: self.numbers, starts: self.starts, panels: self.panels }
    }
}

impl<'a, T: Scalar> Forward<'a, T> {
    /// The operands of a convolution that nothing follows.
    pub fn new(input: impl Into<Operand<'a, T>>, weight: &'a [T], bias: &'a [T], output: &'a mut [T]) -> Self {
        Forward { input: input.into(), weight, bias, then: Epilogue::NONE, output, moments: None }
    }

    /// The numbers of one sample: of its input, and of its output after what follows.
    #[inline(always)]
    pub(super) fn check(&self, group: &Geometry, groups: usize, columns: &Columns<'_, T>) -> [usize; 2] {
        let patch = group.patch();
        let scratch = [volume!(patch, group.positions()), patch, self.weight.len()];
        let found = [columns.numbers.len(), columns.starts.len(), columns.panels.len()];
        assert_eq!(found, scratch, "scratch and geometry");
        self.check_numbers(group, groups)
    }

    /// The same without scratch.
    #[inline(always)]
    pub(super) fn check_numbers(&self, group: &Geometry, groups: usize) -> [usize; 2] {
        let (filters, patch, to) = (group.output.channels, group.patch(), group.output);
        let [ph, pw] = self.then.pool.unwrap_or([1, 1]);
        assert!(ph > 0 && pw > 0, "a pooling has windows");
        let (x, y) = (volume!(groups, group.input.len()), volume!(groups, filters, to.height / ph, to.width / pw));
        let samples = self.input.len() / x;
        let found = [self.input.len(), self.weight.len(), self.output.len()];
        assert_eq!(
            found,
            [volume!(samples, x), volume!(groups, filters, patch), volume!(samples, y)],
            "numbers and geometry"
        );
        if let Some(scale) = self.then.scale {
            assert_eq!(scale.map(<[T]>::len), [volume!(groups, filters); 2], "a factor and a shift for each filter");
        }
        let biases = self.bias.len();
        assert!(biases == 0 || biases == volume!(groups, filters), "one bias for each filter, or none");
        [x, y]
    }
}

/// How a plan computes the gradients of the input and the weights of one group.
pub(super) trait Pass<T> {
    /// Whether all groups of a sample, which lie side by side, are computed before the next sample: preparing must take little time.
    const SAMPLE_BY_SAMPLE: bool = false;

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
