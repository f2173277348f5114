//! Every loss of the crate's table: its gradient is correct, it agrees with PyTorch, and extreme outputs do not break it.
//!
//! The cases are those of `golden/losses.json`, which has some for each loss; `golden/README.md` describes the origin of the
//! numbers.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use shapeproof::data::Pairs;
use shapeproof::io::{Card, load_checkpoint, save_checkpoint};
use shapeproof::loss::{Loss, Specimen};
use shapeproof::network::Network;
use shapeproof::optim::{Constant, SGD};
use shapeproof::scalar::Scalar;
use shapeproof::tensor::Vector;
use shapeproof::train::{Fit, Settings, Trainer};

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    kind: String,
    config: BTreeMap<String, f64>,
    logits_dims: [usize; 2],
    logits: Vec<f64>,
    #[serde(alias = "labels")]
    targets: Vec<f64>,
    loss: f64,
    grad_logits: Vec<f64>,
}

fn cases() -> Vec<Case> {
    serde_json::from_str::<File>(include_str!("golden/losses.json")).unwrap().cases
}

/// An output and its target.
type Sample<S, const N: usize, T> = (Vector<N, T>, <<S as Specimen>::Of<N, T> as Loss>::Target);

impl Case {
    fn loss<S: Specimen, const N: usize, T: Scalar>(&self) -> S::Of<N, T> {
        S::of(|setting| self.config.get(setting).copied().unwrap_or(f64::NAN))
    }

    fn samples<S: Specimen, const N: usize, T: Scalar>(&self) -> Vec<Sample<S, N, T>> {
        let of_each = self.targets.len() / self.logits_dims[0];
        let outputs = self.logits.chunks(N).map(|logits| Vector::from(std::array::from_fn(|i| T::from_f64(logits[i]))));
        outputs.zip(self.targets.chunks(of_each).map(|numbers| S::target::<N, T>(numbers))).collect()
    }
}

/// Calls `check` with every case of a loss, and its number of outputs as a constant.
macro_rules! for_each_case {
    ($specimen:ty, $check:ident) => {{
        let cases: Vec<Case> = cases().into_iter().filter(|case| case.kind == <$specimen>::GOLDEN).collect();
        assert!(!cases.is_empty(), "golden/losses.json has no case of {}", <$specimen>::GOLDEN);
        for case in &cases {
            match case.logits_dims[1] {
                1 => $check::<$specimen, 1>(case),
                2 => $check::<$specimen, 2>(case),
                3 => $check::<$specimen, 3>(case),
                4 => $check::<$specimen, 4>(case),
                5 => $check::<$specimen, 5>(case),
                10 => $check::<$specimen, 10>(case),
                outputs => panic!("{}: {outputs} outputs are not among those here", case.name),
            }
        }
    }};
}

#[track_caller]
fn assert_close(found: f64, expected: f64, tolerance: f64, what: &str) {
    let agrees = (found - expected).abs() <= tolerance * expected.abs().max(1.0);
    assert!(agrees, "{what}: found {found}, expected {expected}");
}

/// Compares the mean loss over the batch and its gradient with PyTorch.
fn as_pytorch<S: Specimen, const N: usize>(case: &Case) {
    fn check<S: Specimen, const N: usize, T: Scalar>(case: &Case, tolerance: f64) {
        let (loss, samples) = (case.loss::<S, N, T>(), case.samples::<S, N, T>());
        let (mut value, scale) = (0.0, 1.0 / samples.len() as f64);
        for ((output, target), expected) in samples.iter().zip(case.grad_logits.chunks(N)) {
            let mut gradient = Vector::from([T::nan(); N]);
            value += scale * loss.gradient(output, target, T::from_f64(scale), &mut gradient);
            for (found, &expected) in gradient.as_slice().iter().zip(expected) {
                assert_close(found.into_f64(), expected, tolerance, &case.name);
            }
        }
        assert_close(value, case.loss, tolerance, &case.name);
    }
    check::<S, N, f64>(case, 1e-12);
    check::<S, N, f32>(case, 1e-6);
}

/// A checkpoint identifies a loss by its text.
fn settings_are_said<S: Specimen, const N: usize>(case: &Case) {
    let text = case.loss::<S, N, f64>().to_string();
    for (changed, value) in &case.config {
        let other = |setting: &str| {
            if setting == changed {
                0.5 * value + 0.015625
            } else {
                case.config.get(setting).copied().unwrap_or(f64::NAN)
            }
        };
        assert_ne!(S::of::<N, f64>(other).to_string(), text, "the text does not say {changed}");
    }
}

/// Compares with central differences in `f64`, with a scale other than 1 and a gradient prefilled with NaN.
fn gradient_is_the_slope<S: Specimen, const N: usize>(case: &Case) {
    const STEP: f64 = 1e-5;
    const SCALE: f64 = -0.375;
    let loss = case.loss::<S, N, f64>();
    for (output, target) in case.samples::<S, N, f64>() {
        let mut gradient = Vector::from([f64::NAN; N]);
        let value = loss.gradient(&output, &target, SCALE, &mut gradient);
        assert_eq!(value, loss.value(&output, &target), "{}: gradient() and value() disagree on the loss", case.name);
        // The difference of large numbers has fewer exact digits.
        let largest = output.as_slice().iter().fold(10.0, |largest: f64, output| largest.max(output.abs()));
        let tolerance = 1e-10 * largest;
        for (i, &found) in gradient.as_slice().iter().enumerate() {
            let at = |shift: f64| {
                let mut moved = output;
                moved.as_mut_slice()[i] += shift;
                loss.value(&moved, &target)
            };
            let expected = SCALE * (at(STEP) - at(-STEP)) / (2.0 * STEP);
            assert_close(found, expected, tolerance, &format!("{}, ∂loss/∂output[{i}]", case.name));
        }
    }
}

