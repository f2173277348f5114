//! The per-class report: precision, recall, F1 and support of every class of a confusion matrix, as a table.

use core::fmt;

use crate::metrics::Confusion;

/// A table of precision, recall, F1 and support, made by [`Confusion::report`]; it prints with four decimals.
///
/// The layout is that of scikit-learn's `classification_report`: a row per class, then the accuracy, the mean over classes
/// (macro) and the mean over samples (weighted).
#[derive(Clone, Copy, Debug)]
pub struct Report<'a, const CLASSES: usize>(&'a Confusion<CLASSES>);

impl<const CLASSES: usize> Confusion<CLASSES> {
    /// Returns a printable table of precision, recall, F1 and support of every class.
    ///
    /// ```
    /// # use shapeproof::metrics::Confusion;
    /// let confusion = Confusion { counts: [[12, 3], [0, 5]] };
    /// assert_eq!(format!("\n{}", confusion.report()), "
    ///               precision    recall  f1-score   support
    ///
    ///            0     1.0000    0.8000    0.8889        15
    ///            1     0.6250    1.0000    0.7692         5
    ///
    ///     accuracy                         0.8500        20
    ///    macro avg     0.8125    0.9000    0.8291        20
    /// weighted avg     0.9062    0.8500    0.8590        20");
    /// ```
    #[doc(alias = "classification_report")]
    pub const fn report(&self) -> Report<'_, CLASSES> {
        Report(self)
    }
}

impl<const CLASSES: usize> fmt::Display for Report<'_, CLASSES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report(confusion) = self;
        let total = confusion.total();

        writeln!(f, "{:12}  {:>9} {:>9} {:>9} {:>9}\n", "", "precision", "recall", "f1-score", "support")?;
        for class in 0..CLASSES {
            let figures = [confusion.precision(class), confusion.recall(class), confusion.f1(class)];
            row(f, class, figures, confusion.support(class))?;
            writeln!(f)?;
        }
        writeln!(f, "\n{:>12}  {:9} {:9} {:9.4} {total:>9}", "accuracy", "", "", confusion.accuracy())?;
        let figures = [Confusion::precision, Confusion::recall, Confusion::f1];
        row(f, "macro avg", figures.map(|figure| confusion.macro_average(figure)), total)?;
        writeln!(f)?;
        row(f, "weighted avg", figures.map(|figure| confusion.weighted_average(figure)), total)
    }
}

fn row(f: &mut fmt::Formatter<'_>, name: impl fmt::Display, figures: [f64; 3], support: u64) -> fmt::Result {
    let [precision, recall, f1] = figures;
    write!(f, "{name:>12}  {precision:9.4} {recall:9.4} {f1:9.4} {support:>9}")
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use crate::metrics::{Confusion, SAMPLE};

    #[test]
    fn prints_what_scikit_learn_prints() {
        // classification_report(truth, predicted, labels=range(5), digits=4, zero_division=0.0), as in confusion.rs
        let expected = "
              precision    recall  f1-score   support

           0     0.8511    0.8889    0.8696        45
           1     0.7143    0.7692    0.7407        26
           2     0.0000    0.0000    0.0000         7
           3     0.6923    0.6923    0.6923        13
           4     0.0000    0.0000    0.0000         0

    accuracy                         0.7582        91
   macro avg     0.4515    0.4701    0.4605        91
weighted avg     0.7238    0.7582    0.7405        91";
        assert_eq!(SAMPLE.report().to_string(), expected[1..]);
    }

    #[test]
    fn a_report_of_no_samples_says_so() {
        let expected = "
              precision    recall  f1-score   support

           0        NaN       NaN       NaN         0

    accuracy                            NaN         0
   macro avg        NaN       NaN       NaN         0
weighted avg        NaN       NaN       NaN         0";
        assert_eq!(Confusion::<1>::new().report().to_string(), expected[1..]);
    }
}
