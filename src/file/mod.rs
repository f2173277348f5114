//! Files that are whole or not there, and errors that name them.

mod attempt;
#[cfg(test)]
pub(crate) mod fault;
mod read;

use std::format;
use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufWriter};
use std::path::Path;
use std::string::String;

pub(crate) use self::attempt::{Attempts, attempt};
#[allow(unused_imports)]
pub(crate) use self::read::read;
use crate::error::{Error, Result};

/// For `map_err`: "cannot `action` `path`: …".
pub(crate) fn cannot(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::Io { action, path: path.into(), source }
}

/// What is there, in words: `a folder`.
fn kind(about: &fs::Metadata) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let kind = about.file_type();
        if kind.is_fifo() {
            return "a pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    if about.is_dir() { "a folder" } else { "a file" }
}

/// Writes the file `path`, so that it is seen with all its contents or not at all, whoever looks and whenever the power
/// fails: the contents go to a temporary file beside it, which takes its name once they are safely on the disk.
pub(crate) fn write_atomically(
    path: &Path,
    contents: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<()> {
    let write = || {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?.to_string_lossy();
        let temporary = path.with_file_name(format!(".{name}.{}", unique()));
        let renamed = fill(&temporary, contents).and_then(|()| fs::rename(&temporary, path));
        if renamed.is_err() {
            fs::remove_file(&temporary).ok();
        }
        renamed
    };
    write().map_err(cannot("write", path))?;

    // The new name is on the disk once its folder is. Not every file system can sync a folder, and the file is whole
    // either way, so this may fail.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder).and_then(|folder| folder.sync_all()).ok();
    }
    Ok(())
}

fn fill(path: &Path, contents: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let mut writer = BufWriter::new(File::create_new(path)?);
    contents(&mut writer)?;
    writer.into_inner()?.sync_all()
}

/// Removes what writes of files whose names begin with `prefix` left in `folder` when their process was killed. Nobody must be
/// writing there.
#[cfg(feature = "safetensors")]
pub(crate) fn remove_temporaries(folder: &Path, prefix: &str) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if let Some(name) = name.to_str()
            && name.strip_prefix('.').is_some_and(|name| name.starts_with(prefix))
            && name.ends_with(TEMPORARY)
        {
            fs::remove_file(entry.path()).ok();
        }
    }
}

const TEMPORARY: &str = ".tmp";

/// A suffix that nobody else uses: random, because process numbers come back, and are often all 1 in containers.
fn unique() -> String {
    format!("{:016x}{TEMPORARY}", RandomState::new().hash_one(()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::string::ToString;

    use super::*;

    #[test]
    fn a_failed_write_leaves_everything_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old");
        fs::write(&path, "old").unwrap();
        let error = write_atomically(&path, |writer| {
            writer.write_all(b"new")?;
            Err(io::Error::other("the disk is full"))
        })
        .unwrap_err();
        assert_eq!(error.to_string(), format!("cannot write {}: the disk is full", path.display()));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn a_write_replaces_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for text in ["old", "newer"] {
            write_atomically(&path, |writer| writer.write_all(text.as_bytes())).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_is_not_a_file_to_write() {
        assert!(write_atomically(Path::new("/"), |_| Ok(())).is_err());
        assert!(write_atomically(Path::new(""), |_| Ok(())).is_err());
    }
}
