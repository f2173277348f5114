//! The loss whose best output is a quantile: distances below and above the target count differently.

use core::fmt;
use core::marker::PhantomData;

use crate::loss::{Loss, Specimen, distance, vector};
use crate::metrics::Measured;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tensor::Vector;

/// The mean over all numbers of a sample of a distance that is `q` times as large where the output is too small, and `1 − q` times
/// where it is too large.
///
/// ```text
/// d         = yᵢ − tᵢ
/// h(d)      = −q·d             if d < 0
///             (1 − q)·d        otherwise
/// loss      = 1/N Σᵢ h(d)
/// ∂loss/∂yᵢ = −q/N if d < 0, (1 − q)/N if d > 0, and 0 where they are equal
/// ```
///
/// (Koenker and Bassett 1978, *Regression quantiles*, eq. 2.1.) A share `q` of the targets is below the best output: `q` = 0.5 is half
/// the [`L1`](super::L1) loss, and has the median; 0.05 and 0.95 give an interval with nine tenths of the targets. Output and target
/// are tensors of one shape, a [`Vector`] or `[C, H, W]`. Beside the loss, MAE, RMSE and R² are [measured](Loss::measure). A target
/// of a different shape does not compile.
///
/// The loss is computed in `f64`. NaN makes the loss and its gradient NaN.
///
/// ```
/// use shapeproof::loss::{Loss, Quantile};
/// use shapeproof::tensor::Vector;
///
/// let (low, high, target) = (Vector::from([3.0]), Vector::from([7.0]), Vector::from([5.0]));
/// let loss = Quantile::new(0.75);
/// assert_eq!((loss.value(&low, &target), loss.value(&high, &target)), (1.5, 0.5));
/// ```
#[doc(alias = "pinball")]
#[doc(alias = "regression")]
#[derive(Clone, Copy, Debug)]
pub struct Quantile<S> {
    q: f64,
    shape: PhantomData<S>,
}

impl<S: Shape> Quantile<S> {
    /// Creates the loss of the quantile `q`.
    ///
    /// # Panics
    /// If `q` is not between 0 and 1.
    pub fn new(q: f64) -> Self {
        assert!(q > 0.0 && q < 1.0, "q of Quantile is {q}, expected a number between 0 and 1");
        Quantile { q, shape: PhantomData }
    }

    /// The loss of one distance.
    fn of(&self, d: f64) -> f64 {
        if d < 0.0 { -self.q * d } else { (1.0 - self.q) * d }
    }
}

impl<S: Shape> Loss for Quantile<S> {
    type Output = S;
    type Target = S;

    fn value(&self, output: &S, target: &S) -> f64 {
        distance::mean(output, target, |d| self.of(d))
    }

    fn gradient(&self, output: &S, target: &S, scale: S::Scalar, grad_output: &mut S) -> f64 {
        let slope = |d: f64| {
            if d < 0.0 {
                -self.q
            } else if d > 0.0 {
                1.0 - self.q
            } else {
                d // zero, or NaN
            }
        };
        distance::gradient(output, target, scale, grad_output, |d| (self.of(d), slope(d)))
    }

    /// MAE, RMSE and R².
    fn measure(&self, output: &S, target: &S) -> Measured {
        Measured::regression(output.as_slice(), target.as_slice())
    }
}

/// `Quantile, q 0.75`
impl<S> fmt::Display for Quantile<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Quantile, q {}", self.q)
    }
}

#[doc(hidden)]
pub struct Drawn;

impl Specimen for Drawn {
    type Of<const N: usize, T: Scalar> = Quantile<Vector<N, T>>;
    const GOLDEN: &'static str = "quantile";

    fn of<const N: usize, T: Scalar>(setting: impl Fn(&str) -> f64) -> Quantile<Vector<N, T>> {
        Quantile::new(setting("q"))
    }

    fn target<const N: usize, T: Scalar>(numbers: &[f64]) -> Vector<N, T> {
        vector(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::Quantile;
    use crate::loss::Loss;
    use crate::tensor::{Tensor, Vector};

    #[test]
    fn by_hand() {
        let output = Tensor([[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]]);
        let target = Tensor([[[1.0, 0.0], [3.0, 8.0], [2.0, 6.0]]]);
        let mut grad = Tensor([[[f32::NAN; 2]; 3]]);
        // Distances 0, 2, 0, −4, 3, 0, with q = 3/4: h is 0, ½, 0, 3, ¾, 0.
        assert_eq!(Quantile::new(0.75).gradient(&output, &target, 6.0, &mut grad), 4.25 / 6.0);
        assert_eq!(grad.0, [[[0.0, 0.25], [0.0, -0.75], [0.25, 0.0]]]);
    }

    #[test]
    #[should_panic(expected = "q of Quantile is 1, expected a number between 0 and 1")]
    fn a_quantile_that_is_none_panics() {
        Quantile::<Vector<3>>::new(1.0);
    }
}
