//! Every optimizer of the crate's table: its steps agree with PyTorch, threads do not change its bits, checkpoints save its whole
//! memory, and invalid settings are refused. (`allocations.rs` checks that its steps allocate nothing.)
//!
//! The cases are those of `golden/optimizers.json`, which has some for each optimizer; `golden/README.md` describes the origin of
//! the numbers.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::Value;
use shapeproof::Error;
use shapeproof::data::{Dataset, Pairs};
use shapeproof::io::{Card, load_checkpoint, save_checkpoint};
use shapeproof::layer::{LayerPath, Module, Parameter, Role};
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::{Cosine, Optimizer, Specimen, Update, Warmup};
use shapeproof::scalar::Scalar;
use shapeproof::tensor::{Tensor, flat_mut, zeros};
use shapeproof::train::{Callback, Control, Fit, Progress, Settings, State, Trainer};

#[derive(Deserialize)]
struct File {
    parameters: Vec<f64>,
    /// The first of them are a weight with this many rows and columns; the others are a bias.
    weight_dims: [usize; 2],
    gradients: Vec<Vec<f64>>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    kind: String,
    config: BTreeMap<String, Value>,
    steps: Vec<Vec<f64>>,
}

impl Case {
    /// The rule of this case, with one setting changed if `change` is given.
    fn rule<O: Specimen>(&self, change: Option<(&str, f64)>) -> O {
        O::of(|setting| match (&self.config[setting], change) {
            (_, Some((name, value))) if name == setting => value,
            (&Value::Bool(flag), _) => f64::from(u8::from(flag)),
            (value, _) => value.as_f64().unwrap(),
        })
    }

    /// Its settings that are numbers.
    fn numbers(&self) -> impl Iterator<Item = (&str, f64)> {
        self.config.iter().filter_map(|(name, value)| value.as_f64().map(|value| (name.as_str(), value)))
    }
}

fn file() -> File {
    serde_json::from_str(include_str!("golden/optimizers.json")).unwrap()
}

fn cases<O: Specimen>() -> Vec<Case> {
    let cases: Vec<Case> = file().cases.into_iter().filter(|case| case.kind == O::GOLDEN).collect();
    assert!(!cases.is_empty(), "golden/optimizers.json has no case of {}", O::GOLDEN);
    cases
}

fn as_pytorch<O: Specimen>() {
    let File { parameters, weight_dims, gradients, .. } = file();
    let weights = weight_dims.iter().product();
    assert_eq!(gradients.len(), 20);
    let parts = [
        (0..weights, "weight", &weight_dims[..], Role::Weight { fan_in: 1, fan_out: weights }),
        (weights..parameters.len(), "bias", &[parameters.len() - weights], Role::Constant(0.0)),
    ];
    for case in cases::<O>() {
        let rule: O = case.rule(None);
        for &(ref part, name, dims, role) in &parts {
            let mut numbers = parameters[part.clone()].to_vec();
            let mut memory = vec![vec![0.0; numbers.len()]; rule.memory() + O::SCRATCH];
            for (step, (gradient, expected)) in (1..).zip(gradients.iter().zip(&case.steps)) {
                let parameter = Parameter { layer: LayerPath::FIRST, name, dims, role };
                let mut memory: Vec<&mut [f64]> = memory.iter_mut().map(|memory| &mut memory[..]).collect();
                let update = Update { parameter, lr: rule.lr(), step };
                rule.update(&update, &mut numbers, &gradient[part.clone()], &mut memory);
                for (&found, &expected) in numbers.iter().zip(&expected[part.clone()]) {
                    let agrees = (found - expected).abs() <= 1e-13 * expected.abs().max(1.0);
                    assert!(agrees, "{}, {name}, step {step}: found {found}, PyTorch has {expected}", case.name);
                }
            }
        }
    }
}

fn settings_count<O: Specimen>() {
    for case in cases::<O>() {
        let rule: O = case.rule(None);
        assert!(rule.validate().is_ok(), "{}", case.name);
        for (setting, value) in case.numbers() {
            for wrong in [f64::NAN, f64::INFINITY, -1.0] {
                match case.rule::<O>(Some((setting, wrong))).validate() {
                    Err(Error::Setting { setting: named, found, .. }) => {
                        assert_eq!((named, found), (setting, wrong.to_string()), "{}", case.name);
                    }
                    other => panic!("{}: {setting} {wrong} gives {other:?}", case.name),
                }
            }
            // A checkpoint identifies a rule by its text.
            let other: O = case.rule(Some((setting, 0.5 * value + 0.015625)));
            assert!(other.validate().is_ok(), "{other}");
            assert_ne!(other.to_string(), rule.to_string(), "the text does not say {setting}");
        }
    }
}

shapeproof::network! {
    /// The first weight is large enough to be divided among threads.
    type Net = [1, 28, 28] => Flatten, Dense(units = 24), ReLU, Dense(units = 10)
}

type Classifier<O> = Trainer<Net, CrossEntropy<10>, O>;

const SAMPLES: usize = 24;

