//! The score of a network on some samples: mean loss, and accuracy where there is one.

use core::fmt;
use core::iter::Sum;

/// Sums over samples, from which the means are computed; two scores can be added.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// How many samples were counted.
    pub samples: usize,
    /// The sum of their losses.
    pub loss_sum: f64,
    /// How many were predicted correctly, if the loss [defines](crate::loss::Loss::is_correct) that.
    pub correct: Option<usize>,
}

impl Score {
    /// Returns the mean loss; NaN without samples.
    pub fn loss(&self) -> f64 {
        self.loss_sum / self.samples as f64
    }

    /// Returns the share of samples predicted correctly, 0 to 1; NaN without samples, and where the loss does not define it.
    pub fn accuracy(&self) -> f64 {
        self.correct.map_or(f64::NAN, |correct| correct as f64 / self.samples as f64)
    }

    /// Adds one sample, with the result of [`Loss::is_correct`](crate::loss::Loss::is_correct) for it.
    pub fn record(&mut self, loss: f64, is_correct: Option<bool>) {
        self.add(&Score { samples: 1, loss_sum: loss, correct: is_correct.map(usize::from) });
    }

    /// Adds the samples of `other`.
    pub fn add(&mut self, other: &Score) {
        self.samples += other.samples;
        self.loss_sum += other.loss_sum;
        if let Some(correct) = other.correct {
            *self.correct.get_or_insert(0) += correct;
        }
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

/// `loss 0.0524   accuracy 98.31 %`, the second only where there is an accuracy.
impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "loss {:.4}", self.loss())?;
        if self.correct.is_some() { write!(f, "   accuracy {:.2} %", 100.0 * self.accuracy()) } else { Ok(()) }
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
        score.record(0.5, Some(true));
        score.add(&Score { samples: 3, loss_sum: 2.5, correct: Some(0) });
        assert_eq!((score.loss(), score.accuracy()), (0.75, 0.25));
        assert_eq!(score.to_string(), "loss 0.7500   accuracy 25.00 %");
    }

    #[test]
    fn there_is_no_accuracy_where_nothing_is_right_or_wrong() {
        let mut score = Score::default();
        score.record(0.5, None);
        score.add(&score.clone());
        assert_eq!((score.correct, score.to_string()), (None, "loss 0.5000".into()));
        assert!(score.accuracy().is_nan());
    }
}
