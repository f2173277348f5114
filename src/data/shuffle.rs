//! The order in which an epoch reads its samples: a permutation `π(seed, epoch)` of `0 … len − 1`.
//!
//! It depends on nothing else, in particular not on earlier epochs: a training resumed at epoch 7 reads the same order. All
//! `len!` orders are equally likely, up to the generator's 256 bits of state. The generator and the algorithm are fixed here,
//! so the order is the same on every machine and with every release of `rand`.

use alloc::vec::Vec;

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// Permutations of `0 … len − 1`, one for each epoch.
///
/// ```
/// use shapeproof::data::shuffle::Shuffle;
///
/// let mut shuffle = Shuffle::new(7, 42);
/// let batches: Vec<_> = shuffle.epoch(0).chunks(3).map(<[u32]>::len).collect();
/// assert_eq!(batches, [3, 3, 1]);
/// ```
#[derive(Clone, Debug)]
pub struct Shuffle {
    order: Vec<u32>,
    seed: u64,
}

impl Shuffle {
    /// Orders of `len` samples that depend on `seed`. All memory is allocated here.
    ///
    /// # Panics
    ///
    /// If `len` is above 2³² − 1.
    pub fn new(len: usize, seed: u64) -> Shuffle {
        assert!(u32::try_from(len).is_ok(), "Shuffle: {len} samples, but at most 2³² − 1 can be shuffled");
        Shuffle { order: (0..len as u32).collect(), seed }
    }

    /// Returns the order of `epoch`. [`chunks`](slice::chunks) splits it into mini-batches.
    ///
    /// This is the in-place Fisher–Yates shuffle (Durstenfeld, *Algorithm 235*, CACM 7(7), 1964).
    pub fn epoch(&mut self, epoch: u64) -> &[u32] {
        let mut rng = stream(self.seed, epoch);
        for (index, place) in (0..).zip(&mut self.order) {
            *place = index;
        }
        for last in (1..self.order.len()).rev() {
            let other = below(&mut rng, last as u32 + 1);
            self.order.swap(last, other as usize);
        }
        &self.order
    }
}

/// The random generator number `index` of `seed`: independent of those with other indices, and computed directly.
pub(super) fn stream(seed: u64, index: u64) -> Xoshiro256PlusPlus {
    // The seed is scrambled before it is combined with the index, so that (seed, index + 1) is not (seed + 1, index).
    let scattered = Xoshiro256PlusPlus::seed_from_u64(seed).next_u64();
    Xoshiro256PlusPlus::seed_from_u64(scattered ^ index)
}

/// Returns a uniformly distributed number below `n`: the high half of `x·n` for a random 32-bit `x`.
///
/// `x` is drawn again if the low half is below 2³² mod n, so that the same number of values of `x` remains for each result
/// (Lemire, *Fast random integer generation in an interval*, ACM TOMACS 29(1), 2019, algorithm 5).
pub(super) fn below(rng: &mut impl Rng, n: u32) -> u32 {
    let uneven = n.wrapping_neg() % n;
    loop {
        let product = u64::from(rng.next_u32()) * u64::from(n);
        if product as u32 >= uneven {
            return (product >> 32) as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(len: usize, seed: u64, epoch: u64) -> Vec<u32> {
        Shuffle::new(len, seed).epoch(epoch).to_vec()
    }

    #[test]
    fn an_order_is_a_permutation() {
        for len in [0, 1, 2, 10, 1000] {
            let mut order = order(len, 3, 5);
            order.sort_unstable();
            assert!(order.into_iter().eq(0..len as u32), "of {len}");
        }
    }

    #[test]
    fn an_order_depends_on_seed_and_epoch_alone() {
        let mut shuffle = Shuffle::new(100, 7);
        let first = shuffle.epoch(0).to_vec();
        let fourth = shuffle.epoch(3).to_vec();
        assert_eq!(shuffle.epoch(0), first);
        assert_eq!(order(100, 7, 3), fourth);
        assert_ne!(first, fourth);
        assert_ne!(order(100, 8, 0), first);
        assert_ne!(order(100, 6, 1), first);
    }

    /// Computed by an independent implementation of SplitMix64, xoshiro256++, Lemire's `below` and Fisher-Yates.
    #[test]
    fn orders_never_change() {
        assert_eq!(order(10, 42, 0), [4, 1, 6, 5, 0, 2, 9, 8, 7, 3]);
        assert_eq!(order(10, 42, 1), [0, 8, 2, 3, 4, 5, 9, 1, 6, 7]);
        assert_eq!(order(7, u64::MAX, 1 << 40), [4, 0, 3, 5, 1, 2, 6]);
    }

    #[test]
    fn all_orders_are_equally_likely() {
        let mut counts = [0_u32; 24];
        let mut shuffle = Shuffle::new(4, 1);
        for epoch in 0..24_000 {
            let order = shuffle.epoch(epoch);
            let rank = (0..4).fold(0, |rank, i| {
                let smaller = order[i + 1..].iter().filter(|&&other| other < order[i]).count();
                rank * (4 - i) + smaller
            });
            counts[rank] += 1;
        }
        // χ² with 23 degrees of freedom: 49.7 is exceeded once in a thousand seeds.
        let chi: f64 = counts.iter().map(|&n| (f64::from(n) - 1000.0).powi(2) / 1000.0).sum();
        assert!(chi < 49.7, "χ² = {chi}, counts {counts:?}");
    }

    #[test]
    fn numbers_below_a_large_bound_are_even() {
        // Without the redraw, a third of the numbers below 3·2³⁰ would come up twice as often as the others.
        let n = 3 << 30;
        let mut rng = stream(1, 2);
        let low = (0..30_000).filter(|_| below(&mut rng, n) % 3 == 0).count();
        assert!((9_600..10_400).contains(&low), "{low} of 30,000");
    }
}
