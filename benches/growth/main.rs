//! How the cost of a training step grows with batch size, channels, image size and depth: measured, written as a table and
//! plotted, with the line it would follow if time were proportional to work.
//!
//! ```text
//! cargo bench --bench growth                # measure; write table and plot to target/tmp
//! cargo bench --bench growth -- --update    # measure; write them to their places in the tree; the docs show the plot
//! cargo bench --bench growth -- --draw      # draw the plot in the tree from the table in the tree
//! cargo bench --bench growth -- --test      # take every step once
//! ```
//!
//! The speed of a machine drifts. So each point is measured many times, in rounds over all points, and always right after its
//! reference point. The result is the ratio of the two.

mod axes;
mod picture;
mod table;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use axes::{Axis, Point};
use table::{Row, Table};

/// The number of measurements of each point.
const ROUNDS: usize = 25;

/// The minimum duration of a measurement.
const MEASUREMENT: Duration = Duration::from_millis(6);

/// The table in the source tree.
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/growth/growth.csv");

/// The plot in the source tree, where the docs of the training find it.
const PLOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../src/train/growth.svg");

fn main() -> Result<(), Box<dyn Error>> {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (csv, plot) = (scratch.join("growth.csv"), scratch.join("growth.svg"));
    let (csv, plot): (PathBuf, PathBuf) = if has("--update") { (TABLE.into(), PLOT.into()) } else { (csv, plot) };
    let recorded = || -> Result<Table, Box<dyn Error>> { Ok(fs::read_to_string(TABLE)?.parse()?) };
    if has("--draw") {
        return draw(&recorded()?, Path::new(PLOT));
    }
    let mut axes = axes::all();
    // `cargo bench` passes `--bench`; without it this is a test.
    if has("--test") || !has("--bench") {
        for axis in &mut axes {
            for point in &mut axis.points {
                (point.step)();
                println!("{} {}: ran", axis.name, point.size);
            }
        }
        return draw(&recorded()?, &plot);
    }
    let table = Table { rows: axes.iter_mut().flat_map(measure).collect() };
    println!("{table}");
    fs::write(csv, table.to_string())?;
    draw(&table, &plot)
}

fn draw(table: &Table, path: &Path) -> Result<(), Box<dyn Error>> {
    fs::write(path, picture::draw(table)?)?;
    println!("drawn: {}", path.display());
    Ok(())
}

/// Measures all points of one axis, in rounds.
fn measure(axis: &mut Axis) -> Vec<Row> {
    let repeats: Vec<u32> = axis.points.iter_mut().map(repeats).collect();
    let (mut references, mut ratios) = (Vec::new(), vec![Vec::new(); repeats.len()]);
    for _ in 0..ROUNDS {
        for at in 0..repeats.len() {
            let reference = seconds(&mut axis.points[axis.reference], repeats[axis.reference]);
            references.push(reference);
            ratios[at].push(seconds(&mut axis.points[at], repeats[at]) / reference);
        }
    }
    let reference = at_share(&mut references, 0.5);
    let work = axis.points[axis.reference].flops;
    let rows = axis.points.iter().zip(&mut ratios).map(|(point, ratios)| Row {
        axis: axis.name.to_string(),
        size: point.size,
        samples: point.samples,
        mflop: point.flops / 1e6,
        ms: [0.5, 0.1, 0.9].map(|share| 1e3 * reference * at_share(ratios, share)),
        line: 1e3 * reference * point.flops / work,
    });
    rows.collect()
}

/// The number of steps of a measurement, determined while memory and caches warm up.
fn repeats(point: &mut Point) -> u32 {
    seconds(point, 1);
    let mut repeats = 1;
    while seconds(point, repeats) * f64::from(repeats) < MEASUREMENT.as_secs_f64() {
        repeats *= 2;
    }
    repeats
}

/// Seconds per step, averaged over `steps`, after one step that brings its memory back into cache.
fn seconds(point: &mut Point, repeats: u32) -> f64 {
    (point.step)();
    let start = Instant::now();
    (0..repeats).for_each(|_| (point.step)());
    start.elapsed().as_secs_f64() / f64::from(repeats)
}

/// The quantile: the value below which this fraction of the values is.
fn at_share(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * share).round() as usize]
}
