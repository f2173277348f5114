//! The definition of every operation, as loops over its equation.
//!
//! Written for reading, and as the oracle the fast kernels are tested and benchmarked against. Every function overwrites
//! its result, except where its name begins with `add_`, which adds to it. Nothing is checked: sizes that do not fit together
//! give nonsense, or a panic of the language.

use alloc::vec;
use alloc::vec::Vec;

use super::matrix::Matrix;
use crate::scalar::Scalar;
use crate::shape::Geometry;

/// `C ← A·B + β·C`: `c[i, j] = Σₖ a[i, k]·b[k, j] + β·c[i, j]`, where `β = 0` does not read `C`.
pub fn gemm<T: Scalar>(a: Matrix<'_, T>, b: Matrix<'_, T>, beta: T, c: &mut [T]) {
    for i in 0..a.rows {
        for j in 0..b.columns {
            let mut sum = T::zero();
            for k in 0..a.columns {
                sum += a.data[i * a.row_stride + k * a.column_stride] * b.data[k * b.row_stride + j * b.column_stride];
            }
            let c = &mut c[i * b.columns + j];
            *c = if beta.is_zero() { sum } else { sum + beta * *c };
        }
    }
}

/// Calls `visit(output, weight, input)` with the three flat indices of every product a convolution is made of.
///
/// Weight `[o, c, ky, kx]` meets input `[c, oy·sh + ky − ph, ox·sw + kx − pw]` in output `[o, oy, ox]`; where the input
/// lies in the padding there is no product. The kernel is not flipped: what the field calls convolution is
/// cross-correlation.
fn for_each_product(geometry: &Geometry, mut visit: impl FnMut(usize, usize, usize)) {
    let Geometry { input, output, window } = *geometry;
    let ([kh, kw], [sh, sw], [ph, pw]) = (window.kernel, window.stride, window.padding);
    for o in 0..output.channels {
        for oy in 0..output.height {
            for ox in 0..output.width {
                for c in 0..input.channels {
                    for ky in 0..kh {
                        for kx in 0..kw {
                            let (y, x) = ((oy * sh + ky).wrapping_sub(ph), (ox * sw + kx).wrapping_sub(pw));
                            if y < input.height && x < input.width {
                                visit(
                                    (o * output.height + oy) * output.width + ox,
                                    ((o * input.channels + c) * kh + ky) * kw + kx,
                                    (c * input.height + y) * input.width + x,
                                );
                            }
                        }
                    }
                }
            }
        }
    }
}

/// `y[o, oy, ox] = b[o] + Σ w[o, c, ky, kx] · x[c, oy·sh + ky − ph, ox·sw + kx − pw]`
pub fn conv2d<T: Scalar>(geometry: &Geometry, input: &[T], weight: &[T], bias: &[T], output: &mut [T]) {
    for (output, &bias) in output.chunks_mut(geometry.positions()).zip(bias) {
        output.fill(bias);
    }
    for_each_product(geometry, |o, w, i| output[o] += weight[w] * input[i]);
}

/// `∂L/∂x[i] = Σ w · ∂L/∂y`, over the products input `i` takes part in.
pub fn conv2d_grad_input<T: Scalar>(geometry: &Geometry, weight: &[T], grad_output: &[T], grad_input: &mut [T]) {
    grad_input.fill(T::zero());
    for_each_product(geometry, |o, w, i| grad_input[i] += weight[w] * grad_output[o]);
}

/// `∂L/∂w += Σ x · ∂L/∂y` and `∂L/∂b[o] += Σ ∂L/∂y[o]`, over the products each takes part in.
pub fn add_conv2d_grad_parameters<T: Scalar>(
    geometry: &Geometry,
    input: &[T],
    grad_output: &[T],
    grad_weight: &mut [T],
    grad_bias: &mut [T],
) {
    for_each_product(geometry, |o, w, i| grad_weight[w] += input[i] * grad_output[o]);
    for (grad_output, grad_bias) in grad_output.chunks(geometry.positions()).zip(grad_bias) {
        *grad_bias += grad_output.iter().copied().sum();
    }
}

/// The columns of a convolution: `columns[(c, ky, kx), (oy, ox)] = x[c, oy·sh + ky − ph, ox·sw + kx − pw]`, zero in the
/// padding.
pub fn im2col<T: Scalar>(geometry: &Geometry, input: &[T], columns: &mut [T]) {
    columns.fill(T::zero());
    // One filter's products visit every (weight, output) pair once: exactly the entries of the matrix.
    let one = Geometry { output: crate::shape::Dims { channels: 1, ..geometry.output }, ..*geometry };
    for_each_product(&one, |o, w, i| columns[w * geometry.positions() + o] = input[i]);
}

/// The adjoint of [`im2col`]: every column entry is added to the pixel it was copied from.
pub fn col2im<T: Scalar>(geometry: &Geometry, columns: &[T], input: &mut [T]) {
    input.fill(T::zero());
    let one = Geometry { output: crate::shape::Dims { channels: 1, ..geometry.output }, ..*geometry };
    for_each_product(&one, |o, w, i| input[i] += columns[w * geometry.positions() + o]);
}

