//! Max pooling: the largest pixel in every window, and its index.
//!
//! Fast because eight adjacent windows are processed together, in registers: no branch depends on a pixel, and each output is
//! written once. Only windows that reach into the padding are processed one at a time, over their taps inside the image. The
//! functions are always inlined, so that the geometry is a compile-time constant: loops over taps are unrolled and strides
//! become shuffles. (Three alternatives were measured. Arrays of eight intermediate results, especially flags, prevent
//! vectorization and take more than twice the time. A separate loop for 2×2 windows with stride 2 was hardly faster. A gradient
//! that writes every pixel once, instead of adding to the largest, was not faster.)

use core::hint::black_box;
use core::ops::Range;

use crate::scalar::Scalar;
use crate::shape::Geometry;

/// `y[c, oy, ox] = max x[c, oy·sh + ky·dh − ph, ox·sw + kx·dw − pw]` over the window's pixels inside the image, and, if `argmax` is
/// given, the flat index of that pixel within its channel's plane.
///
/// The first pixel wins a tie, padding never wins, and NaN beats every number.
///
/// # Panics
/// If a slice does not have the length the geometry implies, the geometry is not that of a pooling, or a window sees only
/// padding.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn max_pool2d<T: Scalar>(geometry: &Geometry, input: &[T], output: &mut [T], mut argmax: Option<&mut [u32]>) {
    geometry.check_pooling();
    let Geometry { input: from, output: to, window } = *geometry;
    let ([_, kw], [ph, _], sh) = (window.kernel, window.before, window.stride[0]);
    assert_eq!([input.len(), output.len()], [from.len(), to.len()], "numbers and geometry");
    assert!(argmax.as_ref().is_none_or(|argmax| argmax.len() == to.len()), "as many argmaxes as outputs");
    assert!(geometry.sees_pixels(), "every window has to see a pixel");
    // From the first window that is inside the image on its left to the last that is inside on its right.
    let (left, right) = (geometry.inside(1, 0).0, geometry.inside(1, kw - 1).1);
    for (c, plane) in input.chunks_exact(from.height * from.width).enumerate() {
        // A barrier to vectorization across planes: the compiler would otherwise gather a vector from small rows of many planes.
        black_box(());
        for oy in 0..to.height {
            let row = (c * to.height + oy) * to.width..(c * to.height + oy + 1) * to.width;
            let (output, mut argmax) = (&mut output[row.clone()], argmax.as_deref_mut().map(|argmax| &mut argmax[row]));
            let mut alone = |ox: usize| {
                alone(geometry, plane, [oy, ox], &mut output[ox], argmax.as_deref_mut().map(|argmax| &mut argmax[ox]))
            };
            let is_whole = ph <= oy * sh && oy * sh + window.extent(0) <= from.height + ph;
            let (left, right) = if is_whole { (left, right.max(left)) } else { (0, 0) };
            (0..left).chain(right..to.width).for_each(&mut alone);
            match right - left {
                8.. => in_step::<T, 8>(geometry, plane, oy, left..right, output, argmax),
                4.. => in_step::<T, 4>(geometry, plane, oy, left..right, output, argmax),
                _ => (left..right).for_each(alone),
            }
        }
    }
}

/// Computes the windows `run` of the output row `oy`, all inside the image, `N` at a time. The last `N` may overlap those before;
/// some are then computed twice.
#[inline(always)]
fn in_step<T: Scalar, const N: usize>(
    geometry: &Geometry,
    plane: &[T],
    oy: usize,
    run: Range<usize>,
    output: &mut [T],
    mut argmax: Option<&mut [u32]>,
) {
    let Geometry { input: from, window, .. } = *geometry;
    let (kernel, [sh, sw], [ph, pw]) = (window.kernel, window.stride, window.before);
    let apart = [window.dilation[0] * from.width, window.dilation[1]];
    let mut next = run.start;
    while next < run.end {
        let ox = next.min(run.end - N);
        next += N;
        let first = (oy * sh - ph) * from.width + ox * sw - pw;
        let seen = &plane[first..][..(window.extent(0) - 1) * from.width + (N - 1) * sw + window.extent(1)];
        let output = &mut output[ox..][..N];
        match argmax.as_deref_mut() {
            // As one array, because the compiler does not vectorize a loop like the one below.
            None => {
                let mut best = [T::zero(); N];
                for (i, best) in best.iter_mut().enumerate() {
                    *best = best_of(seen, i * sw, kernel, apart).0;
                }
                output.copy_from_slice(&best);
            }
            Some(argmax) => {
                let argmax = &mut argmax[ox..][..N];
                for i in 0..N {
                    let (best, distance) = best_of(seen, i * sw, kernel, apart);
                    output[i] = best;
                    argmax[i] = (first + i * sw) as u32 + distance;
                }
            }
        }
    }
}

