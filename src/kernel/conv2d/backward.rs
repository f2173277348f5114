//! The backward pass: the gradients of the input, the weights and the bias, sample by sample and band by band.
//!
//! Its two halves, [`grad_input`](super::grad_input) and [`grad_weight`](super::grad_weight), each take the path the
//! [plan](super::plan) chooses. For each band they share whether the output's gradient is mostly zeros there, and the pattern
//! of its nonzero entries.

use super::plan::{GradInput, GradWeight, Plan, band_rows, bands};
use super::{depthwise, grad_input, grad_weight};
use crate::aligned::Aligned;
use crate::kernel::gemm::nt::add_gemm_nt;
use crate::kernel::matrix::Matrix;
use crate::kernel::sparse::{Pattern, count};
use crate::scalar::Scalar;
use crate::shape::{Geometry, volume};

/// The operands of the backward pass of a convolution, and the gradients it writes.
pub struct Backward<'a, T> {
    /// `x` of all samples.
    pub input: &'a [T],
    /// The weights.
    pub weight: &'a [T],
    /// `∂L/∂y` of all samples.
    pub grad_output: &'a [T],
    /// `∂L/∂x` of all samples, overwritten; `None` if it is not needed.
    pub grad_input: Option<&'a mut [T]>,
    /// `∂L/∂weight`, accumulated.
    pub grad_weight: &'a mut [T],
    /// `∂L/∂bias`, accumulated; empty if there are no biases.
    pub grad_bias: &'a mut [T],
}

/// The workspace of the backward pass of a convolution.
pub struct BackwardScratch<T> {
    /// The geometry of a group, and how many there are.
    group: Geometry,
    groups: usize,
    to_input: grad_input::Scratch<T>,
    to_weight: grad_weight::Scratch<T>,
    /// The patches of a band, or their gradients.
    patches: Aligned<T>,
    /// Where the output's gradient in a band is not zero, if most of it is.
    by_filter: Pattern,
    /// Ones: the gradient of the bias is a sum over positions, computed as a dot product with ones.
    ones: Aligned<T>,
    depthwise: Option<depthwise::Scratch<T>>,
}

impl<T: Scalar> BackwardScratch<T> {
    /// Allocates the workspace for a convolution of `groups` groups with the geometry `group`.
    ///
    /// # Panics
    /// If the geometry is not [that of a convolution](Geometry::check_convolution), or memory cannot be allocated.
    pub fn new(group: &Geometry, groups: usize) -> Self {
        let plan = Plan::of(group, groups);
        let depthwise = match plan.grad_input {
            GradInput::Depthwise(depthwise) => Some(depthwise::Scratch::new(depthwise)),
            _ => None,
        };
        let positions = if depthwise.is_some() { 0 } else { band_rows::<T>(group) * group.output.width };
        let (filters, mut ones) = (group.output.channels, Aligned::zeros(group.positions()));
        ones.fill(T::one());
        BackwardScratch {
            group: *group,
            groups,
            to_input: grad_input::Scratch::new(group, plan.grad_input, positions),
            to_weight: grad_weight::Scratch::new(group, plan.grad_weight),
            patches: Aligned::zeros(volume!(group.patch(), positions)),
            by_filter: Pattern::with_capacity(filters, filters * positions),
            ones,
            depthwise,
        }
    }
}

