//! From sources to `index.html`: the module, the lines of Rust that the page shows, and the page.

mod assemble;
mod cut;
mod encode;
mod markup;
mod module;
mod sources;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// How large the page may be, in bytes.
const LIMIT: usize = 1 << 20;

/// Builds the page into `out`, around the module in the file `wasm` if there is one.
pub fn page(out: Option<PathBuf>, wasm: Option<PathBuf>) -> Result<(), String> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = package.parent().and_then(Path::parent).ok_or("this package is in no other")?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let out = out.unwrap_or_else(|| target.join("web"));

    let module = match wasm {
        Some(file) => file,
        None => module::build(root, &target)?,
    };
    let made = BTreeMap::from([
        ("module.wasm", module::optimized(&module, &target)?),
        ("sources", sources::json(root)?.into_bytes()),
    ]);
    let page = assemble::page(&package.join("page"), &made)?;

    fs::create_dir_all(&out).map_err(|error| format!("{}: {error}", out.display()))?;
    let file = out.join("index.html");
    fs::write(&file, &page.text).map_err(|error| format!("{}: {error}", file.display()))?;
    for (name, bytes) in &page.parts {
        println!("{:>9.1} kB  {name}", *bytes as f64 / 1e3);
    }
    println!("{:>9.1} kB  {}", page.text.len() as f64 / 1e3, file.display());
    small(page.text.len())
}

/// Refuses a page that is too large.
fn small(bytes: usize) -> Result<(), String> {
    if bytes <= LIMIT {
        return Ok(());
    }
    Err(format!("the page has {bytes} bytes, {} more than the {LIMIT} that it may have", bytes - LIMIT))
}

/// The text of a file.
fn read(file: &Path) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_page_has_a_limit() {
        assert_eq!(super::small(super::LIMIT), Ok(()));
        let refused = super::small(super::LIMIT + 1);
        assert_eq!(refused.unwrap_err(), "the page has 1048577 bytes, 1 more than the 1048576 that it may have");
    }
}
