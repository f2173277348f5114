//! Resuming from the newest intact checkpoint in a folder.

use alloc::format;
use alloc::vec::Vec;
use std::fs;
use std::io::ErrorKind::NotFound;
use std::path::Path;

use super::file::{self, Read};
use super::folder::name;
use super::{Checkpoints, Note};
use crate::error::Mismatch;
use crate::file::{attempt, cannot};
#[cfg(feature = "mpi")]
use crate::io::Card;
use crate::io::model::read;
use crate::io::refusal::{Refusal, one, within};
use crate::layer::Module;
use crate::loss::Loss;
use crate::optim::Optimizer;
use crate::train::{State, Trainer};
use crate::{Error, Result};

impl Checkpoints {
    /// Restores `trainer` from the newest intact checkpoint in the folder. If there is no checkpoint, the training is a new one.
    ///
    /// # Errors
    /// [`Error::Model`] as [`load_checkpoint`](super::load_checkpoint) of the newest intact checkpoint, also if its steps are not
    /// those of its file name; or if there are checkpoints and all are damaged. [`Error::Format`] if the newest is longer than a
    /// checkpoint of this network can be. [`Error::Io`] if the folder or a file cannot be used, or the folder is in use by another
    /// process. `trainer` is then unchanged.
    pub fn resume<N, L, O>(folder: impl AsRef<Path>, trainer: &mut Trainer<N, L, O>) -> Result<Checkpoints>
    where
        N: Module,
        L: Loss<Output = N::Output>,
        O: Optimizer,
    {
        let folder = folder.as_ref();
        let first = trainer.peers().is_first();
        let checkpoints = if first { Checkpoints::restore(folder, trainer)? } else { Checkpoints::of(folder, None) };
        #[cfg(feature = "mpi")]
        share(trainer, checkpoints.saved.is_some());
        Ok(checkpoints)
    }

    fn restore<N, L, O>(folder: &Path, trainer: &mut Trainer<N, L, O>) -> Result<Checkpoints>
    where
        N: Module,
        L: Loss<Output = N::Output>,
        O: Optimizer,
    {
        let mut checkpoints = Checkpoints::open(folder)?;
        let mut damaged = Vec::new();
        for steps in checkpoints.all()?.into_iter().rev() {
            let path = checkpoints.file(steps);
            match checkpoints.read(steps, trainer.state())? {
                Ok(read) => {
                    for (steps, refusal) in damaged {
                        let note = set_aside(&checkpoints.file(steps), refusal)?;
                        checkpoints.notes.push(note);
                    }
                    checkpoints.notes.extend(read.note(path.display()));
                    checkpoints.saved = Some(steps);
                    *trainer.state_mut() = read.state;
                    return Ok(checkpoints);
                }
                Err(refusal) if refusal.damaged => damaged.push((steps, refusal)),
                Err(refusal) => return Err(within(path.display())(refusal)),
            }
        }
        if damaged.is_empty() { Ok(checkpoints) } else { Err(none_whole(checkpoints.folder(), damaged)) }
    }

    /// Reads the checkpoint after `steps` steps, for a training in the state `like`.
    fn read<N: Module>(&self, steps: u64, like: &State<N>) -> Result<Result<Read<N>, Refusal>> {
        let path = self.file(steps);
        // Checked before opening: opening a pipe would block until somebody writes to it.
        let found = match attempt("metadata", || fs::metadata(&path)) {
            Ok(about) if about.is_file() => None,
            Ok(_) => Some("not a regular file"),
            Err(error) if error.kind() == NotFound => Some("a dangling link"),
            Err(error) => return Err(cannot("read", &path)(error)),
        };
        if let Some(found) = found {
            return Ok(Err(Refusal::damage(one("file", found, "a checkpoint"))));
        }
        let bytes = read::<N>(&path)?;
        Ok(file::from_bytes(&bytes, like).and_then(|read| {
            let found = read.state.steps();
            let expected = format!("{steps}, as its name says");
            if found == steps { Ok(read) } else { Err(one("steps", found, &expected).into()) }
        }))
    }
}

/// Gives the state that the first process has `restored`, if it has, to the others.
#[cfg(feature = "mpi")]
fn share<N, L, O>(trainer: &mut Trainer<N, L, O>, restored: bool)
where
    N: Module,
    L: Loss<Output = N::Output>,
    O: Optimizer,
{
    let processes = trainer.peers();
    if processes.count() > 1 {
        let sendable = "what was a checkpoint can be one again";
        let mine =
            if restored { file::to_bytes(trainer.state(), &Card::default()).expect(sendable) } else { Vec::new() };
        let bytes = processes.of_first(mine);
        if !processes.is_first() && !bytes.is_empty() {
            let read = file::from_bytes(&bytes, trainer.state());
            *trainer.state_mut() = read.unwrap_or_else(|refusal| panic!("{}", within("process 0")(refusal))).state;
        }
    }
}

/// Renames a damaged checkpoint, so that it is not found again.
fn set_aside(path: &Path, refusal: Refusal) -> Result<Note> {
    let mut kept = path.with_added_extension("damaged");
    while fs::symlink_metadata(&kept).is_ok() {
        kept.add_extension("damaged");
    }
    attempt("rename", || fs::rename(path, &kept)).map_err(cannot("rename", path))?;
    Ok(Note::Damaged { error: within(path.display())(refusal), kept })
}

