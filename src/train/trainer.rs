//! The trainer: one step of gradient descent, on all threads, with the same result on any number of them.
//!
//! A mini-batch is cut into shards of a fixed number of samples. Each shard has its own gradient. Threads take shards as they
//! become free, and the gradients of neighboring shards are added pair by pair. So the resulting bits depend on the seed and the
//! shard size, and not on the threads. Where a layer needs the whole mini-batch, all shards wait at that
//! [barrier](crate::layer::barrier) before they continue.
//!
//! All buffers of a step are allocated before the first one.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::average::update_average;
use super::batch::Batch;
use super::mini_batch::MiniBatch;
use super::processes::Processes;
use super::{Clip, Score, Settings, State, Threads, clip, limits};
use crate::Result;
use crate::data::Dataset;
use crate::layer::{Module, Role};
use crate::loss::Loss;
use crate::network::Network;
use crate::optim::{self, Optimizer, schedule};

/// A network in training, with its loss, its optimizer, and all the memory a step needs.
pub struct Trainer<N: Module, L: Loss, O: Optimizer> {
    pub(super) state: State<N>,
    loss: L,
    optimizer: O,
    /// The optimizer's networks of scratch.
    scratch: Vec<Box<N>>,
    batch: Batch<N, L>,
    pub(super) threads: Threads,
    settings: Settings,
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
    /// [`Error::Setting`](crate::Error::Setting) if a setting of the optimizer or of `settings` cannot work, or is beyond a
    /// [limit](super::limits), or if no parameter is in one of the [groups](optim::Groups) of the optimizer.
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
        let settings = settings.checked()?;
        let shards = settings.batch_size.div_ceil(settings.shard_size);
        let processes = settings.peers();
        let threads = Threads::new(settings.threads.or(processes.threads()))?;
        optimizer.validate_for(&trained_parameters(&*network))?;
        let networks = optimizer.memory() + O::SCRATCH + 2 + usize::from(settings.average.is_some());
        let bytes = Batch::<N, L>::bytes(processes.most_shards(shards), settings.shard_size, &threads)
            .saturating_add(limits::total(&[(networks, size_of::<N>() as u64)]));
        limits::check_memory("batch_size", || settings.batch_size.to_string(), bytes)?;
        let words = settings.in_words::<N>(&loss, &optimizer);
        processes.agree(&words)?;
        Ok(Trainer {
            state: State::new(network, optimizer.memory(), settings.average.is_some(), words),
            loss,
            optimizer,
            scratch: (0..O::SCRATCH).map(|_| N::zeros()).collect(),
            batch: Batch::new(processes, shards, settings.shard_size, &threads),
            threads,
            settings,
        })
    }

    /// Takes one step of gradient descent on the samples of `dataset` with these indices, and returns their score before the step:
    /// [`gradients`](Trainer::gradients), then [`update`](Gradients::update).
    ///
    /// If the loss is not finite, the step is not taken: the trainer is as it was.
    ///
    /// # Panics
    /// As for [`gradients`](Trainer::gradients); and a panic in [`Optimizer::update`] may leave a network half updated.
    pub fn step<D>(&mut self, dataset: &D, indices: &[u32]) -> Score
    where
        D: Dataset<Input = N::Input, Target = L::Target>,
    {
        // Both halves run on the threads, which are woken once.
        let threads = self.threads.clone();
        threads.run(|| self.gradients(dataset, indices).update())
    }

    /// Takes the first half of a step: computes the gradient of the mean loss over the samples of `dataset` with these indices. The
    /// returned value can inspect and change it, and take the step.
    ///
    /// # Panics
    /// If there are no indices, more than the batch size, or one that is not in the dataset; if the loss rejects a target (a label
    /// that is not a class); or if there are fewer than a layer [needs](Module::MIN_BATCH). After a panic, in code of your own too,
    /// the trainer is as it was, and can be used.
    pub fn gradients<D>(&mut self, dataset: &D, indices: &[u32]) -> Gradients<'_, N, L, O>
    where
        D: Dataset<Input = N::Input, Target = L::Target>,
    {
        let (batch, most) = (indices.len(), self.settings.batch_size);
        assert!((1..=most).contains(&batch), "a step on {batch} samples with a batch size of {most}");
        let least = N::MIN_BATCH;
        assert!(batch >= least, "a step on {batch} samples, but a layer of the network needs {least}");
        let threads = self.threads.clone();
        let processes = self.peers();
        let score = threads.run(|| {
            let Trainer { state, loss, batch, threads, settings, .. } = &mut *self;
            let &mut Settings { shard_size, seed, .. } = settings;
            let (network, step) = (&*state.network, state.steps + 1);
            processes.meet_at_step(step, state.lr_factor, indices);
            let run = processes.run_of(indices.len().div_ceil(shard_size));
            batch.run(&MiniBatch { network, loss, dataset, indices, shard_size, run, seed, step }, threads)
        });
        Gradients { trainer: self, score }
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

    /// The processes that train together.
    pub(crate) fn peers(&self) -> Processes {
        self.settings.peers()
    }

    pub(super) fn loss(&self) -> &L {
        &self.loss
    }

    /// The learning rate that a schedule's factor is of.
    #[cfg(feature = "report")]
    pub(super) fn highest_lr(&self) -> f64 {
        self.optimizer.lr()
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

    /// Returns the mean loss of the network on `dataset` in inference, and what the loss [measures](Loss::measure): accuracy, or
    /// MAE, RMSE and R².
    pub fn evaluate<D>(&self, dataset: &D) -> Score
    where
        D: Dataset<Input = N::Input, Target = L::Target>,
    {
        self.peers().evaluate(&self.threads, self.network(), &self.loss, dataset)
    }
}

/// The names and roles of the parameters that are trained.
fn trained_parameters<N: Module>(network: &N) -> Vec<(String, Role)> {
    let mut all = Vec::new();
    N::visit([network], [], &mut |parameter, _, []| {
        if parameter.role.is_trained() {
            all.push((parameter.to_string(), parameter.role));
        }
    });
    all
}

/// A step that has not been taken yet: the gradient of a mini-batch, which [`Trainer::gradients`] has computed.
///
/// [`update`](Gradients::update) takes the step. If this is dropped instead, the trainer is as it was.
///
/// [`Trainer::fit`] takes whole steps. To change gradients, write the loop by hand, as on the page of this module, with the schedule's
/// [`factor`](optim::Schedule::factor) in [`Trainer::set_lr_factor`] before each step.
///
/// Changes come before the setting [`clip`](Settings::clip), which is part of the update. This takes a step by the mean gradient of two
/// mini-batches that do not fit in memory together. Layers must not have running statistics, and samples at the same place of both have
/// the same random numbers, since both belong to one step:
///
/// ```
/// use shapeproof::layer::{LayerPath, Module};
/// # use shapeproof::data::Pairs;
/// # use shapeproof::loss::MSE;
/// # use shapeproof::network::Network;
/// # use shapeproof::optim::SGD;
/// # use shapeproof::tensor::Vector;
/// # use shapeproof::train::{Settings, Trainer};
/// # shapeproof::network! { type Net = [2, 1, 1] => Dense(units = 1) }
/// # let (inputs, targets) = ([[0., 100.], [100., 0.]].map(Vector::from), [[300.], [-200.]].map(Vector::from));
/// # let data = Pairs::new(&inputs, &targets);
/// # let mut trainer = Trainer::new(Net::new(1), MSE::new(), SGD::new(0.1), Settings::default())?;
/// let mut first = Net::zeros();
/// first.copy_from(trainer.gradients(&data, &[0]).gradient());
/// let mut gradients = trainer.gradients(&data, &[1]);
/// Net::visit([&*first], [gradients.gradient_mut()], &mut |_, [first], [second]| {
///     second.iter_mut().zip(first).for_each(|(second, first)| *second = 0.5 * (*second + first));
/// });
/// assert!(gradients.norm() > 1000.0);
/// gradients.clip(shapeproof::train::Clip::Norm(1.0));
/// assert!((gradients.norm() - 1.0).abs() < 1e-5);
/// gradients.update();
/// # Ok::<(), shapeproof::Error>(())
/// ```
#[must_use = "without `update` the step is not taken"]
pub struct Gradients<'a, N: Module, L: Loss<Output = N::Output>, O: Optimizer> {
    trainer: &'a mut Trainer<N, L, O>,
    score: Score,
}

