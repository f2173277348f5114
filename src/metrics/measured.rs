//! The metrics that fit a task: what a training reports beside its loss.

use core::fmt;

use super::Regression;
use crate::scalar::Scalar;

/// The metrics of some predictions: accuracy if they are right or wrong, MAE, RMSE and R² if they are numbers.
///
/// A [`Loss`](crate::loss::Loss::measure) knows what fits its task, and makes those of one sample; a
/// [`Score`](crate::train::Score) has their sum.
///
/// ```
/// use shapeproof::metrics::Measured;
///
/// let mut measured = Measured::default();
/// for (predicted, label) in [(3, 3), (1, 2), (0, 0), (5, 5)] {
///     measured.add(&Measured::correct(predicted == label));
/// }
/// assert_eq!(measured.to_string(), "accuracy 75.00 %");
///
/// let measured = Measured::regression(&[2.5, 0.0, 2.0, 8.0], &[3.0, -0.5, 2.0, 7.0]);
/// assert_eq!(measured.to_string(), "MAE 0.5000   RMSE 0.6124   R² 0.9486");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Measured {
    /// Nothing.
    #[default]
    Nothing,
    /// How many predictions were right.
    Accuracy {
        /// The right ones.
        correct: usize,
        /// All.
        of: usize,
    },
    /// How far predicted numbers were from their targets.
    Regression(Regression),
}

impl Measured {
    /// One prediction that is right or wrong.
    pub fn correct(is_correct: bool) -> Measured {
        Measured::Accuracy { correct: usize::from(is_correct), of: 1 }
    }

    /// Predicted numbers and their targets.
    ///
    /// # Panics
    /// If there are more of the ones than of the others.
    pub fn regression<T: Scalar>(predicted: &[T], targets: &[T]) -> Measured {
        let mut regression = Regression::default();
        regression.record(predicted, targets);
        Measured::Regression(regression)
    }

    /// Adds the predictions of `other`.
    ///
    /// # Panics
    /// If the two measure different things.
    pub fn add(&mut self, other: &Measured) {
        match (self, other) {
            (_, Measured::Nothing) => {}
            (sum @ Measured::Nothing, other) => *sum = *other,
            (Measured::Accuracy { correct, of }, Measured::Accuracy { correct: more_correct, of: more }) => {
                *correct += more_correct;
                *of += more;
            }
            (Measured::Regression(sum), Measured::Regression(other)) => sum.add(other),
            (sum, other) => panic!("{sum:?} and {other:?} do not measure the same"),
        }
    }

    /// The share of predictions that are right, from 0 to 1; NaN if there are none, or nothing is right or wrong.
    pub fn accuracy(&self) -> f64 {
        match *self {
            Measured::Accuracy { correct, of } => correct as f64 / of as f64,
            _ => f64::NAN,
        }
    }

    /// How far numbers are from their targets, if that was measured.
    pub fn errors(&self) -> Option<&Regression> {
        match self {
            Measured::Regression(regression) => Some(regression),
            _ => None,
        }
    }
}

/// `accuracy 98.31 %`, or `MAE 0.0312   RMSE 0.0451   R² 0.9312`, or nothing.
impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Measured::Nothing => Ok(()),
            Measured::Accuracy { .. } => write!(f, "accuracy {:.2} %", 100.0 * self.accuracy()),
            Measured::Regression(all) => {
                write!(f, "MAE {:.4}   RMSE {:.4}   R² {:.4}", all.mae(), all.rmse(), all.r2())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn what_is_not_measured_does_not_count() {
        let mut sum = Measured::Nothing;
        assert!(sum.accuracy().is_nan() && sum.errors().is_none() && sum.to_string().is_empty());
        for one in [Measured::Nothing, Measured::correct(true), Measured::Nothing, Measured::correct(false)] {
            sum.add(&one);
        }
        assert_eq!((sum, sum.accuracy()), (Measured::Accuracy { correct: 1, of: 2 }, 0.5));
        let mut errors = Measured::regression(&[1.0], &[3.0]);
        errors.add(&Measured::regression(&[5.0], &[5.0]));
        assert_eq!(errors.errors().map(|errors| (errors.mae(), errors.r2())), Some((1.0, -1.0)));
        assert!(errors.accuracy().is_nan());
    }

    #[test]
    #[should_panic(expected = "do not measure the same")]
    fn classes_and_numbers_are_not_added() {
        Measured::correct(true).add(&Measured::regression(&[1.0], &[3.0]));
    }
}
