//! Trains a small convolutional network on any folder of pictures, and predicts the classes of others. The model's file says how
//! pictures are made to fit, so a prediction needs no option for it.
//!
//! ```text
//! cargo run --release --example folder --features images -- DIR
//! cargo run --release --example folder --features images -- DIR --csv labels.csv --skip-bad --model pets.safetensors
//! cargo run --release --example folder --features images -- --model pets.safetensors --predict cat.jpg dog.png
//! ```

#[path = "../shared/bar.rs"]
mod bar;
#[path = "../shared/command_line.rs"]
mod command_line;
mod networks;
mod options;
#[path = "../shared/output.rs"]
mod output;
mod prediction;
#[path = "../shared/repeated.rs"]
mod repeated;
mod training;

use std::io;
use std::process::ExitCode;

use options::Options;
use prediction::Prediction;

fn main() -> ExitCode {
    command_line::run(|options: Options| {
        let out = &mut io::stdout();
        let mut failed = false;
        match &options.folder {
            Some(folder) => training::train(folder, &options, out)?,
            None => networks::load(&options.model, Prediction { options: &options, out, failed: &mut failed })?,
        }
        Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    })
}
