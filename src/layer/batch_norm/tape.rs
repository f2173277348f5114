//! The statistics of a mini-batch that a batch normalization keeps, and how the shards combine them.

use bytemuck::Zeroable;

use crate::kernel::moments::{Moments, merge_moments, moments};
use crate::layer::{Pass, Tape};
use crate::scalar::Scalar;

/// The statistics of each channel: those of the shard, and after the barrier those of the whole mini-batch.
#[derive(Zeroable)]
pub struct BatchNormTape<const C: usize, T> {
    /// How many values a channel has: a whole number.
    pub(super) count: f64,
    pub(super) mean: [f64; C],
    /// `Σ (x − mean)²`
    pub(super) second_moment: [f64; C],
    /// `∂L/∂gamma`
    pub(super) grad_gamma: [f64; C],
    /// `∂L/∂beta`
    pub(super) grad_beta: [f64; C],
    /// `1/√(variance + eps)`, of the whole mini-batch.
    pub(super) inv_std: [T; C],
}

impl<const C: usize, T: Scalar> BatchNormTape<C, T> {
    /// Computes the statistics of a shard, whose maps have `positions` values each.
    pub(super) fn compute_statistics(&mut self, positions: usize, input: &[T]) {
        self.count = (input.len() / C) as f64;
        moments(positions, input, &mut self.mean, &mut self.second_moment);
    }

    /// The statistics of a shard of `samples` samples, whose maps have `positions` values each: nothing has been added to them.
    pub(super) fn moments(&mut self, positions: usize, samples: usize) -> Moments<'_> {
        self.count = (samples * positions) as f64;
        Moments::new(positions, [&mut self.mean, &mut self.second_moment])
    }
}

impl<const C: usize, T> BatchNormTape<C, T> {
    /// `∂L/∂gamma` and `∂L/∂beta`.
    pub(super) fn gradients(&self) -> [&[f64]; 2] {
        [&self.grad_gamma, &self.grad_beta]
    }
}

impl<const C: usize, T: Scalar> Tape for BatchNormTape<C, T> {
    fn reduce(&mut self, pass: Pass, _barrier: usize, from: &Self) {
        match pass {
            Pass::Forward => {
                let known = [self.mean.as_mut_slice(), &mut self.second_moment];
                merge_moments(known, self.count as usize, [&from.mean, &from.second_moment], from.count as usize);
                self.count += from.count;
            }
            Pass::Backward => {
                for c in 0..C {
                    self.grad_gamma[c] += from.grad_gamma[c];
                    self.grad_beta[c] += from.grad_beta[c];
                }
            }
        }
    }

    fn visit_shared(&mut self, pass: Pass, _barrier: usize, visit: &mut dyn FnMut(&mut [f64])) {
        match pass {
            Pass::Forward => {
                visit(core::slice::from_mut(&mut self.count));
                visit(&mut self.mean);
                visit(&mut self.second_moment);
            }
            Pass::Backward => {
                visit(&mut self.grad_gamma);
                visit(&mut self.grad_beta);
            }
        }
    }
}
