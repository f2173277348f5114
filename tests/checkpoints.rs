//! Trainings that are stopped, killed or out of disk, and end as if nothing had happened.

mod forged;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::rc::Rc;

use safetensors::SafeTensors;
use shapeproof::data::augment::Shifted;
use shapeproof::data::shuffle::Shuffle;
use shapeproof::data::{Dataset, Pairs, synthetic};
use shapeproof::io::{self, Card, Checkpoints, Model, load_checkpoint, save_checkpoint};
use shapeproof::layer::{Layer, Position};
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::{Constant, Cosine, SGD};
use shapeproof::tensor::{Tensor, zeros};
use shapeproof::train::{Callback, Control, EarlyStop, EpochRecord, Fit, History, Progress, Settings, State, Trainer};
use shapeproof::{Error, Result};

shapeproof::network! {
    /// Statistics and randomness; the data are augmented and the parameters averaged too.
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
const SETTINGS: Settings = Settings { batch_size: 16, shard_size: 5, threads: Some(1), seed: 3, average: Some(0.9) };
const FIT: Fit = Fit { epochs: 3, schedule: &Cosine { warmup: 2 } };
/// With this learning rate some epoch is better than the three after it.
const FAST: SGD = SGD::new(0.3);
const LONG: Fit = Fit { epochs: 50, schedule: &Constant };
/// 72 training digits are four mini-batches of 16 and one of 8.
const STEPS: u64 = 5;

fn trainer(threads: usize) -> Digits {
    let settings = Settings { threads: Some(threads), ..SETTINGS };
    Trainer::new(Net::new(3), CrossEntropy::new(), RULE, settings).unwrap()
}

/// Trains a network on synthetic digits, from where it is on.
fn resume(trainer: &mut Digits, fit: &Fit, callbacks: &mut [&mut dyn Callback<Net>]) -> Result<History> {
    let (inputs, labels) = digits();
    let data = Pairs::new(&inputs, &labels);
    let (train, validation) = data.split(72);
    trainer.resume(&Shifted::new(train, 2), &validation, fit, callbacks)
}

fn digits() -> (Box<[Tensor<1, 28, 28>]>, Vec<usize>) {
    let (images, labels) = synthetic::digits(96, 5);
    let mut inputs = zeros::<Tensor<1, 28, 28>>(images.len());
    for (input, image) in inputs.iter_mut().zip(&images) {
        for (x, &pixel) in input.as_mut_slice().iter_mut().zip(image.as_slice()) {
            *x = f32::from(pixel) / 255.0;
        }
    }
    (inputs, labels.iter().map(|&label| usize::from(label)).collect())
}

/// Stops after so many steps in all.
struct StopAfter(u64);

impl<N: Layer> Callback<N> for StopAfter {
    fn on_step(&mut self, _: &Progress, state: &State<N>) -> Control {
        if state.steps() == self.0 { Control::Stop } else { Control::Continue }
    }
}

fn card() -> Card {
    Card { classes: (0..10).map(|digit| digit.to_string()).collect(), ..Card::default() }
}

fn without_times(mut history: History) -> History {
    for record in &mut history.epochs {
        (record.train_seconds, record.validation_seconds) = (0.0, 0.0);
    }
    history
}

/// Everything a training has come to, except how long it took.
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
    // Of an epoch, and of the epoch under way, these numbers are times.
    for (table, columns, times) in [("training/epochs", 9, 7..9), ("training/current", 6, 5..6)] {
        for row in tensors.get_mut(table).unwrap().chunks_exact_mut(8 * columns) {
            row[8 * times.start..8 * times.end].fill(0);
        }
    }
    tensors
}

/// The names of the checkpoints in a folder, without what they have in common.
fn kept(folder: &Path) -> Vec<u64> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut steps: Vec<u64> = names
        .filter(|name| name != ".lock")
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
        let mut checkpoints = Checkpoints::new(&folder).unwrap();
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
fn a_training_that_is_done_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = trainer(1);
    let history = resume(&mut first, &FIT, &mut [&mut Checkpoints::new(&folder).unwrap()]).unwrap();
    assert_eq!(kept(folder.path()), [STEPS, 2 * STEPS, 3 * STEPS]);

    let mut second = trainer(1);
    let mut checkpoints = Checkpoints::resume(&folder, &mut second).unwrap();
    fs::remove_file(checkpoints.newest().unwrap()).unwrap();
    let again = resume(&mut second, &FIT, &mut [&mut checkpoints]).unwrap();
    assert_eq!(again, history, "times included");
    assert_eq!(second.steps(), 3 * STEPS);
    assert_eq!(kept(folder.path()), [STEPS, 2 * STEPS], "it is not written again");
}

