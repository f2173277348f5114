//! Checkpoints: trainings that outlive their process.

mod file;
mod tables;

use alloc::boxed::Box;
use alloc::format;
use alloc::vec::Vec;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use super::Card;
use super::model::{read, within};
use crate::file::{cannot, remove_temporaries};
use crate::layer::Layer;
use crate::loss::Loss;
use crate::optim::Optimizer;
use crate::train::{Callback, Control, EpochRecord, Progress, State, Trainer};
use crate::{Error, Result};

/// Writes a checkpoint: a [model file](super) of `card` and the network to predict with, which also has everything that the
/// training's next step depends on. The file is seen whole or not at all.
///
/// [`Checkpoints`] does so for a [`fit`](Trainer::fit); this is for loops written by hand.
///
/// # Errors
/// [`Error::Model`] if a number is not finite or `card` does not fit the network, [`Error::Io`] if the operating system refuses; a
/// file of that name is then what it was.
pub fn save_checkpoint<N: Layer>(path: impl AsRef<Path>, state: &State<N>, card: &Card) -> Result<()> {
    let path = path.as_ref();
    super::write_atomically(path, &file::to_bytes(state, card).map_err(within(path.display()))?)
}

/// Brings `trainer` to where the training was that a checkpoint is of. With the same data, and on the same kind of processor,
/// it then goes on to the same bits as that one.
///
/// # Errors
/// [`Error::Model`] if the file is no checkpoint, or one of another network, or if batch size, shard size, seed, averaging or
/// optimiser are not what they were: with all that is wrong. [`Error::Io`] if the file cannot be read. `trainer` is then as it was.
pub fn load_checkpoint<N, L, O>(path: impl AsRef<Path>, trainer: &mut Trainer<N, L, O>) -> Result<()>
where
    N: Layer,
    L: Loss<Output = N::Output>,
    O: Optimizer,
{
    let path = path.as_ref();
    let state = file::from_bytes(&read(path)?, trainer.state()).map_err(within(path.display()))?;
    *trainer.state_mut() = state;
    Ok(())
}

/// A folder of checkpoints, to be handed to [`fit`](Trainer::fit) as a callback.
///
/// A checkpoint is written after every epoch, at the end (also when another callback stops the training), and every
/// [so many steps](Checkpoints::every) if that is wanted. The last [few](Checkpoints::keep) are kept, and that of the epoch with
/// the smallest validation loss.
///
/// ```
/// use shapeproof::io::Checkpoints;
/// # use shapeproof::{data::Pairs, loss::CrossEntropy, network::Network, optim::{Schedule, SGD}, tensor::Vector};
/// # use shapeproof::train::{Fit, Settings, Trainer};
/// # shapeproof::network! { type Net = [2, 1, 1] => Dense(units = 8), LeakyReLU, Dense(units = 2) }
/// # let (inputs, folder) = ([[0., 0.], [0., 1.], [1., 0.], [1., 1.]].map(Vector::from), tempfile::tempdir().unwrap());
/// # let (train, validation) = (Pairs::new(&inputs, &[0, 1, 1, 0]), Pairs::new(&inputs, &[0, 1, 1, 0]));
/// # let (folder, fit) = (folder.path().join("xor"), Fit { epochs: 3, schedule: Schedule::Constant });
///
/// let mut trainer = Trainer::new(Net::new(1), CrossEntropy::new(), SGD::new(0.1), Settings::default())?;
/// let mut checkpoints = Checkpoints::resume(&folder, &mut trainer)?.every(500);
/// trainer.resume(&train, &validation, &fit, &mut [&mut checkpoints])?;
/// # assert!(folder.join("step-00000003.safetensors").is_file());
/// # Ok::<(), shapeproof::Error>(())
/// ```
///
/// This program can be killed at any moment and started again, and ends with the bits it would have ended with. It begins
/// anew in an empty folder, and does nothing once the training is done.
///
/// # When a checkpoint cannot be written
/// The training goes on: a full disk is no reason to lose what has been learned. The checkpoints there are stay as they are,
/// and the next one is tried when it is due. The error goes to [`on_error`](Checkpoints::on_error), or to standard error.
///
/// # Files
/// `step-00000860.safetensors` is the training after 860 steps. It is a model file too, of the network one would predict with
/// then: [`load`](super::load) and [`Model::load`](super::Model::load) read it. `.lock` keeps a second process out.
pub struct Checkpoints {
    folder: PathBuf,
    card: Card,
    every: Option<u64>,
    keep: usize,
    /// The steps of the newest checkpoint.
    saved: Option<u64>,
    on_error: Box<dyn FnMut(&Error)>,
    /// Nobody else writes here as long as this is open.
    _lock: File,
}

impl Checkpoints {
    /// Checkpoints of a new training, in a folder that is made if it is not there.
    ///
    /// # Errors
    /// [`Error::Format`] if the folder has checkpoints already, [`Error::Io`] if it cannot be used, or is in use by another
    /// process.
    pub fn new(folder: impl AsRef<Path>) -> Result<Checkpoints> {
        let checkpoints = Checkpoints::open(folder.as_ref())?;
        match checkpoints.files()?.pop() {
            None => Ok(checkpoints),
            Some((_, newest)) => Err(Error::Format {
                path: checkpoints.folder,
                what: "folder of a new training",
                found: format!("the checkpoints of another ({})", name_of(&newest)),
                expected: "none: resume that training, or choose another folder".into(),
            }),
        }
    }

