//! With [barriers](crate::layer::barrier): all shards go through a phase of the network before the first goes on, each in buffers of
//! its own.

use alloc::vec::Vec;

use super::buffers::Buffers;
use super::mini_batch::MiniBatch;
use super::pool::Pool;
use super::shard::{Shard, merge};
use super::{Score, Threads};
use crate::data::Dataset;
use crate::layer::{Module, Pass, Tape};
use crate::loss::Loss;

/// Shards of a mini-batch, and buffers for each, where its samples wait for those of the others.
///
/// Scratch a shard needs only while a thread works on it: the thread lends its own, and has it in its cache.
pub(super) struct PhaseByPhase<N: Module, L: Loss> {
    shards: Vec<Waiting<N, L>>,
    scratch: Pool<N::Tape>,
}

/// A shard with its buffers.
struct Waiting<N: Module, L: Loss> {
    shard: Shard<N>,
    buffers: Buffers<N, L>,
}

impl<N: Module, L: Loss<Output = N::Output>> PhaseByPhase<N, L> {
    /// For mini-batches of up to `shards` shards of up to `shard_size` samples each.
    pub(super) fn new(shards: usize, shard_size: usize, threads: &Threads) -> Self {
        let waiting = |_| {
            let mut buffers = Buffers::<N, L>::new(shard_size);
            buffers.tape.lend_scratch(&mut N::tape(0));
            Waiting { shard: Shard::new(), buffers }
        };
        let scratch = Pool::new(threads, move || scratch::<N>(shard_size)).filled();
        PhaseByPhase { shards: (0..shards).map(waiting).collect(), scratch }
    }

    /// How many buffers it needs, and for how many samples each.
    pub(super) fn buffers_needed(shards: usize, shard_size: usize) -> (usize, usize) {
        (shards, shard_size)
    }

    /// The shard whose gradient is that of the whole mini-batch, after [`run`](PhaseByPhase::run).
    pub(super) fn first(&self) -> &Shard<N> {
        &self.shards[0].shard
    }

    /// The same, to change it.
    pub(super) fn first_mut(&mut self) -> &mut Shard<N> {
        &mut self.shards[0].shard
    }

    /// Takes all samples of the mini-batch through the network and back: how well it did on them.
    pub(super) fn run<D>(&mut self, mini_batch: &MiniBatch<'_, N, L, D>, threads: &Threads) -> Score
    where
        D: Dataset<Input = N::Input, Target = L::Target>,
    {
        let &MiniBatch { network, loss, indices, .. } = mini_batch;
        let PhaseByPhase { shards, scratch } = self;
        let shards = &mut shards[..mini_batch.shards()];
        threads.for_each(shards, |at, Waiting { shard, buffers }| {
            shard.clear();
            with_scratch(scratch, threads, buffers, |buffers| {
                mini_batch.load(mini_batch.samples(at), buffers);
                buffers.forward(network, 0);
            });
        });
        for phase in 1..=N::BARRIERS {
            synchronize(shards, Pass::Forward, phase - 1);
            threads.for_each(shards, |_, Waiting { shard, buffers }| {
                with_scratch(scratch, threads, buffers, |buffers| {
                    buffers.forward(network, phase);
                    // On the last phase back again at once, while its numbers are in cache.
                    if phase == N::BARRIERS {
                        buffers.judge(loss, indices.len(), &mut shard.score);
                        buffers.backward(network, phase, &mut shard.gradient);
                    }
                });
            });
        }
        for phase in (0..N::BARRIERS).rev() {
            synchronize(shards, Pass::Backward, phase);
            let back = |_: usize, Waiting { shard, buffers }: &mut Waiting<N, L>| {
                with_scratch(scratch, threads, buffers, |buffers| {
                    buffers.backward(network, phase, &mut shard.gradient);
                });
            };
            if phase > 0 {
                threads.for_each(shards, back);
            } else {
                threads.fold(shards, back, |left, right| merge(threads, &mut left.shard, &right.shard));
            }
        }
        shards.iter().map(|waiting| &waiting.shard.score).sum()
    }
}

/// Calls `work` with buffers that have scratch of the thread meanwhile.
fn with_scratch<N: Module, L: Loss<Output = N::Output>>(
    scratch: &Pool<N::Tape>,
    threads: &Threads,
    buffers: &mut Buffers<N, L>,
    work: impl FnOnce(&mut Buffers<N, L>),
) {
    scratch.lend(threads, |scratch| {
        scratch.lend_scratch(&mut buffers.tape);
        work(buffers);
        buffers.tape.lend_scratch(scratch);
    });
}

/// A barrier that all shards have come to: what their tapes hold is put together, in their order, and all get it.
fn synchronize<N: Module, L: Loss<Output = N::Output>>(shards: &mut [Waiting<N, L>], pass: Pass, barrier: usize) {
    if let Some((first, rest)) = shards.split_first_mut() {
        let tape = &mut first.buffers.tape;
        for waiting in rest.iter() {
            tape.reduce(pass, barrier, &waiting.buffers.tape);
        }
        for waiting in rest {
            tape.broadcast(pass, barrier, &mut waiting.buffers.tape);
        }
    }
}

/// A tape without samples, for its scratch alone.
fn scratch<N: Module>(samples: usize) -> N::Tape {
    let mut scratch = N::tape(0);
    N::tape(samples).lend_scratch(&mut scratch);
    scratch
}
