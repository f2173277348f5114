//! Trainings that are stopped, killed or out of disk space end as if nothing had happened.

#[path = "../common/mod.rs"]
mod common;
mod folder;
mod refused;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use common::files::names;
use common::forged;
use common::numbers::numbers;
use common::training::{StopAfter, digits, without_times};
use safetensors::SafeTensors;
use shapeproof::Result;
use shapeproof::data::shuffle::Shuffle;
use shapeproof::data::{Augment, Dataset, HeldOut, Pairs};
use shapeproof::io::{Card, Checkpoints, load_checkpoint, save_checkpoint};
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::{Constant, Cosine, SGD, Schedule, Warmup};
use shapeproof::train::{Callback, Clip, EarlyStop, Fit, History, Progress, Settings, State, Trainer, on_step};

shapeproof::network! {
    /// Running statistics and randomness; the data are augmented and the parameters averaged too.
    type Net = [1, 28, 28] =>
        Conv2D(filters = 3, kernel = 5, stride = 3),
        norm: BatchNorm,
        PReLU,
        MaxPool2D(window = 2),
        Dropout(percent = 20),
        Flatten,
        Dense(units = 10),
}

type Digits = Trainer<Net, CrossEntropy<10>, SGD>;

const RULE: SGD = SGD::new(0.02).nesterov(0.9).weight_decay(1e-4);
const SETTINGS: Settings = Settings {
    batch_size: 16,
    shard_size: 5,
    threads: Some(1),
    seed: 3,
    average: Some(0.9),
    clip: Some(Clip::Norm(1.0)),
    ..Settings::DEFAULT
};
const FIT: Fit = Fit { epochs: 3, schedule: &Warmup::new(2, Cosine) };
/// With this learning rate, and gradients as large as they are, some epoch is better than the three after it.
const FAST: SGD = SGD::new(0.3);
const UNCLIPPED: Settings = Settings { clip: None, ..SETTINGS };
const LONG: Fit = Fit { epochs: 50, schedule: &Constant };
/// 72 training digits are four mini-batches of 16 and one of 8.
const STEPS: u64 = 5;

fn trainer(threads: usize) -> Digits {
    let settings = Settings { threads: Some(threads), ..SETTINGS };
    Trainer::new(Net::new(3), CrossEntropy::new(), RULE, settings).unwrap()
}

fn augment() -> Augment {
    Augment::new().rotate(5.0).shift(2).elastic(0.5, 4.0).erase(0.5, 0.02..=0.1).brightness(0.1)
}

/// Trains a network on synthetic digits, from its current state.
fn resume(trainer: &mut Digits, fit: &Fit, callbacks: &mut [&mut dyn Callback<Net>]) -> Result<History> {
    let (inputs, labels) = digits(96);
    let data = Pairs::new(&inputs, &labels);
    let (train, validation) = data.split(HeldOut::Percent(25));
    trainer.resume(&train.augmented(augment()), &validation, fit, callbacks)
}

fn card() -> Card {
    Card { classes: (0..10).map(|digit| digit.to_string()).collect(), ..Card::default() }
}

/// Everything in the state of a training except its times.
fn all_of(state: &State<Net>) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.safetensors");
    save_checkpoint(&path, state, &Card::default()).unwrap();
    let bytes = fs::read(&path).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut tensors: BTreeMap<_, _> =
        file.iter().map(|(name, tensor)| (name.to_string(), tensor.data().to_vec())).collect();
    let mut record = forged::record(&bytes);
    record["sha256"].take(); // it is over the times too
    tensors.insert("metadata".into(), record.to_string().into());
    // These columns of an epoch, and of the current epoch, are times.
    for (table, columns, times) in [("training/epochs", 21, 19..21), ("training/current", 12, 11..12)] {
        for row in tensors.get_mut(table).unwrap().chunks_exact_mut(8 * columns) {
            row[8 * times.start..8 * times.end].fill(0);
        }
    }
    tensors
}

/// The step numbers in the names of the checkpoints in a folder.
fn kept(folder: &Path) -> Vec<u64> {
    let mut steps: Vec<u64> = names(folder)
        .iter()
        .filter(|name| *name != ".lock")
        .map(|name| name.strip_prefix("step-").unwrap().strip_suffix(".safetensors").unwrap().parse().unwrap())
        .collect();
    steps.sort_unstable();
    steps
}

#[test]
fn a_training_stopped_anywhere_ends_with_the_same_bits() {
    let mut whole = trainer(1);
    let history = without_times(resume(&mut whole, &FIT, &mut []).unwrap());
    assert_eq!(whole.steps(), 3 * STEPS);
    assert!(history.epochs[2].train.loss() < history.epochs[0].train.loss(), "{history}");
    let expected = all_of(whole.state());
    let tensors = ["0.weight", "training/network/0.weight", "training/memory0/norm.bias", "training/best/6.bias"];
    assert!(tensors.iter().all(|&name| expected.contains_key(name)), "{:?}", expected.keys());
    assert_ne!(expected["0.weight"], expected["training/network/0.weight"], "a mean is not what it is the mean of");

    for stop in 1..=3 * STEPS {
        let folder = tempfile::tempdir().unwrap();
        let mut first = trainer(2);
        let mut checkpoints = Checkpoints::new(&folder, &first).unwrap();
        let until = resume(&mut first, &FIT, &mut [&mut StopAfter(stop), &mut checkpoints]).unwrap();
        drop(checkpoints);

        let mut second = trainer(3);
        let mut checkpoints = Checkpoints::resume(&folder, &mut second).unwrap();
        assert_eq!(second.steps(), stop);
        let found = resume(&mut second, &FIT, &mut [&mut checkpoints]).unwrap();
        let seconds = |history: &History| history.epochs[until.epochs.len() - 1].train_seconds;
        assert!(seconds(&found) >= seconds(&until), "time passes in both");
        assert_eq!(without_times(found), history, "stopped after {stop} steps");
        assert!(all_of(second.state()) == expected, "stopped after {stop} steps");
    }
}

