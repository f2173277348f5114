//! Event files: what TensorBoard's own reader finds in them.
//!
//! ```text
//! INTEROP_PYTHON=$(.ci/python) cargo test --package shapeproof --features report --test tensorboard
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use shapeproof::data::mnist::Mnist;
use shapeproof::prelude::*;
use shapeproof::train::{History, TensorBoard};

network! { type Digits = [1, 28, 28] => Conv2D(filters = 3, kernel = 5, stride = 2), ReLU, Flatten, Dense(units = 10) }

#[derive(serde::Deserialize)]
struct Found {
    scalars: BTreeMap<String, Vec<(u64, f64)>>,
    images: BTreeMap<String, Vec<(u64, u32, u32, String)>>,
}

/// Trains for three epochs of eight steps, and writes to `folder`.
fn train(folder: &Path) -> History {
    let digits = Mnist::synthetic(128, 40);
    let settings = Settings { batch_size: 16, ..Settings::default() };
    let mut trainer = Trainer::new(Digits::new(1), CrossEntropy::new(), Adam::new(0.01), settings).unwrap();
    let mut board = TensorBoard::new(folder).unwrap().every(3);
    let fit = Fit { epochs: 3, schedule: &Linear };
    let history = trainer.fit(&digits.train, &digits.test, &fit, &mut [&mut board]).unwrap();
    board.scalar(24, "mine/figure", 0.25);
    board.finish().unwrap();
    history
}

#[test]
fn tensorboard_reads_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let history = train(folder.path());
    let Some(python) = std::env::var_os("INTEROP_PYTHON") else {
        println!("SKIPPED: set INTEROP_PYTHON to have TensorBoard read the events");
        return;
    };
    if !Command::new(&python).args(["-c", "import tensorboard"]).status().unwrap().success() {
        println!("SKIPPED: this Python has no tensorboard");
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/tensorboard.py");
    let output = Command::new(python).arg(script).arg(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Found = serde_json::from_slice(&output.stdout).unwrap();

    let of_epochs = |figure: &dyn Fn(&EpochRecord) -> f64| -> Vec<(u64, f64)> {
        history.epochs.iter().map(|epoch| (8 * epoch.epoch as u64, f64::from(figure(epoch) as f32))).collect()
    };
    assert_eq!(found.scalars["train/loss"], of_epochs(&|epoch| epoch.train.loss()));
    assert_eq!(found.scalars["train/accuracy"], of_epochs(&|epoch| epoch.train.accuracy()));
    assert_eq!(found.scalars["train/lr"], of_epochs(&|epoch| epoch.lr));
    assert_eq!(found.scalars["validation/loss"], of_epochs(&|epoch| epoch.validation.unwrap().loss()));
    assert_eq!(found.scalars["mine/figure"], [(24, 0.25)]);
    let steps: Vec<u64> = found.scalars["step/loss"].iter().map(|(step, _)| *step).collect();
    assert_eq!(steps, [3, 6, 9, 12, 15, 18, 21, 24]);
    let losses = found.scalars["step/loss"].iter().map(|(_, loss)| *loss);
    assert!(losses.clone().all(|loss| loss.is_finite() && loss > 0.0), "{:?}", losses.collect::<Vec<_>>());
    let images = &found.images["filters"];
    assert_eq!(
        images.iter().map(|image| (image.0, image.1, image.2)).collect::<Vec<_>>(),
        [8, 16, 24].map(|step| (step, 17, 5))
    );
    assert!(images.iter().all(|image| image.3.starts_with("89504e470d0a1a0a")), "PNG files");
}

/// A second run in the same folder, as after a stop, has a file of its own.
#[test]
fn no_file_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("runs/one");
    train(&place);
    train(&place);
    let names: Vec<_> = fs::read_dir(&place).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names.iter().all(|name| name.to_string_lossy().starts_with("events.out.tfevents.")), "{names:?}");
    let taken = folder.path().join("taken");
    fs::write(&taken, "").unwrap();
    let Err(error) = TensorBoard::new(&taken) else { panic!("a file is no folder") };
    assert!(error.to_string().starts_with(&format!("cannot create {}: ", taken.display())), "{error}");
}
