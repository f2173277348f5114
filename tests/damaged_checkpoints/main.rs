//! Folders of checkpoints some of which are damaged, renamed, or impossible. The training resumes from the newest whole one, or is
//! refused with a message; nothing is lost.

#[path = "../common/mod.rs"]
mod common;
mod contradictions;

use std::fs;
use std::path::{Path, PathBuf};

use common::files::names;
use common::forged::with_record;
use common::numbers::bits;
use common::training::{StopAfter, xor};
use shapeproof::data::Pairs;
use shapeproof::io::{self, Card, Checkpoints, Note, load_checkpoint};
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::{Constant, SGD};
use shapeproof::train::{Callback, Fit, Settings, Trainer};

shapeproof::network! { type Net = [2, 1, 1] => Dense(units = 4), BatchNorm, ReLU, Dense(units = 2) }

type Xor = Trainer<Net, CrossEntropy<2>, SGD>;

/// With two steps each.
const EPOCHS: usize = 6;

fn trainer() -> Xor {
    let settings = Settings { batch_size: 2, threads: Some(1), ..Settings::default() };
    Trainer::new(Net::new(3), CrossEntropy::new(), SGD::new(0.1).nesterov(0.9), settings).unwrap()
}

/// The training in the folder, and the notes about it.
fn resume(folder: &Path) -> (Xor, Checkpoints, Vec<Note>) {
    let mut trainer = trainer();
    let mut checkpoints = Checkpoints::resume(folder, &mut trainer).unwrap().every(1);
    let notes = checkpoints.take_notes();
    (trainer, checkpoints, notes)
}

/// Resumes it until this many steps are done.
fn train(folder: &Path, until: u64) -> (Xor, Vec<Note>) {
    let (mut trainer, mut checkpoints, notes) = resume(folder);
    fit(&mut trainer, until, &mut checkpoints);
    (trainer, notes)
}

fn fit(trainer: &mut Xor, until: u64, callback: &mut dyn Callback<Net>) {
    let (inputs, labels) = xor();
    let data = Pairs::new(&inputs, &labels);
    let fit = Fit { epochs: EPOCHS, schedule: &Constant };
    trainer.resume(&data, &data, &fit, &mut [callback, &mut StopAfter(until)]).unwrap();
}

fn path(folder: &Path, steps: u64) -> PathBuf {
    folder.join(format!("step-{steps:08}.safetensors"))
}

/// The files in the folder, except the lock.
fn files(folder: &Path) -> Vec<String> {
    names(folder).into_iter().filter(|name| name != ".lock").collect()
}

/// Flips the last bit of a weight.
fn damage(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let at = bytes.len() - 4;
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

/// The error when a folder's training is not resumed; the trainer must be unchanged.
fn refusal(folder: &Path) -> String {
    let mut trainer = trainer();
    let error = Checkpoints::resume(folder, &mut trainer).map(|_| ()).unwrap_err().to_string();
    assert_eq!(trainer.steps(), 0);
    error.replace(folder.to_str().unwrap(), "DIR")
}

#[test]
fn a_damaged_checkpoint_is_set_aside_and_the_training_ends_the_same() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    let mut undisturbed = trainer();
    fit(&mut undisturbed, 12, &mut StopAfter(12));
    train(folder, 7);
    let names =
        |steps: &[u64]| -> Vec<_> { steps.iter().map(|steps| format!("step-{steps:08}.safetensors")).collect() };
    assert_eq!(files(folder), names(&[4, 5, 6, 7]), "the last three, and the best");

    // In the newest, a bit is flipped; the one before it is truncated.
    damage(&path(folder, 7));
    let lost = fs::read(path(folder, 7)).unwrap();
    let whole = fs::read(path(folder, 6)).unwrap();
    fs::write(path(folder, 6), &whole[..whole.len() - 9]).unwrap();
    let (mut resumed, mut checkpoints, notes) = resume(folder);
    assert_eq!((resumed.steps(), checkpoints.newest()), (5, Some(path(folder, 5))));
    assert!(checkpoints.take_notes().is_empty(), "they are taken");
    let said: Vec<String> =
        notes.iter().map(|note| note.to_string().replace(folder.to_str().unwrap(), "DIR")).collect();
    assert_eq!(said.len(), 2);
    for (said, steps, what) in [(&said[0], 7, "checksum"), (&said[1], 6, "file")] {
        let name = format!("DIR/step-0000000{steps}.safetensors");
        let end = format!("; the training goes on from an older checkpoint, and this one is kept as {name}.damaged");
        assert!(said.starts_with(&format!("{name}: {what}: found ")) && said.ends_with(&end), "{said}");
    }
    let [Note::Damaged { kept, .. }, _] = &notes[..] else { panic!("{notes:?}") };
    assert_eq!(fs::read(kept).unwrap(), lost, "nothing is lost");

    // Continues past the damaged ones, whose steps are repeated.
    fit(&mut resumed, 8, &mut checkpoints);
    drop(checkpoints);
    let whole = files(folder).into_iter().filter(|name| !name.ends_with(".damaged"));
    assert_eq!(whole.collect::<Vec<_>>(), names(&[4, 6, 7, 8]));
    assert_eq!(files(folder).len(), 6, "the damaged ones are no longer counted, and not removed either");
    // Again: the earlier damaged ones are not read any more, and keep their names.
    damage(&path(folder, 8));
    damage(&path(folder, 7));
    let (again, notes) = train(folder, 12);
    assert_eq!(notes.len(), 2);
    assert_eq!(fs::read(kept).unwrap(), lost);
    assert!(folder.join("step-00000007.safetensors.damaged.damaged").is_file());
    assert!(bits(again.network()) == bits(undisturbed.network()), "the same bits as if nothing had happened");
    let (done, _, notes) = resume(folder);
    assert!(done.steps() == 12 && notes.is_empty());
}

