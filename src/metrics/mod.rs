//! Metrics of classification and of regression.
//!
//! | | for | |
//! |---|---|---|
//! | [`accuracy`], [`top_k`], [`Confusion`] | classes | |
//! | [`auroc`], [`average_precision`] | two classes | of all thresholds together |
//! | [`Regression`] | numbers | MAE, RMSE, R² |
//! | [`Measured`] | each task | what a training reports beside its loss |
//!
//! A predicted class is the [`argmax`] of the logits. [`accuracy`] and [`top_k`] compare predictions with labels, [`Confusion`] counts
//! which class is predicted for which, and its [`report`](Confusion::report) gives precision, recall and F1 of every class.
//!
//! ```
//! use shapeproof::metrics::{Confusion, argmax};
//!
//! let logits = [[0.1, 2.0, -1.0], [3.0, 0.0, 0.5], [0.0, 0.2, 0.1]];
//! let labels = [1, 0, 2];
//!
//! let mut confusion = Confusion::<3>::new();
//! for (logits, label) in logits.iter().zip(labels) {
//!     confusion.record(label, argmax(logits));
//! }
//! assert_eq!(confusion.counts, [[1, 0, 0], [0, 1, 0], [0, 1, 0]]);
//! assert_eq!(confusion.accuracy(), 2.0 / 3.0);
//! println!("{confusion}\n\n{}", confusion.report());
//! ```

mod accuracy;
mod confusion;
mod measured;
mod ranking;
mod regression;
mod report;

pub use accuracy::{accuracy, argmax, top_k};
pub use confusion::Confusion;
pub use measured::Measured;
pub use ranking::{auroc, average_precision};
pub use regression::Regression;
pub use report::Report;

/// The matrix whose figures were computed with scikit-learn. Class 2 is never predicted, class 4 has no samples.
#[cfg(test)]
const SAMPLE: Confusion<5> =
    Confusion { counts: [[40, 3, 0, 2, 0], [5, 20, 0, 1, 0], [2, 4, 0, 1, 0], [0, 1, 0, 9, 3], [0; 5]] };
