//! The logarithm of the hyperbolic cosine of the distance: squared for small ones, linear for large ones, and smooth.

use core::f64::consts::LN_2;
use core::fmt;
use core::marker::PhantomData;

use num_traits::Float;

use crate::loss::{Loss, Specimen, distance, vector};
use crate::metrics::Measured;
use crate::scalar::Scalar;
use crate::shape::Shape;
use crate::tensor::Vector;

/// The mean over all numbers of a sample of `ln cosh(y − t)`: about `½·d²` for small distances, about `|d| − ln 2` for large ones.
///
/// ```text
/// d         = yᵢ − tᵢ
/// loss      = 1/N Σᵢ ln cosh(d)
/// ∂loss/∂yᵢ = tanh(d) / N
/// ```
///
/// (Green 1990, *Bayesian reconstructions from emission tomography data using a modified EM algorithm*, section III; Keras's
/// `LogCosh`.) It is like [`Huber`](super::Huber) with δ = 1, but has derivatives of every order. Output and target are tensors of one
/// shape, a [`Vector`] or `[C, H, W]`. Beside the loss, MAE, RMSE and R² are [measured](Loss::measure). A target of a different shape does not compile.
///
/// The loss is computed in `f64`, without the cosine, which would overflow: as `½·ln(1 + sinh²(d))` up to 1, and as
/// `|d| + ln(1 + exp(−2·|d|)) − ln 2` from there on. NaN makes the loss and its gradient NaN.
///
/// ```
/// use shapeproof::loss::{LogCosh, Loss};
/// use shapeproof::tensor::Vector;
///
/// let (output, target) = (Vector::from([0.0, 1001.0]), Vector::from([0.0, 1.0]));
/// assert_eq!(LogCosh::new().value(&output, &target), (1000.0 - f64::ln(2.0)) / 2.0);
/// ```
#[doc(alias = "regression")]
#[derive(Clone, Copy, Debug)]
pub struct LogCosh<S>(PhantomData<S>);

impl<S: Shape> LogCosh<S> {
    /// Creates the loss; it has no settings.
    pub const fn new() -> Self {
        LogCosh(PhantomData)
    }
}

impl<S: Shape> Default for LogCosh<S> {
    fn default() -> Self {
        LogCosh::new()
    }
}

fn ln_cosh(d: f64) -> f64 {
    let d = d.abs();
    if d < 1.0 {
        let sinh = Float::sinh(d);
        0.5 * Float::ln_1p(sinh * sinh)
    } else {
        d + Float::ln_1p(Float::exp(-2.0 * d)) - LN_2
    }
}

impl<S: Shape> Loss for LogCosh<S> {
    type Output = S;
    type Target = S;

    fn value(&self, output: &S, target: &S) -> f64 {
        distance::mean(output, target, ln_cosh)
    }

    fn gradient(&self, output: &S, target: &S, scale: S::Scalar, grad_output: &mut S) -> f64 {
        distance::gradient(output, target, scale, grad_output, |d| (ln_cosh(d), Float::tanh(d)))
    }

    /// MAE, RMSE and R².
    fn measure(&self, output: &S, target: &S) -> Measured {
        Measured::regression(output.as_slice(), target.as_slice())
    }
}

/// `LogCosh`
impl<S> fmt::Display for LogCosh<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogCosh")
    }
}

#[doc(hidden)]
pub struct Drawn;

impl Specimen for Drawn {
    type Of<const N: usize, T: Scalar> = LogCosh<Vector<N, T>>;
    const GOLDEN: &'static str = "log_cosh";

    fn of<const N: usize, T: Scalar>(_: impl Fn(&str) -> f64) -> LogCosh<Vector<N, T>> {
        LogCosh::new()
    }

    fn target<const N: usize, T: Scalar>(numbers: &[f64]) -> Vector<N, T> {
        vector(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::{LogCosh, ln_cosh};
    use crate::loss::{Loss, assert_close};
    use crate::tensor::Tensor;

    #[test]
    fn by_hand() {
        // cosh(ln 2) = 5/4 and cosh(ln 4) = 17/8; tanh(ln 2) = 3/5 and tanh(ln 4) = 15/17.
        let [two, four] = [2f64, 4.0].map(f64::ln);
        let (output, target) =
            (Tensor([[[two, 1.0, 3.0]], [[0.0, 5.0, 0.0]]]), Tensor([[[0.0, 1.0, 3.0]], [[four, 5.0, 0.0]]]));
        let mut grad = Tensor([[[f64::NAN; 3]]; 2]);
        let value = LogCosh::new().gradient(&output, &target, 6.0, &mut grad);
        assert_close(&[value], &[(1.25f64.ln() + 2.125f64.ln()) / 6.0], 1e-15);
        assert_close(grad.0.as_flattened().as_flattened(), &[0.6, 0.0, 0.0, -15.0 / 17.0, 0.0, 0.0], 1e-15);
    }

    #[test]
    fn small_and_large_distances_stay_exact() {
        assert_eq!([0.0, 1e-150, 1e300].map(ln_cosh), [0.0, 0.5e-300, 1e300]);
        assert_close(&[ln_cosh(1e-8) / 0.5e-16], &[1.0], 1e-14);
        assert_close(&[ln_cosh(1.0 - 1e-15)], &[ln_cosh(1.0)], 2e-15);
    }
}
