//! Mean squared error, for regression: `loss = mean((y − t)²)`.

use core::fmt;
use core::marker::PhantomData;

use crate::loss::{Loss, Specimen, distance, vector};
use crate::metrics::Measured;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tensor::Vector;

/// The mean over all numbers of a sample of the squared distance between output and target.
///
/// ```text
/// loss      = 1/N Σᵢ (yᵢ − tᵢ)²
/// ∂loss/∂yᵢ = 2·(yᵢ − tᵢ) / N
/// ```
///
/// (Bishop 2006, *Pattern Recognition and Machine Learning*, section 3.1.1, as a mean; PyTorch's `MSELoss`: the mean over a batch
/// is one over all its numbers.) Output and target are tensors of one shape, a [`Vector`] or `[C, H, W]`. Beside the loss, MAE, RMSE
/// and R² are [measured](Loss::measure).
///
/// The loss is computed in `f64`, where the square of any `f32` is finite. NaN makes the loss and its gradient NaN.
///
/// # Examples
///
/// ```
/// use shapeproof::loss::{Loss, MSE};
/// use shapeproof::tensor::Vector;
///
/// let (output, target) = (Vector::from([1.0, 2.0]), Vector::from([1.0, 5.0]));
/// assert_eq!(MSE::new().value(&output, &target), 4.5);
/// ```
///
/// A target of a different shape does not compile:
///
/// ```compile_fail,E0308
/// use shapeproof::loss::{Loss, MSE};
/// use shapeproof::tensor::Vector;
///
/// let (output, target) = (Vector::from([1.0, 2.0]), Vector::from([1.0, 5.0, 0.0]));
/// MSE::new().value(&output, &target); // mismatched types: expected `2`, found `3`
/// ```
#[doc(alias = "MSELoss")]
#[doc(alias = "mean squared error")]
#[doc(alias = "regression")]
#[derive(Clone, Copy, Debug)]
pub struct MSE<S>(PhantomData<S>);

impl<S: Shape> MSE<S> {
    /// Creates the loss; it has no settings.
    pub const fn new() -> Self {
        MSE(PhantomData)
    }
}

impl<S: Shape> Default for MSE<S> {
    fn default() -> Self {
        MSE::new()
    }
}

impl<S: Shape> Loss for MSE<S> {
    type Output = S;
    type Target = S;

    fn value(&self, output: &S, target: &S) -> f64 {
        distance::mean(output, target, |d| d * d)
    }

    fn gradient(&self, output: &S, target: &S, scale: S::Scalar, grad_output: &mut S) -> f64 {
        distance::gradient(output, target, scale, grad_output, |d| (d * d, 2.0 * d))
    }

    /// MAE, RMSE and R².
    fn measure(&self, output: &S, target: &S) -> Measured {
        Measured::regression(output.as_slice(), target.as_slice())
    }
}

/// `MSE`
impl<S> fmt::Display for MSE<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MSE")
    }
}

#[doc(hidden)]
pub struct Drawn;

impl Specimen for Drawn {
    type Of<const N: usize, T: Scalar> = MSE<Vector<N, T>>;
    const GOLDEN: &'static str = "mse_loss";

    fn of<const N: usize, T: Scalar>(_: impl Fn(&str) -> f64) -> MSE<Vector<N, T>> {
        MSE::new()
    }

    fn target<const N: usize, T: Scalar>(numbers: &[f64]) -> Vector<N, T> {
        vector(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::MSE;
    use crate::loss::Loss;
    use crate::tensor::Tensor;

    #[test]
    fn by_hand() {
        let output = Tensor([[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]]);
        let target = Tensor([[[1.0, 0.0], [3.0, 5.0], [2.0, 6.0]]]);
        let mut grad = Tensor([[[f32::NAN; 2]; 3]]);
        // Distances 0, 2, 0, −1, 3, 0.
        assert_eq!(MSE::new().gradient(&output, &target, 3.0, &mut grad), 14.0 / 6.0);
        assert_eq!(grad.0, [[[0.0, 2.0], [0.0, -1.0], [3.0, 0.0]]]);
        assert_eq!(MSE::new().measure(&output, &output).errors().map(|errors| errors.mae()), Some(0.0));
    }
}
