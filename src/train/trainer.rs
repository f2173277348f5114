//! The trainer: a network in training, and all buffers of a step, allocated before the first one.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};

use super::batch::Batch;
use super::{Score, State, Threads, limits};
use crate::data::Dataset;
use crate::layer::{LayerPath, Module};
use crate::loss::Loss;
use crate::optim::{self, Optimizer, schedule};
use crate::{Error, Result};

/// The settings of a [`Trainer`]; the default is a batch of 64 on all cores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// The largest number of samples in one step. The memory of a training depends on it, and has a
    /// [limit](super::limits::MAX_BYTES).
    pub batch_size: usize,
    /// How many samples one thread computes as a unit; reduced to the batch size if that is smaller. The bits of the result depend
    /// on it.
    pub shard_size: usize,
    /// How many threads to compute on, up to [`max_threads`](super::limits::max_threads); `None` for as many as there are cores.
    pub threads: Option<usize>,
    /// The seed of the randomness in training (order, dropout).
    pub seed: u64,
    /// The decay of a moving average of the parameters, if one is wanted: 0.999, say. The average is then what is evaluated, saved
    /// and returned, while training continues with the parameters themselves.
    ///
    /// ```text
    /// d ← min(average, (1 + steps) / (10 + steps))
    /// mean ← d·mean + (1 − d)·parameters
    /// ```
    #[doc(alias = "EMA")]
    pub average: Option<f64>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { batch_size: 64, shard_size: 16, threads: None, seed: 0, average: None }
    }
}

/// A network in training, with its loss, its optimizer, and all the memory a step needs.
pub struct Trainer<N: Module, L: Loss, O: Optimizer> {
    pub(super) state: State<N>,
    pub(super) loss: L,
    pub(super) optimizer: O,
    pub(super) batch: Batch<N, L>,
    pub(super) threads: Threads,
    pub(super) settings: Settings,
}

impl<N: Module, L: Loss<Output = N::Output>, O: Optimizer> Trainer<N, L, O> {
    /// Checks the settings and allocates all buffers: after this, a step allocates nothing of its own (`matrixmultiply` allocates
    /// to pack its operands, and the thread pool now and then to queue work). The exception is code of your own that waits for
    /// other threads: if its thread runs another shard meanwhile, one more buffer is allocated, and kept.
    ///
    /// A network whose last layer is what its loss itself [applies](Loss::APPLIES) does not compile:
    /// ```compile_fail
    /// # use shapeproof::{loss::CrossEntropy, network::Network, optim::SGD, train::{Settings, Trainer}};
    /// shapeproof::network! { type Net = [2, 1, 1] => Dense(units = 2), Softmax }
    ///
    /// let trainer = Trainer::new(Net::new(1), CrossEntropy::new(), SGD::new(0.1), Settings::default());
    /// ```
    ///
    /// # Errors
    /// [`Error::Setting`] if a setting of the optimizer or of `settings` cannot work, or is beyond a [limit](super::limits).
    pub fn new(network: Box<N>, loss: L, optimizer: O, settings: Settings) -> Result<Self> {
        const { super::ending::check::<N, L>() };
        Self::with_any_ending(network, loss, optimizer, settings)
    }

    /// [`new`](Trainer::new) for a network that deliberately ends with what its loss itself applies.
    ///
    /// # Errors
    /// As for [`new`](Trainer::new).
    pub fn with_any_ending(network: Box<N>, loss: L, optimizer: O, settings: Settings) -> Result<Self> {
        const { crate::network::verify::<N>() };
        const { optim::verify::<O>() };
        optimizer.validate()?;
        for (setting, found) in [("batch_size", settings.batch_size), ("shard_size", settings.shard_size)] {
            if found == 0 {
                return Err(Error::Setting { setting, found: "0".to_string(), expected: "at least 1".to_string() });
            }
        }
        if let Some(decay) = settings.average
            && !(0.0..1.0).contains(&decay)
        {
            let (found, expected) = (decay.to_string(), "a number from 0 to below 1".to_string());
            return Err(Error::Setting { setting: "average", found, expected });
        }
        let shard_size = settings.shard_size.min(settings.batch_size);
        let settings = Settings { shard_size, ..settings };
        let shards = settings.batch_size.div_ceil(shard_size);
        let threads = Threads::new(settings.threads)?;
        let networks = optimizer.memory() + 2 + usize::from(settings.average.is_some());
        let bytes = Batch::<N, L>::bytes(shards, shard_size, &threads)
            .saturating_add(limits::total(&[(networks, size_of::<N>() as u64)]));
        limits::check_memory("batch_size", || settings.batch_size.to_string(), bytes)?;
        let words = in_words::<N>(&settings, &loss, &optimizer);
        Ok(Trainer {
            state: State::new(network, optimizer.memory(), settings.average.is_some(), words),
            loss,
            optimizer,
            batch: Batch::new(shards, shard_size, &threads),
            threads,
            settings,
        })
    }

