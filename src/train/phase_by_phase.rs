//! Networks with [barriers](crate::layer::barrier): all shards finish a phase before the first starts the next one, each in its own
//! buffers.

use alloc::vec::Vec;

use super::buffers::Buffers;
use super::mini_batch::MiniBatch;
use super::pool::Pool;
use super::run::Run;
use super::shard::{Shard, merge};
use super::threads::fold;
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
    /// What the shards [share](Tape::visit_shared) at a barrier.
    shared: Vec<f64>,
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
        let shared = Vec::with_capacity(most_shared::<N>());
        PhaseByPhase { shards: (0..shards).map(waiting).collect(), scratch, shared }
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
        let PhaseByPhase { shards, scratch, shared } = self;
        let run = Run::whole(mini_batch.shards());
        let shards = &mut shards[..run.shards.len()];
        threads.for_each(shards, |at, Waiting { shard, buffers }| {
            shard.clear();
            with_scratch(scratch, threads, buffers, |buffers| {
                mini_batch.load(mini_batch.samples(at), buffers);
                buffers.forward(network, 0);
            });
        });
        for phase in 1..=N::BARRIERS {
            synchronize(shards, &run, (Pass::Forward, phase - 1), shared);
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
            synchronize(shards, &run, (Pass::Backward, phase), shared);
            let back = |_: usize, Waiting { shard, buffers }: &mut Waiting<N, L>| {
                with_scratch(scratch, threads, buffers, |buffers| {
                    buffers.backward(network, phase, &mut shard.gradient);
                });
            };
            if phase > 0 {
                threads.for_each(shards, back);
            } else {
                threads.fold(shards, &run, back, |left, right| merge(threads, &mut left.shard, &right.shard));
            }
        }
        self.shards[0].shard.score
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

/// Synchronizes all shards at a barrier: reduces their tapes in the tree, and copies the result to all.
fn synchronize<N: Module, L: Loss<Output = N::Output>>(
    shards: &mut [Waiting<N, L>],
    run: &Run,
    (pass, barrier): (Pass, usize),
    shared: &mut Vec<f64>,
) {
    let reduce = |left: &mut Waiting<N, L>, right: &Waiting<N, L>| {
        left.buffers.tape.reduce(pass, barrier, &right.buffers.tape);
    };
    fold(false, shards, run, run.tree(), &|_, _| {}, &reduce);
    if let Some((first, rest)) = shards.split_first_mut() {
        shared.clear();
        first.buffers.tape.visit_shared(pass, barrier, &mut |numbers| shared.extend_from_slice(numbers));
        for Waiting { buffers, .. } in rest {
            let mut from = &shared[..];
            buffers.tape.visit_shared(pass, barrier, &mut |numbers| {
                let (these, others) = from.split_at(numbers.len());
                numbers.copy_from_slice(these);
                from = others;
            });
        }
    }
}

/// The most numbers that a shard shares at a barrier.
fn most_shared<N: Module>() -> usize {
    let mut tape = N::tape(0);
    let mut at = |pass, barrier| {
        let mut count = 0;
        tape.visit_shared(pass, barrier, &mut |numbers| count += numbers.len());
        count
    };
    (0..N::BARRIERS).map(|barrier| at(Pass::Forward, barrier).max(at(Pass::Backward, barrier))).max().unwrap_or(0)
}

/// A tape that holds only scratch.
fn scratch<N: Module>(samples: usize) -> N::Tape {
    let mut scratch = N::tape(0);
    N::tape(samples).lend_scratch(&mut scratch);
    scratch
}
