//! Reads handwritten digits from PNG files.
//!
//! ```text
//! cargo run --release --example predict -- seven.png four.png
//! cargo run --release --example predict -- --model digits.safetensors seven.png
//! cargo run --release --example predict -- --json *.png
//! ```
//!
//! Each picture has one digit, of any size and color type, dark on light or light on dark. It is transformed to the format of
//! MNIST's digits, on which the network was trained:
//!
//! ```text
//! picture (gray) → ink (paper and polarity from the border; no specks) → frame (cropped, 20×20, centered in 28×28) → network
//! ```

mod caught;
mod chunks;
#[path = "../shared/command_line.rs"]
mod command_line;
#[path = "../shared/handwriting/mod.rs"]
pub mod handwriting;
#[path = "../shared/model.rs"]
mod model;
#[path = "../shared/networks.rs"]
pub mod networks;
#[path = "../shared/output.rs"]
mod output;
pub mod picture;
#[path = "../shared/terminal.rs"]
mod terminal;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use handwriting::{frame, ink};
use model::AnyModel;
use output::{complain, plain, plain_json};
use picture::Fault;
use serde::Serialize;
use shapeproof::io::{Model, Predictor};
use shapeproof::layer::Module;
use shapeproof::tensor::{Tensor, Vector};

/// How many classes are printed.
const SHOWN: usize = 3;

/// Read handwritten digits from PNG files.
///
/// The exit status is 0 if all of them were read, 1 if one was not, 2 if the command was not understood, 141 if nobody reads what is
/// printed.
#[derive(Parser)]
pub struct Options {
    /// A model file, as the example `mnist` saves it [default: the trained one that comes with the examples]
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Print one JSON object for each picture, on a line of its own
    #[arg(long)]
    json: bool,
    /// PNG files, each with one digit
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,
}

/// The result for one picture.
#[derive(Serialize)]
struct Reading {
    width: usize,
    height: usize,
    polarity: String,
    /// The most probable class.
    digit: String,
    /// The probability of each class.
    probabilities: Vec<f64>,
    /// The input of the network.
    #[serde(skip)]
    field: Tensor<1, 28, 28, u8>,
}

/// One line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    image: String,
    #[serde(flatten)]
    reading: Option<&'a Reading>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

fn main() -> ExitCode {
    command_line::run(|options| {
        let all = predict(&options, &mut io::stdout(), &mut io::stderr())?;
        Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}

/// Reads every picture, and returns whether all of them could be.
pub fn predict(options: &Options, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<bool> {
    match model::open(options.model.as_deref()) {
        Ok(AnyModel::Small(model)) => read_all(options, &model, out, err),
        Ok(AnyModel::Reference(model)) => read_all(options, &model, out, err),
        Err(error) => {
            complain(err, &error);
            Ok(false)
        }
    }
}

/// If one picture cannot be read, the others still are.
pub fn read_all<N>(options: &Options, model: &Model<N>, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<bool>
where
    N: Module<Scalar = f32, Input = Tensor<1, 28, 28>, Output = Vector<10>>,
{
    let (mut predictor, mut all) = (Predictor::new(model), true);
    for image in &options.images {
        let reading = read(image, &mut predictor);
        if let Err(fault) = &reading {
            complain(err, &format_args!("{}: {fault}", image.display()));
            all = false;
        }
        if options.json {
            let error = reading.as_ref().err().map(Fault::to_string);
            let line = Line { image: image.display().to_string(), reading: reading.as_ref().ok(), error };
            writeln!(out, "{}", plain_json(&serde_json::json!(line).to_string()))?;
        } else if let Ok(reading) = &reading {
            show(image, reading, &model.card.classes, out)?;
        }
    }
    Ok(all)
}

fn read<N>(image: &Path, predictor: &mut Predictor<N, &Model<N>>) -> Result<Reading, Fault>
where
    N: Module<Scalar = f32, Input = Tensor<1, 28, 28>, Output = Vector<10>>,
{
    let picture = picture::open(image)?;
    let (width, height) = (picture.width, picture.height);
    let (ink, polarity) = ink::ink(picture).ok_or(Fault::Empty)?;
    let field = frame::frame(ink);
    let probabilities = predictor.probabilities(field.as_slice()).to_vec();
    let digit = name(shapeproof::metrics::argmax(&probabilities), &predictor.model().card.classes);
    Ok(Reading { width, height, polarity: polarity.to_string(), digit, probabilities, field })
}

/// The name of a class, or its index if the model has no names.
fn name(class: usize, classes: &[String]) -> String {
    classes.get(class).cloned().unwrap_or_else(|| class.to_string())
}

fn show(image: &Path, reading: &Reading, classes: &[String], out: &mut dyn Write) -> io::Result<()> {
    let Reading { width, height, polarity, probabilities, field, .. } = reading;
    let image = plain(image.display());
    writeln!(out, "{image}: {width}×{height}, {polarity}\n\n{}", terminal::lines(field))?;
    let mut ranking: Vec<usize> = (0..probabilities.len()).collect();
    ranking.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
    for &class in &ranking[..SHOWN] {
        writeln!(out, "{:>4}  {:6.2} %", plain(name(class, classes)), 100.0 * probabilities[class])?;
    }
    writeln!(out)
}