/// However large the outputs are, the loss is a number of at least 0; and NaN is never overlooked, neither by the loss nor by its gradient.
fn extremes<S: Specimen, const N: usize>(case: &Case) {
    fn check<S: Specimen, const N: usize, T: Scalar>(case: &Case, large: f64) {
        let loss = case.loss::<S, N, T>();
        for (&number, (_, target)) in case.targets.iter().zip(case.samples::<S, N, T>()) {
            if case.config.get("ignored") == Some(&number) {
                continue;
            }
            for sign in 0..1 << N {
                let side = |i| if sign >> i & 1 == 1 { large } else { -large };
                let mut output = Vector::from(std::array::from_fn(|i| T::from_f64(side(i))));
                let mut gradient = Vector::from([T::nan(); N]);
                let value = loss.gradient(&output, &target, T::from_f64(0.25), &mut gradient);
                assert!(value.is_finite() && (value >= 0.0 || S::SIGNED), "{}: {value} at {output:?}", case.name);
                assert!(gradient.as_slice().iter().all(|g| g.is_finite()), "{}: {gradient:?} at {output:?}", case.name);

                output.as_mut_slice()[sign % N] = T::nan();
                assert!(loss.value(&output, &target).is_nan(), "{}: NaN is overlooked", case.name);
                loss.gradient(&output, &target, T::from_f64(0.25), &mut gradient);
                assert!(gradient.as_slice().iter().any(|g| g.is_nan()), "{}: NaN has a gradient", case.name);
            }
        }
    }
    for large in [1.0, 1e4, 1e30] {
        check::<S, N, f32>(case, large);
        check::<S, N, f64>(case, large * large);
    }
}

macro_rules! test_all {
    ([$($file:ident::$kind:ident)*]) => {
        $(
            mod $file {
                use super::*;
                use shapeproof::loss::specimens::$kind;

                #[test]
                fn computes_what_pytorch_computes() {
                    for_each_case!($kind, as_pytorch);
                }

                #[test]
                fn its_gradient_is_the_slope_of_its_value() {
                    for_each_case!($kind, gradient_is_the_slope);
                }

                #[test]
                fn says_all_its_settings() {
                    for_each_case!($kind, settings_are_said);
                }

                #[test]
                fn is_finite_at_extreme_outputs() {
                    for_each_case!($kind, extremes);
                }
            }
        )*

        #[test]
        fn every_golden_case_is_of_a_loss_in_the_table() {
            let kinds = [$(shapeproof::loss::specimens::$kind::GOLDEN),*];
            for case in cases() {
                assert!(kinds.contains(&case.kind.as_str()), "no loss is called {}", case.kind);
            }
        }
    };
}

shapeproof::__losses! { [test_all] }

/// The largest distance in any output: a user's loss with a name, and without accuracy.
struct Largest(&'static str);

impl fmt::Display for Largest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Loss for Largest {
    type Output = Vector<2>;
    type Target = Vector<2>;

    fn value(&self, output: &Vector<2>, target: &Vector<2>) -> f64 {
        let pairs = output.as_slice().iter().zip(target.as_slice());
        pairs.map(|(y, t)| f64::from((y - t).abs())).fold(0.0, f64::max)
    }

    fn gradient(&self, output: &Vector<2>, target: &Vector<2>, scale: f32, grad_output: &mut Vector<2>) -> f64 {
        let largest = self.value(output, target);
        let pairs = output.as_slice().iter().zip(target.as_slice());
        for (grad, (y, t)) in grad_output.as_mut_slice().iter_mut().zip(pairs) {
            *grad = if f64::from((y - t).abs()) == largest { scale * (y - t).signum() } else { 0.0 };
        }
        largest
    }
}

shapeproof::network! { type Net = [2, 1, 1] => Dense(units = 2) }

#[test]
fn there_is_no_accuracy_where_a_loss_knows_no_right_and_wrong() {
    let inputs = [[1.0, 2.0], [2.0, 1.0], [0.5, -1.0]].map(Vector::from);
    let data = Pairs::new(&inputs, &inputs);
    let settings = Settings { batch_size: 2, threads: Some(1), ..Settings::default() };
    let trainer = |name| Trainer::new(Net::new(1), Largest(name), SGD::new(0.1), settings).unwrap();
    let (mut whole, fit) = (trainer("largest"), Fit { epochs: 2, schedule: &Constant });
    let history = whole.fit(&data, &data, &fit, &mut []).unwrap();
    let text = history.to_string();
    assert!(text.contains("loss") && !text.contains("accuracy"), "{text}");
    assert!(whole.evaluate(&data).accuracy().is_nan());

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it.safetensors");
    save_checkpoint(&path, whole.state(), &Card::default()).unwrap();
    let mut same = trainer("largest");
    load_checkpoint(&path, &mut same).unwrap();
    assert_eq!(same.state().epochs(), history.epochs);
    let error = load_checkpoint(&path, &mut trainer("smallest")).unwrap_err().to_string();
    assert!(error.contains("loss: found largest, expected smallest"), "{error}");
}
