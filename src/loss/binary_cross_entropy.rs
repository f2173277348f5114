//! Cross-entropy of sigmoids, for independent binary outputs: `loss = −mean(t·ln σ(z) + (1 − t)·ln(1 − σ(z)))`.

use core::fmt;
use core::marker::PhantomData;

use num_traits::Float;

use crate::loss::{Loss, Specimen, vector};
use crate::metrics::Measured;
use crate::scalar::Scalar;
use crate::tensor::Vector;

/// Cross-entropy between `sigmoid(logits)` and target probabilities, averaged over the `N` outputs.
///
/// ```text
/// σ(z)      = 1 / (1 + exp(−z))
/// loss      = −1/N Σᵢ (tᵢ ln σ(zᵢ) + (1 − tᵢ) ln(1 − σ(zᵢ)))
///           =  1/N Σᵢ (max(zᵢ, 0) − zᵢ·tᵢ + ln(1 + exp(−|zᵢ|)))
/// ∂loss/∂zᵢ = (σ(zᵢ) − tᵢ) / N
/// ```
///
/// (Bishop 2006, *Pattern Recognition and Machine Learning*, eq. 4.90 and 4.91; PyTorch's `BCEWithLogitsLoss` over one sample.) The
/// output is a [`Vector`] of `N` logits. The target is `bool` for one output, `[bool; N]`, or a [`Vector`] of `N` probabilities: see
/// [`BinaryTarget`].
///
/// The second form of the loss is the one computed, in `f64`. It never exponentiates a positive number, so logits of ±10⁴ are
/// exact, and a confident wrong answer costs 10⁴/N, not infinity. NaN makes the loss NaN; an infinite logit makes it infinite or
/// NaN.
///
/// # Panics
///
/// [`value`](Loss::value) and [`gradient`](Loss::gradient) panic if a target is not in `[0, 1]` (often because pixels of 0 to 255
/// were not scaled). With such targets the loss has no lower bound.
///
/// # Examples
///
/// ```
/// use shapeproof::loss::{BinaryCrossEntropy, Loss};
/// use shapeproof::tensor::Vector;
///
/// let loss: BinaryCrossEntropy<2> = BinaryCrossEntropy::new();
/// let (undecided, target) = (Vector::from([0.0; 2]), Vector::from([1.0, 0.0]));
/// assert!((loss.value(&undecided, &target) - f64::ln(2.0)).abs() < 1e-12);
/// ```
///
/// Labels that are true or false are targets as they are:
///
/// ```
/// use shapeproof::prelude::*;
///
/// network! { type Net = [2, 1, 1] => Dense(units = 1) }
///
/// let inputs = [[0., 1.], [1., 0.]].map(Vector::from);
/// let data = Pairs::new(&inputs, &[true, false]);
/// let mut trainer = Trainer::new(Net::new(1), BinaryCrossEntropy::new(), SGD::new(0.1), Settings::default())?;
/// trainer.step(&data, &[0, 1]);
/// # Ok::<(), shapeproof::Error>(())
/// ```
///
/// A different number of outputs or targets does not compile:
///
/// ```compile_fail,E0308
/// use shapeproof::loss::{BinaryCrossEntropy, Loss};
/// use shapeproof::tensor::Vector;
///
/// let loss: BinaryCrossEntropy<2> = BinaryCrossEntropy::new();
/// let (output, target) = (Vector::from([0.0; 2]), Vector::from([1.0, 0.0, 1.0]));
/// loss.value(&output, &target); // mismatched types: expected `2`, found `3`
/// ```
#[doc(alias = "BCEWithLogitsLoss")]
#[doc(alias = "sigmoid")]
#[derive(Clone, Copy, Debug)]
pub struct BinaryCrossEntropy<const N: usize, T = f32, P = Vector<N, T>>(PhantomData<fn(T) -> P>);

/// A target of [`BinaryCrossEntropy`] with `N` outputs: the probability of each to be 1.
///
/// | target | outputs | |
/// |---|---|---|
/// | `bool` | 1 | |
/// | `[bool; N]` | `N` | several may be true, or none |
/// | [`Vector<N, T>`](Vector) | `N` | probabilities, 0 to 1 |
///
/// A type of your own can be one too, such as eight tags in the bits of a byte:
///
/// ```
/// use shapeproof::loss::{BinaryCrossEntropy, BinaryTarget, Loss};
/// use shapeproof::tensor::Vector;
///
/// #[derive(Clone, Copy)]
/// struct Tags(u8);
///
/// impl BinaryTarget<8> for Tags {
///     fn probability(&self, i: usize) -> f64 {
///         f64::from(self.0 >> i & 1)
///     }
/// }
///
/// let logits = Vector::from([3.0, -3.0, 0.5, -0.5, 1.0, 2.0, -2.0, 0.0]);
/// let loss = BinaryCrossEntropy::<8, f32, Tags>::new().value(&logits, &Tags(0b0000_0101));
/// let tags = [true, false, true, false, false, false, false, false];
/// assert_eq!(loss, BinaryCrossEntropy::<8, f32, [bool; 8]>::new().value(&logits, &tags));
/// ```
// The label names all implementations; a list of them after it would be longer.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a target of `BinaryCrossEntropy` with {N} outputs",
    label = "expected `bool` (for one output), `[bool; {N}]`, or `Vector<{N}>` of probabilities"
)]
pub trait BinaryTarget<const N: usize>: Copy + Send + Sync {
    /// The probability of output `i` to be 1, which is below `N`.
    fn probability(&self, i: usize) -> f64;
}

