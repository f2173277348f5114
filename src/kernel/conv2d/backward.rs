//! The backward pass: the gradients of the input, the weights and the bias, group by group and sample by sample.
//!
//! The geometry that a layer gives is the address of a constant, and is handed on as that: then its sizes are known to the compiler
//! also in a function that is not inlined. Whoever took the address of a copy would have them loaded from memory everywhere; so what
//! cannot have the constant takes the geometry by value.

use super::operand::Operand;
use super::pass::Pass;
use super::plan::Plan;
use super::{depthwise, products, winograd};
use crate::aligned::Aligned;
use crate::kernel::gemm::nt::add_gemm_nt;
use crate::kernel::matrix::Matrix;
use crate::scalar::Scalar;
use crate::shape::{Geometry, volume};

/// The operands of the backward pass of a convolution, and the gradients it writes.
pub struct Backward<'a, T> {
    /// `x` of all samples.
    pub input: Operand<'a, T>,
    /// The weights.
    pub weight: &'a [T],
    /// `∂L/∂y` of all samples.
    pub grad_output: Operand<'a, T>,
    /// `∂L/∂x` of all samples, overwritten; `None` if it is not needed.
    pub grad_input: Option<&'a mut [T]>,
    /// `∂L/∂weight`, accumulated.
    pub grad_weight: &'a mut [T],
    /// `∂L/∂bias`, accumulated; empty if there are no biases.
    pub grad_bias: &'a mut [T],
}

/// The workspace of the backward pass of a convolution, and with [`Plan::Winograd`] of the forward pass in training.
pub struct BackwardScratch<T> {
    /// The geometry of a group, and how many there are.
    group: Geometry,
    groups: usize,
    /// Ones: the gradient of the bias is a sum over positions, computed as a dot product with ones.
    ones: Aligned<T>,
    plan: Scratch<T>,
}

/// The workspace of a [`Plan`].
enum Scratch<T> {
    Depthwise(depthwise::Scratch<T>),
    Products(products::Scratch<T>),
    Winograd(winograd::Scratch<T>),
}

impl<T: Scalar> BackwardScratch<T> {
    /// Allocates the workspace for a convolution of `groups` groups with the geometry `group`.
    ///
    /// # Panics
    /// If the geometry is not [that of a convolution](Geometry::check_convolution), or memory cannot be allocated.
    pub fn new(group: &Geometry, groups: usize) -> Self {
        let plan = match Plan::backward::<T>(group, groups) {
            Plan::Depthwise(depthwise) => Scratch::Depthwise(depthwise::Scratch::new(depthwise)),
            Plan::Products(paths) => Scratch::Products(products::Scratch::new(group, paths)),
            Plan::Winograd(layout) => Scratch::Winograd(winograd::Scratch::new(&layout)),
        };
        let mut ones = Aligned::zeros(group.positions());
        ones.fill(T::one());
        BackwardScratch { group: *group, groups, ones, plan }
    }

    /// The ones and the workspace of the plan, if they were made for this convolution.
    #[inline(always)]
    fn checked(&mut self, group: &Geometry, groups: usize) -> (&[T], &mut Scratch<T>) {
        if *group != self.group || groups != self.groups {
            refuse(*group, self.group);
        }
        (&self.ones, &mut self.plan)
    }

