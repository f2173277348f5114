//! The confusion matrix and the figures that follow from it:
//! `precision = TP / (TP + FP)`, `recall = TP / (TP + FN)`, `F1 = 2·TP / (2·TP + FP + FN)`.

use core::fmt;

/// The confusion matrix: how often each class was predicted for each true class.
///
/// For a class `c`, with `TP` = `counts[c][c]`, `FN` the rest of its row and `FP` the rest of its column:
///
/// ```text
/// precision = TP / (TP + FP)                     the fraction of samples predicted as c that are c
/// recall    = TP / (TP + FN)                     the fraction of samples of c that were predicted as c
/// F1        = 2·TP / (2·TP + FP + FN)            their harmonic mean
/// accuracy  = Σ TP / Σ counts
/// ```
///
/// (van Rijsbergen 1979, *Information Retrieval*, ch. 7; figures as in scikit-learn.) A figure that would be 0/0 (a class never
/// predicted, or one without samples) is 0, as with scikit-learn's `zero_division=0`. If no sample was counted at all, every
/// figure is NaN.
///
/// Prints as a matrix with one row for each true class:
///
/// ```
/// use shapeproof::metrics::Confusion;
///
/// let confusion = Confusion { counts: [[12, 3], [0, 5]] };
/// assert_eq!(confusion.recall(0), 0.8);
/// assert_eq!(format!("\n{confusion}"), r"
/// truth \ predicted   0   1
///                 0  12   3
///                 1   0   5");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion<const CLASSES: usize> {
    /// The number of samples, `counts[truth][predicted]`.
    pub counts: [[u64; CLASSES]; CLASSES],
}

impl<const CLASSES: usize> Confusion<CLASSES> {
    /// A matrix of zeros.
    pub const fn new() -> Self {
        Confusion { counts: [[0; CLASSES]; CLASSES] }
    }

    /// Counts one sample.
    ///
    /// # Panics
    ///
    /// If `label` or `predicted` is not less than `CLASSES`.
    pub fn record(&mut self, label: usize, predicted: usize) {
        check::<CLASSES>("label", label);
        check::<CLASSES>("prediction", predicted);
        self.counts[label][predicted] += 1;
    }

    /// Adds the counts of another matrix, for example from another thread or another part of the data.
    pub fn merge(&mut self, other: &Self) {
        let theirs = other.counts.as_flattened();
        for (ours, theirs) in self.counts.as_flattened_mut().iter_mut().zip(theirs) {
            *ours += theirs;
        }
    }

    /// The number of samples counted.
    pub fn total(&self) -> u64 {
        self.counts.as_flattened().iter().sum()
    }

    /// The fraction of samples whose class was predicted, from 0 to 1.
    pub fn accuracy(&self) -> f64 {
        self.ratio((0..CLASSES).map(|class| self.counts[class][class]).sum(), self.total())
    }

    /// The fraction of the samples predicted as `class` that are of that class.
    ///
    /// # Panics
    ///
    /// If `class` is not less than `CLASSES`.
    pub fn precision(&self, class: usize) -> f64 {
        let predicted = self.predicted(class);
        self.ratio(self.counts[class][class], predicted)
    }

    /// The fraction of the samples of `class` that were predicted as such.
    ///
    /// # Panics
    ///
    /// If `class` is not less than `CLASSES`.
    #[doc(alias = "sensitivity")]
    pub fn recall(&self, class: usize) -> f64 {
        let support = self.support(class);
        self.ratio(self.counts[class][class], support)
    }

    /// The harmonic mean of precision and recall of `class`.
    ///
    /// # Panics
    ///
    /// If `class` is not less than `CLASSES`.
    pub fn f1(&self, class: usize) -> f64 {
        // The row and the column both contain TP: their sum is 2·TP + FN + FP.
        let both = self.support(class) + self.predicted(class);
        self.ratio(2 * self.counts[class][class], both)
    }

