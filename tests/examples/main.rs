//! The examples as processes: their output, their files, and their exit status, also when their output fails.
//!
//! `cargo test` builds them. To run only this file, run `cargo build --examples` first.
#![cfg(unix)]

mod autoencoder;
#[path = "../common/mod.rs"]
mod common;
#[path = "../../examples/models/digits.rs"]
mod digits;
mod mnist;
#[cfg(feature = "download")]
mod offline;
mod output;
mod printed;
mod report;
mod terminal;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use shapeproof::data::{idx, synthetic};

/// An example on the small [`data`], without a cache and without the environment variables of this process.
fn example(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program(name));
    let home = env!("CARGO_TARGET_TMPDIR");
    command.args(arguments).env("MNIST_DIR", data()).env("HOME", home).env("XDG_CACHE_HOME", home);
    command.env_remove("RUST_BACKTRACE");
    command
}

fn program(name: &str) -> PathBuf {
    let this = env::current_exe().unwrap();
    let program = this.ancestors().nth(2).unwrap().join("examples").join(name);
    assert!(program.is_file(), "{} is not there: cargo build --examples", program.display());
    program
}

/// Sixty synthetic digits for training and twenty for testing, in files like MNIST's.
fn data() -> &'static Path {
    static DATA: OnceLock<PathBuf> = OnceLock::new();
    DATA.get_or_init(|| digits_in("digits", 20))
}

fn digits_in(name: &str, to_test: usize) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    for (set, count, seed) in [("train", 60, 1), ("t10k", to_test, 2)] {
        let (images, labels) = synthetic::digits(count, seed);
        idx::write(folder.join(format!("{set}-images-idx3-ubyte")), &images).unwrap();
        idx::write(folder.join(format!("{set}-labels-idx1-ubyte")), &labels).unwrap();
    }
    folder
}

/// The exit status of a process, its standard output and its standard error.
fn end(output: Output) -> (Option<i32>, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn run(name: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    end(example(name, arguments).output().unwrap())
}
