//! How well a network does on some samples: mean loss and accuracy.

/// Sums over samples, from which the means follow; two can be added up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// How many samples were counted.
    pub samples: usize,
    /// The sum of their losses.
    pub loss_sum: f64,
    /// How many were predicted correctly ([`Loss::is_correct`](crate::loss::Loss::is_correct)).
    pub correct: usize,
}

impl Score {
    /// The mean loss; NaN of no samples.
    pub fn loss(&self) -> f64 {
        self.loss_sum / self.samples as f64
    }

    /// The share of samples predicted correctly, 0 to 1; NaN of no samples.
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.samples as f64
    }

    /// Counts one more sample.
    pub fn record(&mut self, loss: f64, is_correct: bool) {
        self.samples += 1;
        self.loss_sum += loss;
        self.correct += usize::from(is_correct);
    }

    /// Counts the samples of `other` too.
    pub fn add(&mut self, other: &Score) {
        self.samples += other.samples;
        self.loss_sum += other.loss_sum;
        self.correct += other.correct;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_known_of_no_samples() {
        let mut score = Score::default();
        assert!(score.loss().is_nan() && score.accuracy().is_nan());
        score.record(0.5, true);
        score.add(&Score { samples: 3, loss_sum: 2.5, correct: 0 });
        assert_eq!((score.loss(), score.accuracy()), (0.75, 0.25));
    }
}
