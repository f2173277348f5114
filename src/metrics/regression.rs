//! Metrics of regression: MAE, RMSE and R².

use num_traits::Float;

use crate::scalar::Scalar;

/// How far predicted numbers are from their targets: sums, from which the metrics are computed.
///
/// ```text
/// MAE  = 1/N Σ |y − t|                              mean absolute error
/// RMSE = √(1/N Σ (y − t)²)                          root mean squared error
/// R²   = 1 − Σ (y − t)² / Σ (t − mean t)²           coefficient of determination
/// ```
///
/// The first two are in the unit of the targets. R² is 1 for a perfect prediction, 0 for one that is no better than the mean of all
/// targets, and below 0 for a worse one. The sums are over all `N` numbers: of all samples, and of all outputs of each. For one
/// output this is scikit-learn's `r2_score`, for several it is that of the flattened arrays.
///
/// ```
/// use shapeproof::metrics::Regression;
///
/// let mut regression = Regression::default();
/// regression.record(&[2.5, 0.0], &[3.0, -0.5]);
/// regression.record(&[2.0, 8.0], &[2.0, 7.0]);
/// assert_eq!(regression.mae(), 0.5);
/// assert!((regression.rmse() - 0.375_f64.sqrt()).abs() < 1e-12);
/// assert!((regression.r2() - 0.948608).abs() < 1e-6);
/// ```
#[doc(alias = "MAE")]
#[doc(alias = "RMSE")]
#[doc(alias = "R2")]
#[doc(alias = "r2_score")]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Regression {
    /// `N`: how many numbers were compared.
    pub numbers: u64,
    /// `Σ |y − t|`
    pub absolute: f64,
    /// `Σ (y − t)²`
    pub squared: f64,
    /// The mean of the targets.
    pub mean: f64,
    /// `Σ (t − mean t)²`
    pub variation: f64,
}

impl Regression {
    /// Adds predicted numbers and their targets.
    ///
    /// # Panics
    /// If there are more of the ones than of the others.
    pub fn record<T: Scalar>(&mut self, predicted: &[T], targets: &[T]) {
        let (found, expected) = (predicted.len(), targets.len());
        assert_eq!(found, expected, "regression of {found} predicted numbers against {expected} targets");
        let mut of_these = Regression { numbers: expected as u64, ..Regression::default() };
        // Relative to the first target: of equal ones, the mean is exact.
        let (first, mut beyond) = (targets.first().map_or(0.0, |t| t.into_f64()), 0.0);
        for (y, t) in predicted.iter().zip(targets) {
            let distance = y.into_f64() - t.into_f64();
            of_these.absolute += Float::abs(distance);
            of_these.squared += distance * distance;
            beyond += t.into_f64() - first;
        }
        of_these.mean = first + beyond / expected.max(1) as f64;
        for t in targets {
            let distance = t.into_f64() - of_these.mean;
            of_these.variation += distance * distance;
        }
        self.add(&of_these);
    }

    /// Adds the numbers of `other`.
    ///
    /// (Chan, Golub and LeVeque 1983, *Algorithms for computing the sample variance*, eq. 2.1: nothing cancels, however far from 0
    /// the targets are.)
    pub fn add(&mut self, other: &Regression) {
        let (before, added) = (self.numbers as f64, other.numbers as f64);
        if other.numbers == 0 {
            return;
        }
        let (all, apart) = (before + added, other.mean - self.mean);
        self.numbers += other.numbers;
        self.absolute += other.absolute;
        self.squared += other.squared;
        self.mean += apart * (added / all);
        self.variation += other.variation + apart * apart * (before * added / all);
    }

    /// Mean absolute error; NaN without numbers.
    pub fn mae(&self) -> f64 {
        self.absolute / self.numbers as f64
    }

    /// Root mean squared error; NaN without numbers.
    pub fn rmse(&self) -> f64 {
        Float::sqrt(self.squared / self.numbers as f64)
    }

    /// Coefficient of determination; −∞ or NaN if all targets are equal.
    pub fn r2(&self) -> f64 {
        1.0 - self.squared / self.variation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_what_scikit_learn_prints() {
        // mean_absolute_error, root_mean_squared_error and r2_score of the flattened arrays
        let mut regression = Regression::default();
        for (y, t) in [([0.0, 1.5], [0.5, 1.0]), ([-1.0, 2.0], [-1.0, 1.0]), ([8.0, -5.0], [7.0, -6.0])] {
            regression.record(&y, &t);
        }
        let found = [regression.mae(), regression.rmse(), regression.r2()];
        let expected = [0.6666666666666666, 0.7637626158259734, 0.959866220735786];
        for (found, expected) in found.into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-14, "{found}, not {expected}");
        }
    }

    #[test]
    fn parts_are_the_whole_and_nothing_cancels() {
        // Years in seconds: Σt² − (Σt)²/N would have no digit left.
        let target = |i: usize| 1.7e9 + (i % 7) as f64;
        let (mut whole, mut sum) = (Regression::default(), Regression::default());
        for part in [0..3, 3..3, 3..20, 20..1000] {
            let targets: alloc::vec::Vec<f64> = part.map(target).collect();
            let predicted: alloc::vec::Vec<f64> = targets.iter().map(|t| t + 1.0).collect();
            whole.record(&predicted, &targets);
            let mut alone = Regression::default();
            alone.record(&predicted, &targets);
            sum.add(&alone);
        }
        assert_eq!(whole, sum);
        let mean = (0..1000).map(|i| (i % 7) as f64).sum::<f64>() / 1000.0;
        let variation: f64 = (0..1000).map(|i| ((i % 7) as f64 - mean).powi(2)).sum();
        assert!((whole.r2() - (1.0 - 1000.0 / variation)).abs() < 1e-8, "{whole:?}");
        assert_eq!((whole.mae(), whole.rmse()), (1.0, 1.0));
    }

    #[test]
    fn where_nothing_varies_nothing_is_explained() {
        let nothing = Regression::default();
        assert!(nothing.mae().is_nan() && nothing.rmse().is_nan() && nothing.r2().is_nan());
        let mut equal = Regression::default();
        equal.record(&[1.0f32, 2.0], &[1.0, 1.0]);
        assert_eq!((equal.mae(), equal.r2()), (0.5, f64::NEG_INFINITY));
        // Their sum is rounded.
        let mut rounded = Regression::default();
        rounded.record(&[0.0; 10], &[0.1; 10]);
        assert_eq!(rounded.r2(), f64::NEG_INFINITY);
    }

    #[test]
    #[should_panic(expected = "regression of 2 predicted numbers against 1 targets")]
    fn numbers_without_a_target_panic() {
        Regression::default().record(&[1.0, 2.0], &[1.0]);
    }
}
