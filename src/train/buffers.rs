//! Buffers for the forward and backward pass of some samples.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::Score;
use crate::data::Dataset;
use crate::layer::{Fusion, Module, RngKey, Tape};
use crate::loss::Loss;
use crate::scalar::Scalar;
use crate::tensor::{boxed, zeros};

/// Some samples, with the buffers for their forward and backward pass, allocated once.
pub(super) struct Buffers<N: Module, L: Loss> {
    samples: usize,
    input: Box<[N::Input]>,
    /// For a dataset that needs memory for one more sample while it loads one.
    scratch: Box<N::Input>,
    targets: Vec<L::Target>,
    output: Box<[N::Output]>,
    grad_output: Box<[N::Output]>,
    pub(super) tape: N::Tape,
}

impl<N: Module, L: Loss<Output = N::Output>> Buffers<N, L> {
    /// Allocates room for up to `samples` samples at a time.
    pub(super) fn new(samples: usize) -> Self {
        Buffers {
            samples: 0,
            input: zeros(samples),
            scratch: boxed(),
            targets: Vec::with_capacity(samples),
            output: zeros(samples),
            grad_output: zeros(samples),
            tape: N::tape(samples),
        }
    }

    /// How many samples there is room for at a time.
    pub(super) fn room(&self) -> usize {
        self.input.len()
    }

    /// Loads the samples with these indices.
    pub(super) fn load<D>(&mut self, dataset: &D, indices: &[u32], key: RngKey)
    where
        D: Dataset<Input = N::Input, Target = L::Target>,
    {
        self.samples = indices.len();
        self.targets.clear();
        // The layers use the random numbers of their own positions, the dataset those of the position after the last layer.
        let variation = key.skip(N::LAYERS);
        let places = self.input.iter_mut().zip(indices).enumerate();
        let loaded = places.map(|(i, (input, &index))| {
            dataset.load_augmented(index as usize, variation.seed(i), input, &mut self.scratch)
        });
        self.targets.extend(loaded);
        self.tape.set_rng_key(key);
    }

    pub(super) fn forward(&mut self, network: &N, phase: usize) {
        let (input, output) = (&self.input[..self.samples], &mut self.output[..self.samples]);
        network.forward_phase(phase, Fusion::NONE, input, output, &mut self.tape);
    }

    /// Computes the losses of all samples, and their gradients for a mean over `batch` samples.
    pub(super) fn compute_loss(&mut self, loss: &L, batch: usize, score: &mut Score) {
        let scale = N::Scalar::from_f64(1.0 / batch as f64);
        for ((output, target), grad_output) in self.output.iter().zip(&self.targets).zip(&mut self.grad_output) {
            let value = loss.gradient(output, target, scale, grad_output);
            score.record(value, loss.measure(output, target));
        }
    }

    pub(super) fn backward(&mut self, network: &N, phase: usize, gradient: &mut N) {
        let (input, grad_output) = (&self.input[..self.samples], &self.grad_output[..self.samples]);
        network.backward_phase(phase, Fusion::NONE, input, &mut self.tape, grad_output, None, gradient);
    }
}
