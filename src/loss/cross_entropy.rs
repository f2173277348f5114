//! Cross-entropy of a softmax, for one class out of many: `loss = ln Σᵢ exp(zᵢ) − z[label]`.

use core::fmt;
use core::marker::PhantomData;

use num_traits::Float;

use crate::loss::{Loss, Specimen};
use crate::scalar::Scalar;
use crate::tensor::Vector;

/// Cross-entropy between `softmax(logits)` and the right class.
///
/// ```text
/// pᵢ        = exp(zᵢ) / Σⱼ exp(zⱼ)
/// loss      = −ln p[label] = ln Σⱼ exp(zⱼ) − z[label]
/// ∂loss/∂zᵢ = pᵢ − 1 if i = label, else pᵢ
/// ```
///
/// (Bishop 2006, *Pattern Recognition and Machine Learning*, eq. 4.108 and 4.109; PyTorch's `CrossEntropyLoss` over one
/// sample.) The output is a [`Vector`] of `CLASSES` logits, the target the index of the right class.
///
/// The largest logit is subtracted before anything is exponentiated, and the sums are in `f64`: logits of ±10⁴ are exact, and a
/// confident wrong answer costs 2·10⁴, not infinity. A class with a logit of −∞ has probability 0, and the loss is infinite if it
/// is the right one. If a logit is NaN or +∞, or all are −∞, the loss and its gradient are NaN.
///
/// # Panics
///
/// [`value`](Loss::value) and [`gradient`](Loss::gradient) panic if the label is not less than `CLASSES`.
///
/// # Examples
///
/// ```
/// use shapeproof::loss::{CrossEntropy, Loss};
/// use shapeproof::tensor::Vector;
///
/// let loss: CrossEntropy<10> = CrossEntropy::new();
/// let undecided = Vector::from([0.0; 10]);
/// assert!((loss.value(&undecided, &3) - f64::ln(10.0)).abs() < 1e-12);
/// ```
///
/// A network with another number of outputs does not compile:
///
/// ```compile_fail,E0308
/// use shapeproof::loss::{CrossEntropy, Loss};
/// use shapeproof::tensor::Vector;
///
/// let loss: CrossEntropy<10> = CrossEntropy::new();
/// let nine = Vector::from([0.0; 9]);
/// loss.value(&nine, &3); // mismatched types: expected `10`, found `9`
/// ```
#[doc(alias = "CrossEntropyLoss")]
#[doc(alias = "softmax")]
#[derive(Clone, Copy, Debug)]
pub struct CrossEntropy<const CLASSES: usize, T = f32>(PhantomData<T>);

impl<const CLASSES: usize, T: Scalar> CrossEntropy<CLASSES, T> {
    /// Creates the loss; it has no settings.
    pub const fn new() -> Self {
        CrossEntropy(PhantomData)
    }

    /// `max z` and `Σᵢ exp(zᵢ − max z)`, which is at least 1.
    fn softmax_sum(logits: &[T]) -> (f64, f64) {
        let max = logits.iter().copied().fold(T::neg_infinity(), T::max).into_f64();
        let sum = logits.iter().map(|z| Float::exp(z.into_f64() - max)).sum();
        (max, sum)
    }

    fn check(label: usize) {
        assert!(
            label < CLASSES,
            "label {label} is not a class of CrossEntropy<{CLASSES}>, which has {CLASSES} classes"
        );
    }
}

impl<const CLASSES: usize, T: Scalar> Default for CrossEntropy<CLASSES, T> {
    fn default() -> Self {
        CrossEntropy::new()
    }
}

impl<const CLASSES: usize, T: Scalar> Loss for CrossEntropy<CLASSES, T> {
    type Output = Vector<CLASSES, T>;
    type Target = usize;

    const APPLIES: &'static str = "softmax";

    fn value(&self, output: &Self::Output, &label: &usize) -> f64 {
        Self::check(label);
        let logits = output.as_slice();
        let (max, sum) = Self::softmax_sum(logits);
        // In this order, the two large numbers are combined before the small one is added.
        (max - logits[label].into_f64()) + Float::ln(sum)
    }

    fn gradient(&self, output: &Self::Output, &label: &usize, scale: T, grad_output: &mut Self::Output) -> f64 {
        Self::check(label);
        let logits = output.as_slice();
        let (max, sum) = Self::softmax_sum(logits);
        for (class, (grad, z)) in grad_output.as_mut_slice().iter_mut().zip(logits).enumerate() {
            let probability = Float::exp(z.into_f64() - max) / sum;
            let truth = if class == label { 1.0 } else { 0.0 };
            *grad = scale * T::from_f64(probability - truth);
        }
        (max - logits[label].into_f64()) + Float::ln(sum)
    }

