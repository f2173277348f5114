//! Trainings in processes that are killed between two steps or while they write, or find the disk full. The files on disk are
//! always whole, and the resumed training ends with the same bits. No test depends on the speed of a process.
#![cfg(unix)]

mod common;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::{BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};

use common::numbers::bits;
use common::training::StopAfter;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use shapeproof::data::Pairs;
use shapeproof::io::{Card, Checkpoints, load_checkpoint};
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::{Constant, SGD};
use shapeproof::tensor::Vector;
use shapeproof::train::{Callback, Control, Fit, Progress, Settings, State, Trainer};

const KILLS: usize = 100;
/// More than all the processes together reach, unless the test sets it.
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
    trainer.resume(&data, &data, &Fit { epochs, schedule: &Constant }, callbacks).unwrap();
}

/// Reports progress to the parent process: `<` before a checkpoint is written, `>` after it.
struct Tell(&'static [u8]);

impl Callback<Net> for Tell {
    fn on_step(&mut self, _: &Progress, _: &State<Net>) -> Control {
        std::io::stdout().write_all(self.0).and_then(|()| std::io::stdout().flush()).unwrap();
        Control::Continue
    }
}

#[test]
#[ignore = "not a test, but the process that the tests start"]
fn training() {
    let Some(folder) = env::var_os("CHECKPOINTS") else { return };
    let stop = env::var("STEPS").map_or(u64::MAX, |steps| steps.parse().unwrap());
    let mut trainer = trainer();
    let mut checkpoints = Checkpoints::resume(folder, &mut trainer).unwrap().every(1);
    resume(&mut trainer, EPOCHS, &mut [&mut Tell(b"<"), &mut checkpoints, &mut Tell(b">"), &mut StopAfter(stop)]);
}

/// A command that runs this program as such a process.
fn process(launcher: &[&str], folder: &Path) -> Command {
    let program = env::current_exe().unwrap();
    let mut words = launcher.iter().map(Path::new).chain([&*program]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words).args(["training", "--exact", "--ignored", "--nocapture"]).env("CHECKPOINTS", folder);
    command.stdout(Stdio::null());
    command
}

/// The checkpoints in a folder; the names of other files must begin with a dot.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let visible = entries.filter(|entry| !entry.file_name().to_str().unwrap().starts_with('.'));
    visible.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

/// All checkpoints in a folder are whole.
fn check(folder: &Path) {
    for name in files(folder).keys() {
        load_checkpoint(folder.join(name), &mut trainer()).unwrap();
    }
}

/// The number of unfinished files in a folder.
fn half_written(folder: &Path) -> usize {
    let others =
        |entry: &fs::DirEntry| entry.file_name().to_str().is_some_and(|name| name.starts_with('.') && name != ".lock");
    fs::read_dir(folder).unwrap().filter(|entry| others(entry.as_ref().unwrap())).count()
}

/// Continues the training of the processes, and one that was not interrupted: both end with the same bits.
fn check_the_end(folder: &Path, least: u64) {
    let mut survivor = trainer();
    let mut checkpoints = Checkpoints::resume(folder, &mut survivor).unwrap();
    assert!(checkpoints.take_notes().is_empty());
    assert!(survivor.steps() >= least, "{} steps, and not {least}", survivor.steps());
    assert_eq!(half_written(folder), 0, "what was not finished is removed");
    assert!(files(folder).len() <= 5, "the last three, the best, and one that was not removed any more");
    let mut undisturbed = trainer();
    resume(&mut undisturbed, EPOCHS, &mut [&mut StopAfter(survivor.steps())]);
    // Ten more steps, to compare the rest of the state.
    let steps = survivor.steps() + 10;
    for trainer in [&mut survivor, &mut undisturbed] {
        resume(trainer, EPOCHS, &mut [&mut StopAfter(steps)]);
    }
    assert_eq!(bits(survivor.network()), bits(undisturbed.network()));
}

#[test]
fn a_killed_training_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(9);
    let (mut written, mut cut_short) = (0, 0);
    for _ in 0..KILLS {
        let mut process = process(&[], folder.path()).stdout(Stdio::piped()).spawn().unwrap();
        // Half of the processes are killed when they have begun to write, the others when they have written.
        let mut left: i32 = rng.random_range(1..=8);
        let mut told = BufReader::new(process.stdout.take().unwrap());
        for byte in told.by_ref().bytes() {
            let byte = byte.unwrap();
            // The test harness prints something first.
            if byte == b'<' || byte == b'>' {
                left -= 1;
                written += u64::from(byte == b'>');
            }
            if left == 0 {
                break;
            }
        }
        assert_eq!(left, 0, "the process ended by itself");
        process.kill().unwrap();
        assert_eq!(process.wait().unwrap().signal(), Some(9));
        check(folder.path());
        cut_short += usize::from(half_written(folder.path()) > 0);
    }
    println!("{KILLS} processes said that they wrote {written} checkpoints; {cut_short} were killed meanwhile");
    check_the_end(folder.path(), written);
}

