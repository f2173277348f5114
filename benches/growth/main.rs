//! How the cost of a training step grows with batch size, channels, image size and depth: measured, written as a table and
//! drawn, each beside the line it would follow if time were proportional to work.
//!
//! ```text
//! cargo bench --bench growth                # measure; table and picture go to target/tmp
//! cargo bench --bench growth -- --update    # measure; they go to benches/growth, from where the docs take them
//! cargo bench --bench growth -- --draw      # draw benches/growth/growth.csv once more
//! cargo bench --bench growth -- --test      # take every step once
//! ```
//!
//! Machines drift: a point is measured many times, in rounds over all points, and always right after the reference point of
//! its growth. The ratio of the two is what counts.

mod axes;
#[path = "../common/digits.rs"]
mod digits;
mod picture;
mod table;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use axes::{Axis, Point};
use table::{Row, Table};

/// How often every point is measured.
const ROUNDS: usize = 25;

/// How long a measurement lasts, at least.
const MEASUREMENT: Duration = Duration::from_millis(6);

/// Where the docs find table and picture.
const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/growth");

fn main() -> Result<(), Box<dyn Error>> {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    let here = Path::new(HERE);
    if has("--draw") {
        return draw(&fs::read_to_string(here.join("growth.csv"))?.parse()?, here);
    }
    let folder = if has("--update") { here } else { Path::new(env!("CARGO_TARGET_TMPDIR")) };
    let mut axes = axes::all();
    // `cargo bench` says `--bench`; without it this is a test.
    if has("--test") || !has("--bench") {
        for axis in &mut axes {
            for point in &mut axis.points {
                (point.step)();
                println!("{} {}: ran", axis.name, point.size);
            }
        }
        return draw(&fs::read_to_string(here.join("growth.csv"))?.parse()?, Path::new(env!("CARGO_TARGET_TMPDIR")));
    }
    let table = Table { rows: axes.iter_mut().flat_map(measure).collect() };
    println!("{table}");
    fs::write(folder.join("growth.csv"), table.to_string())?;
    draw(&table, folder)
}

fn draw(table: &Table, folder: &Path) -> Result<(), Box<dyn Error>> {
    let path = folder.join("growth.svg");
    fs::write(&path, picture::draw(table)?)?;
    println!("drawn: {}", path.display());
    Ok(())
}

/// All points of one axis, in rounds.
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

/// How many steps a measurement takes, found out while memory and caches warm up.
fn repeats(point: &mut Point) -> u32 {
    seconds(point, 1);
    let mut repeats = 1;
    while seconds(point, repeats) * f64::from(repeats) < MEASUREMENT.as_secs_f64() {
        repeats *= 2;
    }
    repeats
}

/// Seconds a step takes, over this many, after one that brings its memory back into cache.
fn seconds(point: &mut Point, repeats: u32) -> f64 {
    (point.step)();
    let start = Instant::now();
    (0..repeats).for_each(|_| (point.step)());
    start.elapsed().as_secs_f64() / f64::from(repeats)
}

/// The value below which this share of the others lies.
fn at_share(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * share).round() as usize]
}
