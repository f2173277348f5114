//! Losses, optimizer steps, initialisation and a short training agree with PyTorch: `golden/README.md` says where the
//! numbers come from.

use std::collections::BTreeMap;

use serde::Deserialize;
use shapeproof::data::Pairs;
use shapeproof::init::Initializer;
use shapeproof::layer::{Layer, Parameter, Position, Role};
use shapeproof::loss::{BinaryCrossEntropy, CrossEntropy, Loss};
use shapeproof::network::Network;
use shapeproof::optim::{Momentum, Optimizer, SGD, Update};
use shapeproof::shape::Shape;
use shapeproof::tensor::{Tensor, Vector, flat_mut, zeros};
use shapeproof::train::{Settings, Trainer};

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
struct LossCase {
    name: String,
    logits: Vec<f64>,
    #[serde(default)]
    labels: Vec<usize>,
    #[serde(default)]
    targets: Vec<f64>,
    loss: f64,
    grad_logits: Vec<f64>,
}

/// The mean loss over the batch and its gradient.
fn check_loss<L: Loss<Output: Shape<Scalar = f64>>>(case: &LossCase, loss: &L, targets: &[L::Target]) {
    let samples = targets.len();
    let mut outputs = zeros::<L::Output>(samples);
    flat_mut(&mut outputs).copy_from_slice(&case.logits);
    let mut gradients = zeros::<L::Output>(samples);
    flat_mut(&mut gradients).fill(f64::NAN);
    let (mut value, scale) = (0.0, 1.0 / samples as f64);
    for ((output, target), gradient) in outputs.iter().zip(targets).zip(&mut gradients) {
        value += scale * loss.gradient(output, target, scale, gradient);
    }
    assert_close(&[value], &[case.loss], 1e-12, &case.name);
    assert_close(flat_mut(&mut gradients), &case.grad_logits, 1e-12, &case.name);
}

#[test]
fn losses() {
    let file: Cases<LossCase> = serde_json::from_str(include_str!("golden/losses.json")).unwrap();
    assert_eq!(file.cases.len(), 5);
    for case in &file.cases {
        let pairs = |n: usize| case.targets.chunks(n).map(|chunk| chunk.to_vec()).collect::<Vec<_>>();
        match (case.name.as_str(), case.logits.len() / (case.labels.len() + case.targets.len()).max(1)) {
            (name, 10) if name.starts_with("cross_entropy") => {
                check_loss(case, &CrossEntropy::<10, f64>::new(), &case.labels);
            }
            ("binary_cross_entropy_with_logits plain", _) => {
                let targets: Vec<_> = pairs(3).iter().map(|t| Vector::from([t[0], t[1], t[2]])).collect();
                check_loss(case, &BinaryCrossEntropy::<3, f64>::new(), &targets);
            }
            ("binary_cross_entropy_with_logits soft targets", _) => {
                let targets: Vec<_> = pairs(5).iter().map(|t| Vector::from([t[0], t[1], t[2], t[3], t[4]])).collect();
                check_loss(case, &BinaryCrossEntropy::<5, f64>::new(), &targets);
            }
            ("binary_cross_entropy_with_logits extreme", _) => {
                let targets: Vec<_> = pairs(4).iter().map(|t| Vector::from([t[0], t[1], t[2], t[3]])).collect();
                check_loss(case, &BinaryCrossEntropy::<4, f64>::new(), &targets);
            }
            (name, _) => panic!("no loss is given for the case {name:?}"),
        }
    }
}

#[derive(Deserialize)]
struct Optimizers {
    parameters: Vec<f64>,
    gradients: Vec<Vec<f64>>,
    cases: Vec<OptimizerCase>,
}

#[derive(Deserialize)]
struct OptimizerCase {
    name: String,
    kind: String,
    config: Config,
    steps: Vec<Vec<f64>>,
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
        SGD { lr: self.lr, momentum, weight_decay: self.weight_decay }
    }
}

#[test]
fn optimizer_steps() {
    let file: Optimizers = serde_json::from_str(include_str!("golden/optimizers.json")).unwrap();
    let mut checked = 0;
    for case in &file.cases {
        match case.kind.as_str() {
            "sgd" => {
                let rule = case.config.sgd();
                let (mut parameters, mut memory) = (file.parameters.clone(), vec![0.0; file.parameters.len()]);
                for (step, (gradient, expected)) in file.gradients.iter().zip(&case.steps).enumerate() {
                    let layer = Position::FIRST;
                    let parameter = Parameter { layer, name: "weight", dims: &[5], role: Role::Constant(0.0) };
                    let update = Update { parameter, lr: rule.lr(), step: step as u64 + 1 };
                    rule.update(&update, &mut parameters, gradient, &mut [&mut memory]);
                    assert_close(&parameters, expected, 1e-13, &format!("{}, step {}", case.name, step + 1));
                }
                checked += 1;
            }
            "adam" | "adamw" => {} // not in this crate yet
            kind => panic!("no optimizer is given for the kind {kind:?}"),
        }
    }
    assert_eq!(checked, 6);
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
            kind => panic!("no initialiser is given for the kind {kind:?}"),
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
    losses: Vec<f64>,
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

#[test]
fn a_training_of_three_steps() {
    let file: Training = serde_json::from_str(include_str!("golden/network.json")).unwrap();
    let mut inputs = zeros::<Tensor<1, 12, 12, f64>>(file.labels.len());
    flat_mut(&mut inputs).copy_from_slice(&file.input);
    let data = Pairs::new(&inputs, &file.labels);

    // However the mini-batch is cut into shards.
    for shard_size in [1, 2, 3] {
        let mut network = Small::zeros();
        Small::visit([], [&mut *network], Position::FIRST, &mut |parameter, [], [numbers]| {
            numbers.copy_from_slice(&file.parameters[&parameter.to_string()].values);
        });
        let settings = Settings { batch_size: 3, shard_size, ..Settings::default() };
        let mut trainer = Trainer::new(network, CrossEntropy::new(), file.optimizer.config.sgd(), settings).unwrap();
        let mut losses: Vec<f64> = (0..3).map(|_| trainer.step(&data, &[0, 1, 2]).loss()).collect();
        losses.push(trainer.evaluate(&data).loss());
        assert_close(&losses, &file.losses, 1e-12, "loss");
        Small::visit([trainer.network()], [], Position::FIRST, &mut |parameter, [numbers], []| {
            let name = parameter.to_string();
            assert_close(numbers, &file.parameters_after[&name], 1e-12, &name);
        });
    }
}
