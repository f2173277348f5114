//! BatchNorm agrees with PyTorch: `golden/README.md` describes the origin of the numbers.

mod common;

use common::numbers::{assert_close, batch, nans};
use serde_json::Value;
use shapeproof::layer::{BatchNorm, Module};
use shapeproof::network::Network;
use shapeproof::scalar::Scalar;
use shapeproof::tensor::flat;

/// The case of this name from `layers.json`.
fn case(name: &str) -> Value {
    let layers: Value = serde_json::from_str(include_str!("golden/layers.json")).unwrap();
    let case = layers["cases"].as_array().unwrap().iter().find(|case| case["name"] == name);
    case.unwrap_or_else(|| panic!("no case {name}")).clone()
}

fn numbers<T: Scalar>(value: &Value) -> Vec<T> {
    value.as_array().unwrap().iter().map(|number| T::from_f64(number.as_f64().unwrap())).collect()
}

/// Compares inference, a training step and inference again with the case `name`.
fn check<const C: usize, const H: usize, const W: usize, const EPS: u64, const MOMENTUM: u64, T: Scalar>(
    name: &str,
    tolerance: f64,
) {
    let case = case(name);
    assert_eq!(case["config"]["eps"], f64::from_bits(EPS), "{name}");
    assert_eq!(case["config"]["momentum"], f64::from_bits(MOMENTUM), "{name}");
    let samples = case["input_dims"][0].as_u64().unwrap() as usize;
    assert_eq!(numbers::<f64>(&case["input_dims"]), [samples, C, H, W].map(|size| size as f64), "{name}");

    let mut norm = BatchNorm::<C, H, W, EPS, MOMENTUM, T>::zeros();
    norm.gamma.copy_from_slice(&numbers(&case["parameters"]["gamma"]["values"]));
    norm.beta.copy_from_slice(&numbers(&case["parameters"]["beta"]["values"]));
    norm.running_mean.copy_from_slice(&numbers(&case["state"]["running_mean"]["values"]));
    norm.running_var.copy_from_slice(&numbers(&case["state"]["running_var"]["values"]));

    let close = |what: &str, found: &[T], expected| {
        assert_close(&format!("{name}: {what}"), found, &numbers::<f64>(expected), tolerance)
    };
    let (input, grad_output) = (batch(&numbers::<f64>(&case["input"])), batch(&numbers::<f64>(&case["grad_output"])));
    let (mut output, mut grad_input) = (nans(samples), nans(samples));
    let mut workspace = BatchNorm::<C, H, W, EPS, MOMENTUM, T>::workspace::<1>();

    norm.predict::<16>(&input, &mut output, &mut workspace);
    close("infer_output", flat(&output), &case["infer_output"]);

    let (mut tape, mut grad) = (BatchNorm::<C, H, W, EPS, MOMENTUM, T>::tape(samples), BatchNorm::zeros());
    norm.forward_pass(&input, &mut output, &mut tape);
    close("output", flat(&output), &case["output"]);
    norm.backward_pass(&input, &mut tape, &grad_output, Some(&mut grad_input), &mut grad);
    close("grad_input", flat(&grad_input), &case["grad_input"]);
    close("gamma's gradient", &grad.gamma, &case["grad_parameters"]["gamma"]);
    close("beta's gradient", &grad.beta, &case["grad_parameters"]["beta"]);

    norm.update_statistics(&grad);
    close("running_mean", &norm.running_mean, &case["state_after"]["running_mean"]["values"]);
    close("running_var", &norm.running_var, &case["state_after"]["running_var"]["values"]);
    norm.predict::<16>(&input, &mut output, &mut workspace);
    close("infer_output_after", flat(&output), &case["infer_output_after"]);
}

const EPS: u64 = 1e-5f64.to_bits();
const MOMENTUM: u64 = 0.1f64.to_bits();

#[test]
fn maps() {
    check::<2, 4, 5, EPS, MOMENTUM, f64>("batch_norm of maps", 1e-12);
    check::<2, 4, 5, EPS, MOMENTUM, f32>("batch_norm of maps", 1e-5);
}

#[test]
fn maps_with_other_settings() {
    const EPS: u64 = 0.01f64.to_bits();
    const MOMENTUM: u64 = 0.3f64.to_bits();
    check::<3, 5, 4, EPS, MOMENTUM, f64>("batch_norm of maps, eps 0.01, momentum 0.3", 1e-12);
    check::<3, 5, 4, EPS, MOMENTUM, f32>("batch_norm of maps, eps 0.01, momentum 0.3", 1e-5);
}

#[test]
fn vectors() {
    check::<3, 1, 1, EPS, MOMENTUM, f64>("batch_norm of vectors", 1e-12);
    check::<3, 1, 1, EPS, MOMENTUM, f32>("batch_norm of vectors", 1e-5);
}
