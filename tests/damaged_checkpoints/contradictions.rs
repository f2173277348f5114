//! Checkpoints that are whole, but cannot be from any training.

use serde_json::Value;
use shapeproof::data::Pairs;
use shapeproof::io::{Card, checkpoint_from_bytes, checkpoint_to_bytes};
use shapeproof::optim::Constant;
use shapeproof::train::Fit;

use super::common::forged::{signed, with_record};
use super::common::training::{StopAfter, xor};
use super::{EPOCHS, fit, trainer};

#[test]
fn a_plan_without_words_agrees_with_nothing() {
    let mut first = trainer();
    fit(&mut first, 3, &mut StopAfter(3));
    let bytes = checkpoint_to_bytes(first.state(), &Card::default()).unwrap();
    let forged = with_record(&bytes, |record| record["training"]["plan"] = serde_json::json!({}));
    let mut again = trainer();
    checkpoint_from_bytes(&forged, &mut again).unwrap();
    let (inputs, labels) = xor();
    let (data, plan) = (Pairs::new(&inputs, &labels), Fit { epochs: EPOCHS, schedule: &Constant });
    let error = again.resume(&data, &data, &plan, &mut []).unwrap_err().to_string();
    assert_eq!(error, "training data: found 4 samples, expected nothing, with which the training began");
}

/// The error for a checkpoint after three steps with an edited record or table row.
fn said_of(edit: impl FnOnce(&mut Value)) -> String {
    let mut trainer = trainer();
    fit(&mut trainer, 3, &mut StopAfter(3));
    let bytes = with_record(&checkpoint_to_bytes(trainer.state(), &Card::default()).unwrap(), edit);
    let mut untouched = super::trainer();
    let error = checkpoint_from_bytes(&bytes, &mut untouched).unwrap_err().to_string();
    assert_eq!(untouched.steps(), 0);
    error.strip_prefix("the checkpoint: ").unwrap().to_string()
}

#[test]
fn what_cannot_be_is_refused_in_words() {
    let training = |name: &'static str, value: Value| said_of(|record| record["training"][name] = value);
    let at_least = "steps: found 1, expected at least 2: one for each epoch, and those of the one under way";
    assert!(training("steps", 1.into()).contains(at_least));
    assert_eq!(
        training("steps", u64::MAX.into()),
        "steps: found 18446744073709551615, expected at most 9007199254740992"
    );
    assert!(training("steps", (-1).into()).starts_with("metadata: found invalid value: integer `-1`, expected u64"));
    assert!(
        training("steps", 1.5.into()).starts_with("metadata: found invalid type: floating point `1.5`, expected u64")
    );
    for factor in [-1.0, -1e-300, 1e13, f64::MAX] {
        let expected = format!("lr_factor: found {factor}, expected a number from 0 to 10¹²");
        let said = training("lr_factor", factor.into());
        assert!(said.starts_with(&expected[..40]) && said.ends_with("expected a number from 0 to 10¹²"), "{said}");
    }
    assert!(training("lr_factor", Value::Null).starts_with("metadata: found invalid type: null, expected f64"));
    assert_eq!(training("best", 4.into()), "steps of the best epoch: found 4, expected at most 3, those of all epochs");
    assert!(training("best", Value::Null).contains("training/best/0.bias: found [4], expected no such tensor"));
    let long = said_of(|record| record["training"]["plan"]["epochs"] = "6".repeat(1001).into());
    assert_eq!(
        long,
        format!("epochs: found {}…, expected at most 1000 bytes, without control characters", "6".repeat(200))
    );
    let raw = said_of(|record| record["training"]["plan"]["\u{1b}[2J"] = "6".into());
    assert_eq!(raw, "\\u{1b}[2J: found 6, expected at most 1000 bytes, without control characters");
}

#[test]
fn tables_that_contradict_themselves_are_refused() {
    let mut trainer = trainer();
    fit(&mut trainer, 3, &mut StopAfter(3));
    let bytes = checkpoint_to_bytes(trainer.state(), &Card::default()).unwrap();
    // The tables are the only tensors of `f64`: the current epoch, then the finished one.
    let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let counters = 8 * 3; // `num_batches_tracked`, of the model, the momentum and the best
    let said = |at: usize, number: f64| {
        let mut changed = bytes.clone();
        let at = header + counters + 8 * at;
        changed[at..at + 8].copy_from_slice(&number.to_le_bytes());
        let error = checkpoint_from_bytes(&signed(changed), &mut super::trainer()).unwrap_err().to_string();
        error.strip_prefix("the checkpoint: ").unwrap().to_string()
    };
    let [step, samples, loss, correct, of, numbers, lr, seconds] = [0, 1, 2, 3, 4, 5, 10, 11];
    let later = said(step, 3.0);
    assert!(later.contains("steps: found 3, expected at least 4: one for each epoch, and those of the one under way"));
    assert!(later.contains("training/current: found 2 samples in 3 steps, expected at least one for each step"));
    assert_eq!(said(samples, 0.0).lines().count(), 3, "no samples in a step, but one of them correct");
    assert_eq!(said(samples, -1.0), "training/current: found -1, expected a count");
    assert_eq!(said(loss, f64::NAN), "training/current: found a loss of NaN, expected a score");
    assert_eq!(said(correct, 3.0), "training/current: found 3 of 2 correct, in 2 samples, expected a score");
    assert!(said(of, 3.0).ends_with(" of 3 correct, in 2 samples, expected a score"));
    assert_eq!(said(numbers, 3.0), "training/current: found 2 predictions and 3 numbers, expected one of the two");
    assert_eq!(said(lr, -0.1), "training/current: found -0.1, expected a learning rate of 0 or more");
    assert_eq!(said(seconds, f64::INFINITY), "training/current: found inf, expected seconds of 0 or more");
    let epoch = 12;
    assert_eq!(said(epoch, 0.0).lines().count(), 3, "no samples, but some of them correct");
    assert_eq!(said(epoch, 1e17), "training/epochs: found 100000000000000000, expected a count");
    assert_eq!(said(epoch + 1, f64::INFINITY), "training/epochs, epoch 1: found a loss of inf, expected a score");
    assert_eq!(said(epoch + 11, 5.0), "training/epochs, epoch 1: found 5 of 4 correct, in 4 samples, expected a score");
    assert_eq!(
        said(epoch + 18, f64::NAN),
        "training/epochs, epoch 1: found NaN, expected a learning rate of 0 or more"
    );
    assert!(said(epoch + 20, -1.0).starts_with("training/epochs, epoch 1: found ["));
}
