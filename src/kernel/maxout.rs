//! Maxout: the largest of several channels at every position.
//!
//! Fast because it goes through the pieces one after the other, over whole maps: the largest so far and its index are selected
//! without a branch.

use super::pool2d::beats;
use crate::scalar::Scalar;
use crate::simd::widest;

/// `y[c, p] = max x[c·pieces + j, p]` over the pieces `j`, and, if `argmax` is given, that `j`. The first piece wins a tie, and NaN
/// beats every number.
///
/// # Panics
/// If the inputs are not `pieces` maps of `positions` numbers for each map of the outputs, or there are not as many argmaxes as
/// outputs.
#[inline]
pub fn maxout<T: Scalar>(
    positions: usize,
    pieces: usize,
    input: &[T],
    output: &mut [T],
    mut argmax: Option<&mut [u32]>,
) {
    check(positions, pieces, input.len(), output.len());
    assert!(argmax.as_ref().is_none_or(|argmax| argmax.len() == output.len()), "as many argmaxes as outputs");
    let maps = input.chunks_exact(positions * pieces).zip(output.chunks_exact_mut(positions));
    widest!({
        for (c, (input, best)) in maps.enumerate() {
            best.copy_from_slice(&input[..positions]);
            let mut argmax = argmax.as_deref_mut().map(|argmax| &mut argmax[c * positions..][..positions]);
            if let Some(argmax) = &mut argmax {
                argmax.fill(0);
            }
            for (j, piece) in input.chunks_exact(positions).enumerate().skip(1) {
                match &mut argmax {
                    Some(argmax) => {
                        for ((&x, best), argmax) in piece.iter().zip(&mut *best).zip(&mut **argmax) {
                            let wins = beats(x, *best);
                            *best = if wins { x } else { *best };
                            *argmax = if wins { j as u32 } else { *argmax };
                        }
                    }
                    None => {
                        for (&x, best) in piece.iter().zip(&mut *best) {
                            *best = if beats(x, *best) { x } else { *best };
                        }
                    }
                }
            }
        }
    });
}

/// `∂L/∂x[c·pieces + j, p] = ∂L/∂y[c, p]` for the piece `j` that is the argmax, and 0 for the others.
///
/// # Panics
/// If the inputs are not `pieces` maps of `positions` numbers for each map of the outputs, or there are not as many argmaxes as
/// outputs.
#[inline]
pub fn maxout_grad_input<T: Scalar>(
    positions: usize,
    pieces: usize,
    argmax: &[u32],
    grad_output: &[T],
    grad_input: &mut [T],
) {
    check(positions, pieces, grad_input.len(), grad_output.len());
    assert_eq!(argmax.len(), grad_output.len(), "as many argmaxes as outputs");
    let maps = grad_output.chunks_exact(positions).zip(argmax.chunks_exact(positions));
    widest!({
        for ((dy, argmax), dx) in maps.zip(grad_input.chunks_exact_mut(positions * pieces)) {
            for (j, piece) in dx.chunks_exact_mut(positions).enumerate() {
                for ((&dy, &argmax), dx) in dy.iter().zip(argmax).zip(piece) {
                    *dx = if argmax == j as u32 { dy } else { T::zero() };
                }
            }
        }
    });
}

#[inline]
#[track_caller]
fn check(positions: usize, pieces: usize, inputs: usize, outputs: usize) {
    let is_whole =
        positions > 0 && pieces > 0 && outputs.is_multiple_of(positions) && outputs.checked_mul(pieces) == Some(inputs);
    assert!(is_whole, "{inputs} inputs are not {pieces} pieces of each map of {positions} in {outputs} outputs");
}
