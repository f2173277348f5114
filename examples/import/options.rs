//! The command line.

use std::path::PathBuf;

use clap::Parser;
use shapeproof::shape::Dims;

/// Print the network of a model from another program, and write its weights to a file that loads into it.
///
/// The exit status is 0 if a network can be all that the model is, 1 if not, 2 if the command was not understood. Everything that a
/// network cannot have is named, and nothing is written then.
#[derive(Parser)]
pub struct Options {
    /// An ONNX model, or the state dict of a PyTorch module as a safetensors file
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
    /// The text that `print(model)` prints in PyTorch, for a state dict
    #[arg(long, value_name = "FILE")]
    pub module: Option<PathBuf>,
    /// The shape of a sample, where the model does not say it: `1,28,28`, `2,128` for a series, or `784` for a vector
    #[arg(long, value_name = "C,H,W", value_parser = input)]
    pub input: Option<Dims>,
    /// The name of the network's type
    #[arg(long, value_name = "NAME", default_value = "Net", value_parser = type_name)]
    pub name: String,
    /// The file of weights to write
    #[arg(long, value_name = "FILE", default_value = "imported.safetensors")]
    pub save: PathBuf,
}

fn input(text: &str) -> Result<Dims, String> {
    let sizes: Vec<usize> =
        text.split(',').map_while(|size| size.trim().parse().ok()).filter(|&size| size > 0).collect();
    match (sizes[..].len() == text.split(',').count(), &sizes[..]) {
        (true, &[length]) => Ok(Dims::new(length, 1, 1)),
        (true, &[channels, length]) => Ok(Dims::new(channels, 1, length)),
        (true, &[channels, height, width]) => Ok(Dims::new(channels, height, width)),
        _ => Err("expected three sizes, channels, height and width, or two, channels and length, or one".into()),
    }
}

fn type_name(text: &str) -> Result<String, String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match text.starts_with(|first: char| first.is_ascii_uppercase()) && text.chars().all(is_word) {
        true => Ok(text.into()),
        false => Err("expected a Rust type's name, such as `DigitNet`".into()),
    }
}
