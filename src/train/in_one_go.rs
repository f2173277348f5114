//! Without barriers: a shard goes through the network and back in one go, in buffers that belong to the thread.

use alloc::vec::Vec;

use super::buffers::Buffers;
use super::mini_batch::MiniBatch;
use super::pool::Pool;
use super::shard::{Shard, merge};
use super::{Score, Threads};
use crate::data::Dataset;
use crate::layer::Module;
use crate::loss::Loss;

/// How many samples of a shard go together.
const BLOCK: usize = 8;

/// Shards of a mini-batch, and buffers for each thread.
///
/// A shard goes in small blocks, each forward and back again, so that what a block leaves on its tape is still in cache when it comes
/// back. A thread needs buffers for one block, and takes all its shards through them.
pub(super) struct InOneGo<N: Module, L: Loss> {
    shards: Vec<Shard<N>>,
    buffers: Pool<Buffers<N, L>>,
}

impl<N: Module, L: Loss<Output = N::Output>> InOneGo<N, L> {
    /// For mini-batches of up to `shards` shards of up to `shard_size` samples each.
    pub(super) fn new(shards: usize, shard_size: usize, threads: &Threads) -> Self {
        let (_, samples) = Self::buffers_needed(shard_size, threads);
        let buffers = Pool::new(threads, move || Buffers::new(samples)).filled();
        InOneGo { shards: (0..shards).map(|_| Shard::new()).collect(), buffers }
    }

    /// How many buffers it needs, and for how many samples each.
    pub(super) fn buffers_needed(shard_size: usize, threads: &Threads) -> (usize, usize) {
        (threads.count(), shard_size.min(BLOCK))
    }

    /// The shard whose gradient is that of the whole mini-batch, after [`run`](InOneGo::run).
    pub(super) fn first(&self) -> &Shard<N> {
        &self.shards[0]
    }

    /// The same, to change it.
    pub(super) fn first_mut(&mut self) -> &mut Shard<N> {
        &mut self.shards[0]
    }

    /// Takes all samples of the mini-batch through the network and back: how well it did on them.
    pub(super) fn run<D>(&mut self, mini_batch: &MiniBatch<'_, N, L, D>, threads: &Threads) -> Score
    where
        D: Dataset<Input = N::Input, Target = L::Target>,
    {
        let shards = &mut self.shards[..mini_batch.shards()];
        let work = |at: usize, shard: &mut Shard<N>| {
            shard.clear();
            self.buffers.lend(threads, |buffers| go(mini_batch, at, shard, buffers));
        };
        threads.fold(shards, work, |left, right| merge(threads, left, right));
        shards.iter().map(|shard| &shard.score).sum()
    }
}

/// Takes the samples of one shard through the network and back.
fn go<N, L, D>(mini_batch: &MiniBatch<'_, N, L, D>, at: usize, shard: &mut Shard<N>, buffers: &mut Buffers<N, L>)
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
        buffers.judge(loss, indices.len(), &mut shard.score);
        buffers.backward(network, 0, &mut shard.gradient);
    }
}
