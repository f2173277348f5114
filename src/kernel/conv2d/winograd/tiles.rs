//! The transforms of tiles, vector by vector.
//!
//! Each works on both dimensions of a tile, one after the other, with a matrix of which most entries are 0, 1 or −1. They are written as
//! the sums that remain. A vector holds one number of each of several channels, so nothing moves within vectors.

use core::ops::Range;

use bytemuck::Pod;

use super::{Block, ELEMENTS};
use crate::kernel::gemm::implicit::LANES;
use crate::scalar::Scalar;
use crate::simd::{Arch, Simd, WithSimd};

/// `Bᵀ·d`: from four pixels.
#[inline(always)]
fn of_pixels<S: Simd, T: Scalar>(simd: S, [a, b, c, d]: [T::Of<S>; 4]) -> [T::Of<S>; 4] {
    [T::minus(simd, a, c), T::plus(simd, b, c), T::minus(simd, c, b), T::minus(simd, b, d)]
}

/// `Aᵀ·m`: to two outputs.
#[inline(always)]
fn to_outputs<S: Simd, T: Scalar>(simd: S, [a, b, c, d]: [T::Of<S>; 4]) -> [T::Of<S>; 2] {
    let (sum, difference) = (T::plus(simd, b, c), T::minus(simd, b, c));
    [T::plus(simd, a, sum), T::minus(simd, difference, d)]
}

/// `A·g`: from the gradients of two outputs.
#[inline(always)]
fn of_outputs<S: Simd, T: Scalar>(simd: S, [a, b]: [T::Of<S>; 2]) -> [T::Of<S>; 4] {
    [a, T::plus(simd, a, b), T::minus(simd, a, b), T::minus(simd, T::splat(simd, T::zero()), b)]
}

/// `G·w`: from three taps.
#[inline(always)]
fn of_taps<S: Simd, T: Scalar>(simd: S, [a, b, c]: [T::Of<S>; 3]) -> [T::Of<S>; 4] {
    let half = T::splat(simd, T::from_f64(0.5));
    let (ends, middle) = (T::times(simd, half, T::plus(simd, a, c)), T::times(simd, half, b));
    [a, T::plus(simd, ends, middle), T::minus(simd, ends, middle), c]
}

/// `Gᵀ·u`: to the gradients of three taps.
#[inline(always)]
fn to_taps<S: Simd, T: Scalar>(simd: S, [a, b, c, d]: [T::Of<S>; 4]) -> [T::Of<S>; 3] {
    let half = T::splat(simd, T::from_f64(0.5));
    let (sum, difference) = (T::times(simd, half, T::plus(simd, b, c)), T::times(simd, half, T::minus(simd, b, c)));
    [T::plus(simd, a, sum), difference, T::plus(simd, sum, d)]
}

/// Applies a transform to the rows of a tile, and then to its columns.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // indices show what is exchanged
fn both_ways<V: Pod, const N: usize, const M: usize>(
    tile: [[V; N]; N],
    transform: impl Fn([V; N]) -> [V; M],
) -> [[V; M]; M] {
    let mut rows = [[V::zeroed(); M]; N];
    for i in 0..N {
        rows[i] = transform(tile[i]);
    }
    let mut transformed = [[V::zeroed(); M]; M];
    for j in 0..M {
        let mut column = [V::zeroed(); N];
        for i in 0..N {
            column[i] = rows[i][j];
        }
        let column = transform(column);
        for i in 0..M {
            transformed[i][j] = column[i];
        }
    }
    transformed
}