    /// The workspace of [`Plan::Winograd`], which is that of the forward pass too.
    #[inline(always)]
    pub(super) fn winograd(&mut self, group: &Geometry, groups: usize) -> &mut winograd::Scratch<T> {
        match self.checked(group, groups) {
            (_, Scratch::Winograd(scratch)) => scratch,
            _ => unreachable!("not by Winograd's algorithm"),
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
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn conv2d_backward<T: Scalar>(
    group: &Geometry,
    groups: usize,
    of: Backward<'_, T>,
    scratch: &mut BackwardScratch<T>,
) {
    match Plan::backward::<T>(group, groups) {
        plan @ Plan::Depthwise(_) => depthwise_conv2d_backward(&plan, group, groups, of, scratch),
        plan @ Plan::Products(_) => product_conv2d_backward(&plan, group, groups, of, scratch),
        plan @ Plan::Winograd(_) => winograd_conv2d_backward(&plan, group, groups, of, scratch),
    }
}

/// [`conv2d_backward`] by its plan, which is [`Plan::Depthwise`], without the code for others.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn depthwise_conv2d_backward<T: Scalar>(
    plan: &Plan,
    group: &Geometry,
    groups: usize,
    of: Backward<'_, T>,
    scratch: &mut BackwardScratch<T>,
) {
    match (*plan, scratch.checked(group, groups)) {
        (Plan::Depthwise(layout), (ones, Scratch::Depthwise(scratch))) => {
            of.compute(group, groups, ones, depthwise::Backward { layout, scratch });
        }
        _ => unreachable!("not a depthwise convolution"),
    }
}

/// [`conv2d_backward`] by its plan, which is [`Plan::Products`], without the code for others.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn product_conv2d_backward<T: Scalar>(
    plan: &Plan,
    group: &Geometry,
    groups: usize,
    of: Backward<'_, T>,
    scratch: &mut BackwardScratch<T>,
) {
    match (*plan, scratch.checked(group, groups)) {
        (Plan::Products(paths), (ones, Scratch::Products(scratch))) => {
            of.compute(group, groups, ones, products::Backward { group, paths, scratch });
        }
        _ => unreachable!("not a convolution by matrix products"),
    }
}

/// [`conv2d_backward`] by its plan, which is [`Plan::Winograd`], without the code for others.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn winograd_conv2d_backward<T: Scalar>(
    plan: &Plan,
    group: &Geometry,
    groups: usize,
    of: Backward<'_, T>,
    scratch: &mut BackwardScratch<T>,
) {
    match (plan, scratch.checked(group, groups)) {
        (Plan::Winograd(layout), (ones, Scratch::Winograd(scratch))) => {
            of.compute(group, groups, ones, winograd::Backward { layout, scratch });
        }
        _ => unreachable!("not by Winograd's algorithm"),
    }
}

impl<T: Scalar> Backward<'_, T> {
    #[inline(always)]
    fn compute<P: Pass<T>>(self, group: &Geometry, groups: usize, ones: &[T], mut pass: P) {
        let Backward { mut input, weight, mut grad_output, mut grad_input, grad_weight, grad_bias } = self;
        let (filters, positions) = (group.output.channels, group.positions());
        let (x, y, weights) = (group.input.len(), group.output.len(), volume!(filters, group.patch()));
        let samples = input.len() / (groups * x);
        let (to_input, to_bias) = (grad_input.is_some(), !grad_bias.is_empty());
        let inputs = samples * groups * x;
        let found = [input.len(), grad_output.len(), grad_input.as_ref().map_or(inputs, |grad_input| grad_input.len())];
        assert_eq!(found, [inputs, samples * groups * y, inputs], "whole samples");
        let found = [weight.len(), grad_weight.len(), grad_bias.len()];
        let biases = if to_bias { filters * groups } else { 0 };
        assert_eq!(found, [weights * groups, weights * groups, biases], "weights and geometry");

        let block = if P::SAMPLE_BY_SAMPLE { 1 } else { samples.max(1) };
        for (first, g) in (0..samples).step_by(block).flat_map(|first| (0..groups).map(move |g| (first, g))) {
            let (weight, grad_weight) = (&weight[g * weights..][..weights], &mut grad_weight[g * weights..][..weights]);
            pass.prepare(weight, to_input);
            for n in first..first + block {
                let at = n * groups + g;
                let (of_input, grad_output) =
                    (input.part(at * x..(at + 1) * x), grad_output.part(at * y..(at + 1) * y));
                if to_bias {
                    let (dy, ones) = (Matrix::new(grad_output, filters, positions), Matrix::new(ones, 1, positions));
                    add_gemm_nt(dy, ones, &mut grad_bias[g * filters..][..filters]);
                }
                let mut grad_input = grad_input.as_deref_mut().map(|grad_input| &mut grad_input[at * x..][..x]);
                pass.sample(weight, of_input, grad_output, grad_input.as_deref_mut(), grad_weight);
                if let Some(grad_input) = grad_input {
                    input.take_gradient(at * x, grad_input);
                }
            }
            pass.finish(grad_weight);
        }
    }
}

/// Panics. One of the geometries is no constant, so both are values.
#[cold]
#[inline(never)]
#[track_caller]
fn refuse(geometry: Geometry, scratch: Geometry) -> ! {
    panic!("a convolution of {geometry:?} with the scratch of {scratch:?}")
}
