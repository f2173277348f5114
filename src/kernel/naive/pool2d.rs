//! Poolings and their gradients.

use super::conv2d::for_each_product;
use crate::scalar::Scalar;
use crate::shape::{Dims, Geometry};

/// `y[c, oy, ox] = max x[c, oy·sh + ky − ph, ox·sw + kx − pw]` over the window's pixels inside the image, and the flat
/// index of the largest pixel within its channel's plane.
///
/// The first pixel wins a tie; NaN beats every number, as in PyTorch.
pub fn max_pool2d<T: Scalar>(geometry: &Geometry, input: &[T], output: &mut [T], argmax: &mut [u32]) {
    let Geometry { input: from, output: to, window } = *geometry;
    let ([kh, kw], [sh, sw], [ph, pw]) = (window.kernel, window.stride, window.padding);
    for c in 0..to.channels {
        let plane = &input[c * from.height * from.width..][..from.height * from.width];
        for oy in 0..to.height {
            for ox in 0..to.width {
                let mut best: Option<usize> = None;
                for ky in 0..kh {
                    for kx in 0..kw {
                        let (y, x) = ((oy * sh + ky).wrapping_sub(ph), (ox * sw + kx).wrapping_sub(pw));
                        if y < from.height && x < from.width {
                            let at = y * from.width + x;
                            if best.is_none_or(|best| {
                                plane[at] > plane[best] || (plane[at].is_nan() && !plane[best].is_nan())
                            }) {
                                best = Some(at);
                            }
                        }
                    }
                }
                let to = (c * to.height + oy) * to.width + ox;
                // The padding is at most half of the window, so every window sees a pixel.
                argmax[to] = best.unwrap_or(0) as u32;
                output[to] = plane[argmax[to] as usize];
            }
        }
    }
}

/// Routes the gradient of every output to its argmax: `∂L/∂x[argmax[o]] += ∂L/∂y[o]`.
pub fn max_pool2d_grad_input<T: Scalar>(geometry: &Geometry, argmax: &[u32], grad_output: &[T], grad_input: &mut [T]) {
    grad_input.fill(T::zero());
    let (from, to) = (geometry.input.height * geometry.input.width, geometry.positions());
    let planes = grad_input.chunks_mut(from).zip(grad_output.chunks(to)).zip(argmax.chunks(to));
    for ((grad_input, grad_output), argmax) in planes {
        for (&gradient, &at) in grad_output.iter().zip(argmax) {
            grad_input[at as usize] += gradient;
        }
    }
}

/// Calls `visit(output, input)` with the flat indices of every pixel inside the image that a pooling window sees.
fn for_each_pooled(geometry: &Geometry, mut visit: impl FnMut(usize, usize)) {
    // Each channel is a convolution with one filter of one channel.
    let plane = |dims| Dims { channels: 1, ..dims };
    let one = Geometry { input: plane(geometry.input), output: plane(geometry.output), ..*geometry };
    for c in 0..geometry.output.channels {
        for_each_product(&one, |o, _, i| visit(c * one.output.len() + o, c * one.input.len() + i));
    }
}

/// `y[c, oy, ox] = Σ x[c, oy·sh + ky − ph, ox·sw + kx − pw] / (kh·kw)`: padding counts as zeros.
pub fn avg_pool2d<T: Scalar>(geometry: &Geometry, input: &[T], output: &mut [T]) {
    let [kh, kw] = geometry.window.kernel;
    output.fill(T::zero());
    for_each_pooled(geometry, |o, i| output[o] += input[i]);
    output.iter_mut().for_each(|output| *output /= T::from_usize(kh * kw));
}

/// `∂L/∂x[i] = Σ ∂L/∂y[o] / (kh·kw)` over the windows that see pixel `i`.
pub fn avg_pool2d_grad_input<T: Scalar>(geometry: &Geometry, grad_output: &[T], grad_input: &mut [T]) {
    let [kh, kw] = geometry.window.kernel;
    grad_input.fill(T::zero());
    for_each_pooled(geometry, |o, i| grad_input[i] += grad_output[o]);
    grad_input.iter_mut().for_each(|grad_input| *grad_input /= T::from_usize(kh * kw));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Window;

    #[test]
    fn a_max_pool_by_hand() {
        let window = Window { kernel: [2, 3], stride: [1, 2], padding: [1, 0] };
        let geometry = Geometry { input: Dims::new(1, 2, 5), output: Dims::new(1, 3, 2), window };
        let input = [-1.0, -2.0, -1.0, f32::NAN, -4.0, -5.0, -6.0, -1.0, -8.0, -9.0];
        let (mut output, mut argmax) = ([0.0; 6], [99; 6]);
        max_pool2d(&geometry, &input, &mut output, &mut argmax);
        assert_eq!(argmax, [0, 3, 0, 3, 7, 7]); // ties go to the first, padding never wins
        assert_eq!([output[0], output[2], output[4], output[5]], [-1.0; 4]);
        assert!(output[1].is_nan() && output[3].is_nan());
    }

    #[test]
    fn an_average_pool_by_hand() {
        let window = Window { kernel: [2, 2], stride: [1, 2], padding: [1, 0] };
        let geometry = Geometry { input: Dims::new(2, 2, 4), output: Dims::new(2, 3, 2), window };
        let input = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, -4.0, 0.0, 0.0, 8.0, 4.0, 0.0, 0.0, 0.0];
        let mut output = [f32::NAN; 12];
        avg_pool2d(&geometry, &input, &mut output);
        // Above and below, half of each window is padding, which counts as zeros.
        assert_eq!(output, [0.75, 1.75, 3.5, 5.5, 2.75, 3.75, -1.0, 2.0, 0.0, 2.0, 1.0, 0.0]);
        let mut grad_input = [f32::NAN; 16];
        avg_pool2d_grad_input(&geometry, &output, &mut grad_input);
        let first = [1.0625, 1.0625, 1.8125, 1.8125, 1.5625, 1.5625, 2.3125, 2.3125];
        assert_eq!(grad_input[..8], first); // 1.0625 = (0.75 + 3.5)/4
        assert_eq!(grad_input[8..], [-0.25, -0.25, 1.0, 1.0, 0.25, 0.25, 0.5, 0.5]);
    }
}
