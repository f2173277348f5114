//! A compressed file that has not come whole yet.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::string::String;
use std::vec;

use sha2::{Digest, Sha256};

use super::unpack::hex;
use crate::error::Result;
use crate::file::{Attempts, attempt, cannot};

/// The bytes received so far, on disk, and their sum.
pub(super) struct Part<'a> {
    path: &'a Path,
    file: Attempts,
    hash: Sha256,
    len: u64,
}

impl<'a> Part<'a> {
    /// Opens the part that is at `path`, or a new one. One longer than the whole file is dropped.
    pub(super) fn open(path: &'a Path, whole: u64) -> Result<Part<'a>> {
        let open = || File::options().read(true).append(true).create(true).open(path);
        let file = attempt("open", open).map_err(cannot("write", path))?;
        let mut part = Part { path, file: Attempts(file), hash: Sha256::new(), len: 0 };
        part.read(whole).map_err(cannot("read", path))?;
        if part.len > whole {
            part.clear()?;
        }
        Ok(part)
    }

    fn read(&mut self, whole: u64) -> io::Result<()> {
        let mut buffer = vec![0; 1 << 16];
        loop {
            match self.file.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(read) => {
                    self.hash.update(&buffer[..read]);
                    self.len += read as u64;
                    if self.len > whole {
                        return Ok(());
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The number of bytes.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Appends bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(cannot("write", self.path))?;
        self.hash.update(bytes);
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// Drops all bytes.
    pub(super) fn clear(&mut self) -> Result<()> {
        let clear = || {
            self.file.0.set_len(0)?;
            self.file.0.seek(SeekFrom::Start(0))
        };
        attempt("truncate", clear).map_err(cannot("write", self.path))?;
        (self.hash, self.len) = (Sha256::new(), 0);
        Ok(())
    }

    /// The sum of the bytes, as `sha256sum` prints it.
    pub(super) fn sum(&self) -> String {
        hex(self.hash.clone())
    }
}

/// Removes a file that is not needed any more.
pub(super) fn remove(path: &Path) -> Result<()> {
    attempt("remove", || fs::remove_file(path)).map_err(cannot("remove", path))
}
