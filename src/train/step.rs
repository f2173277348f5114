//! One step of gradient descent, on all threads, with the same result on any number of them.
//!
//! A mini-batch is cut into shards of a fixed number of samples. Each shard has its own gradient. Threads take shards as they
//! become free, and the gradients of neighboring shards are added pair by pair. So the resulting bits depend on the seed and the
//! shard size, and not on the threads. Where a layer needs the whole mini-batch, all shards wait at that
//! [barrier](crate::layer::barrier) before they continue.

use num_traits::Float;

use super::average::follow;
use super::mini_batch::MiniBatch;
use super::{Score, Settings, Trainer};
use crate::data::Dataset;
use crate::layer::{LayerPath, Module};
use crate::loss::Loss;
use crate::network::Network;
use crate::optim::{self, Optimizer};
use crate::scalar::Scalar;

impl<N: Module, L: Loss<Output = N::Output>, O: Optimizer> Trainer<N, L, O> {
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
    /// If there are no indices, more than the batch size, or one that is not in the data set; if the loss rejects a target (a label
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
        let score = threads.run(|| {
            let Trainer { state, loss, batch, threads, settings, .. } = &mut *self;
            let &mut Settings { shard_size, seed, .. } = settings;
            let (network, step) = (&*state.network, state.steps + 1);
            batch.run(&MiniBatch { network, loss, dataset, indices, shard_size, seed, step }, threads)
        });
        Gradients { trainer: self, score }
    }
}

/// A step that has not been taken yet: the gradient of a mini-batch, which [`Trainer::gradients`] has computed.
///
/// [`update`](Gradients::update) takes the step. If this is dropped instead, the trainer is as it was.
///
/// A gradient can be clipped by its norm before the step (Pascanu, Mikolov and Bengio 2013, *On the difficulty of training
/// recurrent neural networks*, algorithm 1):
///
/// ```
/// use shapeproof::data::Pairs;
/// use shapeproof::loss::MSE;
/// use shapeproof::network::Network;
/// use shapeproof::optim::SGD;
/// use shapeproof::tensor::Vector;
/// use shapeproof::train::{Settings, Trainer};
///
/// shapeproof::network! { type Net = [2, 1, 1] => Dense(units = 1) }
/// let (inputs, targets) = ([[0., 100.], [100., 0.]].map(Vector::from), [[300.], [-200.]].map(Vector::from));
/// let data = Pairs::new(&inputs, &targets);
/// let mut trainer = Trainer::new(Net::new(1), MSE::new(), SGD::new(0.1), Settings::default())?;
///
/// let mut gradients = trainer.gradients(&data, &[0, 1]);
/// let norm = gradients.norm();
/// if norm > 1.0 {
///     gradients.scale(1.0 / norm);
/// }
/// assert!(norm > 1000.0 && gradients.norm() < 1.001);
/// gradients.update();
/// # Ok::<(), shapeproof::Error>(())
/// ```
#[must_use = "without `update` the step is not taken"]
pub struct Gradients<'a, N: Module, L: Loss<Output = N::Output>, O: Optimizer> {
    pub(super) trainer: &'a mut Trainer<N, L, O>,
    pub(super) score: Score,
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
    #[doc(alias = "clip_grad_norm_")]
    pub fn norm(&self) -> f64 {
        let mut sum = 0.0;
        N::visit([self.gradient()], [], LayerPath::FIRST, &mut |parameter, [gradient], []| {
            if parameter.role.is_trained() {
                sum += gradient.iter().map(|g| g.into_f64() * g.into_f64()).sum::<f64>();
            }
        });
        Float::sqrt(sum)
    }

    /// Multiplies the gradient by `factor`, without its statistics.
    pub fn scale(&mut self, factor: f64) {
        let factor = N::Scalar::from_f64(factor);
        N::visit([], [self.gradient_mut()], LayerPath::FIRST, &mut |parameter, [], [gradient]| {
            if parameter.role.is_trained() {
                gradient.iter_mut().for_each(|g| *g *= factor);
            }
        });
    }

    /// Updates the network by the gradient, then its moving average: the second half of [`Trainer::step`]. Returns the score before
    /// the update.
    ///
    /// If the loss is not finite, the step is not taken: the trainer is as it was.
    pub fn update(self) -> Score {
        let Gradients { trainer, score } = self;
        if score.loss_sum.is_finite() {
            let threads = trainer.threads.clone();
            threads.run(|| descend(trainer));
        }
        score
    }
}

/// Updates the network by the gradient of the whole mini-batch, then its moving average.
fn descend<N: Module, L: Loss<Output = N::Output>, O: Optimizer>(trainer: &mut Trainer<N, L, O>) {
    let lr = trainer.lr();
    let Trainer { state, optimizer, batch, threads, settings, .. } = trainer;
    let (gradient, step) = (batch.gradient(), state.steps + 1);
    optim::step_by(threads, optimizer, lr, step, &mut *state.network, gradient, &mut state.memory);
    state.network.update_statistics(gradient);
    if let (Some(decay), Some(average)) = (settings.average, &mut state.average) {
        follow(threads, decay, step, &*state.network, &mut **average);
    }
    state.steps = step;
}
