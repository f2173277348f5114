//! The epochs of a training as matrices of `f64`, which keep all their bits.
//!
//! | tensor | a row |
//! |---|---|
//! | `training/epochs` `[E, 21]` | a score; that of validation, or zeros; lr; seconds of training, of validation |
//! | `training/current` `[1, 12]` | of the unfinished epoch: steps; a score; lr; seconds |
//!
//! A score is nine numbers: samples, sum of losses; how many predictions were right, of how many; of predicted numbers how many,
//! `Σ |y − t|`, `Σ (y − t)²`, the mean of `t`, and `Σ (t − mean)²`. What was not measured is zeros.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use safetensors::{Dtype, SafeTensors};

use crate::error::Mismatch;
use crate::io::weights::Entry;
use crate::metrics::{Measured, Regression};
use crate::train::{Current, EpochRecord, Score};

pub(super) const EPOCHS: &str = "training/epochs";
pub(super) const CURRENT: &str = "training/current";

/// How many numbers a score is.
const SCORE: usize = 9;

pub(super) fn of_epochs(epochs: &[EpochRecord]) -> Entry {
    let row = |record: &EpochRecord| {
        let validation = record.validation.as_ref().map_or([0.0; SCORE], numbers);
        let others = [record.lr, record.train_seconds, record.validation_seconds];
        row_of::<{ 2 * SCORE + 3 }>(&[&numbers(&record.train), &validation, &others])
    };
    table(&epochs.iter().map(row).collect::<Vec<_>>())
}

pub(super) fn epochs(file: &SafeTensors<'_>) -> Result<Vec<EpochRecord>, Mismatch> {
    let rows = rows::<{ 2 * SCORE + 3 }>(file, EPOCHS)?;
    let mut epochs = Vec::new();
    // The file says how many there are; memory may not suffice for them.
    let refuse = |_| mismatch(EPOCHS, format!("{} rows", rows.len()), "no more than there is memory for");
    epochs.try_reserve_exact(rows.len()).map_err(refuse)?;
    for (epoch, row) in (1..).zip(rows) {
        let (&[train, validation], &[lr, train_seconds, validation_seconds]) = row.as_chunks::<SCORE>() else {
            unreachable!("a row is two scores and three numbers")
        };
        let validation = score(EPOCHS, validation)?;
        epochs.push(EpochRecord {
            epoch,
            train: score(EPOCHS, train)?,
            validation: (validation.samples > 0).then_some(validation),
            lr,
            train_seconds,
            validation_seconds,
        });
    }
    Ok(epochs)
}

pub(super) fn of_current(&Current { step, score, lr, seconds }: &Current) -> Entry {
    table(&[row_of::<{ SCORE + 3 }>(&[&[step as f64], &numbers(&score), &[lr, seconds]])])
}

pub(super) fn current(file: &SafeTensors<'_>) -> Result<Current, Mismatch> {
    let mut rows = rows::<{ SCORE + 3 }>(file, CURRENT)?;
    let count_of_rows = rows.len();
    let (1, Some([step, numbers @ .., lr, seconds])) = (count_of_rows, rows.next()) else {
        return Err(mismatch(CURRENT, format!("{count_of_rows} rows"), "one row"));
    };
    Ok(Current { step: count(CURRENT, step)?, score: score(CURRENT, numbers)?, lr, seconds })
}

/// A score as numbers.
fn numbers(score: &Score) -> [f64; SCORE] {
    let (correct, of) = match score.measured {
        Measured::Accuracy { correct, of } => (correct as f64, of as f64),
        _ => (0.0, 0.0),
    };
    let Regression { numbers, absolute, squared, mean, variation } = score.errors().copied().unwrap_or_default();
    [score.samples as f64, score.loss_sum, correct, of, numbers as f64, absolute, squared, mean, variation]
}

