//! Meetings: before processes exchange anything, each says what it is about to do, so that none waits for another that does something
//! else.

use alloc::vec;
use core::fmt;

use mpi::collective::{CommunicatorCollectives, SystemOperation};
use mpi::topology::SimpleCommunicator;

use super::Processes;

/// What a process is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Nothing more: the work given to [`Processes::run`] has returned.
    End,
    /// It compares settings.
    Agreement,
    /// It computes the gradient of a step.
    Step,
    /// It decides how to go on after a step.
    Decision,
    /// It ends an epoch.
    Epoch,
    /// It evaluates a dataset.
    Evaluation,
    /// It restores the training from a checkpoint.
    Checkpoint,
}

const PLACES: [Place; 7] = {
    use Place::*;
    [End, Agreement, Step, Decision, Epoch, Evaluation, Checkpoint]
};

/// How many numbers must be the same.
const SAME: usize = 3;

/// How many numbers of the first process all get.
const FIRST: usize = 2;

impl Processes {
    /// Meets all processes at `place`, where they must have the `same` numbers, and returns the numbers of the first process.
    ///
    /// Nobody leaves before all have come. Wherever processes meet, they exchange one message of one length, so a process at another
    /// place is found out, here, in all of them, and ends them.
    pub(super) fn meet(self, place: Place, same: [u64; SAME], of_first: [u64; FIRST]) -> [u64; FIRST] {
        if self.count == 1 {
            return of_first;
        }
        // The largest of all numbers, and of all their complements: the same number if all are the same. Of the others, the largest is
        // that of the first process, as the others send 0.
        let mine = [place as u64, same[0], same[1], same[2]];
        let mut sent = [0; 2 * (1 + SAME) + FIRST];
        for (at, number) in mine.into_iter().enumerate() {
            (sent[2 * at], sent[2 * at + 1]) = (number, !number);
        }
        if self.rank == 0 {
            sent[2 * (1 + SAME)..].copy_from_slice(&of_first);
        }
        let mut largest = [0; 2 * (1 + SAME) + FIRST];
        SimpleCommunicator::world().all_reduce_into(&sent, &mut largest, SystemOperation::max());
        let (pairs, of_first) = largest.split_at(2 * (1 + SAME));
        if pairs.chunks_exact(2).any(|pair| pair[0] != !pair[1]) {
            self.say_who_is_elsewhere(&mine);
        }
        [of_first[0], of_first[1]]
    }

    /// Ends all processes with a line about the first of them that is elsewhere than process 0.
    fn say_who_is_elsewhere(self, mine: &[u64; 1 + SAME]) -> ! {
        let mut all = vec![0; self.count * (1 + SAME)];
        SimpleCommunicator::world().all_gather_into(mine, &mut all);
        let mut all = all.chunks_exact(1 + SAME).map(Whereabouts);
        let first = all.next().expect("there is a process 0");
        let (rank, other) =
            all.zip(1..).map(|(other, rank)| (rank, other)).find(|(_, other)| other.0 != first.0).expect("one differs");
        self.fail(&format_args!("process {rank} {other}, and process 0 {first}; all processes must do the same"))
    }
}

/// Where a process is: the place, and its numbers.
struct Whereabouts<'a>(&'a [u64]);

impl fmt::Display for Whereabouts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let &[place, a, b, c] = self.0 else { return Ok(()) };
        match PLACES[place as usize] {
            Place::End => write!(f, "has ended its work"),
            Place::Agreement => write!(f, "begins a training"),
            Place::Step => write!(f, "takes step {a} on {b} samples (their indices and the learning rate: {c:016x})"),
            Place::Decision => write!(f, "has taken {a} steps"),
            Place::Epoch => write!(f, "ends epoch {a} with a network of the checksum {b:016x}"),
            Place::Evaluation => write!(f, "evaluates {a} samples"),
            Place::Checkpoint => write!(f, "restores a checkpoint"),
        }
    }
}
