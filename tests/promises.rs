//! The promises page names tests that exist, and `README.md` beside this file names every test.

mod common;

use std::fs;
use std::path::Path;

use common::files::names;

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

#[test]
fn every_test_has_its_line() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let readme = fs::read_to_string(folder.join("README.md")).unwrap();
    let lines = quoted(&readme);
    for name in names(&folder) {
        let is_folder = folder.join(&name).is_dir();
        let line = if is_folder { format!("{name}/") } else { name.clone() };
        // `golden_*.rs`
        let of_a_family =
            |line: &&str| line.split_once('*').is_some_and(|(a, b)| name.starts_with(a) && name.ends_with(b));
        let is_test = is_folder || name.ends_with(".rs");
        assert!(!is_test || lines.contains(&&*line) || lines.iter().any(of_a_family), "tests/README.md: no `{line}`");
    }
    for line in lines.iter().filter(|line| !line.contains(['*', '!'])) {
        assert!(folder.join(line).exists() || folder.join("..").join(line).exists(), "there is no tests/{line}");
    }
}
