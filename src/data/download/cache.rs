//! The folder of a dataset, which appears whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::ErrorKind::NotFound;
use std::path::{Path, PathBuf};

use super::part::remove;
use super::source::Source;
use crate::error::{Error, Result};
use crate::file::{attempt, cannot, sync_folder};

/// The folder where a dataset is prepared. Only one process at a time has it.
pub(super) struct Draft<'a> {
    /// The folder that it is to become.
    dir: &'a Path,
    /// The folder of what has come so far: `.mnist.part`.
    pub folder: PathBuf,
    /// The lock, held as long as this file is open: `.mnist.lock`.
    _lock: File,
}

impl<'a> Draft<'a> {
    /// Waits until no other process prepares `dir`, after calling `waiting`. Returns `None` if the dataset is there then.
    pub(super) fn open(dir: &'a Path, source: &Source, waiting: &mut dyn FnMut()) -> Result<Option<Draft<'a>>> {
        if is_whole(dir, source)? {
            return Ok(None);
        }
        let beside = |end: &str| {
            let mut name = OsString::from(".");
            name.push(dir.file_name().unwrap_or_default());
            name.push(end);
            dir.with_file_name(name)
        };
        let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        attempt("make folder", || fs::create_dir_all(parent)).map_err(cannot("make", parent))?;
        let path = beside(".lock");
        if fs::metadata(&path).is_ok_and(|about| !about.is_file()) {
            let source = std::io::Error::other("it is not a regular file");
            return Err(Error::Io { action: "write", path, source });
        }
        let open = || File::options().append(true).create(true).open(&path);
        let lock = attempt("create", open).map_err(cannot("write", &path))?;
        // Some file systems do not support locks. There, two downloads at once may disturb each other, but sums are still checked.
        if let Err(TryLockError::WouldBlock) = lock.try_lock() {
            waiting();
            lock.lock().ok();
            if is_whole(dir, source)? {
                return Ok(None);
            }
        }
        let folder = beside(".part");
        attempt("make folder", || fs::create_dir_all(&folder)).map_err(cannot("make", &folder))?;
        let draft = Draft { dir, folder, _lock: lock };
        draft.sweep(source)?;
        Ok(Some(draft))
    }

    /// Removes all files but those of the source: temporary files of killed processes.
    fn sweep(&self, source: &Source) -> Result<()> {
        let folder = &self.folder;
        let read = || fs::read_dir(folder)?.collect::<std::io::Result<std::vec::Vec<_>>>();
        for entry in attempt("read folder", read).map_err(cannot("read", folder))? {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let name = name.strip_suffix(".gz").unwrap_or(&name);
            if source.files.iter().all(|file| file.name != name) {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }

    /// Gives the folder its name.
    pub(super) fn publish(self, source: &Source) -> Result<()> {
        // Only an empty folder is removed.
        attempt("remove folder", || fs::remove_dir(self.dir)).ok();
        if let Err(error) = attempt("rename", || fs::rename(&self.folder, self.dir)) {
            // Without locks, another process may have been faster.
            return if is_whole(self.dir, source)? { Ok(()) } else { Err(cannot("make", self.dir)(error)) };
        }
        sync_folder(self.dir).map_err(cannot("sync the folder of", self.dir))
    }

    /// Removes all that has come.
    pub(super) fn discard(self) {
        attempt("remove folder", || fs::remove_dir_all(&self.folder)).ok();
    }
}

/// Whether the files of `source` are in `dir`, with their lengths. It is an error if there is only something else.
fn is_whole(dir: &Path, source: &Source) -> Result<bool> {
    let mut entries = match attempt("read folder", || fs::read_dir(dir)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == NotFound => return Ok(false),
        Err(error) => return Err(cannot("look into", dir)(error)),
    };
    let len = |name: &str| fs::metadata(dir.join(name)).map(|about| about.len()).ok();
    match source.files.iter().find(|file| len(&file.name) != Some(file.len)) {
        None => Ok(true),
        Some(_) if entries.next().is_none() => Ok(false),
        Some(file) => Err(Error::Format {
            path: dir.into(),
            what: "folder",
            found: std::format!("other files, but no whole {}", file.name),
            expected: "no such folder, to download to: remove it".into(),
        }),
    }
}
