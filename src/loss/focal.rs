//! Focal loss: cross-entropy in which well classified samples count less: `loss = −(1 − p)^γ·ln p`.

use core::fmt;
use core::marker::PhantomData;

use num_traits::Float;

use crate::loss::{Loss, Specimen, label};
use crate::metrics::Measured;
use crate::scalar::Scalar;
use crate::tensor::Vector;

/// [`CrossEntropy`](super::CrossEntropy) times a power of the probability of all wrong classes.
///
/// ```text
/// p             = exp(z[label]) / Σⱼ exp(zⱼ)
/// loss          = −(1 − p)^γ · ln p
/// ∂loss/∂zᵢ     = ((1 − p)^γ − γ·p·(1 − p)^(γ−1)·ln p) · (pᵢ − δ)          δ = 1 if i = label, else 0
/// ```
///
/// (Lin, Goyal, Girshick, He and Dollár 2017, *Focal loss for dense object detection*, eq. 4, with a softmax over classes in the place
/// of the paper's sigmoid; without its α.) With γ = 0 it is the cross-entropy; with 2, the default and the paper's choice, a sample
/// whose class has a probability of 0.9 counts a hundredth. It is for data in which most samples are easy.
///
/// The output is a [`Vector`] of `CLASSES` logits, the target the index of the right class. Logits may be as large as for
/// `CrossEntropy`. If one is NaN, the loss is NaN.
///
/// # Panics
///
/// [`value`](Loss::value) and [`gradient`](Loss::gradient) panic if the label is not less than `CLASSES`.
///
/// ```
/// use shapeproof::loss::{Focal, Loss};
/// use shapeproof::tensor::Vector;
///
/// let undecided = Vector::from([0.0; 2]);
/// assert!((Focal::new().value(&undecided, &1) - 0.25 * f64::ln(2.0)).abs() < 1e-12);
/// ```
#[doc(alias = "sigmoid_focal_loss")]
#[derive(Clone, Copy, Debug)]
pub struct Focal<const CLASSES: usize, T = f32> {
    gamma: f64,
    scalar: PhantomData<T>,
}

/// What the loss and its gradient are computed from.
struct Parts {
    /// `ln p`
    ln_p: f64,
    /// `1 − p`, exact where it is small.
    wrong: f64,
    max: f64,
    sum: f64,
}

impl<const CLASSES: usize, T: Scalar> Focal<CLASSES, T> {
    /// Creates the loss with γ = 2.
    pub const fn new() -> Self {
        Focal { gamma: 2.0, scalar: PhantomData }
    }

    /// Creates the loss with another γ.
    ///
    /// # Panics
    /// If `gamma` is not a finite number of at least 0.
    pub fn with_gamma(gamma: f64) -> Self {
        assert!(gamma.is_finite() && gamma >= 0.0, "gamma of Focal is {gamma}, expected a number of at least 0");
        Focal { gamma, scalar: PhantomData }
    }

    fn parts(logits: &[T], label: usize) -> Parts {
        label::check(label, CLASSES, "Focal");
        let (max, sum) = label::softmax_sum(logits);
        let others = logits.iter().enumerate().filter(|&(class, _)| class != label);
        let wrong = others.map(|(_, z)| Float::exp(z.into_f64() - max)).sum::<f64>() / sum;
        let ln_p = if wrong < 0.5 { Float::ln_1p(-wrong) } else { (logits[label].into_f64() - max) - Float::ln(sum) };
        Parts { ln_p, wrong, max, sum }
    }

    fn loss(&self, &Parts { ln_p, wrong, .. }: &Parts) -> f64 {
        -Float::powf(wrong, self.gamma) * ln_p
    }
}

impl<const CLASSES: usize, T: Scalar> Default for Focal<CLASSES, T> {
    fn default() -> Self {
        Focal::new()
    }
}

impl<const CLASSES: usize, T: Scalar> Loss for Focal<CLASSES, T> {
    type Output = Vector<CLASSES, T>;
    type Target = usize;

    const APPLIES: &'static str = "softmax";

    fn value(&self, output: &Self::Output, &label: &usize) -> f64 {
        self.loss(&Self::parts(output.as_slice(), label))
    }

