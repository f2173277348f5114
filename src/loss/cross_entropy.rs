//! Cross-entropy of a softmax, for one class out of many: `loss = ln Σᵢ exp(zᵢ) − z[label]`.

use core::fmt;
use core::marker::PhantomData;

use num_traits::Float;

use crate::loss::{Loss, Specimen, label};
use crate::metrics::Measured;
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
/// sample.) With the settings below, it is a weighted sum over all classes:
///
/// ```text
/// aᵢ        = wᵢ·((1 − ε)·δ + ε/CLASSES)     ε: label smoothing; w: class weights; δ = 1 if i = label, else 0
/// loss      = −Σᵢ aᵢ·ln pᵢ
/// ∂loss/∂zᵢ = pᵢ·Σⱼ aⱼ − aᵢ
/// ```
///
/// The mean over a mini-batch divides by the number of its samples, whatever their weights, ignored ones included: it is PyTorch's
/// `reduction="sum"` divided by that number. PyTorch's `"mean"` divides by the sum of the weights of the mini-batch's labels instead;
/// if the weights have a mean of 1 over the training data, both agree on average.
///
/// The output is a [`Vector`] of `CLASSES` logits, the target the index of the right class.
///
/// The largest logit is subtracted before anything is exponentiated, and the sums are in `f64`: logits of ±10⁴ are exact, and a
/// confident wrong answer costs 2·10⁴, not infinity. A class with a logit of −∞ has probability 0, and the loss is infinite if it
/// is the right one, or if labels are smoothed. If a logit is NaN or +∞, or all are −∞, the loss and its gradient are NaN.
///
/// # Panics
///
/// [`value`](Loss::value) and [`gradient`](Loss::gradient) panic if the label is not less than `CLASSES`, unless it is the ignored one.
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
/// Classes that are rare can count more, and labels be smoothed or ignored:
///
/// ```
/// use shapeproof::loss::{CrossEntropy, Loss};
/// use shapeproof::tensor::Vector;
///
/// let loss = CrossEntropy::<3>::new().label_smoothing(0.1).class_weights([0.5, 0.5, 2.0]).ignore(255);
/// assert_eq!(loss.to_string(), "CrossEntropy, label smoothing 0.1, class weights [0.5, 0.5, 2.0], label 255 ignored");
/// assert_eq!(loss.value(&Vector::from([1.0, 2.0, 3.0]), &255), 0.0);
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
pub struct CrossEntropy<const CLASSES: usize, T = f32> {
    smoothing: f64,
    weights: Option<[f64; CLASSES]>,
    ignored: Option<usize>,
    scalar: PhantomData<T>,
}

impl<const CLASSES: usize, T: Scalar> CrossEntropy<CLASSES, T> {
    /// Creates the loss without label smoothing or class weights.
    pub const fn new() -> Self {
        CrossEntropy { smoothing: 0.0, weights: None, ignored: None, scalar: PhantomData }
    }

    /// Trains towards a probability of `1 − smoothing + smoothing/CLASSES` for the label, and `smoothing/CLASSES` for every other
    /// class, so that no logit has to be infinite (Szegedy et al. 2016, *Rethinking the inception architecture for computer vision*,
    /// section 7).
    ///
    /// # Panics
    /// If `smoothing` is not from 0 to 1.
    #[must_use]
    pub fn label_smoothing(self, smoothing: f64) -> Self {
        let holds = (0.0..=1.0).contains(&smoothing);
        assert!(holds, "label smoothing of CrossEntropy is {smoothing}, expected a number from 0 to 1");
        CrossEntropy { smoothing, ..self }
    }

    /// Multiplies the loss of each class by a weight: larger ones for classes that are rare. Accuracy does not change.
    ///
    /// # Panics
    /// If a weight is not a finite number of at least 0.
    #[must_use]
    pub fn class_weights(self, weights: [f64; CLASSES]) -> Self {
        for (class, weight) in weights.iter().enumerate() {
            let holds = weight.is_finite() && *weight >= 0.0;
            assert!(holds, "weight {class} of CrossEntropy is {weight}, expected a number of at least 0");
        }
        CrossEntropy { weights: Some(weights), ..self }
    }

    /// Ignores samples with this label, which need not be a class: their loss and its gradient are 0. They are counted as samples in
    /// the mean of the loss, and not at all in the accuracy.
    #[doc(alias = "ignore_index")]
    #[must_use]
    pub fn ignore(self, label: usize) -> Self {
        CrossEntropy { ignored: Some(label), ..self }
    }

    /// `aᵢ` for `i` = `class`.
    fn share(&self, class: usize, label: usize) -> f64 {
        let truth = if class == label { 1.0 - self.smoothing } else { 0.0 };
        let share = truth + self.smoothing / CLASSES as f64;
        self.weights.as_ref().map_or(share, |weights| weights[class] * share)
    }

    fn loss(&self, logits: &[T], label: usize, (max, sum): (f64, f64)) -> f64 {
        let ln_sum = Float::ln(sum);
        // In this order, the two large numbers are combined before the small one is added.
        let of = |class: usize| match self.share(class, label) {
            0.0 => 0.0 * sum, // of NaN it is NaN
            share => share * ((max - logits[class].into_f64()) + ln_sum),
        };
        if self.smoothing == 0.0 { of(label) } else { (0..CLASSES).map(of).sum() }
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
        if self.ignored == Some(label) {
            return 0.0;
        }
        label::check(label, CLASSES, "CrossEntropy");
        let logits = output.as_slice();
        self.loss(logits, label, label::softmax_sum(logits))
    }

