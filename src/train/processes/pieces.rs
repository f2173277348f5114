//! Which process computes which shards, and how the sums of all are added up in the order of one process.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use mpi::Count;
use mpi::datatype::{Equivalence, Partition, PartitionMut};

use super::Processes;
use crate::train::run::halves;

/// A part of the [tree](crate::train::run::Run) of shards whose sum one process computes, the largest that lie within its run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The process.
    pub(super) rank: usize,
    /// Its first shard, where the process has the sum.
    pub(super) first: usize,
    /// How many sums are added to the one before each, after this one is known. Sums are kept on a stack: that of this piece goes on
    /// top, and then the top is added to what is below it, so often.
    pub(super) merges: usize,
}

/// The shards that the process `rank` of `count` computes.
///
/// An even number of processes is halved, as the tree is, so that each of 2, 4, 8, … processes has a whole part of it. An odd number
/// shares the shards evenly, and some processes have several parts.
pub(super) fn run_of(shards: Range<usize>, rank: usize, count: usize) -> Range<usize> {
    if count.is_multiple_of(2) {
        let [first, second] = halves(&shards);
        return match rank.checked_sub(count / 2) {
            None => run_of(first, rank, count / 2),
            Some(rank) => run_of(second, rank, count / 2),
        };
    }
    let (each, more) = (shards.len() / count, shards.len() % count);
    let start = shards.start + rank * each + rank.min(more);
    start..start + each + usize::from(rank < more)
}

/// The shards of a mini-batch, divided among processes.
pub(super) struct Division {
    rank: usize,
    /// The shards of each process.
    runs: Vec<Range<usize>>,
    /// The pieces of all processes, in the order of their shards.
    pub(super) pieces: Vec<Piece>,
}

impl Division {
    /// A division that nothing has been divided by.
    pub(super) fn new(Processes { rank, count, .. }: Processes) -> Division {
        Division { rank, runs: vec![0..0; count], pieces: Vec::new() }
    }

    /// Divides this many shards. Returns false if that is how it was.
    pub(super) fn divide(&mut self, shards: usize) -> bool {
        let Division { runs, pieces, .. } = self;
        let count = runs.len();
        if runs[count - 1].end == shards {
            return false;
        }
        for (rank, run) in runs.iter_mut().enumerate() {
            *run = run_of(0..shards, rank, count);
        }
        pieces.clear();
        list(runs, 0..shards, pieces);
        true
    }

    /// How many pieces a process has.
    pub(super) fn pieces_of(&self, rank: usize) -> usize {
        self.pieces.iter().filter(|piece| piece.rank == rank).count()
    }

    /// Where the pieces of this process begin, among its own shards.
    pub(super) fn mine(&self) -> impl Iterator<Item = usize> {
        let first = self.runs[self.rank].start;
        self.pieces.iter().filter(|piece| piece.rank == self.rank).map(move |piece| piece.first - first)
    }
}

/// Lists the pieces of a part of the tree.
fn list(runs: &[Range<usize>], part: Range<usize>, pieces: &mut Vec<Piece>) {
    if part.is_empty() {
        return;
    }
    let rank = runs.partition_point(|run| run.end <= part.start);
    if part.end <= runs[rank].end {
        pieces.push(Piece { rank, first: part.start, merges: 0 });
        return;
    }
    for half in halves(&part) {
        list(runs, half, pieces);
    }
    pieces.last_mut().expect("both halves have shards").merges += 1;
}

/// The lengths of the parts of a message, and where they begin, as MPI wants them.
#[derive(Default)]
pub(super) struct Layout {
    pub(super) lengths: Vec<Count>,
    pub(super) starts: Vec<Count>,
}

impl Layout {
    /// Makes it that of parts of these lengths, and returns their sum.
    ///
    /// # Panics
    /// If MPI cannot count that far.
    pub(super) fn fill(&mut self, lengths: impl Iterator<Item = usize>) -> usize {
        let count = |number: usize| Count::try_from(number).expect("a message of MPI has less than 2³¹ words");
        self.lengths.clear();
        self.starts.clear();
        let mut sum = 0;
        for length in lengths {
            self.lengths.push(count(length));
            self.starts.push(count(sum));
            sum += length;
        }
        sum
    }

    /// `buffer` in these parts.
    pub(super) fn part<'a, T: Equivalence>(&'a self, buffer: &'a [T]) -> Partition<'a, [T], &'a [Count], &'a [Count]> {
        Partition::new(buffer, &self.lengths, &self.starts)
    }

    /// `buffer` in these parts, to be written.
    pub(super) fn part_mut<'a, T: Equivalence>(
        &'a self,
        buffer: &'a mut [T],
    ) -> PartitionMut<'a, [T], &'a [Count], &'a [Count]> {
        PartitionMut::new(buffer, &self.lengths, &self.starts)
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;

    use super::*;

    fn runs(shards: usize, count: usize) -> Vec<Range<usize>> {
        (0..count).map(|rank| run_of(0..shards, rank, count)).collect()
    }

    fn pieces(shards: usize, count: usize) -> Vec<Piece> {
        let mut pieces = Vec::new();
        list(&runs(shards, count), 0..shards, &mut pieces);
        pieces
    }

    /// The sum of a part of the tree, as a formula.
    fn sum(part: Range<usize>) -> String {
        match part.len() {
            1 => format!("{}", part.start),
            _ => format!("({})", halves(&part).map(sum).join("+")),
        }
    }

    #[test]
    fn every_shard_belongs_to_one_process_and_all_have_about_as_many() {
        for (shards, count) in (0..40).flat_map(|shards| (1..=9).map(move |count| (shards, count))) {
            let runs = runs(shards, count);
            assert_eq!(runs.len(), count);
            assert_eq!((runs[0].start, runs[count - 1].end), (0, shards));
            assert!(runs.windows(2).all(|pair| pair[0].end == pair[1].start), "{runs:?}");
            let most = runs.iter().map(Range::len).max().unwrap();
            assert!(most <= shards.div_ceil(count) + 1, "{runs:?}");
        }
        assert_eq!(runs(4, 2), [0..2, 2..4]);
        assert_eq!(runs(5, 4), [0..2, 2..3, 3..4, 4..5]);
        assert_eq!(runs(7, 3), [0..3, 3..5, 5..7]);
    }

    #[test]
    fn a_power_of_two_has_a_piece_each() {
        for (shards, count) in (8..40).flat_map(|shards| [1, 2, 4, 8].map(|count| (shards, count))) {
            let ranks: Vec<_> = pieces(shards, count).iter().map(|piece| piece.rank).collect();
            assert_eq!(ranks, (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_sums_are_added_in_the_tree() {
        for (shards, count) in (1..40).flat_map(|shards| (1..=9).map(move |count| (shards, count))) {
            let (pieces, mut stack) = (pieces(shards, count), Vec::new());
            let ends = pieces.iter().skip(1).map(|piece| piece.first).chain([shards]);
            for (piece, end) in pieces.iter().zip(ends) {
                assert!(runs(shards, count)[piece.rank].contains(&piece.first));
                stack.push(sum(piece.first..end));
                for _ in 0..piece.merges {
                    let (right, left) = (stack.pop().unwrap(), stack.pop().unwrap());
                    stack.push(format!("({left}+{right})"));
                }
            }
            assert_eq!(stack, [sum(0..shards)], "{shards} shards of {count} processes");
        }
    }
}
