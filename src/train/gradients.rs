//! Between the gradient of a mini-batch and the update it leads to.

use num_traits::Float;

use super::{Score, Trainer};
use crate::layer::{LayerPath, Module};
use crate::loss::Loss;
use crate::optim::Optimizer;
use crate::scalar::Scalar;

/// A step that is not taken yet: the gradient of a mini-batch, summed over all its shards, that [`Trainer::gradients`] has computed.
///
/// [`update`](Gradients::update) takes the step. If this is dropped instead, the trainer is as it was.
///
/// A gradient that is longer than it should be is made shorter in between (Pascanu, Mikolov and Bengio 2013, *On the difficulty of
/// training recurrent neural networks*, algorithm 1):
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
    /// How well the network did on the mini-batch.
    pub fn score(&self) -> Score {
        self.score
    }

    /// The gradient: a network of the same type, with ∂L/∂parameter where the network has the parameter.
    ///
    /// Where the network has [statistics](crate::layer::Role::Statistic), this has those of the mini-batch.
    pub fn gradient(&self) -> &N {
        self.trainer.batch.gradient()
    }

    /// The gradient, to change it parameter by parameter. Its statistics are better left alone.
    pub fn gradient_mut(&mut self) -> &mut N {
        self.trainer.batch.gradient_mut()
    }

    /// The length of the gradient, all trained parameters together: `√Σ g²`. It is the same on any number of threads.
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

    /// Multiplies the gradient by `factor`, and leaves statistics alone.
    pub fn scale(&mut self, factor: f64) {
        let factor = N::Scalar::from_f64(factor);
        N::visit([], [self.gradient_mut()], LayerPath::FIRST, &mut |parameter, [], [gradient]| {
            if parameter.role.is_trained() {
                gradient.iter_mut().for_each(|g| *g *= factor);
            }
        });
    }

    /// Moves the network by the gradient, and its mean after it: the second half of [`Trainer::step`]. How well the network did
    /// before.
    ///
    /// If the loss is not finite, the step is not taken: the trainer is as it was.
    pub fn update(self) -> Score {
        let Gradients { trainer, score } = self;
        if score.loss_sum.is_finite() {
            let threads = trainer.threads.clone();
            threads.run(|| trainer.update());
        }
        score
    }
}
