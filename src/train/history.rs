//! The history of a training, epoch by epoch.

use alloc::vec::Vec;
use core::fmt;

use super::Score;
use crate::metrics::Measured;

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
        write!(f, "epoch {epoch:>3}   ")?;
        match (train.measured, validation) {
            // Six figures are too many for a line: those of the training data are in the CSV file.
            (Measured::Regression(_), Some(_)) => write!(f, "loss {:.4}", train.loss())?,
            _ => write!(f, "{train}")?,
        }
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

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn a_line_has_the_figures_of_the_validation_data() {
        let mut one = EpochRecord {
            epoch: 7,
            train: Score { samples: 1, loss_sum: 0.5, measured: Measured::correct(true) },
            validation: Some(Score { samples: 2, loss_sum: 1.5, measured: Measured::correct(false) }),
            lr: 0.02,
            train_seconds: 3.12,
            validation_seconds: 0.5,
        };
        let accuracy = "accuracy 100.00 %   validation loss 0.7500   accuracy 0.00 %";
        assert_eq!(one.to_string(), alloc::format!("epoch   7   loss 0.5000   {accuracy}   lr 2.00e-2   3.1 s"));
        let measured = Measured::regression(&[2.0], &[1.0]);
        one.train.measured = measured;
        one.validation = Some(Score { samples: 1, loss_sum: 1.0, measured });
        let line = one.to_string();
        assert!(line.starts_with("epoch   7   loss 0.5000   validation loss 1.0000   MAE 1.0000   RMSE 1.0000   R² "));
        one.validation = None;
        assert!(one.to_string().starts_with("epoch   7   loss 0.5000   MAE 1.0000   RMSE 1.0000   R² "));
    }
}
