//! Replays the inputs that fuzzers have found, and those that once broke something, without a fuzzer.

mod common;
#[path = "fuzz/src/lib.rs"]
#[allow(dead_code, reason = "seeds are for the fuzzers alone")]
mod fuzz;

use std::path::Path;

use common::files::{each_file, names};

#[test]
fn every_input_that_is_kept_is_survived() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let mut folders = names(&corpus);
    // The tests of the examples `predict` and `import` do those.
    folders.retain(|folder| !["onnx", "png", "printout"].contains(&folder.as_str()));
    folders.retain(|folder| cfg!(feature = "images") || !["csv", "picture"].contains(&folder.as_str()));
    assert!(folders.iter().eq(fuzz::TARGETS.iter().map(|(target, _)| target)), "{folders:?}");
    for (target, run) in fuzz::TARGETS {
        each_file(&corpus.join(target), run);
    }
}
