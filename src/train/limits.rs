//! Limits on the size of a training. A request beyond them is an [`Error::Setting`] that names the limit, before anything is
//! allocated or learned.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::hint::black_box;
use core::num::NonZero;
use std::thread::available_parallelism;

use crate::layer::{LayerPath, Module};
use crate::{Error, Result};

/// The most memory for the steps of a training: 64 GiB. It depends above all on the batch size.
///
/// It includes the networks (the one in training, the optimizer's memory, the moving average, the best, a gradient for each shard),
/// and for each sample in memory its input, target and output, and the output of each layer with its gradient. The estimate is
/// rather too high than too low, but does not include the scratch of layers. Below the limit, [`Trainer::new`](super::Trainer::new)
/// asks the system whether the memory is available.
pub const MAX_BYTES: u64 = 64 << 30;

/// The most samples in a dataset to train on: 2³² − 1. Mini-batches are lists of `u32`.
pub const MAX_SAMPLES: usize = u32::MAX as usize;

/// The most steps of a training: 2⁵³, up to which every whole number is exact in `f64`.
pub const MAX_STEPS: u64 = 1 << 53;

/// The most threads for each core of the machine, or [`THREADS_ANYWHERE`] if that is more.
pub const THREADS_PER_CORE: usize = 4;

/// The number of threads allowed on every machine.
pub const THREADS_ANYWHERE: usize = 8;

/// Returns the most threads on this machine.
pub fn max_threads() -> usize {
    THREADS_ANYWHERE.max(THREADS_PER_CORE * cores())
}

/// How many threads of this process the machine can run at once.
pub(super) fn cores() -> usize {
    available_parallelism().map_or(1, NonZero::get)
}

/// Returns the bytes of a sample's activations in a training of `N`: the output of each layer, and its gradient.
pub fn activations<N: Module>() -> u64 {
    let mut numbers = 0u64;
    N::summarize(LayerPath::FIRST, &mut |row| numbers = numbers.saturating_add(row.output.len() as u64));
    numbers.saturating_mul(2 * size_of::<N::Scalar>() as u64)
}

/// The sum of `count · bytes` over all pairs; `u64::MAX` if it overflows.
pub(super) fn total(pairs: &[(usize, u64)]) -> u64 {
    pairs.iter().fold(0, |sum, &(count, bytes)| sum.saturating_add(bytes.saturating_mul(count as u64)))
}

/// Returns an error for a `setting` with which training needs `bytes`, if that is above the limit or the system does not have them.
pub(super) fn check_memory(setting: &'static str, found: impl FnOnce() -> String, bytes: u64) -> Result<()> {
    let gib = |bytes: u64| format!("{:.1} GiB", bytes as f64 / (1u64 << 30) as f64);
    let expected = if bytes > MAX_BYTES {
        format!("one that takes at most {}", gib(MAX_BYTES))
    } else if !has_memory(bytes) {
        "one for which this machine has the memory".into()
    } else {
        return Ok(());
    };
    Err(Error::Setting { setting, found: format!("{}, which takes {}", found(), gib(bytes)), expected })
}

/// Whether the system would give this process that much memory now. It may promise more than it has.
fn has_memory(bytes: u64) -> bool {
    let mut probe = Vec::<u8>::new();
    let has = usize::try_from(bytes).is_ok_and(|bytes| probe.try_reserve_exact(bytes).is_ok());
    // Without this, the compiler would optimize the allocation away.
    black_box(&probe);
    has
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn what_no_machine_has_is_an_error() {
        assert!(has_memory(1 << 20) && !has_memory(u64::MAX));
        assert!(check_memory("batch_size", || "9".into(), 1 << 20).is_ok());
        let error = check_memory("batch_size", || "9".into(), MAX_BYTES + (1 << 30)).map_err(|error| error.to_string());
        assert_eq!(
            error,
            Err("batch_size: found 9, which takes 65.0 GiB, expected one that takes at most 64.0 GiB".into())
        );
    }

    #[test]
    fn sums_too_large_for_a_number_are_large() {
        assert_eq!(total(&[(3, 5), (2, 1)]), 17);
        assert_eq!(total(&[(usize::MAX, 2), (1, 1)]), u64::MAX);
        assert_eq!(total(&[(1, u64::MAX), (1, 1)]), u64::MAX);
    }

    #[test]
    fn every_machine_may_have_eight_threads() {
        assert!(max_threads() >= 8 && max_threads() >= 4 * cores());
    }
}
