//! A checkpoint of another training is refused, with a list of all differences.

use std::fs;
use std::path::Path;

use shapeproof::data::{Dataset, Pairs};
use shapeproof::io::{self, Card, Model, load_checkpoint, save_checkpoint};
use shapeproof::layer::Module;
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::{Constant, SGD};
use shapeproof::tensor::{Tensor, zeros};
use shapeproof::train::{Fit, Settings, Trainer};

use super::common::forged;
use super::common::training::StopAfter;
use super::{Digits, FIT, Net, RULE, SETTINGS, card, resume, trainer};

/// The error for a file, without the file's name; the trainer must be unchanged.
fn refusal<N: Module>(path: &Path, trainer: &mut Trainer<N, CrossEntropy<10>, SGD>) -> String
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

    let settings = Settings { batch_size: 32, shard_size: 6, seed: 4, average: None, clip: None, ..SETTINGS };
    let other_rule = SGD::new(0.1).momentum(0.5);
    let mut other = Trainer::new(Net::new(3), CrossEntropy::new(), other_rule, settings).unwrap();
    let text = refusal(&path, &mut other);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    assert_eq!(
        lines[..7],
        [
            &format!("{} mismatches:", lines.len() - 1),
            "average: found 0.9, expected none",
            "batch_size: found 16, expected 32",
            "clip: found norm 1, expected none",
            "optimizer: found SGD, lr 0.02, Nesterov momentum 0.9, weight decay 0.0001, expected SGD, lr 0.1, \
             momentum 0.5",
            "seed: found 3, expected 4",
            "shard_size: found 5, expected 6",
        ]
    );
    assert!(lines[7..].iter().all(|line| line.starts_with("training/network/")), "{text}");

    // A rule without momentum has no velocity in its state.
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
        replace(br#""shape":[1,21]"#, br#""shape":[21,1]"#),
        "training/epochs: found F64 [21, 1], expected F64 [rows, 21]"
    );
}

#[test]
fn what_a_training_began_with_is_what_it_goes_on_with() {
    let inputs = zeros::<Tensor<1, 28, 28>>(2);
    let few = Pairs::new(&inputs, &[1usize, 2]);
    let none = few.take(0);
    // In the first epoch, and in a later one.
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
        // But a new training may begin with the network and the optimizer's memory.
        trainer.fit(&few, &none, &FIT, &mut []).unwrap();
        assert_eq!(trainer.steps(), steps + 3);
        assert!(trainer.best().is_none(), "that was of the old one");
    }
}