    fn gradient(&self, output: &Self::Output, &label: &usize, scale: T, grad_output: &mut Self::Output) -> f64 {
        if self.ignored == Some(label) {
            grad_output.as_mut_slice().fill(T::zero());
            return 0.0;
        }
        label::check(label, CLASSES, "CrossEntropy");
        let logits = output.as_slice();
        let (max, sum) = label::softmax_sum(logits);
        let total = match self.weights {
            None => 1.0,
            Some(_) if self.smoothing == 0.0 => self.share(label, label),
            Some(_) => (0..CLASSES).map(|class| self.share(class, label)).sum(),
        };
        for (class, (grad, z)) in grad_output.as_mut_slice().iter_mut().zip(logits).enumerate() {
            let probability = Float::exp(z.into_f64() - max) / sum;
            *grad = scale * T::from_f64(total * probability - self.share(class, label));
        }
        self.loss(logits, label, (max, sum))
    }

    /// Accuracy: whether the label's logit is the largest; among equals, the first counts. Nothing for an ignored label.
    fn measure(&self, output: &Self::Output, &label: &usize) -> Measured {
        if self.ignored == Some(label) {
            return Measured::Nothing;
        }
        label::check(label, CLASSES, "CrossEntropy");
        Measured::correct(label::is_largest(output.as_slice(), label))
    }
}

/// `CrossEntropy, label smoothing 0.1, class weights [0.5, 2.0], label 255 ignored`
impl<const CLASSES: usize, T> fmt::Display for CrossEntropy<CLASSES, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CrossEntropy")?;
        if self.smoothing != 0.0 {
            write!(f, ", label smoothing {}", self.smoothing)?;
        }
        if let Some(weights) = &self.weights {
            write!(f, ", class weights {weights:?}")?;
        }
        self.ignored.map_or(Ok(()), |label| write!(f, ", label {label} ignored"))
    }
}

#[doc(hidden)]
pub struct Drawn;

impl Specimen for Drawn {
    type Of<const N: usize, T: Scalar> = CrossEntropy<N, T>;
    const GOLDEN: &'static str = "cross_entropy";

    fn of<const N: usize, T: Scalar>(setting: impl Fn(&str) -> f64) -> CrossEntropy<N, T> {
        let mut loss = CrossEntropy::new();
        let given = |name: &str| Some(setting(name)).filter(|value| !value.is_nan());
        if let Some(smoothing) = given("label_smoothing") {
            loss = loss.label_smoothing(smoothing);
        }
        if given("weight 0").is_some() {
            loss = loss.class_weights(core::array::from_fn(|class| setting(&alloc::format!("weight {class}"))));
        }
        if let Some(label) = given("ignored") {
            loss = loss.ignore(label as usize);
        }
        loss
    }

    fn target<const N: usize, T: Scalar>(numbers: &[f64]) -> usize {
        numbers[0] as usize
    }
}

#[cfg(test)]
mod tests {
    use super::CrossEntropy;
    use crate::loss::{Loss, assert_close};
    use crate::metrics::Measured;
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
        assert_eq!(
            [0, 1, 2, 3].map(|label| loss.measure(&output, &label)),
            [false, true, false, false].map(Measured::correct)
        );
        assert_eq!(loss.measure(&Vector::from([f64::NAN; 4]), &2), Measured::correct(false));
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
    fn settings_by_hand() {
        // p = 1/8, 1/4, 5/8; a = 1/12, 10/12, 1/12 and then 1/12, 20/12, 6/12.
        let logits = Vector::from([0.0, 2f64.ln(), 5f64.ln()]);
        let [a, b, c] = [8f64, 4.0, 1.6].map(f64::ln);
        let smoothed = CrossEntropy::new().label_smoothing(0.25);
        let mut grad = Vector::from([f64::NAN; 3]);
        let value = smoothed.gradient(&logits, &1, 1.0, &mut grad);
        assert_close(&[value], &[(a + 10.0 * b + c) / 12.0], 1e-14);
        assert_close(grad.as_slice(), &[0.125 - 1.0 / 12.0, 0.25 - 10.0 / 12.0, 0.625 - 1.0 / 12.0], 1e-14);

        let both = smoothed.class_weights([1.0, 2.0, 6.0]);
        let value = both.gradient(&logits, &1, 1.0, &mut grad);
        assert_close(&[value], &[(a + 20.0 * b + 6.0 * c) / 12.0], 1e-14);
        let total = 27.0 / 12.0;
        let expected = [0.125 * total - 1.0 / 12.0, 0.25 * total - 20.0 / 12.0, 0.625 * total - 6.0 / 12.0];
        assert_close(grad.as_slice(), &expected, 1e-14);
    }

    #[test]
    fn an_ignored_label_is_of_no_weight() {
        let (loss, logits) = (CrossEntropy::<3, f64>::new().ignore(7), Vector::from([f64::NAN; 3]));
        let mut grad = Vector::from([f64::NAN; 3]);
        assert_eq!((loss.gradient(&logits, &7, 1.0, &mut grad), grad), (0.0, Vector::from([0.0; 3])));
        assert_eq!((loss.value(&logits, &7), loss.measure(&logits, &7)), (0.0, Measured::Nothing));
        assert!(loss.value(&logits, &1).is_nan());
    }

    #[test]
    #[should_panic(expected = "weight 1 of CrossEntropy is NaN, expected a number of at least 0")]
    fn a_weight_that_is_none_panics() {
        let _ = CrossEntropy::<2>::new().class_weights([1.0, f64::NAN]);
    }

    #[test]
    #[should_panic(expected = "label smoothing of CrossEntropy is 1.5, expected a number from 0 to 1")]
    fn a_smoothing_that_is_none_panics() {
        let _ = CrossEntropy::<2>::new().label_smoothing(1.5);
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
