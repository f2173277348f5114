//! Every figure the example prints, as JSON.

use serde::Serialize;
use shapeproof::data::mnist::Origin;
use shapeproof::metrics::Confusion;
use shapeproof::train::{History, Score};

use crate::Options;

/// One run. Accuracies are fractions, times are seconds.
#[derive(Serialize)]
pub struct Report {
    data: String,
    epochs_asked: u32,
    batch_size: usize,
    lr: f64,
    seed: u64,
    threads: usize,
    parameters: usize,
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

#[derive(Serialize)]
struct Test {
    test_loss: f64,
    test_accuracy: f64,
    test_seconds: f64,
    /// Rows are the truth, columns what was predicted.
    confusion: Vec<Vec<u64>>,
    classes: Vec<Class>,
}

#[derive(Serialize)]
struct Class {
    class: usize,
    precision: f64,
    recall: f64,
    f1: f64,
    support: u64,
}

impl Report {
    pub fn new(options: &Options, data: &Origin, parameters: usize, threads: usize, history: &History) -> Report {
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
            epochs_asked: options.epochs,
            batch_size: options.batch_size,
            lr: options.lr,
            seed: options.seed,
            threads,
            parameters,
            epochs: epochs.collect(),
            stopped_early: history.stopped_early,
            seconds_per_epoch: seconds / history.epochs.len().max(1) as f64,
            test: None,
        }
    }

    pub fn test(&mut self, score: &Score, confusion: &Confusion<10>, seconds: f64) {
        self.test = Some(Test {
            test_loss: score.loss(),
            test_accuracy: score.accuracy(),
            test_seconds: seconds,
            confusion: confusion.counts.iter().map(|row| row.to_vec()).collect(),
            classes: (0..10)
                .map(|class| Class {
                    class,
                    precision: confusion.precision(class),
                    recall: confusion.recall(class),
                    f1: confusion.f1(class),
                    support: confusion.support(class),
                })
                .collect(),
        });
    }
}
