//! The plan of the house: which room may import from which, and where `unsafe` may stand.

use std::fs;
use std::path::{Path, PathBuf};

/// Each room with the rooms it may use, in the order the data flows.
const ROOMS: [(&str, &[&str]); 24] = [
    ("error", &[]),
    ("file", &["error"]),
    ("simd", &[]),
    ("memory", &[]),
    ("aligned", &["memory"]),
    ("noise", &[]),
    ("scalar", &["simd"]),
    ("shape", &["scalar"]),
    ("name", &["shape"]),
    ("position", &["name"]),
    ("tensor", &["memory", "scalar", "shape"]),
    ("kernel", &["aligned", "memory", "scalar", "shape", "simd"]),
    ("data", &["error", "file", "scalar", "shape", "tensor"]),
    ("layer", &["noise", "name", "position", "scalar", "simd", "shape", "tensor", "kernel"]),
    ("init", &["noise", "scalar", "layer"]),
    ("network", &["aligned", "scalar", "shape", "tensor", "kernel", "layer", "init"]),
    ("gradient", &["shape", "tensor", "layer", "network"]),
    ("loss", &["scalar", "shape", "tensor"]),
    ("optim", &["error", "scalar", "simd", "layer"]),
    ("metrics", &["scalar"]),
    ("train", &["error", "scalar", "simd", "shape", "tensor", "data", "layer", "loss", "network", "optim"]),
    ("io", &["error", "file", "scalar", "shape", "tensor", "layer", "loss", "network", "optim", "train"]),
    ("promises", &[]),
    ("lib", &["error"]),
];

/// Rooms whose files stand side by side and do not use each other.
const SIBLINGS: [&str; 3] = ["layer", "loss", "optim"];

/// Except for these, which belong to the trait that all of them implement.
const SHARED: [&str; 4] = ["layer/flaw.rs", "layer/meeting.rs", "layer/operation.rs", "layer/parameter.rs"];

/// Every source file with its code: no comments, no unit tests.
fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true if path.ends_with("src/macros") => {} // a package of its own
                true => walk(&path, found),
                false => found.push(path),
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    files.sort();
    let code = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
    };
    files.iter().map(|path| (path.strip_prefix(&root).unwrap().to_path_buf(), code(path))).collect()
}

/// The room a file is in: `layer/dense.rs` → `layer`.
fn room(path: &Path) -> String {
    path.iter().next().unwrap().to_string_lossy().trim_end_matches(".rs").to_string()
}

/// The first names of all paths in `code` that begin with `prefix`, `use` groups included.
fn names_after(code: &str, prefix: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let rest = &code[at + prefix.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut item = String::new();
            for c in group.chars() {
                match c {
                    '}' if depth == 0 => break,
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 0 => names.push(std::mem::take(&mut item)),
                    c if depth == 0 => item.push(c),
                    _ => {}
                }
            }
            names.push(item);
        } else {
            names.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    let first = |name: String| name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    names.into_iter().map(first).filter(|name: &String| !name.is_empty()).collect()
}

#[test]
fn rooms_use_only_rooms_above_them() {
    let mut wrong = Vec::new();
    for (path, code) in sources() {
        let room = room(&path);
        let (_, allowed) = ROOMS
            .iter()
            .find(|(name, _)| *name == room)
            .unwrap_or_else(|| panic!("{} is in no room this test knows: give it a place in ROOMS", path.display()));
        for name in names_after(&code, "crate::") {
            // Macros and the crate's own Error and Result stand at the root.
            let is_root = ["Error", "Result", "__"].iter().any(|root| name.starts_with(root));
            let used = if is_root { "error" } else { name.as_str() };
            let is_macro = code.contains(&format!("$crate::{name}"));
            let above = |name: &str| ROOMS.iter().position(|(room, _)| *room == name);
            assert!(allowed.iter().all(|name| above(name) < above(&room)), "{room} may use a room below it");
            if used != room && !allowed.contains(&used) && !is_macro {
                wrong.push(format!("{} uses crate::{name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn siblings_do_not_use_each_other() {
    let sources = sources();
    let mut wrong = Vec::new();
    for room_name in SIBLINGS {
        let files: Vec<_> = sources
            .iter()
            .filter(|(path, _)| room(path) == room_name && path.file_name().is_some_and(|name| name != "mod.rs"))
            .collect();
        for (path, code) in &files {
            for (other, other_code) in &files {
                let module = other.file_stem().unwrap().to_string_lossy();
                let types = names_after(other_code, "pub struct ");
                let mut uses = names_after(code, "super::");
                uses.extend(names_after(code, &format!("crate::{room_name}::")));
                let is_shared = SHARED.iter().any(|shared| other == Path::new(shared));
                // The files of one folder are one thing in parts.
                let is_part = path.iter().count() > 2 && path.parent() == other.parent();
                if path != other
                    && !is_shared
                    && !is_part
                    && uses.iter().any(|name| *name == module || types.contains(name))
                {
                    wrong.push(format!("{} uses {}", path.display(), other.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn unsafe_stands_in_few_files() {
    let with_unsafe: Vec<String> = sources()
        .iter()
        .filter(|(_, code)| code.contains("unsafe {") || code.contains("unsafe fn") || code.contains("unsafe impl"))
        .map(|(path, _)| path.display().to_string())
        .collect();
    // Those in the middle only hand on what `Idx::map` asks of its caller.
    let handed_on = ["data/labelled.rs", "data/mnist/find.rs", "data/mnist/mod.rs"];
    assert_eq!(with_unsafe, [&["data/idx/mod.rs"], &handed_on[..], &["kernel/gemm.rs"]].concat());
}
