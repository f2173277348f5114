//! The command line, read by clap.

use std::error::Error;
use std::io;
use std::process::{ExitCode, Termination};

use clap::Parser;

use super::output;

/// Runs a program with its options. The exit status is 2 if they are invalid, otherwise the program's [`status`](output::status).
pub fn run<P: Parser, T: Termination>(program: impl FnOnce(P) -> Result<T, Box<dyn Error>>) -> ExitCode {
    match P::try_parse() {
        Ok(options) => output::status(program(options)),
        Err(error) if error.use_stderr() => {
            let text = error.to_string();
            output::complain(&mut io::stderr(), &text.trim_start_matches("error: ").trim_end());
            ExitCode::from(2)
        }
        Err(help) => output::status(help.print().map_err(Into::into)),
    }
}
