//! Networks with [barriers](crate::layer::barrier): all shards finish a phase before the first starts the next one, each in its own
//! buffers.

use alloc::vec::Vec;

use super::buffers::Buffers;
use super::mini_batch::MiniBatch;
use super::pool::Pool;
use super::shard::{Shard, merge};
use super::{Score, Threads};
use crate::data::Dataset;
use crate::layer::{Module, Pass, Tape};
use crate::loss::Loss;

/// The shards of a mini-batch, and buffers for each, in which it waits for the others at a barrier.
///
/// A shard needs scratch only while a thread works on it: the thread lends its own, which is in its cache.
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

    /// The shard that holds the gradient of the whole mini-batch, after [`run`](PhaseByPhase::run).
    pub(super) fn first(&self) -> &Shard<N> {
        &self.shards[0].shard
    }

    /// The same shard, mutable.
    pub(super) fn first_mut(&mut self) -> &mut Shard<N> {
        &mut self.shards[0].shard
    }

    /// Computes the forward and backward pass of all samples in the mini-batch, and returns their score.
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
                    // In the last phase, the backward pass follows at once, while the activations are in cache.
                    if phase == N::BARRIERS {
                        buffers.compute_loss(loss, indices.len(), &mut shard.score);
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

/// Calls `work` with buffers that borrow the scratch of the thread.
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

/// Synchronizes all shards at a barrier: reduces their tapes in shard order, and broadcasts the result.
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

/// A tape that holds only scratch.
fn scratch<N: Module>(samples: usize) -> N::Tape {
    let mut scratch = N::tape(0);
    N::tape(samples).lend_scratch(&mut scratch);
    scratch
}
