//! Poolings and their gradients.

use super::conv2d::for_each_product;
use crate::scalar::Scalar;
use crate::shape::{Dims, Geometry};

/// `y[c, oy, ox] = max x[c, oy·sh + ky·dh − ph, ox·sw + kx·dw − pw]` over the window's pixels inside the image, and the flat
/// index of the largest pixel within its channel's plane.
///
/// The first pixel wins a tie; NaN beats every number, as in PyTorch.
pub fn max_pool2d<T: Scalar>(geometry: &Geometry, input: &[T], output: &mut [T], argmax: &mut [u32]) {
    let Geometry { input: from, output: to, window } = *geometry;
    let ([kh, kw], [sh, sw], [dh, dw], [ph, pw]) = (window.kernel, window.stride, window.dilation, window.before);
    for c in 0..to.channels {
        let plane = &input[c * from.height * from.width..][..from.height * from.width];
        for oy in 0..to.height {
            for ox in 0..to.width {
                let mut best: Option<usize> = None;
                for ky in 0..kh {
                    for kx in 0..kw {
                        let (y, x) = ((oy * sh + ky * dh).wrapping_sub(ph), (ox * sw + kx * dw).wrapping_sub(pw));
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
                // Every window sees a pixel.
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
        for_each_product(&one, 1, |o, _, i| visit(c * one.output.len() + o, c * one.input.len() + i));
    }
}

/// How many of the window's pixels at `output` along `axis` are counted in an average: those in the image, and with
/// `count_padding` those in its padding. What is beyond the padding never counts.
fn counted(geometry: &Geometry, count_padding: bool, axis: usize, output: usize) -> usize {
    let Geometry { input, window, .. } = *geometry;
    let (size, before, after) = ([input.height, input.width][axis], window.before[axis], window.after[axis]);
    let counts = if count_padding { 0..before + size + after } else { before..before + size };
    let at = |tap| output * window.stride[axis] + tap * window.dilation[axis];
    (0..window.kernel[axis]).filter(|&tap| counts.contains(&at(tap))).count()
}

/// The number of pixels that output `o` is the mean of.
fn divisor<T: Scalar>(geometry: &Geometry, count_padding: bool, o: usize) -> T {
    let (oy, ox) = (o / geometry.output.width % geometry.output.height, o % geometry.output.width);
    T::from_usize(counted(geometry, count_padding, 0, oy) * counted(geometry, count_padding, 1, ox))
}

/// `y[c, oy, ox] = Σ x[c, oy·sh + ky − ph, ox·sw + kx − pw] / n[oy, ox]`, where `n` counts the window's pixels in the image, and
/// with `count_padding` those in the padding, which are zeros.
pub fn avg_pool2d<T: Scalar>(geometry: &Geometry, count_padding: bool, input: &[T], output: &mut [T]) {
    output.fill(T::zero());
    for_each_pooled(geometry, |o, i| output[o] += input[i]);
    output.iter_mut().enumerate().for_each(|(o, output)| *output /= divisor(geometry, count_padding, o));
}

/// `∂L/∂x[i] = Σ ∂L/∂y[o] / n[o]` over the windows that see pixel `i`.
pub fn avg_pool2d_grad_input<T: Scalar>(
    geometry: &Geometry,
    count_padding: bool,
    grad_output: &[T],
    grad_input: &mut [T],
) {
    grad_input.fill(T::zero());
    for_each_pooled(geometry, |o, i| grad_input[i] += grad_output[o] / divisor(geometry, count_padding, o));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Window;

    #[test]
    fn a_max_pool_by_hand() {
        let window = Window::new([2, 3], [1, 2], [1, 0]);
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
        let window = Window::new([2, 2], [1, 2], [1, 0]);
        let geometry = Geometry { input: Dims::new(2, 2, 4), output: Dims::new(2, 3, 2), window };
        let input = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, -4.0, 0.0, 0.0, 8.0, 4.0, 0.0, 0.0, 0.0];
        let mut output = [f32::NAN; 12];
        avg_pool2d(&geometry, true, &input, &mut output);
        // Above and below, half of each window is padding, which counts as zeros.
        assert_eq!(output, [0.75, 1.75, 3.5, 5.5, 2.75, 3.75, -1.0, 2.0, 0.0, 2.0, 1.0, 0.0]);
        let mut pixels_only = [f32::NAN; 12];
        avg_pool2d(&geometry, false, &input, &mut pixels_only);
        assert_eq!(pixels_only, [1.5, 3.5, 3.5, 5.5, 5.5, 7.5, -2.0, 4.0, 0.0, 2.0, 2.0, 0.0]);
        let mut grad_input = [f32::NAN; 16];
        avg_pool2d_grad_input(&geometry, true, &output, &mut grad_input);
        let first = [1.0625, 1.0625, 1.8125, 1.8125, 1.5625, 1.5625, 2.3125, 2.3125];
        assert_eq!(grad_input[..8], first); // 1.0625 = (0.75 + 3.5)/4
        assert_eq!(grad_input[8..], [-0.25, -0.25, 1.0, 1.0, 0.25, 0.25, 0.5, 0.5]);
    }

    #[test]
    fn beyond_the_padding_nothing_counts() {
        // Windows of 2 over 3 pixels and one of padding on each side, with stride 2, and one that reaches beyond.
        let window = Window { after: [0, 0], ceil: true, ..Window::new([1, 2], [1, 2], [0, 1]) };
        let geometry = Geometry { input: Dims::new(1, 1, 4), output: Dims::new(1, 1, 3), window };
        let mut output = [f32::NAN; 3];
        avg_pool2d(&geometry, true, &[6.0, 8.0, 10.0, 12.0], &mut output);
        assert_eq!(output, [3.0, 9.0, 12.0]);
        avg_pool2d(&geometry, false, &[6.0, 8.0, 10.0, 12.0], &mut output);
        assert_eq!(output, [6.0, 9.0, 12.0]);
    }
}