#[test]
fn a_training_without_its_last_mini_batches_goes_on_to_the_same_bits() {
    const FEWER: u64 = STEPS - 1;
    let drop_last = |drop_last| {
        let settings = Settings { drop_last, ..SETTINGS };
        Trainer::new(Net::new(3), CrossEntropy::new(), RULE, settings).unwrap()
    };
    let mut whole: Digits = drop_last(true);
    let mut rates = Vec::new();
    let mut see = |progress: &Progress| {
        assert_eq!(progress.steps, FEWER as usize);
        rates.push(progress.lr);
    };
    let history = resume(&mut whole, &FIT, &mut [&mut on_step(|progress, _| see(progress))]).unwrap();
    let history = without_times(history);
    assert_eq!(whole.steps(), 3 * FEWER);
    assert!(history.epochs.iter().all(|record| record.train.samples == 64), "{history}");
    let scheduled: Vec<_> = (0..12).map(|done| 0.02 * Warmup::new(2, Cosine).factor(done, 12)).collect();
    assert_eq!(rates, scheduled, "the schedule is over the steps that are taken");
    let expected = all_of(whole.state());

    for stop in [1, FEWER - 1, FEWER, FEWER + 1, 3 * FEWER] {
        let folder = tempfile::tempdir().unwrap();
        let mut first = drop_last(true);
        let mut checkpoints = Checkpoints::new(&folder, &first).unwrap();
        resume(&mut first, &FIT, &mut [&mut StopAfter(stop), &mut checkpoints]).unwrap();
        drop(checkpoints);
        let mut second = drop_last(true);
        let mut checkpoints = Checkpoints::resume(&folder, &mut second).unwrap();
        let found = resume(&mut second, &FIT, &mut [&mut checkpoints]).unwrap();
        assert_eq!(without_times(found), history, "stopped after {stop} steps");
        assert!(all_of(second.state()) == expected, "stopped after {stop} steps");
        drop(checkpoints);

        let mut other = drop_last(false);
        let mut checkpoints = Checkpoints::resume(&folder, &mut other).unwrap();
        let error = resume(&mut other, &FIT, &mut [&mut checkpoints]).unwrap_err().to_string();
        let before = "72 samples, without an incomplete mini-batch, with which the training began";
        assert_eq!(error, format!("training data: found 72 samples, expected {before}"));
    }
}

#[test]
fn a_training_that_was_stopped_early_stays_so() {
    let folder = tempfile::tempdir().unwrap();
    let run = |stop: &mut dyn Callback<Net>| {
        let mut trainer = Trainer::new(Net::new(1), CrossEntropy::new(), FAST, UNCLIPPED).unwrap();
        let mut checkpoints = Checkpoints::resume(&folder, &mut trainer).unwrap();
        let history = resume(&mut trainer, &LONG, &mut [stop, &mut checkpoints]).unwrap();
        assert!(history.stopped_early);
        let best = history.best().unwrap().epoch;
        (history.epochs.len(), best, all_of(trainer.state()))
    };
    let (interrupted, ..) = run(&mut StopAfter(7));
    assert_eq!(interrupted, 2);
    let (epochs, best, state) = run(&mut EarlyStop::new(3));
    assert_eq!(epochs, best + 3);
    assert!(run(&mut EarlyStop::new(3)) == (epochs, best, state), "nothing more happens");
}

#[test]
fn a_loop_by_hand_goes_on_from_a_checkpoint_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it.safetensors");
    let constant = Fit { schedule: &Constant, ..FIT };
    let mut fitted = trainer(1);
    resume(&mut fitted, &constant, &mut []).unwrap();

    let (inputs, labels) = digits(96);
    let data = Pairs::new(&inputs, &labels);
    let train = data.take(72).augmented(augment());
    let mut order = Shuffle::new(train.len(), SETTINGS.seed);
    let mut by_hand = trainer(1);
    assert!(numbers(by_hand.network()) == numbers(&*Net::new(3)), "the mean begins with the network");
    for step in 0..3 * STEPS {
        let (epoch, batch) = (step / STEPS + 1, (step % STEPS) as usize);
        by_hand.step(&train, order.epoch(epoch).chunks(16).nth(batch).unwrap());
        save_checkpoint(&path, by_hand.state(), &Card::default()).unwrap();
        by_hand = trainer(1);
        load_checkpoint(&path, &mut by_hand).unwrap();
    }
    assert!(numbers(by_hand.network()) == numbers(fitted.network()));
}
