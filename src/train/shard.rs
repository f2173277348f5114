//! A shard: some samples of a mini-batch, and what they leave behind.

use alloc::boxed::Box;

use super::{Score, Threads};
use crate::layer::{LayerPath, Module};
use crate::network::Network;
use crate::optim::ParallelFor;
use crate::scalar::Scalar;
use crate::simd::widest;

/// What a shard leaves behind: its part of the gradient, and how well the network did on it.
pub(super) struct Shard<N> {
    pub(super) gradient: Box<N>,
    pub(super) score: Score,
}

impl<N: Module> Shard<N> {
    pub(super) fn new() -> Self {
        Shard { gradient: N::zeros(), score: Score::default() }
    }

    /// Forgets what the last mini-batch left.
    pub(super) fn clear(&mut self) {
        self.score = Score::default();
        N::visit([], [&mut *self.gradient], LayerPath::FIRST, &mut |_, [], [gradient]| {
            gradient.fill(N::Scalar::from_f64(0.0))
        });
    }
}

/// Adds to the gradient of `left` that of `right`.
pub(super) fn merge<N: Module>(threads: &Threads, left: &mut Shard<N>, right: &Shard<N>) {
    N::visit([&*right.gradient], [&mut *left.gradient], LayerPath::FIRST, &mut |_, read, write| {
        threads.walk(read, write, &|[from], [to]| {
            widest!({
                for (to, &from) in to.iter_mut().zip(from) {
                    *to += from;
                }
            });
        });
    });
}
