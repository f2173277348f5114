//! Every test that the cookbook and the comparison name exists, every file that it links is the one that it says, and every solution is asked for.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn chapters() -> Vec<(PathBuf, String)> {
    let files = fs::read_dir(root().join("src/_cookbook")).unwrap().map(|file| file.unwrap().path());
    let chapters = files.filter(|file| file.extension().is_some_and(|end| end == "md"));
    chapters.map(|file| (file.clone(), fs::read_to_string(file).unwrap())).collect()
}

/// The names of the tests in `code`.
fn tests(code: &str) -> BTreeSet<&str> {
    let after = code.split("#[test]").skip(1).filter_map(|rest| rest.split_once("fn ")?.1.split_once('('));
    after.map(|(name, _)| name).collect()
}

/// The texts between backticks, outside of code blocks.
fn quoted(chapter: &str) -> Vec<&str> {
    let prose = chapter.split("```").step_by(2);
    prose.flat_map(|text| text.split('`').skip(1).step_by(2)).collect()
}

#[test]
fn every_test_that_is_named_exists() {
    let compare = root().join("src/_compare/compare.md");
    let compare = (compare.clone(), fs::read_to_string(compare).unwrap());
    let mut named = BTreeSet::new();
    let modules = fs::read_to_string(root().join("src/_cookbook/mod.rs")).unwrap();
    for (path, chapter) in chapters().into_iter().chain([compare]) {
        let links = chapter.lines().filter_map(|line| line.strip_prefix("[`")?.split_once("`]: "));
        let mut known = BTreeSet::new();
        for (file, address) in links {
            assert_eq!(address, format!("https://docs.rs/crate/shapeproof/latest/source/{file}"), "{}", path.display());
            assert!(chapter.contains(&format!("[`{file}`]")), "{} is not named in {}", file, path.display());
            let code = fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            known.extend(tests(&code).into_iter().map(str::to_string));
        }
        // A name of four words or more is that of a test.
        for name in quoted(&chapter).into_iter().filter(|name| name.matches('_').count() >= 3) {
            let is_name = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            if is_name && !modules.contains(&format!("pub mod {name} {{")) {
                assert!(known.contains(name), "{}: no test {name} in the files it links", path.display());
                named.insert(name.to_string());
            }
        }
    }
    assert!(named.len() > 30, "{} tests", named.len());
    for file in ["layers.rs", "learning.rs"] {
        let code = fs::read_to_string(root().join("tests/cookbook").join(file)).unwrap();
        for solution in tests(&code) {
            assert!(named.contains(solution), "no chapter asks for {solution}");
        }
    }
}

/// Code that is downloaded or takes minutes would be an exception; there is none.
#[test]
fn all_code_is_run() {
    for page in ["_cookbook", "_recipes", "_compare"] {
        for file in fs::read_dir(root().join("src").join(page)).unwrap().map(|file| file.unwrap().path()) {
            let text = fs::read_to_string(&file).unwrap();
            let is_run = !text.contains("```ignore") && !text.contains("```no_run") && !text.contains("```rust");
            assert!(is_run, "{} has code that is not run", file.display());
        }
    }
}

#[test]
fn every_chapter_has_its_parts() {
    let module = fs::read_to_string(root().join("src/_cookbook/mod.rs")).unwrap();
    for (path, chapter) in chapters() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(module.contains(&format!("include_str!(\"{name}\")")), "{name} is in no module");
        if chapter.contains("# The idea") {
            for part in ["# The equation", "# The loop", "# Exercise\n", "Solution: [`tests/cookbook/"] {
                assert!(chapter.contains(part), "{name} has no {part}");
            }
        }
    }
}
