//! What training in several processes comes to where this is the only one: without the feature `mpi`.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::marker::PhantomData;

use super::run::Run;
use super::shard::Shard;
use super::shared::Barrier;
use super::{Control, Score, State, Threads};
use crate::Result;
use crate::data::Dataset;
use crate::layer::Module;
use crate::loss::Loss;

/// This process. It agrees with itself, and sends nothing.
#[derive(Clone, Copy)]
pub(crate) struct Processes;

impl Processes {
    pub(super) fn threads(self) -> Option<usize> {
        None
    }

    pub(super) fn most_shards(self, shards: usize) -> usize {
        shards
    }

    pub(super) fn run_of(self, shards: usize) -> Run {
        Run { shards: 0..shards, of: shards }
    }

    pub(super) fn agree(self, _: &BTreeMap<String, String>) -> Result<()> {
        Ok(())
    }

    pub(super) fn agree_on_start<N, L, D, V>(self, _: (&State<N>, &L), _: &D, _: &V, _: &Threads) -> Result<()> {
        Ok(())
    }

    pub(super) fn meet_at_step(self, _step: u64, _lr_factor: f64, _indices: &[u32]) {}

    pub(super) fn meet_after_epoch<N>(self, _: &State<N>) {}

    pub(crate) fn is_first(self) -> bool {
        true
    }

    pub(super) fn decide(self, _steps: u64, control: Control, factor: f64) -> (Control, f64) {
        (control, factor)
    }

    pub(super) fn evaluate<N, L, D>(self, threads: &Threads, network: &N, loss: &L, dataset: &D) -> Score
    where
        N: Module,
        L: Loss<Output = N::Output>,
        D: Dataset<Input = N::Input, Target = L::Target>,
    {
        threads.evaluate(network, loss, dataset)
    }
}

/// The gradients of this process are those of all.
pub(super) struct GradientSum<N>(PhantomData<N>);

impl<N> GradientSum<N> {
    pub(super) fn new(_: Processes, _shards: usize) -> Self {
        GradientSum(PhantomData)
    }

    pub(super) fn sum<I>(&mut self, _shards: usize, _: &mut [I], _: impl Fn(&mut I) -> &mut Shard<N>) {}
}

/// What the shards of this process share is what all share.
pub(super) struct Barriers<N>(PhantomData<N>);

impl<N: Module> Barriers<N> {
    pub(super) fn new(_: Processes, _shards: usize, _most: usize) -> Self {
        Barriers(PhantomData)
    }

    pub(super) fn combine<I>(
        &mut self,
        _shards: usize,
        _: &mut [I],
        _: impl Fn(&mut I) -> &mut N::Tape,
        _: Barrier,
        _: &mut Vec<f64>,
    ) -> bool {
        false
    }
}