    /// The number of samples of `class`.
    ///
    /// # Panics
    ///
    /// If `class` is not less than `CLASSES`.
    pub fn support(&self, class: usize) -> u64 {
        check::<CLASSES>("class", class);
        self.counts[class].iter().sum()
    }

    /// The unweighted mean of a figure over all `CLASSES` classes, including those without samples.
    ///
    /// ```
    /// # use shapeproof::metrics::Confusion;
    /// let confusion = Confusion { counts: [[12, 3], [0, 5]] };
    /// assert_eq!(confusion.macro_average(Confusion::recall), (0.8 + 1.0) / 2.0);
    /// ```
    pub fn macro_average(&self, figure: impl Fn(&Self, usize) -> f64) -> f64 {
        let sum: f64 = (0..CLASSES).map(|class| figure(self, class)).sum();
        sum / CLASSES as f64
    }

    /// The mean of a figure over all samples: each class is weighted by its [`support`](Confusion::support).
    pub fn weighted_average(&self, figure: impl Fn(&Self, usize) -> f64) -> f64 {
        let sum: f64 = (0..CLASSES).map(|class| self.support(class) as f64 * figure(self, class)).sum();
        sum / self.total() as f64
    }

    /// `part / whole`, where 0/0 is 0, or NaN if no samples were counted.
    fn ratio(&self, part: u64, whole: u64) -> f64 {
        if whole == 0 && self.total() > 0 { 0.0 } else { part as f64 / whole as f64 }
    }

    /// The number of samples predicted as `class`.
    fn predicted(&self, class: usize) -> u64 {
        check::<CLASSES>("class", class);
        self.counts.iter().map(|row| row[class]).sum()
    }
}

fn check<const CLASSES: usize>(what: &str, class: usize) {
    assert!(class < CLASSES, "{what} {class} is not a class of Confusion<{CLASSES}>, which has {CLASSES} classes");
}

impl<const CLASSES: usize> Default for Confusion<CLASSES> {
    fn default() -> Self {
        Confusion::new()
    }
}

