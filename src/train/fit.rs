//! Epochs: every sample once, in a new order each time.

use alloc::format;
use std::time::Instant;

use super::callback::{Callback, Control, Progress};
use super::{EpochRecord, History, Score, Trainer};
use crate::data::Dataset;
use crate::data::shuffle::Shuffle;
use crate::layer::Layer;
use crate::loss::Loss;
use crate::optim::{Optimizer, Schedule};
use crate::{Error, Result};

/// How long to train, and how the learning rate changes meanwhile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// How often every sample is seen.
    pub epochs: usize,
    /// The learning rate over all steps.
    pub schedule: Schedule,
}

impl<N: Layer, L: Loss<Output = N::Output>, O: Optimizer> Trainer<N, L, O> {
    /// Trains for some epochs on `train`, shuffled anew for each, and measures on `validation` after each.
    ///
    /// The last mini-batch of an epoch is smaller if the batch size does not divide the data set. The validation data are
    /// never trained on; an empty data set means no validation.
    ///
    /// # Errors
    /// [`Error::Setting`] if there is nothing to train on, or if a layer takes statistics of the mini-batch and the last one
    /// would be a single sample; [`Error::Diverged`] when the loss stops being finite. The network is then as it was before
    /// that step.
    ///
    /// # Panics
    /// As [`step`](Trainer::step) does, and if the schedule gives a factor that is negative or not finite.
    pub fn fit<D, V>(
        &mut self,
        train: &D,
        validation: &V,
        fit: &Fit,
        callbacks: &mut [&mut dyn Callback<N>],
    ) -> Result<History>
    where
        D: Dataset<Input = N::Input, Target = L::Target>,
        V: Dataset<Input = N::Input, Target = L::Target>,
    {
        if train.is_empty() {
            let expected = "at least one sample".into();
            return Err(Error::Setting { setting: "training data", found: "none".into(), expected });
        }
        let batch_size = self.settings().batch_size;
        if N::MEETINGS > 0 && train.len() % batch_size == 1 {
            let found = format!("{batch_size}, which leaves one sample of {} for the last mini-batch", train.len());
            let expected = "one that leaves at least two, since the network has statistics to take".into();
            return Err(Error::Setting { setting: "batch_size", found, expected });
        }
        let steps = train.len().div_ceil(batch_size);
        let total = (fit.epochs * steps) as u64;
        let mut order = Shuffle::new(train.len(), self.settings().seed);
        let mut history = History::default();

        for epoch in 1..=fit.epochs {
            let start = Instant::now();
            let mut progress = Progress { epoch, epochs: fit.epochs, step: 0, steps, score: Score::default(), lr: 0.0 };
            let mut control = Control::Continue;
            for batch in order.epoch(epoch as u64).chunks(batch_size) {
                let done = (epoch - 1) * steps + progress.step;
                self.set_lr_factor(fit.schedule.factor(done as u64, total));
                let score = self.step(train, batch);
                progress.step += 1;
                progress.lr = self.lr();
                progress.score.add(&score);
                if !score.loss_sum.is_finite() {
                    return Err(Error::Diverged { epoch, step: progress.step, loss: score.loss() });
                }
                control = ask_all(callbacks, |callback| callback.on_step(&progress));
                if control == Control::Stop {
                    break;
                }
            }
            let train_seconds = start.elapsed().as_secs_f64();
            history.stopped_early = control == Control::Stop;

            let start = Instant::now();
            let measure = !validation.is_empty() && !history.stopped_early;
            let record = EpochRecord {
                epoch,
                train: progress.score,
                validation: measure.then(|| self.evaluate(validation)),
                lr: progress.lr,
                train_seconds,
                validation_seconds: start.elapsed().as_secs_f64(),
            };
            history.epochs.push(record);
            if history.stopped_early {
                break;
            }
            if ask_all(callbacks, |callback| callback.on_epoch(&record, self.network())) == Control::Stop {
                history.stopped_early = epoch < fit.epochs;
                break;
            }
        }
        for callback in callbacks {
            callback.on_end(self.network_mut());
        }
        Ok(history)
    }
}

/// Asks every callback, and stops if any of them says so.
fn ask_all<N: Layer>(
    callbacks: &mut [&mut dyn Callback<N>],
    mut ask: impl FnMut(&mut dyn Callback<N>) -> Control,
) -> Control {
    let mut control = Control::Continue;
    for callback in callbacks {
        if ask(&mut **callback) == Control::Stop {
            control = Control::Stop;
        }
    }
    control
}