/// A tile of the vectors that `read` returns.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // indices say what is read
fn tile<V: Pod, const N: usize>(read: impl Fn(usize, usize) -> V) -> [[V; N]; N] {
    let mut tile = [[V::zeroed(); N]; N];
    for i in 0..N {
        for j in 0..N {
            tile[i][j] = read(i, j);
        }
    }
    tile
}

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
        let lanes = size_of::<T::Of<S>>() / size_of::<T>();
        let (vectors, per_block) = (pixels.channels / lanes, LANES / lanes);
        let line = pixels.width * pixels.channels;
        tiles.for_each_run(
            #[inline(always)]
            |t, y, x, count| {
                let mut rows: [&[T::Of<S>]; 4] = [&[]; 4];
                for i in 0..4 {
                    let from = &image[(2 * y + i) * line + 2 * x * pixels.channels..];
                    rows[i] = T::split::<S>(&from[..(2 * count + 2) * pixels.channels]).0;
                }
                let to = &mut to[t * (pixels.channels / LANES)..][..count * (pixels.channels / LANES)];
                let (mut at, mut channel) = (0, 0);
                for block in to {
                    for part in 0..per_block {
                        let elements = if GRADIENT {
                            let gradients = tile(
                                #[inline(always)]
                                |i, j| rows[i + 1][at + (j + 1) * vectors],
                            );
                            both_ways(
                                gradients,
                                #[inline(always)]
                                |pair| of_outputs::<S, T>(simd, pair),
                            )
                        } else {
                            let four = tile(
                                #[inline(always)]
                                |i, j| rows[i][at + j * vectors],
                            );
                            both_ways(
                                four,
                                #[inline(always)]
                                |four| of_pixels::<S, T>(simd, four),
                            )
                        };
                        for e in 0..ELEMENTS {
                            T::split_mut::<S>(&mut block[e]).0[part] = elements[e / 4][e % 4];
                        }
                        at += 1;
                        channel += 1;
                    }
                    if channel == vectors {
                        at += vectors;
                        channel = 0;
                    }
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
        let lanes = size_of::<T::Of<S>>() / size_of::<T>();
        let (vectors, per_block) = (pixels.channels / lanes, LANES / lanes);
        let line = pixels.width * pixels.channels;
        let bias = T::split::<S>(bias).0;
        tiles.for_each_run(
            #[inline(always)]
            |t, y, x, count| {
                let (upper, lower) = image[2 * y * line..][..2 * line].split_at_mut(line);
                let pixels_of = 2 * x * pixels.channels..2 * (x + count) * pixels.channels;
                let upper = T::split_mut::<S>(&mut upper[pixels_of.clone()]).0;
                let lower = T::split_mut::<S>(&mut lower[pixels_of]).0;
                let from = &from[t * (pixels.channels / LANES)..][..count * (pixels.channels / LANES)];
                let (mut at, mut channel) = (0, 0);
                for block in from {
                    for part in 0..per_block {
                        let elements = tile(
                            #[inline(always)]
                            |i, j| T::split::<S>(&block[4 * i + j]).0[part],
                        );
                        let outputs = both_ways(
                            elements,
                            #[inline(always)]
                            |four| to_outputs::<S, T>(simd, four),
                        );
                        let bias = bias[channel];
                        upper[at] = T::plus(simd, outputs[0][0], bias);
                        upper[at + vectors] = T::plus(simd, outputs[0][1], bias);
                        lower[at] = T::plus(simd, outputs[1][0], bias);
                        lower[at + vectors] = T::plus(simd, outputs[1][1], bias);
                        at += 1;
                        channel += 1;
                    }
                    if channel == vectors {
                        at += vectors;
                        channel = 0;
                    }
                }
            },
        );
    }
}

/// `U = G·w·Gᵀ` of windows whose taps `(ky, kx)` are in rows `9·r + 3·ky + kx` of `columns` numbers, `rows` of them: element `e` is row
/// `r` of matrix `order[e]`.
pub(super) fn of_weights<T: Scalar>(taps: &[T], columns: usize, order: [usize; ELEMENTS], to: &mut [T]) {
    Arch::new().dispatch(OfWeights { taps, columns, order, to });
}

struct OfWeights<'a, T> {
    taps: &'a [T],
    columns: usize,
    order: [usize; ELEMENTS],
    to: &'a mut [T],
}

impl<T: Scalar> WithSimd for OfWeights<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let OfWeights { taps, columns, order, to } = self;
        let vectors = columns * size_of::<T>() / size_of::<T::Of<S>>();
        let (taps, to) = (T::split::<S>(taps).0, T::split_mut::<S>(to).0);
        let matrix = to.len() / ELEMENTS;
        for (r, taps) in taps.chunks_exact(9 * vectors).enumerate() {
            for at in 0..vectors {
                let taps = tile(
                    #[inline(always)]
                    |i, j| taps[(3 * i + j) * vectors + at],
                );
                let elements: [[T::Of<S>; 4]; 4] = both_ways(
                    taps,
                    #[inline(always)]
                    |three| of_taps::<S, T>(simd, three),
                );
                for e in 0..ELEMENTS {
                    to[order[e] * matrix + r * vectors + at] = elements[e / 4][e % 4];
                }
            }
        }
    }
}

/// `Gᵀ·u·G`, the other way, with the elements in their own order.
pub(super) fn to_weights<T: Scalar>(from: &[T], columns: usize, taps: &mut [T]) {
    Arch::new().dispatch(ToWeights { from, columns, taps });
}

struct ToWeights<'a, T> {
    from: &'a [T],
    columns: usize,
    taps: &'a mut [T],
}

impl<T: Scalar> WithSimd for ToWeights<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let ToWeights { from, columns, taps } = self;
        let vectors = columns * size_of::<T>() / size_of::<T::Of<S>>();
        let (from, taps) = (T::split::<S>(from).0, T::split_mut::<S>(taps).0);
        let matrix = from.len() / ELEMENTS;
        for (r, taps) in taps.chunks_exact_mut(9 * vectors).enumerate() {
            for at in 0..vectors {
                let elements = tile(
                    #[inline(always)]
                    |i, j| from[(4 * i + j) * matrix + r * vectors + at],
                );
                let three: [[T::Of<S>; 3]; 3] = both_ways(
                    elements,
                    #[inline(always)]
                    |four| to_taps::<S, T>(simd, four),
                );
                for tap in 0..9 {
                    taps[tap * vectors + at] = three[tap / 3][tap % 3];
                }
            }
        }
    }
}
