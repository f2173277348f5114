//! Numbers as targets, and what hidden layers add to a linear model.
//!
//! The data are a benchmark of Friedman's (1991, *Multivariate Adaptive Regression Splines*): ten numbers, uniform in 0 … 1, of which
//! the last five have no influence, and normal noise ε with standard deviation 1.
//!
//! ```text
//! y = 10·sin(π·x₁·x₂) + 20·(x₃ − ½)² + 10·x₄ + 5·x₅ + ε
//! ```
//!
//! ```text
//! cargo run --release --example regression
//! cargo run --release --example regression -- --report-dir run1
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
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;
use rand_xoshiro::Xoshiro256PlusPlus;
use shapeproof::data::{Dataset, HeldOut, Pairs, Subset};
use shapeproof::layer::Module;
use shapeproof::loss::MSE;
use shapeproof::metrics::Regression;
use shapeproof::network::Network;
use shapeproof::optim::{Adam, Constant};
use shapeproof::tensor::Vector;
use shapeproof::train::{EarlyStop, Fit, History, Report, Settings, Trainer};

shapeproof::network! {
    type LinearNet = [10, 1, 1] => Dense(units = 1)
}

shapeproof::network! {
    type HiddenNet = [10, 1, 1] => Dense(units = 32), SiLU, Dense(units = 32), SiLU, Dense(units = 1)
}

/// Predict numbers, by a linear model and by one with hidden layers.
#[derive(Parser)]
struct Options {
    /// Write a report on the latter to this folder: report.html, one page with pictures, report.json and history.csv
    #[arg(long, value_name = "DIR")]
    report_dir: Option<PathBuf>,
}

type Data<'a> = Subset<Pairs<'a, Vector<10>, Vector<1>>>;

fn friedman(samples: usize, seed: u64) -> (Vec<Vector<10>>, Vec<Vector<1>>) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut sample = || {
        let x: [f32; 10] = std::array::from_fn(|_| rng.random_range(0.0..1.0));
        let noise: f32 = rng.sample(StandardNormal);
        let y = 10.0 * (PI * x[0] * x[1]).sin() + 20.0 * (x[2] - 0.5).powi(2) + 10.0 * x[3] + 5.0 * x[4] + noise;
        (Vector::from(x), Vector::from([y]))
    };
    (0..samples).map(|_| sample()).unzip()
}

/// Trains until ten epochs in a row have not improved the validation loss, and measures the network of the best epoch on the test data.
fn learn<N>(
    [train, validation, test]: &[Data; 3],
    report: Option<&Path>,
) -> Result<(History, Regression), Box<dyn Error>>
where
    N: Module<Scalar = f32, Input = Vector<10>, Output = Vector<1>>,
{
    let settings = Settings { batch_size: 32, ..Settings::default() };
    let mut trainer = Trainer::new(N::new(1), MSE::new(), Adam::new(0.03), settings)?;
    let fit = Fit { epochs: 500, schedule: &Constant };
    let history = trainer.fit(train, validation, &fit, &mut [&mut EarlyStop::new(10)])?;
    let best = trainer.best().unwrap_or(trainer.network());
    if let Some(folder) = report {
        let report = Report::new(&trainer, &history).network(best).title("Friedman's benchmark, with hidden layers");
        report.command(repeated::command("regression")).evaluate("test", test).write(folder)?;
    }
    let score = trainer.threads().evaluate(best, &MSE::new(), test);
    Ok((history, *score.errors().expect("MSE measures them")))
}

fn main() -> ExitCode {
    command_line::run(|options: Options| compare(&options, &mut io::stdout()))
}

fn compare(options: &Options, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let (inputs, targets) = friedman(3000, 1);
    let (rest, test) = Pairs::new(&inputs, &targets).split(HeldOut::Count(500));
    let (train, validation) = rest.split(HeldOut::Count(500));
    let parts = [train, validation, test];

    let (_, linear) = learn::<LinearNet>(&parts, None)?;
    let (history, hidden) = learn::<HiddenNet>(&parts, options.report_dir.as_deref())?;
    writeln!(out, "{history}\nOn the test data:\n\nnetwork              MAE    RMSE      R²")?;
    for (name, errors) in [("linear", &linear), ("hidden layers", &hidden)] {
        writeln!(out, "{name:<16} {:>7.3} {:>7.3} {:>7.3}", errors.mae(), errors.rmse(), errors.r2())?;
    }
    // The mean of ε² is 1.
    let best = 1.0 - hidden.numbers as f64 / hidden.variation;
    writeln!(out, "\nNo network can do better than an R² of about {best:.2}: the rest is noise.")?;
    assert!(hidden.r2() > 0.9 && hidden.r2() > linear.r2() + 0.15, "the hidden layers have learned nothing");
    Ok(())
}
