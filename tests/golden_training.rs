//! Initialization and a short training agree with PyTorch: `golden/README.md` describes the origin of the numbers.

use std::collections::BTreeMap;

use serde::Deserialize;
use shapeproof::data::Pairs;
use shapeproof::init::Initializer;
use shapeproof::layer::Module;
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::{Momentum, SGD};
use shapeproof::tensor::{Tensor, flat_mut, zeros};
use shapeproof::train::{Clip, Settings, Trainer};

#[track_caller]
fn assert_close(found: &[f64], expected: &[f64], tolerance: f64, what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (i, (&found, &expected)) in found.iter().zip(expected).enumerate() {
        let agrees = (found - expected).abs() <= tolerance * expected.abs().max(1.0);
        assert!(agrees, "{what}[{i}]: found {found}, PyTorch has {expected}");
    }
}

#[derive(Deserialize)]
struct Cases<C> {
    cases: Vec<C>,
}

#[derive(Deserialize)]
struct Config {
    lr: f64,
    #[serde(default)]
    momentum: f64,
    #[serde(default)]
    nesterov: bool,
    weight_decay: f64,
}

impl Config {
    fn sgd(&self) -> SGD {
        let momentum = match (self.momentum, self.nesterov) {
            (0.0, _) => Momentum::None,
            (mu, false) => Momentum::Classical(mu),
            (mu, true) => Momentum::Nesterov(mu),
        };
        SGD { momentum, ..SGD::new(self.lr).weight_decay(self.weight_decay) }
    }
}

#[derive(Deserialize)]
struct InitCase {
    name: String,
    kind: String,
    fan_in: usize,
    fan_out: usize,
    std: Option<f64>,
    bound: Option<f64>,
}

#[test]
fn initial_spreads() {
    let file: Cases<InitCase> = serde_json::from_str(include_str!("golden/init.json")).unwrap();
    assert_eq!(file.cases.len(), 12);
    for case in &file.cases {
        let (initializer, uniform) = match case.kind.as_str() {
            "he_normal" => (Initializer::HeNormal, false),
            "he_uniform" => (Initializer::HeUniform, true),
            "xavier_normal" => (Initializer::XavierNormal, false),
            "xavier_uniform" => (Initializer::XavierUniform, true),
            kind => panic!("no initializer is given for the kind {kind:?}"),
        };
        let deviation = initializer.variance(case.fan_in, case.fan_out).sqrt();
        let found = if uniform { 3f64.sqrt() * deviation } else { deviation };
        let expected = if uniform { case.bound } else { case.std };
        assert_close(&[found], &[expected.unwrap()], 1e-15, &case.name);
    }
}

shapeproof::network! {
    type Small = [1, 12, 12; f64] =>
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

#[derive(Deserialize)]
struct Training {
    input: Vec<f64>,
    labels: Vec<usize>,
    parameters: BTreeMap<String, Values>,
    optimizer: OptimizerOfTraining,
    #[serde(flatten)]
    plain: Results,
    clipped: BTreeMap<String, Clipped>,
}

#[derive(Deserialize)]
struct Clipped {
    most: f64,
    #[serde(flatten)]
    results: Results,
}

#[derive(Deserialize)]
struct Results {
    losses: Vec<f64>,
    /// The norm of the gradient before each step, not clipped.
    norms: Vec<f64>,
    parameters_after: BTreeMap<String, Vec<f64>>,
}

#[derive(Deserialize)]
struct Values {
    values: Vec<f64>,
}

#[derive(Deserialize)]
struct OptimizerOfTraining {
    config: Config,
}

/// Three steps from PyTorch's parameters, however the mini-batch is cut into shards.
fn three_steps(file: &Training, clip: Option<Clip>, expected: &Results) {
    let mut inputs = zeros::<Tensor<1, 12, 12, f64>>(file.labels.len());
    flat_mut(&mut inputs).copy_from_slice(&file.input);
    let data = Pairs::new(&inputs, &file.labels);
    for shard_size in [1, 2, 3] {
        let mut network = Small::zeros();
        Small::visit([], [&mut *network], &mut |parameter, [], [numbers]| {
            numbers.copy_from_slice(&file.parameters[&parameter.to_string()].values);
        });
        let settings = Settings { batch_size: 3, shard_size, clip, ..Settings::default() };
        let mut trainer = Trainer::new(network, CrossEntropy::new(), file.optimizer.config.sgd(), settings).unwrap();
        let (mut losses, mut norms) = (Vec::new(), Vec::new());
        for _ in 0..3 {
            let gradients = trainer.gradients(&data, &[0, 1, 2]);
            norms.push(gradients.norm());
            losses.push(gradients.update().loss());
        }
        losses.push(trainer.evaluate(&data).loss());
        assert_close(&losses, &expected.losses, 1e-12, "loss");
        assert_close(&norms, &expected.norms, 1e-12, "norm");
        Small::visit([trainer.network()], [], &mut |parameter, [numbers], []| {
            let name = parameter.to_string();
            assert_close(numbers, &expected.parameters_after[&name], 1e-12, &name);
        });
    }
}

fn training() -> Training {
    serde_json::from_str(include_str!("golden/network.json")).unwrap()
}

#[test]
fn a_training_of_three_steps() {
    let file = training();
    three_steps(&file, None, &file.plain);
}

#[test]
fn a_training_on_clipped_gradients() {
    let file = training();
    for (kind, &Clipped { most, ref results }) in &file.clipped {
        let clip = match kind.as_str() {
            "value" => Clip::Value(most),
            "norm" => Clip::Norm(most),
            kind => panic!("no gradient is clipped by {kind}"),
        };
        three_steps(&file, Some(clip), results);
    }
    assert_eq!(file.clipped.len(), 2);
}
