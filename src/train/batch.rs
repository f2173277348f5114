//! A mini-batch on its way through the network and back, on all threads.

use alloc::vec::Vec;
use core::ops::Range;

use super::buffers::Buffers;
use super::pool::Pool;
use super::shard::{Shard, merge};
use super::{Score, Threads, limits};
use crate::data::Dataset;
use crate::layer::{Module, Pass, RngKey, Tape};
use crate::loss::Loss;

/// How many samples of a shard go together through a network without barriers.
const BLOCK: usize = 8;

/// One step, as it is asked for.
pub(super) struct Step<'a, N, L, D> {
    pub(super) network: &'a N,
    pub(super) loss: &'a L,
    pub(super) dataset: &'a D,
    /// Of the samples of the mini-batch.
    pub(super) indices: &'a [u32],
    pub(super) shard_size: usize,
    pub(super) seed: u64,
    /// Counted from 1.
    pub(super) number: u64,
}

/// The shards of a mini-batch, and the memory they need on their way, allocated once. One of two kinds:
pub(super) enum Batch<N: Module, L: Loss> {
    /// Without barriers, a shard goes through in one go. It goes in small blocks, each forward and back again, so that what a
    /// block leaves on its tape is still in cache when it comes back. A thread needs buffers for one block, and takes all its
    /// shards through them.
    InOneGo { shards: Vec<Shard<N>>, buffers: Pool<Buffers<N, L>> },
    /// With [barriers](crate::layer::barrier), every shard has buffers of its own, where its samples wait for those of the
    /// others. Scratch it needs only while a thread works on it: the thread lends its own, and has it in its cache.
    PhaseByPhase { shards: Vec<(Shard<N>, Buffers<N, L>)>, scratch: Pool<N::Tape> },
}

impl<N: Module, L: Loss<Output = N::Output>> Batch<N, L> {
    /// For mini-batches of up to `shards` shards of up to `shard_size` samples each.
    pub(super) fn new(shards: usize, shard_size: usize, threads: &Threads) -> Self {
        if N::BARRIERS == 0 {
            let room = shard_size.min(BLOCK);
            let buffers = Pool::new(threads, move || Buffers::new(room)).filled();
            return Batch::InOneGo { shards: (0..shards).map(|_| Shard::new()).collect(), buffers };
        }
        let shard = |_| {
            let mut buffers = Buffers::<N, L>::new(shard_size);
            buffers.tape.lend_scratch(&mut N::tape(0));
            (Shard::new(), buffers)
        };
        let scratch = Pool::new(threads, move || scratch::<N>(shard_size)).filled();
        Batch::PhaseByPhase { shards: (0..shards).map(shard).collect(), scratch }
    }

    /// How much memory it takes, without scratch of layers.
    pub(super) fn bytes(shards: usize, shard_size: usize, threads: &Threads) -> u64 {
        let (buffers, samples) = match N::BARRIERS {
            0 => (threads.count(), shard_size.min(BLOCK)),
            _ => (shards, shard_size),
        };
        let ends = size_of::<N::Input>() + size_of::<L::Target>() + 2 * size_of::<N::Output>();
        let each = limits::total(&[(samples, limits::activations::<N>()), (samples, ends as u64)]);
        let shard = size_of::<N>() + size_of::<(Shard<N>, Buffers<N, L>)>();
        limits::total(&[(shards, shard as u64), (buffers, each)])
    }

    /// The gradient of the whole mini-batch, after [`run`](Batch::run).
    pub(super) fn gradient(&self) -> &N {
        match self {
            Batch::InOneGo { shards, .. } => &shards[0].gradient,
            Batch::PhaseByPhase { shards, .. } => &shards[0].0.gradient,
        }
    }

    /// The same, to change it.
    pub(super) fn gradient_mut(&mut self) -> &mut N {
        match self {
            Batch::InOneGo { shards, .. } => &mut shards[0].gradient,
            Batch::PhaseByPhase { shards, .. } => &mut shards[0].0.gradient,
        }
    }

