//! A training that diverges ends with an error, whichever step it was in, and leaves the state that the documentation describes.

mod common;

use common::numbers::bits;
use common::training::StopAfter;
use shapeproof::Error;
use shapeproof::data::{Dataset, Pairs};
use shapeproof::layer::Module;
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::{Constant, Linear, SGD, Staircase};
use shapeproof::tensor::Vector;
use shapeproof::train::{Fit, Settings, Trainer};

shapeproof::network! {
    /// Deep, so that large weights make larger outputs.
    type Deep = [2, 1, 1] =>
        Dense(units = 9), LeakyReLU, Dense(units = 9), LeakyReLU, Dense(units = 9), LeakyReLU, Dense(units = 9), LeakyReLU,
        Dense(units = 3)
}
shapeproof::network! {
    type Normed = [2, 1, 1] =>
        Dense(units = 9), BatchNorm, LeakyReLU, Dense(units = 9), LeakyReLU, Dense(units = 9), LeakyReLU, Dense(units = 3)
}

/// Trained in three steps an epoch.
const SAMPLES: usize = 11;
const SETTINGS: Settings = Settings { batch_size: 4, shard_size: 2, threads: Some(1), seed: 1, ..Settings::DEFAULT };
const CONSTANT: Fit = Fit { epochs: 2, schedule: &Constant };

type Inputs = [Vector<2>; SAMPLES];

fn inputs() -> Inputs {
    core::array::from_fn(|i| Vector::from([i as f32 / 6.0 - 1.0, (i % 3) as f32]))
}

const LABELS: [usize; SAMPLES] = [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1];

type OfNet<N> = Trainer<N, CrossEntropy<3>, SGD>;

fn trainer<N>(lr: f64, settings: Settings) -> OfNet<N>
where
    N: Module<Scalar = f32, Input = Vector<2>, Output = Vector<3>>,
{
    Trainer::new(N::new(1), CrossEntropy::new(), SGD::new(lr).momentum(0.9), settings).unwrap()
}

/// What is not finite according to the error, and where.
fn divergence<T>(result: shapeproof::Result<T>) -> (String, usize, usize) {
    match result.map(drop) {
        Err(Error::Diverged { what, found, epoch, step }) if !found.is_finite() => (what, epoch, step),
        other => panic!("no divergence: {other:?}"),
    }
}

#[test]
fn a_step_whose_loss_is_not_finite_is_not_taken() {
    let mut poisoned = inputs();
    poisoned[3] = Vector::from([f32::NAN, 0.0]);
    let data = Pairs::new(&poisoned, &LABELS);
    let mut trainer = trainer::<Normed>(0.1, Settings { average: Some(0.9), ..SETTINGS });
    trainer.step(&data, &[0, 1]);
    let (before, lr) = (bits(trainer.network()), trainer.lr());
    assert!(trainer.step(&data, &[2, 3]).loss().is_nan());
    assert_eq!((bits(trainer.network()), trainer.lr(), trainer.steps()), (before, lr, 1));
}

#[test]
fn a_step_that_was_not_taken_is_tried_again() {
    let whole = inputs();
    let mut poisoned = whole;
    poisoned[3] = Vector::from([f32::NAN, 0.0]);
    let (whole, poisoned) = (Pairs::new(&whole, &LABELS), Pairs::new(&poisoned, &LABELS));
    let fit = Fit { epochs: 2, schedule: &Linear };
    let mut undisturbed = trainer::<Normed>(0.1, SETTINGS);
    undisturbed.fit(&whole, &whole, &fit, &mut []).unwrap();

    let mut trainer = trainer::<Normed>(0.1, SETTINGS);
    let first = divergence(trainer.fit(&poisoned, &whole, &fit, &mut []));
    let (steps, lr, before) = (trainer.steps(), trainer.lr(), bits(trainer.network()));
    assert_eq!((first.0.as_str(), first.1, first.2 as u64), ("the loss", 1, steps + 1));
    assert_eq!(divergence(trainer.resume(&poisoned, &whole, &fit, &mut [])), first);
    assert_eq!((trainer.steps(), trainer.lr(), bits(trainer.network())), (steps, lr, before));

    // With the sample repaired, the training continues as if it had always been so.
    let history = trainer.resume(&whole, &whole, &fit, &mut []).unwrap();
    assert_eq!((history.epochs.len(), trainer.steps()), (2, undisturbed.steps()));
    assert_eq!(bits(trainer.network()), bits(undisturbed.network()));
}

