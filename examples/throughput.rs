//! Measures how fast the reference network, or a residual one, trains and predicts on this machine. Prints one line of JSON.
//!
//! ```text
//! cargo run --release --example throughput -- --threads 2
//! cargo run --release --example throughput -- --threads 2 --network resnet
//! ```
//!
//! Images are random: the time does not depend on their contents. A training step is forward pass, backward pass and update.

#[path = "shared/command_line.rs"]
mod command_line;
#[path = "shared/digit_net.rs"]
mod digit_net;
#[path = "shared/output.rs"]
mod output;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, ValueEnum};
use digit_net::DigitNet;
use indicatif::ProgressBar;
use serde::Serialize;
use shapeproof::data::{Dataset, Pairs};
use shapeproof::layer::Module;
use shapeproof::loss::CrossEntropy;
use shapeproof::metrics::argmax;
use shapeproof::network::Network;
use shapeproof::optim::SGD;
use shapeproof::shape::Shape;
use shapeproof::tensor::{Vector, flat_mut, zeros};
use shapeproof::train::{Settings, Trainer};

shapeproof::network! {
    /// The reference network with ReLUs, whose slopes are not learned, and which other runtimes fuse with the layer before.
    type ReluNet = [1, 28, 28] =>
        Conv2D(filters = 32, kernel = 3, padding = 1),
        ReLU,
        MaxPool2D(window = 2),
        Conv2D(filters = 64, kernel = 3, stride = 2, padding = 2),
        ReLU,
        MaxPool2D(window = 2),
        Flatten,
        Dense(units = 128),
        ReLU,
        Dropout(percent = 50),
        Dense(units = 10),
}
shapeproof::network! {
    /// A residual network for 32×32 color images (He, Zhang, Ren and Sun 2016, section 4.2, with n = 1). The two shortcuts that
    /// increase the channels are projections.
    type ResNet = [3, 32, 32] =>
        Conv2D(filters = 16, kernel = 3, padding = 1),
        BatchNorm,
        ReLU,
        Residual(
            Conv2D(filters = 16, kernel = 3, padding = 1), BatchNorm, ReLU,
            Conv2D(filters = 16, kernel = 3, padding = 1), BatchNorm,
        ), // 16×32×32
        ReLU,
        Residual(
            Conv2D(filters = 32, kernel = 3, stride = 2, padding = 1), BatchNorm, ReLU,
            Conv2D(filters = 32, kernel = 3, padding = 1), BatchNorm,
            shortcut = (Conv2D(filters = 32, kernel = 1, stride = 2), BatchNorm),
        ), // 32×16×16
        ReLU,
        Residual(
            Conv2D(filters = 64, kernel = 3, stride = 2, padding = 1), BatchNorm, ReLU,
            Conv2D(filters = 64, kernel = 3, padding = 1), BatchNorm,
            shortcut = (Conv2D(filters = 64, kernel = 1, stride = 2), BatchNorm),
        ), // 64×8×8
        ReLU,
        AvgPool2D(window = 8), // 64
        Dense(units = 10),
}

/// Images and labels to train on; an epoch of the real data has 60,000.
const IMAGES: usize = 4096;

/// The batch sizes of the prediction benchmark.
const BATCHES: [usize; 7] = [8, 16, 32, 64, 128, 256, 1000];

/// Time training and prediction.
#[derive(Parser)]
struct Options {
    /// Threads to compute on
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// The network
    #[arg(long, value_enum, default_value_t = Choice::Digits)]
    network: Choice,
    /// Images per training step [default: 64, or 128 for resnet]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=IMAGES as i64))]
    batch_size: Option<u32>,
    /// Training steps that are timed
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    steps: u32,
}

