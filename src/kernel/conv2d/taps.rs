//! Sums over the taps of a window, and over the positions of a tap: the arithmetic of a [depthwise](super::depthwise) convolution.
//!
//! A tap reads one contiguous run of a plane for all outputs at once. Fast because vectors of several adjacent outputs, or of
//! several taps, stay in registers over the whole sum.

use core::array::from_fn;

use bytemuck::Zeroable;

use crate::kernel::epilogue::Epilogue;
use crate::kernel::gemm::{Panels, load, store};
use crate::scalar::Scalar;
use crate::simd::{Arch, Simd, WithSimd};

/// `output[i] = f(initial + Σₜ weight[t] · plane[reads[t] + i])`, where `f` is what follows in this channel but for a pooling.
///
/// # Panics
/// If the output is not whole vectors, or a tap reads beyond the plane.
#[inline(always)]
pub(super) fn weighted_sum<T: Scalar>(
    plane: &[T],
    reads: &[u32],
    (weight, initial): (&[T], T),
    then: (&Epilogue<'_, T>, usize),
    output: &mut [T],
) {
    let rows = Rows { width: output.len(), stride: 0, stacked: 0 };
    Arch::new().dispatch(WeightedSum::<_, true> { plane, reads, weight, initial, rows, then, output });
}

/// The same of several rows: `output[r·width + i] = f(initial + Σₜ weight[t] · plane[reads[t] + r·stride + i])`.
///
/// # Panics
/// If the rows are not whole vectors, or a tap reads beyond the plane.
#[inline(always)]
pub(super) fn weighted_rows<T: Scalar>(
    plane: &[T],
    reads: &[u32],
    (weight, initial): (&[T], T),
    rows: Rows,
    then: (&Epilogue<'_, T>, usize),
    output: &mut [T],
) {
    let work = WeightedSum::<_, false> { plane, reads, weight, initial, rows, then, output };
    match rows.stacked {
        3 if work.output.len() >= STACK * rows.width => Arch::new().dispatch(Stacks::<_, 3>(work)),
        5 if work.output.len() >= STACK * rows.width => Arch::new().dispatch(Stacks::<_, 5>(work)),
        _ => Arch::new().dispatch(work),
    }
}

/// Rows of `width` outputs, whose taps read pixels `stride` apart.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    pub width: usize,
    pub stride: usize,
    /// The rows of the window, if each tap reads `stride` pixels after the one above it; otherwise 0.
    pub stacked: usize,
}

/// `sums[t] += Σᵢ plane[reads[t] + i] · gradient[i]`
///
/// # Panics
/// If the gradient is not whole vectors, or a tap reads beyond the plane.
#[inline(always)]
pub(super) fn add_products<T: Scalar>(plane: &[T], reads: &[u32], gradient: &[T], sums: &mut [T]) {
    Arch::new().dispatch(Products { plane, reads, gradient, sums });
}

/// A sum over taps, of several rows, or of `ONE`.
struct WeightedSum<'a, T, const ONE: bool> {
    plane: &'a [T],
    reads: &'a [u32],
    weight: &'a [T],
    initial: T,
    rows: Rows,
    /// What follows, and the channel.
    then: (&'a Epilogue<'a, T>, usize),
    output: &'a mut [T],
}

impl<T: Scalar, const ONE: bool> WithSimd for WeightedSum<'_, T, ONE> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let lanes = T::lanes::<S>();
        assert!(self.output.len().is_multiple_of(lanes) && self.rows.width.is_multiple_of(lanes), "whole vectors");
        self.for_each_panel(simd, self.output.len(), lanes, 6);
    }
}

impl<T: Scalar, const ONE: bool> Panels for WeightedSum<'_, T, ONE> {
    const WIDEST: usize = 6;
    const WHOLE: bool = true;

    /// Computes `N` vectors from output `j`.
    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // as in the products
    fn panel<S: Simd, const N: usize, const WHOLE: bool>(&mut self, simd: S, j: usize) {
        let lanes = T::lanes::<S>();
        let mut pixels: [&[T]; N] = [&[]; N];
        for s in 0..N {
            let at = j + s * lanes;
            let (row, i) = if ONE { (0, at) } else { (at / self.rows.width, at % self.rows.width) };
            pixels[s] = &self.plane[row * self.rows.stride + i..];
        }
        let mut sums = [T::splat(simd, self.initial); N];
        for (&read, &weight) in self.reads.iter().zip(self.weight) {
            let (weight, read) = (T::splat(simd, weight), read as usize);
            let run: [T::Of<S>; N] = if ONE {
                load::<S, T, N, true>(simd, &pixels[0][read..])
            } else {
                from_fn(|s| load::<S, T, 1, true>(simd, &pixels[s][read..])[0])
            };
            for s in 0..N {
                sums[s] = T::fused(simd, weight, run[s], sums[s]);
            }
        }
        let (then, channel) = self.then;
        if !then.is_none() {
            sums = then.of_vectors(simd, channel, sums);
        }
        store::<S, T, N, true>(simd, &mut self.output[j..], sums);
    }
}

