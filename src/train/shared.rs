//! The numbers that shards [share](Tape::visit_shared) at a [barrier](crate::layer::barrier).

use alloc::vec::Vec;

use crate::layer::{Module, Pass, Tape};

/// A barrier in one direction.
pub(super) type Barrier = (Pass, usize);

/// Appends the numbers that `tape` shares.
pub(super) fn read(tape: &mut impl Tape, (pass, barrier): Barrier, to: &mut Vec<f64>) {
    tape.visit_shared(pass, barrier, &mut |numbers| to.extend_from_slice(numbers));
}

/// Writes the numbers that `tape` shares.
pub(super) fn write(tape: &mut impl Tape, (pass, barrier): Barrier, mut from: &[f64]) {
    tape.visit_shared(pass, barrier, &mut |numbers| {
        let (these, others) = from.split_at(numbers.len());
        numbers.copy_from_slice(these);
        from = others;
    });
}

/// How many numbers `tape` shares.
pub(super) fn count(tape: &mut impl Tape, (pass, barrier): Barrier) -> usize {
    let mut count = 0;
    tape.visit_shared(pass, barrier, &mut |numbers| count += numbers.len());
    count
}

/// The most numbers that a shard shares at a barrier.
pub(super) fn most<N: Module>() -> usize {
    let mut tape = N::tape(0);
    let barriers = (0..N::BARRIERS).flat_map(|barrier| [(Pass::Forward, barrier), (Pass::Backward, barrier)]);
    barriers.map(|barrier| count(&mut tape, barrier)).max().unwrap_or(0)
}
