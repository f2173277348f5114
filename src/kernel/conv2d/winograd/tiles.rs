//! Between images and the elements of their tiles.

use core::ops::Range;

use super::transforms::{of_gradients, of_pixels, square, to_outputs};
use super::{Block, ELEMENTS};
use crate::kernel::gemm::implicit::LANES;
use crate::scalar::Scalar;
use crate::simd::{Arch, Simd, WithSimd};

/// An image with channels last: number `channel` of pixel `(y, x)` is at `(y·width + x)·channels + channel`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pixels {
    pub width: usize,
    pub channels: usize,
}

/// Some tiles of an image, counted row by row, with `columns` in a row.
#[derive(Clone)]
pub(super) struct Tiles {
    pub range: Range<usize>,
    pub columns: usize,
}

impl Tiles {
    /// Calls `visit(t, y, x, count)` for each run of tiles in a row: `count` of them, from the one at row `y` and column `x` of tiles,
    /// the `t`-th of these.
    #[inline(always)]
    fn for_each_run(self, mut visit: impl FnMut(usize, usize, usize, usize)) {
        let (mut t, mut y, mut x) = (0, self.range.start / self.columns, self.range.start % self.columns);
        while t < self.range.len() {
            let count = (self.columns - x).min(self.range.len() - t);
            visit(t, y, x, count);
            (t, y, x) = (t + count, y + 1, 0);
        }
    }
}

/// `Bᵀ·d·B` of 4×4 pixels for each tile; those of neighbors are two pixels apart.
pub(super) fn of_image<T: Scalar>(image: &[T], pixels: Pixels, tiles: Tiles, to: &mut [Block<T>]) {
    Arch::new().dispatch(OfImage::<_, false> { image, pixels, tiles, to });
}

/// `A·g·Aᵀ` of the 2×2 pixels in the middle of each tile.
pub(super) fn of_gradient<T: Scalar>(image: &[T], pixels: Pixels, tiles: Tiles, to: &mut [Block<T>]) {
    Arch::new().dispatch(OfImage::<_, true> { image, pixels, tiles, to });
}

struct OfImage<'a, T, const GRADIENT: bool> {
    image: &'a [T],
    pixels: Pixels,
    tiles: Tiles,
    to: &'a mut [Block<T>],
}

impl<T: Scalar, const GRADIENT: bool> WithSimd for OfImage<'_, T, GRADIENT> {
    type Output = ();

    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // indices show which rows are read
    fn with_simd<S: Simd>(self, simd: S) {
        let OfImage { image, pixels, tiles, to } = self;
        let lanes = T::lanes::<S>();
        let (vectors, per_tile) = (pixels.channels / lanes, pixels.channels / LANES);
        let line = pixels.width * pixels.channels;
        tiles.for_each_run(
            #[inline(always)]
            |t, y, x, count| {
                let mut rows: [&[T::Of<S>]; 4] = [&[]; 4];
                for i in 0..4 {
                    let from = &image[(2 * y + i) * line + 2 * x * pixels.channels..];
                    rows[i] = T::split::<S>(&from[..(2 * count + 2) * pixels.channels]).0;
                }
                let mut at = 0;
                for blocks in to[t * per_tile..][..count * per_tile].chunks_exact_mut(per_tile) {
                    for block in blocks {
                        for part in 0..LANES / lanes {
                            let elements = if GRADIENT {
                                let middle = square(
                                    #[inline(always)]
                                    |i, j| rows[i + 1][at + (j + 1) * vectors],
                                );
                                of_gradients::<S, T>(simd, middle)
                            } else {
                                let all = square(
                                    #[inline(always)]
                                    |i, j| rows[i][at + j * vectors],
                                );
                                of_pixels::<S, T>(simd, all)
                            };
                            for e in 0..ELEMENTS {
                                T::split_mut::<S>(&mut block[e]).0[part] = elements[e / 4][e % 4];
                            }
                            at += 1;
                        }
                    }
                    at += vectors; // a tile is two pixels wide
                }
            },
        );
    }
}

/// `y = Aᵀ·m·A` and its bias: the 2×2 outputs of each tile.
pub(super) fn to_image<T: Scalar>(from: &[Block<T>], tiles: Tiles, bias: &[T], image: &mut [T], pixels: Pixels) {
    Arch::new().dispatch(ToImage { from, tiles, bias, image, pixels });
}

struct ToImage<'a, T> {
    from: &'a [Block<T>],
    tiles: Tiles,
    bias: &'a [T],
    image: &'a mut [T],
    pixels: Pixels,
}

impl<T: Scalar> WithSimd for ToImage<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let ToImage { from, tiles, bias, image, pixels } = self;
        let lanes = T::lanes::<S>();
        let (vectors, per_tile) = (pixels.channels / lanes, pixels.channels / LANES);
        let line = pixels.width * pixels.channels;
        let bias = T::split::<S>(bias).0;
        tiles.for_each_run(
            #[inline(always)]
            |t, y, x, count| {
                let (upper, lower) = image[2 * y * line..][..2 * line].split_at_mut(line);
                let pixels_of = 2 * x * pixels.channels..2 * (x + count) * pixels.channels;
                let upper = T::split_mut::<S>(&mut upper[pixels_of.clone()]).0;
                let lower = T::split_mut::<S>(&mut lower[pixels_of]).0;
                let mut at = 0;
                for blocks in from[t * per_tile..][..count * per_tile].chunks_exact(per_tile) {
                    let mut biases = bias.iter();
                    for block in blocks {
                        for (part, &bias) in (0..LANES / lanes).zip(&mut biases) {
                            let elements = square(
                                #[inline(always)]
                                |i, j| T::split::<S>(&block[4 * i + j]).0[part],
                            );
                            let outputs = to_outputs::<S, T>(simd, elements);
                            upper[at] = T::plus(simd, outputs[0][0], bias);
                            upper[at + vectors] = T::plus(simd, outputs[0][1], bias);
                            lower[at] = T::plus(simd, outputs[1][0], bias);
                            lower[at + vectors] = T::plus(simd, outputs[1][1], bias);
                            at += 1;
                        }
                    }
                    at += vectors; // a tile is two pixels wide
                }
            },
        );
    }
}
