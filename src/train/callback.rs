//! Callbacks, which run between steps and between epochs.

use super::{EpochRecord, History, Score, State};
use crate::layer::Module;

/// Whether a training continues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Control {
    /// It continues.
    Continue,
    /// It stops here, without an error.
    Stop,
}

/// The position of a training within an epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// How many epochs were requested.
    pub epochs: usize,
    /// The steps done in this epoch.
    pub step: usize,
    /// How many steps an epoch has.
    pub steps: usize,
    /// The score of this epoch's samples so far, each before its step.
    pub score: Score,
    /// The learning rate of the last step.
    pub lr: f64,
}

/// Watches a training, may change its learning rate, and may stop it. The default methods do nothing.
///
/// A callback should decide by the [`State`] it is given and not by anything it remembers: a training may be stopped and resumed in
/// another process, where only its state is left.
///
/// A closure is a callback by [`on_epoch`](super::on_epoch), [`on_step`](super::on_step) or [`lr_factor`](super::lr_factor). A type of
/// your own may have several of the methods. This one stops at a target accuracy, and says so at the end:
///
/// ```
/// use shapeproof::layer::Module;
/// use shapeproof::prelude::*;
/// use shapeproof::train::State;
///
/// struct GoodEnough(f64);
///
/// impl<N: Module> Callback<N> for GoodEnough {
///     fn on_epoch(&mut self, record: &EpochRecord, _: &State<N>) -> Control {
///         let score = record.validation.unwrap_or(record.train);
///         if score.accuracy() >= self.0 { Control::Stop } else { Control::Continue }
///     }
///
///     fn on_end(&mut self, state: &State<N>) {
///         println!("{} epochs", state.epochs().len());
///     }
/// }
///
/// network! { type Net = [2, 1, 1] => Dense(units = 8), LeakyReLU, Dense(units = 2) }
///
/// # fn main() -> Result<(), shapeproof::Error> {
/// let inputs = [[0., 0.], [0., 1.], [1., 0.], [1., 1.]].map(Vector::from);
/// let xor = Pairs::new(&inputs, &[0, 1, 1, 0]);
/// let mut trainer = Trainer::new(Net::new(1), CrossEntropy::new(), SGD::new(0.5), Settings::default())?;
/// let fit = Fit { epochs: 1000, schedule: &Constant };
/// let history = trainer.fit(&xor, &xor, &fit, &mut [&mut GoodEnough(1.0)])?;
/// assert!(history.stopped_early && trainer.evaluate(&xor).accuracy() == 1.0);
/// # Ok(())
/// # }
/// ```
pub trait Callback<N: Module> {
    /// Runs before the first step, and before the first one after a stop.
    fn on_start(&mut self, state: &State<N>) -> Control {
        let _ = state;
        Control::Continue
    }

    /// Returns the factor by which the optimizer's learning rate is multiplied in the next step; runs before every step. `factor`
    /// is the schedule's factor, after the callbacks before this one.
    ///
    /// Like all decisions of a callback, it has to follow from the state alone. This callback halves the rate for each epoch that
    /// was no better than the one before it:
    ///
    /// ```
    /// use shapeproof::layer::Module;
    /// use shapeproof::train::{Callback, State};
    ///
    /// struct Halving;
    ///
    /// impl<N: Module> Callback<N> for Halving {
    ///     fn lr_factor(&mut self, factor: f64, state: &State<N>) -> f64 {
    ///         let no_better = state.epochs().windows(2).filter(|pair| pair[1].train.loss() >= pair[0].train.loss());
    ///         factor * 0.5f64.powi(no_better.count() as i32)
    ///     }
    /// }
    /// ```
    fn lr_factor(&mut self, factor: f64, state: &State<N>) -> f64 {
        let _ = state;
        factor
    }

    /// Runs after every step.
    fn on_step(&mut self, progress: &Progress, state: &State<N>) -> Control {
        let _ = (progress, state);
        Control::Continue
    }

    /// Runs after every epoch, when it has been measured.
    fn on_epoch(&mut self, record: &EpochRecord, state: &State<N>) -> Control {
        let _ = (record, state);
        Control::Continue
    }

    /// Runs after the last step, however the training ended, unless by an error.
    fn on_end(&mut self, state: &State<N>) {
        let _ = state;
    }
}

/// Stops when the validation loss has not improved for some epochs. The network of the best epoch is
/// [`Trainer::best`](super::Trainer::best).
///
/// Without validation data it never stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EarlyStop {
    patience: usize,
}

impl EarlyStop {
    /// Stops after `patience` epochs in a row without a new best.
    pub const fn new(patience: usize) -> Self {
        EarlyStop { patience }
    }

    fn judge(self, epochs: &[EpochRecord]) -> Control {
        let judged = epochs.last().is_some_and(|last| last.validation.is_some());
        let best = History::best_of(epochs).map_or(0, |best| best.epoch);
        if judged && epochs.len() - best >= self.patience { Control::Stop } else { Control::Continue }
    }
}

impl<N: Module> Callback<N> for EarlyStop {
    fn on_start(&mut self, state: &State<N>) -> Control {
        self.judge(state.epochs())
    }

    fn on_epoch(&mut self, _: &EpochRecord, state: &State<N>) -> Control {
        self.judge(state.epochs())
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::metrics::Measured;

    #[test]
    fn early_stop_waits_for_a_better_epoch() {
        let record = |epoch, loss| EpochRecord {
            epoch,
            validation: Some(Score { samples: 1, loss_sum: loss, measured: Measured::Nothing }),
            train: Score::default(),
            lr: 0.1,
            train_seconds: 0.0,
            validation_seconds: 0.0,
        };
        let judge = |losses: &[f64]| {
            let epochs: Vec<_> = (1..).zip(losses).map(|(epoch, &loss)| record(epoch, loss)).collect();
            EarlyStop::new(2).judge(&epochs)
        };
        let losses = [5.0, 3.0, f64::NAN, 3.0];
        for epochs in 0..4 {
            assert_eq!(judge(&losses[..epochs]), Control::Continue, "after {epochs} epochs");
        }
        assert_eq!(
            judge(&losses),
            Control::Stop,
            "an equal loss is no better one, and one that is not a number neither"
        );
        assert_eq!(judge(&[5.0, 3.0, f64::NAN, 2.0]), Control::Continue);
        assert_eq!(judge(&[f64::NAN, f64::INFINITY]), Control::Stop);

        let unmeasured = [1, 2, 3].map(|epoch| EpochRecord { validation: None, ..record(epoch, 0.0) });
        assert_eq!(EarlyStop::new(2).judge(&unmeasured), Control::Continue);
    }
}
