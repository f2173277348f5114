//! Checkpoints in a folder: written during a training, and found again.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::mem;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use super::{Note, save_checkpoint};
use crate::error::say;
use crate::file::{attempt, cannot, remove_temporaries};
use crate::io::Card;
use crate::layer::Module;
use crate::loss::Loss;
use crate::optim::Optimizer;
use crate::train::{Callback, Control, EpochRecord, Progress, State, Trainer};
use crate::{Error, Result};

/// A folder of checkpoints, used as a callback of [`fit`](crate::train::Trainer::fit).
///
/// A checkpoint is written after every epoch, at the end (also when another callback stops the training), and optionally
/// [every `n` steps](Checkpoints::every). The [last few](Checkpoints::keep) are kept, and the one of the epoch with the smallest
/// validation loss.
///
/// ```
/// use shapeproof::io::Checkpoints;
/// # use shapeproof::{data::Pairs, loss::CrossEntropy, network::Network, optim::{Constant, SGD}, tensor::Vector};
/// # use shapeproof::train::{Fit, Settings, Trainer};
/// # shapeproof::network! { type Net = [2, 1, 1] => Dense(units = 8), LeakyReLU, Dense(units = 2) }
/// # let (inputs, folder) = ([[0., 0.], [0., 1.], [1., 0.], [1., 1.]].map(Vector::from), tempfile::tempdir().unwrap());
/// # let (train, validation) = (Pairs::new(&inputs, &[0, 1, 1, 0]), Pairs::new(&inputs, &[0, 1, 1, 0]));
/// # let (folder, fit) = (folder.path().join("xor"), Fit { epochs: 3, schedule: &Constant });
///
/// let mut trainer = Trainer::new(Net::new(1), CrossEntropy::new(), SGD::new(0.1), Settings::default())?;
/// let mut checkpoints = Checkpoints::resume(&folder, &mut trainer)?.every(500);
/// trainer.resume(&train, &validation, &fit, &mut [&mut checkpoints])?;
/// # assert!(folder.join("step-00000003.safetensors").is_file());
/// # Ok::<(), shapeproof::Error>(())
/// ```
///
/// This program can be killed at any time and started again; the final result is the same, bit for bit. In an empty folder it
/// starts a new training, and once the training is done it does nothing.
///
/// # When a checkpoint is damaged
/// A disk may flip a bit, and a copy may be cut short. [`resume`](Checkpoints::resume) then continues from the newest intact
/// checkpoint. The damaged ones after it are renamed to `step-00000860.safetensors.damaged`; nothing is removed. This is reported
/// on standard error when the training starts, unless the notes have been [taken](Checkpoints::take_notes). The training repeats
/// the lost steps, with the same bits.
///
/// # When a checkpoint cannot be written
/// The training continues: a full disk is no reason to lose it. Existing checkpoints stay as they are, and the next one is
/// attempted when it is due. The error is passed to [`on_error`](Checkpoints::on_error), or printed to standard error.
///
/// # Files
/// `step-00000860.safetensors` is the training after 860 steps. It is also a model file of the network to predict with at that
/// point: [`load`](crate::io::load) and [`Model::load`](crate::io::Model::load) read it. `.lock` keeps other processes out.
///
/// # Panics
/// At the start of a training that has taken fewer steps than the newest checkpoint: its checkpoints would count as older ones.
pub struct Checkpoints {
    folder: PathBuf,
    card: Card,
    every: Option<u64>,
    keep: usize,
    /// The steps of the newest checkpoint.
    pub(super) saved: Option<u64>,
    pub(super) notes: Vec<Note>,
    on_error: Box<dyn FnMut(&Error)>,
    /// The lock on the folder, held as long as this file is open. Of processes that train together, the first one has it.
    _lock: Option<File>,
}

impl Checkpoints {
    /// Starts the checkpoints of a new training, that of `trainer`. The folder is created if it does not exist.
    ///
    /// # Errors
    /// [`Error::Format`] if the folder already has checkpoints, [`Error::Io`] if it cannot be used or is in use by another
    /// process.
    pub fn new<N, L, O>(folder: impl AsRef<Path>, trainer: &Trainer<N, L, O>) -> Result<Checkpoints>
    where
        N: Module,
        L: Loss<Output = N::Output>,
        O: Optimizer,
    {
        if !trainer.peers().is_first() {
            return Ok(Checkpoints::of(folder.as_ref(), None));
        }
        let checkpoints = Checkpoints::open(folder.as_ref())?;
        match checkpoints.all()?.pop() {
            None => Ok(checkpoints),
            Some(newest) => Err(Error::Format {
                what: "folder of a new training",
                found: format!("the checkpoints of another ({})", name(newest)),
                expected: "none: resume that training, or choose another folder".into(),
                path: checkpoints.folder,
            }),
        }
    }