#[test]
fn a_training_that_was_stopped_early_stays_so() {
    let folder = tempfile::tempdir().unwrap();
    let run = |stop: &mut dyn Callback<Net>| {
        let mut trainer = Trainer::new(Net::new(1), CrossEntropy::new(), FAST, SETTINGS).unwrap();
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

/// Notes the validation loss of every epoch.
struct Losses(Vec<(u64, f64)>);

impl Callback<Net> for Losses {
    fn on_epoch(&mut self, record: &EpochRecord, state: &State<Net>) -> Control {
        self.0.push((state.steps(), record.validation.unwrap().loss()));
        Control::Continue
    }
}

#[test]
fn the_last_ones_and_the_best_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut trainer = Trainer::new(Net::new(1), CrossEntropy::new(), FAST, SETTINGS).unwrap();
    let mut losses = Losses(Vec::new());
    let card = card();
    let mut checkpoints = Checkpoints::new(&folder).unwrap().every(3).keep(2).card(card.clone());
    resume(&mut trainer, &LONG, &mut [&mut losses, &mut EarlyStop::new(3), &mut checkpoints]).unwrap();
    let (best, last) = (losses.0.iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap().0, trainer.steps());
    assert_eq!(last, best + 3 * STEPS);
    assert_eq!(kept(folder.path()), [best, (last - 1) / 3 * 3, last]);
    assert_eq!(checkpoints.newest(), Some(folder.path().join(format!("step-{last:08}.safetensors"))));

    // The best is a model to predict with, and so is the last.
    let mut network = Net::zeros();
    io::load(folder.path().join(format!("step-{best:08}.safetensors")), &mut *network).unwrap();
    assert!(numbers(&network) == numbers(trainer.best().unwrap()));
    assert_eq!(io::load(checkpoints.newest().unwrap(), &mut *network).unwrap(), card);
    assert!(numbers(&network) == numbers(trainer.network()));
}

fn numbers(network: &Net) -> Vec<f32> {
    let mut all = Vec::new();
    Net::visit([network], [], Position::FIRST, &mut |_, [numbers], []| all.extend_from_slice(numbers));
    all
}

/// What is said about a file, without the file's name; the trainer must not have been touched.
fn refusal<N: Layer>(path: &Path, trainer: &mut Trainer<N, CrossEntropy<10>, SGD>) -> String
where
    CrossEntropy<10>: shapeproof::loss::Loss<Output = N::Output>,
{
    let error = load_checkpoint(path, trainer).unwrap_err().to_string();
    assert_eq!((trainer.steps(), trainer.state().epochs().len()), (0, 0));
    error.replace(&format!("{}: ", path.display()), "")
}

#[test]
fn another_training_is_refused_with_all_that_is_wrong() {
    shapeproof::network! { type Other = [1, 28, 28] => Flatten, Dense(units = 10) }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it.safetensors");
    let mut first = trainer(1);
    resume(&mut first, &FIT, &mut [&mut StopAfter(7)]).unwrap();
    let card = card();
    save_checkpoint(&path, first.state(), &card).unwrap();
    assert_eq!(Model::<Net>::load(&path).unwrap().card, card, "a checkpoint is a model");

    let settings = Settings { batch_size: 32, shard_size: 6, seed: 4, average: None, ..SETTINGS };
    let other_rule = SGD::new(0.1).momentum(0.5);
    let mut other = Trainer::new(Net::new(3), CrossEntropy::new(), other_rule, settings).unwrap();
    let text = refusal(&path, &mut other);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    assert_eq!(
        lines[..6],
        [
            &format!("{} mismatches:", lines.len() - 1),
            "average: found 0.9, expected none",
            "batch_size: found 16, expected 32",
            "optimizer: found SGD, lr 0.02, Nesterov momentum 0.9, weight decay 0.0001, expected SGD, lr 0.1, \
             momentum 0.5",
            "seed: found 3, expected 4",
            "shard_size: found 5, expected 6",
        ]
    );
    assert!(lines[6..].iter().all(|line| line.starts_with("training/network/")), "{text}");

    // A velocity that the rule does not have is no part of the training.
    let mut plain = Trainer::new(Net::new(3), CrossEntropy::new(), SGD::new(0.1), SETTINGS).unwrap();
    let text = refusal(&path, &mut plain);
    assert!(text.lines().nth(1).unwrap().trim().starts_with("optimizer: found SGD, lr 0.02"), "{text}");
    assert!(text.lines().skip(2).all(|line| line.trim().starts_with("training/memory0/")), "{text}");

    let mut other = Trainer::new(Other::new(3), CrossEntropy::new(), RULE, SETTINGS).unwrap();
    let text = refusal(&path, &mut other);
    for line in ["1.weight: found no such tensor, expected [10, 784]", "training/best/1.bias: found no such tensor"] {
        assert!(text.contains(line), "{line} is not in {text}");
    }

    // The same parameters, and the same predictions.
    shapeproof::network! {
        type Less = [1, 28, 28] =>
            Conv2D(filters = 3, kernel = 5, stride = 3),
            norm: BatchNorm,
            PReLU,
            MaxPool2D(window = 2),
            Dropout(percent = 10),
            Flatten,
            Dense(units = 10),
    }
    let mut other = Trainer::new(Less::new(3), CrossEntropy::new(), RULE, SETTINGS).unwrap();
    assert_eq!(refusal(&path, &mut other), "layer 4: found Dropout 20 %, expected Dropout 10 %");

    let (model, whole) = (folder.path().join("model.safetensors"), fs::read(&path).unwrap());
    io::save(&model, first.network(), &card).unwrap();
    let text = refusal(&model, &mut trainer(1));
    assert_eq!(text, "file: found a model alone, expected a checkpoint: a model with its training");
    for (bytes, expected) in
        [(&whole[..whole.len() - 1], "a whole safetensors file"), (&[], "a whole safetensors file")]
    {
        fs::write(&model, bytes).unwrap();
        assert!(refusal(&model, &mut trainer(1)).ends_with(expected));
    }
    load_checkpoint(&path, &mut trainer(4)).unwrap();
}

#[test]
fn tables_that_make_no_sense_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it.safetensors");
    let mut first = trainer(1);
    resume(&mut first, &FIT, &mut [&mut StopAfter(7)]).unwrap();
    save_checkpoint(&path, first.state(), &Card::default()).unwrap();
    let whole = fs::read(&path).unwrap();
    let replace = |from: &[u8], to: &[u8]| {
        fs::write(&path, forged::signed(forged::replaced(&whole, from, to))).unwrap();
        refusal(&path, &mut trainer(1))
    };
    let (samples, half) = (72f64.to_le_bytes(), 72.5f64.to_le_bytes());
    assert_eq!(replace(&samples, &half), "training/epochs: found 72.5, expected a count");
    assert_eq!(
        replace(br#""shape":[1,9]"#, br#""shape":[9,1]"#),
        "training/epochs: found F64 [9, 1], expected F64 [rows, 9]"
    );
}

#[test]
fn what_a_training_began_with_is_what_it_goes_on_with() {
    let inputs = zeros::<Tensor<1, 28, 28>>(2);
    let few = Pairs::new(&inputs, &[1usize, 2]);
    let (_, none) = few.split(2);
    // In the first epoch, and in one after it.
    for steps in [3, 7] {
        let mut trainer = trainer(1);
        resume(&mut trainer, &FIT, &mut [&mut StopAfter(steps)]).unwrap();
        let refuse = |trainer: &mut Digits, fit| resume(trainer, &fit, &mut []).unwrap_err().to_string();
        let text = refuse(&mut trainer, Fit { epochs: 4, ..FIT });
        assert_eq!(text, "epochs: found 4, expected 3, with which the training began");
        let text = refuse(&mut trainer, Fit { schedule: &Constant, ..FIT });
        let expected = "cosine after 2 steps of warm-up, with which the training began";
        assert_eq!(text, format!("schedule: found constant, expected {expected}"));
        let text = trainer.resume(&few, &few, &FIT, &mut []).unwrap_err().to_string();
        assert_eq!(text, "training data: found 2 samples, expected 72 samples, with which the training began");
        // But a new one may begin with the network and what the optimizer remembers.
        trainer.fit(&few, &none, &FIT, &mut []).unwrap();
        assert_eq!(trainer.steps(), steps + 3);
        assert!(trainer.best().is_none(), "that was of the old one");
    }
}

#[test]
fn a_loop_by_hand_goes_on_from_a_checkpoint_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it.safetensors");
    let constant = Fit { schedule: &Constant, ..FIT };
    let mut fitted = trainer(1);
    resume(&mut fitted, &constant, &mut []).unwrap();

    let (inputs, labels) = digits();
    let data = Pairs::new(&inputs, &labels);
    let train = Shifted::new(data.split(72).0, 2);
    let mut order = Shuffle::new(train.len(), SETTINGS.seed);
    let mut by_hand = trainer(1);
    assert!(numbers(by_hand.network()) == numbers(&Net::new(3)), "the mean begins with the network");
    for step in 0..3 * STEPS {
        let (epoch, batch) = (step / STEPS + 1, (step % STEPS) as usize);
        by_hand.step(&train, order.epoch(epoch).chunks(16).nth(batch).unwrap());
        save_checkpoint(&path, by_hand.state(), &Card::default()).unwrap();
        by_hand = trainer(1);
        load_checkpoint(&path, &mut by_hand).unwrap();
    }
    assert!(numbers(by_hand.network()) == numbers(fitted.network()));
}

