//! Huber's loss: squared for small distances, linear for large ones, so that outliers do not dominate.

use core::fmt;
use core::marker::PhantomData;

use crate::loss::{Loss, Specimen, distance, vector};
use crate::metrics::Measured;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tensor::Vector;

/// The mean over all numbers of a sample of a distance that grows quadratically up to `δ`, and linearly from there on.
///
/// ```text
/// d         = yᵢ − tᵢ
/// h(d)      = ½·d²               if |d| ≤ δ
///             δ·(|d| − ½·δ)      otherwise
/// loss      = 1/N Σᵢ h(yᵢ − tᵢ)
/// ∂loss/∂yᵢ = clamp(d, −δ, δ) / N
/// ```
///
/// (Huber 1964, *Robust estimation of a location parameter*, section 3; PyTorch's `HuberLoss`: the mean over a batch is one over
/// all its numbers.) With `δ` = 1, the default, it is also PyTorch's `SmoothL1Loss`. Output and target are tensors of one shape, a
/// [`Vector`] or `[C, H, W]`. Beside the loss, MAE, RMSE and R² are [measured](Loss::measure).
///
/// The loss is computed in `f64`. NaN makes the loss and its gradient NaN.
///
/// # Examples
///
/// ```
/// use shapeproof::loss::{Huber, Loss};
/// use shapeproof::tensor::Vector;
///
/// let (output, target) = (Vector::from([1.5, 4.0]), Vector::from([1.0, 0.0]));
/// assert_eq!(Huber::new().value(&output, &target), (0.125 + 3.5) / 2.0);
/// assert_eq!(Huber::with_delta(2.0).value(&output, &target), (0.125 + 6.0) / 2.0);
/// ```
///
/// A target of a different shape does not compile:
///
/// ```compile_fail,E0308
/// use shapeproof::loss::{Huber, Loss};
/// use shapeproof::tensor::Vector;
///
/// let (output, target) = (Vector::from([1.0, 2.0]), Vector::from([1.0, 5.0, 0.0]));
/// Huber::new().value(&output, &target); // mismatched types: expected `2`, found `3`
/// ```
#[doc(alias = "HuberLoss")]
#[doc(alias = "SmoothL1Loss")]
#[doc(alias = "regression")]
#[derive(Clone, Copy, Debug)]
pub struct Huber<S> {
    delta: f64,
    shape: PhantomData<S>,
}

impl<S: Shape> Huber<S> {
    /// Creates the loss with `δ` = 1.
    pub const fn new() -> Self {
        Huber { delta: 1.0, shape: PhantomData }
    }

    /// Creates the loss with another `δ`.
    ///
    /// # Panics
    /// If `delta` is not a finite number above 0.
    pub fn with_delta(delta: f64) -> Self {
        assert!(delta.is_finite() && delta > 0.0, "delta of Huber is {delta}, expected a number above 0");
        Huber { delta, shape: PhantomData }
    }

    /// The loss of one distance.
    fn of(&self, d: f64) -> f64 {
        let delta = self.delta;
        if d.abs() > delta { delta * (d.abs() - 0.5 * delta) } else { 0.5 * d * d }
    }
}

impl<S: Shape> Default for Huber<S> {
    fn default() -> Self {
        Huber::new()
    }
}

impl<S: Shape> Loss for Huber<S> {
    type Output = S;
    type Target = S;

    fn value(&self, output: &S, target: &S) -> f64 {
        distance::mean(output, target, |d| self.of(d))
    }

    fn gradient(&self, output: &S, target: &S, scale: S::Scalar, grad_output: &mut S) -> f64 {
        distance::gradient(output, target, scale, grad_output, |d| (self.of(d), d.clamp(-self.delta, self.delta)))
    }

    /// MAE, RMSE and R².
    fn measure(&self, output: &S, target: &S) -> Measured {
        Measured::regression(output.as_slice(), target.as_slice())
    }
}

/// `Huber, delta 1`
impl<S> fmt::Display for Huber<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Huber, delta {}", self.delta)
    }
}

#[doc(hidden)]
pub struct Drawn;

impl Specimen for Drawn {
    type Of<const N: usize, T: Scalar> = Huber<Vector<N, T>>;
    const GOLDEN: &'static str = "huber_loss";

    fn of<const N: usize, T: Scalar>(setting: impl Fn(&str) -> f64) -> Huber<Vector<N, T>> {
        Huber::with_delta(setting("delta"))
    }

    fn target<const N: usize, T: Scalar>(numbers: &[f64]) -> Vector<N, T> {
        vector(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::Huber;
    use crate::loss::Loss;
    use crate::tensor::{Tensor, Vector};

    #[test]
    fn by_hand() {
        let output = Tensor([[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]]);
        let target = Tensor([[[1.0, 0.0], [3.5, 8.0], [2.0, 6.0]]]);
        let mut grad = Tensor([[[f32::NAN; 2]; 3]]);
        // Distances 0, 2, −½, −4, 3, 0, with δ = 2: h is 0, 2, ⅛, 6, 4, 0.
        assert_eq!(Huber::with_delta(2.0).gradient(&output, &target, 6.0, &mut grad), 12.125 / 6.0);
        assert_eq!(grad.0, [[[0.0, 2.0], [-0.5, -2.0], [2.0, 0.0]]]);
        assert_eq!(Huber::new().measure(&output, &output).errors().map(|errors| errors.mae()), Some(0.0));
    }

    #[test]
    #[should_panic(expected = "delta of Huber is 0, expected a number above 0")]
    fn a_delta_that_is_none_panics() {
        Huber::<Vector<3>>::with_delta(0.0);
    }
}
