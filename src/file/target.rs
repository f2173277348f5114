//! What a path leads to that is to be written.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::attempt;
use super::system::own_output;

/// Where to write.
pub(super) enum Target {
    /// A device or a pipe: what is written is gone.
    Stream(File),
    /// A file by this name, and what is known of the one that is there now.
    File(PathBuf, Option<Metadata>),
}

impl Target {
    /// Follows `path` to the end of its links. It is an error if what is there may not be written to.
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
            return Ok(Target::Stream(own));
        }
        if !there.is_file() {
            return Ok(Target::Stream(attempt("open", || File::options().write(true).open(path))?));
        }
        let real = follow(path)?;
        // Another file will take its place, but that is for those who may write to this one.
        let old = attempt("open", || File::options().write(true).open(&real))?;
        let old = attempt("metadata", || old.metadata())?;
        Ok(Target::File(real, Some(old)))
    }
}

/// The file at the end of the links that `path` may be the first of; it need not be there.
fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut real = path.to_path_buf();
    // As many as Linux follows.
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

/// `a/` and `a/.` do not: they have a name for Rust, but mean a folder.
fn ends_with_name(path: &Path) -> bool {
    path.file_name().is_some_and(|name| path.as_os_str().as_encoded_bytes().ends_with(name.as_encoded_bytes()))
}
