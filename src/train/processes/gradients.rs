//! The sum of the gradients of all processes: first each adds up its slice of the parameters, then all collect the slices.

use alloc::vec;
use alloc::vec::Vec;
use core::marker::PhantomData;

use mpi::collective::CommunicatorCollectives;
use mpi::topology::SimpleCommunicator;

use super::Processes;
use super::pieces::{Division, Layout};
use super::slices::Slices;
use crate::layer::Module;
use crate::network::Network;
use crate::simd::widest;
use crate::train::Score;
use crate::train::shard::Shard;

/// The words of a score.
const SCORE: usize = Score::WORDS;

/// The buffers of the exchange, allocated once.
///
/// A message has a block for each [piece](super::pieces::Piece) of its sender: the score of the piece, and the receiver's slice of its
/// gradient. All are counted in words of 64 bits.
pub(in crate::train) struct GradientSum<N: Module> {
    processes: Processes,
    slices: Slices<N::Scalar>,
    division: Division,
    to: Layout,
    sent: Vec<u64>,
    from: Layout,
    received: Vec<u64>,
    /// How the slices are collected.
    whole: Layout,
    collected: Vec<u64>,
    /// The sums that are not added to others yet: where they are, and their scores.
    stack: Vec<(usize, Score)>,
    network: PhantomData<N>,
}

impl Processes {
    /// For benchmarks: a function that adds up a gradient of each process.
    #[doc(hidden)]
    pub fn exchange<N: Module>(self) -> impl FnMut() {
        let (mut gradients, mut shards) = (GradientSum::<N>::new(self, self.count), [Shard::new()]);
        move || gradients.sum(self.count, &mut shards, |shard| shard)
    }
}

impl<N: Module> GradientSum<N> {
    /// For mini-batches of up to `shards` shards.
    pub(in crate::train) fn new(processes: Processes, shards: usize) -> Self {
        let mut numbers = 0;
        if processes.count > 1 {
            N::visit([&*N::zeros()], [], &mut |_, [parameter], []| numbers += parameter.len());
        }
        let slices = Slices::new(numbers, processes.count);
        let mut whole = Layout::default();
        let words = whole.fill((0..processes.count).map(|rank| slices.words(rank)));
        let mut gradients = GradientSum {
            processes,
            slices,
            division: Division::new(processes),
            to: Layout::default(),
            sent: Vec::new(),
            from: Layout::default(),
            received: Vec::new(),
            whole,
            collected: vec![0; words],
            stack: Vec::new(),
            network: PhantomData,
        };
        if processes.count > 1 {
            // All buffers are then as long as any number of shards needs them. Fewer shards may have more pieces.
            (1..=shards).for_each(|shards| gradients.divide(shards));
        }
        gradients
    }

    /// Divides a mini-batch, and makes room for the messages.
    fn divide(&mut self, shards: usize) {
        let GradientSum {
            processes: Processes { rank, count, .. }, slices, division, to, sent, from, received, ..
        } = self;
        if division.divide(shards) {
            let mine = division.pieces_of(*rank);
            let words = to.fill((0..*count).map(|other| mine * (SCORE + slices.words(other))));
            sent.resize(sent.len().max(words), 0);
            let block = SCORE + slices.words(*rank);
            let words = from.fill((0..*count).map(|other| division.pieces_of(other) * block));
            received.resize(received.len().max(words), 0);
            self.stack.clear();
            self.stack.reserve(division.pieces.len());
        }
    }

    /// Adds up the results of all processes: those of this one are in the first shard of each of its pieces, as
    /// [`fold`](crate::train::Threads::fold) leaves them. The sum is then in the first of `items`, in every process. `shard` is that of
    /// an item.
    pub(in crate::train) fn sum<I>(&mut self, shards: usize, items: &mut [I], shard: impl Fn(&mut I) -> &mut Shard<N>) {
        let Processes { rank, count, .. } = self.processes;
        if count == 1 {
            return;
        }
        self.divide(shards);
        let GradientSum { slices, division, to, sent, .. } = self;
        for (piece, at) in division.mine().enumerate() {
            let Shard { gradient, score } = shard(&mut items[at]);
            let block_of = |other: usize| to.starts[other] as usize + piece * (SCORE + slices.words(other));
            for other in 0..count {
                sent[block_of(other)..][..SCORE].copy_from_slice(&score.to_words());
            }
            slices.write(&**gradient, |other| block_of(other) + SCORE, sent);
        }
        let world = SimpleCommunicator::world();
        world.all_to_all_varcount_into(&self.to.part(&self.sent), &mut self.from.part_mut(&mut self.received));
        let Shard { gradient, score } = shard(&mut items[0]);
        *score = self.add();
        let slice = &self.received[SCORE..SCORE + self.slices.words(rank)];
        world.all_gather_varcount_into(slice, &mut self.whole.part_mut(&mut self.collected));
        self.slices.read(&self.collected, |rank| self.whole.starts[rank] as usize, &mut **gradient);
    }

    /// Adds up the blocks that were received, in the first of them, and returns their score.
    fn add(&mut self) -> Score {
        let block = SCORE + self.slices.words(self.processes.rank);
        self.stack.clear();
        for (start, piece) in (0..).step_by(block).zip(&self.division.pieces) {
            self.stack.push((start, Score::from_words(&self.received[start..start + SCORE])));
            for _ in 0..piece.merges {
                let (right, score) = self.stack.pop().expect("a sum on the right");
                let (left, sum) = self.stack.last_mut().expect("a sum on the left");
                sum.add(&score);
                let (before, after) = self.received.split_at_mut(right);
                let to: &mut [N::Scalar] = bytemuck::cast_slice_mut(&mut before[*left + SCORE..*left + block]);
                let from: &[N::Scalar] = bytemuck::cast_slice(&after[SCORE..block]);
                widest!({
                    for (to, &from) in to.iter_mut().zip(from) {
                        *to += from;
                    }
                });
            }
        }
        self.stack.pop().map(|(_, score)| score).unwrap_or_default()
    }
}
