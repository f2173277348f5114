//! Winograd's minimal filtering F(2×2, 3×3), for the training of 3×3 convolutions with many channels.
//!
//! Outputs are computed in tiles of 2×2. A tile reads 4×4 pixels `d`. With its window `w` transformed, it takes 16 multiplications instead
//! of 36 (Winograd 1980; Lavin and Gray 2016, *Fast Algorithms for Convolutional Neural Networks*):
//!
//! ```text
//! y = Aᵀ·[ (G·w·Gᵀ) ⊙ (Bᵀ·d·B) ]·A        ∂L/∂w = Gᵀ·[ Σ (A·∂L/∂y·Aᵀ) ⊙ (Bᵀ·d·B) ]·G
//!
//!      ⎡1  0 −1  0⎤        ⎡ 1   0   0 ⎤        ⎡1  0⎤
//! Bᵀ = ⎢0  1  1  0⎥    G = ⎢ ½   ½   ½ ⎥    A = ⎢1  1⎥
//!      ⎢0 −1  1  0⎥        ⎢ ½  −½   ½ ⎥        ⎢1 −1⎥
//!      ⎣0  1  0 −1⎦        ⎣ 0   0   1 ⎦        ⎣0 −1⎦
//! ```
//!
//! Over channels, each of the 16 elements is a matrix product of its own, of tiles × channels with channels × filters. The
//! gradient of the input is the same convolution with filters and channels exchanged and windows rotated by 180°. A rotated window has the
//! same elements, with the first and the last row and column exchanged. Fast because the transforms have few operations, a vector of channels
//! at a time, and because the elements of a band of tiles are still in cache when they are multiplied. For that, images are copied once, with
//! channels last.
//!
//! All factors are powers of two, so small integers stay exact. Other numbers are rounded differently than by definition: the errors were 0.6 to
//! 1.0 times those of the naive loops, and a test allows 1.5 times. A pixel that is not finite makes all outputs of its tiles NaN.
//! Predictions, and networks in `f64`, are computed by definition.

use super::pass::Forward;
use crate::aligned::Aligned;
use crate::kernel::gemm::implicit::LANES;
use crate::kernel::matrix::Matrix;
use crate::kernel::transpose::{transpose_each, transpose_strided};
use crate::scalar::Scalar;
use crate::shape::{Dims, Geometry, volume};

mod backward;
mod layout;
mod products;
mod tiles;
mod transforms;
mod windows;

pub(super) use backward::Backward;
pub use layout::Winograd;

use products::ROWS;
use tiles::Pixels;

/// The elements of a tile, 4×4.
const ELEMENTS: usize = 16;

/// The elements of a tile for 16 channels: `block[e]` is a vector of the longest.
type Block<T> = [[T; LANES]; ELEMENTS];

/// The taps of a window, 3×3.
const TAPS: usize = 9;

/// Where the elements of a window are, and where those of the window rotated by 180° are.
const AS_THEY_ARE: [usize; ELEMENTS] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const ROTATED: [usize; ELEMENTS] = [15, 13, 14, 12, 7, 5, 6, 4, 11, 9, 10, 8, 3, 1, 2, 0];

/// The workspace of both passes of training, for one group of one sample: for each pair of a channel and a filter 41 numbers, where the weights
/// are 9.
pub(super) struct Scratch<T> {
    /// The taps of all windows, in rows (c, ky, kx) with filters last, or (o, ky, kx) with channels last.
    taps: Aligned<T>,
    /// The transformed weights, in the order that the pass reads them.
    weight: Aligned<T>,
    /// The gradient of the transformed weights, summed over all samples.
    grad_weight: Aligned<T>,
    /// The images of the input and of the output's gradient, whose borders stay zero.
    input: Aligned<T>,
    grad_output: Aligned<T>,
    /// The elements of a band of tiles, of channels and of filters.
    of_channels: Aligned<T>,
    of_filters: Aligned<T>,
    /// What a pass computes, with channels last; and what is added to it.
    result: Aligned<T>,
    bias: Aligned<T>,
}

