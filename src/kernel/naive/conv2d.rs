//! Convolutions, their gradients, and im2col.

use crate::scalar::Scalar;
use crate::shape::{Dims, Geometry};

/// Calls `visit(output, weight, input)` with the three flat indices of every product in a convolution.
///
/// Output `[o, oy, ox]` sums the products of weight `[o, c, ky, kx]` and input
/// `[first + c, oy·sh + ky·dh − ph, ox·sw + kx·dw − pw]`, where `first` is the first channel of the group that filter `o` is in;
/// there is no product where the input is in the padding. The kernel is not flipped: as usual in deep learning, "convolution"
/// means cross-correlation.
pub(super) fn for_each_product(geometry: &Geometry, groups: usize, mut visit: impl FnMut(usize, usize, usize)) {
    let Geometry { input, output, window } = *geometry;
    let ([kh, kw], [sh, sw], [dh, dw], [ph, pw]) = (window.kernel, window.stride, window.dilation, window.before);
    let (channels, filters) = (input.channels / groups, output.channels / groups);
    for o in 0..output.channels {
        let first = o / filters * channels;
        for oy in 0..output.height {
            for ox in 0..output.width {
                for c in 0..channels {
                    for ky in 0..kh {
                        for kx in 0..kw {
                            let (y, x) = ((oy * sh + ky * dh).wrapping_sub(ph), (ox * sw + kx * dw).wrapping_sub(pw));
                            if y < input.height && x < input.width {
                                visit(
                                    (o * output.height + oy) * output.width + ox,
                                    ((o * channels + c) * kh + ky) * kw + kx,
                                    ((first + c) * input.height + y) * input.width + x,
                                );
                            }
                        }
                    }
                }
            }
        }
    }
}

/// `y[o, oy, ox] = b[o] + Σ w[o, c, ky, kx] · x[first + c, oy·sh + ky·dh − ph, ox·sw + kx·dw − pw]`; `bias` may be empty.
pub fn conv2d<T: Scalar>(geometry: &Geometry, groups: usize, input: &[T], weight: &[T], bias: &[T], output: &mut [T]) {
    output.fill(T::zero());
    for (output, &bias) in output.chunks_mut(geometry.positions()).zip(bias) {
        output.fill(bias);
    }
    for_each_product(geometry, groups, |o, w, i| output[o] += weight[w] * input[i]);
}

/// `∂L/∂x[i] = Σ w · ∂L/∂y`, over the products that contain input `i`.
pub fn conv2d_grad_input<T: Scalar>(
    geometry: &Geometry,
    groups: usize,
    weight: &[T],
    grad_output: &[T],
    grad_input: &mut [T],
) {
    grad_input.fill(T::zero());
    for_each_product(geometry, groups, |o, w, i| grad_input[i] += weight[w] * grad_output[o]);
}

/// `∂L/∂w += Σ x · ∂L/∂y`, over the products that contain the weight, and `∂L/∂b[o] += Σ ∂L/∂y[o]`; `grad_bias` may be empty.
pub fn add_conv2d_grad_parameters<T: Scalar>(
    geometry: &Geometry,
    groups: usize,
    input: &[T],
    grad_output: &[T],
    grad_weight: &mut [T],
    grad_bias: &mut [T],
) {
    for_each_product(geometry, groups, |o, w, i| grad_weight[w] += input[i] * grad_output[o]);
    for (grad_output, grad_bias) in grad_output.chunks(geometry.positions()).zip(grad_bias) {
        *grad_bias += grad_output.iter().copied().sum();
    }
}

/// [`for_each_product`] of one filter: visits every pair of a patch entry and a position once, with its pixel.
fn for_each_entry(geometry: &Geometry, visit: impl FnMut(usize, usize, usize)) {
    for_each_product(&Geometry { output: Dims { channels: 1, ..geometry.output }, ..*geometry }, 1, visit);
}

