//! Barriers: where the parts of a mini-batch come together, on their way through a network.
//!
//! A mini-batch is cut into shards, each with its own tape and gradient, and a shard goes through as many layers as it can
//! on its own, while it is in cache. But the mean of a channel, say, is a number that all samples of the mini-batch make
//! together, and it must not depend on where they were cut. A module that needs such a number has a barrier: all shards
//! compute their part up to it, the parts are put together in shard order, and all go on. What comes between two
//! barriers is a *phase*; a module with [`BARRIERS`](super::Module::BARRIERS) = B has the phases 0 to B, and barrier b comes
//! after phase b. Most modules have no barrier, and do everything in phase 0.
//!
//! Here the shards of a chain have one barrier, since it has one [`BatchNorm`](super::BatchNorm) in it:
//!
//! ```text
//!                     phase 0             barrier 0                   phase 1
//!
//! shard 0   Conv2D → BatchNorm, sums ───┐            ┌─── BatchNorm, normalizing → Dense   forward ⟶
//! shard 1   Conv2D → BatchNorm, sums ───┤ reduce,    ├─── BatchNorm, normalizing → Dense
//! shard 2   Conv2D → BatchNorm, sums ───┘ broadcast  └─── BatchNorm, normalizing → Dense   ⟵ backward
//! ```
//!
//! The backward pass has the same phases and barriers in falling order. Whoever trains does this; the shards of one phase are
//! independent of each other, so threads share them:
//!
//! ```text
//! for phase in 0, 1, …, B:
//!     every shard s:         forward_phase(phase, …, tape[s])
//!     if phase < B:
//!         s = 1, 2, … :      tape[0].reduce(Forward, phase, tape[s])
//!         s = 1, 2, … :      tape[0].broadcast(Forward, phase, tape[s])
//!
//! for phase in B, …, 1, 0:
//!     every shard s:         backward_phase(phase, …, tape[s], grad[s])
//!     if phase > 0:
//!         s = 1, 2, … :      tape[0].reduce(Backward, phase − 1, tape[s])
//!         s = 1, 2, … :      tape[0].broadcast(Backward, phase − 1, tape[s])
//!
//! grad[0] += grad[1], grad[2], …
//! update_statistics(grad[0])
//! ```
//!
//! For a module with barriers this means:
//! - **The tape carries everything.** A phase leaves what is to be put together in its tape, complete for its own samples: a
//!   single shard is never reduced. So all phases in a row, without a barrier
//!   ([`forward_pass`](crate::network::Network::forward_pass)), are right for a mini-batch that is one shard.
//! - **Every phase is given all its pass has**, the same slices each time. `output` has to be there after the last phase of the
//!   forward pass, `grad_input` after that of the backward pass, phase 0; before that the other modules do not look at them.
//! - **`grad` stays the shard's own**, of which every phase may add a part, once: the shards' gradients are added up at the
//!   end, so what has been broadcast must not be added by each of them.
//! - **Running statistics go the way of gradients.** Each shard adds its share of the mini-batch's statistic to `grad`, in
//!   the place where the module keeps the running one, and
//!   [`update_statistics`](crate::network::Network::update_statistics) finds the sum there.

/// The direction in which a [barrier](self) is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// From input to output.
    Forward,
    /// From output to input.
    Backward,
}
