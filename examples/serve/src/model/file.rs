//! A file as it is on the disk, to see when it changes.

use std::fs::{self, Metadata};
use std::io;
use std::path::Path;
use std::time::SystemTime;

/// What differs when a file was written or replaced.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
    /// The file itself, where the system numbers them: it is another one after a rename.
    file: Option<[u64; 2]>,
}

impl Stamp {
    /// # Errors
    /// If there is no such file. Whatever else is there could keep its reader waiting for ever.
    pub fn of(path: &Path) -> io::Result<Stamp> {
        let metadata = fs::metadata(path)?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "found a folder, pipe or device, expected a file"));
        }
        Ok(Stamp { length: metadata.len(), modified: metadata.modified().ok(), file: numbers(&metadata) })
    }
}

#[cfg(unix)]
fn numbers(metadata: &Metadata) -> Option<[u64; 2]> {
    use std::os::unix::fs::MetadataExt;
    Some([metadata.dev(), metadata.ino()])
}

#[cfg(not(unix))]
fn numbers(_: &Metadata) -> Option<[u64; 2]> {
    None
}
