//! The hinge loss, for independent binary outputs: `loss = mean(max(0, 1 − s·z))`, with `s` = ±1.

use core::fmt;
use core::marker::PhantomData;

use crate::loss::{Loss, Specimen};
use crate::metrics::Measured;
use crate::scalar::Scalar;
use crate::tensor::Vector;

/// The mean over `N` outputs of how far each is from the right side of the margin: from 1 if the target is true, from −1 if it is
/// false.
///
/// ```text
/// sᵢ        = 1 if target i is true, else −1
/// loss      = 1/N Σᵢ max(0, 1 − sᵢ·zᵢ)
/// ∂loss/∂zᵢ = −sᵢ/N if sᵢ·zᵢ < 1, else 0
/// ```
///
/// (Cortes and Vapnik 1995, *Support-vector networks*, section 3, as a penalty; Bishop 2006, *Pattern Recognition and Machine
/// Learning*, eq. 7.44.) The output is a [`Vector`] of `N` numbers, the target `[bool; N]`. For one class out of many, see
/// [`MultiMargin`](super::MultiMargin). A prediction is correct if every output is on its target's side of 0.
///
/// The loss is computed in `f64`. NaN makes the loss and its gradient NaN.
///
/// ```
/// use shapeproof::loss::{Hinge, Loss};
/// use shapeproof::tensor::Vector;
///
/// let output = Vector::from([2.0, 0.5, 0.5]);
/// assert_eq!(Hinge::new().value(&output, &[true, true, false]), (0.0 + 0.5 + 1.5) / 3.0);
/// ```
#[doc(alias = "SVM")]
#[derive(Clone, Copy, Debug)]
pub struct Hinge<const N: usize, T = f32>(PhantomData<T>);

impl<const N: usize, T: Scalar> Hinge<N, T> {
    /// Creates the loss; it has no settings.
    pub const fn new() -> Self {
        const { assert!(N > 0, "Hinge<0> has no output to take the mean over") };
        Hinge(PhantomData)
    }
}

impl<const N: usize, T: Scalar> Default for Hinge<N, T> {
    fn default() -> Self {
        Hinge::new()
    }
}

/// The sign of a target.
fn sign(target: bool) -> f64 {
    if target { 1.0 } else { -1.0 }
}

/// `max(0, x)`, and NaN of NaN.
fn above_zero(x: f64) -> f64 {
    if x <= 0.0 { 0.0 } else { x }
}

impl<const N: usize, T: Scalar> Loss for Hinge<N, T> {
    type Output = Vector<N, T>;
    type Target = [bool; N];

    fn value(&self, output: &Self::Output, target: &Self::Target) -> f64 {
        let pairs = output.as_slice().iter().zip(target);
        pairs.map(|(z, &t)| above_zero(1.0 - sign(t) * z.into_f64())).sum::<f64>() / N as f64
    }

    fn gradient(&self, output: &Self::Output, target: &Self::Target, scale: T, grad_output: &mut Self::Output) -> f64 {
        let pairs = output.as_slice().iter().zip(target);
        for (grad, (z, &t)) in grad_output.as_mut_slice().iter_mut().zip(pairs) {
            let z = z.into_f64();
            let slope = match sign(t) * z {
                margin if margin.is_nan() => margin,
                margin if margin >= 1.0 => 0.0,
                _ => -sign(t),
            };
            *grad = scale * T::from_f64(slope / N as f64);
        }
        self.value(output, target)
    }

    /// Accuracy: whether every output is on its target's side of 0.
    fn measure(&self, output: &Self::Output, target: &Self::Target) -> Measured {
        let mut pairs = output.as_slice().iter().zip(target);
        Measured::correct(pairs.all(|(z, &t)| !z.is_nan() && (*z > T::zero()) == t))
    }
}

/// `Hinge`
impl<const N: usize, T> fmt::Display for Hinge<N, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hinge")
    }
}

#[doc(hidden)]
pub struct Drawn;

impl Specimen for Drawn {
    type Of<const N: usize, T: Scalar> = Hinge<N, T>;
    const GOLDEN: &'static str = "hinge";

    fn of<const N: usize, T: Scalar>(_: impl Fn(&str) -> f64) -> Hinge<N, T> {
        Hinge::new()
    }

    fn target<const N: usize, T: Scalar>(numbers: &[f64]) -> [bool; N] {
        core::array::from_fn(|i| numbers[i] > 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Hinge;
    use crate::loss::Loss;
    use crate::metrics::Measured;
    use crate::tensor::Vector;

    #[test]
    fn by_hand() {
        let (output, target) = (Vector::from([0.5, 1.0, -3.0, 2.0]), [true, true, false, false]);
        let mut grad = Vector::from([f32::NAN; 4]);
        // ½, 0, 0, 3; on the margin itself there is no slope.
        assert_eq!(Hinge::new().gradient(&output, &target, 4.0, &mut grad), 3.5 / 4.0);
        assert_eq!(grad, Vector::from([-1.0, 0.0, 0.0, 1.0]));
    }

    #[test]
    fn an_infinite_output_has_the_slope_of_a_large_one() {
        let mut grad = Vector::from([f64::NAN; 2]);
        let value =
            Hinge::new().gradient(&Vector::from([-f64::INFINITY, -f64::INFINITY]), &[true, false], 1.0, &mut grad);
        assert_eq!((value, grad), (f64::INFINITY, Vector::from([-0.5, 0.0])));
    }

    #[test]
    fn correct_is_on_the_right_side_everywhere() {
        let loss = Hinge::<2>::new();
        let measured = |output| loss.measure(&Vector::from(output), &[true, false]);
        assert_eq!(measured([0.1, -0.1]), Measured::correct(true));
        assert_eq!(measured([0.1, 0.1]), Measured::correct(false));
        assert_eq!(measured([0.1, f32::NAN]), Measured::correct(false));
    }
}
