//! A shard: some samples of a mini-batch, with their gradient and their score.

use alloc::boxed::Box;

use super::{Score, Threads};
use crate::layer::Module;
use crate::network::Network;
use crate::optim::ParallelFor;
use crate::scalar::Scalar;
use crate::simd::widest;

/// The results of a shard: its part of the gradient, and its score.
pub(super) struct Shard<N> {
    pub(super) gradient: Box<N>,
    pub(super) score: Score,
}

impl<N: Module> Shard<N> {
    pub(super) fn new() -> Self {
        Shard { gradient: N::zeros(), score: Score::default() }
    }

    /// Clears the results of the last mini-batch.
    pub(super) fn clear(&mut self) {
        self.score = Score::default();
        N::visit([], [&mut *self.gradient], &mut |_, [], [gradient]| gradient.fill(N::Scalar::from_f64(0.0)));
    }
}

/// Adds the results of `right` to those of `left`.
pub(super) fn merge<N: Module>(threads: &Threads, left: &mut Shard<N>, right: &Shard<N>) {
    left.score.add(&right.score);
    N::visit([&*right.gradient], [&mut *left.gradient], &mut |_, read, write| {
        threads.walk(read, write, &|[from], [to]| add(from, to));
    });
}

fn add<T: Scalar>(from: &[T], to: &mut [T]) {
    widest!({
        for (to, &from) in to.iter_mut().zip(from) {
            *to += from;
        }
    });
}
