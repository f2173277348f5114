//! The fuzz targets: one function for each kind of input from outside, and one for the arguments of kernels.
//!
//! Each accepts any bytes. It may refuse them with an error; it panics if a promise is broken. `fuzz_targets/` runs them under
//! libFuzzer. `tests/fuzz_corpus.rs` runs them on the saved inputs, so that earlier findings are tested without a fuzzer. The
//! pictures of the example `predict` are left to `tests/predict`, which already includes its code, with its unit tests; likewise
//! the models of the example `import` to `tests/import`.

pub mod bytes;
pub mod card;
pub mod checkpoint;
#[cfg(feature = "images")]
pub mod csv;
#[cfg(not(test))]
pub mod example;
pub mod idx;
#[cfg(not(test))]
#[allow(dead_code, reason = "its `main` is not called")]
#[path = "../../../examples/import/main.rs"]
pub mod importer;
pub mod kernel;
pub mod model;
#[cfg(not(test))]
pub mod onnx;
#[cfg(feature = "images")]
pub mod picture;
#[cfg(not(test))]
pub mod png;
#[cfg(not(test))]
pub mod printout;

/// A function that accepts any bytes.
pub type Target = fn(&[u8]);

/// Every target by its name, which is also that of its folder in `corpus/`.
pub const TARGETS: &[(&str, Target)] = &[
    ("card", card::fuzz),
    ("checkpoint", checkpoint::fuzz),
    #[cfg(feature = "images")]
    ("csv", csv::fuzz),
    ("idx", idx::fuzz),
    ("kernel", kernel::fuzz),
    ("model", model::fuzz),
    #[cfg(not(test))]
    ("onnx", onnx::fuzz),
    #[cfg(feature = "images")]
    ("picture", picture::fuzz),
    #[cfg(not(test))]
    ("png", png::fuzz),
    #[cfg(not(test))]
    ("printout", printout::fuzz),
];
