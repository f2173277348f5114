//! Trains a small convolutional network on MNIST and measures it on the test set, once.
//!
//! ```text
//! cargo run --release --example mnist
//! cargo run --release --example mnist -- --epochs 3 --seed 7 --report run.json
//! cargo run --release --example mnist -- --save digits.safetensors
//! cargo run --release --example mnist -- --load digits.safetensors --epochs 0
//! cargo run --release --example mnist -- --checkpoint run1 --save digits.safetensors
//! cargo run --release --example mnist -- --checkpoint run1 --save digits.safetensors --resume
//! cargo run --release --features onnx --example mnist -- --onnx digits.onnx
//! ```

#[path = "../shared/networks.rs"]
mod networks;
#[cfg(feature = "onnx")]
mod onnx;
mod progress;
mod report;
mod stopped;
#[path = "../shared/test_set.rs"]
mod test_set;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use networks::{DigitNet, SmallNet};
use progress::Bar;
use report::Report;
use shapeproof::data::Dataset;
use shapeproof::data::augment::Shifted;
use shapeproof::data::labelled::Normalize;
use shapeproof::io::{self, Card, Checkpoints, Preprocessing};
use shapeproof::layer::Layer;
use shapeproof::loss::{CrossEntropy, Loss};
use shapeproof::network::Network;
use shapeproof::optim::{Optimizer, SGD, Schedule};
use shapeproof::tensor::{Tensor, Vector};
use shapeproof::train::{Callback, Fit, Settings, Trainer};
use test_set::Outcome;

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
    /// The network
    #[arg(long, value_enum, default_value_t = Choice::Reference)]
    network: Choice,
    /// How often every training image is seen; 0 to measure a loaded network as it is
    #[arg(long, default_value_t = 10)]
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
    /// Start from the weights in this model file
    #[arg(long, value_name = "FILE")]
    load: Option<PathBuf>,
    /// Write the trained network to this model file (safetensors)
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Keep the training in this folder, after every epoch and when it is stopped
    #[arg(long, value_name = "DIR")]
    checkpoint: Option<PathBuf>,
    /// Go on with the training in that folder, if there is one
    #[arg(long, requires = "checkpoint")]
    resume: bool,
    /// Write every figure as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Write the trained network as an ONNX model
    #[cfg(feature = "onnx")]
    #[arg(long, value_name = "FILE")]
    onnx: Option<PathBuf>,
}

/// Which network.
#[derive(Clone, Copy, ValueEnum)]
enum Choice {
    /// 151,309 parameters: the network of the README
    Reference,
    /// 9,100 parameters: the network of examples/models
    Small,
}

impl Options {
    /// The files the trained network is written to.
    fn models(&self) -> impl Iterator<Item = &PathBuf> {
        let files = self.save.iter();
        #[cfg(feature = "onnx")]
        let files = files.chain(&self.onnx);
        files
    }
}