/// The error if there are checkpoints and all are damaged.
fn none_whole(folder: &Path, damaged: Vec<(u64, Refusal)>) -> Error {
    let expected = "a whole one; to begin anew, choose another folder";
    let mut all = one("checkpoints", format!("{}, all damaged", damaged.len()), expected);
    for (steps, refusal) in damaged {
        let named = |mismatch: Mismatch| Mismatch { what: format!("{}: {}", name(steps), mismatch.what), ..mismatch };
        all.extend(refusal.mismatches.into_iter().map(named));
    }
    within(folder.display())(all)
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;
    use alloc::rc::Rc;
    use alloc::string::String;
    use core::cell::Cell;
    use std::fs;

    use super::*;
    use crate::data::Pairs;
    use crate::file::fault;
    use crate::io::{Card, checkpoint_from_bytes, checkpoint_to_bytes};
    use crate::layer::Dense;
    use crate::loss::CrossEntropy;
    use crate::network::Network;
    use crate::optim::SGD;
    use crate::tensor::Vector;
    use crate::train::{Callback, Settings};

    type Net = Dense<2, 2>;
    type Xor = Trainer<Net, CrossEntropy<2>, SGD>;

    /// A training after `steps` steps.
    fn after(steps: u64) -> Xor {
        let settings = Settings { threads: Some(1), ..Settings::default() };
        let mut trainer = Trainer::new(Net::new(1), CrossEntropy::new(), SGD::new(0.1), settings).unwrap();
        while trainer.steps() < steps {
            trainer.step(&Pairs::new(&[Vector::from([0.0, 1.0])], &[1usize]), &[0]);
        }
        trainer
    }

    /// Makes a folder of three checkpoints.
    fn three(folder: &Path) {
        fs::remove_dir_all(folder).ok();
        fs::create_dir(folder).unwrap();
        for steps in 1..=3 {
            let bytes = checkpoint_to_bytes(after(steps).state(), &Card::default()).unwrap();
            fs::write(folder.join(name(steps)), bytes).unwrap();
        }
    }

    /// All files in a folder except the lock, in the order of their names.
    fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().into();
        let all = entries.map(|path| (name(&path), fs::read(&path).unwrap()));
        all.filter(|(name, _): &(String, _)| name != ".lock").collect()
    }

    #[test]
    fn each_operation_of_a_resume_may_fail() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("it");
        let contents = || files(&folder).into_values().collect::<Vec<_>>();
        let mut operations = Vec::new();
        let resume = || {
            three(&folder);
            // The newest two are damaged.
            let [two, three] = [2, 3].map(|steps| folder.join(name(steps)));
            fs::write(two, b"2").unwrap();
            fs::write(three, b"3").unwrap();
            let (before, mut trainer) = (contents(), after(0));
            let result =
                Checkpoints::resume(&folder, &mut trainer).map(|mut checkpoints| checkpoints.take_notes().len());
            (before, result, trainer.steps())
        };
        let (_, notes, steps) = fault::each(resume, |(before, result, steps), operation| {
            operations.push(operation);
            assert_eq!(contents(), before, "nothing is lost, whatever it is called: {operation}");
            match result {
                // Temporary files of killed processes need not be removed.
                Ok(notes) => assert_eq!((notes, steps, operation), (2, 1, "read folder")),
                Err(error) => {
                    assert!(matches!(error, Error::Io { .. }), "{error}");
                    assert_eq!(steps, 0, "the trainer was touched: {operation}");
                    // The next attempt succeeds.
                    let mut trainer = after(0);
                    Checkpoints::resume(&folder, &mut trainer).unwrap();
                    assert_eq!(trainer.steps(), 1);
                }
            }
        });
        assert_eq!((notes.unwrap(), steps), (2, 1));
        for operation in ["make folder", "create", "read folder", "open", "read", "rename"] {
            assert!(operations.contains(&operation), "{operations:?}");
        }
    }

    #[test]
    fn each_operation_of_a_save_may_fail() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("it");
        let (four, mut operations) = (after(4), Vec::new());
        for n in 0.. {
            three(&folder);
            let errors = Rc::new(Cell::new(0));
            let count = Rc::clone(&errors);
            let checkpoints = Checkpoints::resume(&folder, &mut after(0)).unwrap();
            let mut checkpoints = checkpoints.on_error(move |_| count.set(count.get() + 1));
            let before = files(&folder);
            let save = || Callback::<Net>::on_end(&mut checkpoints, four.state());
            let ((), Some(operation)) = fault::at(n, save) else { break };

            operations.push(operation);
            let now = files(&folder);
            for (name, bytes) in &now {
                assert!(checkpoint_from_bytes(bytes, &mut after(0)).is_ok(), "{operation}: {name}");
            }
            let kept = before.iter().all(|(name, bytes)| now.get(name) == Some(bytes));
            assert!(kept || now.contains_key(&name(4)), "the new one, or all old ones: {operation}");
            assert_eq!(errors.get(), 1, "{operation}");
            // The next one is written nevertheless.
            Callback::<Net>::on_end(&mut checkpoints, after(5).state());
            assert_eq!(errors.get(), 1, "{operation}");
            assert_eq!(checkpoints.newest(), Some(folder.join(name(5))));
            assert!(files(&folder).contains_key(&name(5)));
        }
        for operation in ["create", "write", "sync", "rename", "sync folder", "read folder", "remove"] {
            assert!(operations.contains(&operation), "{operations:?}");
        }
    }
}
