//! A model from PyTorch or another program as a network of this crate.
//!
//! ```text
//! cargo run --release --example import -- model.onnx
//! cargo run --release --example import -- weights.safetensors --module printout.txt --input 1,28,28
//! ```
//!
//! Prints the `network!` text, and writes a weights file that loads into it: `imported.safetensors`. For a LeNet:
//!
//! ```text
//! $ cargo run --release --example import -- lenet.onnx --name LeNet
//! shapeproof::network! {
//!     /// From lenet.onnx (pytorch 2.15.0). Its weights are in imported.safetensors.
//!     pub type LeNet = [1, 28, 28] =>
//!         Conv2D(filters = 6, kernel = 5, padding = 2), ReLU, // 6×28×28
//!         MaxPool2D(window = 2),                              // 6×14×14
//!         Conv2D(filters = 16, kernel = 5), ReLU,             // 16×10×10
//!         MaxPool2D(window = 2),                              // 16×5×5
//!         Flatten,                                            // 400
//!         Dense(units = 120), ReLU,                           // 120
//!         Dense(units = 84), ReLU,                            // 84
//!         Dense(units = 10),                                  // 10
//! }
//! ```
//!
//! The network predicts the same, up to rounding. `Model::<LeNet>::load("imported.safetensors")` loads it.
//!
//! What a network cannot have is named, all of it, and nothing is written:
//!
//! ```text
//! error: mobile.onnx: 2 things that a network cannot have:
//!     node `/2/LRN`, LRN: the importer does not know this operator
//!     node `/5/Mish`, Mish: the importer does not know this operator
//! ```
//!
//! How it works: a reader for each format ([`onnx`], [`torch`]) gives a [`graph`] of ONNX's operators; [`translate`] makes layers of
//! it by a table of [`operators`]; [`text`] and [`weights`] write them. [`operators`] says what a new operator needs.

pub mod bits;
pub mod budget;
pub mod call;
#[path = "../shared/command_line.rs"]
mod command_line;
pub mod fault;
pub mod fold;
pub mod graph;
pub mod layers;
pub mod onnx;
pub mod operators;
mod options;
#[path = "../shared/output.rs"]
mod output;
pub mod part;
mod rules;
pub mod text;
pub mod torch;
pub mod translate;
pub mod tree;
pub mod weights;

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use fault::{Damage, Fault};
use options::Options;
use output::plain;
use shapeproof::shape::{Dims, MAX_NUMBERS, inference};
use translate::Refusal;

/// The most bytes of a file: those of the largest protobuf message.
const LARGEST: u64 = 1 << 31;

fn main() -> ExitCode {
    command_line::run(|options: Options| run(&options, &mut io::stdout()))
}

fn run(options: &Options, out: &mut dyn Write) -> Result<(), Box<dyn std::error::Error>> {
    let file = read(&options.model)?;
    let graph = match &options.module {
        None => onnx::read(&file).map_err(|damage| explain(damage, &file).of(&options.model))?,
        Some(path) => {
            let printout = String::from_utf8_lossy(&read(path)?).into_owned();
            let module = torch::printout::parse(&printout).map_err(|damage| damage.of(path))?;
            torch::read(&file, &module).map_err(|damage| damage.of(&options.model))?
        }
    };
    let place = options.model.display().to_string();
    let imported = import(&graph, options.input).map_err(|refusal| match refusal {
        Refusal::Damage(damage) => damage.of(&options.model),
        Refusal::Complaints(complaints) => Fault::Model { place: place.clone(), complaints },
    })?;
    if shapeproof::io::destination(&options.save)?
        .is_some_and(|save| options.model.canonicalize().is_ok_and(|model| model == save))
    {
        return Err(Damage::new("--save", "the model itself", "a file of its own").of(&options.save).into());
    }
    shapeproof::io::write_atomically(&options.save, &imported.weights)?;
    let producer = if graph.producer.is_empty() { String::new() } else { format!(" ({})", plain(&graph.producer)) };
    let doc = format!("From {}{producer}. Its weights are in {}.", plain(&place), plain(options.save.display()));
    out.write_all(text::text(&imported.network, &options.name, &[doc], graph.double).as_bytes())?;
    Ok(())
}

/// A network, and the file of its weights.
pub struct Imported {
    pub network: layers::Network,
    pub weights: Vec<u8>,
}

/// Translates a graph, for samples of this shape if the graph does not say it.
pub fn import(graph: &graph::Graph, input: Option<Dims>) -> Result<Imported, Refusal> {
    let network = translate::translate(graph, input)?;
    let parameters = weights::parameters(&network);
    let numbers = parameters.iter().map(|(_, tensor)| tensor.numbers.count()).fold(0, usize::saturating_add);
    if inference::total(numbers).is_err() {
        return Err(Damage::new("weights", numbers, format_args!("at most {MAX_NUMBERS} numbers")).into());
    }
    let weights = weights::file(&parameters, graph.double, weights::card(&graph.metadata))
        .map_err(|error| Damage::new("weights", error, "what can be written as safetensors"))?;
    Ok(Imported { network, weights })
}

/// Reads a file of a limited size.
fn read(path: &Path) -> Result<Vec<u8>, Fault> {
    let failed = |action| move |source| shapeproof::Error::Io { action, path: path.into(), source };
    let file = File::open(path).map_err(failed("open"))?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed("read"))?;
    if bytes.len() as u64 > LARGEST {
        return Err(Damage::new("file", format!("more than {LARGEST} bytes"), "at most as many").of(path));
    }
    Ok(bytes)
}

/// Another format that was given as an ONNX model.
fn explain(damage: Damage, file: &[u8]) -> Damage {
    let is_safetensors = file.get(8) == Some(&b'{')
        && file.first_chunk().is_some_and(|&length| u64::from_le_bytes(length) < file.len() as u64);
    if is_safetensors {
        return Damage::new(
            "file",
            "a safetensors file",
            "an ONNX model, or `--module` with the printout of the PyTorch module",
        );
    }
    if file.starts_with(b"PK\x03\x04") {
        return Damage::new("file", "a PyTorch pickle (.pt)", "an ONNX model, which `torch.onnx.export` writes");
    }
    damage
}
