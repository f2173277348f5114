//! Group normalization: every group of numbers of a sample gets mean 0 and variance 1, then learned scales and shifts.
//!
//! A sample is a list of maps of `positions` numbers, each with its own `gamma` and `beta`, and a group is some maps in a row. A
//! layer normalization is the same with `positions` of 1 and one group.
//!
//! Fast because a group stays in cache while it is read for its [moments](super::moments), and again to be normalized.

use super::moments::map_moments;
use super::sum::sums_of_deviations;
use crate::scalar::Scalar;
use crate::simd::widest;

/// The mean of a group, and `1/√(variance + ε)`.
pub type Statistics<T> = [T; 2];

/// `y = gamma·(x − mean)/√(variance + ε) + beta`, with mean and variance of the group, for a batch; if `statistics` is given, those
/// of each group too. A sample has one `gamma` and one `beta` for each of its maps.
///
/// # Panics
/// If the lengths do not match, or a sample cannot be split into this many groups.
#[inline]
pub fn group_norm<T: Scalar>(
    [positions, groups]: [usize; 2],
    eps: f64,
    input: &[T],
    [gamma, beta]: [&[T]; 2],
    output: &mut [T],
    mut statistics: Option<&mut [Statistics<T>]>,
) {
    let group = group_len([positions, groups], gamma.len(), [input.len(), output.len()]);
    assert_eq!(gamma.len(), beta.len(), "as many shifts as factors");
    for (g, (x, y)) in input.chunks_exact(group).zip(output.chunks_exact_mut(group)).enumerate() {
        let (mean, second_moment) = map_moments(x);
        let (mean, variance) = (T::from_f64(mean), second_moment / group as f64);
        let inv_std = T::from_f64(variance + eps).sqrt().recip();
        if let Some(statistics) = &mut statistics {
            statistics[g] = [mean, inv_std];
        }
        let maps = of_group(gamma, beta, g % groups, groups);
        widest!({
            if positions == 1 {
                for ((&x, y), (&gamma, &beta)) in x.iter().zip(y).zip(maps) {
                    *y = (x - mean) * inv_std * gamma + beta;
                }
            } else {
                for ((x, y), (&gamma, &beta)) in x.chunks_exact(positions).zip(y.chunks_exact_mut(positions)).zip(maps)
                {
                    let scale = inv_std * gamma;
                    for (&x, y) in x.iter().zip(y) {
                        *y = (x - mean) * scale + beta;
                    }
                }
            }
        });
    }
}

/// The backward pass of [`group_norm`]: adds `∂L/∂gamma = Σ ∂L/∂y·x̂` and `∂L/∂beta = Σ ∂L/∂y` of every map to `grad_gamma` and
/// `grad_beta`, and writes, over the `M` numbers of each group,
///
/// ```text
/// ∂L/∂x = 1/√(variance + ε)·(gamma·∂L/∂y − (Σ gamma·∂L/∂y + x̂·Σ gamma·∂L/∂y·x̂)/M)
/// ```
///
/// # Panics
/// If the lengths do not match, or a sample cannot be split into this many groups.
#[inline]
pub fn group_norm_backward<T: Scalar>(
    [positions, groups]: [usize; 2],
    statistics: &[Statistics<T>],
    input: &[T],
    gamma: &[T],
    grad_output: &[T],
    grad_input: &mut [T],
    [grad_gamma, grad_beta]: [&mut [T]; 2],
) {
    let group = group_len([positions, groups], gamma.len(), [input.len(), grad_output.len()]);
    assert_eq!(grad_input.len(), input.len(), "as many gradients as inputs");
    assert_eq!([gamma.len(); 2], [grad_gamma.len(), grad_beta.len()], "as many gradients as factors");
    let batch = input.chunks_exact(group).zip(grad_output.chunks_exact(group)).zip(statistics);
    for (g, (((x, dy), &[mean, inv_std]), dx)) in batch.zip(grad_input.chunks_exact_mut(group)).enumerate() {
        let maps = group / positions;
        let first = g % groups * maps;
        let gamma = &gamma[first..][..maps];
        let grads = grad_gamma[first..][..maps].iter_mut().zip(&mut grad_beta[first..][..maps]);
        // Σ gamma·∂L/∂y·(x − mean) and Σ gamma·∂L/∂y
        let (dot, sum) = if positions == 1 {
            widest!({
                for (((&x, &dy), (&gamma, dx)), (grad_gamma, grad_beta)) in
                    x.iter().zip(dy).zip(gamma.iter().zip(&mut *dx)).zip(grads)
                {
                    *grad_gamma += dy * ((x - mean) * inv_std);
                    *grad_beta += dy;
                    *dx = gamma * dy;
                }
            });
            sums_of_deviations((x, mean), (dx, T::zero()))
        } else {
            let (mut dot, mut sum) = (T::zero(), T::zero());
            let maps = x.chunks_exact(positions).zip(dy.chunks_exact(positions));
            for (((x, dy), &gamma), (grad_gamma, grad_beta)) in maps.zip(gamma).zip(grads) {
                let (map_dot, map_sum) = sums_of_deviations((x, mean), (dy, T::zero()));
                *grad_gamma += map_dot * inv_std;
                *grad_beta += map_sum;
                dot += gamma * map_dot;
                sum += gamma * map_sum;
            }
            (dot, sum)
        };
        let count = T::from_usize(group);
        let (shift, slope) = (sum / count, dot / count * inv_std * inv_std);
        widest!({
            if positions == 1 {
                for (&x, dx) in x.iter().zip(dx) {
                    *dx = inv_std * (*dx - shift - (x - mean) * slope);
                }
            } else {
                let maps = x.chunks_exact(positions).zip(dy.chunks_exact(positions));
                for (((x, dy), dx), &gamma) in maps.zip(dx.chunks_exact_mut(positions)).zip(gamma) {
                    for ((&x, &dy), dx) in x.iter().zip(dy).zip(dx) {
                        *dx = inv_std * (gamma * dy - shift - (x - mean) * slope);
                    }
                }
            }
        });
    }
}

/// The factors and shifts of the maps in group `g`.
#[inline(always)]
fn of_group<'a, T>(
    gamma: &'a [T],
    beta: &'a [T],
    g: usize,
    groups: usize,
) -> core::iter::Zip<core::slice::Iter<'a, T>, core::slice::Iter<'a, T>> {
    let maps = gamma.len() / groups;
    gamma[g * maps..][..maps].iter().zip(&beta[g * maps..][..maps])
}

/// How many numbers a group has.
#[inline]
#[track_caller]
fn group_len([positions, groups]: [usize; 2], maps: usize, [one, other]: [usize; 2]) -> usize {
    assert_eq!(one, other, "two batches of one normalization differ in length");
    let is_whole = positions > 0 && groups > 0 && maps > 0 && maps.is_multiple_of(groups);
    assert!(is_whole, "{maps} maps of {positions} in {groups} groups");
    let sample = maps * positions;
    assert!(one.is_multiple_of(sample), "{one} values are not whole samples of {maps} maps of {positions}");
    sample / groups
}