    /// Whether the label's logit is the largest; among equals, the first counts.
    fn is_correct(&self, output: &Self::Output, &label: &usize) -> Option<bool> {
        Self::check(label);
        let logits = output.as_slice();
        let is_behind = |(class, &z): (usize, &T)| if class < label { z < logits[label] } else { z <= logits[label] };
        Some(logits.iter().enumerate().all(is_behind))
    }
}

/// `CrossEntropy`
impl<const CLASSES: usize, T> fmt::Display for CrossEntropy<CLASSES, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CrossEntropy")
    }
}

#[doc(hidden)]
pub struct Drawn;

impl Specimen for Drawn {
    type Of<const N: usize, T: Scalar> = CrossEntropy<N, T>;
    const GOLDEN: &'static str = "cross_entropy";

    fn of<const N: usize, T: Scalar>(_: impl Fn(&str) -> f64) -> CrossEntropy<N, T> {
        CrossEntropy::new()
    }

    fn target<const N: usize, T: Scalar>(numbers: &[f64]) -> usize {
        numbers[0] as usize
    }
}

#[cfg(test)]
mod tests {
    use super::CrossEntropy;
    use crate::loss::{Loss, assert_close};
    use crate::tensor::Vector;

    const INF: f64 = f64::INFINITY;

    /// The loss and its gradient, in `f64`.
    fn run<const CLASSES: usize>(logits: [f64; CLASSES], label: usize) -> (f64, [f64; CLASSES]) {
        let mut grad = Vector::from([f64::NAN; CLASSES]);
        let value = CrossEntropy::new().gradient(&Vector::from(logits), &label, 1.0, &mut grad);
        (value, grad.0.map(|channel| channel[0][0]))
    }

    #[test]
    fn by_hand() {
        // exp: 1, 2, 5, so p = 1/8, 1/4, 5/8.
        let (value, grad) = run([0.0, 2f64.ln(), 5f64.ln()], 1);
        assert_close(&[value], &[4f64.ln()], 1e-14);
        assert_close(&grad, &[0.125, -0.75, 0.625], 1e-14);
    }

    #[test]
    fn extreme_logits_stay_exact() {
        assert_eq!(run([1e4, -1e4, 0.0], 1), (2e4, [1.0, -1.0, 0.0]));
        assert_eq!(run([1e4, -1e4, 0.0], 0), (0.0, [0.0, 0.0, 0.0]));
        let (value, grad) = run([-1e4; 4], 2);
        assert_close(&[value], &[4f64.ln()], 1e-14);
        assert_eq!(grad, [0.25, 0.25, -0.75, 0.25]);
        let loss: CrossEntropy<2> = CrossEntropy::new();
        assert_eq!(loss.value(&Vector::from([f32::MAX, f32::MIN]), &1), 2.0 * f64::from(f32::MAX));
    }

    #[test]
    fn correct_is_the_first_of_the_largest() {
        let (loss, output) = (CrossEntropy::<4, f64>::new(), Vector::from([0.5, 2.0, -1.0, 2.0]));
        assert_eq!([0, 1, 2, 3].map(|label| loss.is_correct(&output, &label)), [false, true, false, false].map(Some));
        assert_eq!(loss.is_correct(&Vector::from([f64::NAN; 4]), &2), Some(false));
    }

    #[test]
    fn infinite_and_nan_logits_are_as_in_pytorch() {
        let (value, grad) = run([0.0, -INF, 2f64.ln()], 2);
        assert_close(&[value], &[1.5f64.ln()], 1e-14);
        assert_close(&grad, &[1.0 / 3.0, 0.0, -1.0 / 3.0], 1e-14);
        assert_eq!(run([0.0, -INF, 0.0], 1), (INF, [0.5, -1.0, 0.5]));
        for logits in [[f64::NAN, 0.0, 1.0], [1.0, f64::NAN, 0.0], [f64::NAN; 3], [INF, 0.0, 1.0], [-INF; 3]] {
            for label in 0..3 {
                let (value, grad) = run(logits, label);
                assert!(value.is_nan() && grad.iter().all(|g| g.is_nan()), "{logits:?}, {label}: {value} {grad:?}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "label 7 is not a class of CrossEntropy<5>, which has 5 classes")]
    fn a_label_beyond_the_classes_panics() {
        run([0.0; 5], 7);
    }

    #[test]
    #[should_panic(expected = "label 5 is not a class of CrossEntropy<5>")]
    fn the_value_panics_too() {
        CrossEntropy::<5>::new().value(&Vector::from([0.0; 5]), &5);
    }
}
