//! The state of a training: everything its next step depends on, and nothing else.
//!
//! A [`Trainer`](super::Trainer) is this state and the machinery that advances it. Two trainings in the same state, with the same
//! data, continue to the same bits. So this is what a checkpoint saves.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::{EpochRecord, History, Score};
use crate::layer::Module;
use crate::network::Network;

/// A training between two steps. [Callbacks](super::Callback) see it, checkpoints save it.
pub struct State<N> {
    /// The network in training.
    pub(crate) network: Box<N>,
    /// The networks of the optimizer's memory, such as momentum.
    pub(crate) memory: Vec<Box<N>>,
    /// The moving average of the network, if one is wanted.
    pub(crate) average: Option<Box<N>>,
    /// How many steps were taken, in all epochs and before them.
    pub(crate) steps: u64,
    /// The factor of the optimizer's learning rate.
    pub(crate) lr_factor: f64,
    /// Other settings that the next steps depend on, by name: layers, loss, optimizer and the trainer's settings, as text.
    pub(crate) settings: BTreeMap<String, String>,
    /// The arguments of `fit` when it began: epochs, schedule, how much data.
    pub(crate) plan: BTreeMap<String, String>,
    /// The epochs that are done.
    pub(crate) epochs: Vec<EpochRecord>,
    /// The current epoch.
    pub(crate) current: Current,
    /// The result of the best epoch, if there is one.
    pub(crate) best: Option<Best<N>>,
}

/// The progress of an epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Current {
    /// Its steps so far.
    pub(crate) step: usize,
    /// Its samples so far.
    pub(crate) score: Score,
    /// The learning rate of its last step.
    pub(crate) lr: f64,
    /// How long its steps took.
    pub(crate) seconds: f64,
}

/// The network as it was after the best epoch.
pub(crate) struct Best<N> {
    /// The number of steps at the end of that epoch.
    pub(crate) steps: u64,
    pub(crate) network: Box<N>,
}

impl<N: Module> State<N> {
    /// The state before the first step.
    pub(super) fn new(network: Box<N>, memory: usize, averaged: bool, settings: BTreeMap<String, String>) -> State<N> {
        let average = averaged.then(|| {
            let mut average = N::zeros();
            average.copy_from(&network);
            average
        });
        State {
            network,
            memory: (0..memory).map(|_| N::zeros()).collect(),
            average,
            steps: 0,
            lr_factor: 1.0,
            settings,
            plan: BTreeMap::new(),
            epochs: Vec::new(),
            current: Current::default(),
            best: None,
        }
    }

    /// Returns the network to predict with: the moving average if there is one, otherwise the network in training.
    pub fn network(&self) -> &N {
        self.average.as_ref().unwrap_or(&self.network)
    }

    /// Returns that network as it was after the epoch with the smallest validation loss; of equal ones, the first.
    pub fn best(&self) -> Option<&N> {
        self.best.as_ref().map(|best| &*best.network)
    }

    /// Returns how many steps were taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Returns the finished epochs, without the current one.
    pub fn epochs(&self) -> &[EpochRecord] {
        &self.epochs
    }

    /// The epochs, with the current one if it has any steps.
    pub(super) fn history(&self, stopped_early: bool) -> History {
        let mut epochs = self.epochs.clone();
        if self.current.step > 0 {
            epochs.push(self.current.record(self.epochs.len() + 1));
        }
        History { epochs, stopped_early }
    }

    /// Clears all epochs; the network and the optimizer's memory stay.
    pub(super) fn begin(&mut self) {
        self.epochs.clear();
        self.current = Current::default();
        self.best = None;
    }

    /// Whether no step of any epoch has been taken.
    pub(super) fn is_new(&self) -> bool {
        self.epochs.is_empty() && self.current == Current::default()
    }

    /// Ends the current epoch, and keeps its network if it is the best so far.
    pub(super) fn end_epoch(&mut self, validation: Option<Score>, validation_seconds: f64) -> EpochRecord {
        let record = EpochRecord { validation, validation_seconds, ..self.current.record(self.epochs.len() + 1) };
        self.current = Current::default();
        self.epochs.push(record);
        if History::best_of(&self.epochs).is_some_and(|best| best.epoch == record.epoch) {
            let mut network = self.best.take().map_or_else(N::zeros, |best| best.network);
            network.copy_from(self.network());
            self.best = Some(Best { steps: self.steps, network });
        }
        record
    }
}

impl Current {
    fn record(&self, epoch: usize) -> EpochRecord {
        let &Current { score, lr, seconds, .. } = self;
        EpochRecord { epoch, train: score, validation: None, lr, train_seconds: seconds, validation_seconds: 0.0 }
    }
}
