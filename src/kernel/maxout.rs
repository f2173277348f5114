//! Maxout: the largest of several channels at every position.
//!
//! Fast because it goes through the pieces one after the other, over whole maps: the largest so far and its index are selected
//! without a branch. In a vector the pieces are adjacent, and a few of them, as many as the compiler knows, are compared at once.

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
    if positions == 1 {
        return match pieces {
            2 => of_few_pieces::<T, 2>(input, output, argmax),
            3 => of_few_pieces::<T, 3>(input, output, argmax),
            4 => of_few_pieces::<T, 4>(input, output, argmax),
            _ => of_many_pieces(pieces, input, output, argmax),
        };
    }
    let maps = input.chunks_exact(positions * pieces).zip(output.chunks_exact_mut(positions));
    widest!({
        for (c, (input, best)) in maps.enumerate() {
            let mut argmax = argmax.as_deref_mut().map(|argmax| &mut argmax[c * positions..][..positions]);
            let (first, others) = input.split_at(positions);
            let mut others = others.chunks_exact(positions);
            // The first two pieces need no best so far.
            match (others.next(), &mut argmax) {
                (Some(second), Some(argmax)) => {
                    for (((&a, &b), best), argmax) in first.iter().zip(second).zip(&mut *best).zip(&mut **argmax) {
                        let wins = beats(b, a);
                        *best = if wins { b } else { a };
                        *argmax = u32::from(wins);
                    }
                }
                (Some(second), None) => {
                    for ((&a, &b), best) in first.iter().zip(second).zip(&mut *best) {
                        *best = if beats(b, a) { b } else { a };
                    }
                }
                (None, argmax) => {
                    best.copy_from_slice(first);
                    if let Some(argmax) = argmax {
                        argmax.fill(0);
                    }
                }
            }
            for (piece, j) in others.zip(2..) {
                match &mut argmax {
                    Some(argmax) => {
                        for ((&x, best), argmax) in piece.iter().zip(&mut *best).zip(&mut **argmax) {
                            let wins = beats(x, *best);
                            *best = if wins { x } else { *best };
                            *argmax = if wins { j } else { *argmax };
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

/// The maxout of vectors, whose pieces are adjacent, for a number of them that the compiler knows.
#[inline(always)]
fn of_few_pieces<T: Scalar, const PIECES: usize>(input: &[T], output: &mut [T], argmax: Option<&mut [u32]>) {
    let (input, _) = input.as_chunks::<PIECES>();
    widest!({
        match argmax {
            Some(argmax) => {
                for ((pieces, best), argmax) in input.iter().zip(output).zip(argmax) {
                    (*best, *argmax) = largest(pieces);
                }
            }
            None => {
                for (pieces, best) in input.iter().zip(output) {
                    *best = largest(pieces).0;
                }
            }
        }
    });
}

/// The maxout of vectors, for any number of pieces.
#[inline(always)]
fn of_many_pieces<T: Scalar>(pieces: usize, input: &[T], output: &mut [T], mut argmax: Option<&mut [u32]>) {
    for (c, (pieces, best)) in input.chunks_exact(pieces).zip(output).enumerate() {
        let (largest, at) = largest(pieces);
        *best = largest;
        if let Some(argmax) = &mut argmax {
            argmax[c] = at;
        }
    }
}

/// The largest of some numbers, of which there is at least one, and where it is.
#[inline(always)]
fn largest<T: Scalar>(pieces: &[T]) -> (T, u32) {
    pieces[1..].iter().zip(1..).fold((pieces[0], 0), |(best, at), (&x, j)| {
        let wins = beats(x, best);
        (if wins { x } else { best }, if wins { j } else { at })
    })
}

/// `∂L/∂x[c·pieces + j, p] = ∂L/∂y[c, p]` for the piece `j` that is the argmax, and 0 for the others; for all of them if no piece is.
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
    if positions == 1 {
        return match pieces {
            2 => grad_of_few_pieces::<T, 2>(argmax, grad_output, grad_input),
            3 => grad_of_few_pieces::<T, 3>(argmax, grad_output, grad_input),
            4 => grad_of_few_pieces::<T, 4>(argmax, grad_output, grad_input),
            _ => {
                grad_input.fill(T::zero());
                for ((pieces, &dy), &at) in grad_input.chunks_exact_mut(pieces).zip(grad_output).zip(argmax) {
                    if let Some(dx) = pieces.get_mut(at as usize) {
                        *dx = dy;
                    }
                }
            }
        };
    }
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

/// The gradient of [`of_few_pieces`].
#[inline(always)]
fn grad_of_few_pieces<T: Scalar, const PIECES: usize>(argmax: &[u32], grad_output: &[T], grad_input: &mut [T]) {
    let (grad_input, _) = grad_input.as_chunks_mut::<PIECES>();
    widest!({
        for ((pieces, &dy), &at) in grad_input.iter_mut().zip(grad_output).zip(argmax) {
            for (dx, j) in pieces.iter_mut().zip(0..) {
                *dx = if at == j { dy } else { T::zero() };
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
