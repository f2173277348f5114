//! The page of promises names tests that there are.

use std::fs;
use std::path::Path;

/// The texts between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_promise_is_held_by_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("src/promises.rs")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("//! | ")).filter(|row| !row.starts_with("promise |"));
    let mut count = 0;
    for row in rows {
        let (_, held) = row.trim_end_matches(" |").rsplit_once(" | ").expect("two columns");
        let [file, tests @ ..] = &quoted(held)[..] else { panic!("no file: {row}") };
        assert!(
            page.contains(&format!("[`{file}`]: https://docs.rs/crate/shapeproof/latest/source/{file}\n")),
            "{file}"
        );
        let code = fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(!tests.is_empty(), "no test: {row}");
        for test in tests {
            let (before, _) = code.split_once(&format!("fn {test}(")).unwrap_or_else(|| panic!("{file} has no {test}"));
            let attributes = before.rsplit("\n\n").next().unwrap_or_default();
            assert!(attributes.contains("#[test]") && !attributes.contains("ignore"), "{file}: {test} is no test");
        }
        count += 1;
    }
    assert!(count > 30, "{count} promises");
}
