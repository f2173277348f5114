//! Measures how fast the reference network, or another one, trains and predicts on this machine. Prints one line of JSON.
//!
//! ```text
//! cargo run --release --example throughput -- --threads 2
//! cargo run --release --example throughput -- --threads 2 --network mobilenet --only train
//! ```
//!
//! `benches/peers` compares the figures with those of other frameworks.
//!
//! Images are random: the time does not depend on their contents. A training step is forward pass, backward pass and update.

#[path = "../shared/command_line.rs"]
mod command_line;
#[path = "../shared/digit_net.rs"]
mod digit_net;
mod networks;
#[path = "../shared/output.rs"]
mod output;
#[cfg(feature = "onnx")]
mod saved;

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Write};
#[cfg(feature = "onnx")]
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use digit_net::DigitNet;
use indicatif::ProgressBar;
use networks::{DoubleNet, MobileNet, ReluNet, ResNet};
use serde::Serialize;
use shapeproof::data::{Dataset, Pairs};
use shapeproof::layer::Module;
use shapeproof::loss::CrossEntropy;
use shapeproof::metrics::argmax;
use shapeproof::network::Network;
use shapeproof::optim::SGD;
use shapeproof::scalar::Scalar;
use shapeproof::shape::Shape;
use shapeproof::tensor::{Vector, flat_mut, zeros};
use shapeproof::train::{Settings, Trainer};

/// Images and labels to train on, about as many as a saved network has for other frameworks; an epoch of the real data has 60,000.
const IMAGES: usize = 1024;

/// Of these, a saved network also saves its logits.
#[cfg(feature = "onnx")]
const SAVED: usize = 1000;

/// Time training and prediction.
#[derive(Parser)]
struct Options {
    /// Threads to compute on
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// The network
    #[arg(long, value_enum, default_value_t = Choice::Digits)]
    network: Choice,
    /// Measure nothing else
    #[arg(long, value_enum)]
    only: Option<Work>,
    /// Images per training step [default: 64, or 128 for color images]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=IMAGES as i64))]
    batch_size: Option<u32>,
    /// Training steps that are timed
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    steps: u32,
    /// Batch sizes of prediction
    #[arg(long, value_delimiter = ',', default_value = "8,16,32,64,128,256,1000", value_parser = clap::value_parser!(u32).range(1..=IMAGES as i64))]
    batches: Vec<u32>,
    /// Stop measuring a figure after this many seconds
    #[arg(long, default_value_t = 60.0)]
    seconds: f64,
    /// Measure nothing; write the network as ONNX and safetensors, images, and their logits to this folder
    #[cfg(feature = "onnx")]
    #[arg(long)]
    save: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Work {
    Train,
    Predict,
}

#[derive(Clone, Copy, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Choice {
    /// The network of the example `mnist`
    Digits,
    /// The same with ReLU in place of PReLU
    Relu,
    /// The network of the example `mnist` in `f64`
    Double,
    /// A residual network for 32×32 color images
    #[value(name = "resnet")]
    ResNet,
    /// Depthwise separable convolutions for 32×32 color images
    #[value(name = "mobilenet")]
    MobileNet,
}

/// The measurements.
#[derive(Serialize)]
struct Figures {
    peer: &'static str,
    version: &'static str,
    network: Choice,
    threads: usize,
    batch_size: u32,
    /// Milliseconds for a training step.
    #[serde(skip_serializing_if = "Option::is_none")]
    train_ms: Option<Spread>,
    /// Seconds for an epoch of 60,000 images at the median step.
    #[serde(skip_serializing_if = "Option::is_none")]
    epoch_s: Option<f64>,
    /// Microseconds from one image to its logits.
    #[serde(skip_serializing_if = "Option::is_none")]
    lat_us: Option<Spread>,
    /// Images predicted per second in batches of 8, `img_s_8`, and of more.
    #[serde(flatten)]
    img_s: BTreeMap<String, Spread>,
    /// The process's peak memory, if the system reports it.
    rss_mib: Option<u64>,
}

#[derive(Serialize)]
struct Spread {
    median: f64,
    p10: f64,
    p90: f64,
    min: f64,
    n: usize,
}

impl Spread {
    /// Measures `n` calls of `run` after `warm_up` others, or as many as there is time for; `figure` converts the seconds of each. In a
    /// terminal, a bar shows how many there were; it is drawn between the calls, not while one is measured.
    fn of(warm_up: usize, n: usize, time: Duration, figure: impl Fn(f64) -> f64, mut run: impl FnMut()) -> Spread {
        let mut figures = Vec::with_capacity(n);
        let bar = ProgressBar::new((warm_up + n) as u64);
        let begin = Instant::now();
        for call in 0..warm_up + n {
            if figures.len() >= 3 && begin.elapsed() > time {
                break;
            }
            bar.inc(1);
            let start = Instant::now();
            run();
            let seconds = start.elapsed().as_secs_f64();
            if call >= warm_up.min(3) && (call >= warm_up || begin.elapsed() > time / 4) {
                figures.push(figure(seconds));
            }
        }
        bar.finish_and_clear();
        figures.sort_by(f64::total_cmp);
        let n = figures.len();
        Spread { median: figures[n / 2], p10: figures[n / 10], p90: figures[n * 9 / 10], min: figures[0], n }
    }
}