fn score(tensor: &str, numbers: [f64; SCORE]) -> Result<Score, Mismatch> {
    let [samples, loss_sum, correct, of, numbers, absolute, squared, mean, variation] = numbers;
    let (of, numbers) = (count(tensor, of)?, count(tensor, numbers)?);
    let measured = match (of, numbers) {
        (0, 0) => Measured::Nothing,
        (of, 0) => Measured::Accuracy { correct: count(tensor, correct)?, of },
        (0, numbers) => {
            Measured::Regression(Regression { numbers: numbers as u64, absolute, squared, mean, variation })
        }
        _ => return Err(mismatch(tensor, format!("{of} predictions and {numbers} numbers"), "one of the two")),
    };
    Ok(Score { samples: count(tensor, samples)?, loss_sum, measured })
}

/// The parts of a row, one after the other.
fn row_of<const N: usize>(parts: &[&[f64]]) -> [f64; N] {
    let mut row = [0.0; N];
    row.copy_from_slice(&parts.concat());
    row
}

/// Converts a number from a file to a count; an `f64` represents every integer up to 2⁵³.
fn count(tensor: &str, number: f64) -> Result<usize, Mismatch> {
    let is_count = (0.0..=(1u64 << 53) as f64).contains(&number) && number.fract() == 0.0;
    if is_count { Ok(number as usize) } else { Err(mismatch(tensor, format!("{number}"), "a count")) }
}

fn table<const N: usize>(rows: &[[f64; N]]) -> Entry {
    let bytes = rows.as_flattened().iter().flat_map(|number| number.to_le_bytes()).collect();
    Entry { dtype: Dtype::F64, dims: [rows.len(), N].into(), bytes }
}

fn rows<'a, const N: usize>(
    file: &SafeTensors<'a>,
    name: &str,
) -> Result<impl ExactSizeIterator<Item = [f64; N]> + use<'a, N>, Mismatch> {
    let refuse = |found: String| mismatch(name, found, &format!("F64 [rows, {N}]"));
    let tensor = file.tensor(name).map_err(|_| refuse("no such tensor".into()))?;
    if tensor.dtype() != Dtype::F64 || !matches!(tensor.shape(), [_, columns] if *columns == N) {
        return Err(refuse(format!("{} {:?}", tensor.dtype(), tensor.shape())));
    }
    let (numbers, _) = tensor.data().as_chunks::<8>();
    let (rows, _) = numbers.as_chunks::<N>();
    Ok(rows.iter().map(|row| row.map(f64::from_le_bytes)))
}

fn mismatch(tensor: &str, found: String, expected: &str) -> Mismatch {
    Mismatch { what: tensor.into(), found, expected: expected.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_come_back_with_all_their_bits() {
        let score = |samples, loss_sum, correct| Score {
            samples,
            loss_sum,
            measured: Measured::Accuracy { correct, of: samples },
        };
        let (train, validation) = (score(72, 0.1 + 0.2, 65), Some(score(24, 1e-300, 24)));
        let measured =
            EpochRecord { epoch: 1, train, validation, lr: 0.3, train_seconds: 4.5, validation_seconds: 0.6 };
        let of_numbers = Score { measured: Measured::regression(&[0.1, 0.2], &[1.0 / 3.0, -7.0]), ..train };
        let other = EpochRecord { epoch: 2, train: of_numbers, validation: None, ..measured };
        let under_way = Current { step: 3, score: score(48, 7.8, 40), lr: 0.9, seconds: 1.2 };

        let entries = [(EPOCHS, of_epochs(&[measured, other])), (CURRENT, of_current(&under_way))];
        let bytes = safetensors::serialize(entries, None).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let Ok(found) = epochs(&file) else { panic!("epochs are refused") };
        assert_eq!(found, [measured, other]);
        assert!(current(&file) == Ok(under_way));

        let bytes = safetensors::serialize([(CURRENT, of_current(&Current::default()))], None).unwrap();
        assert!(current(&SafeTensors::deserialize(&bytes).unwrap()) == Ok(Current::default()));
    }
}