    fn gradient(&self, output: &Self::Output, &label: &usize, scale: T, grad_output: &mut Self::Output) -> f64 {
        let logits = output.as_slice();
        let parts = Self::parts(logits, label);
        let &Parts { ln_p, wrong, max, sum } = &parts;
        // ln p / (1 − p), which is −1 in the limit: no power of 1 − p is ever infinite.
        let ratio = if wrong == 0.0 { -1.0 } else { ln_p / wrong };
        // p·ln p is 0 in the limit too.
        let p = Float::exp(ln_p);
        let p_ratio = if p == 0.0 { 0.0 } else { p * ratio };
        let slope = Float::powf(wrong, self.gamma) * (1.0 - self.gamma * p_ratio);
        for (class, (grad, z)) in grad_output.as_mut_slice().iter_mut().zip(logits).enumerate() {
            let probability = Float::exp(z.into_f64() - max) / sum;
            *grad = scale * T::from_f64(slope * if class == label { -wrong } else { probability });
        }
        self.loss(&parts)
    }

    /// Accuracy: whether the label's logit is the largest; among equals, the first counts.
    fn measure(&self, output: &Self::Output, &label: &usize) -> Measured {
        label::check(label, CLASSES, "Focal");
        Measured::correct(label::is_largest(output.as_slice(), label))
    }
}

/// `Focal, gamma 2`
impl<const CLASSES: usize, T> fmt::Display for Focal<CLASSES, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Focal, gamma {}", self.gamma)
    }
}

#[doc(hidden)]
pub struct Drawn;

impl Specimen for Drawn {
    type Of<const N: usize, T: Scalar> = Focal<N, T>;
    const GOLDEN: &'static str = "focal";

    fn of<const N: usize, T: Scalar>(setting: impl Fn(&str) -> f64) -> Focal<N, T> {
        Focal::with_gamma(setting("gamma"))
    }

    fn target<const N: usize, T: Scalar>(numbers: &[f64]) -> usize {
        numbers[0] as usize
    }
}

#[cfg(test)]
mod tests {
    use super::Focal;
    use crate::loss::{CrossEntropy, Loss, assert_close};
    use crate::tensor::Vector;

    /// The loss and its gradient, in `f64`.
    fn run<const CLASSES: usize>(
        loss: &impl Loss<Output = Vector<CLASSES, f64>, Target = usize>,
        logits: [f64; CLASSES],
    ) -> (f64, [f64; CLASSES]) {
        let mut grad = Vector::from([f64::NAN; CLASSES]);
        let value = loss.gradient(&Vector::from(logits), &1, 1.0, &mut grad);
        (value, grad.0.map(|channel| channel[0][0]))
    }

    #[test]
    fn by_hand() {
        // exp: 1, 2, 5, so p = 1/4: the loss is (3/4)²·ln 4, and the slope (3/4)² + 2·1/4·3/4·ln 4.
        let (value, grad) = run(&Focal::new(), [0.0, 2f64.ln(), 5f64.ln()]);
        let slope = 0.5625 + 0.375 * 4f64.ln();
        assert_close(&[value], &[0.5625 * 4f64.ln()], 1e-14);
        assert_close(&grad, &[0.125 * slope, -0.75 * slope, 0.625 * slope], 1e-14);
    }

    #[test]
    fn without_focus_it_is_the_cross_entropy() {
        let logits = [0.5, -1.0, 2.0, 0.25];
        let (value, grad) = run(&Focal::with_gamma(0.0), logits);
        let (expected, expected_grad) = run(&CrossEntropy::new(), logits);
        assert_close(&[value], &[expected], 1e-14);
        assert_close(&grad, &expected_grad, 1e-14);
    }

    #[test]
    fn certain_samples_have_no_gradient_and_no_infinity() {
        for gamma in [0.0, 0.5, 1.0, 2.0, 5.0] {
            assert_eq!(run(&Focal::with_gamma(gamma), [-1e4, 1e4, 0.0]), (0.0, [0.0; 3]));
        }
        assert_eq!(run(&Focal::new(), [1e4, -1e4, 0.0]), (2e4, [1.0, -1.0, 0.0]));
    }

    #[test]
    fn an_infinitely_unlikely_label_has_the_gradient_of_the_limit() {
        let logits = Vector::from([0.0, f64::NEG_INFINITY, 0.0]);
        for gamma in [0.0, 2.0] {
            let mut grad = Vector::from([f64::NAN; 3]);
            let value = Focal::with_gamma(gamma).gradient(&logits, &1, 1.0, &mut grad);
            assert_eq!((value, grad), (f64::INFINITY, Vector::from([0.5, -1.0, 0.5])), "gamma {gamma}");
        }
    }

    #[test]
    #[should_panic(expected = "gamma of Focal is -1, expected a number of at least 0")]
    fn a_gamma_that_is_none_panics() {
        Focal::<3>::with_gamma(-1.0);
    }
}