    /// Brings `trainer` to where the newest checkpoint in the folder is, and goes on with that training. If there is none, it
    /// is a new one.
    ///
    /// # Errors
    /// As [`load_checkpoint`], and [`Error::Io`] if the folder cannot be used, or is in use by another process. `trainer` is then
    /// as it was.
    pub fn resume<N, L, O>(folder: impl AsRef<Path>, trainer: &mut Trainer<N, L, O>) -> Result<Checkpoints>
    where
        N: Layer,
        L: Loss<Output = N::Output>,
        O: Optimizer,
    {
        let mut checkpoints = Checkpoints::open(folder.as_ref())?;
        if let Some((steps, newest)) = checkpoints.files()?.pop() {
            load_checkpoint(newest, trainer)?;
            checkpoints.saved = Some(steps);
        }
        Ok(checkpoints)
    }

    fn open(folder: &Path) -> Result<Checkpoints> {
        fs::create_dir_all(folder).map_err(cannot("make", folder))?;
        let lock = folder.join(".lock");
        let lock = File::options().append(true).create(true).open(&lock).map_err(cannot("write", &lock))?;
        if let Err(TryLockError::WouldBlock) = lock.try_lock() {
            let source = std::io::Error::other("another process keeps its checkpoints there");
            return Err(Error::Io { action: "use", path: folder.into(), source });
        }
        remove_temporaries(folder, PREFIX);
        Ok(Checkpoints {
            folder: folder.into(),
            card: Card::default(),
            every: None,
            keep: 3,
            saved: None,
            on_error: Box::new(|error| std::eprintln!("no checkpoint: {error}")),
            _lock: lock,
        })
    }

    /// Writes one after so many steps too, and not only after epochs.
    ///
    /// # Panics
    /// If that is 0.
    pub fn every(self, steps: u64) -> Self {
        assert!(steps > 0, "a checkpoint after every 0 steps");
        Checkpoints { every: Some(steps), ..self }
    }

    /// Keeps so many of the last ones, beside the best; 3 unless told otherwise.
    ///
    /// # Panics
    /// If that is 0.
    pub fn keep(self, checkpoints: usize) -> Self {
        assert!(checkpoints > 0, "0 checkpoints to keep");
        Checkpoints { keep: checkpoints, ..self }
    }

    /// Writes this card into every checkpoint, as into a model.
    pub fn card(self, card: Card) -> Self {
        Checkpoints { card, ..self }
    }

    /// Calls `report` when a checkpoint cannot be written, instead of printing why.
    pub fn on_error(self, report: impl FnMut(&Error) + 'static) -> Self {
        Checkpoints { on_error: Box::new(report), ..self }
    }

    /// The folder they are in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The newest checkpoint that was read or written.
    pub fn newest(&self) -> Option<PathBuf> {
        self.saved.map(|steps| self.file(steps))
    }

    fn file(&self, steps: u64) -> PathBuf {
        self.folder.join(format!("{PREFIX}{steps:08}{SUFFIX}"))
    }

    /// The checkpoints in the folder by their steps, the newest last.
    fn files(&self) -> Result<Vec<(u64, PathBuf)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(cannot("read", &self.folder))? {
            let path = entry.map_err(cannot("read", &self.folder))?.path();
            let steps = name_of(&path).strip_prefix(PREFIX).and_then(|name| name.strip_suffix(SUFFIX)?.parse().ok());
            files.extend(steps.map(|steps| (steps, path)));
        }
        files.sort_unstable();
        Ok(files)
    }

    /// Writes what is new since the last time, and removes what is no longer to be kept.
    fn save<N: Layer>(&mut self, state: &State<N>) {
        if let Err(error) = self.try_save(state) {
            (self.on_error)(&error);
        }
    }

    fn try_save<N: Layer>(&mut self, state: &State<N>) -> Result<()> {
        save_checkpoint(self.file(state.steps()), state, &self.card)?;
        self.saved = Some(state.steps());
        let mut files = self.files()?;
        files.truncate(files.len().saturating_sub(self.keep));
        files.retain(|(steps, _)| state.best.as_ref().is_none_or(|best| best.steps != *steps));
        files.iter().try_for_each(|(_, path)| fs::remove_file(path).map_err(cannot("remove", path)))
    }
}

const PREFIX: &str = "step-";
const SUFFIX: &str = ".safetensors";

fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

impl<N: Layer> Callback<N> for Checkpoints {
    fn on_step(&mut self, _: &Progress, state: &State<N>) -> Control {
        if self.every.is_some_and(|every| state.steps().is_multiple_of(every)) {
            self.save(state);
        }
        Control::Continue
    }

    fn on_epoch(&mut self, _: &EpochRecord, state: &State<N>) -> Control {
        self.save(state);
        Control::Continue
    }

    fn on_end(&mut self, state: &State<N>) {
        if self.saved != Some(state.steps()) {
            self.save(state);
        }
    }
}
