//! Epochs: every sample once, in a new order each time.

use alloc::format;
use alloc::string::{String, ToString};
use std::time::Instant;

use super::callback::{Callback, Control, Progress};
use super::{History, Trainer};
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
    /// never trained on; an empty data set means no validation. The network of the best epoch is [`best`](Trainer::best)
    /// afterwards.
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
        self.state.begin();
        self.resume(train, validation, fit, callbacks)
    }

    /// Goes on with a [`fit`](Trainer::fit) that a callback has stopped, or that was brought back from a checkpoint, where it
    /// was: in the middle of an epoch, mostly. If there is none, this is `fit`.
    ///
    /// With the same data, on the same kind of processor, it ends with the same bits as if it had never been stopped. That
    /// the numbers of samples, epochs and the schedule are still the same is checked; what is in the samples is not.
    ///
    /// # Errors
    /// As [`fit`](Trainer::fit); and [`Error::Setting`] if something is not as it was when the training began.
    ///
    /// # Panics
    /// As [`fit`](Trainer::fit).
    pub fn resume<D, V>(
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
        self.agree("training data", format!("{} samples", train.len()))?;
        self.agree("validation data", format!("{} samples", validation.len()))?;
        self.agree("epochs", fit.epochs.to_string())?;
        self.agree("schedule", fit.schedule.to_string())?;

        let mut control = ask_all(callbacks, |callback| callback.on_start(&self.state));
        let mut order = Shuffle::new(train.len(), self.settings().seed);
        while control == Control::Continue && self.state.epochs.len() < fit.epochs {
            let order = order.epoch(self.state.epochs.len() as u64 + 1);
            control = self.epoch(train, order, fit, callbacks)?;
            if control == Control::Continue {
                let start = Instant::now();
                let score = (!validation.is_empty()).then(|| self.evaluate(validation));
                let record = self.state.end_epoch(score, start.elapsed().as_secs_f64());
                control = ask_all(callbacks, |callback| callback.on_epoch(&record, &self.state));
            }
        }
        callbacks.iter_mut().for_each(|callback| callback.on_end(&self.state));
        Ok(self.state.history(self.state.epochs.len() < fit.epochs))
    }

    /// Takes the steps that the epoch under way still has, until a callback says stop.
    fn epoch<D>(
        &mut self,
        train: &D,
        order: &[u32],
        fit: &Fit,
        callbacks: &mut [&mut dyn Callback<N>],
    ) -> Result<Control>
    where
        D: Dataset<Input = N::Input, Target = L::Target>,
    {
        let batch_size = self.settings().batch_size;
        let (epoch, steps) = (self.state.epochs.len() + 1, order.len().div_ceil(batch_size));
        let (start, seconds) = (Instant::now(), self.state.current.seconds);
        for batch in order.chunks(batch_size).skip(self.state.current.step) {
            let done = (epoch - 1) * steps + self.state.current.step;
            self.set_lr_factor(fit.schedule.factor(done as u64, (fit.epochs * steps) as u64));
            let score = self.step(train, batch);
            let lr = self.lr();

            let current = &mut self.state.current;
            current.step += 1;
            if !score.loss_sum.is_finite() {
                return Err(Error::Diverged { epoch, step: current.step, loss: score.loss() });
            }
            current.score.add(&score);
            current.lr = lr;
            current.seconds = seconds + start.elapsed().as_secs_f64();
            let progress = Progress { epoch, epochs: fit.epochs, step: current.step, steps, score: current.score, lr };
            if ask_all(callbacks, |callback| callback.on_step(&progress, &self.state)) == Control::Stop {
                return Ok(Control::Stop);
            }
        }
        Ok(Control::Continue)
    }

    /// Writes down what a training begins with, or refuses what one that is under way did not begin with.
    fn agree(&mut self, setting: &'static str, value: String) -> Result<()> {
        if self.state.is_new() {
            self.state.plan.insert(setting.into(), value);
            return Ok(());
        }
        match self.state.plan.get(setting) {
            Some(before) if *before != value => {
                let expected = format!("{before}, with which the training began");
                Err(Error::Setting { setting, found: value, expected })
            }
            _ => Ok(()),
        }
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
