//! Networks with [barriers](crate::layer::barrier): all shards finish a phase before the first starts the next one, each in its own
//! buffers.

use alloc::vec::Vec;

use super::buffers::Buffers;
use super::mini_batch::MiniBatch;
use super::pool::Pool;
use super::processes::{Barriers, GradientSum, Processes};
use super::run::{Run, fold};
use super::shard::{Shard, merge};
use super::shared::{self, Barrier};
use super::{End, Score, Threads};
use crate::data::Dataset;
use crate::layer::{Module, Pass, Tape};
use crate::loss::Loss;

/// The shards of a mini-batch, and buffers for each, in which it waits for the others at a barrier.
///
/// A shard needs scratch only while a thread works on it: the thread lends its own, which is in its cache.
pub(super) struct PhaseByPhase<N: Module, L: Loss> {
    shards: Vec<Waiting<N, L>>,
    scratch: Pool<N::Tape>,
    /// What the shards share at a barrier.
    numbers: Vec<f64>,
    barriers: Barriers<N>,
    gradients: GradientSum<N>,
}

/// A shard with its buffers.
struct Waiting<N: Module, L: Loss> {
    shard: Shard<N>,
    buffers: Buffers<N, L>,
}

impl<N: Module, L: Loss<Output = N::Output>> PhaseByPhase<N, L> {
    /// For mini-batches of up to `shards` shards of up to `shard_size` samples each.
    pub(super) fn new(processes: Processes, shards: usize, shard_size: usize, threads: &Threads) -> Self {
        let waiting = |_| {
            let mut buffers = Buffers::<N, L>::new(shard_size);
            buffers.tape.lend_scratch(&mut N::tape(0));
            Waiting { shard: Shard::new(), buffers }
        };
        let most = shared::most::<N>();
        let (numbers, barriers) = (Vec::with_capacity(most), Barriers::new(processes, shards, most));
        let gradients = GradientSum::new(processes, shards);
        let shards = (0..processes.most_shards(shards)).map(waiting).collect();
        // After the shards, because it frees large blocks, which would leave gaps between theirs.
        let scratch = Pool::new(threads, move || scratch::<N>(shard_size)).filled();
        PhaseByPhase { shards, scratch, numbers, barriers, gradients }
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
        let &MiniBatch { network, loss, indices, ref run, .. } = mini_batch;
        let PhaseByPhase { shards: all, scratch, numbers, barriers, gradients } = self;
        let shards = &mut all[..run.shards.len()];
        // In alternating order: what the last shards have written is still in cache.
        let mut end = End::First;
        threads.for_each_from(end, shards, |at, Waiting { shard, buffers }| {
            shard.clear();
            with_scratch(scratch, threads, buffers, |buffers| {
                mini_batch.load(mini_batch.samples(run.shards.start + at), buffers);
                buffers.forward(network, 0);
            });
        });
        for phase in 1..=N::BARRIERS {
            synchronize(shards, run, (Pass::Forward, phase - 1), barriers, numbers);
            end = end.other();
            threads.for_each_from(end, shards, |_, Waiting { shard, buffers }| {
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
            synchronize(shards, run, (Pass::Backward, phase), barriers, numbers);
            end = end.other();
            let back = |_: usize, Waiting { shard, buffers }: &mut Waiting<N, L>| {
                with_scratch(scratch, threads, buffers, |buffers| {
                    buffers.backward(network, phase, &mut shard.gradient);
                });
            };
            if phase > 0 {
                threads.for_each_from(end, shards, back);
            } else {
                threads.fold(end, shards, run, back, |left, right| merge(threads, &mut left.shard, &right.shard));
            }
        }
        gradients.sum(run.of, all, |waiting| &mut waiting.shard);
        all[0].shard.score
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
    barrier: Barrier,
    others: &mut Barriers<N>,
    numbers: &mut Vec<f64>,
) {
    let reduce = |left: &mut Waiting<N, L>, right: &Waiting<N, L>| {
        left.buffers.tape.reduce(barrier.0, barrier.1, &right.buffers.tape);
    };
    fold(End::First, false, shards, run, run.tree(), &|_, _| {}, &reduce);
    if !others.combine(run.of, shards, |waiting| &mut waiting.buffers.tape, barrier, numbers) {
        numbers.clear();
        shared::read(&mut shards[0].buffers.tape, barrier, numbers);
    }
    for Waiting { buffers, .. } in shards {
        shared::write(&mut buffers.tape, barrier, numbers);
    }
}

/// A tape that holds only scratch.
fn scratch<N: Module>(samples: usize) -> N::Tape {
    let mut scratch = N::tape(0);
    N::tape(samples).lend_scratch(&mut scratch);
    scratch
}
