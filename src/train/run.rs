//! A run of shards: those of a mini-batch that one process computes, and the tree in which results of shards are added up.

use core::ops::Range;

use super::threads::End;

/// Some shards of a mini-batch that follow each other.
///
/// Results of shards are added up in a tree: those of the first half, plus those of the second half, each half in the same way. The
/// tree is over all shards of the mini-batch, whoever computes them, so the bits of the sum depend on their number alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// Its shards.
    pub(super) shards: Range<usize>,
    /// How many the mini-batch has.
    pub(super) of: usize,
}

impl Run {
    /// The tree over all shards of the mini-batch.
    pub(super) fn tree(&self) -> Range<usize> {
        0..self.of
    }

    /// How many of its shards are in `part`.
    pub(super) fn in_part(&self, part: &Range<usize>) -> usize {
        self.shards.end.min(part.end).saturating_sub(self.shards.start.max(part.start))
    }
}

/// The two halves of a part of the tree. The first is the larger one.
pub(super) fn halves(part: &Range<usize>) -> [Range<usize>; 2] {
    let middle = part.start + part.len().div_ceil(2);
    [part.start..middle, middle..part.end]
}

/// [`Threads::fold`](super::Threads::fold) for a part of the tree, with those items of the run that are in it.
pub(super) fn fold<I: Send>(
    end: End,
    in_parallel: bool,
    items: &mut [I],
    run: &Run,
    part: Range<usize>,
    work: &(dyn Fn(usize, &mut I) + Sync),
    merge: &(dyn Fn(&mut I, &I) + Sync),
) {
    match items {
        [] => {}
        [item] if part.len() == 1 => work(part.start, item),
        _ => {
            let is_whole = items.len() == part.len();
            let [first, second] = halves(&part);
            let (left, right) = items.split_at_mut(run.in_part(&first));
            let at_once = in_parallel && !left.is_empty() && !right.is_empty();
            end.halves(
                at_once,
                || fold(end, in_parallel, left, run, first, work, merge),
                || fold(end, in_parallel, right, run, second, work, merge),
            );
            if is_whole {
                merge(&mut left[0], &right[0]);
            }
        }
    }
}