fn trainer<O: Specimen>(case: &Case, threads: usize) -> Classifier<O> {
    let settings = Settings { batch_size: 8, shard_size: 3, threads: Some(threads), ..Settings::default() };
    // A rate so small that no rule diverges.
    let rule = case.rule(Some(("lr", 0.01)));
    Trainer::new(Net::new(1), CrossEntropy::new(), rule, settings).unwrap()
}

/// Resumes two epochs of three steps, up to a given step.
fn resume<O: Specimen>(trainer: &mut Classifier<O>, stop: u64) {
    struct StopAfter(u64);
    impl<N: Module> Callback<N> for StopAfter {
        fn on_step(&mut self, _: &Progress, state: &State<N>) -> Control {
            if state.steps() == self.0 { Control::Stop } else { Control::Continue }
        }
    }
    let (mut inputs, mut labels) = (zeros::<Tensor<1, 28, 28>>(SAMPLES), [0; SAMPLES]);
    for (i, x) in flat_mut(&mut inputs).iter_mut().enumerate() {
        *x = (i * i % 97) as f32 / 97.0 - 0.5;
    }
    for (i, label) in labels.iter_mut().enumerate() {
        *label = 7 * i % 10;
    }
    let data = Pairs::new(&inputs, &labels);
    let fit = Fit { epochs: 2, schedule: &Warmup::new(2, Cosine) };
    trainer.resume(&data, &data.take(0), &fit, &mut [&mut StopAfter(stop)]).unwrap();
}

fn bits<O: Specimen>(trainer: &Classifier<O>) -> Vec<u32> {
    let mut bits = Vec::new();
    Net::visit([trainer.network()], [], &mut |_, [numbers], []| {
        bits.extend(numbers.iter().map(|number| number.to_bits()));
    });
    bits
}

fn threads_and_checkpoints<O: Specimen>() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it.safetensors");
    for case in cases::<O>() {
        let mut whole = trainer::<O>(&case, 1);
        let before = bits(&whole);
        resume(&mut whole, 6);
        let whole = bits(&whole);
        assert!(whole != before && whole.iter().all(|&bits| f32::from_bits(bits).is_finite()), "{}", case.name);
        for threads in 2..=4 {
            let mut other = trainer::<O>(&case, threads);
            resume(&mut other, 6);
            assert!(bits(&other) == whole, "{}: other bits on {threads} threads", case.name);
        }
        for stop in [1, 2, 4] {
            let mut first = trainer::<O>(&case, 2);
            resume(&mut first, stop);
            save_checkpoint(&path, first.state(), &Card::default()).unwrap();
            let mut second = trainer::<O>(&case, 1);
            load_checkpoint(&path, &mut second).unwrap();
            resume(&mut second, 6);
            assert!(bits(&second) == whole, "{}: other bits after a stop at step {stop}", case.name);
        }
    }
}

/// A user's rule: four moving averages, each of the one before it, with clipped gradients of biases.
struct Four(f64);

impl fmt::Display for Four {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "four means, lr {}", self.0)
    }
}

impl Optimizer for Four {
    const MEMORY: usize = 4;

    fn lr(&self) -> f64 {
        self.0
    }

    fn validate(&self) -> shapeproof::Result<()> {
        Ok(())
    }

    fn update<T: Scalar>(&self, update: &Update<'_>, numbers: &mut [T], gradient: &[T], memory: &mut [&mut [T]]) {
        let most = T::from_f64(if update.parameter.name == "bias" { 1e-3 } else { 1e3 });
        for (i, (p, &g)) in numbers.iter_mut().zip(gradient).enumerate() {
            let mut mean = g.max(-most).min(most);
            for memory in &mut *memory {
                memory[i] += T::from_f64(0.5) * (mean - memory[i]);
                mean = memory[i];
            }
            *p -= T::from_f64(update.lr) * mean;
        }
    }
}

impl Specimen for Four {
    const GOLDEN: &'static str = "sgd"; // of which it has the learning rate

    fn of(setting: impl Fn(&str) -> f64) -> Four {
        Four(setting("lr"))
    }
}

#[test]
fn a_rule_of_ones_own_with_all_the_memory_there_is() {
    threads_and_checkpoints::<Four>();
}

macro_rules! test_all {
    ([$($file:ident::$kind:ident)*]) => {
        $(
            mod $file {
                use super::*;
                use shapeproof::optim::$kind;

                #[test]
                fn takes_the_steps_that_pytorch_takes() {
                    as_pytorch::<$kind>();
                }

                #[test]
                fn every_setting_is_checked_and_said() {
                    settings_count::<$kind>();
                }

                #[test]
                fn neither_threads_nor_a_stop_change_its_bits() {
                    threads_and_checkpoints::<$kind>();
                }
            }
        )*

        #[test]
        fn every_golden_case_is_of_an_optimizer_in_the_table() {
            let kinds = [$(<shapeproof::optim::$kind as Specimen>::GOLDEN),*];
            for case in file().cases {
                assert!(kinds.contains(&case.kind.as_str()), "no optimizer is called {}", case.kind);
            }
        }
    };
}

shapeproof::__optimizers! { [test_all] }