    pub(super) fn open(folder: &Path) -> Result<Checkpoints> {
        attempt("make folder", || fs::create_dir_all(folder)).map_err(cannot("make", folder))?;
        let lock = folder.join(".lock");
        if fs::metadata(&lock).is_ok_and(|about| !about.is_file()) {
            let source = std::io::Error::other("its .lock is not a regular file");
            return Err(Error::Io { action: "use", path: folder.into(), source });
        }
        let open = || File::options().append(true).create(true).open(&lock);
        let lock = attempt("create", open).map_err(cannot("write", &lock))?;
        // Some file systems do not support locks; there, exclusive use is up to the user.
        if let Err(TryLockError::WouldBlock) = lock.try_lock() {
            let source = std::io::Error::other("another process keeps its checkpoints there");
            return Err(Error::Io { action: "use", path: folder.into(), source });
        }
        remove_temporaries(folder, PREFIX);
        Ok(Checkpoints::of(folder, Some(lock)))
    }

    pub(super) fn of(folder: &Path, lock: Option<File>) -> Checkpoints {
        Checkpoints {
            folder: folder.into(),
            card: Card::default(),
            every: None,
            keep: 3,
            saved: None,
            notes: Vec::new(),
            on_error: Box::new(|error| say(format_args!("no checkpoint: {error}"))),
            _lock: lock,
        }
    }

    /// Also writes a checkpoint after every `steps` steps.
    ///
    /// # Panics
    /// If `steps` is 0.
    pub fn every(self, steps: u64) -> Self {
        assert!(steps > 0, "a checkpoint after every 0 steps");
        Checkpoints { every: Some(steps), ..self }
    }

    /// Keeps this many of the last checkpoints, besides the best. The default is 3.
    ///
    /// # Panics
    /// If `checkpoints` is 0.
    pub fn keep(self, checkpoints: usize) -> Self {
        assert!(checkpoints > 0, "0 checkpoints to keep");
        Checkpoints { keep: checkpoints, ..self }
    }

    /// Writes this card into every checkpoint, as into a model. A card that does not fit the network would cost every checkpoint:
    /// [check](Card::check) it first.
    pub fn card(self, card: Card) -> Self {
        Checkpoints { card, ..self }
    }

    /// Calls `report` when a checkpoint cannot be written or an old one cannot be removed, instead of printing the error.
    pub fn on_error(self, report: impl FnMut(&Error) + 'static) -> Self {
        Checkpoints { on_error: Box::new(report), ..self }
    }

    /// Removes and returns the notes on the resumed training: damaged checkpoints, another kind of processor. Notes that are not
    /// taken are printed to standard error when the training starts.
    pub fn take_notes(&mut self) -> Vec<Note> {
        mem::take(&mut self.notes)
    }

    /// The folder of the checkpoints.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The newest checkpoint that was read or written.
    pub fn newest(&self) -> Option<PathBuf> {
        self.saved.map(|steps| self.file(steps))
    }

    pub(super) fn file(&self, steps: u64) -> PathBuf {
        self.folder.join(name(steps))
    }

    /// The steps of all checkpoints in the folder, the newest last.
    pub(super) fn all(&self) -> Result<Vec<u64>> {
        let mut all = Vec::new();
        let entries = attempt("read folder", || fs::read_dir(&self.folder));
        for entry in entries.map_err(cannot("read", &self.folder))? {
            let file = entry.map_err(cannot("read", &self.folder))?.file_name();
            let steps = file.to_str().and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.parse().ok());
            // A file with another name, such as `step-7.safetensors`, is not a checkpoint of ours.
            all.extend(steps.filter(|&steps| file == *name(steps)));
        }
        all.sort_unstable();
        Ok(all)
    }

    /// Writes a checkpoint of `state`, and removes those that are no longer kept.
    fn save<N: Module>(&mut self, state: &State<N>) {
        if let Err(error) = self.try_save(state) {
            (self.on_error)(&error);
        }
    }

    fn try_save<N: Module>(&mut self, state: &State<N>) -> Result<()> {
        save_checkpoint(self.file(state.steps()), state, &self.card)?;
        self.saved = Some(state.steps());
        let mut old = self.all()?;
        old.truncate(old.len().saturating_sub(self.keep));
        old.retain(|&steps| state.best.as_ref().is_none_or(|best| best.steps != steps));
        let mut paths = old.into_iter().map(|steps| self.file(steps));
        paths.try_for_each(|path| attempt("remove", || fs::remove_file(&path)).map_err(cannot("remove", &path)))
    }
}

const PREFIX: &str = "step-";
const SUFFIX: &str = ".safetensors";

pub(super) fn name(steps: u64) -> String {
    format!("{PREFIX}{steps:08}{SUFFIX}")
}

impl<N: Module> Callback<N> for Checkpoints {
    fn on_start(&mut self, state: &State<N>) -> Control {
        for note in self.take_notes() {
            say(format_args!("{note}"));
        }
        let steps = state.steps();
        if let Some(saved) = self.saved {
            assert!(saved <= steps, "a training after {steps} steps in the folder of one after {saved}");
        }
        Control::Continue
    }

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