    /// Returns the network to predict with, as it is now: the moving average if the [settings](Settings::average) want one,
    /// otherwise the network in training.
    pub fn network(&self) -> &N {
        self.state.network()
    }

    /// Returns the network in training, to change it.
    pub fn network_mut(&mut self) -> &mut N {
        &mut self.state.network
    }

    /// Returns the network to predict with, and drops the rest.
    pub fn into_network(self) -> Box<N> {
        self.state.average.unwrap_or(self.state.network)
    }

    /// Returns the network as it was after the epoch with the smallest validation loss, if there were any; of equal ones, the
    /// first.
    pub fn best(&self) -> Option<&N> {
        self.state.best()
    }

    /// Returns the state of the training.
    pub fn state(&self) -> &State<N> {
        &self.state
    }

    /// The state, mutable, for restoring it from a checkpoint.
    #[cfg(feature = "safetensors")]
    pub(crate) fn state_mut(&mut self) -> &mut State<N> {
        &mut self.state
    }

    /// Returns its settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns the threads it computes on.
    pub fn threads(&self) -> &Threads {
        &self.threads
    }

    /// Returns how many steps it has taken.
    pub fn steps(&self) -> u64 {
        self.state.steps
    }

    /// Returns the learning rate of the next step.
    pub fn lr(&self) -> f64 {
        self.optimizer.lr() * self.state.lr_factor
    }

    /// Multiplies the optimizer's learning rate by `factor` from the next step on; see
    /// [`Schedule`](optim::Schedule).
    ///
    /// # Panics
    /// If `factor` is not a number from 0 to [`MAX_FACTOR`](schedule::MAX_FACTOR).
    pub fn set_lr_factor(&mut self, factor: f64) {
        assert!(schedule::allows(factor), "a learning rate cannot be multiplied by {factor}");
        self.state.lr_factor = factor;
    }

    /// Returns the mean loss of the network on `dataset` in inference, and its accuracy if the loss has one.
    pub fn evaluate<D>(&self, dataset: &D) -> Score
    where
        D: Dataset<Input = N::Input, Target = L::Target>,
    {
        self.threads.evaluate(self.network(), &self.loss, dataset)
    }
}

/// The settings that must agree for the same state to lead to the same bits.
fn in_words<N: Module>(settings: &Settings, loss: &impl Loss, optimizer: &impl Optimizer) -> BTreeMap<String, String> {
    let &Settings { batch_size, shard_size, threads: _, seed, average } = settings;
    let average = average.map_or("none".to_string(), |decay| decay.to_string());
    let mut words: BTreeMap<_, _> = [
        ("batch_size", batch_size.to_string()),
        ("shard_size", shard_size.to_string()),
        ("seed", seed.to_string()),
        ("average", average),
        ("loss", loss.to_string()),
        ("optimizer", optimizer.to_string()),
    ]
    .map(|(name, value)| (name.to_string(), value))
    .into();
    // The parameters do not show everything about a layer: a Dropout's percentage, a BatchNorm's momentum.
    N::summarize(LayerPath::FIRST, &mut |row| {
        let layer = format!("{} {}", row.kind, row.settings.as_str()).trim_end().to_string();
        words.insert(format!("layer {}", row.layer), layer);
    });
    words
}
