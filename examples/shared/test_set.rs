//! The evaluation of a network on the test set of MNIST, or on its substitute.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use shapeproof::data::mnist::{self, Mnist, Origin};
use shapeproof::data::{Dataset, user_cache};
use shapeproof::layer::Module;
use shapeproof::loss::{CrossEntropy, Loss};
use shapeproof::metrics::{Confusion, Measured, argmax};
use shapeproof::tensor::{Tensor, Vector};
use shapeproof::train::{Score, Threads};
use shapeproof::{Error, Result};

use super::download;
use super::output::{plain, plain_lines};

/// What the user is told if the digits are not MNIST's.
const HOW_TO_GET_MNIST: &str = "\
What a network scores on them is not what it would score on MNIST. For that, unpack these four files into data/mnist:
    https://storage.googleapis.com/cvdf-datasets/mnist/train-images-idx3-ubyte.gz
    https://storage.googleapis.com/cvdf-datasets/mnist/train-labels-idx1-ubyte.gz
    https://storage.googleapis.com/cvdf-datasets/mnist/t10k-images-idx3-ubyte.gz
    https://storage.googleapis.com/cvdf-datasets/mnist/t10k-labels-idx1-ubyte.gz
";

/// Digits, and their origin.
pub struct Found {
    pub mnist: Mnist,
    pub origin: Origin,
    /// Why MNIST was not downloaded.
    failure: Option<Error>,
}

/// Returns MNIST in `dir` or wherever it is found (see [`mnist::find`]), otherwise from the internet unless `offline`, otherwise
/// synthetic digits.
///
/// # Errors
/// As for [`mnist::find`] and [`Origin::map`].
#[allow(unsafe_code)]
pub fn find(dir: Option<&Path>, offline: bool) -> Result<Found> {
    let (mut origin, mut failure) = (mnist::find(dir, user_cache().as_deref())?, None);
    if origin == Origin::Synthetic && !offline {
        match download::mnist() {
            Some(Ok(downloaded)) => origin = downloaded,
            Some(Err(error)) => failure = Some(error),
            None => {}
        }
    }
    // SAFETY: the help of these programs asks that nobody writes to the files while they run.
    let mnist = unsafe { origin.map() }?;
    Ok(Found { mnist, origin, failure })
}

impl Found {
    /// Describes the origin of the digits for the user: one line, and more if they are not MNIST's.
    pub fn describe(&self) -> String {
        let line = plain(&self.origin);
        match (&self.origin, &self.failure) {
            (Origin::Synthetic, None) => format!("{line}\n{HOW_TO_GET_MNIST}"),
            (Origin::Synthetic, Some(error)) => format!("{line}: {}\n{HOW_TO_GET_MNIST}", plain_lines(error)),
            _ => line,
        }
    }
}

/// The results of a network on a test set.
#[derive(Default)]
pub struct Outcome {
    pub score: Score,
    pub confusion: Confusion<10>,
}

impl Outcome {
    /// Evaluates `network` on all of `test`.
    pub fn of<N, D>(network: &N, test: &D, threads: &Threads) -> Outcome
    where
        N: Module<Scalar = f32, Input = Tensor<1, 28, 28>, Output = Vector<10>>,
        D: Dataset<Input = N::Input, Target = usize>,
    {
        let mut outcome = Outcome::default();
        let loss: CrossEntropy<10> = CrossEntropy::new();
        let judge =
            |output: &Vector<10>, &label: &usize| (label, loss.value(output, &label), argmax(output.as_slice()));
        for (label, loss, predicted) in threads.infer(network, test, judge) {
            outcome.score.record(loss, Measured::correct(label == predicted));
            outcome.confusion.record(label, predicted);
        }
        outcome
    }

    /// Prints loss, accuracy, the confusion matrix, and the figures of each class.
    pub fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let Outcome { score, confusion } = self;
        if score.samples == 0 {
            return writeln!(out, "The test set is empty: nothing was measured.");
        }
        writeln!(out, "test loss {:.4}   test accuracy {:.2} %", score.loss(), 100.0 * score.accuracy())?;
        writeln!(out, "\n{confusion}\n\n{}", confusion.report())
    }

    /// The same figures, for JSON.
    pub fn figures(&self) -> Figures {
        let confusion = &self.confusion;
        let measured = |figure: f64| (self.score.samples > 0).then_some(figure);
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
            test_loss: measured(self.score.loss()),
            test_accuracy: measured(self.score.accuracy()),
            confusion: confusion.counts.iter().map(|row| row.to_vec()).collect(),
            classes: (0..10).map(class).collect(),
            macro_average: average(&|figure| confusion.macro_average(figure)),
            weighted_average: average(&|figure| confusion.weighted_average(figure)),
        }
    }
}

type Figure = fn(&Confusion<10>, usize) -> f64;

/// An [`Outcome`] as numbers. Accuracies are fractions; figures that an empty test set does not have are `null`.
#[derive(Serialize)]
pub struct Figures {
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
