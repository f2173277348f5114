//! Barriers across processes: the numbers that shards share are combined in the order of one process.

use alloc::vec::Vec;

use mpi::collective::CommunicatorCollectives;
use mpi::topology::SimpleCommunicator;

use super::Processes;
use super::pieces::{Division, Layout};
use crate::layer::{Module, Tape};
use crate::train::shared::{self, Barrier};

/// The buffers of the exchange.
pub(in crate::train) struct Barriers<N: Module> {
    processes: Processes,
    division: Division,
    sent: Vec<f64>,
    from: Layout,
    received: Vec<f64>,
    /// The tapes of the pieces that are not combined with others yet: they hold nothing but shared numbers.
    stack: Vec<N::Tape>,
}

impl<N: Module> Barriers<N> {
    /// For mini-batches of up to `shards` shards, which share up to `most` numbers at a barrier.
    pub(in crate::train) fn new(processes: Processes, shards: usize, most: usize) -> Self {
        let mut barriers = Barriers {
            processes,
            division: Division::new(processes),
            sent: Vec::new(),
            from: Layout::default(),
            received: Vec::new(),
            stack: Vec::new(),
        };
        if processes.count > 1 {
            for shards in 1..=shards {
                barriers.divide(shards);
                let numbers = barriers.division.pieces.len() * most;
                barriers.received.resize(barriers.received.len().max(numbers), 0.0);
            }
            barriers.sent.reserve(barriers.received.len());
        }
        barriers
    }

    /// Divides a mini-batch, and makes room for the tapes that wait for others.
    fn divide(&mut self, shards: usize) {
        if self.division.divide(shards) {
            let (mut height, mut most) = (0, 0);
            for piece in &self.division.pieces {
                height += 1;
                most = most.max(height);
                height -= piece.merges;
            }
            let missing = most.saturating_sub(self.stack.len());
            self.stack.extend((0..missing).map(|_| N::tape(0)));
        }
    }

    /// Combines what the shards of all processes share at a barrier, and writes it to `numbers`. Those of this process have been reduced,
    /// as [`fold`](crate::train::Threads::fold) does it: the first tape of each piece has its numbers. `tape` is that of an item.
    ///
    /// Returns false if there is only this process, and so nothing to combine.
    pub(in crate::train) fn combine<I>(
        &mut self,
        shards: usize,
        items: &mut [I],
        tape: impl Fn(&mut I) -> &mut N::Tape,
        barrier: Barrier,
        numbers: &mut Vec<f64>,
    ) -> bool {
        if self.processes.count == 1 {
            return false;
        }
        self.divide(shards);
        let Barriers { division, sent, from, received, stack, .. } = self;
        sent.clear();
        for at in division.mine() {
            shared::read(tape(&mut items[at]), barrier, sent);
        }
        let len = shared::count(&mut stack[0], barrier);
        from.fill((0..self.processes.count).map(|rank| division.pieces_of(rank) * len));
        SimpleCommunicator::world().all_gather_varcount_into(&sent[..], &mut from.part_mut(received));

        // The tape of the piece under way.
        let mut top = 0;
        for (piece, numbers) in division.pieces.iter().zip(received.chunks(len.max(1))) {
            shared::write(&mut stack[top], barrier, numbers);
            for _ in 0..piece.merges {
                let (below, tapes) = stack.split_at_mut(top);
                below[top - 1].reduce(barrier.0, barrier.1, &tapes[0]);
                top -= 1;
            }
            top += 1;
        }
        numbers.clear();
        shared::read(&mut stack[0], barrier, numbers);
        true
    }
}
