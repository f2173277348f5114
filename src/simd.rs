//! The widest vectors the processor has, chosen when the program runs.
//!
//! A program built for any x86-64 uses vectors of four `f32`, since that is what all of those processors have. Code run
//! inside [`widest!`] is compiled three times, for vectors of four, eight and sixteen, and the best the processor has is
//! taken. The loops stay plain Rust: the compiler vectorises them. It never fuses or reorders floating-point operations, so
//! all three give the same bits.

/// Runs a block of code with the widest vectors there are, and is what the block is.
///
/// Only what is inlined into the block profits, so keep it to loops over slices and functions marked `#[inline(always)]`.
macro_rules! widest {
    ($block:block) => {
        $crate::simd::dispatch(
            #[inline(always)]
            || $block,
        )
    };
}

pub(crate) use widest;

/// Calls `work` in the version for this processor. Use [`widest!`], which sees to it that `work` is inlined there.
#[inline(always)]
pub(crate) fn dispatch<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(feature = "std")]
    return pulp::Arch::new().dispatch(work);
    #[cfg(not(feature = "std"))]
    work()
}
