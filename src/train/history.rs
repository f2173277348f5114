//! The history of a training, epoch by epoch.

use alloc::vec::Vec;
use core::fmt;

use super::Score;

/// The record of one epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochRecord {
    /// Counted from 1.
    pub epoch: usize,
    /// On the training data, while training: each mini-batch before its step, with dropout and the like active.
    pub train: Score,
    /// On the validation data after the epoch, if there are any.
    pub validation: Option<Score>,
    /// The learning rate of the epoch's last step.
    pub lr: f64,
    /// How long the steps took.
    pub train_seconds: f64,
    /// How long the validation took.
    pub validation_seconds: f64,
}

/// All epochs of a training.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// In order. An epoch that was stopped in the middle is included, with the samples before the stop.
    pub epochs: Vec<EpochRecord>,
    /// Whether a callback stopped the training before the end of its last epoch.
    pub stopped_early: bool,
}

impl History {
    /// The epoch with the smallest validation loss; of equal ones, the first.
    pub fn best(&self) -> Option<&EpochRecord> {
        History::best_of(&self.epochs)
    }

    pub(super) fn best_of(epochs: &[EpochRecord]) -> Option<&EpochRecord> {
        let loss = |record: &EpochRecord| record.validation.map_or(f64::INFINITY, |score| score.loss());
        epochs.iter().filter(|record| loss(record).is_finite()).min_by(|a, b| loss(a).total_cmp(&loss(b)))
    }
}

/// The record on one line.
impl fmt::Display for EpochRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let EpochRecord { epoch, train, validation, lr, train_seconds, .. } = self;
        write!(f, "epoch {epoch:>3}   {train}")?;
        if let Some(score) = validation {
            write!(f, "   validation {score}")?;
        }
        write!(f, "   lr {lr:.2e}   {train_seconds:.1} s")
    }
}

/// One line for each epoch.
impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.epochs.iter().try_for_each(|record| writeln!(f, "{record}"))
    }
}
