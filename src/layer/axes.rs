//! The axes over which a softmax sums to one.

use crate::shape::inference::Inferred;
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

    /// How many numbers of a batch are whole lines and fit into the cache next to the processor; or more, if that many lie together.
    pub(super) const fn some(self, sample: Dims) -> usize {
        let [len, step] = self.lines(sample);
        match len * step {
            0 => 1,
            block if block < 4096 => 4096 / block * block,
            block => block,
        }
    }

    /// `[C, H, W] → [C, H, W]` for a layer of this kind, if there are such axes.
    pub(super) const fn rule(self, kind: &str, input: Dims) -> Inferred {
        let text = ConstString::new().str(kind).str(" over `axis = ");
        let text = match self.first == self.last {
            true => text.number(self.first).str("`"),
            false => text.str("[").number(self.first).str(", ").number(self.last).str("]`"),
        };
        if self.first == 0 || self.first > 3 || self.last == 0 || self.last > 3 {
            return Err(text.str(": the axes of a sample are 1 (channels), 2 (rows) and 3 (columns)"));
        }
        if self.last != self.first && self.last != self.first + 1 {
            return Err(text.str(": two axes are `[1, 2]` or `[2, 3]`; for all three, put `Flatten` before it"));
        }
        if self.first > 1 && self.lines(input)[0] == 1 {
            return Err(text.str(" of its ").dims(input).str(" input sums over one number each, which becomes 1"));
        }
        Ok(input)
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
    use alloc::string::String;

    #[test]
    fn a_line_is_as_long_as_its_axes() {
        let lines = |axes| Axes::new(axes).lines(Dims::new(2, 3, 5));
        assert_eq!([lines([1, 1]), lines([2, 2]), lines([3, 3])], [[2, 15], [3, 5], [5, 1]]);
        assert_eq!([lines([1, 2]), lines([2, 3])], [[6, 5], [15, 1]]);
        let some = |axes| Axes::new(axes).some(Dims::new(2, 3, 5));
        assert_eq!([some([2, 3]), some([1, 1])], [273 * 15, 136 * 30]);
        assert_eq!(Axes::CHANNELS.some(Dims::new(64, 9, 9)), 64 * 9 * 9);
    }

    #[test]
    fn other_axes_are_refused() {
        let says = |axes, input| String::from(Axes::new(axes).rule("Softmax", input).unwrap_err().as_str());
        let image = Dims::new(2, 3, 5);
        let which = ": the axes of a sample are 1 (channels), 2 (rows) and 3 (columns)";
        assert_eq!(says([0, 0], image), String::from("Softmax over `axis = 0`") + which);
        assert_eq!(says([2, 4], image), String::from("Softmax over `axis = [2, 4]`") + which);
        let apart =
            "Softmax over `axis = [1, 3]`: two axes are `[1, 2]` or `[2, 3]`; for all three, put `Flatten` before it";
        assert_eq!(says([1, 3], image), apart);
        let alone = "Softmax over `axis = 2` of its 10 input sums over one number each, which becomes 1";
        assert_eq!(says([2, 2], Dims::new(10, 1, 1)), alone);
        assert!(Axes::CHANNELS.rule("Softmax", Dims::new(1, 1, 1)).is_ok());
    }
}
