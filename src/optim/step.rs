//! One step of an optimizer, over all trained parameters of a network.

use alloc::boxed::Box;

use super::{MAX_MEMORY, Optimizer, Update};
use crate::layer::{LayerPath, Module};
use crate::scalar::Scalar;

/// Updates all trained parameters of `network` by one step of `rule`.
///
/// # Panics
/// If `memory` does not hold as many networks as the rule [remembers](Optimizer::memory).
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

/// A way to apply an update to the numbers of a parameter: on one thread, or on several that take pieces of it.
pub(crate) trait ParallelFor {
    /// Calls `work` with the slices, all equally long, or with all pieces of them.
    fn walk<T: Scalar, const R: usize, const W: usize>(
        &self,
        read: [&[T]; R],
        write: [&mut [T]; W],
        work: &(impl Fn([&[T]; R], [&mut [T]; W]) + Sync),
    );
}

/// Updates every parameter as a whole.
struct OneThread;

impl ParallelFor for OneThread {
    fn walk<T: Scalar, const R: usize, const W: usize>(
        &self,
        read: [&[T]; R],
        write: [&mut [T]; W],
        work: &(impl Fn([&[T]; R], [&mut [T]; W]) + Sync),
    ) {
        work(read, write);
    }
}

/// A compile error if the rule may remember more than [`MAX_MEMORY`] numbers.
pub(crate) const fn verify<O: Optimizer>() {
    assert!(
        O::MEMORY <= MAX_MEMORY,
        "an optimizer remembers at most 4 numbers for each number of a parameter: its MEMORY is larger"
    );
}

/// [`step`], with a way to apply the updates.
pub(crate) fn step_by<O: Optimizer, N: Module>(
    walker: &impl ParallelFor,
    rule: &O,
    lr: f64,
    step: u64,
    network: &mut N,
    gradient: &N,
    memory: &mut [Box<N>],
) {
    const { verify::<O>() };
    assert_eq!(memory.len(), rule.memory(), "networks of memory handed to a rule that remembers {}", rule.memory());
    let of = (walker, rule, lr, step);
    // The guards are constants, so the cases beyond the rule's memory are not compiled for it.
    match memory {
        [] => move_all(of, [network], gradient),
        [a] if O::MEMORY >= 1 => move_all(of, [network, a], gradient),
        [a, b] if O::MEMORY >= 2 => move_all(of, [network, a, b], gradient),
        [a, b, c] if O::MEMORY >= 3 => move_all(of, [network, a, b, c], gradient),
        [a, b, c, d] if O::MEMORY >= 4 => move_all(of, [network, a, b, c, d], gradient),
        more => panic!(
            "a rule whose MEMORY is {} remembers {} numbers for each number of a parameter",
            O::MEMORY,
            more.len()
        ),
    }
}

/// Updates the first of `networks`; the others are the memory of the rule.
fn move_all<O: Optimizer, N: Module, const W: usize>(
    (walker, rule, lr, step): (&impl ParallelFor, &O, f64, u64),
    networks: [&mut N; W],
    gradient: &N,
) {
    N::visit([gradient], networks, LayerPath::FIRST, &mut |parameter, read, write| {
        if parameter.role.is_trained() {
            let update = Update { parameter, lr, step };
            walker.walk(read, write, &|[gradient], mut write| {
                if let [numbers, memory @ ..] = &mut write[..] {
                    rule.update(&update, numbers, gradient, memory);
                }
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;
    use core::fmt;

    use super::*;
    use crate::Result;
    use crate::layer::Dense;
    use crate::network::Network;

    /// Counts its steps in every number of its memory, and adds the count to the bias alone.
    struct Counting<const MEMORY: usize>;

    impl<const MEMORY: usize> fmt::Display for Counting<MEMORY> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("counting")
        }
    }

    impl<const M: usize> Optimizer for Counting<M> {
        const MEMORY: usize = M;

        fn lr(&self) -> f64 {
            1.0
        }

        fn validate(&self) -> Result<()> {
            Ok(())
        }

        fn update<T: Scalar>(&self, update: &Update<'_>, numbers: &mut [T], _: &[T], memory: &mut [&mut [T]]) {
            assert_eq!(memory.len(), M);
            for (i, number) in numbers.iter_mut().enumerate() {
                for memory in &mut *memory {
                    memory[i] += T::one();
                    if update.parameter.name == "bias" {
                        *number += memory[i];
                    }
                }
            }
        }
    }

    /// The bias and a weight after two steps.
    fn two_steps<const MEMORY: usize>() -> [f64; 2] {
        let (mut network, gradient) = (Dense::<2, 3, f64>::zeros(), Dense::zeros());
        let mut memory: Vec<_> = (0..MEMORY).map(|_| Dense::zeros()).collect();
        for number in [1, 2] {
            step(&Counting::<MEMORY>, 1.0, number, &mut *network, &gradient, &mut memory);
        }
        [network.bias[2], network.weight[2][1]]
    }

    #[test]
    fn a_rule_may_remember_up_to_four_numbers_and_tell_parameters_apart() {
        assert_eq!([two_steps::<0>(), two_steps::<1>(), two_steps::<2>()], [[0.0; 2], [3.0, 0.0], [6.0, 0.0]]);
        assert_eq!([two_steps::<3>(), two_steps::<4>()], [[9.0, 0.0], [12.0, 0.0]]);
    }

    #[test]
    #[should_panic(expected = "networks of memory handed to a rule that remembers 1")]
    fn memory_of_another_rule_panics() {
        let (mut network, gradient) = (Dense::<2, 3, f64>::zeros(), Dense::zeros());
        step(&Counting::<1>, 1.0, 1, &mut *network, &gradient, &mut []);
    }
}
