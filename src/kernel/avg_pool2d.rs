//! Average pooling: the mean of the pixels in every window.
//!
//! Fast because the loops run tap by tap along whole rows, over the outputs whose window has that tap inside the image: no
//! branch depends on the position of a window. The functions are always inlined, so the geometry is a compile-time constant and
//! strides become shuffles. The mean over a whole image has one output per channel; there each plane is summed at once.
//!
//! Where all windows count as many pixels, each sum is divided once, at the end, so that sums of integers are exact until then.

use core::ops::Range;

use super::sum::sum_of;
use crate::scalar::Scalar;
use crate::shape::Geometry;
use crate::simd::widest;

/// The gradients of up to this many outputs are divided at a time, where windows differ in how many pixels they count.
const CHUNK: usize = 64;

/// `y[c, oy, ox] = Σ x[c, oy·sh + ky·dh − ph, ox·sw + kx·dw − pw] / n[oy, ox]`, where `n` counts the window's pixels in the image,
/// and with `count_padding` those in the padding, which are zeros.
///
/// # Panics
/// If a slice does not have the length the geometry implies, the geometry is not that of a pooling, or a window sees only padding.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn avg_pool2d<T: Scalar>(geometry: &Geometry, count_padding: bool, input: &[T], output: &mut [T]) {
    check(geometry, input, output);
    let Geometry { input: from, output: to, window } = *geometry;
    let step = window.stride[1];
    let planes = input.chunks_exact(from.height * from.width);
    if is_whole(geometry) {
        for (plane, output) in planes.zip(output) {
            *output = sum_of(plane, plane, |x, _| x) / all::<T>(geometry);
        }
        return;
    }
    widest!({
        for (plane, output) in planes.zip(output.chunks_exact_mut(geometry.positions())) {
            output.fill(T::zero());
            for oy in 0..to.height {
                for_each_tap(geometry, oy, 0..to.width, |pixel, at, len| {
                    let (line, sums) =
                        (&plane[pixel..=pixel + (len - 1) * step], &mut output[oy * to.width + at..][..len]);
                    for (i, sum) in sums.iter_mut().enumerate() {
                        *sum += line[i * step];
                    }
                });
            }
            if is_uniform(geometry, count_padding) {
                output.iter_mut().for_each(|output| *output /= all::<T>(geometry));
            } else {
                for (oy, row) in output.chunks_exact_mut(to.width).enumerate() {
                    divide(geometry, count_padding, [oy, 0], row);
                }
            }
        }
    });
}

/// `∂L/∂x[i] = Σ ∂L/∂y[o] / n[o]` over the windows that see pixel `i`.
///
/// # Panics
/// If a slice does not have the length the geometry implies, the geometry is not that of a pooling, or a window sees only padding.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn avg_pool2d_grad_input<T: Scalar>(
    geometry: &Geometry,
    count_padding: bool,
    grad_output: &[T],
    grad_input: &mut [T],
) {
    check(geometry, grad_input, grad_output);
    let Geometry { input: from, output: to, window } = *geometry;
    let step = window.stride[1];
    let planes = grad_input.chunks_exact_mut(from.height * from.width);
    if is_whole(geometry) {
        for (plane, &gradient) in planes.zip(grad_output) {
            plane.fill(gradient / all::<T>(geometry));
        }
        return;
    }
    let is_uniform = is_uniform(geometry, count_padding);
    widest!({
        for (plane, grad_output) in planes.zip(grad_output.chunks_exact(geometry.positions())) {
            plane.fill(T::zero());
            for (oy, gradients) in grad_output.chunks_exact(to.width).enumerate() {
                let mut add = |gradients: &[T], columns: Range<usize>| {
                    let first = columns.start;
                    for_each_tap(geometry, oy, columns, |pixel, at, len| {
                        let (line, gradients) =
                            (&mut plane[pixel..=pixel + (len - 1) * step], &gradients[at - first..][..len]);
                        for (i, &gradient) in gradients.iter().enumerate() {
                            line[i * step] += gradient;
                        }
                    });
                };
                if is_uniform {
                    add(gradients, 0..to.width);
                    continue;
                }
                for (n, gradients) in gradients.chunks(CHUNK).enumerate() {
                    let mut divided = [T::zero(); CHUNK];
                    let divided = &mut divided[..gradients.len()];
                    divided.copy_from_slice(gradients);
                    divide(geometry, count_padding, [oy, n * CHUNK], divided);
                    add(divided, n * CHUNK..n * CHUNK + gradients.len());
                }
            }
            if is_uniform {
                plane.iter_mut().for_each(|gradient| *gradient /= all::<T>(geometry));
            }
        }
    });
}

