//! Training in several processes, on one machine or many, by MPI: the guide has a chapter on it,
//! [`several_processes`](crate::_guide::several_processes).
//!
//! ```text
//! mpirun -n 4 target/release/examples/mnist --distributed
//! ```

mod agreement;
mod barriers;
mod evaluation;
mod failure;
mod fingerprint;
mod gradients;
mod meeting;
mod messages;
mod pieces;
mod slices;

use alloc::format;
use core::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use mpi::Threading;
use mpi::topology::Communicator;

use super::limits::cores;
use super::run::Run;
pub(super) use barriers::Barriers;
pub(super) use gradients::GradientSum;

/// The processes that train a network together, by MPI.
///
/// ```no_run
/// use shapeproof::prelude::*;
/// use shapeproof::train::Processes;
///
/// network! { type Net = [2, 1, 1] => Dense(units = 8), LeakyReLU, Dense(units = 2) }
///
/// fn main() {
///     Processes::run(|processes| {
///         let inputs = [[0., 0.], [0., 1.], [1., 0.], [1., 1.]].map(Vector::from);
///         let xor = Pairs::new(&inputs, &[0, 1, 1, 0]);
///         let settings = Settings { shard_size: 1, processes: Some(processes), ..Settings::default() };
///         let mut trainer = Trainer::new(Net::new(1), CrossEntropy::new(), SGD::new(0.5), settings)?;
///         let mut print = on_epoch(|record, _| println!("{record}")); // by process 0
///         trainer.fit(&xor, &xor, &Fit { epochs: 100, schedule: &Constant }, &mut [&mut print])?;
///         Ok::<_, shapeproof::Error>(())
///     });
/// }
/// ```
///
/// ```sh
/// mpirun -n 4 target/release/xor
/// ```
///
/// Each process has the whole network and the whole dataset. A mini-batch is divided among them, and its gradient is added up in the order
/// of one process, so the bits of a training are the same on any number of processes and threads. The guide's chapter
/// [`several_processes`](crate::_guide::several_processes) tells how, how fast, and how to go from one machine to a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Processes {
    rank: usize,
    count: usize,
    /// How many of them, this one included, share its processor cores.
    sharing: usize,
}

impl Processes {
    /// One process that does not communicate.
    pub(super) const ALONE: Processes = Processes { rank: 0, count: 1, sharing: 1 };

    /// Runs `work` in all processes that `mpirun` has started, and returns its result.
    ///
    /// An error of `work`, or a panic, in any process ends all of them: that process prints one line, which names its rank, and `mpirun`
    /// has the exit status 1. So does a process that is killed, whose rank `mpirun` names if MPI had started in it. No process waits for one
    /// that is not there.
    ///
    /// In a program that `mpirun` has not started, there is one process.
    ///
    /// # Panics
    /// If MPI has been started before, or cannot be called by threads in turn (`MPI_THREAD_SERIALIZED`).
    pub fn run<T, E: fmt::Display>(work: impl FnOnce(Processes) -> Result<T, E>) -> T {
        let universe = mpi::initialize_with_threading(Threading::Serialized);
        let (universe, threading) = universe.expect("Processes::run is the first use of MPI in a program");
        assert!(threading >= Threading::Serialized, "this MPI allows its functions to be called by one thread alone");
        let world = universe.world();
        let mut processes = Processes { rank: world.rank() as usize, count: world.size() as usize, sharing: 1 };
        processes.sharing = processes.sharing();
        match catch_unwind(AssertUnwindSafe(|| work(processes))) {
            Ok(Ok(result)) => {
                processes.meet(meeting::Place::End, [0; 3], [0; 2]);
                result
            }
            Ok(Err(error)) => processes.fail(&error),
            Err(panic) => processes.fail(&failure::Panicked(panic)),
        }
    }

    /// The number of this process, from 0.
    pub fn rank(self) -> usize {
        self.rank
    }

    /// How many processes there are.
    pub fn count(self) -> usize {
        self.count
    }

    /// Whether this is process 0, which alone calls [callbacks](super::Callback) and writes files.
    pub fn is_first(self) -> bool {
        self.rank == 0
    }

    /// How many threads a process has if its settings do not say: all processor cores that it may use, divided by the processes that
    /// may use the same.
    pub(super) fn threads(self) -> Option<usize> {
        (self.sharing > 1).then(|| (cores() / self.sharing).max(1))
    }

    /// Counts the processes that may use the same cores of the same machine. `mpirun` may have bound each to its own.
    fn sharing(self) -> usize {
        let machine = mpi::environment::processor_name().unwrap_or_default();
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let cores = status.lines().find(|line| line.starts_with("Cpus_allowed_list:")).unwrap_or_default();
        let all = self.gather(format!("{machine} {cores}").as_bytes());
        all.iter().filter(|one| **one == all[self.rank]).count()
    }

    /// The most shards of a mini-batch of up to `shards` that this process computes, or 1, for the result.
    pub(super) fn most_shards(self, shards: usize) -> usize {
        pieces::run_of(0..shards, self.rank, self.count).len().max(1)
    }

    /// The shards of a mini-batch that this process computes.
    pub(super) fn run_of(self, shards: usize) -> Run {
        Run { shards: pieces::run_of(0..shards, self.rank, self.count), of: shards }
    }
}
