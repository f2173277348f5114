//! The history of a training as CSV and as JSON.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{EpochRecord, History, Score};

/// The columns of an epoch, in order.
const COLUMNS: [&str; 16] = [
    "epoch",
    "train_samples",
    "train_loss",
    "train_accuracy",
    "train_mae",
    "train_rmse",
    "train_r2",
    "validation_samples",
    "validation_loss",
    "validation_accuracy",
    "validation_mae",
    "validation_rmse",
    "validation_r2",
    "lr",
    "train_seconds",
    "validation_seconds",
];

impl History {
    /// The epochs as CSV: a line of column names, and a line for each epoch.
    ///
    /// | column | |
    /// |---|---|
    /// | `epoch` | counted from 1 |
    /// | `train_samples`, `train_loss` | on the training data, while training |
    /// | `train_accuracy` | from 0 to 1, if predictions are right or wrong |
    /// | `train_mae`, `train_rmse`, `train_r2` | MAE, RMSE and R², if they are numbers |
    /// | `validation_samples`, … | the same on the validation data, if there are any |
    /// | `lr` | the learning rate of the epoch's last step |
    /// | `train_seconds`, `validation_seconds` | how long it took |
    ///
    /// What is not known is empty. Numbers have as many digits as they need to be read back exactly.
    ///
    /// ```
    /// # use shapeproof::metrics::Measured;
    /// # use shapeproof::train::{EpochRecord, History, Score};
    /// # let train = Score { samples: 4, loss_sum: 2.0, measured: Measured::Accuracy { correct: 3, of: 4 } };
    /// # let record = EpochRecord { epoch: 1, train, validation: None, lr: 0.1, train_seconds: 0.25, validation_seconds: 0.0 };
    /// # let history = History { epochs: vec![record], stopped_early: false };
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("history.csv");
    /// shapeproof::io::write_atomically(&path, history.to_csv().as_bytes())?;
    /// # let csv = std::fs::read_to_string(&path).unwrap();
    /// assert_eq!(csv.lines().nth(1), Some("1,4,0.5,0.75,,,,,,,,,,0.1,0.25,0"));
    /// # Ok::<(), shapeproof::Error>(())
    /// ```
    pub fn to_csv(&self) -> String {
        let mut csv = COLUMNS.join(",") + "\n";
        for record in &self.epochs {
            csv += &(figures(record).map(|figure| figure.unwrap_or_default()).join(",") + "\n");
        }
        csv
    }

    /// The history as JSON: an object with `stopped_early`, `best_epoch` (the number of the [best](History::best), or `null`), and
    /// `epochs`, an object for each with the columns of [`to_csv`](History::to_csv). What is not known is `null`.
    pub fn to_json(&self) -> String {
        let epoch = |record: &EpochRecord| {
            let pairs = COLUMNS.iter().zip(figures(record));
            let members = pairs.map(|(name, figure)| format!("\"{name}\": {}", figure.unwrap_or_else(null)));
            format!("    {{{}}}", members.collect::<Vec<_>>().join(", "))
        };
        let best = self.best().map_or_else(null, |best| best.epoch.to_string());
        let epochs: Vec<_> = self.epochs.iter().map(epoch).collect();
        let epochs = if epochs.is_empty() { "[]".into() } else { format!("[\n{}\n  ]", epochs.join(",\n")) };
        let stopped = self.stopped_early;
        format!("{{\n  \"stopped_early\": {stopped},\n  \"best_epoch\": {best},\n  \"epochs\": {epochs}\n}}\n")
    }
}

fn null() -> String {
    "null".into()
}

