//! One step of an optimizer, over all trained parameters of a network.

use alloc::boxed::Box;
use core::iter;

use super::{MAX_MEMORY, Optimizer, Update};
use crate::layer::Module;
use crate::scalar::Scalar;

/// Updates all trained parameters of `network` by one step of `rule`.
///
/// # Panics
/// If `memory` does not hold as many networks as the rule [remembers](Optimizer::memory), and then those of its
/// [scratch](Optimizer::SCRATCH).
pub fn step<O: Optimizer, N: Module>(
    rule: &O,
    lr: f64,
    step: u64,
    network: &mut N,
    gradient: &N,
    memory: &mut [Box<N>],
) {
    step_by(&OneThread, rule, lr, step, network, gradient, memory, &mut []);
}

/// What is done with slices that are read and slices that are written, all equally long, or with the same piece of each.
pub(crate) type Work<'a, T, const R: usize, const W: usize> = dyn Fn([&[T]; R], [&mut [T]; W]) + Sync + 'a;

/// A way to apply an update to the numbers of a parameter: on one thread, or on several that take pieces of it.
pub(crate) trait ParallelFor {
    /// Calls `work` with the slices, all equally long, or with all pieces of them.
    fn walk<T: Scalar, const R: usize, const W: usize>(
        &self,
        read: [&[T]; R],
        write: [&mut [T]; W],
        work: &Work<'_, T, R, W>,
    );
}

/// Updates every parameter as a whole.
struct OneThread;

impl ParallelFor for OneThread {
    fn walk<T: Scalar, const R: usize, const W: usize>(
        &self,
        read: [&[T]; R],
        write: [&mut [T]; W],
        work: &Work<'_, T, R, W>,
    ) {
        work(read, write);
    }
}

/// A compile error if the rule may have more than [`MAX_MEMORY`] numbers.
pub(crate) const fn verify<O: Optimizer>() {
    assert!(
        O::MEMORY + O::SCRATCH <= MAX_MEMORY,
        "an optimizer has at most 5 numbers beside each number of a parameter: its MEMORY and SCRATCH are more"
    );
}

/// [`step`], with a way to apply the updates, and the networks of its memory and its scratch apart.
#[allow(clippy::too_many_arguments)]
pub(crate) fn step_by<O: Optimizer, N: Module>(
    walker: &impl ParallelFor,
    rule: &O,
    lr: f64,
    step: u64,
    network: &mut N,
    gradient: &N,
    memory: &mut [Box<N>],
    scratch: &mut [Box<N>],
) {
    const { verify::<O>() };
    let (found, expected) = (memory.len() + scratch.len(), rule.memory() + O::SCRATCH);
    assert_eq!(found, expected, "networks of memory handed to a rule that has {expected}");
    let of = (walker, rule, lr, step);
    let networks = iter::once(network).chain(memory.iter_mut().chain(scratch).map(|network| &mut **network));
    // The guards are constants, so the cases of more than the rule may have, or of less than its scratch, are not compiled for it.
    let most = const { O::MEMORY + O::SCRATCH };
    match expected {
        0 if O::SCRATCH == 0 => move_all::<_, _, 1>(of, networks, gradient),
        1 if most >= 1 && O::SCRATCH <= 1 => move_all::<_, _, 2>(of, networks, gradient),
        2 if most >= 2 && O::SCRATCH <= 2 => move_all::<_, _, 3>(of, networks, gradient),
        3 if most >= 3 && O::SCRATCH <= 3 => move_all::<_, _, 4>(of, networks, gradient),
        4 if most >= 4 && O::SCRATCH <= 4 => move_all::<_, _, 5>(of, networks, gradient),
        5 if most >= 5 => move_all::<_, _, 6>(of, networks, gradient),
        more => panic!("a rule with MEMORY {} and SCRATCH {} has {more} networks of both", O::MEMORY, O::SCRATCH),
    }
}

/// Updates the first of `W` networks; the others are the memory of the rule and its scratch.
fn move_all<'a, O: Optimizer, N: Module, const W: usize>(
    (walker, rule, lr, step): (&impl ParallelFor, &O, f64, u64),
    mut networks: impl Iterator<Item = &'a mut N>,
    gradient: &N,
) {
    let networks = core::array::from_fn::<_, W, _>(|_| networks.next().expect("as many networks as were counted"));
    N::visit([gradient], networks, &mut |parameter, read, write| {
        if parameter.role.is_trained() {
            let update = Update { parameter, lr, step };
            move_one(walker, rule, &update, read, write);
        }
    });
}

/// The same for one parameter.
fn move_one<O: Optimizer, T: Scalar, const W: usize>(
    walker: &impl ParallelFor,
    rule: &O,
    update: &Update<'_>,
    read: [&[T]; 1],
    write: [&mut [T]; W],
) {
    let work = |[gradient]: [&[T]; 1], mut write: [&mut [T]; W]| {
        if let [numbers, memory @ ..] = &mut write[..] {
            rule.update(update, numbers, gradient, memory);
        }
    };
    if rule.needs_whole(&update.parameter) { work(read, write) } else { walker.walk(read, write, &work) }
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
    fn a_rule_may_remember_up_to_five_numbers_and_tell_parameters_apart() {
        assert_eq!([two_steps::<0>(), two_steps::<1>(), two_steps::<2>()], [[0.0; 2], [3.0, 0.0], [6.0, 0.0]]);
        assert_eq!([two_steps::<3>(), two_steps::<4>(), two_steps::<5>()], [[9.0, 0.0], [12.0, 0.0], [15.0, 0.0]]);
    }

    #[test]
    #[should_panic(expected = "networks of memory handed to a rule that has 1")]
    fn memory_of_another_rule_panics() {
        let (mut network, gradient) = (Dense::<2, 3, f64>::zeros(), Dense::zeros());
        step(&Counting::<1>, 1.0, 1, &mut *network, &gradient, &mut []);
    }
}