/// `columns[(c, ky, kx), (oy, ox)] = x[c, oy·sh + ky·dh − ph, ox·sw + kx·dw − pw]`, zero in the padding.
pub fn im2col<T: Scalar>(geometry: &Geometry, input: &[T], columns: &mut [T]) {
    columns.fill(T::zero());
    for_each_entry(geometry, |o, w, i| columns[w * geometry.positions() + o] = input[i]);
}

/// The adjoint of [`im2col`]: adds every entry of `columns` to the pixel it was copied from.
pub fn add_col2im<T: Scalar>(geometry: &Geometry, columns: &[T], input: &mut [T]) {
    for_each_entry(geometry, |o, w, i| input[i] += columns[w * geometry.positions() + o]);
}

/// The index in the rows of [`im2row`] of entry `(c, ky, kx)` of the patch at `position`, and the index of pixel `[c, y, x]` in its
/// channels-last image.
fn channels_last(geometry: &Geometry, position: usize, weight: usize, pixel: usize) -> [usize; 2] {
    let channels = geometry.input.channels;
    let (taps, pixels) = (geometry.patch() / channels, geometry.input.len() / channels);
    let place = |at: usize, count: usize| at % count * channels + at / count;
    [position * geometry.patch() + place(weight, taps), place(pixel, pixels)]
}

/// The same patches as rows, from a channels-last image:
/// `rows[(oy, ox), (ky, kx, c)] = x[oy·sh + ky·dh − ph, ox·sw + kx·dw − pw, c]`, zero in the padding.
pub fn im2row<T: Scalar>(geometry: &Geometry, image: &[T], rows: &mut [T]) {
    rows.fill(T::zero());
    for_each_entry(geometry, |o, w, i| {
        let [row, pixel] = channels_last(geometry, o, w, i);
        rows[row] = image[pixel];
    });
}

/// The adjoint of [`im2row`]: adds every entry of `rows` to the pixel it was copied from.
pub fn add_row2im<T: Scalar>(geometry: &Geometry, rows: &[T], image: &mut [T]) {
    for_each_entry(geometry, |o, w, i| {
        let [row, pixel] = channels_last(geometry, o, w, i);
        image[pixel] += rows[row];
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Window;

    #[test]
    fn a_convolution_by_hand() {
        // Two channels of 2×3, one 2×2 filter, padding of one column: the first window reads one column of padding.
        let window = Window::new([2, 2], [1, 2], [0, 1]);
        let geometry = Geometry { input: Dims::new(2, 2, 3), output: Dims::new(1, 1, 2), window };
        let input = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0];
        let weight = [1.0, 2.0, 3.0, 4.0, 0.5, 0.25, 0.0, -1.0];
        let mut output = [f64::NAN; 2];
        conv2d(&geometry, 1, &input, &weight, &[100.0], &mut output);
        // ox = 0 sees columns −1, 0:  2·1 + 4·4 + 0.25·10 − 40 = −19.5
        // ox = 1 sees columns  1, 2:  1·2 + 2·3 + 3·5 + 4·6 + 0.5·20 + 0.25·30 − 60 = 4.5
        assert_eq!(output, [80.5, 104.5]);
    }

    #[test]
    fn groups_and_dilation_by_hand() {
        // Two groups of one channel, 1×5, with two filters each; the taps are two columns apart, one column of padding is right.
        let window = Window { after: [0, 1], dilation: [1, 2], ..Window::new([1, 2], [1, 2], [0, 0]) };
        let geometry = Geometry { input: Dims::new(2, 1, 5), output: Dims::new(4, 1, 2), window };
        let (input, weight) =
            ([1.0, 2.0, 3.0, 4.0, 5.0, 10.0, 20.0, 30.0, 40.0, 50.0], [1.0, 2.0, 0.0, 1.0, 1.0, 0.5, -1.0, 0.0]);
        let mut output = [f64::NAN; 8];
        conv2d(&geometry, 2, &input, &weight, &[], &mut output);
        assert_eq!(output, [7.0, 13.0, 3.0, 5.0, 25.0, 55.0, -10.0, -30.0]); // 7 = 1·1 + 2·3, 55 = 1·30 + 0.5·50
    }
}