/// The figures of an epoch, by [column](COLUMNS), as text. `Display` writes a number as CSV and JSON do, without an exponent.
fn figures(record: &EpochRecord) -> [Option<String>; COLUMNS.len()] {
    let &EpochRecord { epoch, train, validation, lr, train_seconds, validation_seconds } = record;
    let number = |number: f64| number.is_finite().then(|| number.to_string());
    let of_score = |score: &Score| {
        let [mae, rmse, r2] = score.errors().map_or([f64::NAN; 3], |all| [all.mae(), all.rmse(), all.r2()]);
        let samples = Some(score.samples.to_string());
        [samples, number(score.loss()), number(score.accuracy()), number(mae), number(rmse), number(r2)]
    };
    let [a, b, c, d, e, f] = of_score(&train);
    let [g, h, i, j, k, l] = validation.as_ref().map_or([const { None }; 6], of_score);
    let [lr, train_seconds, validation_seconds] = [lr, train_seconds, validation_seconds].map(number);
    [Some(epoch.to_string()), a, b, c, d, e, f, g, h, i, j, k, l, lr, train_seconds, validation_seconds]
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;
    use crate::metrics::Measured;

    fn history() -> History {
        let train = Score { samples: 3, loss_sum: 0.1, measured: Measured::Accuracy { correct: 1, of: 3 } };
        let validation = Some(Score { samples: 7, loss_sum: 1e-9, measured: Measured::Accuracy { correct: 7, of: 7 } });
        let measured =
            EpochRecord { epoch: 1, train, validation, lr: 1e-7, train_seconds: 1.5, validation_seconds: 1.0 / 3.0 };
        let of_numbers = Score { measured: Measured::regression(&[0.1, 0.5, 0.7], &[0.0, 1.0, 0.75]), ..train };
        let unmeasured = EpochRecord { epoch: 2, train: of_numbers, validation: None, lr: 3e20, ..measured };
        let infinite = Score { samples: 1, loss_sum: f64::INFINITY, measured: Measured::Nothing };
        let not_finite = EpochRecord { epoch: 3, train: Score::default(), validation: Some(infinite), ..measured };
        History { epochs: vec![measured, unmeasured, not_finite], stopped_early: true }
    }

    /// The figures of an epoch as numbers.
    fn expected(record: &EpochRecord) -> Vec<Option<f64>> {
        let finite = |number: f64| number.is_finite().then_some(number);
        let of = |score: Score| {
            let errors = score.errors().map_or([None; 3], |all| [all.mae(), all.rmse(), all.r2()].map(Some));
            let [mae, rmse, r2] = errors;
            [Some(score.samples as f64), finite(score.loss()), finite(score.accuracy()), mae, rmse, r2]
        };
        let seconds = [record.lr, record.train_seconds, record.validation_seconds].map(Some);
        let (train, validation) = (of(record.train), record.validation.map_or([None; 6], of));
        [&[Some(record.epoch as f64)][..], &train, &validation, &seconds].concat()
    }

    #[test]
    fn csv_is_read_back_exactly() {
        let (history, csv) = (history(), history().to_csv());
        let mut lines = csv.lines();
        assert_eq!(lines.next(), Some(COLUMNS.join(",").as_str()));
        for record in &history.epochs {
            let line = lines.next().unwrap_or_default();
            let found: Vec<Option<f64>> = line.split(',').map(|field| field.parse().ok()).collect();
            assert_eq!(found, expected(record), "{line}");
        }
        assert_eq!((lines.next(), csv.ends_with('\n')), (None, true));
        assert_eq!(History::default().to_csv().lines().count(), 1);
    }

    #[test]
    fn json_is_read_back_exactly() {
        let history = history();
        let json: serde_json::Value = serde_json::from_str(&history.to_json()).unwrap();
        assert_eq!((&json["stopped_early"], &json["best_epoch"]), (&true.into(), &1.into()));
        let epochs = json["epochs"].as_array().unwrap();
        assert_eq!(epochs.len(), 3);
        for (epoch, record) in epochs.iter().zip(&history.epochs) {
            assert_eq!(epoch.as_object().unwrap().len(), COLUMNS.len());
            for (name, expected) in COLUMNS.iter().zip(expected(record)) {
                assert!(epoch.get(name).is_some(), "{name}");
                assert_eq!(epoch[name].as_f64(), expected, "{name}");
            }
        }
        let none: serde_json::Value = serde_json::from_str(&History::default().to_json()).unwrap();
        assert_eq!(none, serde_json::json!({ "stopped_early": false, "best_epoch": null, "epochs": [] }));
    }
}