#[test]
fn where_none_is_whole_nothing_is_done() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    train(folder, 3);
    (1..=3).for_each(|steps| damage(&path(folder, steps)));
    let before: Vec<_> = files(folder);
    let text = refusal(folder);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    assert_eq!(
        lines[..2],
        [
            "DIR: 4 mismatches:",
            "checkpoints: found 3, all damaged, expected a whole one; to begin anew, choose another folder"
        ]
    );
    assert!(lines[2].starts_with("step-00000003.safetensors: "), "{text}");
    assert_eq!(files(folder), before, "all keep their names");
    assert!(Checkpoints::new(folder, &trainer()).is_err());
}

#[test]
fn what_is_no_file_is_no_checkpoint() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    train(folder, 2);
    fs::create_dir(path(folder, 9)).unwrap();
    let mut found = vec!["not a regular file"];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/dev/zero", path(folder, 8)).unwrap();
        std::os::unix::fs::symlink(folder.join("nothing"), path(folder, 7)).unwrap();
        common::files::make_pipe(path(folder, 6));
        found.extend(["not a regular file", "a dangling link", "not a regular file"]);
    }
    let (trainer, notes) = train(folder, 4);
    assert_eq!((trainer.steps(), notes.len()), (4, found.len()));
    for ((note, found), steps) in notes.iter().zip(found).zip((6..=9).rev()) {
        let expected = format!("step-0000000{steps}.safetensors: file: found {found}, expected a checkpoint");
        assert!(note.to_string().contains(&expected), "{note}");
    }
    // Names that only look like those of checkpoints.
    for name in [
        "step-00000099.safetensors.tmp",
        "step-99.safetensors",
        "step-000000000099.safetensors",
        "step--0000001.safetensors",
    ] {
        fs::write(folder.join(name), "").unwrap();
    }
    assert!(resume(folder).2.is_empty());
}

/// A file whose beginning is damaged cannot be identified: neither as one of another network nor as one of another program.
#[test]
fn a_length_that_is_damaged_is_damage() {
    for (byte, header) in [(0, 0), (0, 0xff), (2, 0x50), (3, 1)] {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path();
        train(folder, 2);
        // As long as a checkpoint of this network can be, so that most lengths are within the file.
        let mut bytes = fs::read(path(folder, 2)).unwrap();
        bytes.resize(40 << 20, 0);
        bytes[byte] = header;
        fs::write(path(folder, 3), bytes).unwrap();
        let (trainer, _, notes) = resume(folder);
        assert_eq!((trainer.steps(), notes.len()), (2, 1));
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_no_lock() {
    let folder = tempfile::tempdir().unwrap();
    common::files::make_pipe(folder.path().join(".lock"));
    let error = Checkpoints::new(&folder, &trainer()).map(|_| ()).unwrap_err().to_string();
    assert!(error.ends_with("its .lock is not a regular file"), "{error}");
}

#[test]
fn whole_checkpoints_that_do_not_fit_are_no_damage() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    train(folder, 3);
    fs::rename(path(folder, 3), path(folder, 8)).unwrap();
    let before = files(folder);
    let expected = "DIR/step-00000008.safetensors: steps: found 3, expected 8, as its name says";
    assert_eq!(refusal(folder), expected);
    fs::rename(path(folder, 8), path(folder, 3)).unwrap();

    let settings = Settings { batch_size: 2, threads: Some(1), seed: 9, ..Settings::default() };
    let mut other = Trainer::new(Net::new(3), CrossEntropy::new(), SGD::new(0.1).nesterov(0.9), settings).unwrap();
    let error = Checkpoints::resume(folder, &mut other).map(|_| ()).unwrap_err().to_string();
    assert!(error.ends_with("step-00000003.safetensors: seed: found 0, expected 9"), "{error}");

    // A checkpoint of a newer version of the crate is not set aside in favor of an older one either.
    let newer = with_record(&fs::read(path(folder, 3)).unwrap(), |record| record["format"] = 2.into());
    fs::write(path(folder, 3), newer).unwrap();
    assert!(refusal(folder).ends_with("this file is by a newer version of the crate"));
    io::save(path(folder, 3), trainer().network(), &Card::default()).unwrap();
    assert!(refusal(folder).ends_with("file: found a model alone, expected a checkpoint: a model with its training"));
    fs::File::create(path(folder, 3)).unwrap().set_len(3 << 30).unwrap();
    assert!(
        refusal(folder).contains("step-00000003.safetensors: file length: found 3221225472 bytes, expected at most ")
    );
    assert_eq!(files(folder).len(), before.len());
}

#[test]
fn another_kind_of_processor_is_said_and_no_error() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    train(folder, 3);
    assert!(resume(folder).2.is_empty());
    let elsewhere = with_record(&fs::read(path(folder, 3)).unwrap(), |record| {
        assert!(record["training"]["machine"].as_str().unwrap().starts_with(std::env::consts::ARCH));
        record["training"]["machine"] = "pdp11-unix\u{7}".into();
    });
    fs::write(path(folder, 3), elsewhere).unwrap();
    let note = load_checkpoint(path(folder, 3), &mut trainer()).unwrap().unwrap().to_string();
    let begins =
        format!("{}: written on pdp11-unix\\u{{7}}, and this is {}", path(folder, 3).display(), std::env::consts::ARCH);
    assert!(note.starts_with(&begins), "{note}");
    assert!(note.ends_with(": the training goes on, but its last bits will differ"), "{note}");
    let (trainer, notes) = train(folder, 5);
    assert_eq!((trainer.steps(), notes.len(), notes[0].to_string()), (5, 1, note));
}
