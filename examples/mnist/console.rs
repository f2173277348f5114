//! Standard output, for a training that may be worth more than its text.

use std::cell::RefCell;
use std::io::{self, Write};

/// Standard output, which a training may go on without: what cannot be written any more is left out then, and why is kept for the end.
pub struct Console {
    goes_on: bool,
    lost: RefCell<Option<io::Error>>,
}

impl Console {
    /// If the training `goes_on`, writing never fails.
    pub fn new(goes_on: bool) -> Console {
        Console { goes_on, lost: RefCell::default() }
    }

    /// Why not all was written.
    ///
    /// # Errors
    /// That.
    pub fn end(self) -> io::Result<()> {
        self.lost.into_inner().map_or(Ok(()), Err)
    }
}

impl Write for &Console {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.lost.borrow().is_some() {
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
