//! Assembles the page: the crate as WebAssembly, and everything that shows it, in one HTML file.
//!
//! `cargo run --release --package shapeproof-web`, and then open the file that it names.

mod build;
#[path = "../../shared/output.rs"]
mod output;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

/// Builds the page: the crate as WebAssembly in one HTML file.
#[derive(Parser)]
struct Options {
    /// The folder that `index.html` is written to; `web` in the target folder if it is not given.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// A module that was built elsewhere, instead of building one.
    #[arg(long, value_name = "FILE")]
    wasm: Option<PathBuf>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    output::status(build::page(options.out, options.wasm, &mut io::stdout()))
}
