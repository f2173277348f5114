//! The score of a network on some samples: mean loss, and the metrics that fit the task.

use core::fmt;
use core::iter::Sum;
use core::mem;

use crate::metrics::{Measured, Regression};

/// Sums over samples, from which the means are computed; two scores can be added.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// How many samples were counted.
    pub samples: usize,
    /// The sum of their losses.
    pub loss_sum: f64,
    /// What the loss [measures](crate::loss::Loss::measure) beside itself: accuracy, or MAE, RMSE and R².
    pub measured: Measured,
}

impl Score {
    /// Returns the mean loss; NaN without samples.
    pub fn loss(&self) -> f64 {
        self.loss_sum / self.samples as f64
    }

    /// Returns the share of predictions that are right, 0 to 1; NaN without samples, and where the loss does not define it.
    pub fn accuracy(&self) -> f64 {
        self.measured.accuracy()
    }

    /// Returns how far predicted numbers are from their targets, if the loss measures that: MAE, RMSE and R².
    pub fn errors(&self) -> Option<&Regression> {
        self.measured.errors()
    }

    /// The score of samples, each with its loss and the result of [`Loss::measure`](crate::loss::Loss::measure): every [`BLOCK`](Score::BLOCK) of them
    /// are summed, and then these sums, so that several processes can share the work and find the same bits.
    pub(super) fn of(samples: impl IntoIterator<Item = (f64, Measured)>) -> Score {
        let (mut sum, mut block) = (Score::default(), Score::default());
        for (loss, measured) in samples {
            block.record(loss, measured);
            if block.samples == Score::BLOCK {
                sum.add(&mem::take(&mut block));
            }
        }
        sum.add(&block);
        sum
    }

    /// Adds one sample, with the result of [`Loss::measure`](crate::loss::Loss::measure) for it.
    pub fn record(&mut self, loss: f64, measured: Measured) {
        self.add(&Score { samples: 1, loss_sum: loss, measured });
    }

    /// How many samples are summed before their sums are.
    pub(super) const BLOCK: usize = 64;

    /// How many words [`to_words`](Score::to_words) returns.
    #[cfg(feature = "mpi")]
    pub(super) const WORDS: usize = 8;

    /// The score as a message to another process.
    #[cfg(feature = "mpi")]
    pub(super) fn to_words(self) -> [u64; Score::WORDS] {
        let [samples, loss_sum] = [self.samples as u64, self.loss_sum.to_bits()];
        match self.measured {
            Measured::Nothing => [samples, loss_sum, 0, 0, 0, 0, 0, 0],
            Measured::Accuracy { correct, of } => [samples, loss_sum, 1, correct as u64, of as u64, 0, 0, 0],
            Measured::Regression(Regression { numbers, absolute, squared, mean, variation }) => {
                let [absolute, squared, mean, variation] = [absolute, squared, mean, variation].map(f64::to_bits);
                [samples, loss_sum, 2, numbers, absolute, squared, mean, variation]
            }
        }
    }

    /// The score in a message.
    #[cfg(feature = "mpi")]
    pub(super) fn from_words(words: &[u64]) -> Score {
        let number = |at: usize| f64::from_bits(words[at]);
        let measured = match words[2] {
            0 => Measured::Nothing,
            1 => Measured::Accuracy { correct: words[3] as usize, of: words[4] as usize },
            _ => {
                let [absolute, squared, mean, variation] = [4, 5, 6, 7].map(number);
                Measured::Regression(Regression { numbers: words[3], absolute, squared, mean, variation })
            }
        };
        Score { samples: words[0] as usize, loss_sum: number(1), measured }
    }

    /// Adds the samples of `other`.
    ///
    /// # Panics
    /// If the two measure different things.
    pub fn add(&mut self, other: &Score) {
        self.samples += other.samples;
        self.loss_sum += other.loss_sum;
        self.measured.add(&other.measured);
    }
}

/// The sum of all scores.
impl<'a> Sum<&'a Score> for Score {
    fn sum<I: Iterator<Item = &'a Score>>(scores: I) -> Score {
        let mut sum = Score::default();
        scores.for_each(|score| sum.add(score));
        sum
    }
}

/// `loss 0.0524   accuracy 98.31 %`, or `loss 0.0052   MAE 0.0312   RMSE 0.0721   R² 0.9312`: what the loss measures.
impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "loss {:.4}", self.loss())?;
        match self.measured {
            Measured::Nothing => Ok(()),
            measured => write!(f, "   {measured}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn nothing_is_known_of_no_samples() {
        let mut score = Score::default();
        assert!(score.loss().is_nan() && score.accuracy().is_nan());
        score.record(0.5, Measured::correct(true));
        score.add(&Score { samples: 3, loss_sum: 2.5, measured: Measured::Accuracy { correct: 0, of: 3 } });
        assert_eq!((score.loss(), score.accuracy()), (0.75, 0.25));
        assert_eq!(score.to_string(), "loss 0.7500   accuracy 25.00 %");
    }

    #[test]
    fn it_shows_what_fits_the_task() {
        let mut score = Score::default();
        score.record(0.5, Measured::Nothing);
        score.add(&score.clone());
        assert_eq!((score.errors(), score.to_string()), (None, "loss 0.5000".into()));
        assert!(score.accuracy().is_nan());
        score.record(2.0, Measured::regression(&[1.0, 2.0], &[1.0, 0.0]));
        assert_eq!(score.to_string(), "loss 1.0000   MAE 1.0000   RMSE 1.4142   R² -7.0000");
    }
}
