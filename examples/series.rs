//! Series of numbers: a network of one-dimensional convolutions tells waveforms apart, whatever their phase and frequency.
//!
//! A series of `L` numbers is an image of one row, `[1, 1, L]`. The convolutions learn short patterns, the poolings make their places
//! unimportant, and the mean over the whole series leaves what kind of wave it is.
//!
//! ```text
//! cargo run --release --example series
//! ```

#[path = "shared/bar.rs"]
mod bar;
#[path = "shared/output.rs"]
mod output;

use std::error::Error;
use std::f32::consts::TAU;
use std::io::{self, Write};
use std::process::ExitCode;

use rand::{Rng, RngExt, SeedableRng};
use rand_distr::StandardNormal;
use rand_xoshiro::Xoshiro256PlusPlus;
use shapeproof::data::Pairs;
use shapeproof::loss::CrossEntropy;
use shapeproof::metrics::{Confusion, argmax};
use shapeproof::network::Network;
use shapeproof::optim::{Adam, Cosine};
use shapeproof::tensor::Tensor;
use shapeproof::train::{Fit, Settings, Trainer};

/// How long a series is.
const LENGTH: usize = 128;

/// A name, and one period as a function of the phase from 0 to 1.
type Wave = (&'static str, fn(f32) -> f32);

const WAVES: [Wave; 4] = [
    ("sine", |phase| (TAU * phase).sin()),
    ("square", |phase| if phase < 0.5 { 1.0 } else { -1.0 }),
    ("triangle", |phase| 4.0 * (phase - 0.5).abs() - 1.0),
    ("sawtooth", |phase| 2.0 * phase - 1.0),
];

shapeproof::network! {
    type WaveNet = [1, 1, LENGTH] =>
        Conv1D(filters = 16, kernel = 9, padding = 4), BatchNorm, ReLU,
        MaxPool1D(window = 2),
        Conv1D(filters = 32, kernel = 9, padding = 4), BatchNorm, ReLU,
        MaxPool1D(window = 2),
        GlobalAvgPool2D,
        Dense(units = WAVES.len()),
}

type Series = Tensor<1, 1, LENGTH>;

/// A wave of random phase and frequency, with noise.
fn wave(class: usize, rng: &mut impl Rng) -> Series {
    let (start, periods) = (rng.random_range(0.0..1.0), rng.random_range(3.0..9.0));
    let mut series = Tensor([[[0.0; LENGTH]]]);
    for (i, x) in series.as_mut_slice().iter_mut().enumerate() {
        let noise: f32 = rng.sample(StandardNormal);
        let phase: f32 = start + periods * i as f32 / LENGTH as f32;
        *x = WAVES[class].1(phase.fract()) + 0.3 * noise;
    }
    series
}

fn waves(count: usize, seed: u64) -> (Vec<Series>, Vec<usize>) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    (0..count).map(|i| (wave(i % WAVES.len(), &mut rng), i % WAVES.len())).unzip()
}

/// The series in characters, a column for each two numbers.
fn draw(out: &mut impl Write, series: &Series) -> io::Result<()> {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let means = series.as_slice().chunks(2).map(|pair| (pair[0] + pair[1]) / 2.0);
    let bars: String = means.map(|mean| BARS[((mean + 1.6) / 3.2 * 8.0).clamp(0.0, 7.0) as usize]).collect();
    writeln!(out, "{bars}")
}

fn main() -> ExitCode {
    output::status(learn(&mut io::stdout()))
}

fn learn(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let ((inputs, labels), (test_inputs, test_labels)) = (waves(2000, 1), waves(400, 2));
    for (series, (name, _)) in test_inputs.iter().zip(WAVES) {
        writeln!(out, "{name}")?;
        draw(out, series)?;
    }
    let (train, test) = (Pairs::new(&inputs, &labels), Pairs::new(&test_inputs, &test_labels));
    let mut trainer = Trainer::new(WaveNet::new(1), CrossEntropy::new(), Adam::new(0.005), Settings::default())?;
    let fit = Fit { epochs: 6, schedule: &Cosine };
    writeln!(out, "\n{}", trainer.fit(&train, &test, &fit, &mut [&mut bar::Bar::new()])?)?;

    let mut confusion = Confusion::<{ WAVES.len() }>::new();
    let predictions =
        trainer.threads().infer(trainer.network(), &test, |output, &label| (label, argmax(output.as_slice())));
    predictions.into_iter().for_each(|(label, predicted)| confusion.record(label, predicted));
    let names: Vec<String> = WAVES.iter().enumerate().map(|(class, (name, _))| format!("{class} {name}")).collect();
    writeln!(out, "{confusion}\n\n{}", names.join("   "))?;
    assert!(confusion.accuracy() > 0.9, "the waves are not told apart");
    Ok(())
}
