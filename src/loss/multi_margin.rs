//! The hinge loss of one class out of many: `loss = Σᵢ max(0, margin − z[label] + zᵢ) / classes`.

use core::fmt;
use core::marker::PhantomData;

use crate::loss::{Loss, Specimen, label};
use crate::metrics::Measured;
use crate::scalar::Scalar;
use crate::tensor::Vector;

/// By how much the outputs of the wrong classes are above a margin below that of the right one.
///
/// ```text
/// hᵢ            = max(0, margin − z[label] + zᵢ)                for i ≠ label
/// loss          = 1/CLASSES Σᵢ hᵢ
/// ∂loss/∂zᵢ     = 1/CLASSES if hᵢ > 0, else 0                   for i ≠ label
/// ∂loss/∂z[label] = −1/CLASSES · how many hᵢ are above 0
/// ```
///
/// (Crammer and Singer 2001, *On the algorithmic implementation of multiclass kernel-based vector machines*, with a sum over all wrong
/// classes instead of the worst, as in Weston and Watkins 1999; PyTorch's `MultiMarginLoss` over one sample.) The output is a
/// [`Vector`] of `CLASSES` numbers, the target the index of the right class. A prediction is correct if the label's
/// output is the largest.
///
/// The loss is computed in `f64`. NaN makes the loss and its gradient NaN.
///
/// # Panics
///
/// [`value`](Loss::value) and [`gradient`](Loss::gradient) panic if the label is not less than `CLASSES`.
///
/// ```
/// use shapeproof::loss::{Loss, MultiMargin};
/// use shapeproof::tensor::Vector;
///
/// let output = Vector::from([3.0, 2.5, 0.0, 4.0]);
/// assert_eq!(MultiMargin::new().value(&output, &0), (0.5 + 0.0 + 2.0) / 4.0);
/// ```
#[doc(alias = "MultiMarginLoss")]
#[doc(alias = "hinge")]
#[doc(alias = "SVM")]
#[derive(Clone, Copy, Debug)]
pub struct MultiMargin<const CLASSES: usize, T = f32> {
    margin: f64,
    scalar: PhantomData<T>,
}

impl<const CLASSES: usize, T: Scalar> MultiMargin<CLASSES, T> {
    /// Creates the loss with a margin of 1.
    pub const fn new() -> Self {
        MultiMargin { margin: 1.0, scalar: PhantomData }
    }

    /// Creates the loss with another margin.
    ///
    /// # Panics
    /// If `margin` is not a finite number above 0.
    pub fn with_margin(margin: f64) -> Self {
        assert!(margin.is_finite() && margin > 0.0, "margin of MultiMargin is {margin}, expected a number above 0");
        MultiMargin { margin, ..MultiMargin::new() }
    }

    /// How far each wrong class is above its limit, and 0 for the label and all that are not above.
    fn excesses(&self, output: &Vector<CLASSES, T>, label: usize) -> impl Iterator<Item = f64> {
        label::check(label, CLASSES, "MultiMargin");
        let (outputs, margin) = (output.as_slice(), self.margin);
        let right = outputs[label].into_f64();
        outputs.iter().enumerate().map(move |(class, z)| {
            let excess = margin + (z.into_f64() - right);
            // Not `max`, which would lose a NaN.
            match class == label {
                true if right.is_nan() => right,
                true => 0.0,
                false if excess <= 0.0 => 0.0,
                false => excess,
            }
        })
    }
}

impl<const CLASSES: usize, T: Scalar> Default for MultiMargin<CLASSES, T> {
    fn default() -> Self {
        MultiMargin::new()
    }
}

impl<const CLASSES: usize, T: Scalar> Loss for MultiMargin<CLASSES, T> {
    type Output = Vector<CLASSES, T>;
    type Target = usize;

    fn value(&self, output: &Self::Output, &label: &usize) -> f64 {
        self.excesses(output, label).sum::<f64>() / CLASSES as f64
    }

    fn gradient(&self, output: &Self::Output, &label: &usize, scale: T, grad_output: &mut Self::Output) -> f64 {
        let (mut sum, mut above) = (0.0, 0.0);
        for (grad, excess) in grad_output.as_mut_slice().iter_mut().zip(self.excesses(output, label)) {
            let slope = if excess.is_nan() { excess } else { f64::from(u8::from(excess > 0.0)) };
            sum += excess;
            above += slope;
            *grad = scale * T::from_f64(slope / CLASSES as f64);
        }
        grad_output.as_mut_slice()[label] = scale * T::from_f64(-above / CLASSES as f64);
        sum / CLASSES as f64
    }

    /// Accuracy: whether the label's output is the largest; among equals, the first counts.
    fn measure(&self, output: &Self::Output, &label: &usize) -> Measured {
        label::check(label, CLASSES, "MultiMargin");
        Measured::correct(label::is_largest(output.as_slice(), label))
    }
}

/// `MultiMargin, margin 1`
impl<const CLASSES: usize, T> fmt::Display for MultiMargin<CLASSES, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MultiMargin, margin {}", self.margin)
    }
}

#[doc(hidden)]
pub struct Drawn;

impl Specimen for Drawn {
    type Of<const N: usize, T: Scalar> = MultiMargin<N, T>;
    const GOLDEN: &'static str = "multi_margin_loss";

    fn of<const N: usize, T: Scalar>(setting: impl Fn(&str) -> f64) -> MultiMargin<N, T> {
        MultiMargin::with_margin(setting("margin"))
    }

    fn target<const N: usize, T: Scalar>(numbers: &[f64]) -> usize {
        numbers[0] as usize
    }
}

#[cfg(test)]
mod tests {
    use super::MultiMargin;
    use crate::loss::Loss;
    use crate::metrics::Measured;
    use crate::tensor::Vector;

    #[test]
    fn by_hand() {
        let output = Vector::from([3.0, 2.5, 0.0, 4.0]);
        let mut grad = Vector::from([f32::NAN; 4]);
        // With the margin 1: 1½, the label, 0, 2½.
        assert_eq!(MultiMargin::with_margin(1.0).gradient(&output, &1, 4.0, &mut grad), 4.0 / 4.0);
        assert_eq!(grad, Vector::from([1.0, -2.0, 0.0, 1.0]));
        let measured = [1, 3].map(|label| MultiMargin::new().measure(&output, &label));
        assert_eq!(measured, [false, true].map(Measured::correct));
    }

    #[test]
    #[should_panic(expected = "label 4 is not a class of MultiMargin<4>, which has 4 classes")]
    fn a_label_beyond_the_classes_panics() {
        MultiMargin::new().value(&Vector::from([0.0; 4]), &4);
    }

    #[test]
    #[should_panic(expected = "margin of MultiMargin is 0, expected a number above 0")]
    fn a_margin_that_is_none_panics() {
        MultiMargin::<4>::with_margin(0.0);
    }
}
