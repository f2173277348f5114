//! Two classes in the plane, two half circles that interlock: drawn in the terminal while a network learns to tell them apart.
//!
//! ```text
//! cargo run --release --example two_moons
//! cargo run --release --example two_moons -- --report-dir run1
//! ```

#[path = "shared/command_line.rs"]
mod command_line;
#[path = "shared/output.rs"]
mod output;
#[path = "shared/repeated.rs"]
mod repeated;

use std::error::Error;
use std::f32::consts::PI;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread::sleep;
use std::time::Duration;

use clap::Parser;
use console::Term;
use indicatif::{ProgressBar, ProgressStyle};
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;
use rand_xoshiro::Xoshiro256PlusPlus;
use shapeproof::data::{Dataset, HeldOut, Pairs};
use shapeproof::loss::BinaryCrossEntropy;
use shapeproof::metrics::{auroc, average_precision};
use shapeproof::network::Network;
use shapeproof::optim::{Adam, Cosine};
use shapeproof::tensor::{Vector, zeros};
use shapeproof::train::{EpochRecord, Fit, Report, Settings, State, Trainer, on_epoch};

shapeproof::network! {
    /// A point as input, the logit of being on the upper moon as output.
    type MoonNet = [2, 1, 1] => Dense(units = 16), Tanh, Dense(units = 16), Tanh, Dense(units = 1)
}

/// Learn to tell two half circles apart.
#[derive(Parser)]
struct Options {
    /// Write a report to this folder: report.html, one page with pictures, report.json and history.csv
    #[arg(long, value_name = "DIR")]
    report_dir: Option<PathBuf>,
}

/// Points with noise, and whether each is on the upper moon.
fn moons(points: usize, seed: u64) -> (Vec<Vector<2>>, Vec<bool>) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let point = |i: usize| {
        let (is_upper, angle) = (i.is_multiple_of(2), rng.random_range(0.0..PI));
        let [x, y] = if is_upper { [angle.cos(), angle.sin()] } else { [1.0 - angle.cos(), 0.5 - angle.sin()] };
        let noisy = [x, y].map(|position| position + 0.2 * rng.sample::<f32, _>(StandardNormal));
        (Vector::from(noisy), is_upper)
    };
    (0..points).map(point).unzip()
}

/// The widest picture.
const WIDTH: usize = 64;

/// Draws the points, ● on the upper moon and ○ on the lower one, and ░ where the network predicts the upper one. Points beyond the
/// edge are drawn at the edge.
fn draw(network: &MoonNet, points: &[(Vector<2>, bool)], terminal: &Term) -> String {
    let width = usize::from(terminal.size().1).clamp(1, WIDTH);
    let height = (width * 5 / 16).max(1); // characters are twice as high as wide
    let (left, top, unit) = (-1.5, 1.5, 4.0 / width as f32);

    let mut cells = vec![vec![(' ', false); width]; height];
    let mut logits = zeros::<Vector<1>>(width);
    let mut workspace = MoonNet::workspace::<WIDTH>();
    for (row, cells) in cells.iter_mut().enumerate() {
        let y = top - (2 * row + 1) as f32 * unit;
        let centers: Vec<_> = (0..width).map(|column| Vector::from([left + (column as f32 + 0.5) * unit, y])).collect();
        network.predict(&centers, &mut logits, &mut workspace);
        for (cell, logit) in cells.iter_mut().zip(&logits) {
            *cell = if logit[[0, 0, 0]] > 0.0 { ('░', true) } else { (' ', false) };
        }
    }
    for &(point, is_upper) in points {
        let (column, row) = ((point[[0, 0, 0]] - left) / unit, (top - point[[1, 0, 0]]) / (2.0 * unit));
        let cell = &mut cells[(row as usize).min(height - 1)][(column as usize).min(width - 1)];
        *cell = (if is_upper { '●' } else { '○' }, is_upper);
    }

    let colored = |run: &[(char, bool)]| {
        let style = if run[0].1 { terminal.style().yellow() } else { terminal.style().cyan() };
        style.apply_to(run.iter().map(|cell| cell.0).collect::<String>()).to_string()
    };
    let line = |row: &Vec<(char, bool)>| {
        let line: String = row.chunk_by(|a, b| a.1 == b.1).map(colored).collect();
        line.trim_end().to_string() + "\n"
    };
    cells.iter().map(line).collect()
}

fn main() -> ExitCode {
    command_line::run(|options: Options| learn(&options, &mut io::stdout()))
}

fn learn(options: &Options, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let (inputs, labels) = moons(1000, 1);
    let (train, held_out) = Pairs::new(&inputs, &labels).split(HeldOut::Count(200));
    // What is drawn: the points that the network does not learn from.
    let points: Vec<_> = inputs.iter().copied().zip(labels.iter().copied()).skip(train.len()).collect();

    let settings = Settings { batch_size: 32, ..Settings::default() };
    let mut trainer = Trainer::new(MoonNet::new(1), BinaryCrossEntropy::new(), Adam::new(0.01), settings)?;
    // Drawn on standard error, if that is a terminal.
    let screen = ProgressBar::no_length().with_style(ProgressStyle::with_template("{msg}")?);
    let mut show = on_epoch(|record: &EpochRecord, state: &State<MoonNet>| {
        if !screen.is_hidden() {
            let picture = draw(state.network(), &points, &Term::stderr());
            screen.set_message(format!("{picture}epoch {:>2}   {}", record.epoch, record.train));
            sleep(Duration::from_millis(50)); // or it would be over in the blink of an eye
        }
    });
    let fit = Fit { epochs: 60, schedule: &Cosine };
    let history = trainer.fit(&train, &held_out, &fit, &mut [&mut show])?;
    screen.finish_and_clear();
    if let Some(folder) = &options.report_dir {
        let report = Report::new(&trainer, &history).title("Two moons").classes(&["lower moon", "upper moon"]);
        let report = report.schedule(&fit).command(repeated::command("two_moons"));
        report.evaluate("validation", &held_out).write(folder)?;
    }

    let scored = trainer.threads().infer(trainer.network(), &held_out, |logit, &label| (logit[[0, 0, 0]], label));
    let (scores, labels): (Vec<f32>, Vec<bool>) = scored.into_iter().unzip();
    let (accuracy, auroc) = (trainer.evaluate(&held_out).accuracy(), auroc(&scores, &labels));
    let precision = average_precision(&scores, &labels);
    write!(out, "{}", draw(trainer.network(), &points, &Term::stdout()))?;
    writeln!(out, "● upper moon   ○ lower moon   ░ predicted: upper moon\n")?;
    writeln!(out, "accuracy {:.1} %   AUROC {auroc:.4}   average precision {precision:.4}", 100.0 * accuracy)?;
    assert!(accuracy > 0.94 && auroc > 0.97, "the moons were not learned");
    Ok(())
}