fn main() -> ExitCode {
    command_line::run(|options: Options| match options.network {
        Choice::Digits => run::<DigitNet>(&options, 64),
        Choice::Relu => run::<ReluNet>(&options, 64),
        Choice::Double => run::<DoubleNet>(&options, 64),
        Choice::ResNet => run::<ResNet>(&options, 128),
        Choice::MobileNet => run::<MobileNet>(&options, 128),
    })
}

fn run<N>(options: &Options, batch_size: u32) -> Result<(), Box<dyn Error>>
where
    N: Module<Output = Vector<10, <N as Module>::Scalar>>,
{
    let (inputs, labels) = random_images::<N::Input>();
    #[cfg(feature = "onnx")]
    if let Some(folder) = &options.save {
        let name = options.network.to_possible_value().map_or(String::new(), |value| value.get_name().into());
        return saved::save(&*N::new(1), &inputs[..SAVED], &name, folder);
    }
    let figures = measure::<N>(options, options.batch_size.unwrap_or(batch_size), &inputs, &labels)?;
    Ok(writeln!(io::stdout(), "{}", serde_json::to_string(&figures)?)?)
}

fn measure<N>(
    options: &Options,
    batch_size: u32,
    inputs: &[N::Input],
    labels: &[usize],
) -> Result<Figures, Box<dyn Error>>
where
    N: Module<Output = Vector<10, <N as Module>::Scalar>>,
{
    let data = Pairs::new(inputs, labels);
    let time = Duration::try_from_secs_f64(options.seconds)?;
    let wanted = |work| options.only.is_none_or(|only| only == work);
    let settings = Settings { batch_size: batch_size as usize, threads: Some(options.threads), ..Settings::default() };
    let optimizer = SGD::new(0.01).nesterov(0.9);
    let mut trainer = Trainer::new(N::new(1), CrossEntropy::new(), optimizer, settings)?;
    let train_ms = wanted(Work::Train).then(|| {
        let order: Vec<u32> = (0..IMAGES as u32).collect();
        let mut batches = order.chunks_exact(batch_size as usize).cycle();
        let step = || {
            if let Some(batch) = batches.next() {
                trainer.step(&data, batch);
            }
        };
        Spread::of(20, options.steps as usize, time, |seconds| 1e3 * seconds, step)
    });

    let (network, threads) = (trainer.network(), trainer.threads());
    let lat_us = wanted(Work::Predict).then(|| {
        let (mut logits, mut workspace) = (zeros::<N::Output>(1), N::workspace::<1>());
        let one = data.take(1);
        threads.run(|| match options.threads {
            1 => latency(time, || network.predict::<1>(&inputs[..1], &mut logits, &mut workspace)),
            _ => latency(time, || drop(threads.infer(network, &one, |logits, _| argmax(logits.as_slice())))),
        })
    });
    let predict = |count: usize| {
        let batch = data.take(count);
        let infer = || drop(threads.infer(network, &batch, |logits, _| argmax(logits.as_slice())));
        // On one of the threads, so that none has to be woken for each batch.
        threads.run(|| Spread::of(100, 500, time, |seconds| count as f64 / seconds, infer))
    };
    let batches = options.batches.iter().filter(|_| wanted(Work::Predict));
    Ok(Figures {
        peer: "shapeproof",
        version: env!("CARGO_PKG_VERSION"),
        network: options.network,
        threads: options.threads,
        batch_size,
        epoch_s: train_ms.as_ref().map(|step| step.median * (60_000.0 / f64::from(batch_size)).ceil() / 1e3),
        train_ms,
        lat_us,
        img_s: batches.map(|&count| (format!("img_s_{count}"), predict(count as usize))).collect(),
        rss_mib: peak_memory(),
    })
}

/// The microseconds of `predict`.
fn latency(time: Duration, predict: impl FnMut()) -> Spread {
    Spread::of(200, 3000, time, |seconds| 1e6 * seconds, predict)
}

/// Random pixels from 0 to 1, and random labels.
fn random_images<S: Shape>() -> (Box<[S]>, Vec<usize>) {
    let mut state = 12345u32;
    // A linear congruential generator (Press et al., Numerical Recipes, 1992, section 7.1).
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 16
    };
    let mut images = zeros::<S>(IMAGES);
    for pixel in flat_mut(&mut images) {
        *pixel = S::Scalar::from_f64(f64::from(random() & 255) / 255.0);
    }
    let labels = (0..IMAGES).map(|_| random() as usize % 10).collect();
    (images, labels)
}

/// The largest resident set the process has had, in MiB, on Linux.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib / 1024)
}
