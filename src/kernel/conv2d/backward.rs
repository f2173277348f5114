//! The backward pass: the gradients of the input, the weights and the bias, sample by sample and band by band.
//!
//! Its two halves, [`grad_input`](super::grad_input) and [`grad_weight`](super::grad_weight), each take the path the
//! [plan](super::plan) chooses. For each band they share whether the output's gradient is mostly zeros there, and the pattern
//! of its nonzero entries.

use super::plan::{GradInput, GradWeight, Plan, band_rows, bands};
use super::{grad_input, grad_weight};
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
    /// `∂L/∂bias`, accumulated.
    pub grad_bias: &'a mut [T],
}

/// The workspace of the backward pass of a convolution.
pub struct BackwardScratch<T> {
    /// The geometry of the convolution.
    geometry: Geometry,
    to_input: grad_input::Scratch<T>,
    to_weight: grad_weight::Scratch<T>,
    /// The patches of a band, or their gradients.
    patches: Aligned<T>,
    /// Where the output's gradient in a band is not zero, if most of it is.
    by_filter: Pattern,
    /// Ones: the gradient of the bias is a sum over positions, computed as a dot product with ones.
    ones: Aligned<T>,
}

impl<T: Scalar> BackwardScratch<T> {
    /// Allocates the workspace for a convolution of this geometry.
    ///
    /// # Panics
    /// If the geometry is not [sound](Geometry::is_sound), or memory cannot be allocated.
    pub fn new(geometry: &Geometry) -> Self {
        let (plan, filters) = (Plan::of(geometry), geometry.output.channels);
        let positions = band_rows::<T>(geometry) * geometry.output.width;
        let mut ones = Aligned::zeros(geometry.positions());
        ones.fill(T::one());
        BackwardScratch {
            geometry: *geometry,
            to_input: grad_input::Scratch::new(geometry, plan.grad_input, positions),
            to_weight: grad_weight::Scratch::new(geometry, plan.grad_weight),
            patches: Aligned::zeros(volume!(geometry.patch(), positions)),
            by_filter: Pattern::with_capacity(filters, filters * positions),
            ones,
        }
    }
}

/// Computes the gradients of all samples:
///
/// ```text
/// ∂L/∂weight += ∂L/∂y · im2row(x)        ∂L/∂bias[o] += Σ ∂L/∂y[o]        ∂L/∂x = row2im(∂L/∂yᵀ · weight)
/// ```
///
/// # Panics
/// If a slice does not have the length the geometry implies, the geometry is not [sound](Geometry::is_sound), or the scratch was
/// made for another geometry.
#[inline(always)]
pub fn conv2d_backward<T: Scalar>(geometry: &Geometry, of: Backward<'_, T>, scratch: &mut BackwardScratch<T>) {
    let plan = Plan::of(geometry);
    if *geometry != scratch.geometry {
        refuse(*geometry, scratch.geometry);
    }
    let Backward { input, weight, grad_output, mut grad_input, grad_weight, grad_bias } = of;
    let BackwardScratch { to_input, to_weight, patches, by_filter, ones, .. } = scratch;
    let Geometry { input: from, output: to, .. } = *geometry;
    let (filters, patch) = (to.channels, geometry.patch());
    let samples = input.chunks_exact(from.len()).zip(grad_output.chunks_exact(to.len()));
    assert_eq!(
        [input.len(), grad_output.len(), grad_input.as_ref().map_or(input.len(), |grad_input| grad_input.len())],
        [samples.len() * from.len(), samples.len() * to.len(), input.len()],
        "whole samples"
    );
    let weights = volume!(filters, patch);
    assert_eq!([weight.len(), grad_weight.len(), grad_bias.len()], [weights, weights, filters], "weights and geometry");

    let weight_by_band = !matches!(plan.grad_weight, GradWeight::Im2col);
    let input_by_band = grad_input.is_some() && matches!(plan.grad_input, GradInput::Row2im);
    if grad_input.is_some() {
        to_input.prepare(geometry, plan.grad_input, weight);
    }
    to_weight.prepare();
    for (n, (x, dy)) in samples.enumerate() {
        let mut dx = grad_input.as_deref_mut().map(|grad_input| &mut grad_input[n * from.len()..][..from.len()]);
        to_weight.sample(geometry, plan.grad_weight, x, dy, patches, grad_weight);
        if let Some(dx) = &mut dx {
            to_input.sample(geometry, plan.grad_input, weight, dy, patches, dx);
        }
        if weight_by_band || input_by_band {
            for band in bands::<T>(geometry) {
                let positions = band.len() * to.width;
                let patches = &mut patches[..patch * positions];
                let dy = Matrix::strided(&dy[band.start * to.width..], filters, positions, geometry.positions());
                let is_sparse = 2 * count(dy) <= filters * positions;
                if is_sparse {
                    by_filter.find(dy);
                }
                let by_filter = is_sparse.then_some(&*by_filter);
                if weight_by_band {
                    to_weight.band(geometry, plan.grad_weight, band.clone(), dy, by_filter, patches);
                }
                if input_by_band {
                    to_input.band(geometry, band, dy, by_filter, patches);
                }
            }
        }
        if let (true, Some(dx)) = (input_by_band, dx) {
            to_input.finish(geometry, dx);
        }
        add_gemm_nt(
            Matrix::new(dy, filters, geometry.positions()),
            Matrix::new(ones, 1, geometry.positions()),
            grad_bias,
        );
    }
    to_weight.finish(geometry, plan.grad_weight, grad_weight);
}

/// Panics. The geometries are passed by value: if the address of one were taken, it would not be a compile-time constant anymore.
#[cold]
#[inline(never)]
#[track_caller]
fn refuse(geometry: Geometry, scratch: Geometry) -> ! {
    panic!("a convolution of {geometry:?} with the scratch of {scratch:?}")
}
