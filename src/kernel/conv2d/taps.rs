//! Sums over the taps of a window, and over the positions of a tap: the arithmetic of a [depthwise](super::depthwise) convolution.
//!
//! A tap reads one contiguous run of a plane for all outputs at once. Fast because vectors of several adjacent outputs, or of
//! several taps, stay in registers over the whole sum.

use bytemuck::Zeroable;

use crate::kernel::gemm::{Panels, load, store};
use crate::scalar::Scalar;
use crate::simd::{Arch, Simd, WithSimd};

/// `output[i] = initial + Σₜ weight[t] · plane[reads[t] + i]`
///
/// # Panics
/// If the output is not whole vectors, or a tap reads beyond the plane.
#[inline(always)]
pub(super) fn weighted_sum<T: Scalar>(plane: &[T], reads: &[u32], weight: &[T], initial: T, output: &mut [T]) {
    Arch::new().dispatch(WeightedSum { plane, reads, weight, initial, output });
}

/// `sums[t] += Σᵢ plane[reads[t] + i] · gradient[i]`
///
/// # Panics
/// If the gradient is not whole vectors, or a tap reads beyond the plane.
#[inline(always)]
pub(super) fn add_products<T: Scalar>(plane: &[T], reads: &[u32], gradient: &[T], sums: &mut [T]) {
    Arch::new().dispatch(Products { plane, reads, gradient, sums });
}

struct WeightedSum<'a, T> {
    plane: &'a [T],
    reads: &'a [u32],
    weight: &'a [T],
    initial: T,
    output: &'a mut [T],
}

impl<T: Scalar> WithSimd for WeightedSum<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let lanes = size_of::<T::Of<S>>() / size_of::<T>();
        assert!(self.output.len().is_multiple_of(lanes), "whole vectors");
        self.for_each_panel(simd, self.output.len(), lanes, 6);
    }
}

impl<T: Scalar> Panels for WeightedSum<'_, T> {
    const WIDEST: usize = 6;
    const WHOLE: bool = true;

    /// Computes `N` vectors from output `j`.
    #[inline(always)]
    fn panel<S: Simd, const N: usize, const WHOLE: bool>(&mut self, simd: S, j: usize) {
        let plane = &self.plane[j..];
        let mut sums = [T::splat(simd, self.initial); N];
        for (&read, &weight) in self.reads.iter().zip(self.weight) {
            let (pixels, weight) = (load::<S, T, N, true>(simd, &plane[read as usize..]), T::splat(simd, weight));
            for (sum, pixel) in sums.iter_mut().zip(pixels) {
                *sum = T::fused(simd, weight, pixel, *sum);
            }
        }
        store::<S, T, N, true>(simd, &mut self.output[j..], sums);
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
