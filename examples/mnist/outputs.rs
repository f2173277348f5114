//! What a training leaves behind: whether it can be written is found out before the training, not after it.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf, absolute};

use shapeproof::io::destination;

use crate::options::Options;

/// Finds out whether all that is asked for could be written, each to a place of its own. Nothing is left behind.
///
/// # Errors
/// What could not, and why.
pub fn check(options: &Options) -> Result<(), Box<dyn Error>> {
    let mut places: Vec<(PathBuf, &str)> = Vec::new();
    for (option, path) in options.outputs() {
        let place = match option {
            "--checkpoint" => Some(folder(path).map_err(|error| format!("cannot write {}: {error}", path.display()))?),
            _ => destination(path)?,
        };
        let Some(place) = place else { continue };
        if let Some((_, other)) = places.iter().find(|(taken, _)| *taken == place) {
            return Err(
                format!("{option}: found {}, as for {other}, expected a place of its own", path.display()).into()
            );
        }
        places.push((place, option));
    }
    // What is in the folder of checkpoints is taken for one, or removed.
    let folder = places.iter().find(|(_, option)| *option == "--checkpoint").map(|(folder, _)| &**folder);
    match places.iter().find(|(place, _)| folder.is_some() && place.parent() == folder) {
        Some((_, option)) => {
            Err(format!("{option}: found a file in the folder of --checkpoint, expected one elsewhere").into())
        }
        None => Ok(()),
    }
}

/// Where a folder called `path` is, or would be made.
fn folder(path: &Path) -> io::Result<PathBuf> {
    let path = absolute(path)?;
    let there = path.ancestors().find(|path| path.exists()).ok_or(io::ErrorKind::NotFound)?;
    tempfile::tempfile_in(there)?;
    let missing = path.strip_prefix(there).map_err(io::Error::other)?;
    Ok(there.canonicalize()?.join(missing))
}
