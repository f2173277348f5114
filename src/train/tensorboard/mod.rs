//! A training for TensorBoard.

mod events;

use alloc::format;
use alloc::string::String;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::time::{SystemTime, UNIX_EPOCH};

use self::events::{Value, record};
use super::report::filters_as_png;
use super::{Callback, Control, EpochRecord, Progress, Score, State};
use crate::Result;
use crate::file::cannot;
use crate::layer::Module;

/// A callback that writes event files, which [TensorBoard](https://www.tensorflow.org/tensorboard) shows while the training runs:
/// `tensorboard --logdir runs`.
///
/// | tag | |
/// |---|---|
/// | `step/loss`, `step/lr` | every ten steps: the mean loss of these, and the learning rate |
/// | `train/loss`, `train/accuracy`, … | after every epoch: what [`Score`] has, on the training data |
/// | `validation/loss`, … | the same on the validation data |
/// | `filters` | after every epoch: an image of the first convolution's filters |
///
/// The numbers on the horizontal axis are steps. A training that is resumed writes one more file to the same folder; TensorBoard shows
/// both as one. If a file cannot be written, the training goes on: [`finish`](TensorBoard::finish) returns the error.
///
/// It needs the feature `report`.
///
/// ```
/// use shapeproof::prelude::*;
/// use shapeproof::train::TensorBoard;
///
/// network! { type Net = [2, 1, 1] => Dense(units = 8), LeakyReLU, Dense(units = 2) }
///
/// # fn main() -> shapeproof::Result<()> {
/// # let folder = tempfile::tempdir().unwrap();
/// # let folder = folder.path().join("run1");
/// let inputs = [[0., 0.], [0., 1.], [1., 0.], [1., 1.]].map(Vector::from);
/// let xor = Pairs::new(&inputs, &[0, 1, 1, 0]);
/// let mut trainer = Trainer::new(Net::new(1), CrossEntropy::new(), SGD::new(0.5), Settings::default())?;
///
/// let mut board = TensorBoard::new(&folder)?; // runs/run1
/// trainer.fit(&xor, &xor, &Fit { epochs: 5, schedule: &Constant }, &mut [&mut board])?;
/// board.finish()?;
/// # assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
/// # Ok(())
/// # }
/// ```
pub struct TensorBoard {
    path: PathBuf,
    file: File,
    every: u64,
    /// The score of the epoch when a step was written last.
    before: Score,
    failed: Option<io::Error>,
}

impl TensorBoard {
    /// Begins a file in `folder`, which is created if it is not there.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) if the folder or the file cannot be created.
    pub fn new(folder: impl AsRef<Path>) -> Result<TensorBoard> {
        let folder = folder.as_ref();
        fs::create_dir_all(folder).map_err(cannot("create", folder))?;
        let name =
            |number: u32| format!("events.out.tfevents.{:010}.shapeproof.{}.{number}", now() as u64, process::id());
        let mut number = 0;
        let (path, file) = loop {
            let path = folder.join(name(number));
            match File::create_new(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                file => break (path.clone(), file.map_err(cannot("create", &path))?),
            }
        };
        let mut board = TensorBoard { path, file, every: 10, before: Score::default(), failed: None };
        board.write(0, "", &Value::Version);
        Ok(board)
    }

    /// Writes the loss of every so many steps, instead of ten; 0 for none.
    pub fn every(self, steps: u64) -> TensorBoard {
        TensorBoard { every: steps, ..self }
    }

    /// Writes a figure of your own, after so many steps: a tag like `mine/gradient` puts it in the group `mine`.
    pub fn scalar(&mut self, step: u64, tag: &str, value: f64) {
        self.write(step, tag, &Value::Scalar(value as f32));
    }

    /// Ends the file.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io): the first error that there was.
    pub fn finish(self) -> Result<()> {
        match self.failed {
            Some(error) => Err(error).map_err(cannot("write", &self.path)),
            None => self.file.sync_all().map_err(cannot("write", &self.path)),
        }
    }

    fn write(&mut self, step: u64, tag: &str, value: &Value<'_>) {
        if self.failed.is_none() {
            // In one piece: what reads the file meanwhile sees whole records.
            self.failed = self.file.write_all(&record(now(), step, tag, value)).err();
        }
    }

    fn score(&mut self, step: u64, group: &str, score: &Score) {
        let [mae, rmse, r2] = score.errors().map_or([f64::NAN; 3], |errors| [errors.mae(), errors.rmse(), errors.r2()]);
        let all = [("loss", score.loss()), ("accuracy", score.accuracy()), ("mae", mae), ("rmse", rmse), ("r2", r2)];
        for (name, figure) in all.into_iter().filter(|(_, figure)| figure.is_finite()) {
            self.scalar(step, &(String::from(group) + "/" + name), figure);
        }
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

impl<N: Module> Callback<N> for TensorBoard {
    fn on_step(&mut self, progress: &Progress, state: &State<N>) -> Control {
        if self.every > 0 && state.steps().is_multiple_of(self.every) {
            let score = &progress.score;
            if score.samples <= self.before.samples {
                self.before = Score::default(); // of the epoch before
            }
            let samples = (score.samples - self.before.samples) as f64;
            let loss = (score.loss_sum - self.before.loss_sum) / samples;
            self.before = *score;
            self.scalar(state.steps(), "step/loss", loss);
            self.scalar(state.steps(), "step/lr", progress.lr);
        }
        Control::Continue
    }

    fn on_epoch(&mut self, record: &EpochRecord, state: &State<N>) -> Control {
        let step = state.steps();
        self.before = Score::default();
        self.score(step, "train", &record.train);
        if let Some(validation) = &record.validation {
            self.score(step, "validation", validation);
        }
        self.scalar(step, "train/lr", record.lr);
        if let Some((size, png)) = filters_as_png(state.network()) {
            self.write(step, "filters", &Value::Image(size, &png));
        }
        Control::Continue
    }
}
