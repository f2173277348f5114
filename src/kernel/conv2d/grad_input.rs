//! The half of the backward pass that computes the gradient of the input.

use alloc::boxed::Box;
use core::ops::Range;

use super::im2col_gemm;
use super::plan::GradInput;
use crate::aligned::Aligned;
use crate::kernel::gemm::{Write, gemm, implicit};
use crate::kernel::im2col::add_row2im;
use crate::kernel::matrix::Matrix;
use crate::kernel::sparse::Pattern;
use crate::kernel::transpose::transpose;
use crate::memory;
use crate::scalar::Scalar;
use crate::shape::{Geometry, volume};

/// The workspace of the gradient of the input.
pub(super) struct Scratch<T> {
    /// The weights in the order that the path reads them.
    weight: Aligned<T>,
    /// [`GradInput::Convolution`]: the polyphase image of the output's gradient, whose padding stays zero, and where the rows of
    /// patches begin in it.
    polyphase: Aligned<T>,
    starts: Box<[u32]>,
    /// [`GradInput::Row2im`]: the gradient with channels last, and where that of the output is not zero, by position.
    channels_last: Aligned<T>,
    by_position: Pattern,
}

impl<T: Scalar> Scratch<T> {
    /// Allocates the workspace for this path, for bands of up to `positions` positions.
    pub(super) fn new(geometry: &Geometry, path: GradInput, positions: usize) -> Self {
        let (filters, weights) = (geometry.output.channels, volume!(geometry.output.channels, geometry.patch()));
        let mut scratch = Scratch {
            weight: Aligned::default(),
            polyphase: Aligned::default(),
            starts: Box::default(),
            channels_last: Aligned::default(),
            by_position: Pattern::with_capacity(0, 0),
        };
        match path {
            GradInput::Convolution(polyphase) => {
                scratch.weight = Aligned::zeros(weights);
                scratch.polyphase = Aligned::zeros(polyphase.size());
                scratch.starts = memory::zeros(weights / geometry.input.channels);
                polyphase.starts(&mut scratch.starts);
            }
            GradInput::Col2im => {}
            GradInput::Row2im => {
                scratch.weight = Aligned::zeros(weights);
                scratch.channels_last = Aligned::zeros(geometry.input.len());
                scratch.by_position = Pattern::with_capacity(positions, filters * positions);
            }
        }
        scratch
    }

    /// Reorders the weights, once for all samples.
    #[inline(always)]
    pub(super) fn prepare(&mut self, geometry: &Geometry, path: GradInput, weight: &[T]) {
        match path {
            GradInput::Convolution(_) => rotate(geometry, weight, &mut self.weight),
            GradInput::Col2im => {}
            GradInput::Row2im => to_channels_last(geometry, weight, &mut self.weight),
        }
    }

    /// Computes the whole gradient of a sample. [`GradInput::Row2im`] only clears its sums here; it computes them
    /// [band by band](Scratch::band).
    #[inline(always)]
    pub(super) fn sample(
        &mut self,
        geometry: &Geometry,
        path: GradInput,
        weight: &[T],
        grad_output: &[T],
        patches: &mut [T],
        grad_input: &mut [T],
    ) {
        let Geometry { input: from, .. } = *geometry;
        match path {
            GradInput::Convolution(polyphase) => {
                let image = polyphase.of_input(grad_output, &mut self.polyphase);
                let weight = Matrix::new(&self.weight, from.channels, weight.len() / from.channels);
                let patches = polyphase.patches(image, &self.starts);
                implicit::gemm(weight, patches, Write::Overwrite, grad_input, from.height * from.width);
            }
            GradInput::Col2im => {
                let write = Write::Overwrite;
                im2col_gemm::conv2d_grad_input(geometry, weight, grad_output, write, patches, grad_input, gemm);
            }
            GradInput::Row2im => self.channels_last.fill(T::zero()),
        }
    }

    /// Adds the contribution of a band of the output's gradient ([`GradInput::Row2im`] only); `by_filter` is the band's pattern
    /// if it is sparse.
    #[inline(always)]
    pub(super) fn band(
        &mut self,
        geometry: &Geometry,
        band: Range<usize>,
        dy: Matrix<'_, T>,
        by_filter: Option<&Pattern>,
        patches: &mut [T],
    ) {
        let (filters, patch) = (geometry.output.channels, geometry.patch());
        let weight = Matrix::new(&self.weight, filters, patch);
        match by_filter {
            Some(by_filter) => {
                self.by_position.transpose(by_filter, filters, dy.columns);
                self.by_position.multiply(dy.transposed(), weight, Write::Overwrite, patches);
            }
            None => gemm(dy.transposed(), weight, Write::Overwrite, patches, patch),
        }
        add_row2im(geometry, band, patches, &mut self.channels_last);
    }

    /// Writes the gradient of a sample, once all bands have been added.
    #[inline(always)]
    pub(super) fn finish(&self, geometry: &Geometry, grad_input: &mut [T]) {
        let from = geometry.input;
        transpose(Matrix::new(&self.channels_last, from.height * from.width, from.channels), grad_input);
    }
}

/// `rotated[c, o, ky, kx] = weight[o, c, KH − 1 − ky, KW − 1 − kx]`
#[inline(never)]
fn rotate<T: Scalar>(geometry: &Geometry, weight: &[T], rotated: &mut [T]) {
    let (channels, filters) = (geometry.input.channels, geometry.output.channels);
    let taps = geometry.patch() / channels;
    assert_eq!(weight.len(), rotated.len(), "weights and geometry");
    for (o, weight) in weight.chunks_exact(channels * taps).enumerate() {
        for (c, weight) in weight.chunks_exact(taps).enumerate() {
            let rotated = &mut rotated[(c * filters + o) * taps..][..taps];
            for (rotated, &weight) in rotated.iter_mut().zip(weight.iter().rev()) {
                *rotated = weight;
            }
        }
    }
}

/// `channels_last[o, (ky, kx), c] = weight[o, c, (ky, kx)]`
#[inline(always)]
fn to_channels_last<T: Scalar>(geometry: &Geometry, weight: &[T], channels_last: &mut [T]) {
    let (channels, patch) = (geometry.input.channels, geometry.patch());
    assert_eq!(weight.len(), channels_last.len(), "weights and geometry");
    for (weight, channels_last) in weight.chunks_exact(patch).zip(channels_last.chunks_exact_mut(patch)) {
        transpose(Matrix::new(weight, channels, patch / channels), channels_last);
    }
}
