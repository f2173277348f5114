//! Messages of any length, before a training and after an epoch.

use alloc::vec;
use alloc::vec::Vec;

use mpi::collective::{CommunicatorCollectives, Root};
use mpi::topology::{Communicator, SimpleCommunicator};

use super::Processes;
use super::meeting::Place;
use super::pieces::Layout;

impl Processes {
    /// The bytes of the first process, in all.
    pub(crate) fn of_first(self, bytes: Vec<u8>) -> Vec<u8> {
        if self.count == 1 {
            return bytes;
        }
        let [len, _] = self.meet(Place::Checkpoint, [0; 3], [bytes.len() as u64, 0]);
        let mut bytes = bytes;
        bytes.resize(len as usize, 0);
        let world = SimpleCommunicator::world();
        // MPI counts to 2³¹ − 1.
        for part in bytes.chunks_mut(1 << 30) {
            world.process_at_rank(0).broadcast_into(part);
        }
        bytes
    }

    /// The bytes of every process.
    pub(super) fn gather(self, bytes: &[u8]) -> Vec<Vec<u8>> {
        let world = SimpleCommunicator::world();
        let mut lengths = vec![0u64; self.count];
        world.all_gather_into(&(bytes.len() as u64), &mut lengths[..]);
        let mut layout = Layout::default();
        let mut all = vec![0u8; layout.fill(lengths.iter().map(|&len| len as usize))];
        world.all_gather_varcount_into(bytes, &mut layout.part_mut(&mut all));
        let ends =
            layout.starts.iter().zip(&layout.lengths).map(|(&start, &len)| (start as usize, (start + len) as usize));
        ends.map(|(start, end)| all[start..end].to_vec()).collect()
    }
}
