//! Optimisers: what a gradient does to the parameters.
//!
//! A rule knows slices of numbers and nothing else. What it remembers from step to step (momentum, moments) lies in
//! networks of the same type as the one being trained, walked in step with it, so the state is as typed, as contiguous and
//! as easy to save as the weights.
//!
//! One file per rule; [`Schedule`] says how the learning rate changes over a training.

mod schedule;
mod sgd;

use alloc::boxed::Box;
use core::fmt;

use crate::Result;
use crate::layer::{Module, Position};
use crate::scalar::Scalar;

pub use schedule::Schedule;
pub use sgd::{Momentum, SGD};

/// A rule that moves parameters by their gradient.
///
/// Its `Display` says what it is with all its settings, `SGD, lr 0.1, momentum 0.9`: by that text a checkpoint knows whether a
/// training goes on as it began.
pub trait Optimizer: fmt::Display + Send + Sync {
    /// How many numbers the rule remembers for each parameter: 0, 1 or 2.
    const MEMORY: usize;

    /// The learning rate before any schedule.
    fn lr(&self) -> f64;

    /// Refuses settings that cannot work.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) names the setting, its value, and the values it may have.
    fn validate(&self) -> Result<()>;

    /// Moves `parameter` by `gradient` with learning rate `lr`.
    ///
    /// `memory` holds [`MEMORY`](Optimizer::MEMORY) slices as long as `parameter`, all zero before the first step; `step`
    /// counts from 1. A rule works number by number: a large parameter is handed to it in pieces, by several threads.
    fn update<T: Scalar>(&self, lr: f64, step: u64, parameter: &mut [T], gradient: &[T], memory: &mut [&mut [T]]);
}

/// Moves all trained parameters of `network` by one step of `rule`.
///
/// # Panics
/// If `memory` does not hold as many networks as the rule remembers, or that is more than two.
pub fn step<O: Optimizer, N: Module>(
    rule: &O,
    lr: f64,
    step: u64,
    network: &mut N,
    gradient: &N,
    memory: &mut [Box<N>],
) {
    step_by(&OneThread, rule, lr, step, network, gradient, memory);
}

/// Whoever walks over the numbers of a parameter: one thread, or several that take pieces of it.
pub(crate) trait Walker {
    /// Calls `work` with the slices, all equally long, or with all pieces of them.
    fn walk<T: Scalar, const R: usize, const W: usize>(
        &self,
        read: [&[T]; R],
        write: [&mut [T]; W],
        work: &(impl Fn([&[T]; R], [&mut [T]; W]) + Sync),
    );
}

/// Takes every parameter as a whole.
struct OneThread;

impl Walker for OneThread {
    fn walk<T: Scalar, const R: usize, const W: usize>(
        &self,
        read: [&[T]; R],
        write: [&mut [T]; W],
        work: &(impl Fn([&[T]; R], [&mut [T]; W]) + Sync),
    ) {
        work(read, write);
    }
}

/// [`step`], with somebody to walk over the numbers.
pub(crate) fn step_by<O: Optimizer, N: Module>(
    walker: &impl Walker,
    rule: &O,
    lr: f64,
    step: u64,
    network: &mut N,
    gradient: &N,
    memory: &mut [Box<N>],
) {
    assert_eq!(memory.len(), O::MEMORY, "networks of memory handed to a rule that wants {}", O::MEMORY);
    match memory {
        [] => N::visit([gradient], [network], Position::FIRST, &mut |parameter, read, write| {
            if parameter.role.is_trained() {
                walker.walk(read, write, &|[g], [p]| rule.update(lr, step, p, g, &mut []));
            }
        }),
        [first] => N::visit([gradient], [network, first], Position::FIRST, &mut |parameter, read, write| {
            if parameter.role.is_trained() {
                walker.walk(read, write, &|[g], [p, first]| rule.update(lr, step, p, g, &mut [first]));
            }
        }),
        [first, second] => {
            N::visit([gradient], [network, first, second], Position::FIRST, &mut |parameter, read, write| {
                if parameter.role.is_trained() {
                    walker.walk(read, write, &|[g], [p, first, second]| {
                        rule.update(lr, step, p, g, &mut [first, second])
                    });
                }
            })
        }
        _ => panic!("a rule may remember two numbers for each parameter, this one wants {}", O::MEMORY),
    }
}
