//! What losses of one class out of many have in common.

use num_traits::Float;

use crate::scalar::Scalar;

/// Panics if `label` is not a class.
pub(super) fn check(label: usize, classes: usize, loss: &str) {
    assert!(label < classes, "label {label} is not a class of {loss}<{classes}>, which has {classes} classes");
}

/// Whether the label's output is the largest; among equals, the first counts.
pub(super) fn is_largest<T: Scalar>(outputs: &[T], label: usize) -> bool {
    let is_behind = |(class, &y): (usize, &T)| if class < label { y < outputs[label] } else { y <= outputs[label] };
    outputs.iter().enumerate().all(is_behind)
}

/// `max z` and `Σᵢ exp(zᵢ − max z)`, which is at least 1.
pub(super) fn softmax_sum<T: Scalar>(logits: &[T]) -> (f64, f64) {
    let max = logits.iter().copied().fold(T::neg_infinity(), T::max).into_f64();
    let sum = logits.iter().map(|z| Float::exp(z.into_f64() - max)).sum();
    (max, sum)
}