impl<T: Scalar> Scratch<T> {
    /// Allocates the workspace.
    pub(super) fn new(layout: &Winograd) -> Self {
        let (channels, filters, band) = (layout.padded_channels(), layout.padded_filters(), layout.band());
        Scratch {
            taps: Aligned::zeros(volume!(TAPS, channels, filters)),
            weight: Aligned::zeros(layout.weights()),
            grad_weight: Aligned::zeros(layout.weights()),
            input: Aligned::zeros(layout.size(channels)),
            grad_output: Aligned::zeros(layout.size(filters)),
            of_channels: Aligned::zeros(volume!(ELEMENTS, band, channels)),
            of_filters: Aligned::zeros(volume!(ELEMENTS, band, filters)),
            result: Aligned::zeros(volume!(4, layout.tiles()[0], layout.tiles()[1], layout.most_channels())),
            bias: Aligned::zeros(layout.most_channels()),
        }
    }

    /// Computes the outputs of all samples.
    pub(super) fn forward(&mut self, layout: &Winograd, groups: usize, of: Forward<'_, T>) {
        let Forward { mut input, weight, bias, output, mut moments, .. } = of;
        let Geometry { input: from, output: to, .. } = layout.group;
        let (channels, filters) = (layout.padded_channels(), layout.padded_filters());
        for g in 0..groups {
            // Taps in rows (c, ky, kx), with filters last.
            let weights = volume!(to.channels, from.channels, TAPS);
            let weight = Matrix::new(&weight[g * weights..][..weights], to.channels, TAPS * from.channels);
            clear_padding(layout, &mut self.taps);
            transpose_strided(weight, &mut self.taps, filters);
            windows::of_windows(&self.taps, filters, AS_THEY_ARE, &mut self.weight);
            if !bias.is_empty() {
                self.bias[..to.channels].copy_from_slice(&bias[g * to.channels..][..to.channels]);
            }
            for (at, output) in output.chunks_exact_mut(to.len()).enumerate().skip(g).step_by(groups) {
                let input = input.part(at * from.len()..(at + 1) * from.len());
                to_channels_last(layout, input, from.channels, &mut self.input);
                let image = (&*self.input, channels, &mut *self.of_channels);
                let result = (&mut *self.result, filters, &mut *self.of_filters);
                convolve(layout, image, &self.weight, &self.bias, result);
                from_channels_last(layout, &self.result, filters, to.channels, output);
                if let Some(moments) = &mut moments {
                    moments.add(at * to.len(), output);
                }
            }
        }
        self.bias.fill(T::zero());
    }
}

/// Clears the taps if there is padding among them: what another pass has left there may be infinite or NaN, and the zeros of padded channels
/// do not make that zero.
#[inline(always)]
fn clear_padding<T: Scalar>(layout: &Winograd, taps: &mut [T]) {
    if layout.padded_channels() > layout.group.input.channels || layout.padded_filters() > layout.group.output.channels
    {
        taps.fill(T::zero());
    }
}

/// Copies an image into its place, with channels last, within the border that is there.
#[inline(always)]
fn to_channels_last<T: Scalar>(layout: &Winograd, numbers: &[T], channels: usize, image: &mut [T]) {
    let Dims { height, width, .. } = layout.group.input;
    let pixels = layout.image(channels.next_multiple_of(LANES));
    let (planes, line) = (Matrix::strided(numbers, channels, width, height * width), pixels.width * pixels.channels);
    transpose_each(height, (planes, width), (&mut image[line + pixels.channels..], pixels.channels, line));
}

/// Copies an image of whole tiles to its planes; the inverse of [`to_channels_last`], without a border.
#[inline(always)]
fn from_channels_last<T: Scalar>(layout: &Winograd, image: &[T], padded: usize, channels: usize, numbers: &mut [T]) {
    let (Dims { height, width, .. }, [_, columns]) = (layout.group.input, layout.tiles());
    let lines = Matrix::strided(image, width, channels, padded);
    transpose_each(height, (lines, 2 * columns * padded), (numbers, height * width, width));
}

