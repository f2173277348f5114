//! The epochs of a training as matrices of `f64`, which keep all their bits.
//!
//! | tensor | a row |
//! |---|---|
//! | `training/epochs` `[E, 9]` | samples, sum of losses, correct (−1: unknown); the same of validation, or zeros; lr; seconds of training, of validation |
//! | `training/current` `[1, 6]` | of the unfinished epoch: steps; samples, sum of losses, correct; lr; seconds |

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use safetensors::{Dtype, SafeTensors};

use crate::error::Mismatch;
use crate::io::weights::Entry;
use crate::train::{Current, EpochRecord, Score};

pub(super) const EPOCHS: &str = "training/epochs";
pub(super) const CURRENT: &str = "training/current";

pub(super) fn of_epochs(epochs: &[EpochRecord]) -> Entry {
    let row = |record: &EpochRecord| {
        let [samples, loss_sum, correct] = numbers(&record.train);
        let validation = record.validation.as_ref().map_or([0.0; 3], numbers);
        let [lr, train, validating] = [record.lr, record.train_seconds, record.validation_seconds];
        [samples, loss_sum, correct, validation[0], validation[1], validation[2], lr, train, validating]
    };
    table(&epochs.iter().map(row).collect::<Vec<_>>())
}

pub(super) fn epochs(file: &SafeTensors<'_>) -> Result<Vec<EpochRecord>, Mismatch> {
    let rows = rows(file, EPOCHS)?;
    let mut epochs = Vec::new();
    // The file says how many there are; memory may not suffice for them.
    let refuse = |_| mismatch(EPOCHS, format!("{} rows", rows.len()), "no more than there is memory for");
    epochs.try_reserve_exact(rows.len()).map_err(refuse)?;
    for (epoch, row) in (1..).zip(rows) {
        let [samples, loss_sum, correct, v_samples, v_loss_sum, v_correct, lr, train_seconds, validation_seconds] = row;
        let validation = score(EPOCHS, [v_samples, v_loss_sum, v_correct])?;
        epochs.push(EpochRecord {
            epoch,
            train: score(EPOCHS, [samples, loss_sum, correct])?,
            validation: (validation.samples > 0).then_some(validation),
            lr,
            train_seconds,
            validation_seconds,
        });
    }
    Ok(epochs)
}

pub(super) fn of_current(&Current { step, score, lr, seconds }: &Current) -> Entry {
    let [samples, loss_sum, correct] = numbers(&score);
    table(&[[step as f64, samples, loss_sum, correct, lr, seconds]])
}

pub(super) fn current(file: &SafeTensors<'_>) -> Result<Current, Mismatch> {
    let mut rows = rows(file, CURRENT)?;
    let count_of_rows = rows.len();
    let (1, Some([step, samples, loss_sum, correct, lr, seconds])) = (count_of_rows, rows.next()) else {
        return Err(mismatch(CURRENT, format!("{count_of_rows} rows"), "one row"));
    };
    let score = score(CURRENT, [samples, loss_sum, correct])?;
    Ok(Current { step: count(CURRENT, step)?, score, lr, seconds })
}

/// The entries for a score; −1 stands for a loss that does not count correct predictions.
fn numbers(&Score { samples, loss_sum, correct }: &Score) -> [f64; 3] {
    let unknown = if samples == 0 { 0.0 } else { -1.0 };
    [samples as f64, loss_sum, correct.map_or(unknown, |correct| correct as f64)]
}

fn score(tensor: &str, [samples, loss_sum, correct]: [f64; 3]) -> Result<Score, Mismatch> {
    let samples = count(tensor, samples)?;
    let is_unknown = correct == -1.0 || (samples, correct) == (0, 0.0);
    let correct = if is_unknown { None } else { Some(count(tensor, correct)?) };
    Ok(Score { samples, loss_sum, correct })
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
        let score = |samples, loss_sum, correct| Score { samples, loss_sum, correct: Some(correct) };
        let (train, validation) = (score(72, 0.1 + 0.2, 65), Some(score(24, 1e-300, 24)));
        let measured =
            EpochRecord { epoch: 1, train, validation, lr: 0.3, train_seconds: 4.5, validation_seconds: 0.6 };
        let of_distances = Score { correct: None, ..train };
        let unmeasured = EpochRecord { epoch: 2, train: of_distances, validation: None, ..measured };
        let under_way = Current { step: 3, score: score(48, 7.8, 40), lr: 0.9, seconds: 1.2 };

        let entries = [(EPOCHS, of_epochs(&[measured, unmeasured])), (CURRENT, of_current(&under_way))];
        let bytes = safetensors::serialize(entries, None).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let Ok(found) = epochs(&file) else { panic!("epochs are refused") };
        assert_eq!(found, [measured, unmeasured]);
        assert!(current(&file) == Ok(under_way));

        let bytes = safetensors::serialize([(CURRENT, of_current(&Current::default()))], None).unwrap();
        assert!(current(&SafeTensors::deserialize(&bytes).unwrap()) == Ok(Current::default()));
    }
}
