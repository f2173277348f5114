//! Losses: how far the network's output is from what it should be, and which way is down.
//!
//! Cross-entropies take **logits**, the network's last numbers as they are, without a softmax or sigmoid before them: together
//! the two functions have a gradient that is a mere difference, and nothing overflows on the way.
//!
//! One file for each; every one of them passes the checks in `tests/losses.rs`.
//!
//! A loss of your own is an impl of [`Loss`]:
//!
//! ```
//! use std::fmt;
//!
//! use shapeproof::loss::Loss;
//! use shapeproof::tensor::Vector;
//!
//! /// ½ ‖output − target‖²
//! struct SquaredError;
//!
//! impl fmt::Display for SquaredError {
//!     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
//!         f.write_str("squared error")
//!     }
//! }
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

use core::fmt;

use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tensor::Vector;

/// The table of losses: a file and its loss, one line for each. Whatever knows all losses knows them by this.
#[doc(hidden)]
#[macro_export]
macro_rules! __losses {
    ([$($to:tt)*] $($with:tt)*) => {
        $($to)*! {
            [
                binary_cross_entropy::BinaryCrossEntropy
                cross_entropy::CrossEntropy
                huber::Huber
                mse::MSE
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

        /// How each of them is drawn, under its name.
        #[doc(hidden)]
        pub mod specimens {
            $(pub use super::$file::Drawn as $kind;)*
        }
    };
}

__losses! { [declare] }

/// A loss over the network's output, one sample at a time; the batch mean is taken by whoever sums.
///
/// Its `Display` says what it is with all its settings, `Huber, delta 1`: by that text a checkpoint knows whether a training goes on
/// as it began.
pub trait Loss: fmt::Display + Send + Sync {
    /// What the network gives for one sample (logits).
    type Output: Shape;
    /// What it is compared with.
    type Target: Copy + Send + Sync;

    /// What it does to the output first, `softmax` or `sigmoid`, if anything: a network that ends with the same would do so twice, and
    /// a [`Trainer`](crate::train::Trainer) refuses it.
    const APPLIES: &'static str = "";

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

/// How a loss is drawn for the checks that all of them go through: `Drawn`, in its file, says so.
#[doc(hidden)]
pub trait Specimen {
    /// The loss of `N` outputs.
    type Of<const N: usize, T: Scalar>: Loss<Output = Vector<N, T>>;
    /// Its `kind` in `tests/golden/losses.json`: what PyTorch's function is called.
    const GOLDEN: &'static str;

    /// The loss with settings from there, by name.
    fn of<const N: usize, T: Scalar>(setting: impl Fn(&str) -> f64) -> Self::Of<N, T>;

    /// What one sample is compared with: `N` numbers from there, or one label.
    fn target<const N: usize, T: Scalar>(numbers: &[f64]) -> <Self::Of<N, T> as Loss>::Target;
}

/// The target of a loss that wants a number for each output.
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
