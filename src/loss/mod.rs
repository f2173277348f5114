//! Losses: how far the network's output is from its target, and the gradient of that.
//!
//! Cross-entropies take **logits**, the outputs of the network's last layer, without a softmax or sigmoid. The gradient of the two
//! functions together is a simple difference, and nothing overflows.
//!
//! | | target | for |
//! |---|---|---|
//! | [`CrossEntropy`] | one class of many | classification; with label smoothing, class weights, an ignored label |
//! | [`Focal`] | one class of many | the same, where most samples are easy |
//! | [`NLL`] | one class of many | the same, if the outputs are logarithms of probabilities |
//! | [`MultiMargin`] | one class of many | a hinge: scores that are right by a margin |
//! | [`BinaryCrossEntropy`] | `bool`, `[bool; N]`, or probabilities | several answers, each yes or no |
//! | [`Hinge`] | `[bool; N]` | the same, as scores that are right by a margin |
//! | [`MSE`] | a tensor | regression: the mean |
//! | [`L1`] | a tensor | the median: outliers count little |
//! | [`Huber`], [`LogCosh`] | a tensor | between both |
//! | [`Quantile`] | a tensor | any quantile |
//!
//! There is one file for each. All of them are checked by `tests/losses.rs`.
//!
//! A loss of your own is an impl of [`Loss`].

mod distance;
mod label;

use core::fmt;

use crate::metrics::Measured;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tensor::Vector;

/// The table of losses: a file and its loss, one line for each. Everything that applies to all losses is generated from it.
#[doc(hidden)]
#[macro_export]
macro_rules! __losses {
    ([$($to:tt)*] $($with:tt)*) => {
        $($to)*! {
            [
                binary_cross_entropy::BinaryCrossEntropy
                cross_entropy::CrossEntropy
                focal::Focal
                hinge::Hinge
                huber::Huber
                l1::L1
                log_cosh::LogCosh
                mse::MSE
                multi_margin::MultiMargin
                nll::NLL
                quantile::Quantile
            ]
            $($with)*
        }
    };
}

macro_rules! declare {
    ([$($file:ident::$kind:ident)*]) => {
        $(
            mod $file;
            pub use $file::$kind;
        )*

        /// The test instance of each loss, under its name.
        #[doc(hidden)]
        pub mod specimens {
            $(pub use super::$file::Drawn as $kind;)*
        }
    };
}

__losses! { [declare] }

pub use binary_cross_entropy::BinaryTarget;

/// A loss of the network's output, one sample at a time; the caller computes the mean over the mini-batch.
///
/// Its `Display` shows the loss with all its settings, `Huber, delta 1`: a checkpoint compares this text to tell whether a training
/// continues as it began.
///
/// A loss of your own has a value and a gradient. The [guide](crate::_guide::loss) trains with one, and checks its gradient.
///
/// ```
/// use std::fmt;
///
/// use shapeproof::loss::Loss;
/// use shapeproof::tensor::Vector;
///
/// /// ½ ‖output − target‖²
/// struct SquaredError;
///
/// impl fmt::Display for SquaredError {
///     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
///         f.write_str("squared error")
///     }
/// }
///
/// impl Loss for SquaredError {
///     type Output = Vector<3>;
///     type Target = Vector<3>;
///
///     fn value(&self, output: &Vector<3>, target: &Vector<3>) -> f64 {
///         let pairs = output.as_slice().iter().zip(target.as_slice());
///         pairs.map(|(&y, &t)| 0.5 * f64::from(y - t).powi(2)).sum()
///     }
///
///     fn gradient(&self, output: &Vector<3>, target: &Vector<3>, scale: f32, grad_output: &mut Vector<3>) -> f64 {
///         let pairs = output.as_slice().iter().zip(target.as_slice());
///         for (grad, (&y, &t)) in grad_output.as_mut_slice().iter_mut().zip(pairs) {
///             *grad = scale * (y - t);
///         }
///         self.value(output, target)
///     }
/// }
///
/// let (output, target) = (Vector::from([1.0, 2.0, 3.0]), Vector::from([1.0, 0.0, 4.0]));
/// let mut grad_output = Vector::from([f32::NAN; 3]);
/// assert_eq!(SquaredError.gradient(&output, &target, 0.5, &mut grad_output), 2.5);
/// assert_eq!(grad_output, Vector::from([0.0, 1.0, -0.5]));
/// ```
pub trait Loss: fmt::Display + Send + Sync {
    /// The network's output for one sample (logits).
    type Output: Shape;
    /// The target of one sample.
    type Target: Copy + Send + Sync;

    /// The function it applies to the output first, `softmax` or `sigmoid`, if any. A network that ends with the same would apply
    /// it twice, and does not compile in [`Trainer::new`](crate::train::Trainer::new).
    const APPLIES: &'static str = "";

    /// Computes the loss of one sample. It is an `f64`, so that sums over a dataset lose no precision.
    fn value(&self, output: &Self::Output, target: &Self::Target) -> f64;

    /// Writes `scale · ∂loss/∂output` to `grad_output`, and returns the loss of this sample (not scaled).
    ///
    /// Every number of `grad_output` is overwritten. For the mean over a batch of `N` samples, `scale` is `1/N`.
    fn gradient(
        &self,
        output: &Self::Output,
        target: &Self::Target,
        scale: <Self::Output as Shape>::Scalar,
        grad_output: &mut Self::Output,
    ) -> f64;

    /// What is reported beside the loss, of one sample: whether the prediction from `output` is right
    /// ([`Measured::correct`]), which is what accuracy counts, or how far its numbers are from the target's
    /// ([`Measured::regression`]). By default nothing.
    ///
    /// It measures the same thing of every sample, or nothing.
    fn measure(&self, output: &Self::Output, target: &Self::Target) -> Measured {
        let _ = (output, target);
        Measured::Nothing
    }
}

/// The test instances of a loss. `Drawn`, in its file, implements this.
#[doc(hidden)]
pub trait Specimen {
    /// The loss of `N` outputs.
    type Of<const N: usize, T: Scalar>: Loss<Output = Vector<N, T>>;
    /// Its `kind` in `tests/golden/losses.json`, the name of PyTorch's function.
    const GOLDEN: &'static str;
    /// Whether it can be below 0.
    const SIGNED: bool = false;

    /// The loss with the settings in that file, by name; NaN for one that the case does not have.
    fn of<const N: usize, T: Scalar>(setting: impl Fn(&str) -> f64) -> Self::Of<N, T>;

    /// The target of one sample: `N` numbers from that file, or one label.
    fn target<const N: usize, T: Scalar>(numbers: &[f64]) -> <Self::Of<N, T> as Loss>::Target;
}

/// The target of a loss that has a number for each output.
fn vector<const N: usize, T: Scalar>(numbers: &[f64]) -> Vector<N, T> {
    assert_eq!(numbers.len(), N, "numbers of a target of {N}");
    Vector::from(core::array::from_fn(|i| T::from_f64(numbers[i])))
}

/// Asserts that `found` is `expected` to within `tolerance`, number by number.
#[cfg(test)]
fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (i, (f, e)) in found.iter().zip(expected).enumerate() {
        assert!((f - e).abs() <= tolerance, "number {i}: found {f}, expected {e}");
    }
}