#[test]
fn a_training_goes_on_without_its_folder() {
    let (parent, errors) = (tempfile::tempdir().unwrap(), Rc::new(RefCell::new(Vec::new())));
    let (folder, report) = (parent.path().join("a/b"), Rc::clone(&errors));
    let checkpoints = Checkpoints::new(&folder).unwrap();
    let mut checkpoints = checkpoints.on_error(move |error| report.borrow_mut().push(error.to_string()));
    fs::remove_dir_all(&folder).unwrap();
    let history = resume(&mut trainer(1), &FIT, &mut [&mut checkpoints]).unwrap();
    assert_eq!((history.epochs.len(), checkpoints.newest()), (3, None));
    let place = format!("cannot write {}/step-000000", folder.display());
    assert!(errors.borrow().iter().all(|error| error.starts_with(&place)), "{errors:?}");
    assert_eq!(errors.borrow().len(), 4, "after each epoch, and at the end");
}

#[test]
#[should_panic(expected = "a training after 0 steps in the folder of one after 2")]
fn a_folder_is_not_for_one_training_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut checkpoints = Checkpoints::new(&folder).unwrap();
    for _ in 0..2 {
        resume(&mut trainer(1), &FIT, &mut [&mut StopAfter(2), &mut checkpoints]).unwrap();
    }
}