/// `y[c, oy, ox] = max x[c, oy·sh + ky − ph, ox·sw + kx − pw]` over the window's pixels inside the image, and the flat
/// index of the winner within its channel's plane.
///
/// The first pixel wins a tie; NaN beats every number, as in PyTorch.
pub fn max_pool2d<T: Scalar>(geometry: &Geometry, input: &[T], output: &mut [T], winner: &mut [u32]) {
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
                // The rules allow no window without a pixel, so there always is a winner.
                winner[to] = best.unwrap_or(0) as u32;
                output[to] = plane[winner[to] as usize];
            }
        }
    }
}

/// Every output's gradient goes to the pixel that won it: `∂L/∂x[winner[o]] += ∂L/∂y[o]`.
pub fn max_pool2d_grad_input<T: Scalar>(geometry: &Geometry, winner: &[u32], grad_output: &[T], grad_input: &mut [T]) {
    grad_input.fill(T::zero());
    let (from, to) = (geometry.input.height * geometry.input.width, geometry.positions());
    let planes = grad_input.chunks_mut(from).zip(grad_output.chunks(to)).zip(winner.chunks(to));
    for ((grad_input, grad_output), winner) in planes {
        for (&gradient, &at) in grad_output.iter().zip(winner) {
            grad_input[at as usize] += gradient;
        }
    }
}

