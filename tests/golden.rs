//! The layers, and a network of them, agree with PyTorch: `golden/README.md` says where the numbers come from.

mod common;

use std::collections::BTreeMap;

use common::numbers::{assert_close, batch, fill, nans};
use serde::Deserialize;
use shapeproof::gradient::{check_gradients, random_batch};
use shapeproof::layer::{
    AvgPool2D, Conv2D, Dense, Flatten, LeakyReLU, MaxPool2D, Module, PReLU, Parameter, Position, ReLU, Softmax,
};
use shapeproof::network;
use shapeproof::network::Network;
use shapeproof::scalar::{Precision, Scalar};
use shapeproof::shape::{Dims, Shape};
use shapeproof::tensor::flat;

/// A convention this crate does not follow: see `AvgPool2D`.
const NOT_OURS: &str = "avg_pool2d rectangular, padding not counted";

/// Kinds in the file that this crate does not have, or that have a test of their own.
const ELSEWHERE: [&str; 4] = ["sigmoid", "tanh", "elu", "batch_norm"];

/// Which type each case of `layers.json` is about.
macro_rules! layers {
    ($($name:literal => $layer:ident<$($argument:tt),*>)*) => {
        /// Checks `case` with the layer of its name in both precisions, or says that there is none.
        fn check_by_name(case: &Case) -> bool {
            match case.name.as_str() {
                $($name => {
                    check::<$layer<$($argument,)* f64>>(case);
                    check::<$layer<$($argument,)* f32>>(case);
                })*
                _ => return false,
            }
            true
        }

        const NAMES: &[&str] = &[$($name),*];

        /// Are the gradients slopes, away from the kinks of the cases too?
        #[test]
        fn the_same_layers_pass_the_gradient_check() {
            $(if let Err(mismatch) = check_gradients(&mut *<$layer<$($argument,)* f64>>::new(1), &mut random_batch(3, 5)) {
                panic!("{}: {mismatch}", $name);
            })*
        }
    };
}

layers! {
    //                                                     C  H  W  O  OH OW KH KW SH SW PH PW
    "conv2d plain" =>                               Conv2D<2, 5, 7, 3, 3, 6, 3, 2, 1, 1, 0, 0>
    "conv2d stride 2, padding 2" =>                 Conv2D<3, 6, 9, 5, 4, 6, 3, 3, 2, 2, 2, 2>
    "conv2d all rectangular" =>                     Conv2D<3, 9, 6, 4, 5, 6, 3, 5, 2, 1, 1, 2>
    "conv2d one input channel, padding 1" =>        Conv2D<1, 4, 5, 2, 4, 5, 3, 3, 1, 1, 1, 1>
    "conv2d kernel 1" =>                            Conv2D<4, 3, 5, 6, 3, 5, 1, 1, 1, 1, 0, 0>
    "conv2d stride larger than kernel" =>           Conv2D<2, 8, 6, 4, 3, 3, 2, 1, 3, 2, 0, 0>
    //                                                        C  H  W  OH OW KH KW SH SW PH PW
    "max_pool2d window 2" =>                        MaxPool2D<3, 6, 8, 3, 4, 2, 2, 2, 2, 0, 0>
    "max_pool2d last row and column dropped" =>     MaxPool2D<2, 5, 7, 2, 3, 2, 2, 2, 2, 0, 0>
    "max_pool2d overlapping, padded" =>             MaxPool2D<3, 6, 8, 3, 4, 3, 3, 2, 2, 1, 1>
    "max_pool2d rectangular" =>                     MaxPool2D<2, 4, 7, 3, 4, 2, 3, 1, 2, 0, 1>
    "max_pool2d ties" =>                            MaxPool2D<3, 4, 6, 2, 3, 2, 2, 2, 2, 0, 0>
    "max_pool2d ties, all negative, padded" =>      MaxPool2D<1, 5, 6, 3, 3, 3, 3, 2, 2, 1, 1>
    "avg_pool2d window 2" =>                        AvgPool2D<3, 5, 7, 2, 3, 2, 2, 2, 2, 0, 0>
    "avg_pool2d rectangular, padding counted" =>    AvgPool2D<2, 4, 7, 5, 4, 2, 3, 1, 2, 1, 1>
    "flatten" =>                                    Flatten<3, 4, 5, 60>
    "dense" =>                                      Dense<5, 3>
    "relu" =>                                       ReLU<3, 5, 4>
    "relu at zero" =>                               ReLU<3, 2, 1>
    "leaky_relu 0.01" =>                            LeakyReLU<3, 5, 4, { 0.01f64.to_bits() }>
    "leaky_relu 0.2" =>                             LeakyReLU<3, 5, 4, { 0.2f64.to_bits() }>
    "leaky_relu at zero" =>                         LeakyReLU<3, 2, 1, { 0.2f64.to_bits() }>
    "prelu one slope" =>                            PReLU<3, 5, 4, 1>
    "prelu one slope per channel" =>                PReLU<3, 5, 4, 3>
    "prelu of vectors, one slope per channel" =>    PReLU<4, 1, 1, 4>
    "prelu at zero" =>                              PReLU<3, 2, 1, 3>
    "softmax" =>                                    Softmax<5, 1, 1>
    "softmax extreme" =>                            Softmax<4, 1, 1>
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

/// `network.json`, as far as this test goes.
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

/// Within the README's tolerances.
fn close<T: Scalar>(found: &[T], expected: &[f64], what: &str) {
    assert_close(what, found, expected, if T::PRECISION == Precision::Double { 1e-12 } else { 1e-5 });
}

/// Inference, forward and backward of `L` against `case`.
fn check<L: Module>(case: &Case) {
    const LARGEST: usize = 5;
    let Case { name, input_dims: [samples, c, h, w], .. } = case;
    assert_eq!(L::Input::DIMS, Dims::new(*c, *h, *w), "{name}");
    let [n, c, h, w] = case.output_dims;
    assert_eq!((*samples, L::Output::DIMS), (n, Dims::new(c, h, w)), "{name}");
    let what = |what: &str| format!("{name}, {:?}: {what}", L::Scalar::PRECISION);

    let mut layer = L::zeros();
    let mut names = Vec::new();
    L::visit([], [&mut *layer], Position::FIRST, &mut |parameter, [], [numbers]| {
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

    // A second time, without the input's gradient: the parameters' are added to the first.
    layer.backward_pass(&input, &mut tape, &grad_output, None, &mut grad);
    let mut names = Vec::new();
    L::visit([&*grad], [], Position::FIRST, &mut |parameter, [numbers], []| {
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
    for case in cases.iter().filter(|case| case.name != NOT_OURS && !ELSEWHERE.contains(&case.kind.as_str())) {
        assert!(check_by_name(case), "no layer is given for the case {:?}", case.name);
    }
    for name in NAMES {
        assert!(cases.iter().any(|case| case.name == *name), "there is no case {name:?}");
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