#[diagnostic::do_not_recommend]
impl<const N: usize, T: Scalar> BinaryTarget<N> for Vector<N, T> {
    fn probability(&self, i: usize) -> f64 {
        self.as_slice()[i].into_f64()
    }
}

#[diagnostic::do_not_recommend]
impl BinaryTarget<1> for bool {
    fn probability(&self, _: usize) -> f64 {
        f64::from(u8::from(*self))
    }
}

#[diagnostic::do_not_recommend]
impl<const N: usize> BinaryTarget<N> for [bool; N] {
    fn probability(&self, i: usize) -> f64 {
        f64::from(u8::from(self[i]))
    }
}

impl<const N: usize, T: Scalar, P> BinaryCrossEntropy<N, T, P> {
    /// Creates the loss; it has no settings.
    pub const fn new() -> Self {
        const { assert!(N > 0, "BinaryCrossEntropy<0> has no output to take the mean over") };
        BinaryCrossEntropy(PhantomData)
    }
}

impl<const N: usize, T: Scalar, P> Default for BinaryCrossEntropy<N, T, P> {
    fn default() -> Self {
        BinaryCrossEntropy::new()
    }
}

/// The logits and targets, pair by pair, in `f64`.
fn pairs<const N: usize, T: Scalar, P: BinaryTarget<N>>(
    output: &Vector<N, T>,
    target: &P,
) -> impl Iterator<Item = (f64, f64)> {
    output.as_slice().iter().enumerate().map(|(i, z)| {
        let t = target.probability(i);
        assert!((0.0..=1.0).contains(&t), "target {i} of BinaryCrossEntropy is {t}, expected a probability, 0 to 1");
        (z.into_f64(), t)
    })
}

/// The loss of one output, given `exp(−|z|)`.
fn loss(z: f64, t: f64, exp: f64) -> f64 {
    // In this order, the two large numbers are combined before the small one is added.
    (z.max(0.0) - z * t) + Float::ln_1p(exp)
}

impl<const N: usize, T: Scalar, P: BinaryTarget<N>> Loss for BinaryCrossEntropy<N, T, P> {
    type Output = Vector<N, T>;
    type Target = P;

    const APPLIES: &'static str = "sigmoid";

    fn value(&self, output: &Self::Output, target: &Self::Target) -> f64 {
        let losses = pairs(output, target).map(|(z, t)| loss(z, t, Float::exp(-z.abs())));
        losses.sum::<f64>() / N as f64
    }

    fn gradient(&self, output: &Self::Output, target: &Self::Target, scale: T, grad_output: &mut Self::Output) -> f64 {
        let pairs = pairs(output, target);
        let mut sum = 0.0;
        for (grad, (z, t)) in grad_output.as_mut_slice().iter_mut().zip(pairs) {
            let exp = Float::exp(-z.abs());
            sum += loss(z, t, exp);
            // Both are σ(z), written with the exponential of a number that is not positive.
            let probability = if z > 0.0 { 1.0 / (1.0 + exp) } else { exp / (1.0 + exp) };
            *grad = scale * T::from_f64((probability - t) / N as f64);
        }
        sum / N as f64
    }

    /// Accuracy: whether every output is on its target's side of one half.
    fn measure(&self, output: &Self::Output, target: &Self::Target) -> Measured {
        let mut pairs = pairs(output, target);
        Measured::correct(pairs.all(|(z, t)| !z.is_nan() && (z > 0.0) == (t > 0.5)))
    }
}

/// `BinaryCrossEntropy`
impl<const N: usize, T, P> fmt::Display for BinaryCrossEntropy<N, T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BinaryCrossEntropy")
    }
}

#[doc(hidden)]
pub struct Drawn;

impl Specimen for Drawn {
    type Of<const N: usize, T: Scalar> = BinaryCrossEntropy<N, T>;
    const GOLDEN: &'static str = "binary_cross_entropy_with_logits";

    fn of<const N: usize, T: Scalar>(_: impl Fn(&str) -> f64) -> BinaryCrossEntropy<N, T> {
        BinaryCrossEntropy::new()
    }