/// So many outputs of a column are computed together.
const STACK: usize = 8;

/// A sum over the taps of windows with `KH` rows, one below the other: of [`STACK`] rows of outputs at a time, so that a vector that is
/// loaded is multiplied by a whole column of taps.
struct Stacks<'a, T, const KH: usize>(WeightedSum<'a, T, false>);

impl<T: Scalar, const KH: usize> WithSimd for Stacks<'_, T, KH> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let (lanes, width) = (T::lanes::<S>(), self.0.rows.width);
        assert!(self.0.output.len().is_multiple_of(width) && width.is_multiple_of(lanes), "whole vectors");
        let height = self.0.output.len() / width;
        for i in (0..width).step_by(lanes) {
            // The last stack may overlap the one before: some rows are then computed twice.
            for first in (0..height).step_by(STACK) {
                self.stack(simd, first.min(height - STACK), i);
            }
        }
    }
}

impl<T: Scalar, const KH: usize> Stacks<'_, T, KH> {
    /// Computes a vector of each of [`STACK`] rows from row `first`, at value `i` of the row.
    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // as in the products
    fn stack<S: Simd>(&mut self, simd: S, first: usize, i: usize) {
        let WeightedSum { plane, reads, weight, initial, rows: Rows { width, stride, .. }, then, output } = &mut self.0;
        let (lanes, columns, (then, channel)) = (T::lanes::<S>(), reads.len() / KH, *then);
        let mut sums = [T::splat(simd, *initial); STACK];
        for kx in 0..columns {
            let mut taps = [T::splat(simd, T::zero()); KH];
            for ky in 0..KH {
                taps[ky] = T::splat(simd, weight[ky * columns + kx]);
            }
            let pixels = &plane[reads[kx] as usize + first * *stride + i..];
            for y in 0..STACK + KH - 1 {
                let [pixels] = load::<S, T, 1, true>(simd, &pixels[y * *stride..]);
                for ky in 0..KH {
                    if ky <= y && y < STACK + ky {
                        sums[y - ky] = T::fused(simd, taps[ky], pixels, sums[y - ky]);
                    }
                }
            }
        }
        if !then.is_none() {
            sums = then.of_vectors(simd, channel, sums);
        }
        for s in 0..STACK {
            store::<S, T, 1, true>(simd, &mut output[(first + s) * *width + i..][..lanes], [sums[s]]);
        }
    }
}

struct Products<'a, T> {
    plane: &'a [T],
    reads: &'a [u32],
    gradient: &'a [T],
    sums: &'a mut [T],
}

impl<T: Scalar> WithSimd for Products<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        assert_eq!(self.reads.len(), self.sums.len(), "a sum for each tap");
        self.for_each_panel(simd, self.sums.len(), 1, 6);
    }
}

impl<T: Scalar> Panels for Products<'_, T> {
    const WIDEST: usize = 6;
    const WHOLE: bool = true;

    /// Computes the sums of `N` taps from tap `t`, two vectors at a time, each with a sum of its own.
    #[inline(always)]
    fn panel<S: Simd, const N: usize, const WHOLE: bool>(&mut self, simd: S, t: usize) {
        let (gradient, rest) = T::split::<S>(self.gradient);
        assert!(rest.is_empty(), "whole vectors");
        let mut pixels: [&[T::Of<S>]; N] = [&[]; N];
        for (pixels, &read) in pixels.iter_mut().zip(&self.reads[t..]) {
            *pixels = T::split::<S>(&self.plane[read as usize..][..self.gradient.len()]).0;
        }
        let mut sums = [[T::Of::<S>::zeroed(); 2]; N];
        for i in 0..gradient.len() / 2 {
            for half in 0..2 {
                for (sum, pixels) in sums.iter_mut().zip(&pixels) {
                    sum[half] = T::fused(simd, pixels[2 * i + half], gradient[2 * i + half], sum[half]);
                }
            }
        }
        if !gradient.len().is_multiple_of(2) {
            let last = gradient.len() - 1;
            for (sum, pixels) in sums.iter_mut().zip(&pixels) {
                sum[0] = T::fused(simd, pixels[last], gradient[last], sum[0]);
            }
        }
        for (total, sum) in self.sums[t..].iter_mut().zip(sums) {
            *total += T::total(simd, sum[0]) + T::total(simd, sum[1]);
        }
    }
}
