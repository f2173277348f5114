//! The one way in which this crate uses the file system.

use std::fs::File;
use std::io::{self, Read, Write};

/// Runs one file operation: `attempt("rename", || fs::rename(from, to))`. All that read a file or change one go through here, so that a
/// unit test can make each of them fail, by `file::fault::at`; elsewhere it is a call, and no more.
pub(crate) fn attempt<T>(operation: &'static str, run: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    #[cfg(test)]
    super::fault::pass(operation)?;
    #[cfg(not(test))]
    let _ = operation;
    run()
}

/// An open file, each of whose reads and writes is an [`attempt`].
pub(crate) struct Attempts(pub(crate) File);

impl Read for Attempts {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        attempt("read", || self.0.read(buffer))
    }
}

impl Write for Attempts {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        attempt("write", || self.0.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
