//! Max pooling: the largest number under every window, and where it was.
//!
//! Fast because four windows side by side are walked in step, in registers: no branch depends on a pixel, and each output is
//! written once. Only windows that reach into the padding are walked alone, over the taps they have inside the image. All
//! this rests on a geometry the compiler knows: loops over taps unroll and strides become shuffles, so the functions are
//! always inlined. (A loop of its own for 2×2 windows with stride 2 was no faster; neither was a gradient that writes every
//! pixel once instead of adding to the winners.)

use core::array::from_fn;
use core::ops::Range;

use crate::scalar::Scalar;
use crate::shape::Geometry;

/// How many windows are walked in step: as many f32 as every SIMD unit holds. Eight took half as long again.
const LANES: usize = 4;

/// `y[c, oy, ox] = max x[c, oy·sh + ky − ph, ox·sw + kx − pw]` over the window's pixels inside the image, and, if wanted,
/// the flat index of the winner within its channel's plane.
///
/// The first pixel wins a tie, padding never wins, and NaN beats every number.
///
/// # Panics
/// If a slice does not have the length the geometry says, or the padding is more than half of the window.
#[inline(always)]
pub fn max_pool2d<T: Scalar>(geometry: &Geometry, input: &[T], output: &mut [T], mut winner: Option<&mut [u32]>) {
    let Geometry { input: from, output: to, window } = *geometry;
    let ([kh, kw], [sh, sw], [ph, pw]) = (window.kernel, window.stride, window.padding);
    assert_eq!([input.len(), output.len()], [from.len(), to.len()], "numbers and geometry");
    assert!(winner.as_ref().is_none_or(|winner| winner.len() == to.len()), "as many winners as outputs");
    assert!(2 * ph <= kh && 2 * pw <= kw, "every window has to see a pixel");
    // From the first window that is whole on its left to the last that is whole on its right.
    let (left, right) = (geometry.inside(1, 0).0, geometry.inside(1, kw - 1).1);
    for (c, plane) in input.chunks_exact(from.height * from.width).enumerate() {
        for oy in 0..to.height {
            let ys = (oy * sh).saturating_sub(ph)..(oy * sh + kh - ph).min(from.height);
            let row = (c * to.height + oy) * to.width;
            let mut ox = 0;
            while ox < to.width {
                if left <= ox && ox < right && left + LANES <= right {
                    // The last four go back far enough to be whole windows all; some are computed again.
                    ox = ox.min(right - LANES);
                    let xs = ox * sw - pw..ox * sw - pw + kw;
                    let best = best_of::<T, LANES>(plane, from.width, ys.clone(), xs, sw);
                    keep(best, row + ox, output, winner.as_deref_mut());
                    ox += LANES;
                } else {
                    let xs = (ox * sw).saturating_sub(pw)..(ox * sw + kw - pw).min(from.width);
                    let best = best_of::<T, 1>(plane, from.width, ys.clone(), xs, sw);
                    keep(best, row + ox, output, winner.as_deref_mut());
                    ox += 1;
                }
            }
        }
    }
}

/// Every output's gradient goes to the pixel that won it: `∂L/∂x[winner[o]] += ∂L/∂y[o]`, from zero.
///
/// # Panics
/// If a slice does not have the length the geometry says, or a winner lies outside its plane.
#[inline(always)]
pub fn max_pool2d_grad_input<T: Scalar>(geometry: &Geometry, winner: &[u32], grad_output: &[T], grad_input: &mut [T]) {
    let Geometry { input: from, output: to, .. } = *geometry;
    assert_eq!([grad_input.len(), grad_output.len()], [from.len(), to.len()], "numbers and geometry");
    assert_eq!(winner.len(), to.len(), "as many winners as outputs");
    grad_input.fill(T::zero());
    let apart = geometry.window.stride[0] >= geometry.window.kernel[0]
        && geometry.window.stride[1] >= geometry.window.kernel[1];
    let outputs = grad_output.chunks_exact(geometry.positions()).zip(winner.chunks_exact(geometry.positions()));
    for (grad_input, (grad_output, winner)) in grad_input.chunks_exact_mut(from.height * from.width).zip(outputs) {
        if apart {
            for (&gradient, &at) in grad_output.iter().zip(winner) {
                grad_input[at as usize] = gradient;
            }
        } else {
            for (&gradient, &at) in grad_output.iter().zip(winner) {
                grad_input[at as usize] += gradient;
            }
        }
    }
}

/// The largest pixel of each of `N` windows, and its index. The first window sees the pixels `xs` in the rows `ys`, each
/// other one those `step` further right.
#[inline(always)]
fn best_of<T: Scalar, const N: usize>(
    plane: &[T],
    width: usize,
    ys: Range<usize>,
    xs: Range<usize>,
    step: usize,
) -> ([T; N], [u32; N]) {
    let see = |at: usize| -> [T; N] {
        let line = &plane[at..=at + (N - 1) * step];
        from_fn(|i| line[i * step])
    };
    let first = ys.start * width + xs.start;
    let (mut best, mut distance) = (see(first), [0; N]);
    for y in ys {
        for x in xs.clone() {
            let at = y * width + x;
            if at == first {
                continue;
            }
            let seen = see(at);
            let won: [bool; N] = from_fn(|i| beats(seen[i], best[i]));
            best = from_fn(|i| if won[i] { seen[i] } else { best[i] });
            distance = from_fn(|i| if won[i] { (at - first) as u32 } else { distance[i] });
        }
    }
    (best, from_fn(|i| (first + i * step) as u32 + distance[i]))
}

/// Whether `x` wins against the best so far: if it is larger, or the first NaN.
#[inline(always)]
#[allow(clippy::neg_cmp_op_on_partial_ord)] // unlike `x > best`, this is true for a NaN
fn beats<T: Scalar>(x: T, best: T) -> bool {
    !(x <= best) & !best.is_nan()
}

/// Writes the best of `N` windows to the outputs from `at`.
#[inline(always)]
fn keep<T: Scalar, const N: usize>(
    (best, winners): ([T; N], [u32; N]),
    at: usize,
    output: &mut [T],
    winner: Option<&mut [u32]>,
) {
    output[at..at + N].copy_from_slice(&best);
    if let Some(winner) = winner {
        winner[at..at + N].copy_from_slice(&winners);
    }
}
