//! Reads handwritten digits from PNG files.
//!
//! ```text
//! cargo run --release --example predict -- seven.png four.png
//! cargo run --release --example predict -- --model digits.safetensors --network reference seven.png
//! cargo run --release --example predict -- --json *.png
//! ```
//!
//! One digit to a picture, of any size and colour type, dark on light or light on dark. It is brought to what MNIST's digits look
//! like, since those are what the network has learnt:
//!
//! ```text
//! picture (grey) → ink (paper and polarity from the border; no specks) → frame (cropped, 20×20, centred in 28×28) → network
//! ```

mod frame;
mod ink;
#[path = "../shared/model.rs"]
mod model;
#[path = "../shared/networks.rs"]
mod networks;
mod picture;
mod specks;
#[path = "../shared/terminal.rs"]
mod terminal;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use ink::Polarity;
use model::open;
use networks::{Choice, DigitNet, SmallNet};
use picture::Fault;
use serde::Serialize;
use shapeproof::io::Model;
use shapeproof::layer::Layer;
use shapeproof::tensor::{Tensor, Vector};

/// How many classes are named.
const SHOWN: usize = 3;

/// Read handwritten digits from PNG files.
///
/// The exit code is 0 if all of them were read, 1 if one was not, 2 if the command was not understood.
#[derive(Parser)]
struct Options {
    /// A model file, as the example `mnist` saves it [default: the trained one that comes with the examples]
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// The network in that file
    #[arg(long, value_enum, default_value_t = Choice::Small)]
    network: Choice,
    /// Print one JSON object for each picture, on a line of its own
    #[arg(long)]
    json: bool,
    /// PNG files, each with one digit
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,
}

/// What is known of a picture, once it has been looked at.
#[derive(Serialize)]
struct Reading {
    width: usize,
    height: usize,
    polarity: Polarity,
    /// The most probable class.
    digit: String,
    /// Of each class.
    probabilities: Vec<f64>,
    /// What the network was shown.
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
    let options = Options::parse();
    let model = options.model.as_deref();
    let result = match options.network {
        Choice::Small => open(model).map(|model| read_all::<SmallNet>(&options, &model)),
        Choice::Reference => open(model).map(|model| read_all::<DigitNet>(&options, &model)),
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error}");
        ExitCode::FAILURE
    })
}

/// Reads every picture. One that cannot be read does not keep the others from being.
fn read_all<N>(options: &Options, model: &Model<N>) -> ExitCode
where
    N: Layer<Scalar = f32, Input = Tensor<1, 28, 28>, Output = Vector<10>>,
{
    let mut code = ExitCode::SUCCESS;
    for image in &options.images {
        let reading = read(image, model);
        if let Err(fault) = &reading {
            eprintln!("error: {}: {fault}", image.display());
            code = ExitCode::FAILURE;
        }
        if options.json {
            let error = reading.as_ref().err().map(Fault::to_string);
            let line = Line { image: image.display().to_string(), reading: reading.as_ref().ok(), error };
            println!("{}", serde_json::json!(line));
        } else if let Ok(reading) = &reading {
            show(image, reading, &model.card.classes);
        }
    }
    code
}

fn read<N>(image: &Path, model: &Model<N>) -> Result<Reading, Fault>
where
    N: Layer<Scalar = f32, Input = Tensor<1, 28, 28>, Output = Vector<10>>,
{
    let picture = picture::open(image)?;
    let (ink, polarity) = ink::ink(&picture)?;
    let field = frame::frame(&ink);
    let logits = model.predict(&model.input(field.as_slice()));
    let probabilities = softmax(logits.as_slice());
    let digit = name(shapeproof::metrics::argmax(logits.as_slice()), &model.card.classes);
    Ok(Reading { width: picture.width, height: picture.height, polarity, digit, probabilities, field })
}

/// `pᵢ = exp(zᵢ − max z) / Σⱼ exp(zⱼ − max z)`
fn softmax(logits: &[f32]) -> Vec<f64> {
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f64> = logits.iter().map(|z| f64::from(z - max).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

/// What a class is called; its index, if the model does not say.
fn name(class: usize, classes: &[String]) -> String {
    classes.get(class).cloned().unwrap_or_else(|| class.to_string())
}

fn show(image: &Path, reading: &Reading, classes: &[String]) {
    let Reading { width, height, polarity, probabilities, field, .. } = reading;
    println!("{}: {width}×{height}, {polarity}\n", image.display());
    terminal::show(field);
    let mut ranking: Vec<usize> = (0..probabilities.len()).collect();
    ranking.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
    println!();
    for &class in &ranking[..SHOWN] {
        println!("{:>4}  {:6.2} %", name(class, classes), 100.0 * probabilities[class]);
    }
    println!();
}
