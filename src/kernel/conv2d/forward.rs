//! The forward pass.

use super::backward::BackwardScratch;
use super::pass::{Columns, Forward};
use super::plan::Plan;
use super::products;
use crate::scalar::Scalar;
use crate::shape::Geometry;

/// Computes `y = bias + weight · im2col(x)` for all samples of `groups` groups of channels and filters, each with the geometry `group`,
/// and what follows.
///
/// # Panics
/// If a slice does not have the length the geometry implies, the geometry is not [that of a convolution](Geometry::check_convolution), or
/// a pooling follows that this convolution [does not compute](Plan::most_pooled_rows).
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn conv2d<T: Scalar>(group: &Geometry, groups: usize, of: Forward<'_, T>, columns: Columns<'_, T>) {
    match Plan::forward(group, groups) {
        plan @ Plan::Depthwise(_) => depthwise_conv2d(&plan, group, groups, of, columns),
        plan @ Plan::Products(_) => product_conv2d(&plan, group, groups, of, columns),
        Plan::Winograd(_) => unreachable!("a plan of training"),
    }
}

/// [`conv2d`] by its plan, which is [`Plan::Depthwise`], without the code for others.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn depthwise_conv2d<T: Scalar>(
    plan: &Plan,
    group: &Geometry,
    groups: usize,
    of: Forward<'_, T>,
    columns: Columns<'_, T>,
) {
    let Plan::Depthwise(depthwise) = *plan else { unreachable!("not a depthwise convolution") };
    let [x, y] = of.check(group, groups, &columns);
    assert!(of.then.pool.is_none(), "no pooling is computed with a depthwise convolution");
    depthwise.forward([x, y], of, columns);
}

/// [`conv2d`] by its plan, which is [`Plan::Products`], without the code for others.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn product_conv2d<T: Scalar>(
    plan: &Plan,
    group: &Geometry,
    groups: usize,
    of: Forward<'_, T>,
    columns: Columns<'_, T>,
) {
    let Plan::Products(paths) = *plan else { unreachable!("not a convolution by matrix products") };
    let [x, y] = of.check(group, groups, &columns);
    products::forward(paths.forward, group, groups, [x, y], of, columns);
}

/// The forward pass of training by the plan of the backward pass, which is [`Plan::Winograd`], without the code for others; nothing
/// follows.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn winograd_conv2d<T: Scalar>(
    plan: &Plan,
    group: &Geometry,
    groups: usize,
    of: Forward<'_, T>,
    scratch: &mut BackwardScratch<T>,
) {
    let Plan::Winograd(layout) = plan else { unreachable!("not by Winograd's algorithm") };
    of.check_numbers(group, groups);
    assert!(of.then.is_none() && of.then.pool.is_none(), "nothing follows in training");
    scratch.winograd(group, groups).forward(layout, groups, of);
}
