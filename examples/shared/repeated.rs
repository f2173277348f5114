//! The command that a report names.

use std::env;

/// The command that runs this example again.
pub fn command(example: &str) -> String {
    let options: Vec<String> = env::args_os().skip(1).map(|word| word.to_string_lossy().into()).collect();
    let options = shlex::try_join(options.iter().map(String::as_str)).unwrap_or_default();
    let dashes = if options.is_empty() { "" } else { " -- " };
    format!("cargo run --release --example {example}{dashes}{options}")
}
