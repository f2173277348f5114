//! The backward pass: the gradient of the input is a convolution, that of the weights a sum over tiles.

use super::layout::Winograd;
use super::{
    ROTATED, Scratch, TAPS, blocks_mut, clear_padding, convolve, from_channels_last, products, tiles, to_channels_last,
    windows,
};
use crate::kernel::conv2d::pass::Pass;
use crate::kernel::matrix::Matrix;
use crate::kernel::transpose::transpose_strided;
use crate::scalar::Scalar;
use crate::shape::Geometry;

/// The backward pass.
pub(in super::super) struct Backward<'a, T> {
    pub layout: &'a Winograd,
    pub scratch: &'a mut Scratch<T>,
}

impl<T: Scalar> Pass<T> for Backward<'_, T> {
    #[inline(always)]
    fn prepare(&mut self, weight: &[T], to_input: bool) {
        let Backward { layout, scratch: Scratch { taps, weight: transformed, grad_weight, .. } } = self;
        let channels = layout.group.input.channels;
        if to_input {
            // Taps in rows (o, ky, kx), with channels last.
            clear_padding(layout, taps);
            let rows = taps.chunks_exact_mut(TAPS * layout.padded_channels());
            for (taps, weight) in rows.zip(weight.chunks_exact(TAPS * channels)) {
                transpose_strided(Matrix::new(weight, channels, TAPS), taps, layout.padded_channels());
            }
            windows::of_windows(taps, layout.padded_channels(), ROTATED, transformed);
        }
        grad_weight.fill(T::zero());
    }

    #[inline(always)]
    fn sample(
        &mut self,
        _weight: &[T],
        input: &[T],
        grad_output: &[T],
        grad_input: Option<&mut [T]>,
        _grad_weight: &mut [T],
    ) {
        let (layout, scratch) = (self.layout, &mut *self.scratch);
        let Geometry { input: from, output: to, .. } = layout.group;
        let (channels, filters) = (layout.padded_channels(), layout.padded_filters());
        to_channels_last(layout, grad_output, to.channels, &mut scratch.grad_output);
        if let Some(grad_input) = grad_input {
            let image = (&*scratch.grad_output, filters, &mut *scratch.of_filters);
            let result = (&mut *scratch.result, channels, &mut *scratch.of_channels);
            convolve(layout, image, &scratch.weight, &scratch.bias, result);
            from_channels_last(layout, &scratch.result, channels, from.channels, grad_input);
        }
        to_channels_last(layout, input, from.channels, &mut scratch.input);
        let (of_channels, of_filters) = (blocks_mut(&mut scratch.of_channels), blocks_mut(&mut scratch.of_filters));
        for tiles in layout.bands() {
            let size = [filters, tiles.range.len(), channels];
            tiles::of_image(&scratch.input, layout.image(channels), tiles.clone(), of_channels);
            tiles::of_gradient(&scratch.grad_output, layout.image(filters), tiles, of_filters);
            products::add_transposed(of_filters, of_channels, size, &mut scratch.grad_weight);
        }
    }

    #[inline(always)]
    fn finish(&mut self, grad_weight: &mut [T]) {
        let Backward { layout, scratch: Scratch { taps, grad_weight: transformed, .. } } = self;
        let (channels, padded) = (layout.group.input.channels, layout.padded_channels());
        windows::to_windows(transformed, padded, taps);
        let windows = taps.chunks_exact(TAPS * padded).zip(grad_weight.chunks_exact_mut(TAPS * channels));
        for (taps, grad_weight) in windows {
            for (c, grad_weight) in grad_weight.chunks_exact_mut(TAPS).enumerate() {
                for (tap, grad_weight) in grad_weight.iter_mut().enumerate() {
                    *grad_weight += taps[tap * padded + c];
                }
            }
        }
    }
}
