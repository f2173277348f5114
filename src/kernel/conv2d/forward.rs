//! The forward pass.

use super::plan::Plan;
use super::products;
use crate::scalar::Scalar;
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

/// Computes `y = bias + weight · im2col(x)` for one sample of `groups` groups of channels and filters, each with the geometry `group`.
///
/// # Panics
/// If a slice does not have the length the geometry implies, or the geometry is not [that of a convolution](Geometry::check_convolution).
#[inline(always)]
pub fn conv2d<T: Scalar>(group: &Geometry, groups: usize, of: Forward<'_, T>, columns: Columns<'_, T>) {
    match Plan::of(group, groups) {
        Plan::Depthwise(_) => depthwise_conv2d(group, groups, of, columns),
        Plan::Products(_) => product_conv2d(group, groups, of, columns),
    }
}

/// [`conv2d`] for a [`Plan::Depthwise`], without the code for others.
#[inline(always)]
pub(crate) fn depthwise_conv2d<T: Scalar>(
    group: &Geometry,
    groups: usize,
    of: Forward<'_, T>,
    columns: Columns<'_, T>,
) {
    let Plan::Depthwise(depthwise) = Plan::of(group, groups) else { unreachable!("not a depthwise convolution") };
    of.check(group, groups, &columns);
    depthwise.forward(of, columns);
}

/// [`conv2d`] for [`Plan::Products`], without the code for others.
#[inline(always)]
pub(crate) fn product_conv2d<T: Scalar>(group: &Geometry, groups: usize, of: Forward<'_, T>, columns: Columns<'_, T>) {
    let Plan::Products(paths) = Plan::of(group, groups) else { unreachable!("a depthwise convolution") };
    of.check(group, groups, &columns);
    products::forward(paths.forward, group, groups, of, columns);
}

impl<T> Forward<'_, T> {
    #[inline(always)]
    fn check(&self, group: &Geometry, groups: usize, columns: &Columns<'_, T>) {
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
