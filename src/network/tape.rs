//! What a chain keeps between its passes, and what it needs in inference.

use core::mem::take;

use bytemuck::Zeroable;

use crate::aligned::Aligned;
use crate::layer::{Module, Pass, RngKey, Tape};

/// The tapes of both layers, and the values between them: `A`'s outputs and their gradients.
///
/// If the gradients have to outlast a phase, they take the place of the outputs once `B` has read these for the last time. So a shard
/// that waits at a barrier keeps the one or the other, not both. The first backward pass allocates the room for them. Outputs of a batch
/// normalization that `B` computes are never written; then the gradients are there from the start.
pub struct ChainTape<A: Module, B: Module> {
    pub(super) first: A::Tape,
    pub(super) between: Aligned<A::Output>,
    pub(super) grad_between: Aligned<A::Output>,
    pub(super) rest: B::Tape,
}

/// The workspaces of both layers, and room for `N` of `A`'s outputs.
#[derive(Zeroable)]
#[zeroable(bound = "")]
pub struct ChainWorkspace<A: Module, B: Module, const N: usize> {
    pub(super) first: A::Workspace<N>,
    pub(super) between: [A::Output; N],
    pub(super) rest: B::Workspace<N>,
}

impl<A: Module, B: Module> Tape for ChainTape<A, B> {
    fn set_rng_key(&mut self, key: RngKey) {
        self.first.set_rng_key(key);
        self.rest.set_rng_key(key.skip(A::LAYERS));
    }

    /// Lends the gradients between the layers too: `B` writes them in its phase 0, and from then on they are used or kept elsewhere.
    fn lend_scratch(&mut self, to: &mut Self) {
        self.first.lend_scratch(&mut to.first);
        self.rest.lend_scratch(&mut to.rest);
        to.grad_between = take(&mut self.grad_between);
    }

    fn reduce(&mut self, pass: Pass, barrier: usize, from: &Self) {
        match barrier.checked_sub(A::BARRIERS) {
            None => self.first.reduce(pass, barrier, &from.first),
            Some(barrier) => self.rest.reduce(pass, barrier, &from.rest),
        }
    }

    fn visit_shared(&mut self, pass: Pass, barrier: usize, visit: &mut dyn FnMut(&mut [f64])) {
        match barrier.checked_sub(A::BARRIERS) {
            None => self.first.visit_shared(pass, barrier, visit),
            Some(barrier) => self.rest.visit_shared(pass, barrier, visit),
        }
    }
}
