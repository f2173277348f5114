//! The half of the backward pass that computes the gradient of the weight.

use alloc::boxed::Box;
use core::ops::Range;

use super::im2col_gemm;
use super::padded::Padded;
use super::plan::GradWeight;
use crate::aligned::Aligned;
use crate::kernel::gemm::nt::add_gemm_nt;
use crate::kernel::gemm::{Write, gemm, implicit};
use crate::kernel::im2col::im2row;
use crate::kernel::matrix::Matrix;
use crate::kernel::sparse::Pattern;
use crate::scalar::Scalar;
use crate::shape::{Geometry, volume};

/// The workspace of the gradient of the weight; empty for [`GradWeight::Im2col`].
pub(super) struct Scratch<T> {
    /// The padded sample, and where each patch begins in it.
    image: Aligned<T>,
    starts: Box<[u32]>,
    /// The gradient summed over all samples, with channels last.
    grad_weight: Aligned<T>,
}

impl<T: Scalar> Scratch<T> {
    /// Allocates the workspace for this path.
    pub(super) fn new(geometry: &Geometry, path: GradWeight) -> Self {
        if let GradWeight::Im2col = path {
            return Scratch { image: Aligned::default(), starts: Box::default(), grad_weight: Aligned::default() };
        }
        let padded = Padded::new(geometry);
        Scratch {
            image: Aligned::zeros(padded.size()),
            starts: padded.starts().collect(),
            grad_weight: Aligned::zeros(volume!(geometry.output.channels, geometry.patch())),
        }
    }

    /// Clears the sums of previous samples.
    #[inline(always)]
    pub(super) fn prepare(&mut self) {
        self.grad_weight.fill(T::zero());
    }

    /// Adds the whole contribution of a sample for [`GradWeight::Im2col`]. The other paths compute it
    /// [band by band](Scratch::band); for them this copies the sample into the padded image.
    #[inline(always)]
    pub(super) fn sample(
        &mut self,
        geometry: &Geometry,
        path: GradWeight,
        input: &[T],
        grad_output: &[T],
        patches: &mut [T],
        grad_weight: &mut [T],
    ) {
        match path {
            GradWeight::Im2col => {
                im2col_gemm::add_conv2d_grad_weight(geometry, input, grad_output, patches, grad_weight, add_gemm_nt)
            }
            GradWeight::Implicit | GradWeight::Im2row => Padded::new(geometry).fill(input, &mut self.image),
        }
    }

    /// Adds the contribution of a band of the output's gradient for the other paths; `by_filter` is the band's pattern if it is
    /// sparse.
    #[inline(always)]
    pub(super) fn band(
        &mut self,
        geometry: &Geometry,
        path: GradWeight,
        band: Range<usize>,
        dy: Matrix<'_, T>,
        by_filter: Option<&Pattern>,
        patches: &mut [T],
    ) {
        let (padded, patch, sums) = (Padded::new(geometry), geometry.patch(), &mut self.grad_weight);
        if let (GradWeight::Implicit, None) = (path, by_filter) {
            let starts = &self.starts[band.start * geometry.output.width..][..dy.columns];
            return implicit::gemm(dy, padded.patches(&self.image, starts), Write::Accumulate, sums, patch);
        }
        im2row(&padded.geometry(), band, &self.image, patches);
        let patches = Matrix::new(patches, dy.columns, patch);
        match by_filter {
            Some(by_filter) => by_filter.multiply(dy, patches, Write::Accumulate, sums),
            None => gemm(dy, patches, Write::Accumulate, sums, patch),
        }
    }

    /// Adds the sums over all samples to the gradient, for the paths that have not done so.
    #[inline(always)]
    pub(super) fn finish(&self, geometry: &Geometry, path: GradWeight, grad_weight: &mut [T]) {
        match path {
            GradWeight::Im2col => {}
            GradWeight::Implicit | GradWeight::Im2row => add_channels_last(geometry, &self.grad_weight, grad_weight),
        }
    }
}

/// `weight[o, c, (ky, kx)] += channels_last[o, (ky, kx), c]`
#[inline(never)]
fn add_channels_last<T: Scalar>(geometry: &Geometry, channels_last: &[T], weight: &mut [T]) {
    let (channels, patch) = (geometry.input.channels, geometry.patch());
    assert_eq!(weight.len(), channels_last.len(), "weights and geometry");
    let taps = patch / channels;
    for (weight, channels_last) in weight.chunks_exact_mut(patch).zip(channels_last.chunks_exact(patch)) {
        for (c, weight) in weight.chunks_exact_mut(taps).enumerate() {
            for (weight, pixel) in weight.iter_mut().zip(channels_last.chunks_exact(channels)) {
                *weight += pixel[c];
            }
        }
    }
}