impl<N: Module, L: Loss<Output = N::Output>, O: Optimizer> Gradients<'_, N, L, O> {
    /// Returns the score of the mini-batch.
    pub fn score(&self) -> Score {
        self.score
    }

    /// Returns the gradient: a network of the same type, with ∂L/∂parameter where the network has the parameter.
    ///
    /// Where the network has running [statistics](crate::layer::Role::Statistic), this has those of the mini-batch.
    pub fn gradient(&self) -> &N {
        self.trainer.batch.gradient()
    }

    /// Returns the gradient, to change it parameter by parameter. Its statistics are better left alone.
    pub fn gradient_mut(&mut self) -> &mut N {
        self.trainer.batch.gradient_mut()
    }

    /// Returns the norm of the gradient, over all trained parameters together: `√Σ g²`. It is the same on any number of threads.
    pub fn norm(&self) -> f64 {
        clip::norm(self.gradient())
    }

    /// Multiplies the gradient by `factor`, without its statistics.
    pub fn scale(&mut self, factor: f64) {
        let Trainer { batch, threads, .. } = &mut *self.trainer;
        clip::scale(threads, batch.gradient_mut(), factor);
    }

    /// Clips the gradient, without its statistics. The setting [`clip`](Settings::clip) does so in every step.
    ///
    /// # Panics
    /// If the limit is not a finite number above 0.
    pub fn clip(&mut self, clip: Clip) {
        let clip = clip.checked().unwrap_or_else(|error| panic!("{error}"));
        let Trainer { batch, threads, .. } = &mut *self.trainer;
        clip.apply(threads, batch.gradient_mut());
    }

    /// Clips the gradient, if the [settings](Settings::clip) say so, updates the network by it, then its moving average: the second
    /// half of [`Trainer::step`]. Returns the score before the update.
    ///
    /// If the loss is not finite, the step is not taken: the trainer is as it was.
    pub fn update(self) -> Score {
        let Gradients { trainer, score } = self;
        if score.loss_sum.is_finite() {
            let threads = trainer.threads.clone();
            threads.run(|| move_network(trainer));
        }
        score
    }
}

/// Updates the network by the gradient of the whole mini-batch, clipped if that is wanted, then its moving average.
fn move_network<N: Module, L: Loss<Output = N::Output>, O: Optimizer>(trainer: &mut Trainer<N, L, O>) {
    let lr = trainer.lr();
    let Trainer { state, optimizer, scratch, batch, threads, settings, .. } = trainer;
    if let Some(clip) = settings.clip {
        clip.apply(threads, batch.gradient_mut());
    }
    let (gradient, step) = (batch.gradient(), state.steps + 1);
    optim::step_by(threads, optimizer, lr, step, &mut *state.network, gradient, &mut state.memory, scratch);
    state.network.update_statistics(gradient);
    if let (Some(decay), Some(average)) = (settings.average, &mut state.average) {
        update_average(threads, decay, step, &*state.network, &mut **average);
    }
    state.steps = step;
}