#[inline(always)]
#[track_caller]
fn check<T>(geometry: &Geometry, input: &[T], output: &[T]) {
    geometry.check_pooling();
    let Geometry { input: from, output: to, .. } = *geometry;
    assert_eq!([input.len(), output.len()], [from.len(), to.len()], "numbers and geometry");
    assert!(geometry.sees_pixels(), "every window has to see a pixel");
}

/// The number of pixels under a window.
#[inline(always)]
fn all<T: Scalar>(geometry: &Geometry) -> T {
    T::from_usize(geometry.window.kernel[0] * geometry.window.kernel[1])
}

/// Whether the window covers the whole image, so that there is one output per channel.
const fn is_whole(geometry: &Geometry) -> bool {
    let Geometry { input, window, .. } = *geometry;
    let [height, width] = window.kernel;
    height == input.height && width == input.width && window.is_bare() && !window.is_dilated()
}

/// Whether all windows count as many pixels.
#[inline(always)]
const fn is_uniform(geometry: &Geometry, count_padding: bool) -> bool {
    let Geometry { input, output, window } = *geometry;
    let padded = window.padded(input);
    let [vertical, horizontal] = window.stride;
    (count_padding || window.is_bare())
        && (output.height - 1) * vertical + window.extent(0) <= padded.height
        && (output.width - 1) * horizontal + window.extent(1) <= padded.width
}

/// Divides each of a row of outputs from `[oy, ox]` by the number of pixels its window counts.
#[inline(always)]
fn divide<T: Scalar>(geometry: &Geometry, count_padding: bool, [oy, ox]: [usize; 2], row: &mut [T]) {
    let rows = counted(geometry, count_padding, 0, oy);
    for (i, output) in row.iter_mut().enumerate() {
        *output /= T::from_usize(rows * counted(geometry, count_padding, 1, ox + i));
    }
}

/// How many of the window's pixels at `output` along `axis` count.
#[inline(always)]
const fn counted(geometry: &Geometry, count_padding: bool, axis: usize, output: usize) -> usize {
    let Geometry { input, window, .. } = *geometry;
    let size = if axis == 0 { input.height } else { input.width };
    let (start, before, step) = (output * window.stride[axis], window.before[axis], window.dilation[axis]);
    let first = if count_padding { 0 } else { before.saturating_sub(start).div_ceil(step) };
    let end = if count_padding { before + size + window.after[axis] } else { before + size };
    let taps = (end - start).div_ceil(step);
    (if taps < window.kernel[axis] { taps } else { window.kernel[axis] }) - first
}

/// Calls `visit(pixel, output, len)` for every tap of the window in the row `oy` of outputs. `output` is the first of `len`
/// adjacent outputs in the range `columns` that have the tap inside the image; `pixel` is where it reads its plane.
#[inline(always)]
fn for_each_tap(geometry: &Geometry, oy: usize, columns: Range<usize>, mut visit: impl FnMut(usize, usize, usize)) {
    let (width, [kh, kw]) = (geometry.input.width, geometry.window.kernel);
    for ky in 0..kh {
        let (top, bottom) = geometry.inside(0, ky);
        if oy < top || oy >= bottom {
            continue;
        }
        for kx in 0..kw {
            let (left, right) = geometry.inside(1, kx);
            let (left, right) = (left.max(columns.start), right.min(columns.end));
            if left < right {
                visit(geometry.pixel(0, oy, ky) * width + geometry.pixel(1, left, kx), left, right - left);
            }
        }
    }
}
