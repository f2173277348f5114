//! The samples of one step, cut into shards.

use core::ops::Range;

use super::buffers::Buffers;
use super::run::Run;
use crate::data::Dataset;
use crate::layer::{Module, RngKey};
use crate::loss::Loss;

/// The mini-batch of a step.
pub(super) struct MiniBatch<'a, N, L, D> {
    pub(super) network: &'a N,
    pub(super) loss: &'a L,
    pub(super) dataset: &'a D,
    /// The indices of its samples.
    pub(super) indices: &'a [u32],
    pub(super) shard_size: usize,
    /// The shards that this process computes.
    pub(super) run: Run,
    pub(super) seed: u64,
    /// Which step of the training this is, counted from 1.
    pub(super) step: u64,
}

impl<N, L, D> MiniBatch<'_, N, L, D>
where
    N: Module,
    L: Loss<Output = N::Output>,
    D: Dataset<Input = N::Input, Target = L::Target>,
{
    /// The range of its samples that belong to a shard.
    pub(super) fn samples(&self, shard: usize) -> Range<usize> {
        let first = shard * self.shard_size;
        first..self.indices.len().min(first + self.shard_size)
    }

    /// Loads some of its samples into `buffers`.
    pub(super) fn load(&self, samples: Range<usize>, buffers: &mut Buffers<N, L>) {
        let key = RngKey::new(self.seed, self.step, samples.start);
        buffers.load(self.dataset, &self.indices[samples], key);
    }
}
