//! The report of the training: a page in a folder, and a file of JSON.

use std::error::Error;
use std::io::Write;

use shapeproof::data::mnist::Origin;
use shapeproof::io::{Card, write_atomically};
use shapeproof::layer::Module;
use shapeproof::loss::Loss;
use shapeproof::optim::Optimizer;
use shapeproof::train::{Fit, History, Report, Trainer};

use crate::console::Console;
use crate::options::{Choice, Options};
use crate::output::plain;
use crate::repeated;

/// The report of a training, before the network is measured.
pub fn of<'a, N: Module, L: Loss<Output = N::Output>, O: Optimizer>(
    options: &Options,
    (data, card): (&Origin, &Card),
    (trainer, history, fit): (&'a Trainer<N, L, O>, &History, &Fit),
) -> Report<'a, N, L, O> {
    let augment = format!("{:?}", options.augment).to_lowercase();
    let network = match options.network {
        Choice::Reference => "reference",
        Choice::Small => "small",
    };
    let title = format!("Digits: the {network} network");
    let report = Report::new(trainer, history).title(title).schedule(fit).classes(&card.classes);
    let report = report.setting("data", data).setting("augment", augment).command(repeated::command("mnist"));
    match &card.preprocessing {
        Some(normalize) => report.normalized(normalize),
        None => report,
    }
}

/// Writes what is asked for.
///
/// # Errors
/// Those of all files that cannot be written.
pub fn save<N: Module, L: Loss<Output = N::Output>, O: Optimizer>(
    options: &Options,
    report: &Report<'_, N, L, O>,
    mut out: &Console,
) -> Result<(), Box<dyn Error>> {
    if let Some(path) = &options.report {
        write_atomically(path, report.to_json().as_bytes())?;
        writeln!(out, "\nAll figures are in {}", plain(path.display()))?;
    }
    if let Some(folder) = &options.report_dir {
        report.write(folder)?;
        writeln!(out, "\nThe report is in {}", plain(folder.join("report.html").display()))?;
    }
    Ok(())
}
