//! A training as one page to keep, and to show: [`Report`].

mod chart;
mod classes;
mod image;
mod json;
mod judge;
mod network;
mod numbers;
mod page;
mod pictures;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Display;
use std::fs;
use std::path::Path;
use std::time::Instant;

use self::classes::Classes;
use self::image::Paint;
use self::judge::Ending;
pub use self::judge::Judge;
use self::network::Architecture;
use self::numbers::Numbers;
use self::pictures::Pictures;
use crate::Result;
use crate::data::{Dataset, Normalize};
use crate::file::{cannot, write_atomically};
use crate::layer::Module;
use crate::loss::Loss;
use crate::optim::Optimizer;
use crate::shape::Shape;
use crate::train::{Fit, History, Score, Trainer};

/// A training as a page: `report.html`, with `report.json` and `history.csv` beside it.
///
/// The page is one file that needs no others, no network and no scripts. It shows what fits the task:
///
/// | | |
/// |---|---|
/// | always | settings, learning curves, learning rate, the architecture with its cost, the filters of the first convolution, how to reproduce it |
/// | targets `usize`, `bool` | confusion matrix, precision and recall of each class, calibration, the worst mistakes |
/// | two classes | ROC and precision-recall curves, a table of thresholds |
/// | targets that are tensors | predictions beside targets, a histogram of the errors, the largest errors |
///
/// It needs the feature `report`.
///
/// ```
/// use shapeproof::prelude::*;
/// use shapeproof::train::Report;
///
/// network! { type Net = [2, 1, 1] => Dense(units = 8), LeakyReLU, Dense(units = 2) }
///
/// # fn main() -> shapeproof::Result<()> {
/// # let folder = tempfile::tempdir().unwrap();
/// # let folder = folder.path().join("run1");
/// let inputs: Vec<_> = (0..400).map(|i| Vector::from([(i % 20) as f32 / 20.0, (i / 20) as f32 / 20.0])).collect();
/// let labels: Vec<_> = inputs.iter().map(|x| usize::from(x[[1, 0, 0]] > x[[0, 0, 0]])).collect();
/// let (train, test) = Pairs::new(&inputs, &labels).split_stratified(HeldOut::Percent(25), 1);
///
/// let mut trainer = Trainer::new(Net::new(1), CrossEntropy::new(), Adam::new(0.01), Settings::default())?;
/// let fit = Fit { epochs: 20, schedule: &Linear };
/// let history = trainer.fit(&train, &test, &fit, &mut [])?;
///
/// Report::new(&trainer, &history)
///     .title("Above the diagonal")
///     .classes(&["below", "above"])
///     .schedule(&fit)
///     .evaluate("test", &test)
///     .write(&folder)?; // run1/report.html
/// # let page = std::fs::read_to_string(folder.join("report.html")).unwrap();
/// # assert!(page.contains("<h1>Above the diagonal</h1>") && page.contains("ROC"));
/// # Ok(())
/// # }
/// ```
pub struct Report<'a, N: Module, L: Loss, O: Optimizer> {
    trainer: &'a Trainer<N, L, O>,
    network: &'a N,
    contents: Contents,
}

/// All that a report shows, without the types of the training.
struct Contents {
    title: String,
    command: Option<String>,
    settings: Vec<(String, String)>,
    history: History,
    /// Steps and learning rates.
    schedule: Vec<(f64, f64)>,
    architecture: Architecture,
    classes: Vec<String>,
    paint: Paint,
    filters: Option<image::Strip>,
    evaluation: Option<Evaluation>,
}

/// What was measured on a dataset.
struct Evaluation {
    /// The name of the dataset: `test`.
    name: String,
    score: Score,
    seconds: f64,
    outcome: Outcome,
    pictures: Pictures,
}

/// The predictions.
enum Outcome {
    Classes(Classes),
    Numbers(Numbers),
}

impl<'a, N: Module, L: Loss<Output = N::Output>, O: Optimizer> Report<'a, N, L, O> {
    /// A report of the training of `trainer`, whose epochs are in `history`: an empty one if there are none, as in a loop by hand.
    ///
    /// It shows the trainer's settings, and the network that its [`network`](Trainer::network) returns.
    pub fn new(trainer: &'a Trainer<N, L, O>, history: &History) -> Self {
        let contents = Contents {
            title: "A training".into(),
            command: None,
            settings: settings(trainer),
            history: history.clone(),
            schedule: Vec::new(),
            architecture: Architecture::of::<N>(),
            classes: Vec::new(),
            paint: Paint::default(),
            filters: None,
            evaluation: None,
        };
        Report { trainer, network: trainer.network(), contents }.network(trainer.network())
    }

    /// Shows, and evaluates, this network instead: that of the [best](Trainer::best) epoch, say.
    pub fn network(mut self, network: &'a N) -> Self {
        self.network = network;
        self.contents.filters = pictures::filters(network);
        self
    }

    /// The title of the page; the default is "A training".
    pub fn title(mut self, title: impl Display) -> Self {
        self.contents.title = title.to_string();
        self
    }

    /// Adds a setting that the trainer does not know: the data, or how they are augmented. One of the same name is replaced.
    pub fn setting(mut self, name: impl Display, value: impl Display) -> Self {
        let (name, value) = (name.to_string(), value.to_string());
        self.contents.settings.retain(|(other, _)| *other != name);
        self.contents.settings.push((name, value));
        self
    }

