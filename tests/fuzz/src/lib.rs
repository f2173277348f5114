//! What is fuzzed: one function for each kind of bytes that come from outside, and one for the arguments of kernels.
//!
//! Each takes any bytes whatever. It may refuse them by an error; it panics if a promise is broken. `fuzz_targets/` calls them
//! under libFuzzer, and `tests/fuzz_corpus.rs` calls them on the files that are kept, so that what was found once stays
//! found without any fuzzer. Pictures are left to `tests/predict`, which has the example's code already, with its unit tests.

pub mod bytes;
pub mod card;
pub mod checkpoint;
#[cfg(not(test))]
pub mod example;
pub mod idx;
pub mod kernel;
pub mod model;
#[cfg(not(test))]
pub mod png;

/// Takes any bytes whatever.
pub type Target = fn(&[u8]);

/// Every target by its name, which is also that of its folder in `corpus/`.
pub const TARGETS: &[(&str, Target)] = &[
    ("card", card::fuzz),
    ("checkpoint", checkpoint::fuzz),
    ("idx", idx::fuzz),
    ("kernel", kernel::fuzz),
    ("model", model::fuzz),
    #[cfg(not(test))]
    ("png", png::fuzz),
];
