//! Epochs: every sample once, in a new order each time.

use alloc::format;
use alloc::string::{String, ToString};
use std::time::Instant;

use super::callback::{Callback, Control, Progress};
use super::divergence::{Chosen, first_not_finite};
use super::{Fit, History, Score, State, Trainer};
use crate::data::Dataset;
use crate::data::shuffle::Shuffle;
use crate::layer::Module;
use crate::loss::Loss;
use crate::optim::{Optimizer, schedule};
use crate::{Error, Result};

impl<N: Module, L: Loss<Output = N::Output>, O: Optimizer> Trainer<N, L, O> {
    /// Trains for some epochs on `train`, shuffled anew for each, and evaluates on `validation` after each.
    ///
    /// The last mini-batch of an epoch is smaller if the batch size does not divide the dataset, or left out, if the settings say
    /// [`drop_last`](super::Settings::drop_last). The validation data are not trained
    /// on; an empty dataset means no validation. Afterwards, [`best`](Trainer::best) is the network of the best epoch.
    ///
    /// # Errors
    /// [`Error::Setting`] if there are no training data, if a mini-batch, the last one of an epoch included, would have fewer
    /// samples than a layer [needs](Module::MIN_BATCH), if the schedule cannot work, or beyond a [limit](super::limits). The
    /// trainer is then unchanged. Also if the schedule or a callback multiplies the learning rate of a step by an [invalid
    /// factor](schedule::allows); the steps before it have then been taken.
    ///
    /// [`Error::Diverged`] if the training has diverged: a network with a parameter or a loss that is not finite is never returned
    /// as a success. Divergence is detected
    /// - by the loss of a step. That step is not taken, and the trainer is as it was before it, with the network as the previous
    ///   step left it.
    /// - at the end of an epoch, and when a callback stops the training, by every parameter and by the validation loss (without
    ///   validation data, by the loss on the last mini-batch). The network is then as the last step left it, and the epoch does not
    ///   count.
    ///
    /// In both cases, [`best`](Trainer::best) is unchanged, and finite. A [`resume`](Trainer::resume) continues at the same place:
    /// with the step that was not taken, or the epoch that did not count. Unless something has been changed, the data or the
    /// [network](Trainer::network_mut), it returns the same error.
    ///
    /// # Panics
    /// As for [`step`](Trainer::step).
    pub fn fit<D, V>(
        &mut self,
        train: &D,
        validation: &V,
        fit: &Fit<'_>,
        callbacks: &mut [&mut dyn Callback<N>],
    ) -> Result<History>
    where
        D: Dataset<Input = N::Input, Target = L::Target>,
        V: Dataset<Input = N::Input, Target = L::Target>,
    {
        self.check(train, fit)?;
        self.state.begin();
        self.resume(train, validation, fit, callbacks)
    }

    /// Continues a [`fit`](Trainer::fit) that a callback has stopped, or that was restored from a checkpoint. It usually continues
    /// in the middle of an epoch. If there is none, this is `fit`.
    ///
    /// With the same data, on the same kind of processor, it ends with the same bits as if it had never been stopped. The numbers
    /// of samples and epochs and the schedule must be the same, which is checked; the contents of the samples are not checked.
    ///
    /// # Errors
    /// As for [`fit`](Trainer::fit); and [`Error::Setting`] if something differs from when the training began.
    ///
    /// # Panics
    /// As for [`fit`](Trainer::fit).
    pub fn resume<D, V>(
        &mut self,
        train: &D,
        validation: &V,
        fit: &Fit<'_>,
        callbacks: &mut [&mut dyn Callback<N>],
    ) -> Result<History>
    where
        D: Dataset<Input = N::Input, Target = L::Target>,
        V: Dataset<Input = N::Input, Target = L::Target>,
    {
        self.check(train, fit)?;
        let dropped = if self.settings().drop_last { ", without an incomplete mini-batch" } else { "" };
        self.agree("training data", format!("{} samples{dropped}", train.len()))?;
        self.agree("validation data", format!("{} samples", validation.len()))?;
        self.agree("epochs", fit.epochs.to_string())?;
        self.agree("schedule", fit.schedule.to_string())?;

        let processes = self.peers();
        processes.agree_on_start((&self.state, self.loss()), train, validation, self.threads())?;

        let control = self.ask_all(callbacks, |callback, state| callback.on_start(state));
        let (mut control, _) = processes.decide(self.steps(), control, 1.0);
        let mut order = Shuffle::new(train.len(), self.settings().seed);
        while control == Control::Continue && self.state.epochs.len() < fit.epochs {
            let order = order.epoch(self.state.epochs.len() as u64 + 1);
            let order = &order[..self.settings().used(order.len())];
            control = self.epoch(train, order, fit, callbacks)?;
            self.check_parameters()?;
            let (start, is_over) = (Instant::now(), control == Control::Continue);
            let score = (is_over && !validation.is_empty()).then(|| self.evaluate(validation));
            let seconds = start.elapsed().as_secs_f64();
            self.check_loss(score, train, order)?;
            if is_over {
                processes.meet_after_epoch(&self.state);
                let record = self.state.end_epoch(score, seconds);
                let asked = self.ask_all(callbacks, |callback, state| callback.on_epoch(&record, state));
                (control, _) = processes.decide(self.steps(), asked, 1.0);
            }
        }
        // Checked even if there was nothing left to do.
        self.check_parameters()?;
        if processes.is_first() {
            callbacks.iter_mut().for_each(|callback| callback.on_end(&self.state));
        }
        Ok(self.state.history(self.state.epochs.len() < fit.epochs))
    }

