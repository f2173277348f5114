//! The learning rate of each step: schedules agree with PyTorch (`golden/README.md` describes the origin of the numbers), user-defined
//! schedules, and callbacks that change it.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use shapeproof::data::Pairs;
use shapeproof::io::{Card, load_checkpoint, save_checkpoint};
use shapeproof::layer::Module;
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::{
    Constant, Cosine, CosineRestarts, Exponential, Linear, OneCycle, Piecewise, SGD, Schedule, Staircase, Warmup,
};
use shapeproof::tensor::Vector;
use shapeproof::train::{Callback, Control, Fit, Progress, Settings, State, Trainer};

shapeproof::network! { type Net = [2, 1, 1] => Dense(units = 3) }

type Tiny = Trainer<Net, CrossEntropy<3>, SGD>;

const INPUTS: [[f32; 2]; 6] = [[0.5, 1.0], [1.0, -0.5], [-1.0, 0.25], [0.75, 0.5], [0.0, 1.5], [-0.5, -0.5]];
const LABELS: [usize; 6] = [0, 1, 2, 0, 1, 2];

fn trainer() -> Tiny {
    let settings = Settings { batch_size: 2, threads: Some(1), ..Settings::default() };
    Trainer::new(Net::new(1), CrossEntropy::new(), SGD::new(0.5).momentum(0.5), settings).unwrap()
}

fn resume(trainer: &mut Tiny, schedule: &dyn Schedule, callbacks: &mut [&mut dyn Callback<Net>]) -> Result<(), String> {
    let inputs = INPUTS.map(Vector::from);
    let data = Pairs::new(&inputs, &LABELS);
    let fit = Fit { epochs: 3, schedule };
    trainer.resume(&data, &data, &fit, callbacks).map(|_| ()).map_err(|error| error.to_string())
}

/// A triangle on a base, with the factor 1 at its top.
struct Triangle {
    base: f64,
}

impl Schedule for Triangle {
    fn factor(&self, done: u64, total: u64) -> f64 {
        let middle = total as f64 / 2.0;
        1.0 - (1.0 - self.base) * (done as f64 - middle).abs() / middle
    }
}

impl fmt::Display for Triangle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "triangle on {}", self.base)
    }
}

/// Records the learning rate of every step, and stops after some.
struct Rates {
    seen: Vec<f64>,
    stop: u64,
}

impl<N: Module> Callback<N> for Rates {
    fn on_step(&mut self, progress: &Progress, state: &State<N>) -> Control {
        self.seen.push(progress.lr);
        if state.steps() == self.stop { Control::Stop } else { Control::Continue }
    }
}

/// Multiplies the rate by this factor for each finished epoch.
struct EachEpoch(f64);

impl<N: Module> Callback<N> for EachEpoch {
    fn lr_factor(&mut self, factor: f64, state: &State<N>) -> f64 {
        state.epochs().iter().fold(factor, |factor, _| factor * self.0)
    }
}

fn numbers(trainer: &Tiny) -> Vec<u32> {
    let mut numbers = Vec::new();
    Net::visit([trainer.network()], [], &mut |_, [slice], []| {
        numbers.extend(slice.iter().map(|number| number.to_bits()));
    });
    numbers
}

#[test]
fn a_schedule_of_your_own_says_what_the_rate_is_and_callbacks_change_it() {
    let mut rates = Rates { seen: Vec::new(), stop: 0 };
    let callbacks: &mut [&mut dyn Callback<Net>] = &mut [&mut EachEpoch(0.5), &mut rates, &mut EachEpoch(0.1)];
    resume(&mut trainer(), &Triangle { base: 0.1 }, callbacks).unwrap();
    let triangle = [0.1, 0.3, 0.5, 0.7, 0.9, 0.9, 0.7, 0.5, 0.3];
    assert_eq!(rates.seen.len(), 9);
    for (step, (&found, factor)) in rates.seen.iter().zip(triangle).enumerate() {
        let expected = 0.5 * factor * [1.0, 0.05, 0.0025][step / 3];
        assert!((found - expected).abs() < 1e-12, "step {step}: {found}, not {expected}");
    }
}

