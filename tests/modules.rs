//! The architecture of the crate: which module may use which, and where `unsafe` is allowed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each module with the modules it may use, in the order of the data flow.
const MODULES: [(&str, &[&str]); 30] = [
    ("_compare", &[]),
    ("_cookbook", &[]),
    ("_guide", &[]),
    ("_recipes", &[]),
    ("error", &[]),
    ("file", &["error"]),
    ("simd", &[]),
    ("memory", &[]),
    ("aligned", &["memory"]),
    ("team", &[]),
    ("rng_key", &[]),
    ("scalar", &["simd"]),
    ("shape", &["scalar"]),
    ("name", &["shape"]),
    ("layer_path", &["name"]),
    ("tensor", &["memory", "scalar", "shape"]),
    ("kernel", &["aligned", "memory", "scalar", "shape", "simd", "team"]),
    ("data", &["error", "file", "scalar", "simd", "shape", "tensor"]),
    ("layer", &["aligned", "rng_key", "name", "layer_path", "scalar", "simd", "shape", "tensor", "kernel"]),
    ("init", &["rng_key", "scalar", "layer"]),
    ("network", &["aligned", "scalar", "shape", "tensor", "kernel", "layer", "init"]),
    ("gradient", &["shape", "tensor", "layer", "network"]),
    ("metrics", &["scalar"]),
    ("loss", &["scalar", "shape", "tensor", "metrics"]),
    ("optim", &["error", "scalar", "simd", "kernel", "layer"]),
    (
        "train",
        &[
            "error", "file", "scalar", "simd", "shape", "tensor", "team", "data", "layer", "metrics", "loss",
            "network", "optim",
        ],
    ),
    (
        "io",
        &[
            "error", "file", "scalar", "shape", "tensor", "data", "layer", "loss", "network", "optim", "metrics",
            "train",
        ],
    ),
    ("prelude", &["data", "io", "loss", "network", "optim", "tensor", "train"]),
    ("promises", &[]),
    ("lib", &["error"]),
];

/// Modules whose kinds are independent of each other.
const SIBLINGS: [&str; 3] = ["layer", "loss", "optim"];

/// Kinds that have another as a part: Muon updates by AdamW what is no matrix, and layers of series are those of images of one row.
const PARTS: [(&str, &str); 4] = [
    ("optim/muon.rs", "optim/adamw.rs"),
    ("layer/conv1d.rs", "layer/conv2d/mod.rs"),
    ("layer/max_pool1d.rs", "layer/max_pool2d.rs"),
    ("layer/avg_pool1d.rs", "layer/avg_pool2d.rs"),
];

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
    files.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    files.sort();
    let code = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
    };
    files.iter().map(|path| (path.strip_prefix(&root).unwrap().to_path_buf(), code(path))).collect()
}

