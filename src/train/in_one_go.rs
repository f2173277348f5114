//! Networks without barriers: the forward and backward pass of a shard run without interruption, in buffers that belong to the
//! thread.

use alloc::vec::Vec;

use super::buffers::Buffers;
use super::mini_batch::MiniBatch;
use super::pool::Pool;
use super::processes::{GradientSum, Processes};
use super::shard::{Shard, merge};
use super::{End, Score, Threads};
use crate::data::Dataset;
use crate::layer::Module;
use crate::loss::Loss;

/// How many samples of a shard are computed together.
const BLOCK: usize = 8;

/// The shards of a mini-batch, and buffers for each thread.
///
/// A shard is computed in small blocks, each with its forward and then its backward pass, so that the block's tape is still in
/// cache. A thread needs buffers for one block, and uses them for all its shards.
pub(super) struct InOneGo<N: Module, L: Loss> {
    shards: Vec<Shard<N>>,
    buffers: Pool<Buffers<N, L>>,
    gradients: GradientSum<N>,
}

impl<N: Module, L: Loss<Output = N::Output>> InOneGo<N, L> {
    /// For mini-batches of up to `shards` shards of up to `shard_size` samples each.
    pub(super) fn new(processes: Processes, shards: usize, shard_size: usize, threads: &Threads) -> Self {
        let (_, samples) = Self::buffers_needed(shard_size, threads);
        let buffers = Pool::new(threads, move || Buffers::new(samples)).filled();
        let gradients = GradientSum::new(processes, shards);
        let shards = (0..processes.most_shards(shards)).map(|_| Shard::new()).collect();
        InOneGo { shards, buffers, gradients }
    }

    /// How many buffers it needs, and for how many samples each.
    pub(super) fn buffers_needed(shard_size: usize, threads: &Threads) -> (usize, usize) {
        (threads.count(), shard_size.min(BLOCK))
    }

    /// The shard that holds the gradient of the whole mini-batch, after [`run`](InOneGo::run).
    pub(super) fn first(&self) -> &Shard<N> {
        &self.shards[0]
    }

    /// The same shard, mutable.
    pub(super) fn first_mut(&mut self) -> &mut Shard<N> {
        &mut self.shards[0]
    }

    /// Computes the forward and backward pass of all samples in the mini-batch, and returns their score.
    pub(super) fn run<D>(&mut self, mini_batch: &MiniBatch<'_, N, L, D>, threads: &Threads) -> Score
    where
        D: Dataset<Input = N::Input, Target = L::Target>,
    {
        let run = &mini_batch.run;
        let shards = &mut self.shards[..run.shards.len()];
        let work = |at: usize, shard: &mut Shard<N>| {
            shard.clear();
            self.buffers.lend(threads, |buffers| run_shard(mini_batch, at, shard, buffers));
        };
        threads.fold(End::First, shards, run, work, |left, right| merge(threads, left, right));
        self.gradients.sum(run.of, &mut self.shards, |shard| shard);
        self.shards[0].score
    }
}

/// Computes the forward and backward pass of the samples in one shard.
fn run_shard<N, L, D>(mini_batch: &MiniBatch<'_, N, L, D>, at: usize, shard: &mut Shard<N>, buffers: &mut Buffers<N, L>)
where
    N: Module,
    L: Loss<Output = N::Output>,
    D: Dataset<Input = N::Input, Target = L::Target>,
{
    let &MiniBatch { network, loss, indices, .. } = mini_batch;
    let samples = mini_batch.samples(at);
    let room = buffers.room();
    for first in samples.clone().step_by(room) {
        mini_batch.load(first..samples.end.min(first + room), buffers);
        buffers.forward(network, 0);
        buffers.compute_loss(loss, indices.len(), &mut shard.score);
        buffers.backward(network, 0, &mut shard.gradient);
    }
}
