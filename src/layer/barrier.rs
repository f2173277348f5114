//! Barriers: points at which all shards of a mini-batch exchange results.
//!
//! A mini-batch is cut into shards, each with its own tape and gradient. A shard passes through as many layers as it can on its
//! own, while it is in cache. But a number such as the mean of a channel depends on all samples of the mini-batch, and must not
//! depend on where they were cut. A module that needs such a number has a barrier: all shards compute their part up to it, the
//! parts are reduced, pair by pair, the result is copied to all shards, and they go on. The work between two barriers is a *phase*. A
//! module with [`BARRIERS`](super::Module::BARRIERS) = B has the phases 0 to B, and barrier b comes after phase b. Most modules
//! have no barrier, and do everything in phase 0.
//!
//! This chain has one barrier, because it contains one [`BatchNorm`](super::BatchNorm):
//!
//! ```text
//!                     phase 0             barrier 0                   phase 1
//!
//! shard 0   Conv2D → BatchNorm, sums ───┐            ┌─── BatchNorm, normalizing → Dense   forward ⟶
//! shard 1   Conv2D → BatchNorm, sums ───┤ reduce,    ├─── BatchNorm, normalizing → Dense
//! shard 2   Conv2D → BatchNorm, sums ───┘ copy       └─── BatchNorm, normalizing → Dense   ⟵ backward
//! ```
//!
//! Shards take turns in alternating order: what the last of them have written is still in cache when the next phase begins with them.
//!
//! The backward pass has the same phases and barriers in reverse order. The trainer runs them. The shards of one phase are
//! independent of each other, so threads share them:
//!
//! ```text
//! for phase in 0, 1, …, B:
//!     every shard s:         forward_phase(phase, …, tape[s])
//!     if phase < B:
//!         tape[0].reduce(Forward, phase, tape[1]), and so on: neighbors, then neighbors of neighbors
//!         s = 1, 2, … :      tape[s].visit_shared(Forward, phase) ← tape[0].visit_shared(Forward, phase)
//!
//! for phase in B, …, 1, 0:
//!     every shard s:         backward_phase(phase, …, tape[s], grad[s])
//!     if phase > 0:
//!         tape[0].reduce(Backward, phase − 1, tape[1]), and so on
//!         s = 1, 2, … :      tape[s].visit_shared(Backward, phase − 1) ← tape[0].visit_shared(Backward, phase − 1)
//!
//! grad[0] += grad[1], and so on
//! update_statistics(grad[0])
//! ```
//!
//! For a module with barriers this means:
//! - **Shards communicate through the tape.** A phase leaves what is to be reduced in its tape, complete for its own samples: a
//!   single shard is never reduced. So running all phases in a row, without a barrier
//!   ([`forward_pass`](crate::network::Network::forward_pass)), is correct for a mini-batch that is one shard.
//! - **Results are written in the last phase**: `output` in that of the forward pass, `grad_input` in that of the backward pass, phase 0.
//!   What an earlier phase writes there is lost. All other slices are the same in every phase.
//! - **`grad` belongs to the shard.** Every phase may add its own part to it, once. The shards' gradients are summed at the end, so
//!   a value that all shards share must not be added by each of them.
//! - **Running statistics are passed like gradients.** Each shard adds its share of the mini-batch's statistic to `grad`, in the
//!   place where the module keeps the running one. [`update_statistics`](crate::network::Network::update_statistics) finds the sum
//!   there.

/// Which phase of a branch with `own` barriers runs in `phase` of a block whose other branch has `other`.
///
/// In both passes, the branch with fewer barriers starts later, so that both complete their results in the last phase, in which the block
/// combines them.
pub(super) fn phase_of_branch(pass: Pass, [own, other]: [usize; 2], phase: usize) -> Option<usize> {
    match pass {
        Pass::Forward => phase.checked_sub(other.saturating_sub(own)),
        Pass::Backward => (phase <= own).then_some(phase),
    }
}

/// Which barrier of the branch is `barrier` of the block, likewise.
pub(super) fn barrier_of_branch(pass: Pass, [own, other]: [usize; 2], barrier: usize) -> Option<usize> {
    match pass {
        Pass::Forward => barrier.checked_sub(other.saturating_sub(own)),
        Pass::Backward => (barrier < own).then_some(barrier),
    }
}

/// The direction in which a [barrier](self) is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// From input to output.
    Forward,
    /// From output to input.
    Backward,
}