fn main() -> ExitCode {
    let options = Options::parse();
    let result = match options.network {
        Choice::Reference => run::<DigitNet>(&options),
        Choice::Small => run::<SmallNet>(&options),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run<N>(options: &Options) -> Result<ExitCode, Box<dyn Error>>
where
    N: Layer<Scalar = f32, Input = Tensor<1, 28, 28>, Output = Vector<10>>,
{
    let interrupted = Arc::new(AtomicBool::new(false));
    let on_signal = Arc::clone(&interrupted);
    let mut first = None;
    // The first signal ends the training in good order; a second one ends the program, unless it is the first again: `timeout`
    // signals a process and then its group.
    ctrlc::set_handler(move || {
        on_signal.store(true, Ordering::Relaxed);
        if first.get_or_insert_with(Instant::now).elapsed() > Duration::from_millis(500) {
            std::process::exit(130);
        }
    })?;

    // What cannot be written is found out now rather than after the training.
    for path in options.models() {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        tempfile::tempfile_in(folder).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    if let Some(path) = &options.report {
        let file = std::fs::OpenOptions::new().append(true).create(true).open(path);
        file.map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    let mut network = N::new(options.seed);
    if let Some(path) = &options.load {
        io::load(path, &mut *network)?;
    } else if options.epochs == 0 {
        return Err("--epochs 0 measures a loaded network: it needs --load FILE".into());
    }
    let found = test_set::find(options.data.as_deref())?;
    println!("{}", test_set::describe(&found.origin));
    let limit = options.limit.map_or(usize::MAX, |limit| limit as usize);
    let (all, test) = (found.mnist.train.take(limit), found.mnist.test.take(limit));
    // Of 60,000 training images, 5,000 are kept for validation. The test set is left alone until the end.
    let (train, validation) = all.split(all.len() - all.len() / 12);
    println!("{} images to train on, {} for validation, {} to test on\n", train.len(), validation.len(), test.len());
    println!("{}\n", N::summary());

    let settings = Settings {
        batch_size: options.batch_size,
        threads: options.threads,
        seed: options.seed,
        ..Settings::default()
    };
    let loss = CrossEntropy::new();
    let optimizer = SGD::new(options.lr).nesterov(MOMENTUM).weight_decay(WEIGHT_DECAY);
    let mut trainer = Trainer::new(network, loss, optimizer, settings)?;
    println!(
        "{optimizer} · batch {} · seed {} · {} threads",
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
    let mut checkpoints = open_checkpoints(options, &mut trainer, &bar)?;
    let mut callbacks: Vec<&mut dyn Callback<N>> = vec![&mut bar];
    callbacks.extend(checkpoints.as_mut().map(|checkpoints| checkpoints as _));
    let history = trainer.resume(&Shifted::new(train, SHIFT), &validation, &fit, &mut callbacks)?;
    drop(bar);
    let images = [all.len() - all.len() / 12, validation.len(), test.len()];
    let mut report = Report::new::<N>(options, &found.origin, images, trainer.threads().count(), &history);
    if history.stopped_early || interrupted.load(Ordering::Relaxed) {
        println!("\nStopped. The test set was not looked at.");
        if let Some(checkpoints) = &checkpoints {
            println!("{}", stopped::how_to_go_on(checkpoints, options.resume)?);
        }
        save_report(options.report.as_deref(), &report)?;
        return Ok(ExitCode::from(130));
    }

    let start = Instant::now();
    let outcome = Outcome::of(trainer.network(), &test, trainer.threads());
    let seconds = start.elapsed().as_secs_f64();
    report.test(&outcome, seconds);
    if let Some(path) = &options.save {
        io::save(path, trainer.network(), &card())?;
    }
    #[cfg(feature = "onnx")]
    if let Some(path) = &options.onnx {
        onnx::save(trainer.network(), &card(), path)?;
    }
    println!();
    outcome.print();
    for path in options.models() {
        println!("\nThe network is in {}", path.display());
    }
    save_report(options.report.as_deref(), &report)?;
    Ok(ExitCode::SUCCESS)
}

/// The folder the training is kept in, if there is to be one; the training in it is gone on with if that is wanted.
fn open_checkpoints<N, L, O>(
    options: &Options,
    trainer: &mut Trainer<N, L, O>,
    bar: &Bar,
) -> shapeproof::Result<Option<Checkpoints>>
where
    N: Layer,
    L: Loss<Output = N::Output>,
    O: Optimizer,
{
    let Some(folder) = &options.checkpoint else { return Ok(None) };
    let checkpoints = if options.resume { Checkpoints::resume(folder, trainer)? } else { Checkpoints::new(folder)? };
    match checkpoints.newest() {
        Some(newest) => println!("Going on from {}", newest.display()),
        None if options.resume => println!("No checkpoint in {}: the training begins", folder.display()),
        None => {}
    }
    let bar = bar.printer();
    Ok(Some(checkpoints.card(card()).on_error(move |error| bar(&format!("no checkpoint: {error}")))))
}

/// How images become inputs, and what the outputs are called.
fn card() -> Card {
    let Normalize { mean, std } = Normalize::MNIST;
    Card {
        preprocessing: Some(Preprocessing::new(mean, std)),
        classes: (0..10).map(|digit| digit.to_string()).collect(),
    }
}

fn save_report(path: Option<&Path>, report: &Report) -> Result<(), Box<dyn Error>> {
    if let Some(path) = path {
        let json = serde_json::to_string_pretty(report)?;
        io::write_atomically(path, (json + "\n").as_bytes())?;
        println!("\nAll figures are in {}", path.display());
    }
    Ok(())
}
