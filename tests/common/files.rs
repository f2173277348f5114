//! Helpers for files and folders.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Makes a named pipe.
pub fn make_pipe(path: impl AsRef<Path>) {
    assert!(Command::new("mkfifo").arg(path.as_ref()).status().unwrap().success());
}

/// The names of everything in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Calls `check` with every file of a folder, which must have at least one.
pub fn each_file(folder: &Path, check: impl Fn(&[u8])) {
    let names = names(folder);
    assert!(!names.is_empty(), "{} is empty", folder.display());
    for name in names {
        println!("{name}"); // which is shown if it fails
        check(&fs::read(folder.join(name)).unwrap());
    }
}