/// The module at the root that a file is in: `layer/dense.rs` → `layer`.
fn module(path: &Path) -> String {
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

/// The names of a file's public items, including those public only in this crate.
fn items(code: &str) -> Vec<String> {
    let kinds = ["struct", "enum", "trait", "fn", "type", "const"];
    let visibilities = ["pub ", "pub(crate) ", "pub(super) "];
    visibilities
        .iter()
        .flat_map(|pub_| kinds.map(|kind| names_after(code, &format!("{pub_}{kind} "))))
        .flatten()
        .collect()
}

#[test]
fn modules_use_only_modules_above_them() {
    let mut wrong = Vec::new();
    for (path, code) in sources() {
        let module = module(&path);
        let (_, allowed) = MODULES.iter().find(|(name, _)| *name == module).unwrap_or_else(|| {
            panic!("{} is in no module this test knows: give it a place in MODULES", path.display())
        });
        for name in names_after(&code, "crate::") {
            // Macros and the crate's own Error and Result are at the root.
            let is_root = ["Error", "Result", "__"].iter().any(|root| name.starts_with(root));
            let used = if is_root { "error" } else { name.as_str() };
            let is_macro = code.contains(&format!("$crate::{name}"));
            let above = |name: &str| MODULES.iter().position(|(module, _)| *module == name);
            assert!(allowed.iter().all(|name| above(name) < above(&module)), "{module} may use a module below it");
            if used != module && !allowed.contains(&used) && !is_macro {
                wrong.push(format!("{} uses crate::{name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A kind is a file with a type that implements one of the module's traits: `impl<…> Layer for Dense<…>`. Files that the trait
/// itself needs may be used by all kinds.
#[test]
fn kinds_do_not_use_each_other() {
    let sources = sources();
    let mut wrong = Vec::new();
    for siblings in SIBLINGS {
        let files: Vec<_> = sources.iter().filter(|(path, _)| module(path) == siblings).collect();
        let at_the_top = files.iter().filter(|(path, _)| path.iter().count() == 2);
        let traits: Vec<_> = at_the_top.flat_map(|(_, code)| names_after(code, "pub trait ")).collect();
        let kinds: Vec<_> = files
            .iter()
            .map(|(path, code)| {
                let flat = code.split_whitespace().collect::<Vec<_>>().join(" ");
                let mut types = names_after(code, "pub struct ");
                types.retain(|kind| traits.iter().any(|name| flat.contains(&format!(" {name} for {kind}"))));
                (path, types)
            })
            .filter(|(_, types)| !types.is_empty())
            .collect();
        assert!(!kinds.is_empty(), "{siblings} has no kinds");
        for (path, code) in &files {
            let mut uses = names_after(code, "super::");
            uses.extend(names_after(code, &format!("crate::{siblings}::")));
            for (other, types) in &kinds {
                let file = other.file_stem().unwrap().to_string_lossy();
                // The files of one folder are parts of one kind; `mod.rs` knows all kinds.
                let is_part = path.iter().count() > 2 && path.parent() == other.parent();
                let is_table = path.iter().count() == 2 && path.ends_with("mod.rs");
                if path != *other
                    && !is_part
                    && !PARTS.contains(&(&*path.to_string_lossy(), &*other.to_string_lossy()))
                    && !is_table
                    && uses.iter().any(|name| *name == file || types.contains(name))
                {
                    wrong.push(format!("{} uses {}", path.display(), other.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// For each folder of `src`: which of its files and folders use each other.
#[test]
fn files_do_not_use_each_other_in_a_circle() {
    let sources = sources();
    let folders: BTreeSet<&Path> = sources.iter().filter_map(|(path, _)| path.parent()).collect();
    let mut circles = Vec::new();
    for folder in folders.into_iter().filter(|folder| !folder.as_os_str().is_empty()) {
        // Each file under the folder: its child of the folder, its depth, and its code. `mod.rs` is not a child: it knows all of
        // them.
        let files: Vec<(String, usize, &str)> = sources
            .iter()
            .filter_map(|(path, code)| {
                let inside = path.strip_prefix(folder).ok().filter(|inside| *inside != Path::new("mod.rs"))?;
                let depth = inside.iter().count() - usize::from(inside.ends_with("mod.rs"));
                Some((module(inside), depth, code.as_str()))
            })
            .collect();
        let mut owners = BTreeMap::new();
        for (child, depth, code) in &files {
            owners.insert(child.clone(), child.as_str());
            let items = if *depth == 1 { items(code) } else { Vec::new() };
            owners.extend(items.into_iter().map(|item| (item, child.as_str())));
        }
        let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let from_root = folder.iter().map(|name| format!("{}::", name.display())).collect::<String>();
        for (child, depth, code) in &files {
            let mut names = names_after(code, &format!("crate::{from_root}"));
            names.extend(names_after(code, &"super::".repeat(*depth)));
            let used = names.iter().filter_map(|name| owners.get(name).copied()).filter(|other| other != child);
            uses.entry(child).or_default().extend(used);
        }
        // A child that uses none of the remaining ones is in no cycle.
        while let Some(free) = uses.iter().find(|(_, used)| used.is_empty()).map(|(child, _)| *child) {
            uses.remove(free);
            uses.values_mut().for_each(|used| _ = used.remove(free));
        }
        if !uses.is_empty() {
            circles.push(format!("{}: {uses:?}", folder.display()));
        }
    }
    assert!(circles.is_empty(), "{circles:#?}");
}

/// Files that pass on the safety contract of `Idx::map` have blocks with only a call of a `map`.
#[test]
fn unsafe_stands_in_two_files() {
    let acts = |code: &str| {
        let mut blocks = code.split("unsafe {").skip(1).map(|block| block.split('}').next().unwrap_or_default());
        code.contains("unsafe impl") || blocks.any(|block| !block.contains("::map("))
    };
    let sources = sources();
    let with_unsafe: Vec<_> = sources.iter().filter(|(_, code)| acts(code)).map(|(path, _)| path.as_path()).collect();
    assert_eq!(with_unsafe, [Path::new("data/idx/mod.rs"), Path::new("kernel/gemm/packed.rs")]);
}
