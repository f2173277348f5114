//! How many samples a split holds out, and which of them a seed draws.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::shuffle::Shuffle;

/// How many samples a split holds out, for the second of its two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldOut {
    /// So many of every hundred samples, rounded to a whole number of them; 0 to 100.
    Percent(u8),
    /// Exactly so many samples.
    Count(usize),
}

impl HeldOut {
    /// How many of `len` samples.
    ///
    /// # Panics
    /// If it is more.
    pub(super) fn of(self, len: usize) -> usize {
        match self {
            HeldOut::Percent(percent) => {
                assert!(percent <= 100, "{percent} percent are held out of 100");
                ((len as u64 * u64::from(percent) + 50) / 100) as usize
            }
            HeldOut::Count(count) => {
                assert!(count <= len, "{count} samples are held out of {len}");
                count
            }
        }
    }
}

/// For each of `len` samples, whether it is held out.
pub(super) fn shuffled(len: usize, held_out: HeldOut, seed: u64) -> Vec<bool> {
    let mut is_held_out = vec![false; len];
    for &index in &Shuffle::new(len, seed).epoch(0)[..held_out.of(len)] {
        is_held_out[index as usize] = true;
    }
    is_held_out
}

/// For each of `len` samples, whether it is held out: with the same share of every target, as far as possible.
pub(super) fn stratified<T: Ord>(len: usize, target: impl Fn(usize) -> T, held_out: HeldOut, seed: u64) -> Vec<bool> {
    let count = held_out.of(len);
    let mut classes = BTreeMap::<_, Vec<u32>>::new();
    for &index in Shuffle::new(len, seed).epoch(0) {
        classes.entry(target(index as usize)).or_default().push(index);
    }
    let classes: Vec<Vec<u32>> = classes.into_values().collect();
    let mut is_held_out = vec![false; len];
    for (class, share) in classes.iter().zip(shares(count, &classes)) {
        class[..share].iter().for_each(|&index| is_held_out[index as usize] = true);
    }
    is_held_out
}

/// How many of `count` samples come from each class: `count·n/Σn`, rounded down, and one more for some of the classes with a
/// remainder. Those that would lose their last sample by that are the last to be asked; otherwise the largest remainders come first,
/// among equals the larger class, then the earlier one.
fn shares(count: usize, classes: &[Vec<u32>]) -> Vec<usize> {
    let total = classes.iter().map(|class| class.len() as u128).sum::<u128>().max(1);
    let exact = |class: &Vec<u32>| count as u128 * class.len() as u128;
    let mut shares: Vec<usize> = classes.iter().map(|class| (exact(class) / total) as usize).collect();
    let mut order: Vec<usize> = (0..classes.len()).collect();
    order.sort_by_key(|&class| {
        let (remainder, len) = (exact(&classes[class]) % total, classes[class].len());
        (remainder == 0, shares[class] + 1 == len, core::cmp::Reverse((remainder, len)))
    });
    let missing = count - shares.iter().sum::<usize>();
    order[..missing].iter().for_each(|&class| shares[class] += 1);
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_shares<const N: usize>(count: usize, classes: [u32; N]) -> Vec<usize> {
        shares(count, &classes.map(|len| (0..len).collect()))
    }

    #[test]
    fn shares_by_hand() {
        // Within one sample of 60·0.83, 30·0.83 and 10·0.83.
        assert_eq!(all_shares(83, [60, 30, 10]), [50, 25, 8]);
        assert_eq!(all_shares(20, [60, 30, 10]), [12, 6, 2]);
        // 1.5 each, but all three come from two classes: the earlier one is first.
        assert_eq!(all_shares(3, [3, 3]), [2, 1]);
        assert_eq!(all_shares(0, []), [0; 0]);
    }

    #[test]
    fn a_class_loses_its_last_sample_last() {
        // 5.4 and 0.6: the larger remainder would take all of the second class.
        assert_eq!(all_shares(6, [9, 1]), [6, 0]);
        assert_eq!(all_shares(8, [10, 25, 1, 2]), [2, 5, 0, 1]);
        // There is no other way.
        assert_eq!(all_shares(2, [1; 3]), [1, 1, 0]);
        assert_eq!(all_shares(10, [9, 1]), [9, 1]);
    }

    #[test]
    fn a_percentage_is_rounded() {
        let of = |percent, len| HeldOut::Percent(percent).of(len);
        assert_eq!([of(20, 0), of(20, 2), of(20, 3), of(0, 9), of(100, 9)], [0, 0, 1, 0, 9]);
        assert_eq!(of(50, u32::MAX as usize), 1 << 31);
    }

    #[test]
    #[should_panic(expected = "101 percent are held out of 100")]
    fn no_more_than_all() {
        HeldOut::Percent(101).of(1000);
    }
}
