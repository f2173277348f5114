//! Meetings: where the parts of a mini-batch come together, on their way through a network.
//!
//! A mini-batch is cut into shards, each with its own tape and gradient, and a shard goes through as many layers as it can
//! on its own, while it is in cache. But the mean of a channel, say, is a number that all samples of the mini-batch make
//! together, and it must not depend on where they were cut. A layer that needs such a number has the shards *meet*: they all
//! compute their part up to that point, the parts are put together in shard order, and all go on. The way between two
//! meetings is a *leg*; a layer or a chain with [`MEETINGS`](super::Layer::MEETINGS) = M has the legs 0 to M, and meeting m comes
//! behind leg m. Most layers have no meeting, and do everything on leg 0.
//!
//! Here the shards of a chain meet once, since it has one [`BatchNorm`](super::BatchNorm) in it:
//!
//! ```text
//!                     leg 0              meeting 0                  leg 1
//!
//! shard 0   Conv2D → BatchNorm, sums ───┐         ┌─── BatchNorm, normalising → Dense   forward ⟶
//! shard 1   Conv2D → BatchNorm, sums ───┤ gather, ├─── BatchNorm, normalising → Dense
//! shard 2   Conv2D → BatchNorm, sums ───┘ spread  └─── BatchNorm, normalising → Dense   ⟵ backward
//! ```
//!
//! The way back has the same legs and meetings in falling order. Whoever trains does this; the shards of one leg are
//! independent of each other, so threads share them:
//!
//! ```text
//! for leg in 0, 1, …, M:
//!     every shard s:         forward_leg(leg, …, tape[s])
//!     if leg < M:
//!         s = 1, 2, … :      gather(Forward, leg, into tape[0], from tape[s])
//!         s = 1, 2, … :      spread(Forward, leg, from tape[0], to tape[s])
//!
//! for leg in M, …, 1, 0:
//!     every shard s:         backward_leg(leg, …, tape[s], grad[s])
//!     if leg > 0:
//!         s = 1, 2, … :      gather(Backward, leg − 1, into tape[0], from tape[s])
//!         s = 1, 2, … :      spread(Backward, leg − 1, from tape[0], to tape[s])
//!
//! grad[0] += grad[1], grad[2], …
//! update_statistics(grad[0])
//! ```
//!
//! For a layer with meetings this means:
//! - **The tape carries everything.** A leg leaves what is to be put together in its tape, complete for its own samples: a
//!   single shard is never gathered. So [`forward`](super::Layer::forward) and [`backward`](super::Layer::backward) are all legs in a row,
//!   without a meeting: the mini-batch is the one batch they are given.
//! - **Every leg is given all its pass has**, the same slices each time. `output` has to be there after the last leg of the
//!   way forward, `grad_input` after that of the way back, leg 0; before that the other layers do not look at them.
//! - **`grad` stays the shard's own**, of which every leg may add a part, once: the shards' gradients are added up at the
//!   end, so that what has been spread must not be added by each of them.
//! - **Running statistics go the way of gradients.** Each shard adds its share of the mini-batch's statistic to `grad`, in
//!   the place where the layer keeps the running one, and [`update_statistics`](super::Layer::update_statistics) finds the sum there.

/// The direction in which a [meeting](self) is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// From input to output.
    Forward,
    /// From output to input.
    Backward,
}
