//! Trainings in processes that are killed at random moments, or find the disk full: what is on the disk is always whole, and
//! leads to the bits it would have led to.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use shapeproof::data::Pairs;
use shapeproof::io::{Card, Checkpoints, load_checkpoint};
use shapeproof::layer::{Layer, Position};
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::{SGD, Schedule};
use shapeproof::tensor::Vector;
use shapeproof::train::{Callback, Control, Fit, Progress, Settings, State, Trainer};

const KILLS: usize = 200;
/// More than all the processes together come to, if nothing else is said.
const EPOCHS: usize = 1_000_000;

shapeproof::network! { type Net = [2, 1, 1] => Dense(units = 30), BatchNorm, ReLU, Dropout(percent = 10), Dense(units = 2) }

type Xor = Trainer<Net, CrossEntropy<2>, SGD>;

fn trainer() -> Xor {
    let settings = Settings { batch_size: 4, threads: Some(1), seed: 5, average: Some(0.9), ..Settings::default() };
    Trainer::new(Net::new(5), CrossEntropy::new(), SGD::new(1e-3).nesterov(0.9), settings).unwrap()
}

fn resume(trainer: &mut Xor, epochs: usize, callbacks: &mut [&mut dyn Callback<Net>]) {
    let inputs = [[0., 0.], [0., 1.], [1., 0.], [1., 1.], [0.5, 0.], [0.5, 1.]].map(Vector::from);
    let data = Pairs::new(&inputs, &[0, 1, 1, 0, 0, 1]);
    trainer.resume(&data, &data, &Fit { epochs, schedule: Schedule::Constant }, callbacks).unwrap();
}

fn numbers(network: &Net) -> Vec<u32> {
    let mut all = Vec::new();
    Net::visit([network], [], Position::FIRST, &mut |_, [numbers], []| all.extend(numbers.iter().map(|x| x.to_bits())));
    all
}

struct StopAfter(u64);

impl Callback<Net> for StopAfter {
    fn on_step(&mut self, _: &Progress, state: &State<Net>) -> Control {
        if state.steps() == self.0 { Control::Stop } else { Control::Continue }
    }
}

#[test]
#[ignore = "not a test, but the process that the tests start"]
fn training() {
    let Some(folder) = env::var_os("CHECKPOINTS") else { return };
    let stop = env::var("STEPS").map_or(u64::MAX, |steps| steps.parse().unwrap());
    let mut trainer = trainer();
    let mut checkpoints = Checkpoints::resume(folder, &mut trainer).unwrap().every(1);
    resume(&mut trainer, EPOCHS, &mut [&mut checkpoints, &mut StopAfter(stop)]);
}

/// This program again, as the process above.
fn process(launcher: &[&str], folder: &Path) -> Command {
    let program = env::current_exe().unwrap();
    let mut words = launcher.iter().map(Path::new).chain([&*program]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words).args(["training", "--exact", "--ignored", "--nocapture"]).env("CHECKPOINTS", folder);
    command
}

/// The checkpoints in a folder; anything else must begin with a dot.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let visible = entries.filter(|entry| !entry.file_name().to_str().unwrap().starts_with('.'));
    visible.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

#[test]
fn a_killed_training_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(9);
    let mut cut_short = 0;
    for kill in 0..KILLS {
        let mut process = process(&[], folder.path()).stdout(Stdio::null()).spawn().unwrap();
        sleep(Duration::from_micros(rng.random_range(0..60_000)));
        assert!(process.try_wait().unwrap().is_none(), "the process {kill} ended by itself");
        process.kill().unwrap();
        process.wait().unwrap();

        for name in files(folder.path()).keys() {
            load_checkpoint(folder.path().join(name), &mut trainer()).unwrap();
        }
        let is_temporary = |entry: fs::DirEntry| entry.path().extension().is_some_and(|end| end == "tmp");
        cut_short += usize::from(fs::read_dir(&folder).unwrap().any(|entry| is_temporary(entry.unwrap())));
    }
    let mut survivor = trainer();
    let checkpoints = Checkpoints::resume(&folder, &mut survivor).unwrap();
    println!("{KILLS} processes took {} steps; {cut_short} were killed while they wrote", survivor.steps());
    assert!(survivor.steps() > KILLS as u64 / 2 && cut_short > 0, "{} steps, {cut_short}", survivor.steps());
    assert!(files(checkpoints.folder()).len() <= 5, "the last three, the best, and one that was not removed any more");

    let mut undisturbed = trainer();
    resume(&mut undisturbed, EPOCHS, &mut [&mut StopAfter(survivor.steps())]);
    // Ten steps more, for what else the next one depends on.
    let steps = survivor.steps() + 10;
    for trainer in [&mut survivor, &mut undisturbed] {
        resume(trainer, EPOCHS, &mut [&mut StopAfter(steps)]);
    }
    assert_eq!(numbers(survivor.network()), numbers(undisturbed.network()));
}

#[test]
fn a_training_goes_on_when_the_disk_is_full() {
    let folder = tempfile::tempdir().unwrap();
    let run = |launcher: &[&str], steps: &str| {
        let output = process(launcher, folder.path()).env("STEPS", steps).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert_eq!(run(&[], "20"), "");
    let before = files(folder.path());

    // No file may be longer than a few kilobytes: writing ends as on a full disk, in the middle.
    let limited = ["sh", "-c", "trap '' XFSZ; ulimit -f 2; exec \"$0\" \"$@\""];
    let errors = run(&limited, "30");
    assert_eq!(errors.lines().count(), 16, "after each of ten steps and five epochs, and at the end: {errors}");
    let place = format!("no checkpoint: cannot write {}/step-000000", folder.path().display());
    assert!(errors.lines().all(|line| line.starts_with(&place) && line.contains("File too large")), "{errors}");
    assert!(files(folder.path()) == before, "the old ones are as they were");
    // Nor does it end when not even that can be said: nobody reads what it writes to standard error.
    let mut unheard = process(&limited, folder.path());
    let mut unheard = unheard.env("STEPS", "30").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    drop(unheard.stderr.take());
    assert!(unheard.wait().unwrap().success());
    assert!(files(folder.path()) == before);
    let leftovers = fs::read_dir(&folder).unwrap().count() - before.len();
    assert_eq!(leftovers, 1, "the lock, and nothing half-written");

    let mut again = trainer();
    drop(Checkpoints::resume(&folder, &mut again).unwrap());
    assert_eq!(again.steps(), 20);
    let card = Card::default();
    shapeproof::io::save_checkpoint(folder.path().join("step-00000021.safetensors"), again.state(), &card).unwrap();
}
