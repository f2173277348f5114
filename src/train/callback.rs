//! What is done between steps and between epochs.

use alloc::boxed::Box;

use super::{EpochRecord, Score};
use crate::layer::Layer;
use crate::network::Network;

/// Whether a training goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Control {
    /// It does.
    Continue,
    /// It stops here, in good order.
    Stop,
}

/// Where a training is within an epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The epoch, counted from 1.
    pub epoch: usize,
    /// How many epochs were asked for.
    pub epochs: usize,
    /// The steps done in this epoch.
    pub step: usize,
    /// How many steps an epoch has.
    pub steps: usize,
    /// The samples of this epoch so far, each before its step.
    pub score: Score,
    /// The learning rate of the last step.
    pub lr: f64,
}

/// Watches a training, and may stop it. All methods do nothing unless they are written.
pub trait Callback<N: Layer> {
    /// After every step.
    fn on_step(&mut self, progress: &Progress) -> Control {
        let _ = progress;
        Control::Continue
    }

    /// After every epoch, when it has been measured.
    fn on_epoch(&mut self, record: &EpochRecord, network: &N) -> Control {
        let _ = (record, network);
        Control::Continue
    }

    /// After the training, however it ended, unless by an error.
    fn on_end(&mut self, network: &mut N) {
        let _ = network;
    }
}

/// Stops when the validation loss has not improved for some epochs, and gives back the network of the best one.
///
/// Without validation data there is nothing to judge by, and it never stops.
pub struct EarlyStop<N> {
    patience: usize,
    waited: usize,
    best: Option<(f64, Box<N>)>,
}

impl<N: Layer> EarlyStop<N> {
    /// Stops after `patience` epochs in a row without a new best.
    pub fn new(patience: usize) -> Self {
        EarlyStop { patience, waited: 0, best: None }
    }
}

impl<N: Layer> Callback<N> for EarlyStop<N> {
    fn on_epoch(&mut self, record: &EpochRecord, network: &N) -> Control {
        let Some(loss) = record.validation.map(|score| score.loss()) else { return Control::Continue };
        match &mut self.best {
            // A loss that is not a number is no improvement on anything.
            Some((best, _)) if loss.is_nan() || loss >= *best => self.waited += 1,
            None if loss.is_nan() => self.waited += 1,
            best => {
                self.waited = 0;
                let (least, kept) = best.get_or_insert_with(|| (loss, N::zeros()));
                *least = loss;
                kept.copy_from(network);
            }
        }
        if self.waited >= self.patience { Control::Stop } else { Control::Continue }
    }

    fn on_end(&mut self, network: &mut N) {
        if let Some((_, best)) = &self.best {
            network.copy_from(best);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::Dense;

    #[test]
    fn early_stop_waits_and_gives_back_the_best() {
        let mut network = Dense::<1, 1>::zeros();
        let mut stop = EarlyStop::new(2);
        let mut controls = alloc::vec::Vec::new();
        for (epoch, loss) in [(1, 5.0), (2, 3.0), (3, f64::NAN), (4, 3.0)] {
            network.bias[0] = epoch as f32;
            let validation = Some(Score { samples: 1, loss_sum: loss, correct: 0 });
            let record = EpochRecord {
                epoch,
                validation,
                train: Score::default(),
                lr: 0.1,
                train_seconds: 0.0,
                validation_seconds: 0.0,
            };
            controls.push(stop.on_epoch(&record, &*network));
        }
        assert_eq!(controls, [Control::Continue, Control::Continue, Control::Continue, Control::Stop]);
        stop.on_end(&mut *network);
        assert_eq!(network.bias[0], 2.0);
    }
}
