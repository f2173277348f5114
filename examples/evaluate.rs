//! Evaluates a saved model on the test set of MNIST.
//!
//! ```text
//! cargo run --release --example evaluate
//! cargo run --release --example evaluate -- --model digits.safetensors --data data/mnist
//! cargo run --release --example evaluate -- --json
//! ```

#[path = "shared/command_line.rs"]
mod command_line;
#[path = "shared/download.rs"]
mod download;
#[path = "shared/model.rs"]
mod model;
#[path = "shared/networks.rs"]
mod networks;
#[path = "shared/output.rs"]
mod output;
#[path = "shared/test_set.rs"]
mod test_set;

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use model::AnyModel;
use output::{plain, plain_json};
use serde::Serialize;
use shapeproof::data::Dataset;
use shapeproof::layer::Module;
use shapeproof::metrics::Confusion;
use shapeproof::network::Network;
use shapeproof::tensor::{Tensor, Vector};
use shapeproof::train::Threads;
use test_set::Outcome;

/// Measure a saved model on the test set of MNIST.
#[derive(Parser)]
struct Options {
    /// A model file, as the example `mnist` saves it [default: the trained one that comes with the examples]
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Folder with the four IDX files of MNIST, which must not be written to meanwhile [default: where the example `mnist` finds them]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Do not download MNIST if it is not found: use synthetic digits
    #[arg(long)]
    offline: bool,
    /// Threads to compute on [default: all cores]
    #[arg(long)]
    threads: Option<usize>,
    /// Print every figure as JSON
    #[arg(long)]
    json: bool,
}

/// Every figure. Accuracies are fractions.
#[derive(Serialize)]
struct Report {
    model: String,
    parameters: usize,
    data: String,
    test_images: usize,
    #[serde(flatten)]
    figures: Figures,
}

fn main() -> ExitCode {
    command_line::run(|options: Options| match model::open(options.model.as_deref())? {
        AnyModel::Small(model) => measure(&*model.network, &options, &mut io::stdout()),
        AnyModel::Reference(model) => measure(&*model.network, &options, &mut io::stdout()),
    })
}

fn measure<N>(network: &N, options: &Options, out: &mut impl Write) -> Result<(), Box<dyn Error>>
where
    N: Module<Scalar = f32, Input = Tensor<1, 28, 28>, Output = Vector<10>>,
{
    let name =
        options.model.as_ref().map_or("examples/models/digits.safetensors".into(), |file| file.display().to_string());
    let found = test_set::find(options.data.as_deref(), options.offline)?;
    let test = &found.mnist.test;
    let outcome = Outcome::of(network, test, &Threads::new(options.threads)?);
    if options.json {
        let report = Report {
            model: name,
            parameters: N::parameters(),
            data: found.origin.to_string(),
            test_images: test.len(),
            figures: figures(&outcome),
        };
        writeln!(out, "{}", plain_json(&serde_json::to_string_pretty(&report)?))?;
    } else {
        writeln!(out, "{}, {} parameters", plain(&name), N::parameters())?;
        writeln!(out, "{}\n{} test images\n", found.describe(), test.len())?;
        outcome.print(out)?;
    }
    Ok(())
}

/// The figures of an outcome.
fn figures(outcome: &Outcome) -> Figures {
    let confusion = &outcome.confusion;
    let measured = |figure: f64| (outcome.score.samples > 0).then_some(figure);
    let average = |mean: &dyn Fn(Figure) -> f64| Average {
        precision: measured(mean(Confusion::precision)),
        recall: measured(mean(Confusion::recall)),
        f1: measured(mean(Confusion::f1)),
    };
    let class = |class| Class {
        class,
        precision: measured(confusion.precision(class)),
        recall: measured(confusion.recall(class)),
        f1: measured(confusion.f1(class)),
        support: confusion.support(class),
    };
    Figures {
        test_loss: measured(outcome.score.loss()),
        test_accuracy: measured(outcome.score.accuracy()),
        confusion: confusion.counts.iter().map(|row| row.to_vec()).collect(),
        classes: (0..10).map(class).collect(),
        macro_average: average(&|figure| confusion.macro_average(figure)),
        weighted_average: average(&|figure| confusion.weighted_average(figure)),
    }
}

type Figure = fn(&Confusion<10>, usize) -> f64;

/// An [`Outcome`] as numbers. Accuracies are fractions; figures that an empty test set does not have are `null`.
#[derive(Serialize)]
struct Figures {
    test_loss: Option<f64>,
    test_accuracy: Option<f64>,
    /// Rows are the true classes, columns the predicted ones.
    confusion: Vec<Vec<u64>>,
    classes: Vec<Class>,
    macro_average: Average,
    weighted_average: Average,
}

#[derive(Serialize)]
struct Class {
    class: usize,
    precision: Option<f64>,
    recall: Option<f64>,
    f1: Option<f64>,
    support: u64,
}

#[derive(Serialize)]
struct Average {
    precision: Option<f64>,
    recall: Option<f64>,
    f1: Option<f64>,
}
