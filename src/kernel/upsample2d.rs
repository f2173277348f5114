//! Upsampling by whole factors: every pixel becomes a rectangle, or pixels are interpolated linearly.
//!
//! Fast because the sizes are constants, and because no loop asks where it is. Repeated pixels are written row by row. For linear
//! interpolation, the weights of output `i·scale + phase` are the same for every `i`: a phase reads neighboring inputs with
//! constant weights. Only the outputs at the edge, which have no pixel on one side, are computed alone. (Wider vectors were
//! measured: outputs that are `scale` apart are then scattered, which takes three times as long.)

use crate::scalar::Scalar;
use crate::shape::Dims;

/// `y[c, oy, ox] = x[c, ⌊oy/sh⌋, ⌊ox/sw⌋]`
///
/// # Panics
/// If a slice does not have the length of a sample.
#[inline(always)]
pub fn nearest2d<T: Scalar>(dims: Dims, [sh, sw]: [usize; 2], input: &[T], output: &mut [T]) {
    check(dims, [sh, sw], input.len(), output.len());
    let wide = dims.width * sw;
    for (row, rows) in input.chunks_exact(dims.width).zip(output.chunks_exact_mut(sh * wide)) {
        let (first, others) = rows.split_at_mut(wide);
        for (&x, pixels) in row.iter().zip(first.chunks_exact_mut(sw)) {
            pixels.fill(x);
        }
        for other in others.chunks_exact_mut(wide) {
            other.copy_from_slice(first);
        }
    }
}

/// `∂L/∂x[c, y, x] = Σ ∂L/∂y[c, oy, ox]` over the rectangle of the pixel.
///
/// # Panics
/// If a slice does not have the length of a sample.
#[inline(always)]
pub fn nearest2d_grad_input<T: Scalar>(dims: Dims, [sh, sw]: [usize; 2], grad_output: &[T], grad_input: &mut [T]) {
    check(dims, [sh, sw], grad_input.len(), grad_output.len());
    let wide = dims.width * sw;
    grad_input.fill(T::zero());
    for (dx, rows) in grad_input.chunks_exact_mut(dims.width).zip(grad_output.chunks_exact(sh * wide)) {
        for row in rows.chunks_exact(wide) {
            for (dx, pixels) in dx.iter_mut().zip(row.chunks_exact(sw)) {
                for &dy in pixels {
                    *dx += dy;
                }
            }
        }
    }
}

/// Linear interpolation along both axes, between the centers of the pixels. Output `o` of an axis with `n` pixels is at
/// `s = max(0, (o + ½)/scale − ½)` of the input, and `y = (1 − f)·x[⌊s⌋] + f·x[min(⌊s⌋ + 1, n − 1)]` with `f = s − ⌊s⌋`.
///
/// # Panics
/// If a slice does not have the length of a sample.
#[inline(always)]
pub fn bilinear2d<T: Scalar>(dims: Dims, [sh, sw]: [usize; 2], input: &[T], output: &mut [T]) {
    check(dims, [sh, sw], input.len(), output.len());
    let (width, wide) = (dims.width, dims.width * sw);
    let planes = input.chunks_exact(dims.height * width).zip(output.chunks_exact_mut(dims.height * sh * wide));
    for (plane, output) in planes {
        for (oy, output) in output.chunks_exact_mut(wide).enumerate() {
            let [top, bottom, down] = taps(oy, sh, dims.height);
            let (top, bottom, down) =
                (&plane[top * width..][..width], &plane[bottom * width..][..width], share(down, sh));
            let mix = |at: usize| (T::one() - down) * top[at] + down * bottom[at];
            for phase in 0..sw {
                let [lead, last] = inner(phase, sw, width);
                let right: T = share(taps(lead * sw + phase, sw, width)[2], sw);
                let from = taps(lead * sw + phase, sw, width)[0];
                for i in lead..last {
                    let at = from + i - lead;
                    output[i * sw + phase] = (T::one() - right) * mix(at) + right * mix(at + 1);
                }
                for i in (0..lead).chain(last..width) {
                    let [left, _, _] = taps(i * sw + phase, sw, width);
                    output[i * sw + phase] = mix(left);
                }
            }
        }
    }
}

/// The adjoint of [`bilinear2d`]: every output adds its gradient to the pixels it was computed from, with the same weights.
///
/// # Panics
/// If a slice does not have the length of a sample.
#[inline(always)]
pub fn bilinear2d_grad_input<T: Scalar>(dims: Dims, [sh, sw]: [usize; 2], grad_output: &[T], grad_input: &mut [T]) {
    check(dims, [sh, sw], grad_input.len(), grad_output.len());
    let (width, wide) = (dims.width, dims.width * sw);
    grad_input.fill(T::zero());
    let planes =
        grad_input.chunks_exact_mut(dims.height * width).zip(grad_output.chunks_exact(dims.height * sh * wide));
    for (plane, grad_output) in planes {
        for (oy, grad_output) in grad_output.chunks_exact(wide).enumerate() {
            let [top, bottom, down] = taps(oy, sh, dims.height);
            let down: T = share(down, sh);
            for (y, weight) in [(top, T::one() - down), (bottom, down)] {
                let row = &mut plane[y * width..][..width];
                for phase in 0..sw {
                    let [lead, last] = inner(phase, sw, width);
                    let [from, _, right] = taps(lead * sw + phase, sw, width);
                    let right: T = share(right, sw);
                    for (offset, weight) in [(0, weight * (T::one() - right)), (1, weight * right)] {
                        for i in lead..last {
                            row[from + offset + i - lead] += weight * grad_output[i * sw + phase];
                        }
                    }
                    for i in (0..lead).chain(last..width) {
                        let [left, _, _] = taps(i * sw + phase, sw, width);
                        row[left] += weight * grad_output[i * sw + phase];
                    }
                }
            }
        }
    }
}

/// The two pixels that output `o` of an axis of `size` pixels is computed from, and the share of the second, in units of `1/(2·scale)`.
#[inline(always)]
const fn taps(o: usize, scale: usize, size: usize) -> [usize; 3] {
    // (o + ½)/scale − ½, in these units
    let at = (2 * o + 1).saturating_sub(scale);
    let first = at / (2 * scale);
    [first, if first + 1 < size { first + 1 } else { first }, at % (2 * scale)]
}

#[inline(always)]
fn share<T: Scalar>(units: usize, scale: usize) -> T {
    T::from_usize(units) / T::from_usize(2 * scale)
}

/// The inputs `i`, as a half-open range, for which output `i·scale + phase` is between two pixels. The others see one only.
#[inline(always)]
const fn inner(phase: usize, scale: usize, size: usize) -> [usize; 2] {
    if 2 * phase + 1 < scale { [1, size] } else { [0, size - 1] }
}

#[inline(always)]
#[track_caller]
fn check(dims: Dims, [sh, sw]: [usize; 2], inputs: usize, outputs: usize) {
    let expected = [dims.len(), dims.len().saturating_mul(sh).saturating_mul(sw)];
    assert!(dims.is_allowed() && sh > 0 && sw > 0, "nothing to upsample: {dims} by {sh}×{sw}");
    assert_eq!([inputs, outputs], expected, "numbers and sizes");
}