    /// The command that repeats the training, shown at the end of the page.
    pub fn command(mut self, command: impl Display) -> Self {
        self.contents.command = Some(command.to_string());
        self
    }

    /// The names of the classes, in order. Outputs beyond these are not shown: a network may have more outputs than there are classes.
    /// Without names, classes have numbers.
    pub fn classes(mut self, names: &[impl AsRef<str>]) -> Self {
        self.contents.classes = names.iter().map(|name| name.as_ref().into()).collect();
        self
    }

    /// How pixels became inputs, so that pictures are drawn as they were. Without it, the least number of a picture is black, and the
    /// greatest white.
    pub fn normalized(mut self, normalize: &Normalize) -> Self {
        self.contents.paint = Paint::from(normalize);
        self
    }

    /// Shows the learning rate of every step, as `fit` has planned it, and not only at the end of each epoch.
    pub fn schedule(mut self, fit: &Fit<'_>) -> Self {
        let epochs = self.contents.history.epochs.len() as u64;
        let total = self.trainer.steps().checked_div(epochs).map_or(0, |steps| fit.steps(steps as usize));
        let highest = self.trainer.highest_lr();
        let step = (total / 120).max(1) as usize;
        let of = |done: u64| (done as f64, highest * fit.schedule.factor(done, total));
        self.contents.schedule = (0..total).step_by(step).map(of).collect();
        self
    }

    /// Measures the network on `dataset`, on the trainer's threads. `name` says which dataset it is: `test`, `validation`. A second
    /// call replaces the first.
    ///
    /// The targets are `usize`, `bool`, or tensors.
    ///
    /// Up to 24 mistakes, and their inputs, are kept for the page, and the probabilities of all samples: 4 bytes for each sample and
    /// class.
    pub fn evaluate<D>(mut self, name: &str, dataset: &D) -> Self
    where
        D: Dataset<Input = N::Input, Target = L::Target>,
        L::Target: Judge<N::Output>,
    {
        let (start, loss, ending) = (Instant::now(), self.trainer.loss(), Ending::of::<N, L>());
        let judge = |output: &N::Output, target: &L::Target| {
            (loss.value(output, target), loss.measure(output, target), target.judge(output, ending))
        };
        let all = self.trainer.threads().infer(self.network, dataset, judge);
        let score = Score::of(all.iter().map(|&(loss, measured, _)| (loss, measured)));
        let judged = all.into_iter().map(|(_, _, judged)| judged).collect();
        let seconds = start.elapsed().as_secs_f64();
        let outcome = match <L::Target>::classes(N::Output::DIMS.len()) {
            Some(outputs) => Outcome::Classes(Classes::new(judged, &self.contents.classes, outputs)),
            None => Outcome::Numbers(Numbers::new(judged)),
        };
        let worst = match &outcome {
            Outcome::Classes(classes) => classes.worst.iter().map(|mistake| mistake.index).collect(),
            Outcome::Numbers(numbers) => numbers.worst.iter().map(|error| error.index).collect(),
        };
        let pictures = Pictures::new(self.network, dataset, worst);
        self.contents.evaluation = Some(Evaluation { name: name.into(), score, seconds, outcome, pictures });
        self
    }

    /// The report as JSON: an object with the settings, the layers, the members of [`History::to_json`], and what was measured on the
    /// dataset `test` as `test_samples`, `test_loss`, `test_accuracy`, …, `confusion`, `classes`. What is not known is `null`.
    pub fn to_json(&self) -> String {
        json::write(&self.contents)
    }

    /// The report as HTML.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) if a picture cannot be drawn.
    pub fn to_html(&self) -> Result<String> {
        page::write(&self.contents)
    }

    /// Writes `report.html`, `report.json` and `history.csv` to `folder`, which is created if it is not there. Files of these names are
    /// replaced, each [at once](crate::io::write_atomically).
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) if a file cannot be written, with its name.
    pub fn write(&self, folder: impl AsRef<Path>) -> Result<()> {
        let folder = folder.as_ref();
        fs::create_dir_all(folder).map_err(cannot("create", folder))?;
        let files = [
            ("history.csv", self.contents.history.to_csv()),
            ("report.json", self.to_json()),
            ("report.html", self.to_html()?),
        ];
        for (name, text) in files {
            write_atomically(&folder.join(name), |file| file.write_all(text.as_bytes()))?;
        }
        Ok(())
    }
}

/// The settings of a training, as its state has them, but for the layers.
fn settings<N: Module, L: Loss<Output = N::Output>, O: Optimizer>(trainer: &Trainer<N, L, O>) -> Vec<(String, String)> {
    let state = trainer.state();
    let all = state.plan.iter().chain(&state.settings).filter(|(name, _)| !name.starts_with("layer "));
    let threads = [("threads".into(), trainer.threads().count().to_string())];
    all.map(|(name, value)| (name.clone(), value.clone())).chain(threads).collect()
}

/// The filters of the first convolution as a PNG file, with its width and height; `None` if there is none.
pub(super) fn filters_as_png<N: Module>(network: &N) -> Option<([usize; 2], Vec<u8>)> {
    let strip = pictures::filters(network)?;
    Some(([strip.width, strip.height], strip.png().ok()?))
}