/// At any learning rate: if the network or its output is not finite after its last step, that is an error.
fn check_the_last_step<N: Module<Scalar = f32, Input = Vector<2>, Output = Vector<3>>>() {
    let inputs = inputs();
    let data = Pairs::new(&inputs, &LABELS);
    let fit = Fit { epochs: 1, ..CONSTANT };
    for (lr, expected) in [(1e12, "loss"), (1e30, ""), (1e300, "parameter 0.weight")] {
        for (validation, average) in [(11, None), (0, None), (11, Some(0.9)), (0, Some(0.9))] {
            // A single step on the whole epoch.
            let settings = Settings { batch_size: SAMPLES, average, ..SETTINGS };
            let mut once = trainer::<N>(lr, settings);
            let (what, epoch, step) = divergence(once.fit(&data, &data.take(validation), &fit, &mut []));
            assert!(what.contains(expected) && (epoch, step) == (1, 1), "{what} with lr {lr}");
            assert!(once.steps() == 1 && once.best().is_none() && once.state().epochs().is_empty());
            assert_eq!(divergence(once.resume(&data, &data.take(validation), &fit, &mut [])), (what, 1, 1));

            // One of three steps, after which a callback stops the training.
            let mut stopped = trainer::<N>(lr, Settings { average, ..SETTINGS });
            let stop = &mut StopAfter(1);
            let (_, epoch, step) = divergence(stopped.fit(&data, &data.take(validation), &fit, &mut [stop]));
            assert_eq!((epoch, step, stopped.steps()), (1, 1, 1));
        }
    }
}

#[test]
fn the_last_step_counts_too() {
    check_the_last_step::<Deep>();
    check_the_last_step::<Normed>();
}

#[test]
fn the_best_epoch_outlives_a_divergence() {
    let inputs = inputs();
    let data = Pairs::new(&inputs, &LABELS);
    let mut good = trainer::<Deep>(0.1, SETTINGS);
    good.fit(&data, &data, &Fit { epochs: 1, ..CONSTANT }, &mut []).unwrap();

    // Only the last of six steps is too large.
    let fit = Fit { epochs: 2, schedule: &Staircase { every: 5, factor: 1e12 } };
    let mut trainer = trainer::<Deep>(0.1, SETTINGS);
    let error = trainer.fit(&data, &data, &fit, &mut []).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("the validation loss is "), "{text}");
    assert!(text.ends_with(" at epoch 2, step 3: a smaller learning rate usually helps"), "{text}");
    assert_eq!((trainer.steps(), trainer.state().epochs().len()), (6, 1));
    assert_eq!(trainer.best().map(bits), Some(bits(good.network())));

    // It ends with the same error until something is changed, such as the network.
    assert_eq!(trainer.resume(&data, &data, &fit, &mut []).unwrap_err().to_string(), text);
    trainer.network_mut().copy_from(good.network());
    assert_eq!(trainer.resume(&data, &data, &fit, &mut []).unwrap().epochs.len(), 2);
}

#[test]
fn a_validation_loss_that_is_not_finite_is_an_error() {
    let (good, mut bad) = (inputs(), inputs());
    bad[7] = Vector::from([0.0, f32::INFINITY]);
    let (train, validation) = (Pairs::new(&good, &LABELS), Pairs::new(&bad, &LABELS));
    let mut trainer = trainer::<Normed>(0.1, SETTINGS);
    let found = divergence(trainer.fit(&train, &validation, &CONSTANT, &mut []));
    assert_eq!(found, ("the validation loss".into(), 1, 3));
    assert!(trainer.best().is_none());
}
