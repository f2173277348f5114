//! A trained network in the binary: no file is opened, nothing is downloaded.
//!
//! ```text
//! cargo run --release --example embedded_model
//! ```
//!
//! The model is `models/digits.safetensors`, trained on MNIST. Here it reads this crate's synthetic digits, which are drawn
//! differently.

#[path = "models/digits.rs"]
mod digits;
#[path = "shared/output.rs"]
mod output;
#[path = "shared/terminal.rs"]
mod terminal;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use digits::SmallNet;
use shapeproof::data::synthetic;
use shapeproof::io::{Embedded, Predictor};

/// A truncated file, or one for a larger network, would not compile.
static DIGITS: Embedded<SmallNet> = Embedded::new(include_bytes!("models/digits.safetensors"));

const SHOWN: usize = 3;
const DRAWN: usize = 1000;

fn main() -> ExitCode {
    output::status(read(&mut io::stdout()))
}

fn read(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    // The rest is checked here: names, shapes, finite numbers, and that the predictions are those of when it was saved.
    let mut predictor = Predictor::new(DIGITS.model()?);
    let (images, labels) = synthetic::digits(DRAWN, 1);
    let mut right = 0;
    for (at, (image, &label)) in images.iter().zip(&labels).enumerate() {
        let read = predictor.classify(image.as_slice());
        right += usize::from(read.class == usize::from(label));
        if at < SHOWN {
            writeln!(out, "{}drawn as {label}, read as {read}\n", terminal::lines(image))?;
        }
    }
    let by = "by a network that has learned from people's handwriting only";
    writeln!(out, "{right} of {DRAWN} drawn digits read right, {by}")?;
    Ok(())
}
