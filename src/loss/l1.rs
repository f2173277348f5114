//! Mean absolute error, for regression with outliers: `loss = mean(|y − t|)`.

use core::fmt;
use core::marker::PhantomData;

use crate::loss::{Loss, Specimen, distance, vector};
use crate::metrics::Measured;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tensor::Vector;

/// The mean over all numbers of a sample of the distance between output and target.
///
/// ```text
/// loss      = 1/N Σᵢ |yᵢ − tᵢ|
/// ∂loss/∂yᵢ = sign(yᵢ − tᵢ) / N        0 where they are equal
/// ```
///
/// (Bishop 2006, *Pattern Recognition and Machine Learning*, eq. 1.91 with q = 1: its best output is the median; PyTorch's `L1Loss`:
/// the mean over a batch is one over all its numbers.) Output and target are tensors of one shape, a [`Vector`] or `[C, H, W]`.
/// Beside the loss, MAE, RMSE and R² are [measured](Loss::measure). A target of a different shape does not compile.
///
/// The loss is computed in `f64`. NaN makes the loss and its gradient NaN.
///
/// ```
/// use shapeproof::loss::{L1, Loss};
/// use shapeproof::tensor::Vector;
///
/// let (output, target) = (Vector::from([1.0, 2.0]), Vector::from([1.0, 5.0]));
/// assert_eq!(L1::new().value(&output, &target), 1.5);
/// ```
#[doc(alias = "L1Loss")]
#[doc(alias = "MAE")]
#[doc(alias = "mean absolute error")]
#[doc(alias = "regression")]
#[derive(Clone, Copy, Debug)]
pub struct L1<S>(PhantomData<S>);

impl<S: Shape> L1<S> {
    /// Creates the loss; it has no settings.
    pub const fn new() -> Self {
        L1(PhantomData)
    }
}

impl<S: Shape> Default for L1<S> {
    fn default() -> Self {
        L1::new()
    }
}

impl<S: Shape> Loss for L1<S> {
    type Output = S;
    type Target = S;

    fn value(&self, output: &S, target: &S) -> f64 {
        distance::mean(output, target, f64::abs)
    }

    fn gradient(&self, output: &S, target: &S, scale: S::Scalar, grad_output: &mut S) -> f64 {
        let both = |d: f64| (d.abs(), if d == 0.0 { 0.0 } else { d.signum() });
        distance::gradient(output, target, scale, grad_output, both)
    }

    /// MAE, RMSE and R².
    fn measure(&self, output: &S, target: &S) -> Measured {
        Measured::regression(output.as_slice(), target.as_slice())
    }
}

/// `L1`
impl<S> fmt::Display for L1<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("L1")
    }
}

#[doc(hidden)]
pub struct Drawn;

impl Specimen for Drawn {
    type Of<const N: usize, T: Scalar> = L1<Vector<N, T>>;
    const GOLDEN: &'static str = "l1_loss";

    fn of<const N: usize, T: Scalar>(_: impl Fn(&str) -> f64) -> L1<Vector<N, T>> {
        L1::new()
    }

    fn target<const N: usize, T: Scalar>(numbers: &[f64]) -> Vector<N, T> {
        vector(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::L1;
    use crate::loss::Loss;
    use crate::tensor::Tensor;

    #[test]
    fn by_hand() {
        let output = Tensor([[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]]);
        let target = Tensor([[[1.0, 0.0], [3.0, 5.0], [2.0, 6.0]]]);
        let mut grad = Tensor([[[f32::NAN; 2]; 3]]);
        // Distances 0, 2, 0, −1, 3, 0.
        assert_eq!(L1::new().gradient(&output, &target, 3.0, &mut grad), 1.0);
        assert_eq!(grad.0, [[[0.0, 0.5], [0.0, -0.5], [0.5, 0.0]]]);
        assert_eq!(L1::new().measure(&output, &output).errors().map(|errors| errors.mae()), Some(0.0));
    }
}
