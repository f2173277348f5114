//! Predicted numbers beside their targets: what a report says of a regression.

use alloc::vec::Vec;

use super::judge::Judged;

/// How many of the largest errors are shown.
pub(super) const LARGEST: usize = 12;

/// The predictions of numbers.
pub(super) struct Numbers {
    /// Targets and predictions.
    pub pairs: Vec<(f64, f64)>,
    /// The largest errors.
    pub worst: Vec<LargeError>,
}

/// A sample whose prediction is far from its target.
pub(super) struct LargeError {
    pub index: usize,
    pub target: f64,
    pub predicted: f64,
}

impl Numbers {
    pub fn new(judged: Vec<Judged>) -> Numbers {
        let (mut pairs, mut worst) = (Vec::new(), Vec::new());
        for (index, one) in judged.into_iter().enumerate() {
            let Judged::Numbers { predicted, targets } = one else { continue };
            let of_sample = targets.into_iter().zip(predicted);
            let largest = of_sample.clone().max_by(|a, b| (a.0 - a.1).abs().total_cmp(&(b.0 - b.1).abs()));
            worst.extend(largest.map(|(target, predicted)| LargeError { index, target, predicted }));
            pairs.extend(of_sample);
        }
        worst.sort_by(|a, b| b.size().total_cmp(&a.size()));
        worst.truncate(LARGEST);
        Numbers { pairs, worst }
    }

    /// The differences, predicted − target.
    pub fn errors(&self) -> impl Iterator<Item = f64> + Clone + '_ {
        self.pairs.iter().map(|(target, predicted)| predicted - target)
    }
}

impl LargeError {
    fn size(&self) -> f64 {
        (self.predicted - self.target).abs()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn the_largest_error_comes_first() {
        let one = |target, predicted| Judged::Numbers { predicted: vec![predicted], targets: vec![target] };
        let numbers = Numbers::new(vec![one(1.0, 1.5), one(0.0, -2.0), one(3.0, 3.0)]);
        assert_eq!(numbers.worst.iter().map(|error| error.index).collect::<Vec<_>>(), [1, 0, 2]);
        assert_eq!(numbers.errors().collect::<Vec<_>>(), [0.5, -2.0, 0.0]);
    }
}
