//! Standard output for a training that can continue without it.

use std::cell::RefCell;
use std::io::{self, Write};

/// Standard output. If it fails and the training continues without it, further output is dropped, and the error is kept for the
/// end.
pub struct Console {
    goes_on: bool,
    quiet: bool,
    lost: RefCell<Option<io::Error>>,
}

impl Console {
    /// Creates it. If the training `goes_on` without output, writing never fails. With `quiet`, nothing is written.
    pub fn new(goes_on: bool, quiet: bool) -> Console {
        Console { goes_on, quiet, lost: RefCell::default() }
    }

    /// Returns the error that kept output from being written, if there was one.
    ///
    /// # Errors
    /// The first error of standard output.
    pub fn end(self) -> io::Result<()> {
        self.lost.into_inner().map_or(Ok(()), Err)
    }
}

impl Write for &Console {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.quiet || self.lost.borrow().is_some() {
            return Ok(bytes.len());
        }
        match io::stdout().write(bytes) {
            Err(error) if self.goes_on && error.kind() != io::ErrorKind::Interrupted => {
                self.lost.replace(Some(error));
                Ok(bytes.len())
            }
            written => written,
        }
    }

    /// A line is written when it ends.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
