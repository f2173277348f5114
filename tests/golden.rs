//! The layers, and a network of them, agree with PyTorch: `golden/README.md` describes the origin of the numbers.

mod common;

use std::collections::BTreeMap;

use common::numbers::{assert_close, batch, fill, nans};
use serde::Deserialize;
use shapeproof::layer::declaration::ExampleVisitor;
use shapeproof::layer::{Module, Operation, Parameter, visit_examples};
use shapeproof::network;
use shapeproof::network::Network;
use shapeproof::scalar::{Precision, Scalar};
use shapeproof::shape::{Dims, Shape};
use shapeproof::tensor::flat;

/// Kinds in the file that have their own test.
const ELSEWHERE: [&str; 1] = ["batch_norm"];

/// Checks every example of a layer, in both precisions, against the case of its name.
struct Golden {
    cases: Vec<Case>,
    /// The names that were visited.
    seen: Vec<&'static str>,
}

impl ExampleVisitor for Golden {
    fn visit<Double: Module<Scalar = f64>, Single: Module<Scalar = f32>>(&mut self, name: &'static str) {
        let is_random = matches!(Double::OPERATION, Operation::Unchanged);
        if Double::BARRIERS > 0 || is_random {
            return; // which have golden numbers of their own, or none
        }
        let case = self.cases.iter().find(|case| case.name == name);
        let case = case.unwrap_or_else(|| panic!("there is no case {name:?}: see golden/README.md"));
        check::<Double>(case);
        check::<Single>(case);
        self.seen.push(name);
    }
}

/// The network of `network.json`: the reference network, smaller and without dropout.
macro_rules! small_network {
    ($name:ident, $scalar:ty) => {
        network! {
            type $name = [1, 12, 12; $scalar] =>
                Conv2D(filters = 4, kernel = 3, padding = 1),
                PReLU,
                MaxPool2D(window = 2),
                Conv2D(filters = 6, kernel = 3, stride = 2, padding = 2),
                PReLU,
                MaxPool2D(window = 2),
                Flatten,
                Dense(units = 8),
                PReLU,
                Dense(units = 5),
        }
    };
}

small_network!(Small, f32);
small_network!(SmallInDouble, f64);

/// One case of `layers.json`: arrays are flat, shapes are [N, C, H, W].
#[derive(Deserialize)]
struct Case {
    name: String,
    kind: String,
    input_dims: [usize; 4],
    output_dims: [usize; 4],
    input: Vec<f64>,
    parameters: BTreeMap<String, Values>,
    output: Vec<f64>,
    grad_output: Vec<f64>,
    grad_input: Vec<f64>,
    grad_parameters: BTreeMap<String, Vec<f64>>,
}

#[derive(Deserialize)]
struct Values {
    dims: Vec<usize>,
    values: Vec<f64>,
}

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

/// The part of `network.json` that this test uses.
#[derive(Deserialize)]
struct WholeNetwork {
    input_dims: [usize; 4],
    input: Vec<f64>,
    labels: Vec<usize>,
    parameters: BTreeMap<String, Values>,
    logits: Vec<f64>,
    loss: f64,
    grad_input: Vec<f64>,
    grad_parameters: BTreeMap<String, Vec<f64>>,
}

/// The name of a parameter in the file: `weight` for a layer alone, `3.weight` in a network.
fn name_of<L: Module>(parameter: Parameter<'_>) -> String {
    if L::LAYERS == 1 { parameter.name.to_string() } else { parameter.to_string() }
}

/// Checks the numbers within the README's tolerances.
fn close<T: Scalar>(found: &[T], expected: &[f64], what: &str) {
    assert_close(what, found, expected, if T::PRECISION == Precision::Double { 1e-12 } else { 1e-5 });
}