#[test]
fn a_training_under_them_goes_on_to_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it.safetensors");
    let schedule = Triangle { base: 0.1 };
    let mut whole = trainer();
    resume(&mut whole, &schedule, &mut [&mut EachEpoch(0.5)]).unwrap();
    for stop in 1..9 {
        let mut first = trainer();
        let mut rates = Rates { seen: Vec::new(), stop };
        resume(&mut first, &schedule, &mut [&mut EachEpoch(0.5), &mut rates]).unwrap();
        save_checkpoint(&path, first.state(), &Card::default()).unwrap();
        let mut second = trainer();
        load_checkpoint(&path, &mut second).unwrap();
        resume(&mut second, &schedule, &mut [&mut EachEpoch(0.5)]).unwrap();
        assert_eq!(numbers(&second), numbers(&whole), "stopped after {stop} steps");

        let mut other = trainer();
        load_checkpoint(&path, &mut other).unwrap();
        let error = resume(&mut other, &Triangle { base: 0.2 }, &mut []).unwrap_err();
        assert_eq!(error, "schedule: found triangle on 0.2, expected triangle on 0.1, with which the training began");
    }
}

/// A valid factor for three steps, then NaN.
struct Broken;

impl Schedule for Broken {
    fn factor(&self, done: u64, _: u64) -> f64 {
        if done == 3 { f64::NAN } else { 1.0 }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broken")
    }
}

#[test]
fn a_rate_that_is_none_is_refused_before_its_step() {
    let mut trainer = trainer();
    let error = resume(&mut trainer, &Broken, &mut []).unwrap_err();
    assert_eq!(error, "schedule: found broken, which is ×NaN after 3 steps, expected a factor from 0 to 10¹²");
    assert_eq!((trainer.steps(), trainer.lr()), (3, 0.5));

    let mut trainer = self::trainer();
    let error = resume(&mut trainer, &Constant, &mut [&mut EachEpoch(-1.0)]).unwrap_err();
    assert_eq!(error, "learning rate: found ×-1 from a callback, expected a factor from 0 to 10¹²");
    assert_eq!(trainer.steps(), 3);
}

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    kind: String,
    config: BTreeMap<String, f64>,
    factors: Vec<f64>,
}

impl Case {
    /// The schedule of this case, with one setting changed if `change` is given.
    fn schedule(&self, change: Option<(&str, f64)>) -> Box<dyn Schedule> {
        let setting = |name: &str| match change {
            Some((changed, value)) if changed == name => value,
            _ => self.config[name],
        };
        let steps = |name: &str| setting(name) as u64;
        match self.kind.as_str() {
            "linear" => Box::new(Linear),
            "cosine" => Box::new(Cosine),
            "cosine_restarts" => Box::new(CosineRestarts { first: steps("first"), grow: steps("grow") }),
            "exponential" => Box::new(Exponential { factor: setting("factor") }),
            "staircase" => Box::new(Staircase { every: steps("every"), factor: setting("factor") }),
            "piecewise" => {
                let pair = |i| (steps(&format!("step {i}")), setting(&format!("factor {i}")));
                Box::new(Piecewise::new([0, 1, 2].map(pair)))
            }
            "one_cycle" => Box::new(OneCycle {
                pct_start: setting("pct_start"),
                div_factor: setting("div_factor"),
                final_div_factor: setting("final_div_factor"),
            }),
            "warmup" => Box::new(Warmup::new(steps("steps"), Exponential { factor: setting("factor") })),
            kind => panic!("no schedule is called {kind}"),
        }
    }
}

#[test]
fn schedules_have_the_factors_that_pytorch_has() {
    let File { cases } = serde_json::from_str(include_str!("golden/schedules.json")).unwrap();
    for case in cases {
        let (schedule, total) = (case.schedule(None), case.factors.len() as u64);
        assert!(schedule.validate(total).is_ok(), "{}", case.name);
        for (done, &expected) in (0..).zip(&case.factors) {
            let found = schedule.factor(done, total);
            assert!((found - expected).abs() < 1e-12, "{}, after {done}: {found}, PyTorch has {expected}", case.name);
        }
        // A checkpoint identifies a schedule by its text.
        for (setting, value) in &case.config {
            let other = case.schedule(Some((setting, 2.0 * value))).to_string();
            assert_ne!(other, schedule.to_string(), "the text does not say {setting}");
        }
    }
}
