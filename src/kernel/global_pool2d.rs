//! Global pooling: the mean or the largest number of every map, a map being the `H·W` numbers of one channel in one sample.
//!
//! Fast because a map is read as a whole. The mean is one [sum](super::sum). The largest number is found in two passes that
//! vectorize: its value in partial results, then its index by comparing for equality.

use super::sum::{halve, sum_of};
use crate::scalar::Scalar;
use crate::simd::widest;

/// The number of partial results.
const LANES: usize = 16;

/// `y[c] = Σ x[c, p] / positions`
///
/// # Panics
/// If the inputs are not a map of `positions` numbers for each output.
#[inline]
pub fn global_avg_pool2d<T: Scalar>(positions: usize, input: &[T], output: &mut [T]) {
    check(positions, input.len(), output.len());
    for (map, y) in input.chunks_exact(positions).zip(output) {
        *y = sum_of(map, map, |x, _| x) / T::from_usize(positions);
    }
}

/// `∂L/∂x[c, p] = ∂L/∂y[c] / positions`
///
/// # Panics
/// If the inputs are not a map of `positions` numbers for each output.
#[inline]
pub fn global_avg_pool2d_grad_input<T: Scalar>(positions: usize, grad_output: &[T], grad_input: &mut [T]) {
    check(positions, grad_input.len(), grad_output.len());
    for (map, &dy) in grad_input.chunks_exact_mut(positions).zip(grad_output) {
        map.fill(dy / T::from_usize(positions));
    }
}

/// `y[c] = max x[c, p]` and, if `argmax` is given, its position `p`. The first number wins a tie, and NaN beats every number.
///
/// # Panics
/// If the inputs are not a map of `positions` numbers for each output, or there are not as many argmaxes as outputs.
#[inline]
pub fn global_max_pool2d<T: Scalar>(positions: usize, input: &[T], output: &mut [T], mut argmax: Option<&mut [u32]>) {
    check(positions, input.len(), output.len());
    assert!(argmax.as_ref().is_none_or(|argmax| argmax.len() == output.len()), "as many argmaxes as outputs");
    for (c, (map, y)) in input.chunks_exact(positions).zip(output).enumerate() {
        *y = largest(map);
        if let Some(argmax) = &mut argmax {
            argmax[c] = position(map, *y) as u32;
        }
    }
}

/// `∂L/∂x[c, p] = ∂L/∂y[c]` at the argmax, and 0 elsewhere.
///
/// # Panics
/// If the inputs are not a map of `positions` numbers for each output, there are not as many argmaxes as outputs, or an argmax is
/// outside its map.
#[inline]
pub fn global_max_pool2d_grad_input<T: Scalar>(
    positions: usize,
    argmax: &[u32],
    grad_output: &[T],
    grad_input: &mut [T],
) {
    check(positions, grad_input.len(), grad_output.len());
    assert_eq!(argmax.len(), grad_output.len(), "as many argmaxes as outputs");
    grad_input.fill(T::zero());
    for ((map, &dy), &at) in grad_input.chunks_exact_mut(positions).zip(grad_output).zip(argmax) {
        map[at as usize] = dy;
    }
}

#[inline]
#[track_caller]
fn check(positions: usize, inputs: usize, outputs: usize) {
    let is_whole = positions > 0 && outputs.checked_mul(positions) == Some(inputs);
    assert!(is_whole, "{inputs} inputs are not a map of {positions} numbers for each of {outputs} outputs");
}

/// The largest number, or NaN if there is one.
#[inline]
fn largest<T: Scalar>(map: &[T]) -> T {
    widest!({
        // A comparison waits for the one before: there are two rows of partial results. Whether there is a NaN is asked of four
        // numbers at once.
        let (chunks, rest) = map.as_chunks::<LANES>();
        let (blocks, last) = chunks.as_chunks::<4>();
        let [mut best, mut other] = [[T::neg_infinity(); LANES]; 2];
        let mut nan = [T::neg_infinity(); LANES];
        for [a, b, c, d] in blocks {
            for lane in 0..LANES {
                let [a, b, c, d] = [a[lane], b[lane], c[lane], d[lane]];
                best[lane] = above(above(best[lane], a), b);
                other[lane] = above(above(other[lane], c), d);
                let is_nan = (a.is_nan() | b.is_nan()) | (c.is_nan() | d.is_nan());
                nan[lane] = if is_nan { T::nan() } else { nan[lane] };
            }
        }
        for chunk in [other, nan].iter().chain(last) {
            for (best, &x) in best.iter_mut().zip(chunk) {
                *best = larger(*best, x);
            }
        }
        for (best, &x) in best.iter_mut().zip(rest) {
            *best = larger(*best, x);
        }
        halve(best, larger)
    })
}

/// The larger of two numbers; a NaN is left out.
#[inline(always)]
fn above<T: Scalar>(best: T, x: T) -> T {
    if x > best { x } else { best }
}

/// The larger of two numbers, or NaN if one of them is.
#[inline(always)]
fn larger<T: Scalar>(best: T, x: T) -> T {
    if x.is_nan() { x } else { above(best, x) }
}

/// The first position of `largest`.
#[inline]
fn position<T: Scalar>(map: &[T], largest: T) -> usize {
    let is_there = |x: &T| *x == largest || (x.is_nan() && largest.is_nan());
    // A whole chunk at a time: a search that may end at any number does not vectorize.
    let chunks = map.chunks(LANES);
    let skipped =
        widest!({ chunks.take_while(|chunk| !chunk.iter().fold(false, |found, x| found | is_there(x))).count() });
    let start = (skipped * LANES).min(map.len());
    map[start..].iter().position(is_there).map_or(0, |at| start + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equal_numbers_and_of_nans_is_found() {
        let mut map = [-1.0f32; 100];
        assert_eq!((largest(&map), position(&map, -1.0)), (-1.0, 0));
        (map[37], map[38], map[99]) = (2.0, 2.0, 2.0);
        assert_eq!((largest(&map), position(&map, 2.0)), (2.0, 37));
        (map[40], map[90]) = (f32::NAN, f32::NAN);
        assert!(largest(&map).is_nan());
        assert_eq!(position(&map, f32::NAN), 40);
        map = [f32::NEG_INFINITY; 100];
        assert_eq!((largest(&map), position(&map, f32::NEG_INFINITY)), (f32::NEG_INFINITY, 0));
    }

    #[test]
    #[should_panic(expected = "12 inputs are not a map of 5 numbers for each of 2 outputs")]
    fn maps_are_whole() {
        global_avg_pool2d(5, &[0.0f32; 12], &mut [0.0; 2]);
    }
}
