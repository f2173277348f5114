//! The evaluation of a network on the test set of MNIST, or on its substitute.

use std::io::{self, Write};
use std::path::Path;

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
    /// The index, the label and the prediction of each mistake.
    #[allow(dead_code, reason = "not every example draws them")]
    pub mistakes: Vec<(usize, usize, usize)>,
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
        for (index, (label, loss, predicted)) in threads.infer(network, test, judge).into_iter().enumerate() {
            outcome.score.record(loss, Measured::correct(label == predicted));
            outcome.confusion.record(label, predicted);
            if label != predicted {
                outcome.mistakes.push((index, label, predicted));
            }
        }
        outcome
    }

    /// Prints loss, accuracy, the confusion matrix, and the figures of each class.
    pub fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let Outcome { score, confusion, .. } = self;
        if score.samples == 0 {
            return writeln!(out, "The test set is empty: nothing was measured.");
        }
        writeln!(out, "test loss {:.4}   test accuracy {:.2} %", score.loss(), 100.0 * score.accuracy())?;
        writeln!(out, "\n{confusion}\n\n{}", confusion.report())
    }
}
