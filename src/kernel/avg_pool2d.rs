//! Average pooling: the mean of the pixels in every window.
//!
//! Fast because the loops run tap by tap along whole rows, over the outputs whose window has that tap inside the image: no
//! branch depends on the position of a window. The functions are always inlined, so the geometry is a compile-time constant and
//! strides become shuffles. The mean over a whole image has one output per channel; there each plane is summed at once.
//!
//! Each sum is divided once, at the end, so that sums of integers are exact until then.

use super::sum::sum_of;
use crate::scalar::Scalar;
use crate::shape::Geometry;
use crate::simd::widest;

/// `y[c, oy, ox] = Σ x[c, oy·sh + ky − ph, ox·sw + kx − pw] / (kh·kw)`: padding counts as zeros.
///
/// # Panics
/// If a slice does not have the length the geometry implies, or the geometry is not that of a pooling.
#[inline(always)]
pub fn avg_pool2d<T: Scalar>(geometry: &Geometry, input: &[T], output: &mut [T]) {
    geometry.check_pooling();
    let Geometry { input: from, output: to, window } = *geometry;
    assert_eq!([input.len(), output.len()], [from.len(), to.len()], "numbers and geometry");
    let (count, step) = (T::from_usize(window.kernel[0] * window.kernel[1]), window.stride[1]);
    let planes = input.chunks_exact(from.height * from.width);
    if is_whole(geometry) {
        for (plane, output) in planes.zip(output) {
            *output = sum_of(plane, plane, |x, _| x) / count;
        }
        return;
    }
    widest!({
        for (plane, output) in planes.zip(output.chunks_exact_mut(geometry.positions())) {
            output.fill(T::zero());
            for_each_tap(geometry, |pixel, at, len| {
                let (line, sums) = (&plane[pixel..=pixel + (len - 1) * step], &mut output[at..at + len]);
                for (i, sum) in sums.iter_mut().enumerate() {
                    *sum += line[i * step];
                }
            });
            for output in output {
                *output /= count;
            }
        }
    });
}

/// `∂L/∂x[i] = Σ ∂L/∂y[o] / (kh·kw)` over the windows that see pixel `i`.
///
/// # Panics
/// If a slice does not have the length the geometry implies, or the geometry is not that of a pooling.
#[inline(always)]
pub fn avg_pool2d_grad_input<T: Scalar>(geometry: &Geometry, grad_output: &[T], grad_input: &mut [T]) {
    geometry.check_pooling();
    let Geometry { input: from, output: to, window } = *geometry;
    assert_eq!([grad_input.len(), grad_output.len()], [from.len(), to.len()], "numbers and geometry");
    let (count, step) = (T::from_usize(window.kernel[0] * window.kernel[1]), window.stride[1]);
    let planes = grad_input.chunks_exact_mut(from.height * from.width);
    if is_whole(geometry) {
        for (plane, &gradient) in planes.zip(grad_output) {
            plane.fill(gradient / count);
        }
        return;
    }
    widest!({
        for (plane, grad_output) in planes.zip(grad_output.chunks_exact(geometry.positions())) {
            plane.fill(T::zero());
            for_each_tap(geometry, |pixel, at, len| {
                let (line, gradients) = (&mut plane[pixel..=pixel + (len - 1) * step], &grad_output[at..at + len]);
                for (i, &gradient) in gradients.iter().enumerate() {
                    line[i * step] += gradient;
                }
            });
            for gradient in plane {
                *gradient /= count;
            }
        }
    });
}

/// Whether the window covers the whole image, so that there is one output per channel.
const fn is_whole(geometry: &Geometry) -> bool {
    let Geometry { input, window, .. } = *geometry;
    let [height, width] = window.kernel;
    height == input.height && width == input.width && window.padding[0] == 0 && window.padding[1] == 0
}

/// Calls `visit(pixel, output, len)` for every tap of the window and every row of outputs. `output` is the first of `len`
/// adjacent outputs that have the tap inside the image; `pixel` is where it reads its plane.
#[inline(always)]
fn for_each_tap(geometry: &Geometry, mut visit: impl FnMut(usize, usize, usize)) {
    let (width, [kh, kw]) = (geometry.input.width, geometry.window.kernel);
    for ky in 0..kh {
        let (top, bottom) = geometry.inside(0, ky);
        for oy in top..bottom {
            for kx in 0..kw {
                let (left, right) = geometry.inside(1, kx);
                if left < right {
                    let pixel = geometry.pixel(0, oy, ky) * width + geometry.pixel(1, left, kx);
                    visit(pixel, oy * geometry.output.width + left, right - left);
                }
            }
        }
    }
}