#[test]
fn a_training_killed_in_the_middle_of_a_file_goes_on_too() {
    let folder = tempfile::tempdir().unwrap();
    assert!(process(&[], folder.path()).env("STEPS", "20").status().unwrap().success());
    let before = files(folder.path());
    let length = before.values().map(Vec::len).min().unwrap();
    // The system kills a process that writes beyond this many blocks.
    let blocks = (0..length / 512).step_by(4);
    let count = blocks.len();
    for blocks in blocks {
        let limit = format!("ulimit -c 0; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let status = process(&["sh", "-c", &limit], folder.path()).status().unwrap();
        assert!(status.signal().is_some(), "{status}");
        assert_eq!(half_written(folder.path()), 1, "{blocks} blocks");
        assert!(files(folder.path()) == before, "{blocks} blocks");
    }
    println!("killed after each of {count} numbers of blocks");
    check_the_end(folder.path(), 20);
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

    // No file may be longer than a few kilobytes: writing fails in the middle, as on a full disk.
    let limited = ["sh", "-c", "trap '' XFSZ; ulimit -f 2; exec \"$0\" \"$@\""];
    let errors = run(&limited, "30");
    assert_eq!(errors.lines().count(), 16, "after each of ten steps and five epochs, and at the end: {errors}");
    let place = format!("no checkpoint: cannot write {}/step-000000", folder.path().display());
    assert!(errors.lines().all(|line| line.starts_with(&place) && line.contains("File too large")), "{errors}");
    assert!(files(folder.path()) == before, "the old ones are as they were");
    // It continues even if standard error is closed.
    let mut unheard = process(&limited, folder.path()).env("STEPS", "30").stderr(Stdio::piped()).spawn().unwrap();
    drop(unheard.stderr.take());
    assert!(unheard.wait().unwrap().success());
    assert!(files(folder.path()) == before);
    assert_eq!(half_written(folder.path()), 0);

    let mut again = trainer();
    drop(Checkpoints::resume(&folder, &mut again).unwrap());
    assert_eq!(again.steps(), 20);
    let card = Card::default();
    shapeproof::io::save_checkpoint(folder.path().join("step-00000021.safetensors"), again.state(), &card).unwrap();
}

#[test]
fn a_damaged_checkpoint_is_said_on_standard_error() {
    let folder = tempfile::tempdir().unwrap();
    assert!(process(&[], folder.path()).env("STEPS", "5").status().unwrap().success());
    fs::write(folder.path().join("step-00000005.safetensors"), "").unwrap();
    let output = process(&[], folder.path()).env("STEPS", "6").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    let expected = format!("{}/step-00000005.safetensors: file: found 0 bytes, expected", folder.path().display());
    assert!(said.starts_with(&expected) && said.lines().count() == 1, "{said}");
}