/// One row per true class, one column per predicted class, as wide as the largest count.
impl<const CLASSES: usize> fmt::Display for Confusion<CLASSES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HEAD: &str = r"truth \ predicted";
        let largest = self.counts.as_flattened().iter().copied().max().unwrap_or(0);
        let digits = |number: u64| number.checked_ilog10().unwrap_or(0) as usize + 1;
        let width = digits(largest.max(CLASSES.saturating_sub(1) as u64)) + 2;

        f.write_str(HEAD)?;
        for class in 0..CLASSES {
            write!(f, "{class:>width$}")?;
        }
        for (class, row) in self.counts.iter().enumerate() {
            write!(f, "\n{class:>head$}", head = HEAD.len())?;
            for count in row {
                write!(f, "{count:>width$}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::Confusion;
    use crate::metrics::SAMPLE;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-15, "found {found}, expected {expected}");
    }

    #[test]
    fn by_hand() {
        let mut confusion = Confusion::<3>::new();
        for (label, predicted) in [(0, 0), (0, 1), (0, 1), (0, 0), (1, 1), (2, 0), (2, 2)] {
            confusion.record(label, predicted);
        }
        assert_eq!(confusion.counts, [[2, 2, 0], [0, 1, 0], [1, 0, 1]]);
        assert_eq!((confusion.total(), confusion.support(0)), (7, 4));
        for (found, expected) in [
            (confusion.accuracy(), 4.0 / 7.0),
            (confusion.precision(0), 2.0 / 3.0),
            (confusion.recall(0), 2.0 / 4.0),
            (confusion.f1(0), 4.0 / 7.0),
            (confusion.precision(1), 1.0 / 3.0),
            (confusion.recall(1), 1.0),
            (confusion.macro_average(Confusion::precision), (2.0 / 3.0 + 1.0 / 3.0 + 1.0) / 3.0),
            (confusion.weighted_average(Confusion::recall), (4.0 * 0.5 + 1.0 + 2.0 * 0.5) / 7.0),
        ] {
            close(found, expected);
        }
    }

    #[test]
    fn as_scikit_learn() {
        // y = [(t, p) for t in range(5) for p in range(5) for _ in range(counts[t][p])]; truth, predicted = zip(*y)
        // precision_recall_fscore_support(truth, predicted, labels=range(5), average=a, zero_division=0.0)
        // with a = None, "macro", "weighted"; accuracy_score(truth, predicted)
        let per_class = [
            (0.851063829787234, 0.8888888888888888, 0.8695652173913043, 45),
            (0.7142857142857143, 0.7692307692307693, 0.7407407407407407, 26),
            (0.0, 0.0, 0.0, 7),
            (0.6923076923076923, 0.6923076923076923, 0.6923076923076923, 13),
            (0.0, 0.0, 0.0, 0),
        ];
        for (class, (precision, recall, f1, support)) in per_class.into_iter().enumerate() {
            close(SAMPLE.precision(class), precision);
            close(SAMPLE.recall(class), recall);
            close(SAMPLE.f1(class), f1);
            assert_eq!(SAMPLE.support(class), support);
        }
        close(SAMPLE.macro_average(Confusion::precision), 0.4515314472761281);
        close(SAMPLE.macro_average(Confusion::recall), 0.47008547008547);
        close(SAMPLE.macro_average(Confusion::f1), 0.46052273008794753);
        close(SAMPLE.weighted_average(Confusion::precision), 0.7238384715588364);
        close(SAMPLE.weighted_average(Confusion::recall), 0.7582417582417582);
        close(SAMPLE.weighted_average(Confusion::f1), 0.7405460883721753);
        close(SAMPLE.accuracy(), 0.7582417582417582);
    }

    #[test]
    fn nothing_is_known_of_no_samples() {
        let empty = Confusion::<3>::default();
        assert_eq!(empty.total(), 0);
        let averages = [empty.macro_average(Confusion::f1), empty.weighted_average(Confusion::f1)];
        for figure in [empty.accuracy(), empty.precision(1), empty.recall(1), empty.f1(1)].into_iter().chain(averages) {
            assert!(figure.is_nan(), "{figure}");
        }
        // A class without samples has figures if other samples were counted.
        let confusion = Confusion { counts: [[1, 0], [0, 0]] };
        assert_eq!((confusion.precision(1), confusion.recall(1), confusion.f1(1)), (0.0, 0.0, 0.0));
        assert!(Confusion::<0>::new().macro_average(Confusion::f1).is_nan());
    }

    #[test]
    fn merging_is_counting_together() {
        let mut merged = Confusion { counts: [[1, 2], [3, 4]] };
        merged.merge(&Confusion { counts: [[10, 20], [30, 40]] });
        assert_eq!(merged.counts, [[11, 22], [33, 44]]);
    }

    #[test]
    fn prints_an_aligned_matrix() {
        let confusion = Confusion { counts: [[980, 0, 7], [1, 1135, 0], [0, 12, 1009]] };
        let expected = r"
truth \ predicted     0     1     2
                0   980     0     7
                1     1  1135     0
                2     0    12  1009";
        assert_eq!(confusion.to_string(), expected[1..]);
        let widest = Confusion::<11>::new().to_string(); // here the widest number is a class
        assert!(widest.starts_with(r"truth \ predicted   0   1   2   3   4   5   6   7   8   9  10"), "{widest}");
    }

    #[test]
    #[should_panic(expected = "label 3 is not a class of Confusion<3>, which has 3 classes")]
    fn a_label_beyond_the_classes_panics() {
        Confusion::<3>::new().record(3, 0);
    }

    #[test]
    #[should_panic(expected = "prediction 9 is not a class of Confusion<3>")]
    fn a_prediction_beyond_the_classes_panics() {
        Confusion::<3>::new().record(2, 9);
    }

    #[test]
    #[should_panic(expected = "class 5 is not a class of Confusion<5>")]
    fn a_figure_of_no_class_panics() {
        SAMPLE.precision(5);
    }
}