    fn target<const N: usize, T: Scalar>(numbers: &[f64]) -> Vector<N, T> {
        vector(numbers)
    }
}

#[cfg(test)]
mod tests {
    use super::{BinaryCrossEntropy, BinaryTarget};
    use crate::loss::{Loss, assert_close};
    use crate::metrics::Measured;
    use crate::tensor::Vector;

    /// The loss and its gradient, in `f64`.
    fn run<const N: usize>(logits: [f64; N], targets: [f64; N]) -> (f64, [f64; N]) {
        let mut grad = Vector::from([f64::NAN; N]);
        let loss = BinaryCrossEntropy::new();
        let value = loss.gradient(&Vector::from(logits), &Vector::from(targets), 1.0, &mut grad);
        (value, grad.0.map(|channel| channel[0][0]))
    }

    #[test]
    fn correct_is_on_the_right_side_everywhere() {
        let (loss, target) = (BinaryCrossEntropy::<3>::new(), Vector::from([1.0, 0.0, 0.9]));
        let measured = |output| loss.measure(&Vector::from(output), &target);
        assert_eq!(measured([0.1, -0.1, 3.0]), Measured::correct(true));
        assert_eq!(measured([0.1, 0.1, 3.0]), Measured::correct(false));
        assert_eq!(measured([0.1, f32::NAN, 3.0]), Measured::correct(false));
    }

    /// The loss and its gradient at these targets, in `f64`.
    fn at<P: BinaryTarget<N>, const N: usize>(logits: [f64; N], target: P) -> (f64, [f64; N], Measured) {
        let (loss, logits) = (BinaryCrossEntropy::new(), Vector::from(logits));
        let mut grad = Vector::from([f64::NAN; N]);
        let value = loss.gradient(&logits, &target, 1.0, &mut grad);
        assert_eq!(loss.value(&logits, &target), value);
        (value, grad.0.map(|channel| channel[0][0]), loss.measure(&logits, &target))
    }

    #[test]
    fn true_is_one_and_false_is_zero() {
        for (logit, target) in [(0.5, true), (0.5, false), (-3.0, true), (-3.0, false)] {
            let number = Vector::from([if target { 1.0 } else { 0.0 }]);
            assert_eq!(at([logit], target), at([logit], number));
            assert_eq!(at([logit], [target]), at([logit], number));
            assert_eq!(at([logit], target).2, Measured::correct((logit > 0.0) == target));
        }
        let logits = [2.0, -1.0, 0.5];
        assert_eq!(at(logits, [true, false, false]), at(logits, Vector::from([1.0, 0.0, 0.0])));
        assert_ne!(at(logits, [true, false, false]), at(logits, [true, false, true]));
    }

    #[test]
    fn by_hand() {
        // σ = 3/4, 1/2, 1/5: the loss is the mean of −ln 3/4, ln 2 and −ln 1/5, together ln(4/3 · 2 · 5).
        let (value, grad) = run([3f64.ln(), 0.0, -(4f64.ln())], [1.0, 0.5, 1.0]);
        assert_close(&[value], &[(40f64 / 3.0).ln() / 3.0], 1e-14);
        assert_close(&grad, &[-0.25 / 3.0, 0.0, -0.8 / 3.0], 1e-14);
    }

    #[test]
    fn extreme_logits_stay_exact() {
        assert_eq!(run([1e4, -1e4], [1.0, 0.0]), (0.0, [0.0, 0.0]));
        assert_eq!(run([1e4, -1e4], [0.0, 1.0]), (1e4, [0.5, -0.5]));
        let (value, _) = run([-40.0], [0.0]);
        assert_close(&[value / (-40f64).exp()], &[1.0], 1e-12); // ln(1 + x) would be 0
    }

    #[test]
    fn infinite_and_nan_logits_are_never_a_finite_loss() {
        for logit in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            for target in [0.0, 0.5, 1.0] {
                let (value, _) = run([logit, 0.0], [target, 1.0]);
                assert!(!value.is_finite(), "logit {logit}, target {target}: {value}");
            }
        }
        assert!(run([f64::NAN, 0.0], [0.0, 1.0]).1[0].is_nan());
    }

    #[test]
    #[should_panic(expected = "target 1 of BinaryCrossEntropy is 255, expected a probability, 0 to 1")]
    fn a_target_that_is_no_probability_panics() {
        run([0.0; 3], [1.0, 255.0, 2.0]);
    }

    #[test]
    #[should_panic(expected = "target 0 of BinaryCrossEntropy is -0.5")]
    fn the_value_panics_too() {
        BinaryCrossEntropy::<1>::new().value(&Vector::from([0.0]), &Vector::from([-0.5f32]));
    }

    #[test]
    #[should_panic(expected = "target 0 of BinaryCrossEntropy is NaN")]
    fn a_nan_target_panics() {
        run([0.0], [f64::NAN]);
    }
}
