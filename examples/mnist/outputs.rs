//! The outputs of a training, checked before it starts.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf, absolute};

use shapeproof::io::destination;

use crate::options::Options;

/// Checks that all requested outputs could be written, each to a different place. Leaves no files behind.
///
/// # Errors
/// Which of them cannot, and why.
pub fn check(options: &Options) -> Result<(), Box<dyn Error>> {
    let mut places: Vec<(PathBuf, &str)> = Vec::new();
    for (option, path) in options.outputs() {
        let place = match option {
            "--checkpoint" | "--report-dir" | "--tensorboard" => {
                Some(folder(path).map_err(|error| format!("cannot write {}: {error}", path.display()))?)
            }
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
    // Files in the folder of checkpoints are taken for checkpoints, or removed; those of a report are replaced.
    for owner in ["--checkpoint", "--report-dir"] {
        let Some((folder, _)) = places.iter().find(|(_, option)| *option == owner) else { continue };
        if let Some((_, option)) = places.iter().find(|(place, _)| place.parent() == Some(folder)) {
            return Err(format!("{option}: found a file in the folder of {owner}, expected one elsewhere").into());
        }
    }
    Ok(())
}

/// The folder `path` as it is, or as it would be created.
fn folder(path: &Path) -> io::Result<PathBuf> {
    let path = absolute(path)?;
    let there = path.ancestors().find(|path| path.exists()).ok_or(io::ErrorKind::NotFound)?;
    destination(there.join("step")).map_err(|error| match error {
        shapeproof::Error::Io { source, .. } => source,
        error => io::Error::other(error),
    })?;
    let missing = path.strip_prefix(there).map_err(io::Error::other)?;
    Ok(there.canonicalize()?.join(missing))
}
