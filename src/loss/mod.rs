//! Losses: how far the network's output is from what it should be, and which way is down.
//!
//! Both losses here take **logits**, the network's last numbers as they are, without a softmax or sigmoid before them:
//! together the two functions have a gradient that is a mere difference, and nothing overflows on the way.
//!
//! | targets | loss |
//! |---|---|
//! | one class out of many | [`CrossEntropy`] |
//! | a probability per output, each on its own | [`BinaryCrossEntropy`] |
//!
//! A loss of your own is an impl of [`Loss`]:
//!
//! ```
//! use shapeproof::loss::Loss;
//! use shapeproof::tensor::Vector;
//!
//! /// ½ ‖output − target‖²
//! struct SquaredError;
//!
//! impl Loss for SquaredError {
//!     type Output = Vector<3>;
//!     type Target = Vector<3>;
//!
//!     fn value(&self, output: &Vector<3>, target: &Vector<3>) -> f64 {
//!         let pairs = output.as_slice().iter().zip(target.as_slice());
//!         pairs.map(|(&y, &t)| 0.5 * f64::from(y - t).powi(2)).sum()
//!     }
//!
//!     fn gradient(&self, output: &Vector<3>, target: &Vector<3>, scale: f32, grad_output: &mut Vector<3>) -> f64 {
//!         let pairs = output.as_slice().iter().zip(target.as_slice());
//!         for (grad, (&y, &t)) in grad_output.as_mut_slice().iter_mut().zip(pairs) {
//!             *grad = scale * (y - t);
//!         }
//!         self.value(output, target)
//!     }
//! }
//!
//! let (output, target) = (Vector::from([1.0, 2.0, 3.0]), Vector::from([1.0, 0.0, 4.0]));
//! assert_eq!(SquaredError.value(&output, &target), 2.5);
//! ```

use crate::shape::Shape;

mod binary_cross_entropy;
mod cross_entropy;

pub use binary_cross_entropy::BinaryCrossEntropy;
pub use cross_entropy::CrossEntropy;

/// A loss over the network's output, one sample at a time; the batch mean is taken by whoever sums.
pub trait Loss: Send + Sync {
    /// What the network gives for one sample (logits).
    type Output: Shape;
    /// What it is compared with.
    type Target: Copy + Send + Sync;

    /// The loss of one sample. In `f64`, so that sums over a data set lose nothing.
    fn value(&self, output: &Self::Output, target: &Self::Target) -> f64;

    /// Writes `scale · ∂loss/∂output` to `grad_output` and returns the loss of this sample (not scaled).
    ///
    /// Every number of `grad_output` is overwritten; what it held before does not matter. For the mean over a batch of
    /// `N` samples, `scale` is `1/N`.
    fn gradient(
        &self,
        output: &Self::Output,
        target: &Self::Target,
        scale: <Self::Output as Shape>::Scalar,
        grad_output: &mut Self::Output,
    ) -> f64;

    /// Whether the prediction that `output` stands for is right, which is what accuracy counts. `None` for a loss that measures a
    /// distance, where nothing is right or wrong: there is no accuracy then.
    fn is_correct(&self, output: &Self::Output, target: &Self::Target) -> Option<bool> {
        let _ = (output, target);
        None
    }
}

/// What the unit tests of every loss share.
#[cfg(test)]
pub(crate) mod check {
    use super::Loss;
    use crate::shape::Shape;

    /// Asserts that the gradient is the slope of the value: central differences in `f64`, with a scale that is not 1 and a
    /// `grad_output` full of NaN beforehand.
    pub(crate) fn gradient_is_the_slope<L: Loss>(loss: &L, output: &L::Output, target: &L::Target)
    where
        L::Output: Shape<Scalar = f64>,
    {
        const STEP: f64 = 1e-5;
        const SCALE: f64 = -0.375;
        let mut grad = *output;
        grad.as_mut_slice().fill(f64::NAN);
        let value = loss.gradient(output, target, SCALE, &mut grad);
        assert_eq!(value, loss.value(output, target), "gradient() and value() disagree on the loss");
        for (i, &found) in grad.as_slice().iter().enumerate() {
            let at = |shift: f64| {
                let mut moved = *output;
                moved.as_mut_slice()[i] += shift;
                loss.value(&moved, target)
            };
            let expected = SCALE * (at(STEP) - at(-STEP)) / (2.0 * STEP);
            assert!((found - expected).abs() < 1e-9, "∂loss/∂output[{i}]: found {found}, expected {expected}");
        }
    }

    /// Asserts that `found` is `expected` to within `tolerance`, number by number.
    pub(crate) fn close(found: &[f64], expected: &[f64], tolerance: f64) {
        assert_eq!(found.len(), expected.len());
        for (i, (f, e)) in found.iter().zip(expected).enumerate() {
            assert!((f - e).abs() <= tolerance, "number {i}: found {f}, expected {e}");
        }
    }
}
