//! A training, step by step.

use shapeproof::data::labeled::Labeled;
use shapeproof::data::shuffle::Shuffle;
use shapeproof::data::{Dataset, Subset};
use shapeproof::loss::{CrossEntropy, Loss};
use shapeproof::metrics::{Confusion, argmax};
use shapeproof::tensor::Vector;
use shapeproof::train::{Settings, Trainer};

use crate::digits::Digits;
use crate::dropout;
use crate::network::parameters;
use crate::networks::Classifier;
use crate::optimizer::Chosen;

/// What a visitor chooses.
pub struct Choice {
    pub optimizer: usize,
    pub lr: f64,
    pub batch_size: usize,
    /// In percent.
    pub dropout: u32,
    pub seed: u32,
}

/// How good a network is on the digits that were held out.
pub struct Quality {
    pub loss: f64,
    pub accuracy: f64,
    /// How many digits of each class were taken for each class, row by row.
    pub confusion: Vec<u64>,
}

/// A training of any network.
pub trait Train {
    /// Takes one step of gradient descent, and returns the loss before it.
    fn step(&mut self) -> f64;
    /// How many epochs have begun, and how many steps were taken.
    fn progress(&self) -> [f64; 2];
    /// Measures the network on the digits that were held out.
    fn evaluate(&self) -> Quality;
    /// All parameters, in the order of a [`visit`](shapeproof::layer::Module::visit).
    fn parameters(&self) -> Vec<f32>;
}

/// A training that has begun, or a sentence about a setting or the digits.
pub type Started = Result<Box<dyn Train>, String>;

/// A training of a network with `K` classes.
pub struct Training<N: Classifier<K>, const K: usize> {
    trainer: Trainer<N, CrossEntropy<K>, Chosen>,
    train: Subset<Labeled<28, 28>>,
    held_out: Subset<Labeled<28, 28>>,
    shuffle: Shuffle,
    order: Vec<u32>,
    epoch: u64,
    at: usize,
}

impl<N: Classifier<K>, const K: usize> Training<N, K> {
    /// A training from random weights.
    ///
    /// # Errors
    /// A sentence, about a setting or the digits.
    pub fn start(choice: &Choice, digits: Digits) -> Started {
        let &Choice { optimizer, lr, batch_size, dropout, seed } = choice;
        if !dropout::choose(dropout) {
            return Err(format!("dropout: found {dropout} %, expected one of {:?}", dropout::PERCENTAGES));
        }
        let seed = u64::from(seed);
        let [train, held_out] = digits.split(K, seed)?;
        let batch_size = batch_size.min(train.len());
        let settings = Settings { threads: Some(1), batch_size, seed, ..Settings::default() };
        let trainer = Trainer::with_any_ending(N::new(seed), CrossEntropy::new(), Chosen::new(optimizer, lr), settings);
        let trainer = trainer.map_err(|error| error.to_string())?;
        let shuffle = Shuffle::new(train.len(), seed);
        Ok(Box::new(Training { trainer, train, held_out, shuffle, order: Vec::new(), epoch: 0, at: 0 }))
    }
}

impl<N: Classifier<K>, const K: usize> Train for Training<N, K> {
    fn step(&mut self) -> f64 {
        let batch = self.trainer.settings().batch_size;
        // What is left over at the end of an epoch is not worth a step.
        if self.at + batch > self.order.len() {
            self.order = self.shuffle.epoch(self.epoch).to_vec();
            self.epoch += 1;
            self.at = 0;
        }
        let indices = &self.order[self.at..self.at + batch];
        self.at += batch;
        self.trainer.step(&self.train, indices).loss()
    }

    fn progress(&self) -> [f64; 2] {
        [self.epoch as f64, self.trainer.steps() as f64]
    }

    fn evaluate(&self) -> Quality {
        let (loss, mut confusion, mut sum) = (CrossEntropy::<K>::new(), Confusion::<K>::new(), 0.0);
        let judge =
            |output: &Vector<K>, target: &usize| (*target, argmax(output.as_slice()), loss.value(output, target));
        for (label, predicted, loss) in self.trainer.threads().infer(self.trainer.network(), &self.held_out, judge) {
            confusion.record(label, predicted);
            sum += loss;
        }
        let counts = confusion.counts.as_flattened().to_vec();
        Quality { loss: sum / self.held_out.len() as f64, accuracy: confusion.accuracy(), confusion: counts }
    }

    fn parameters(&self) -> Vec<f32> {
        parameters(self.trainer.network())
    }
}
