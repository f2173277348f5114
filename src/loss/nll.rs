//! Negative log-likelihood, for outputs that are logarithms of probabilities: `loss = −y[label]`.

use core::fmt;
use core::marker::PhantomData;

use crate::loss::{Loss, Specimen, label};
use crate::metrics::Measured;
use crate::scalar::Scalar;
use crate::tensor::Vector;

/// The negative logarithm of the probability of the right class, where the outputs are the logarithms.
///
/// ```text
/// loss          = −y[label]
/// ∂loss/∂yᵢ     = −1 if i = label, else 0
/// ```
///
/// (Bishop 2006, *Pattern Recognition and Machine Learning*, eq. 4.108; PyTorch's `NLLLoss` over one sample.) It is for networks that
/// end with a log-softmax. For logits, [`CrossEntropy`](super::CrossEntropy) computes both together. The output is a [`Vector`] of
/// `CLASSES` numbers of at most 0, the target the index of the right class. A prediction is correct if the label's output is the
/// largest.
///
/// The loss of outputs that are no logarithms of probabilities has no lower bound. NaN anywhere makes the loss and its gradient NaN.
///
/// # Panics
///
/// [`value`](Loss::value) and [`gradient`](Loss::gradient) panic if the label is not less than `CLASSES`.
///
/// ```
/// use shapeproof::loss::{Loss, NLL};
/// use shapeproof::tensor::Vector;
///
/// let output = Vector::from([0.25, 0.5, 0.25].map(f64::ln));
/// assert_eq!(NLL::new().value(&output, &1), f64::ln(2.0));
/// ```
#[doc(alias = "NLLLoss")]
#[derive(Clone, Copy, Debug)]
pub struct NLL<const CLASSES: usize, T = f32>(PhantomData<T>);

impl<const CLASSES: usize, T: Scalar> NLL<CLASSES, T> {
    /// Creates the loss; it has no settings.
    pub const fn new() -> Self {
        NLL(PhantomData)
    }
}

impl<const CLASSES: usize, T: Scalar> Default for NLL<CLASSES, T> {
    fn default() -> Self {
        NLL::new()
    }
}

impl<const CLASSES: usize, T: Scalar> Loss for NLL<CLASSES, T> {
    type Output = Vector<CLASSES, T>;
    type Target = usize;

    fn value(&self, output: &Self::Output, &label: &usize) -> f64 {
        label::check(label, CLASSES, "NLL");
        let outputs = output.as_slice();
        if outputs.iter().any(|y| y.is_nan()) { f64::NAN } else { -outputs[label].into_f64() }
    }

    fn gradient(&self, output: &Self::Output, &label: &usize, scale: T, grad_output: &mut Self::Output) -> f64 {
        let value = self.value(output, &label);
        grad_output.as_mut_slice().fill(if value.is_nan() { T::nan() } else { T::zero() });
        grad_output.as_mut_slice()[label] += -scale;
        value
    }

    /// Accuracy: whether the label's output is the largest; among equals, the first counts.
    fn measure(&self, output: &Self::Output, &label: &usize) -> Measured {
        label::check(label, CLASSES, "NLL");
        Measured::correct(label::is_largest(output.as_slice(), label))
    }
}

/// `NLL`
impl<const CLASSES: usize, T> fmt::Display for NLL<CLASSES, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NLL")
    }
}

#[doc(hidden)]
pub struct Drawn;

impl Specimen for Drawn {
    type Of<const N: usize, T: Scalar> = NLL<N, T>;
    const GOLDEN: &'static str = "nll_loss";
    const SIGNED: bool = true;

    fn of<const N: usize, T: Scalar>(_: impl Fn(&str) -> f64) -> NLL<N, T> {
        NLL::new()
    }

    fn target<const N: usize, T: Scalar>(numbers: &[f64]) -> usize {
        numbers[0] as usize
    }
}

#[cfg(test)]
mod tests {
    use super::NLL;
    use crate::loss::Loss;
    use crate::metrics::Measured;
    use crate::tensor::Vector;

    #[test]
    fn by_hand() {
        let (loss, output) = (NLL::new(), Vector::from([-3.0, -0.5, f32::NEG_INFINITY]));
        let mut grad = Vector::from([f32::NAN; 3]);
        assert_eq!(loss.gradient(&output, &1, 4.0, &mut grad), 0.5);
        assert_eq!(grad, Vector::from([0.0, -4.0, 0.0]));
        assert_eq!([0, 1, 2].map(|label| loss.measure(&output, &label)), [false, true, false].map(Measured::correct));
        assert_eq!(loss.value(&output, &2), f64::INFINITY);
    }

    #[test]
    #[should_panic(expected = "label 3 is not a class of NLL<3>, which has 3 classes")]
    fn a_label_beyond_the_classes_panics() {
        NLL::new().value(&Vector::from([0.0; 3]), &3);
    }
}
