//! Networks that do not fit together do not compile, and the compiler says what to change.
//!
//! A file in `compile_fail/` holds one mistake, or several related ones with a module for each; its `.stderr` is what the user sees
//! at `cargo check`. After a change of a message, `TRYBUILD=overwrite cargo test --test compile_fail` rewrites them: read the
//! difference.

use std::path::{Path, PathBuf};

#[test]
fn mistakes_are_compile_errors() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}

/// Each file with its contents and the expected output.
fn table() -> Vec<(PathBuf, String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compile_fail");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let sources = files.filter(|file| file.extension().is_some_and(|end| end == "rs"));
    let read =
        |path: &Path| std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    sources.map(|file| (file.clone(), read(&file), read(&file.with_extension("stderr")))).collect()
}

fn starts(text: &str, with: &str) -> usize {
    text.lines().filter(|line| line.starts_with(with)).count()
}

/// Each module of a file is one mistake, if it has modules. For types written by hand, a mismatch may be reported twice.
#[test]
fn every_mistake_is_one_error() {
    for (file, source, seen) in table() {
        let modules = source.lines().filter(|line| line.starts_with("mod ") && line.ends_with('{')).count().max(1);
        if source.contains("network!") {
            assert_eq!(starts(&seen, "error"), modules, "{}", file.display());
        }
        assert_eq!(starts(&seen, "warning"), 0, "{}", file.display());
    }
}

/// The user sees nothing of the inside of the macros.
#[test]
fn no_error_shows_the_inside_of_a_macro() {
    const INSIDE: [&str; 8] =
        ["__Net", "__macros", "$crate", "Refused", "Choose", "Planned", "RULES", "layer::declaration"];
    for (file, _, seen) in table() {
        for word in INSIDE {
            let line = seen.lines().find(|line| line.contains(word));
            assert_eq!(line, None, "{} shows {word}", file.display());
        }
    }
}
