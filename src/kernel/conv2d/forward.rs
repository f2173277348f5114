//! The forward pass.

use super::pass::{Columns, Forward};
use super::plan::Plan;
use super::products;
use crate::scalar::Scalar;
use crate::shape::Geometry;

/// Computes `y = bias + weight · im2col(x)` for one sample of `groups` groups of channels and filters, each with the geometry `group`.
///
/// # Panics
/// If a slice does not have the length the geometry implies, or the geometry is not [that of a convolution](Geometry::check_convolution).
#[inline(always)]
pub fn conv2d<T: Scalar>(group: &Geometry, groups: usize, of: Forward<'_, T>, columns: Columns<'_, T>) {
    match Plan::forward(group, groups) {
        plan @ Plan::Depthwise(_) => depthwise_conv2d(&plan, group, groups, of, columns),
        plan @ Plan::Products(_) => product_conv2d(&plan, group, groups, of, columns),
    }
}

/// [`conv2d`] by its plan, which is [`Plan::Depthwise`], without the code for others.
#[inline(always)]
pub(crate) fn depthwise_conv2d<T: Scalar>(
    plan: &Plan,
    group: &Geometry,
    groups: usize,
    of: Forward<'_, T>,
    columns: Columns<'_, T>,
) {
    let Plan::Depthwise(depthwise) = *plan else { unreachable!("not a depthwise convolution") };
    of.check(group, groups, &columns);
    depthwise.forward(of, columns);
}

/// [`conv2d`] by its plan, which is [`Plan::Products`], without the code for others.
#[inline(always)]
pub(crate) fn product_conv2d<T: Scalar>(
    plan: &Plan,
    group: &Geometry,
    groups: usize,
    of: Forward<'_, T>,
    columns: Columns<'_, T>,
) {
    let Plan::Products(paths) = *plan else { unreachable!("a depthwise convolution") };
    of.check(group, groups, &columns);
    products::forward(paths.forward, group, groups, of, columns);
}
