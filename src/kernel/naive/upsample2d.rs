//! Upsampling and its gradients.

use crate::scalar::Scalar;
use crate::shape::Dims;

/// Calls `visit(output, input, weight)` for every output and every pixel it is computed from. `taps(o, scale, size)` gives the
/// pixels of output `o` along an axis of `size` pixels, with their weights.
fn for_each_tap<T: Scalar, const N: usize>(
    dims: Dims,
    [sh, sw]: [usize; 2],
    taps: impl Fn(usize, usize, usize) -> [(usize, T); N],
    mut visit: impl FnMut(usize, usize, T),
) {
    let [height, width] = [dims.height * sh, dims.width * sw];
    for c in 0..dims.channels {
        for oy in 0..height {
            for ox in 0..width {
                for (y, by_y) in taps(oy, sh, dims.height) {
                    for (x, by_x) in taps(ox, sw, dims.width) {
                        let output = (c * height + oy) * width + ox;
                        visit(output, (c * dims.height + y) * dims.width + x, by_y * by_x);
                    }
                }
            }
        }
    }
}

/// The pixel an output repeats.
fn nearest<T: Scalar>(o: usize, scale: usize, _size: usize) -> [(usize, T); 1] {
    [(o / scale, T::one())]
}

/// The pixels on both sides of an output at `s = max(0, (o + ½)/scale − ½)`.
fn linear<T: Scalar>(o: usize, scale: usize, size: usize) -> [(usize, T); 2] {
    let s = ((o as f64 + 0.5) / scale as f64 - 0.5).max(0.0);
    let first = s as usize;
    let share = T::from_f64(s - first as f64);
    [(first, T::one() - share), ((first + 1).min(size - 1), share)]
}

/// `y[c, oy, ox] = x[c, ⌊oy/sh⌋, ⌊ox/sw⌋]`
pub fn nearest2d<T: Scalar>(dims: Dims, scale: [usize; 2], input: &[T], output: &mut [T]) {
    output.fill(T::zero());
    for_each_tap(dims, scale, nearest, |o, i, weight: T| output[o] += weight * input[i]);
}

/// `∂L/∂x[c, y, x] = Σ ∂L/∂y[c, oy, ox]` over the rectangle of the pixel.
pub fn nearest2d_grad_input<T: Scalar>(dims: Dims, scale: [usize; 2], grad_output: &[T], grad_input: &mut [T]) {
    grad_input.fill(T::zero());
    for_each_tap(dims, scale, nearest, |o, i, weight: T| grad_input[i] += weight * grad_output[o]);
}

/// Linear interpolation along both axes, between the centers of the pixels: PyTorch's `align_corners=False`.
pub fn bilinear2d<T: Scalar>(dims: Dims, scale: [usize; 2], input: &[T], output: &mut [T]) {
    output.fill(T::zero());
    for_each_tap(dims, scale, linear, |o, i, weight: T| output[o] += weight * input[i]);
}

/// Every output adds its gradient to the pixels it was computed from, with the same weights.
pub fn bilinear2d_grad_input<T: Scalar>(dims: Dims, scale: [usize; 2], grad_output: &[T], grad_input: &mut [T]) {
    grad_input.fill(T::zero());
    for_each_tap(dims, scale, linear, |o, i, weight: T| grad_input[i] += weight * grad_output[o]);
}