/// Calls `visit(output, input)` with the flat indices of every pixel inside the image that a pooling window sees.
fn for_each_pooled(geometry: &Geometry, mut visit: impl FnMut(usize, usize)) {
    // One channel is a convolution with one filter of one channel.
    let plane = |dims| crate::shape::Dims { channels: 1, ..dims };
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

/// `y[n, o] = b[o] + Σᵢ w[o, i]·x[n, i]` for a batch of rows `x`.
pub fn dense<T: Scalar>(inputs: usize, input: &[T], weight: &[T], bias: &[T], output: &mut [T]) {
    for (input, output) in input.chunks(inputs).zip(output.chunks_mut(bias.len())) {
        for (o, output) in output.iter_mut().enumerate() {
            let row = &weight[o * inputs..][..inputs];
            *output = bias[o] + row.iter().zip(input).map(|(&w, &x)| w * x).sum();
        }
    }
}

/// `∂L/∂x[n, i] = Σₒ w[o, i]·∂L/∂y[n, o]`
pub fn dense_grad_input<T: Scalar>(inputs: usize, weight: &[T], grad_output: &[T], grad_input: &mut [T]) {
    grad_input.fill(T::zero());
    let outputs = weight.len() / inputs;
    for (grad_output, grad_input) in grad_output.chunks(outputs).zip(grad_input.chunks_mut(inputs)) {
        for (row, &gradient) in weight.chunks(inputs).zip(grad_output) {
            for (grad_input, &w) in grad_input.iter_mut().zip(row) {
                *grad_input += w * gradient;
            }
        }
    }
}

/// `∂L/∂w[o, i] += Σₙ x[n, i]·∂L/∂y[n, o]` and `∂L/∂b[o] += Σₙ ∂L/∂y[n, o]`
pub fn add_dense_grad_parameters<T: Scalar>(
    inputs: usize,
    input: &[T],
    grad_output: &[T],
    grad_weight: &mut [T],
    grad_bias: &mut [T],
) {
    for (input, grad_output) in input.chunks(inputs).zip(grad_output.chunks(grad_bias.len())) {
        for (o, &gradient) in grad_output.iter().enumerate() {
            grad_bias[o] += gradient;
            for (grad_weight, &x) in grad_weight[o * inputs..][..inputs].iter_mut().zip(input) {
                *grad_weight += x * gradient;
            }
        }
    }
}

/// The positions of channel `c`'s values in a batch `[N, C, H, W]` of `len` numbers with `positions = H·W`.
fn of_channel(positions: usize, channels: usize, c: usize, len: usize) -> impl Iterator<Item = usize> + Clone {
    (0..len).filter(move |i| i / positions % channels == c)
}

/// `y = γ[c]·x̂ + β[c]` with `x̂ = (x − mean)/√(variance + ε)`, and mean and variance those of all values of channel `c` in
/// the batch.
pub fn batch_norm<T: Scalar>(positions: usize, eps: T, input: &[T], gamma: &[T], beta: &[T], output: &mut [T]) {
    let normalised = batch_norm_normalised(positions, gamma.len(), eps, input);
    for ((i, output), (x, _)) in output.iter_mut().enumerate().zip(normalised) {
        let c = i / positions % gamma.len();
        *output = gamma[c] * x + beta[c];
    }
}

/// `x̂` of every value, and the `√(variance + ε)` it was divided by.
fn batch_norm_normalised<T: Scalar>(positions: usize, channels: usize, eps: T, input: &[T]) -> Vec<(T, T)> {
    let mut normalised = vec![(T::zero(), T::zero()); input.len()];
    for c in 0..channels {
        let values = of_channel(positions, channels, c, input.len());
        let count = T::from_usize(values.clone().count());
        let mean = values.clone().map(|i| input[i]).sum::<T>() / count;
        let variance = values.clone().map(|i| (input[i] - mean) * (input[i] - mean)).sum::<T>() / count;
        let std = (variance + eps).sqrt();
        for i in values {
            normalised[i] = ((input[i] - mean) / std, std);
        }
    }
    normalised
}

/// `∂L/∂γ[c] += Σ ∂L/∂y·x̂`, `∂L/∂β[c] += Σ ∂L/∂y`, and `∂L/∂x`, to which every value of the channel contributes, since all
/// of them made its mean and variance:
///
/// ```text
/// ∂y[j]/∂x[i] = γ/√(variance + ε) · ([i = j] − (1 + x̂[i]·x̂[j])/count)
/// ```
pub fn batch_norm_grad<T: Scalar>(
    positions: usize,
    eps: T,
    input: &[T],
    gamma: &[T],
    grad_output: &[T],
    grad_input: &mut [T],
    [grad_gamma, grad_beta]: [&mut [T]; 2],
) {
    let normalised = batch_norm_normalised(positions, gamma.len(), eps, input);
    for c in 0..gamma.len() {
        let values = of_channel(positions, gamma.len(), c, input.len());
        let count = T::from_usize(values.clone().count());
        for i in values.clone() {
            let (x, std) = normalised[i];
            grad_gamma[c] += grad_output[i] * x;
            grad_beta[c] += grad_output[i];
            let others = values.clone().map(|j| grad_output[j] * (T::one() + x * normalised[j].0)).sum::<T>();
            grad_input[i] = gamma[c] / std * (grad_output[i] - others / count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::{Dims, Window};

    #[test]
    fn a_convolution_by_hand() {
        // Two channels of 2×3, one 2×2 filter, padding of one column: three of the four columns of windows stand half
        // outside.
        let window = Window { kernel: [2, 2], stride: [1, 2], padding: [0, 1] };
        let geometry = Geometry { input: Dims::new(2, 2, 3), output: Dims::new(1, 1, 2), window };
        let input = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0];
        let weight = [1.0, 2.0, 3.0, 4.0, 0.5, 0.25, 0.0, -1.0];
        let mut output = [f64::NAN; 2];
        conv2d(&geometry, &input, &weight, &[100.0], &mut output);
        // ox = 0 sees columns −1, 0:  2·1 + 4·4 + 0.25·10 − 40 = −19.5
        // ox = 1 sees columns  1, 2:  1·2 + 2·3 + 3·5 + 4·6 + 0.5·20 + 0.25·30 − 60 = 4.5
        assert_eq!(output, [80.5, 104.5]);
    }

    #[test]
    fn a_max_pool_by_hand() {
        let window = Window { kernel: [2, 3], stride: [1, 2], padding: [1, 0] };
        let geometry = Geometry { input: Dims::new(1, 2, 5), output: Dims::new(1, 3, 2), window };
        let input = [-1.0, -2.0, -1.0, f32::NAN, -4.0, -5.0, -6.0, -1.0, -8.0, -9.0];
        let (mut output, mut winner) = ([0.0; 6], [99; 6]);
        max_pool2d(&geometry, &input, &mut output, &mut winner);
        assert_eq!(winner, [0, 3, 0, 3, 7, 7]); // ties go to the first, padding never wins
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

    #[test]
    fn a_batch_norm_by_hand() {
        // Two samples of two channels of one position: means 4 and 5, variances 9 and 0, divided by 5 and 4.
        let (input, gamma) = ([1.0, 5.0, 7.0, 5.0], [10.0, 1.0]);
        let mut output = [f64::NAN; 4];
        batch_norm(1, 16.0, &input, &gamma, &[0.5, -2.0], &mut output);
        assert_eq!(output, [-5.5, -2.0, 6.5, -2.0]);
        // L = y[0] + y[1]: channel 0 has x̂ = ±0.6, and ∂L/∂x = 10/5·(1 − (1 + 0.36)/2), 10/5·(0 − (1 − 0.36)/2);
        // channel 1 has x̂ = 0, and ∂L/∂x = 1/4·(1 − 1/2), 1/4·(0 − 1/2).
        let (mut grad_input, mut grad_gamma, mut grad_beta) = ([f64::NAN; 4], [100.0; 2], [200.0; 2]);
        let grad = [grad_gamma.as_mut_slice(), &mut grad_beta];
        batch_norm_grad(1, 16.0, &input, &gamma, &[1.0, 1.0, 0.0, 0.0], &mut grad_input, grad);
        for (found, expected) in grad_input.into_iter().zip([0.64, 0.125, -0.64, -0.125]) {
            assert!((found - expected).abs() < 1e-15, "{grad_input:?}");
        }
        assert_eq!((grad_gamma, grad_beta), ([100.0 - 0.6, 100.0], [201.0, 201.0]));
    }
}
