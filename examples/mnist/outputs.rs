//! What a training leaves behind: whether it can be written is found out before the training, not after it.

use std::ffi::OsStr;
use std::fs::{self, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf, absolute};

use crate::options::Options;

/// Finds out whether all that is asked for could be written, each to a place of its own. Nothing is left behind.
///
/// # Errors
/// What could not, and why.
pub fn check(options: &Options) -> Result<(), String> {
    let mut places: Vec<(PathBuf, &str)> = Vec::new();
    for (option, path) in options.outputs() {
        let place = if option == "--checkpoint" { folder(path) } else { file(path) };
        let place = place.map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        let Some(place) = place else { continue };
        if let Some((_, other)) = places.iter().find(|(taken, _)| *taken == place) {
            return Err(format!("{option}: found {}, as for {other}, expected a place of its own", path.display()));
        }
        places.push((place, option));
    }
    // What is in the folder of checkpoints is taken for one, or removed.
    let folder = places.iter().find(|(_, option)| *option == "--checkpoint").map(|(folder, _)| &**folder);
    match places.iter().find(|(place, _)| folder.is_some() && place.parent() == folder) {
        Some((_, option)) => {
            Err(format!("{option}: found a file in the folder of --checkpoint, expected one elsewhere"))
        }
        None => Ok(()),
    }
}

/// Where a file called `path` would be put; `None` if what it leads to is no file, but a device or a pipe.
fn file(path: &Path) -> io::Result<Option<PathBuf>> {
    match fs::metadata(path) {
        Ok(there) if there.is_dir() => return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder")),
        // Nobody may be reading yet.
        Ok(there) if is_pipe(&there) => return Ok(None),
        Ok(there) => {
            OpenOptions::new().write(true).open(path)?;
            if !there.is_file() {
                return Ok(None);
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    // It takes the place of what a link leads to, not that of the link.
    let mut path = path.to_path_buf();
    while let Ok(link) = fs::read_link(&path) {
        path.pop();
        path.push(link);
    }
    let mut folder = Path::new(".").join(&path);
    folder.pop();
    let folder = folder.canonicalize()?;
    // `a/` has a name for Rust, but means a folder.
    let is_last = |name: &&OsStr| path.as_os_str().as_encoded_bytes().ends_with(name.as_encoded_bytes());
    let name = path.file_name().filter(is_last).ok_or(io::ErrorKind::InvalidFilename)?;
    tempfile::tempfile_in(&folder)?;
    Ok(Some(folder.join(name)))
}

/// Where a folder called `path` is, or would be made.
fn folder(path: &Path) -> io::Result<Option<PathBuf>> {
    let path = absolute(path)?;
    let there = path.ancestors().find(|path| path.exists()).ok_or(io::ErrorKind::NotFound)?;
    tempfile::tempfile_in(there)?;
    let missing = path.strip_prefix(there).map_err(io::Error::other)?;
    Ok(Some(there.canonicalize()?.join(missing)))
}

#[cfg(unix)]
fn is_pipe(there: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&there.file_type())
}

#[cfg(not(unix))]
fn is_pipe(_: &Metadata) -> bool {
    false
}