/// Compares inference, forward and backward pass of `L` with `case`.
fn check<L: Module>(case: &Case) {
    const LARGEST: usize = 5;
    let Case { name, input_dims: [samples, c, h, w], .. } = case;
    assert_eq!(L::Input::DIMS, Dims::new(*c, *h, *w), "{name}");
    let [n, c, h, w] = case.output_dims;
    assert_eq!((*samples, L::Output::DIMS), (n, Dims::new(c, h, w)), "{name}");
    let what = |what: &str| format!("{name}, {:?}: {what}", L::Scalar::PRECISION);

    let mut layer = L::zeros();
    let mut names = Vec::new();
    L::visit([], [&mut *layer], &mut |parameter, [], [numbers]| {
        let key = name_of::<L>(parameter);
        let Values { dims, values } = &case.parameters[&key];
        assert_eq!(parameter.dims, dims, "{}", what(&key));
        fill(numbers, values);
        names.push(key);
    });
    names.sort();
    assert!(names.iter().eq(case.parameters.keys()), "{name}: parameters {names:?}");

    let (input, grad_output) = (batch(&case.input), batch(&case.grad_output));
    let (mut output, mut grad_input) = (nans(n), nans(n));
    layer.predict::<LARGEST>(&input, &mut output, &mut L::workspace::<LARGEST>());
    close(flat(&output), &case.output, &what("output in inference"));

    let (mut output, mut tape, mut grad) = (nans(n), L::tape(n), L::zeros());
    layer.forward_pass(&input, &mut output, &mut tape);
    close(flat(&output), &case.output, &what("output"));
    layer.backward_pass(&input, &mut tape, &grad_output, Some(&mut grad_input), &mut grad);
    close(flat(&grad_input), &case.grad_input, &what("gradient of the input"));

    // Once more, without the input's gradient: the parameters' gradients are added to the first.
    layer.backward_pass(&input, &mut tape, &grad_output, None, &mut grad);
    let mut names = Vec::new();
    L::visit([&*grad], [], &mut |parameter, [numbers], []| {
        let key = name_of::<L>(parameter);
        let twice: Vec<f64> = case.grad_parameters[&key].iter().map(|gradient| 2.0 * gradient).collect();
        close(numbers, &twice, &what(&format!("twice the gradient of {key}")));
        names.push(key);
    });
    names.sort();
    assert!(names.iter().eq(case.grad_parameters.keys()), "{name}: gradients {names:?}");
}

#[test]
fn layers_agree_with_pytorch() {
    let Cases { cases } = serde_json::from_str(include_str!("golden/layers.json")).unwrap();
    let mut golden = Golden { cases, seen: Vec::new() };
    visit_examples(&mut golden);
    for case in golden.cases.iter().filter(|case| !ELSEWHERE.contains(&case.kind.as_str())) {
        assert!(golden.seen.contains(&&*case.name), "no layer is given for the case {:?}", case.name);
    }
}

#[test]
fn a_network_agrees_with_pytorch() {
    let file: WholeNetwork = serde_json::from_str(include_str!("golden/network.json")).unwrap();
    let (samples, classes) = (file.labels.len(), file.logits.len() / file.labels.len());

    // Cross-entropy, the mean over the samples: L = Σ (ln Σ exp(z) − z[label]) / N, ∂L/∂z = (softmax(z) − [label]) / N.
    let (mut loss, mut grad_logits) = (0.0, Vec::new());
    for (logits, &label) in file.logits.chunks(classes).zip(&file.labels) {
        let sum: f64 = logits.iter().map(|z| z.exp()).sum();
        loss += (sum.ln() - logits[label]) / samples as f64;
        let target = |class| if class == label { 1.0 } else { 0.0 };
        grad_logits.extend(logits.iter().enumerate().map(|(i, z)| (z.exp() / sum - target(i)) / samples as f64));
    }
    close(&[loss], &[file.loss], "loss");

    let case = Case {
        name: "network".to_string(),
        kind: "network".to_string(),
        input_dims: file.input_dims,
        output_dims: [samples, classes, 1, 1],
        input: file.input,
        parameters: file.parameters,
        output: file.logits,
        grad_output: grad_logits,
        grad_input: file.grad_input,
        grad_parameters: file.grad_parameters,
    };
    check::<SmallInDouble>(&case);
    check::<Small>(&case);
}