/// Returns the largest pixel of a window that begins at `first`, and its distance from there. Rows and columns of the window are
/// `apart` in the plane.
#[inline(always)]
fn best_of<T: Scalar>(seen: &[T], first: usize, [kh, kw]: [usize; 2], apart: [usize; 2]) -> (T, u32) {
    let (mut best, mut distance) = (seen[first], 0);
    for ky in 0..kh {
        for kx in 0..kw {
            if ky + kx > 0 {
                let tap = ky * apart[0] + kx * apart[1];
                let x = seen[first + tap];
                let wins = beats(x, best);
                best = if wins { x } else { best };
                distance = if wins { tap as u32 } else { distance };
            }
        }
    }
    (best, distance)
}

/// Computes the output in row and column `at`, over the pixels its window sees: the first of them along each axis, and how many.
#[inline(always)]
fn alone<T: Scalar>(geometry: &Geometry, plane: &[T], at: [usize; 2], output: &mut T, argmax: Option<&mut u32>) {
    let Geometry { input: from, window, .. } = *geometry;
    let seen = |axis: usize, length: usize| {
        let (start, before, step) = (at[axis] * window.stride[axis], window.before[axis], window.dilation[axis]);
        let tap = before.saturating_sub(start).div_ceil(step);
        let end = (length + before - start).div_ceil(step).min(window.kernel[axis]);
        (start + tap * step - before, end - tap)
    };
    let ((y, rows), (x, columns)) = (seen(0, from.height), seen(1, from.width));
    let first = y * from.width + x;
    let apart = [window.dilation[0] * from.width, window.dilation[1]];
    let (best, distance) = best_of(&plane[first..], 0, [rows, columns], apart);
    *output = best;
    if let Some(argmax) = argmax {
        *argmax = first as u32 + distance;
    }
}

/// Routes the gradient of every output to its argmax: `∂L/∂x[argmax[o]] += ∂L/∂y[o]`, starting from zero.
///
/// # Panics
/// If a slice does not have the length the geometry implies, the geometry is not that of a pooling, or an argmax is outside its
/// plane. The last is found during the pass, after other gradients have been written: checking all of them first would cost
/// about 1 % more.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn max_pool2d_grad_input<T: Scalar>(geometry: &Geometry, argmax: &[u32], grad_output: &[T], grad_input: &mut [T]) {
    geometry.check_pooling();
    let Geometry { input: from, output: to, .. } = *geometry;
    assert_eq!([grad_input.len(), grad_output.len()], [from.len(), to.len()], "numbers and geometry");
    assert_eq!(argmax.len(), to.len(), "as many argmaxes as outputs");
    grad_input.fill(T::zero());
    let apart = geometry.window.stride[0] >= geometry.window.extent(0)
        && geometry.window.stride[1] >= geometry.window.extent(1);
    let outputs = grad_output.chunks_exact(geometry.positions()).zip(argmax.chunks_exact(geometry.positions()));
    for (grad_input, (grad_output, argmax)) in grad_input.chunks_exact_mut(from.height * from.width).zip(outputs) {
        if apart {
            for (&gradient, &at) in grad_output.iter().zip(argmax) {
                grad_input[at as usize] = gradient;
            }
        } else {
            for (&gradient, &at) in grad_output.iter().zip(argmax) {
                grad_input[at as usize] += gradient;
            }
        }
    }
}

/// Whether `x` is larger than the best so far, or the first NaN.
#[inline(always)]
#[allow(clippy::neg_cmp_op_on_partial_ord)] // unlike `x > best`, this is true for a NaN
pub(super) fn beats<T: Scalar>(x: T, best: T) -> bool {
    !(x <= best) & !best.is_nan()
}
