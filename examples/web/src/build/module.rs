//! The module: the crate, compiled to WebAssembly.

use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const TARGET: &str = "wasm32-unknown-unknown";

/// What the compiler may use beyond the first WebAssembly, and `wasm-opt` must not refuse.
const FEATURES: [&str; 7] = [
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-multivalue",
    "--enable-reference-types",
];

/// Compiles the library of this package, in `target`, and returns the module's file.
pub fn build(root: &Path, target: &Path) -> Result<PathBuf, String> {
    has_target()?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut flags = std::env::var_os("RUSTFLAGS").unwrap_or_default();
    flags.push(" -C target-feature=+simd128");
    let status = Command::new(&cargo)
        .current_dir(root)
        .args([
            "build",
            "--locked",
            "--package",
            "shapeproof-web",
            "--lib",
            "--features",
            "portable",
            "--profile",
            "page",
            "--target",
            TARGET,
        ])
        .arg("--target-dir")
        .arg(std::path::absolute(target).map_err(|error| format!("{}: {error}", target.display()))?)
        .env("RUSTFLAGS", flags)
        .status()
        .map_err(|error| format!("{} does not run: {error}", cargo.display()))?;
    if !status.success() {
        return Err(format!("the module was not built: cargo ended with {status}"));
    }
    Ok(target.join(TARGET).join("page").join("shapeproof_web.wasm"))
}

/// Whether the compiler has the target's standard library.
fn has_target() -> Result<(), String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(&rustc)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .map_err(|error| format!("{} does not run: {error}", rustc.display()))?;
    let folder = String::from_utf8_lossy(&output.stdout).trim().to_string();
    if !folder.is_empty() && Path::new(&folder).is_dir() {
        return Ok(());
    }
    Err(format!("the compiler has no standard library for {TARGET}: `rustup target add {TARGET}` installs it"))
}

/// The bytes of the module in `file`, made smaller and faster by `wasm-opt` if there is one.
pub fn optimized(file: &Path, target: &Path, out: &mut dyn Write) -> Result<Vec<u8>, Box<dyn Error>> {
    let bytes = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    check(&bytes).map_err(|text| format!("{}: {text}", file.display()))?;
    let folder = target.join("web-parts");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let better = folder.join("module.wasm");
    let arguments =
        FEATURES.iter().map(OsString::from).chain(["-O3".into(), file.into(), "-o".into(), (&better).into()]);
    match Command::new("wasm-opt").args(arguments).stdout(Stdio::null()).status() {
        Ok(status) if status.success() => {
            fs::read(&better).map_err(|error| format!("{}: {error}", better.display()).into())
        }
        Ok(status) => Err(format!("wasm-opt ended with {status} on {}", file.display()).into()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            writeln!(out, "There is no wasm-opt (of binaryen): the page is larger, and right.")?;
            Ok(bytes)
        }
        Err(error) => Err(format!("wasm-opt does not run: {error}").into()),
    }
}

/// Refuses what is no module.
fn check(bytes: &[u8]) -> Result<(), String> {
    let magic = b"\0asm\x01\0\0\0";
    if bytes.starts_with(magic) {
        return Ok(());
    }
    let found = &bytes[..bytes.len().min(magic.len())];
    Err(format!("found {found:02x?} at the beginning, expected a WebAssembly module, {magic:02x?}"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_module_begins_with_its_magic_number() {
        assert_eq!(super::check(b"\0asm\x01\0\0\0more"), Ok(()));
        let refused = super::check(b"\x7fELF").unwrap_err();
        assert!(refused.starts_with("found [7f, 45, 4c, 46] at the beginning, expected"), "{refused}");
    }
}
