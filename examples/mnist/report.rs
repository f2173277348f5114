//! Every figure the example prints, as JSON.

use serde::Serialize;
use shapeproof::data::mnist::Origin;
use shapeproof::layer::Module;
use shapeproof::network::Network;
use shapeproof::train::History;

use crate::options::Options;
use crate::test_set::{Figures, Outcome};
use crate::{MOMENTUM, WEIGHT_DECAY};

/// One run. Accuracies are fractions, times are seconds.
#[derive(Serialize)]
pub struct Report {
    data: String,
    train_images: usize,
    validation_images: usize,
    test_images: usize,
    epochs_asked: u32,
    batch_size: usize,
    lr: f64,
    momentum: f64,
    weight_decay: f64,
    augment: String,
    seed: u64,
    threads: usize,
    parameters: usize,
    mflop: f64,
    epochs: Vec<Epoch>,
    stopped_early: bool,
    seconds_per_epoch: f64,
    #[serde(flatten)]
    test: Option<Test>,
}

#[derive(Serialize)]
struct Epoch {
    epoch: usize,
    train_loss: f64,
    train_accuracy: f64,
    validation_loss: Option<f64>,
    validation_accuracy: Option<f64>,
    lr: f64,
    train_seconds: f64,
    validation_seconds: f64,
}

/// The outcome on the test set, if it has been evaluated.
#[derive(Serialize)]
struct Test {
    test_seconds: f64,
    #[serde(flatten)]
    figures: Figures,
}

impl Report {
    /// `images` are the numbers of images for training, validation and test. The other arguments are those of the training.
    pub fn new<N: Module>(
        options: &Options,
        data: &Origin,
        images: [usize; 3],
        [batch_size, threads]: [usize; 2],
        history: &History,
    ) -> Report {
        let [train_images, validation_images, test_images] = images;
        let seconds = history.epochs.iter().map(|epoch| epoch.train_seconds).sum::<f64>();
        let epochs = history.epochs.iter().map(|record| Epoch {
            epoch: record.epoch,
            train_loss: record.train.loss(),
            train_accuracy: record.train.accuracy(),
            validation_loss: record.validation.map(|score| score.loss()),
            validation_accuracy: record.validation.map(|score| score.accuracy()),
            lr: record.lr,
            train_seconds: record.train_seconds,
            validation_seconds: record.validation_seconds,
        });
        Report {
            data: data.to_string(),
            train_images,
            validation_images,
            test_images,
            epochs_asked: options.epochs,
            batch_size,
            lr: options.lr,
            momentum: MOMENTUM,
            weight_decay: WEIGHT_DECAY,
            augment: format!("{:?}", options.augment).to_lowercase(),
            seed: options.seed,
            threads,
            parameters: N::parameters(),
            mflop: N::FLOPS as f64 / 1e6,
            epochs: epochs.collect(),
            stopped_early: history.stopped_early,
            seconds_per_epoch: seconds / history.epochs.len().max(1) as f64,
            test: None,
        }
    }

    pub fn test(&mut self, outcome: &Outcome, seconds: f64) {
        self.test = Some(Test { test_seconds: seconds, figures: outcome.figures() });
    }
}
