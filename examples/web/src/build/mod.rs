//! From sources to `index.html`: the module, the lines of Rust that the page shows, and the page.

mod assemble;
mod cut;
mod encode;
mod markup;
mod module;
mod sources;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// How large the page may be, in bytes.
const LIMIT: usize = 1 << 20;

/// Builds the page into the folder `to`, around the module in the file `wasm` if there is one, and tells `out` how large it is.
pub fn page(to: Option<PathBuf>, wasm: Option<PathBuf>, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = package.parent().and_then(Path::parent).ok_or("this package is in no other")?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let to = to.unwrap_or_else(|| target.join("web"));

    let module = match wasm {
        Some(file) => file,
        None => module::build(root, &target)?,
    };
    let made = BTreeMap::from([
        ("module.wasm", module::optimized(&module, &target, out)?),
        ("sources", sources::json(root)?.into_bytes()),
    ]);
    let page = assemble::page(&package.join("page"), &made)?;

    fs::create_dir_all(&to).map_err(|error| format!("{}: {error}", to.display()))?;
    let file = to.join("index.html");
    shapeproof::io::write_atomically(&file, page.text.as_bytes())?;
    for (name, bytes) in &page.parts {
        writeln!(out, "{:>9.1} kB  {name}", *bytes as f64 / 1e3)?;
    }
    writeln!(out, "{:>9.1} kB  {}", page.text.len() as f64 / 1e3, file.display())?;
    Ok(small(page.text.len())?)
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
