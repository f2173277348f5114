//! Checkpoints in a folder: written while a training goes on, and found again.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::{fmt, mem};
use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::{Note, save_checkpoint};
use crate::file::{attempt, cannot, remove_temporaries};
use crate::io::Card;
use crate::layer::Module;
use crate::train::{Callback, Control, EpochRecord, Progress, State};
use crate::{Error, Result};

/// A folder of checkpoints, to be handed to [`fit`](crate::train::Trainer::fit) as a callback.
///
/// A checkpoint is written after every epoch, at the end (also when another callback stops the training), and every
/// [so many steps](Checkpoints::every) if that is wanted. The last [few](Checkpoints::keep) are kept, and that of the epoch with
/// the smallest validation loss.
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
/// This program can be killed at any moment and started again, and ends with the bits it would have ended with. It begins
/// anew in an empty folder, and does nothing once the training is done.
///
/// # When a checkpoint is damaged
/// A disk may forget a bit, and a copy may end early. [`resume`](Checkpoints::resume) then goes on from the newest checkpoint that
/// is whole, and the damaged ones after it get other names, `step-00000860.safetensors.damaged`: nothing is removed. This is said
/// on standard error when the training starts, if it is not [taken](Checkpoints::take_notes) before. The training takes the lost
/// steps again, to the same bits.
///
/// # When a checkpoint cannot be written
/// The training goes on: a full disk is no reason to lose what has been learned. The checkpoints there are stay as they are,
/// and the next one is tried when it is due. The error goes to [`on_error`](Checkpoints::on_error), or to standard error.
///
/// # Files
/// `step-00000860.safetensors` is the training after 860 steps. It is a model file too, of the network one would predict with
/// then: [`load`](crate::io::load) and [`Model::load`](crate::io::Model::load) read it. `.lock` keeps a second process out.
///
/// # Panics
/// At the start of a training that has come less far than the newest checkpoint, whose checkpoints would be taken for old ones.
pub struct Checkpoints {
    folder: PathBuf,
    card: Card,
    every: Option<u64>,
    keep: usize,
    /// The steps of the newest checkpoint.
    pub(super) saved: Option<u64>,
    pub(super) notes: Vec<Note>,
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
            let source = std::io::Error::other("its .lock is no regular file");
            return Err(Error::Io { action: "use", path: folder.into(), source });
        }
        let open = || File::options().append(true).create(true).open(&lock);
        let lock = attempt("create", open).map_err(cannot("write", &lock))?;
        // Some file systems cannot lock; there it is up to the user.
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
            notes: Vec::new(),
            on_error: Box::new(|error| say(format_args!("no checkpoint: {error}"))),
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

    /// Calls `report` when a checkpoint cannot be written, or an old one not removed, instead of printing why.
    pub fn on_error(self, report: impl FnMut(&Error) + 'static) -> Self {
        Checkpoints { on_error: Box::new(report), ..self }
    }

    /// What has to be known of the training that was gone on with: damaged checkpoints, another kind of processor. Whoever takes
    /// the notes says them; those that nobody takes are written to standard error when the training starts.
    pub fn take_notes(&mut self) -> Vec<Note> {
        mem::take(&mut self.notes)
    }

    /// The folder they are in.
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

    /// The steps of all checkpoints in the folder, those of the newest last.
    pub(super) fn all(&self) -> Result<Vec<u64>> {
        let mut all = Vec::new();
        let entries = attempt("read folder", || fs::read_dir(&self.folder));
        for entry in entries.map_err(cannot("read", &self.folder))? {
            let file = entry.map_err(cannot("read", &self.folder))?.file_name();
            let steps = file.to_str().and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.parse().ok());
            // A file of another name, `step-7.safetensors`, is not one of ours.
            all.extend(steps.filter(|&steps| file == *name(steps)));
        }
        all.sort_unstable();
        Ok(all)
    }

    /// Writes what is new since the last time, and removes what is no longer to be kept.
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

/// Writes a line to standard error. `eprintln!` would panic if that is a file on a full disk.
fn say(line: fmt::Arguments<'_>) {
    writeln!(std::io::stderr(), "{line}").ok();
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
