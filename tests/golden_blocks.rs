//! Blocks agree with PyTorch, names and running statistics included: `golden/README.md` describes the origin of the numbers.

mod common;

use std::collections::BTreeMap;

use common::numbers::{assert_close, batch, fill, nans};
use serde::Deserialize;
use shapeproof::layer::Module;
use shapeproof::network::Network;
use shapeproof::tensor::flat;

/// The networks of `blocks.json`.
macro_rules! blocks {
    ($scalar:ty) => {
        shapeproof::network! {
            pub type Residuals = [2, 5, 7; $scalar] =>
                Conv2D(filters = 3, kernel = 3, padding = 1), BatchNorm, ReLU,
                Residual(
                    Conv2D(filters = 3, kernel = 3, padding = 1), BatchNorm, ReLU,
                    Conv2D(filters = 3, kernel = 3, padding = 1), BatchNorm,
                ),
                ReLU,
                Residual(
                    Conv2D(filters = 4, kernel = 3, stride = 2, padding = 1), BatchNorm, ReLU,
                    Conv2D(filters = 4, kernel = 3, padding = 1), BatchNorm,
                    shortcut = (Conv2D(filters = 4, kernel = 1, stride = 2), BatchNorm),
                ),
                ReLU,
                AvgPool2D(window = [3, 4]),
                Flatten,
                Dense(units = 5),
        }
        shapeproof::network! {
            type First = [2, 5, 7; $scalar] => Conv2D(filters = 4, kernel = 3, padding = 1), BatchNorm, ReLU
        }
        shapeproof::network! {
            type Inside = [4, 5, 7; $scalar] => Conv2D(filters = 4, kernel = 3, padding = 1), BatchNorm, ReLU
        }
        shapeproof::network! {
            pub type Branched = [2, 5, 7; $scalar] =>
                First,
                Concat(
                    (
                        Conv2D(filters = 2, kernel = 1), BatchNorm, ReLU,
                        Conv2D(filters = 3, kernel = 3, padding = 1), BatchNorm,
                    ),
                    Identity,
                    (Inside),
                    (Sigmoid),
                ),
                Gate(GlobalAvgPool2D, Flatten, Dense(units = 3), ReLU, Dense(units = 15), Sigmoid),
                Conv2D(filters = 3, kernel = 1),
                Gate(Conv2D(filters = 3, kernel = 3, padding = 1), Tanh),
                AvgPool2D(window = [5, 7]),
                Flatten,
                Dense(units = 2),
        }
    };
}

mod single {
    blocks!(f32);
}

mod double {
    blocks!(f64);
}

#[derive(Deserialize)]
struct Values {
    dims: Vec<usize>,
    values: Vec<f64>,
}

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    input_dims: [usize; 4],
    input: Vec<f64>,
    parameters: BTreeMap<String, Values>,
    state: BTreeMap<String, Values>,
    infer_output: Vec<f64>,
    output: Vec<f64>,
    grad_output: Vec<f64>,
    grad_input: Vec<f64>,
    grad_parameters: BTreeMap<String, Vec<f64>>,
    state_after: BTreeMap<String, Values>,
    infer_output_after: Vec<f64>,
}

/// Inference, a training step, and inference again with the new statistics.
fn check<N: Module>(name: &str, tolerance: f64) {
    let file: File = serde_json::from_str(include_str!("golden/blocks.json")).unwrap();
    let file = file.cases.into_iter().find(|case| case.name == name).unwrap();
    let samples = file.input_dims[0];
    let mut network = N::zeros();
    let mut names = Vec::new();
    N::visit([], [&mut *network], &mut |parameter, [], [numbers]| {
        let name = parameter.to_string();
        let from = if parameter.role.is_trained() { &file.parameters } else { &file.state };
        let Values { dims, values } = from.get(&name).unwrap_or_else(|| panic!("PyTorch has no {name}"));
        assert_eq!(parameter.dims, dims, "{name}");
        fill(numbers, values);
        names.push(name);
    });
    assert_eq!(names.len(), file.parameters.len() + file.state.len(), "{names:?}");

    let (input, grad_output) = (batch(&file.input), batch(&file.grad_output));
    let (mut output, mut grad_input) = (nans(samples), nans(samples));
    let close = |what: &str, found: &[N::Scalar], expected: &[f64]| assert_close(what, found, expected, tolerance);
    let mut workspace = N::workspace::<3>();
    network.predict::<3>(&input, &mut output, &mut workspace);
    close("output in inference", flat(&output), &file.infer_output);

    let (mut tape, mut grad) = (N::tape(samples), N::zeros());
    network.forward_pass(&input, &mut output, &mut tape);
    close("output", flat(&output), &file.output);
    network.backward_pass(&input, &mut tape, &grad_output, Some(&mut grad_input), &mut grad);
    close("gradient of the input", flat(&grad_input), &file.grad_input);
    network.update_statistics(&grad);
    N::visit([&*grad, &*network], [], &mut |parameter, [gradient, numbers], []| {
        let name = parameter.to_string();
        if parameter.role.is_trained() {
            close(&format!("gradient of {name}"), gradient, &file.grad_parameters[&name]);
        } else {
            close(&name, numbers, &file.state_after[&name].values);
        }
    });
    network.predict::<3>(&input, &mut output, &mut workspace);
    close("output in inference, after the step", flat(&output), &file.infer_output_after);
}

#[test]
fn residual_blocks_agree_with_pytorch() {
    check::<double::Residuals>("residual", 1e-12);
    check::<single::Residuals>("residual", 1e-5);
}

#[test]
fn branches_gates_and_networks_inside_agree_with_pytorch() {
    check::<double::Branched>("branched", 1e-12);
    check::<single::Branched>("branched", 1e-5);
}
