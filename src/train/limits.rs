//! How large a training may be. What is asked for beyond these figures is refused with an [`Error::Setting`] that names them,
//! before anything is allocated or learned.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::hint::black_box;
use core::num::NonZero;
use std::thread::available_parallelism;

use crate::layer::{LayerPath, Module};
use crate::{Error, Result};

/// The most memory for the steps of a training: 64 GiB. The batch size, above all, decides how much it takes.
///
/// Counted are the networks (its own, what the optimizer remembers, the running mean, the best, a gradient for each shard), and
/// for each sample that is under way its input, target, output, and what each layer gives, with gradients: rather too much than
/// too little, but without scratch of layers. Below the limit, [`Trainer::new`](super::Trainer::new) asks the system whether it
/// has as much.
pub const MAX_BYTES: u64 = 64 << 30;

/// The most samples in a data set to train on: 2³² − 1. Mini-batches are lists of `u32`.
pub const MAX_SAMPLES: usize = u32::MAX as usize;

/// The most steps of a training: 2⁵³, up to which every number is exact in `f64`.
pub const MAX_STEPS: u64 = 1 << 53;

/// So many threads for each core of the machine, or [`THREADS_ANYWHERE`] if that is more.
pub const THREADS_PER_CORE: usize = 4;

/// So many threads are allowed on every machine.
pub const THREADS_ANYWHERE: usize = 8;

/// The most threads on this machine.
pub fn max_threads() -> usize {
    THREADS_ANYWHERE.max(THREADS_PER_CORE * cores())
}

/// How many threads the machine can run at once, as far as this process may use it.
pub(super) fn cores() -> usize {
    available_parallelism().map_or(1, NonZero::get)
}

/// The bytes of a sample under way between the layers of `N`: what each gives, and the gradient of that.
pub(super) fn activations<N: Module>() -> u64 {
    let mut numbers = 0u64;
    N::summarize(LayerPath::FIRST, &mut |row| numbers = numbers.saturating_add(row.output.len() as u64));
    numbers.saturating_mul(2 * size_of::<N::Scalar>() as u64)
}

/// The sum of `count · bytes` over all pairs; the largest number there is if that is too small.
pub(super) fn total(pairs: &[(usize, u64)]) -> u64 {
    pairs.iter().fold(0, |sum, &(count, bytes)| sum.saturating_add(bytes.saturating_mul(count as u64)))
}

/// Refuses a `setting` for which training takes `bytes`, if that is above the limit or the system does not have them.
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

/// Whether the system would give this process so much memory now. It may promise more than it has.
fn has_memory(bytes: u64) -> bool {
    let mut probe = Vec::<u8>::new();
    let has = usize::try_from(bytes).is_ok_and(|bytes| probe.try_reserve_exact(bytes).is_ok());
    // What is never looked at need not be asked for, says the compiler.
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
