//! Residual blocks agree with PyTorch, names and running statistics included: `golden/README.md` describes the origin of the
//! numbers.

mod common;

use std::collections::BTreeMap;

use common::numbers::{assert_close, batch, fill, nans};
use serde::Deserialize;
use shapeproof::layer::Module;
use shapeproof::network::Network;
use shapeproof::tensor::flat;

/// The network of `blocks.json`.
macro_rules! blocks {
    ($name:ident, $scalar:ty) => {
        shapeproof::network! {
            type $name = [2, 5, 7; $scalar] =>
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
    };
}

blocks!(Single, f32);
blocks!(Double, f64);

#[derive(Deserialize)]
struct Values {
    dims: Vec<usize>,
    values: Vec<f64>,
}

#[derive(Deserialize)]
struct File {
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
fn check<N: Module>(tolerance: f64) {
    let file: File = serde_json::from_str(include_str!("golden/blocks.json")).unwrap();
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
fn blocks_agree_with_pytorch() {
    check::<Double>(1e-12);
    check::<Single>(1e-5);
}