    /// Takes the remaining steps of the current epoch, until a callback stops it.
    fn epoch<D>(
        &mut self,
        train: &D,
        order: &[u32],
        fit: &Fit<'_>,
        callbacks: &mut [&mut dyn Callback<N>],
    ) -> Result<Control>
    where
        D: Dataset<Input = N::Input, Target = L::Target>,
    {
        let batch_size = self.settings().batch_size;
        let (epoch, steps) = (self.state.epochs.len() + 1, order.len().div_ceil(batch_size));
        let (start, seconds) = (Instant::now(), self.state.current.seconds);
        let (processes, mut control) = (self.peers(), Control::Continue);
        for batch in order.chunks(batch_size).skip(self.state.current.step) {
            let done = (epoch - 1) as u64 * steps as u64 + self.state.current.step as u64;
            let before = self.state.lr_factor;
            let factor = match control {
                Control::Continue => self.next_factor(done, fit, fit.steps(steps), callbacks)?,
                Control::Stop => before,
            };
            let (decided, factor) = processes.decide(self.steps(), control, factor);
            if decided == Control::Stop {
                return Ok(Control::Stop);
            }
            self.set_lr_factor(factor);
            let (lr, score) = (self.lr(), self.step(train, batch));
            if !score.loss_sum.is_finite() {
                self.state.lr_factor = before;
                return Err(self.diverged(1, "the loss".into(), score.loss()));
            }

            let current = &mut self.state.current;
            current.step += 1;
            current.score.add(&score);
            current.lr = lr;
            current.seconds = seconds + start.elapsed().as_secs_f64();
            let progress = Progress { epoch, epochs: fit.epochs, step: current.step, steps, score: current.score, lr };
            control = self.ask_all(callbacks, |callback, state| callback.on_step(&progress, state));
        }
        Ok(processes.decide(self.steps(), control, 1.0).0)
    }

    /// The factor of the learning rate in the step after `done`: that of the schedule, changed by every callback in turn.
    fn next_factor(&self, done: u64, fit: &Fit<'_>, total: u64, callbacks: &mut [&mut dyn Callback<N>]) -> Result<f64> {
        let scheduled = fit.schedule.factor(done, total);
        schedule::check(fit.schedule, done, scheduled)?;
        let mut factor = scheduled;
        if self.peers().is_first() {
            factor = callbacks.iter_mut().fold(factor, |factor, callback| callback.lr_factor(factor, &self.state));
        }
        if schedule::allows(factor) {
            return Ok(factor);
        }
        let (found, expected) = (format!("×{factor} from a callback"), "a factor from 0 to 10¹²".into());
        Err(Error::Setting { setting: "learning rate", found, expected })
    }

    /// Checks the settings before anything is changed.
    fn check<D>(&self, train: &D, fit: &Fit<'_>) -> Result<()>
    where
        D: Dataset<Input = N::Input, Target = L::Target>,
    {
        fit.check(train.len(), self.settings(), N::MIN_BATCH)
    }

    /// Checks that the last step has left all parameters finite.
    fn check_parameters(&self) -> Result<()> {
        let networks = [("parameter", Some(&*self.state.network)), ("mean parameter", self.state.average.as_deref())];
        for (of, network) in networks {
            if let Some((name, found)) = network.and_then(first_not_finite) {
                return Err(self.diverged(0, format!("{of} {name}"), found));
            }
        }
        Ok(())
    }

    /// Checks that the loss is finite: on the validation data, if there is a score, otherwise on the last mini-batch.
    fn check_loss<D>(&self, validation: Option<Score>, train: &D, order: &[u32]) -> Result<()>
    where
        D: Dataset<Input = N::Input, Target = L::Target>,
    {
        let (what, score) = match validation {
            Some(score) => ("the validation loss", score),
            None => {
                let batches = order.chunks(self.settings().batch_size);
                let indices = batches.take(self.state.current.step).next_back().unwrap_or_default();
                ("the loss on the last mini-batch", self.evaluate(&Chosen { dataset: train, indices }))
            }
        };
        if score.loss_sum.is_finite() { Ok(()) } else { Err(self.diverged(0, what.into(), score.loss())) }
    }

    /// The error of a value that is not finite, `after` steps after the last.
    fn diverged(&self, after: usize, what: String, found: f64) -> Error {
        let (epoch, step) = (self.state.epochs.len() + 1, self.state.current.step + after);
        Error::Diverged { epoch, step, what, found }
    }

    /// Records a setting of a new training, or checks that it is that of a training under way.
    fn agree(&mut self, setting: &'static str, value: String) -> Result<()> {
        if self.state.is_new() {
            self.state.plan.insert(setting.into(), value);
            return Ok(());
        }
        let before = self.state.plan.get(setting).map_or("nothing", String::as_str);
        if before == value {
            return Ok(());
        }
        let expected = format!("{before}, with which the training began");
        Err(Error::Setting { setting, found: value, expected })
    }

    /// Calls every callback, in the first process alone, and returns `Stop` if any of them does.
    fn ask_all(
        &self,
        callbacks: &mut [&mut dyn Callback<N>],
        mut ask: impl FnMut(&mut dyn Callback<N>, &State<N>) -> Control,
    ) -> Control {
        let mut control = Control::Continue;
        for callback in callbacks.iter_mut().filter(|_| self.peers().is_first()) {
            if ask(&mut **callback, &self.state) == Control::Stop {
                control = Control::Stop;
            }
        }
        control
    }
}
