//! What fuzzers have thought up, and what once broke something, goes through the same functions again, without any fuzzer.

#[path = "fuzz/src/lib.rs"]
#[allow(dead_code, reason = "seeds are for the fuzzers alone")]
mod fuzz;

use std::fs;
use std::path::Path;

#[test]
fn every_input_that_is_kept_is_survived() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    for (target, run) in fuzz::TARGETS {
        let mut inputs = 0;
        for entry in fs::read_dir(corpus.join(target)).unwrap_or_else(|error| panic!("{target}: {error}")) {
            let path = entry.unwrap().path();
            println!("{}", path.display()); // which is shown if it fails
            run(&fs::read(path).unwrap());
            inputs += 1;
        }
        assert!(inputs > 0, "{target} has no inputs");
    }
}
