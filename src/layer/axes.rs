//! The axes over which a softmax sums to one.

use crate::shape::{ConstString, Dims};

/// One axis of `[N, C, H, W]`, or two neighboring ones: channels are axis 1, as in PyTorch. Axis 0, the samples, is none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axes {
    /// The first axis.
    pub first: usize,
    /// The last axis; the first again if there is one only.
    pub last: usize,
}

impl Axes {
    /// The channels: what a classifier means.
    pub const CHANNELS: Axes = Axes { first: 1, last: 1 };

    pub(super) const fn new([first, last]: [usize; 2]) -> Axes {
        Axes { first, last }
    }

    /// The lines of a sample along these axes: how long they are, and how far apart their numbers.
    pub const fn lines(self, sample: Dims) -> [usize; 2] {
        let sizes = [1, sample.channels, sample.height, sample.width];
        let (mut len, mut step, mut axis) = (1, 1, self.first);
        while axis < sizes.len() {
            if axis <= self.last {
                len *= sizes[axis];
            } else {
                step *= sizes[axis];
            }
            axis += 1;
        }
        [len, step]
    }

    /// Applies `kernel`, which has an output as large as its input, to the lines of a batch of such samples. The output is kept on the
    /// tape as well: a few lines at a time, which are copied while they are in cache.
    #[inline]
    pub(super) fn forward<T: Copy>(
        self,
        sample: Dims,
        kernel: impl Fn([usize; 2], &[T], &mut [T]),
        input: &[T],
        [output, tape]: [&mut [T]; 2],
    ) {
        let (lines, block) = (self.lines(sample), self.block(sample));
        let batch = input.chunks(block).zip(output.chunks_mut(block));
        for ((x, y), kept) in batch.zip(tape.chunks_mut(block)) {
            kernel(lines, x, y);
            kept[..y.len()].copy_from_slice(y);
        }
    }

    /// How many numbers of a batch are whole lines and at most 4096, or one group of lines whose numbers lie between each other's if that
    /// is more. 4096 numbers are 16 kB of f32: as many inputs and outputs are the 32 kB that the smallest caches next to processors have.
    const fn block(self, sample: Dims) -> usize {
        let [len, step] = self.lines(sample);
        match len * step {
            0 => 1,
            group if group < 4096 => 4096 / group * group,
            group => group,
        }
    }

    /// `axis 3`, or nothing for the channels.
    pub(super) const fn settings(self) -> ConstString {
        match self {
            Axes { first: 1, last: 1 } => ConstString::new(),
            Axes { first, last } if first == last => ConstString::new().str("axis ").number(first),
            Axes { first, last } => ConstString::new().str("axes ").number(first).str(", ").number(last),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_as_long_as_its_axes() {
        let lines = |axes| Axes::new(axes).lines(Dims::new(2, 3, 5));
        assert_eq!([lines([1, 1]), lines([2, 2]), lines([3, 3])], [[2, 15], [3, 5], [5, 1]]);
        assert_eq!([lines([1, 2]), lines([2, 3])], [[6, 5], [15, 1]]);
        let block = |axes| Axes::new(axes).block(Dims::new(2, 3, 5));
        assert_eq!([block([2, 3]), block([1, 1])], [273 * 15, 136 * 30]);
        assert_eq!(Axes::CHANNELS.block(Dims::new(64, 9, 9)), 64 * 9 * 9);
    }
}