/// Computes the gradients of all samples, of `groups` groups of channels and filters, each with the geometry `group`:
///
/// ```text
/// ∂L/∂weight += ∂L/∂y · im2row(x)        ∂L/∂bias[o] += Σ ∂L/∂y[o]        ∂L/∂x = row2im(∂L/∂yᵀ · weight)
/// ```
///
/// # Panics
/// If a slice does not have the length the geometry implies, the geometry is not
/// [that of a convolution](Geometry::check_convolution), or the scratch was made for another.
#[inline(always)]
pub fn conv2d_backward<T: Scalar>(
    group: &Geometry,
    groups: usize,
    of: Backward<'_, T>,
    scratch: &mut BackwardScratch<T>,
) {
    let plan = Plan::of(group, groups);
    if *group != scratch.group || groups != scratch.groups {
        refuse(*group, scratch.group);
    }
    let (filters, patch) = (group.output.channels, group.patch());
    let (x, y, weights) = (groups * group.input.len(), groups * group.output.len(), volume!(filters, patch));
    let samples = of.input.len() / x;
    assert_eq!(
        [
            of.input.len(),
            of.grad_output.len(),
            of.grad_input.as_ref().map_or(samples * x, |grad_input| grad_input.len())
        ],
        [samples * x, samples * y, samples * x],
        "whole samples"
    );
    let all = [weights * groups, weights * groups, if of.grad_bias.is_empty() { 0 } else { filters * groups }];
    assert_eq!([of.weight.len(), of.grad_weight.len(), of.grad_bias.len()], all, "weights and geometry");

    let Backward { input, weight, grad_output, mut grad_input, grad_weight, grad_bias } = of;
    let BackwardScratch { to_input, to_weight, patches, by_filter, ones, depthwise, .. } = scratch;
    let Geometry { input: from, output: to, .. } = *group;
    let weight_by_band = matches!(plan.grad_weight, GradWeight::Implicit | GradWeight::Im2row);
    let input_by_band = grad_input.is_some() && matches!(plan.grad_input, GradInput::Row2im);
    for g in 0..groups {
        let (weight, grad_weight) = (&weight[g * weights..][..weights], &mut grad_weight[g * weights..][..weights]);
        if grad_input.is_some() {
            to_input.prepare(group, plan.grad_input, weight);
        }
        to_weight.prepare();
        if let Some(depthwise) = depthwise {
            depthwise.prepare(weight);
        }
        for n in 0..samples {
            let at = n * groups + g;
            let (x, dy) = (&input[at * from.len()..][..from.len()], &grad_output[at * to.len()..][..to.len()]);
            let mut dx = grad_input.as_deref_mut().map(|grad_input| &mut grad_input[at * from.len()..][..from.len()]);
            if !grad_bias.is_empty() {
                let (dy, ones) = (Matrix::new(dy, filters, group.positions()), Matrix::new(ones, 1, group.positions()));
                add_gemm_nt(dy, ones, &mut grad_bias[g * filters..][..filters]);
            }
            if let (GradInput::Depthwise(layout), Some(depthwise)) = (plan.grad_input, &mut *depthwise) {
                depthwise.sample(layout, x, dy, dx, grad_weight);
                continue;
            }
            to_weight.sample(group, plan.grad_weight, x, dy, patches, grad_weight);
            if let Some(dx) = &mut dx {
                to_input.sample(group, plan.grad_input, weight, dy, patches, dx);
            }
            if weight_by_band || input_by_band {
                for band in bands::<T>(group) {
                    let positions = band.len() * to.width;
                    let patches = &mut patches[..patch * positions];
                    let dy = Matrix::strided(&dy[band.start * to.width..], filters, positions, group.positions());
                    let is_sparse = 2 * count(dy) <= filters * positions;
                    if is_sparse {
                        by_filter.find(dy);
                    }
                    let by_filter = is_sparse.then_some(&*by_filter);
                    if weight_by_band {
                        to_weight.band(group, plan.grad_weight, band.clone(), dy, by_filter, patches);
                    }
                    if input_by_band {
                        to_input.band(group, band, dy, by_filter, patches);
                    }
                }
            }
            if let (true, Some(dx)) = (input_by_band, dx) {
                to_input.finish(group, dx);
            }
        }
        to_weight.finish(group, plan.grad_weight, grad_weight);
    }
}

/// Panics. The geometries are passed by value: if the address of one were taken, it would not be a compile-time constant anymore.
#[cold]
#[inline(never)]
#[track_caller]
fn refuse(geometry: Geometry, scratch: Geometry) -> ! {
    panic!("a convolution of {geometry:?} with the scratch of {scratch:?}")
}
