//! All file operations of this crate go through here, so that tests can make them fail.

use std::fs::File;
use std::io::{self, Read, Write};

/// Runs one file operation: `attempt("rename", || fs::rename(from, to))`. Every operation that reads or changes a file is called
/// through this function, so that unit tests can make each of them fail (`file::fault::at`). Otherwise it is a plain call.
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