    /// Takes all samples of the mini-batch through the network and back: how well it did on them.
    pub(super) fn run<D>(&mut self, step: &Step<'_, N, L, D>, threads: &Threads) -> Score
    where
        D: Dataset<Input = N::Input, Target = L::Target>,
    {
        let mut score = Score::default();
        match self {
            Batch::InOneGo { shards, buffers } => {
                let shards = &mut shards[..step.shards()];
                in_one_go(step, shards, buffers, threads);
                shards.iter().for_each(|shard| score.add(&shard.score));
            }
            Batch::PhaseByPhase { shards, scratch } => {
                let shards = &mut shards[..step.shards()];
                phase_by_phase(step, shards, scratch, threads);
                shards.iter().for_each(|(shard, _)| score.add(&shard.score));
            }
        }
        score
    }
}

fn in_one_go<N, L, D>(
    step: &Step<'_, N, L, D>,
    shards: &mut [Shard<N>],
    buffers: &Pool<Buffers<N, L>>,
    threads: &Threads,
) where
    N: Module,
    L: Loss<Output = N::Output>,
    D: Dataset<Input = N::Input, Target = L::Target>,
{
    let run = |at: usize, shard: &mut Shard<N>| {
        shard.clear();
        let samples = step.samples(at);
        buffers.lend(threads, |buffers| {
            let room = buffers.room();
            for first in samples.clone().step_by(room) {
                step.load(first..samples.end.min(first + room), buffers);
                buffers.forward(step.network, 0);
                buffers.judge(step.loss, step.indices.len(), &mut shard.score);
                buffers.backward(step.network, 0, &mut shard.gradient);
            }
        });
    };
    threads.fold(shards, run, |left, right| merge(threads, left, right));
}

fn phase_by_phase<N, L, D>(
    step: &Step<'_, N, L, D>,
    shards: &mut [(Shard<N>, Buffers<N, L>)],
    scratch: &Pool<N::Tape>,
    threads: &Threads,
) where
    N: Module,
    L: Loss<Output = N::Output>,
    D: Dataset<Input = N::Input, Target = L::Target>,
{
    let with_scratch = |buffers: &mut Buffers<N, L>, work: &mut dyn FnMut(&mut Buffers<N, L>)| {
        scratch.lend(threads, |scratch| {
            scratch.lend_scratch(&mut buffers.tape);
            work(buffers);
            buffers.tape.lend_scratch(scratch);
        });
    };
    threads.for_each(shards, |at, (shard, buffers)| {
        shard.clear();
        with_scratch(buffers, &mut |buffers| {
            step.load(step.samples(at), buffers);
            buffers.forward(step.network, 0);
        });
    });
    for phase in 1..=N::BARRIERS {
        synchronize(shards, Pass::Forward, phase - 1);
        threads.for_each(shards, |_, (shard, buffers)| {
            with_scratch(buffers, &mut |buffers| {
                buffers.forward(step.network, phase);
                // On the last phase back again at once, while its numbers are in cache.
                if phase == N::BARRIERS {
                    buffers.judge(step.loss, step.indices.len(), &mut shard.score);
                    buffers.backward(step.network, phase, &mut shard.gradient);
                }
            });
        });
    }
    for phase in (0..N::BARRIERS).rev() {
        synchronize(shards, Pass::Backward, phase);
        let back = |_: usize, (shard, buffers): &mut (Shard<N>, Buffers<N, L>)| {
            with_scratch(buffers, &mut |buffers| buffers.backward(step.network, phase, &mut shard.gradient));
        };
        if phase > 0 {
            threads.for_each(shards, back);
        } else {
            threads.fold(shards, back, |(left, _), (right, _)| merge(threads, left, right));
        }
    }
}

/// A [barrier](crate::layer::barrier) that all shards have come to: they are put together in their order.
fn synchronize<N: Module, L: Loss<Output = N::Output>>(
    shards: &mut [(Shard<N>, Buffers<N, L>)],
    pass: Pass,
    barrier: usize,
) {
    if let Some(((_, first), rest)) = shards.split_first_mut() {
        for (_, buffers) in rest.iter() {
            first.tape.reduce(pass, barrier, &buffers.tape);
        }
        for (_, buffers) in rest {
            first.tape.broadcast(pass, barrier, &mut buffers.tape);
        }
    }
}

/// A tape without samples, for its scratch alone.
fn scratch<N: Module>(samples: usize) -> N::Tape {
    let mut scratch = N::tape(0);
    N::tape(samples).lend_scratch(&mut scratch);
    scratch
}

impl<N: Module, L: Loss<Output = N::Output>, D> Step<'_, N, L, D>
where
    D: Dataset<Input = N::Input, Target = L::Target>,
{
    fn shards(&self) -> usize {
        self.indices.len().div_ceil(self.shard_size)
    }

    /// Which samples of the mini-batch belong to a shard.
    fn samples(&self, shard: usize) -> Range<usize> {
        let first = shard * self.shard_size;
        first..self.indices.len().min(first + self.shard_size)
    }

    fn load(&self, samples: Range<usize>, buffers: &mut Buffers<N, L>) {
        let key = RngKey::new(self.seed, self.number, samples.start);
        buffers.load(self.dataset, &self.indices[samples], key);
    }
}
