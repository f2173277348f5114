//! Desks, at which samples are taken through the network and back, and where they wait for each other.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard};

use super::threads::lock;
use super::{Score, Threads};
use crate::data::Dataset;
use crate::layer::{Layer, Noise, Pass};
use crate::loss::Loss;
use crate::scalar::Scalar;
use crate::tensor::zeros;

/// How many samples of a shard go together through a network without meetings.
const BLOCK: usize = 8;

/// All desks of a training.
///
/// A shard of a network without meetings goes through it in small blocks, each forward and back again, so that what a
/// block leaves on its tape is still in cache when it comes back; then a thread needs one desk for all its shards. With
/// meetings each shard needs its own, where its samples wait for those of the others. Scratch it needs only while a thread
/// works there: the thread carries its own from desk to desk, and finds it in its cache.
pub(super) struct Desks<N: Layer, L: Loss<Output = N::Output>> {
    desks: Vec<Mutex<Desk<N, L>>>,
    /// With meetings, for each thread a tape without samples, for its scratch alone.
    scratch: Vec<Mutex<N::Tape>>,
}

impl<N: Layer, L: Loss<Output = N::Output>> Desks<N, L> {
    /// Desks for up to `shards` shards of up to `shard_size` samples each.
    pub(super) fn new(shards: usize, shard_size: usize, threads: &Threads) -> Self {
        if N::MEETINGS == 0 {
            let desks = (0..threads.count()).map(|_| Mutex::new(Desk::new(shard_size.min(BLOCK))));
            return Desks { desks: desks.collect(), scratch: Vec::new() };
        }
        let desks = (0..shards).map(|_| {
            let mut desk = Desk::new(shard_size);
            N::hand_scratch(&mut desk.tape, &mut N::tape(0));
            Mutex::new(desk)
        });
        let scratch = (0..threads.count()).map(|_| {
            let mut scratch = N::tape(0);
            N::hand_scratch(&mut N::tape(shard_size), &mut scratch);
            Mutex::new(scratch)
        });
        Desks { desks: desks.collect(), scratch: scratch.collect() }
    }

    /// The desk of a shard, for the thread that asks to work at.
    pub(super) fn of(&self, shard: usize, threads: &Threads) -> Taken<'_, N, L> {
        let thread = threads.current();
        if N::MEETINGS == 0 {
            return Taken { desk: lock(&self.desks[thread]), scratch: None };
        }
        let (mut desk, mut scratch) = (lock(&self.desks[shard]), lock(&self.scratch[thread]));
        N::hand_scratch(&mut scratch, &mut desk.tape);
        Taken { desk, scratch: Some(scratch) }
    }

    /// A [meeting](crate::layer::meeting) of the first `shards` shards, in their order.
    pub(super) fn meet(&self, shards: usize, pass: Pass, meeting: usize) {
        if let Some((first, rest)) = self.desks[..shards].split_first() {
            let mut first = lock(first);
            for desk in rest {
                N::gather(pass, meeting, &mut first.tape, &lock(desk).tape);
            }
            for desk in rest {
                N::spread(pass, meeting, &first.tape, &mut lock(desk).tape);
            }
        }
    }
}

/// A desk with a thread at it, and with the thread's scratch, which it takes along when it goes.
pub(super) struct Taken<'a, N: Layer, L: Loss<Output = N::Output>> {
    desk: MutexGuard<'a, Desk<N, L>>,
    scratch: Option<MutexGuard<'a, N::Tape>>,
}

impl<N: Layer, L: Loss<Output = N::Output>> Drop for Taken<'_, N, L> {
    fn drop(&mut self) {
        if let Some(scratch) = &mut self.scratch {
            N::hand_scratch(&mut self.desk.tape, scratch);
        }
    }
}

impl<N: Layer, L: Loss<Output = N::Output>> Deref for Taken<'_, N, L> {
    type Target = Desk<N, L>;

    fn deref(&self) -> &Desk<N, L> {
        &self.desk
    }
}

impl<N: Layer, L: Loss<Output = N::Output>> DerefMut for Taken<'_, N, L> {
    fn deref_mut(&mut self) -> &mut Desk<N, L> {
        &mut self.desk
    }
}

/// The samples on their way through the network, with all they need there, allocated once.
pub(super) struct Desk<N: Layer, L: Loss<Output = N::Output>> {
    samples: usize,
    input: Box<[N::Input]>,
    targets: Vec<L::Target>,
    output: Box<[N::Output]>,
    grad_output: Box<[N::Output]>,
    tape: N::Tape,
}

impl<N: Layer, L: Loss<Output = N::Output>> Desk<N, L> {
    /// Room for up to `samples` samples at a time.
    fn new(samples: usize) -> Self {
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
