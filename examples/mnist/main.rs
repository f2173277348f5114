//! Trains a small convolutional network on MNIST and measures it on the test set, once.
//!
//! ```text
//! cargo run --release --example mnist
//! cargo run --release --example mnist -- --epochs 3 --seed 7 --report run.json
//! cargo run --release --features onnx --example mnist -- --onnx digits.onnx
//! ```

#[cfg(feature = "onnx")]
mod onnx;
mod progress;
mod report;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use clap::Parser;
use progress::Bar;
use report::Report;
use shapeproof::data::Dataset;
use shapeproof::data::augment::Shifted;
use shapeproof::data::mnist::{Origin, find};
use shapeproof::loss::{CrossEntropy, Loss};
use shapeproof::metrics::{Confusion, argmax};
use shapeproof::network::Network;
use shapeproof::optim::{SGD, Schedule};
use shapeproof::tensor::Vector;
use shapeproof::train::{Fit, Score, Settings, Trainer};

shapeproof::network! {
    /// 28×28 grey digits in, ten logits out.
    pub type DigitNet = [1, 28, 28] =>
        Conv2D(filters = 32, kernel = 3, padding = 1),             // 32×28×28
        PReLU,
        MaxPool2D(window = 2),                                     // 32×14×14
        Conv2D(filters = 64, kernel = 3, stride = 2, padding = 2), // 64×8×8
        PReLU,
        MaxPool2D(window = 2),                                     // 64×4×4
        Flatten,                                                   // 1024
        Dense(units = 128),
        PReLU,
        Dropout(percent = 50),
        Dense(units = 10),
}

const HOW_TO_GET_MNIST: &str = "\
What a network scores on them is not what it would score on MNIST. For that, unpack these four files into data/mnist:
    https://storage.googleapis.com/cvdf-datasets/mnist/train-images-idx3-ubyte.gz
    https://storage.googleapis.com/cvdf-datasets/mnist/train-labels-idx1-ubyte.gz
    https://storage.googleapis.com/cvdf-datasets/mnist/t10k-images-idx3-ubyte.gz
    https://storage.googleapis.com/cvdf-datasets/mnist/t10k-labels-idx1-ubyte.gz
";

const MOMENTUM: f64 = 0.9;

/// Chosen, as the default learning rate and the shift were, by the loss on the validation images.
const WEIGHT_DECAY: f64 = 5e-4;

/// Training images are shifted by up to this many pixels in each direction, anew in every epoch.
const SHIFT: u16 = 1;

/// Train a small convolutional network on MNIST.
#[derive(Parser)]
struct Options {
    /// Folder with the four IDX files of MNIST
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// How often every training image is seen
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    epochs: u32,
    /// Images per step
    #[arg(long, default_value_t = 64)]
    batch_size: usize,
    /// Highest learning rate; it is reached after one epoch, then falls to zero along a cosine
    #[arg(long, default_value_t = 0.05, allow_negative_numbers = true)]
    lr: f64,
    /// Seed of the weights, the order of the images, and dropout
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads to compute on [default: all cores]
    #[arg(long)]
    threads: Option<usize>,
    /// Use only the first N images of the training set and of the test set
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(12..))]
    limit: Option<u32>,
    /// Write every figure as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Write the trained network as an ONNX model
    #[cfg(feature = "onnx")]
    #[arg(long, value_name = "FILE")]
    onnx: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let on_signal = Arc::clone(&interrupted);
    // The first signal ends the training in good order; a second one ends the program.
    ctrlc::set_handler(move || {
        if on_signal.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    })?;

    if let Some(path) = &options.report {
        // Found out now rather than after the training.
        let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
        file.map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    let found = find(options.data.as_deref(), dirs::cache_dir().as_deref())?;
    println!("{}", found.origin);
    if let Origin::Synthetic(_) = found.origin {
        println!("{HOW_TO_GET_MNIST}");
    }
    let limit = options.limit.map_or(usize::MAX, |limit| limit as usize);
    let (all, test) = (found.mnist.train.take(limit), found.mnist.test.take(limit));
    // Of 60,000 training images, 5,000 are kept for validation. The test set is left alone until the end.
    let (train, validation) = all.split(all.len() - all.len() / 12);
    println!("{} images to train on, {} for validation, {} to test on\n", train.len(), validation.len(), test.len());
    println!("{}\n", DigitNet::summary());

    let settings = Settings {
        batch_size: options.batch_size,
        threads: options.threads,
        seed: options.seed,
        ..Settings::default()
    };
    let loss = CrossEntropy::new();
    let optimizer = SGD::new(options.lr).nesterov(MOMENTUM).weight_decay(WEIGHT_DECAY);
    let mut trainer = Trainer::new(DigitNet::new(options.seed), loss, optimizer, settings)?;
    println!(
        "SGD, Nesterov momentum {MOMENTUM}, weight decay {WEIGHT_DECAY}, lr {} · batch {} · seed {} · {} threads",
        options.lr,
        options.batch_size,
        options.seed,
        trainer.threads().count()
    );

    // One epoch up to the full learning rate, the others down to zero. However short the training, the way up takes at least
    // 500 steps: a network that has not found its feet yet does not survive larger ones.
    let steps = train.len().div_ceil(options.batch_size) as u64;
    let warmup = if options.epochs == 1 { 500 } else { steps.max(500) };
    let fit = Fit { epochs: options.epochs as usize, schedule: Schedule::Cosine { warmup } };
    let mut bar = Bar::new(Arc::clone(&interrupted));
    let history = trainer.fit(&Shifted::new(train, SHIFT), &validation, &fit, &mut [&mut bar])?;
    drop(bar);
    let images = [all.len() - all.len() / 12, validation.len(), test.len()];
    let mut report = Report::new(options, &found.origin, images, trainer.threads().count(), &history);
    if history.stopped_early || interrupted.load(Ordering::Relaxed) {
        println!("\nStopped. The test set was not looked at.");
        save(options.report.as_deref(), &report)?;
        return Ok(ExitCode::from(130));
    }

    let start = Instant::now();
    let (mut score, mut confusion) = (Score::default(), Confusion::<10>::new());
    let loss: CrossEntropy<10> = CrossEntropy::new();
    let judge = |output: &Vector<10>, &label: &usize| (label, loss.value(output, &label), argmax(output.as_slice()));
    for (label, loss, predicted) in trainer.threads().infer(trainer.network(), &test, judge) {
        score.record(loss, label == predicted);
        confusion.record(label, predicted);
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("\ntest loss {:.4}   test accuracy {:.2} %", score.loss(), 100.0 * score.accuracy());
    println!("\n{confusion}\n\n{}", confusion.report());
    report.test(&score, &confusion, seconds);
    save(options.report.as_deref(), &report)?;
    #[cfg(feature = "onnx")]
    if let Some(path) = &options.onnx {
        onnx::save(trainer.network(), path)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn save(path: Option<&Path>, report: &Report) -> Result<(), Box<dyn Error>> {
    if let Some(path) = path {
        let json = serde_json::to_string_pretty(report)?;
        std::fs::write(path, json + "\n").map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        println!("\nAll figures are in {}", path.display());
    }
    Ok(())
}
