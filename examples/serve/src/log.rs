//! Lines on standard error.

use std::io::{self, Write};

/// Where lines go; with `--quiet`, only errors.
#[derive(Clone, Copy, Debug)]
pub struct Log {
    pub quiet: bool,
}

impl Log {
    pub fn line(self, text: &str) {
        if !self.quiet {
            writeln!(io::stderr(), "{text}").ok();
        }
    }

    pub fn error(self, text: &str) {
        writeln!(io::stderr(), "error: {text}").ok();
    }
}
