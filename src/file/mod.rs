//! Reading and atomic writing of files, with errors that name them.

mod attempt;
#[cfg(test)]
pub(crate) mod fault;
#[cfg(feature = "safetensors")]
mod read;
#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(not(unix), path = "other.rs")]
mod system;
mod target;
mod temporary;
mod write;

use std::fs::{self, File};
use std::io;
use std::path::Path;

pub(crate) use self::attempt::{Attempts, attempt};
#[cfg(feature = "safetensors")]
pub(crate) use self::read::read;
use self::system::kind;
pub(crate) use self::target::destination;
#[cfg(feature = "safetensors")]
pub(crate) use self::temporary::remove_temporaries;
#[cfg(feature = "download")]
pub(crate) use self::write::sync_folder;
pub(crate) use self::write::write_atomically;
use crate::error::{Error, Result};

/// For `map_err`: "cannot `action` `path`: …".
pub(crate) fn cannot(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::Io { action, path: path.into(), source }
}

/// Opens a regular file for reading, and returns its length. Pipes and devices are refused without opening them: opening might
/// block forever or have side effects.
pub(crate) fn open(path: &Path) -> Result<(Attempts, u64)> {
    let checked = |about: fs::Metadata| match about.is_file() {
        true => Ok(about.len()),
        false => Err(Error::Format {
            path: path.into(),
            what: "file type",
            found: kind(&about).into(),
            expected: "a regular file".into(),
        }),
    };
    checked(attempt("metadata", || fs::metadata(path)).map_err(cannot("open", path))?)?;
    let file = attempt("open", || File::open(path)).map_err(cannot("open", path))?;
    // Checked again on the open file: `path` may have been replaced in between.
    let len = checked(attempt("metadata", || file.metadata()).map_err(cannot("open", path))?)?;
    Ok((Attempts(file), len))
}