#[derive(Clone, Copy, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Choice {
    /// The network of the example `mnist`
    Digits,
    /// The same with ReLU in place of PReLU
    Relu,
    /// A residual network for 32×32 color images
    #[value(name = "resnet")]
    ResNet,
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
    train_ms: Spread,
    /// Seconds for an epoch of 60,000 images at the median step.
    epoch_s: f64,
    /// Microseconds from one image to its logits, on one thread.
    lat_us: Spread,
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
    /// Measures `n` calls of `run` after `warm_up` others; `figure` converts the seconds of each. In a terminal, a bar shows how many
    /// there were; it is drawn between the calls, not while one is measured.
    fn of(warm_up: usize, n: usize, figure: impl Fn(f64) -> f64, mut run: impl FnMut()) -> Spread {
        let mut figures = Vec::with_capacity(n);
        let bar = ProgressBar::new((warm_up + n) as u64);
        for call in 0..warm_up + n {
            bar.inc(1);
            let start = Instant::now();
            run();
            let seconds = start.elapsed().as_secs_f64();
            if call >= warm_up {
                figures.push(figure(seconds));
            }
        }
        bar.finish_and_clear();
        figures.sort_by(f64::total_cmp);
        Spread { median: figures[n / 2], p10: figures[n / 10], p90: figures[n * 9 / 10], min: figures[0], n }
    }
}

fn main() -> ExitCode {
    command_line::run(|options: Options| {
        let figures = match options.network {
            Choice::Digits => measure::<DigitNet>(&options, options.batch_size.unwrap_or(64))?,
            Choice::Relu => measure::<ReluNet>(&options, options.batch_size.unwrap_or(64))?,
            Choice::ResNet => measure::<ResNet>(&options, options.batch_size.unwrap_or(128))?,
        };
        Ok(writeln!(io::stdout(), "{}", serde_json::to_string(&figures)?)?)
    })
}

fn measure<N>(options: &Options, batch_size: u32) -> shapeproof::Result<Figures>
where
    N: Module<Scalar = f32, Output = Vector<10>>,
{
    let (inputs, labels) = random_images::<N::Input>();
    let data = Pairs::new(&inputs, &labels);

    let settings = Settings { batch_size: batch_size as usize, threads: Some(options.threads), ..Settings::default() };
    let optimizer = SGD::new(0.01).nesterov(0.9);
    let mut trainer = Trainer::new(N::new(1), CrossEntropy::new(), optimizer, settings)?;
    let order: Vec<u32> = (0..IMAGES as u32).collect();
    let mut batches = order.chunks_exact(batch_size as usize).cycle();
    let train_ms = Spread::of(
        20,
        options.steps as usize,
        |seconds| 1e3 * seconds,
        || {
            if let Some(batch) = batches.next() {
                trainer.step(&data, batch);
            }
        },
    );

    let (network, mut logits, mut workspace) = (trainer.network(), [Vector::from([0.0; 10])], N::workspace::<1>());
    let lat_us = Spread::of(
        200,
        3000,
        |seconds| 1e6 * seconds,
        || {
            network.predict::<1>(&inputs[..1], &mut logits, &mut workspace);
        },
    );
    let predict = |count: usize| {
        let batch = data.take(count);
        Spread::of(
            5,
            40.max(4000 / count),
            |seconds| count as f64 / seconds,
            || {
                trainer.threads().infer(network, &batch, |logits, _| argmax(logits.as_slice()));
            },
        )
    };
    Ok(Figures {
        peer: "shapeproof",
        version: env!("CARGO_PKG_VERSION"),
        network: options.network,
        threads: options.threads,
        batch_size,
        epoch_s: train_ms.median * (60_000.0 / f64::from(batch_size)).ceil() / 1e3,
        train_ms,
        lat_us,
        img_s: BATCHES.map(|count| (format!("img_s_{count}"), predict(count))).into(),
        rss_mib: peak_memory(),
    })
}

/// Random pixels from 0 to 1, and random labels.
fn random_images<S: Shape<Scalar = f32>>() -> (Box<[S]>, Vec<usize>) {
    let mut state = 12345u32;
    // A linear congruential generator (Press et al., Numerical Recipes, 1992, section 7.1).
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state >> 16
    };
    let mut images = zeros::<S>(IMAGES);
    for pixel in flat_mut(&mut images) {
        *pixel = (random() & 255) as f32 / 255.0;
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
