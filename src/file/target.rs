//! What a path to be written refers to.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::attempt;
use super::system::{PIPE, kind, own_output};
use super::temporary::Temporary;

/// Where to write.
pub(super) enum Target {
    /// This process's standard output or error, of any kind.
    Own(File),
    /// A device or a pipe: nothing is replaced.
    Stream(Metadata),
    /// A file of this name, with the metadata of the existing one.
    File(PathBuf, Option<Metadata>),
}

impl Target {
    /// Resolves `path` and its links. It is an error if the target is not writable.
    pub(super) fn of(path: &Path) -> io::Result<Target> {
        let there = match attempt("metadata", || fs::metadata(path)) {
            Ok(there) => there,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Target::File(follow(path)?, None)),
            Err(error) => return Err(error),
        };
        if there.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
        }
        if let Some(own) = own_output(&there)? {
            return Ok(Target::Own(own));
        }
        if !there.is_file() {
            return Ok(Target::Stream(there));
        }
        let real = follow(path)?;
        // The file will be replaced, which would not need write permission on it; it is required nevertheless.
        let old = open(&real)?;
        let old = attempt("metadata", || old.metadata())?;
        Ok(Target::File(real, Some(old)))
    }
}

/// Opens an existing file, device or pipe for writing. On a pipe this blocks until it has a reader.
pub(super) fn open(path: &Path) -> io::Result<File> {
    attempt("open", || File::options().write(true).open(path))
}

/// Returns where a file named `path` would be written, after checking that it can: see
/// [`io::destination`](crate::io::destination).
pub(crate) fn destination(path: &Path) -> io::Result<Option<PathBuf>> {
    match Target::of(path)? {
        Target::Own(_) => Ok(None),
        Target::Stream(about) if kind(&about) == PIPE => Ok(None),
        Target::Stream(_) => open(path).map(|_| None),
        Target::File(real, _) => {
            // Only creating a file shows whether one can be created.
            Temporary::beside(&real, &mut OpenOptions::new())?;
            let folder = Path::new(".").join(real.parent().unwrap_or(Path::new("")));
            let folder = attempt("find folder", || folder.canonicalize())?;
            Ok(real.file_name().map(|name| folder.join(name)))
        }
    }
}

/// Follows the links from `path`. The file at the end need not exist.
fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut real = path.to_path_buf();
    // Linux follows up to 40 links.
    for _ in 0..=40 {
        match attempt("metadata", || fs::symlink_metadata(&real)) {
            Ok(there) if there.is_symlink() => {
                let link = attempt("read link", || fs::read_link(&real))?;
                real = real.parent().unwrap_or(Path::new("")).join(link);
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ if !ends_with_name(&real) => return Err(io::ErrorKind::InvalidFilename.into()),
            _ => return Ok(real),
        }
    }
    Err(io::Error::other("it is a link to a link to a link …"))
}

/// Whether a path ends with a file name. `a/` and `a/.` do not: Rust returns a name for them, but they mean a folder.
fn ends_with_name(path: &Path) -> bool {
    path.file_name().is_some_and(|name| path.as_os_str().as_encoded_bytes().ends_with(name.as_encoded_bytes()))
}

#[cfg(test)]
mod tests {
    use std::string::ToString;
    use std::vec::Vec;

    use super::*;
    use crate::file::fault;

    #[test]
    fn each_operation_of_a_look_may_fail() {
        let folder = tempfile::tempdir().unwrap();
        for (name, old) in [("new", None), ("old", Some("old"))] {
            let path = folder.path().join(name);
            let mut operations = Vec::new();
            let found = fault::each(
                || {
                    old.inspect(|old| fs::write(&path, old).unwrap());
                    destination(&path)
                },
                |result, operation| {
                    operations.push(operation);
                    match result {
                        Ok(_) => assert_eq!(operation, "remove", "a file that is left is no reason not to write"),
                        Err(error) => assert_eq!(error.to_string(), std::format!("made to fail: {operation}")),
                    }
                    assert_eq!(fs::read_to_string(&path).ok().as_deref(), old, "{operation}");
                },
            );
            assert_eq!(found.unwrap(), Some(folder.path().canonicalize().unwrap().join(name)));
            assert!(
                ["metadata", "create", "remove", "find folder"].iter().all(|one| operations.contains(one)),
                "{operations:?}"
            );
        }
    }
}
