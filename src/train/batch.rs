//! The forward and backward pass of a mini-batch, on all threads.

use super::buffers::Buffers;
use super::in_one_go::InOneGo;
use super::mini_batch::MiniBatch;
use super::phase_by_phase::PhaseByPhase;
use super::processes::Processes;
use super::shard::Shard;
use super::{Score, Threads, limits};
use crate::data::Dataset;
use crate::layer::Module;
use crate::loss::Loss;

/// The shards of a mini-batch, and the memory for their forward and backward pass, allocated once. The variant depends on whether
/// the network has [barriers](crate::layer::barrier).
#[cfg_attr(feature = "mpi", allow(clippy::large_enum_variant, reason = "a trainer has one"))]
pub(super) enum Batch<N: Module, L: Loss> {
    /// Without barriers.
    InOneGo(InOneGo<N, L>),
    /// With barriers.
    PhaseByPhase(PhaseByPhase<N, L>),
}

impl<N: Module, L: Loss<Output = N::Output>> Batch<N, L> {
    /// For mini-batches of up to `shards` shards, those of other processes among them, of up to `shard_size` samples each.
    pub(super) fn new(processes: Processes, shards: usize, shard_size: usize, threads: &Threads) -> Self {
        match N::BARRIERS {
            0 => Batch::InOneGo(InOneGo::new(processes, shards, shard_size, threads)),
            _ => Batch::PhaseByPhase(PhaseByPhase::new(processes, shards, shard_size, threads)),
        }
    }

    /// The bytes of memory it needs, without the scratch of layers.
    pub(super) fn bytes(shards: usize, shard_size: usize, threads: &Threads) -> u64 {
        let (buffers, samples) = match N::BARRIERS {
            0 => InOneGo::<N, L>::buffers_needed(shard_size, threads),
            _ => PhaseByPhase::<N, L>::buffers_needed(shards, shard_size),
        };
        let ends = size_of::<N::Input>() + size_of::<L::Target>() + 2 * size_of::<N::Output>();
        let each = limits::total(&[(samples, limits::activations::<N>()), (samples, ends as u64)]);
        let shard = size_of::<N>() + size_of::<(Shard<N>, Buffers<N, L>)>();
        limits::total(&[(shards, shard as u64), (buffers, each), (buffers, size_of::<N::Input>() as u64)])
    }

    /// Computes the forward and backward pass of all samples in the mini-batch, and returns their score.
    pub(super) fn run<D>(&mut self, mini_batch: &MiniBatch<'_, N, L, D>, threads: &Threads) -> Score
    where
        D: Dataset<Input = N::Input, Target = L::Target>,
    {
        match self {
            Batch::InOneGo(batch) => batch.run(mini_batch, threads),
            Batch::PhaseByPhase(batch) => batch.run(mini_batch, threads),
        }
    }

    /// The gradient of the whole mini-batch, after [`run`](Batch::run).
    pub(super) fn gradient(&self) -> &N {
        let first = match self {
            Batch::InOneGo(batch) => batch.first(),
            Batch::PhaseByPhase(batch) => batch.first(),
        };
        &first.gradient
    }

    /// The gradient of the whole mini-batch, mutable.
    pub(super) fn gradient_mut(&mut self) -> &mut N {
        let first = match self {
            Batch::InOneGo(batch) => batch.first_mut(),
            Batch::PhaseByPhase(batch) => batch.first_mut(),
        };
        &mut first.gradient
    }
}
