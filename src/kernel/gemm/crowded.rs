//! Rows that crowd a few sets of the first-level cache.
//!
//! Such a cache has 64 sets of 8 lines or a few more, and the address of a number says in which set it stays. If rows are a power of two
//! apart, as those of a 1×1 convolution often are, many of them begin in the same set, and push each other out before they are read
//! again. Side by side, they stay.

use crate::scalar::Scalar;

/// How many rows are copied at a time.
pub(super) const DEPTH: usize = 128;

/// The fewest rows of a result for which copied rows are read often enough.
pub(super) const FEWEST_ROWS: usize = 16;

/// Room for copied rows on the stack, [`DEPTH`] times a few vectors.
#[repr(C, align(64))]
pub(super) struct Copies<T, const N: usize>(pub(super) [T; N]);

impl<T: Scalar, const N: usize> Copies<T, N> {
    pub(super) fn new() -> Self {
        Copies([T::zero(); N])
    }
}

/// Whether more rows begin in one set than have a line in it.
#[inline]
pub(super) fn is_crowded<T>(starts: &[u32]) -> bool {
    const SETS: usize = 64;
    const LINES: u32 = 8;
    let line = |start: u32| start as usize * size_of::<T>() / 64;
    let (mut sets, mut last, mut most) = ([0; SETS], usize::MAX, 0);
    for &start in starts {
        // The taps of a window share lines with those beside them.
        if line(start) != last {
            last = line(start);
            let set = &mut sets[last % SETS];
            *set += 1;
            most = most.max(*set);
        }
    }
    most > LINES
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nine rows, the first few of many taps, `apart` numbers apart.
    fn starts(apart: u32) -> [u32; 27] {
        core::array::from_fn(|tap| tap as u32 / 3 * apart + tap as u32 % 3)
    }

    #[test]
    fn rows_4_kib_apart_crowd_a_set() {
        assert!(is_crowded::<f32>(&starts(1024)) && is_crowded::<f64>(&starts(512)));
        assert!(!is_crowded::<f32>(&starts(1024)[..24]), "eight rows have their lines");
        assert!(!is_crowded::<f32>(&starts(1024 + 16)), "other sets");
        assert!(!is_crowded::<f32>(&starts(0)), "one line");
    }
}