/// Convolves an image with these transformed weights, and adds a bias. An image comes with its channels, and with room for their elements.
#[inline(always)]
fn convolve<T: Scalar>(
    layout: &Winograd,
    (image, from, of_image): (&[T], usize, &mut [T]),
    weight: &[T],
    bias: &[T],
    (result, to, of_result): (&mut [T], usize, &mut [T]),
) {
    let (of_image, of_result) = (blocks_mut(of_image), blocks_mut(of_result));
    let pixels = Pixels { width: 2 * layout.tiles()[1], channels: to };
    for tiles in layout.bands() {
        let rows = tiles.range.len().next_multiple_of(ROWS);
        tiles::of_image(image, layout.image(from), tiles.clone(), of_image);
        products::multiply(of_image, weight, [rows, from, to], of_result);
        tiles::to_image(of_result, tiles, bias, result, pixels);
    }
}

/// Numbers as blocks.
#[inline(always)]
fn blocks_mut<T>(numbers: &mut [T]) -> &mut [Block<T>] {
    numbers.as_chunks_mut().0.as_chunks_mut().0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::conv2d::{self, BackwardScratch, Plan};
    use crate::kernel::naive;
    use crate::shape::Window;
    use alloc::vec;
    use alloc::vec::Vec;

    fn geometry(channels: usize, filters: usize, height: usize, width: usize) -> Geometry {
        let window = Window::new([3, 3], [1, 1], [1, 1]);
        Geometry { input: Dims::new(channels, height, width), output: Dims::new(filters, height, width), window }
    }

    /// Small integers, whose transforms and sums are exact.
    fn integers(len: usize, seed: usize) -> Vec<f32> {
        (0..len).map(|i| ((i * 7 + seed * 13) % 11) as f32 - 5.0).collect()
    }

    /// Numbers between −½ and ½.
    fn numbers(len: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1664525).wrapping_add(1013904223); // Numerical Recipes
            (state >> 8) as f32 / 16777216.0 - 0.5
        };
        (0..len).map(|_| next()).collect()
    }

    /// The outputs, and the gradients of the input, the weights and the biases.
    type Results<T> = [Vec<T>; 4];

    fn by_winograd(
        group: &Geometry,
        groups: usize,
        [x, w, b, dy]: [&[f32]; 4],
        [mut dw, mut db]: [Vec<f32>; 2],
        scratch: &mut BackwardScratch<f32>,
    ) -> Results<f32> {
        let plan = Plan::backward::<f32>(group, groups);
        let [mut y, mut dx] = [dy, x].map(|like| vec![f32::NAN; like.len()]);
        let of = Forward::new(x, w, b, &mut y);
        conv2d::winograd_conv2d(&plan, group, groups, of, scratch);
        let of = conv2d::Backward {
            input: x.into(),
            weight: w,
            grad_output: dy.into(),
            grad_input: Some(&mut dx),
            grad_weight: &mut dw,
            grad_bias: &mut db,
        };
        conv2d::winograd_conv2d_backward(&plan, group, groups, of, scratch);
        [y, dx, dw, db]
    }

    fn by_definition<T: Scalar>(
        geometry: &Geometry,
        groups: usize,
        [x, w, b, dy]: [&[T]; 4],
        [mut dw, mut db]: [Vec<T>; 2],
    ) -> Results<T> {
        let [mut y, mut dx] = [dy, x].map(|like| vec![T::zero(); like.len()]);
        let samples = x.chunks(geometry.input.len()).zip(dy.chunks(geometry.output.len()));
        for (n, (x, dy)) in samples.enumerate() {
            naive::conv2d(geometry, groups, x, w, b, &mut y[n * dy.len()..][..dy.len()]);
            naive::conv2d_grad_input(geometry, groups, w, dy, &mut dx[n * x.len()..][..x.len()]);
            naive::add_conv2d_grad_parameters(geometry, groups, x, dy, &mut dw, &mut db);
        }
        [y, dx, dw, db]
    }

    /// Channels that are whole vectors and others; rows of odd length; one band and several; groups; no biases. Gradients are added to what is
    /// there, and a step that is not finite leaves nothing behind.
    #[test]
    fn integers_are_exact() {
        for (channels, filters, height, width, groups, has_bias) in [
            (32, 32, 8, 8, 1, true),
            (47, 46, 9, 15, 1, true),
            (46, 47, 12, 9, 2, false),
            (48, 32, 7, 70, 1, true),
            (47, 47, 12, 9, 3, true),
        ] {
            let geometry = geometry(channels * groups, filters * groups, height, width);
            let group = geometry.group(groups);
            assert!(matches!(Plan::backward::<f32>(&group, groups), Plan::Winograd(_)), "{group:?}");
            assert!(!matches!(Plan::backward::<f64>(&group, groups), Plan::Winograd(_)), "{group:?}");
            let (biases, weights) = (filters * groups * usize::from(has_bias), filters * groups * channels * TAPS);
            let (x, dy) = (integers(2 * geometry.input.len(), 1), integers(2 * geometry.output.len(), 4));
            let mut scratch = BackwardScratch::new(&group, groups);
            for seed in 0..2 {
                let (w, b) = (integers(weights, 2 + seed), integers(biases, 3 + seed));
                let (operands, before) = ([&x[..], &w, &b, &dy], [integers(weights, 5), integers(biases, 6)]);
                let found = by_winograd(&group, groups, operands, before.clone(), &mut scratch);
                let defined = by_definition(&geometry, groups, operands, before.clone());
                let results = ["y", "∂L/∂x", "∂L/∂w", "∂L/∂b"].iter().zip(found.iter().zip(&defined));
                for (name, (found, defined)) in results {
                    assert!(found == defined, "{name}, {geometry:?}, {groups} groups, step {seed}");
                }
                let [x, dy] = [&x, &dy].map(|like| vec![f32::NAN; like.len()]);
                by_winograd(&group, groups, [&x, &w, &b, &dy], before, &mut scratch);
            }
        }
    }

    #[test]
    fn rounding_errors_are_about_those_of_the_definition() {
        for (channels, filters, height, width) in [(64, 48, 16, 16), (47, 46, 9, 15)] {
            let geometry = geometry(channels, filters, height, width);
            let (x, dy) = (numbers(2 * geometry.input.len(), 1), numbers(2 * geometry.output.len(), 4));
            let (w, b) = (numbers(filters * channels * TAPS, 2), numbers(filters, 3));
            let (operands, zeros) = ([&x[..], &w, &b, &dy], [vec![0.0; w.len()], vec![0.0; b.len()]]);
            let exact = operands.map(|operand| operand.iter().map(|&number| f64::from(number)).collect::<Vec<_>>());
            let before = [vec![0.0; w.len()], vec![0.0; b.len()]];
            let exact = by_definition(&geometry, 1, [&exact[0], &exact[1], &exact[2], &exact[3]], before);
            let error = |results: &Results<f32>, which: usize| -> f64 {
                let errors = results[which].iter().zip(&exact[which]).map(|(&y, exact)| (f64::from(y) - exact).powi(2));
                (errors.sum::<f64>() / exact[which].len() as f64).sqrt()
            };
            let found = by_winograd(&geometry, 1, operands, zeros.clone(), &mut BackwardScratch::new(&geometry, 1));
            let defined = by_definition(&geometry, 1, operands, zeros);
            for which in 0..3 {
                let (found, defined) = (error(&found, which), error(&defined, which));
                assert!(0.0 < found && found < 1.5 * defined, "{which}: {found}, by definition {defined}");
            }
        }
    }
}
