//! A shard: some samples of a mini-batch, and everything needed to take them through the network and back.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{Score, Threads};
use crate::data::Dataset;
use crate::layer::{Layer, Noise, Position};
use crate::loss::Loss;
use crate::network::Network;
use crate::optim::Walker;
use crate::scalar::Scalar;
use crate::simd::widest;
use crate::tensor::zeros;

/// What a shard leaves behind: its part of the gradient, and how well the network did on it.
pub(super) struct Shard<N> {
    pub(super) gradient: Box<N>,
    pub(super) score: Score,
}

impl<N: Layer> Shard<N> {
    pub(super) fn new() -> Self {
        Shard { gradient: N::zeros(), score: Score::default() }
    }

    /// Forgets what the last mini-batch left.
    pub(super) fn clear(&mut self) {
        self.score = Score::default();
        N::visit([], [&mut *self.gradient], Position::FIRST, &mut |_, [], [gradient]| {
            gradient.fill(N::Scalar::from_f64(0.0))
        });
    }
}

/// Adds to the gradient of `left` that of `right`.
pub(super) fn merge<N: Layer>(threads: &Threads, left: &mut Shard<N>, right: &Shard<N>) {
    N::visit([&*right.gradient], [&mut *left.gradient], Position::FIRST, &mut |_, read, write| {
        threads.walk(read, write, &|[from], [to]| {
            widest!({
                for (to, &from) in to.iter_mut().zip(from) {
                    *to += from;
                }
            });
        });
    });
}

/// The samples on their way through the network, with all they need there, allocated once.
///
/// A shard of a network without meetings goes through it in small blocks, each forward and back again, so that what a
/// block leaves on its tape is still in cache when it comes back; then a thread needs one desk for all its shards. With
/// meetings each shard needs its own, where its samples wait for those of the others.
pub(super) struct Desk<N: Layer, L: Loss<Output = N::Output>> {
    samples: usize,
    input: Box<[N::Input]>,
    targets: Vec<L::Target>,
    output: Box<[N::Output]>,
    grad_output: Box<[N::Output]>,
    pub(super) tape: N::Tape,
}

impl<N: Layer, L: Loss<Output = N::Output>> Desk<N, L> {
    /// Room for up to `samples` samples at a time.
    pub(super) fn new(samples: usize) -> Self {
        Desk {
            samples: 0,
            input: zeros(samples),
            targets: Vec::with_capacity(samples),
            output: zeros(samples),
            grad_output: zeros(samples),
            tape: N::tape(samples),
        }
    }

    /// How many samples it has room for at a time.
    pub(super) fn room(&self) -> usize {
        self.input.len()
    }

    /// Takes up the samples with these indices.
    pub(super) fn gather<D>(&mut self, dataset: &D, indices: &[u32], noise: Noise)
    where
        D: Dataset<Input = N::Input, Target = L::Target>,
    {
        self.samples = indices.len();
        self.targets.clear();
        // The layers draw from the noise at their own positions, the data set from the one behind the last.
        let variation = noise.skip(N::LAYERS);
        let places = self.input.iter_mut().zip(indices).enumerate();
        let loaded = places.map(|(i, (input, &index))| dataset.load_varied(index as usize, variation.seed(i), input));
        self.targets.extend(loaded);
        N::set_noise(&mut self.tape, noise);
    }

    pub(super) fn forward(&mut self, network: &N, leg: usize) {
        network.forward_leg(leg, &self.input[..self.samples], &mut self.output[..self.samples], &mut self.tape);
    }

    /// Losses of all samples, and their gradients for a mean over `batch` samples.
    pub(super) fn judge(&mut self, loss: &L, batch: usize, score: &mut Score) {
        let scale = N::Scalar::from_f64(1.0 / batch as f64);
        for ((output, target), grad_output) in self.output.iter().zip(&self.targets).zip(&mut self.grad_output) {
            let value = loss.gradient(output, target, scale, grad_output);
            score.record(value, loss.is_correct(output, target));
        }
    }

    pub(super) fn backward(&mut self, network: &N, leg: usize, gradient: &mut N) {
        let (input, grad_output) = (&self.input[..self.samples], &self.grad_output[..self.samples]);
        network.backward_leg(leg, input, &mut self.tape, grad_output, None, gradient);
    }
}