#[test]
fn a_folder_belongs_to_one_training_and_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let says = |found: Result<Checkpoints>| match found {
        Ok(_) => panic!("accepted"),
        Err(error) => error.to_string().replace(folder.path().to_str().unwrap(), "DIR"),
    };
    let mut first = trainer(1);
    let checkpoints = Checkpoints::new(&folder).unwrap();
    let expected = "cannot use DIR: another process keeps its checkpoints there";
    assert_eq!(says(Checkpoints::new(&folder)), expected);
    assert_eq!(says(Checkpoints::resume(&folder, &mut first)), expected);
    drop(checkpoints);

    fs::write(folder.path().join(".step-00000001.safetensors.0123456789abcdef.tmp"), "what a killed process left")
        .unwrap();
    fs::write(folder.path().join("step-7.safetensors"), "somebody else's").unwrap();
    let mut checkpoints = Checkpoints::new(&folder).unwrap();
    resume(&mut first, &FIT, &mut [&mut checkpoints, &mut StopAfter(2)]).unwrap();
    assert_eq!(kept(folder.path()), [2, 7], "and nothing else");
    drop(checkpoints);
    let expected = "DIR: folder of a new training: found the checkpoints of another (step-00000002.safetensors), expected none: \
                    resume that training, or choose another folder";
    assert_eq!(says(Checkpoints::new(&folder)), expected);

    assert!(matches!(Checkpoints::new(folder.path().join(".lock")), Err(Error::Io { action: "make", .. })));
}
