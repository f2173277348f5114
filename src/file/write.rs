//! Writing files atomically.

use std::fs::{File, Metadata, OpenOptions};
use std::io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::system::{adopt, keep_private};
use super::target::{Target, open};
use super::temporary::Temporary;
use super::{Attempts, attempt, cannot};
use crate::error::Result;

/// Writes the file `path` atomically: see [`io::write_atomically`](crate::io::write_atomically).
pub(crate) fn write_atomically(path: &Path, contents: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    match Target::of(path).map_err(cannot("write", path))? {
        Target::Own(file) => fill(file, contents).map(drop).map_err(cannot("write", path)),
        Target::Stream(_) => open(path).and_then(|file| fill(file, contents)).map(drop).map_err(cannot("write", path)),
        Target::File(real, old) => {
            replace(&real, old, contents).map_err(cannot("write", path))?;
            sync_folder(&real).map_err(cannot("sync the folder of", path))
        }
    }
}

fn fill(file: File, contents: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<File> {
    let mut writer = BufWriter::new(Attempts(file));
    contents(&mut writer)?;
    Ok(writer.into_inner()?.0)
}

fn replace(
    path: &Path,
    old: Option<Metadata>,
    contents: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut options = OpenOptions::new();
    if old.is_some() {
        keep_private(&mut options);
    }
    let (temporary, file) = Temporary::beside(path, &mut options)?;
    let file = fill(file, contents)?;
    if let Some(old) = old {
        adopt(&file, &old)?;
    }
    attempt("sync", || file.sync_all())?;
    drop(file);
    temporary.rename(path)
}

/// Syncs the folder of `path`, after which the new name is on disk.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let sync =
        attempt("open folder", || File::open(folder)).and_then(|folder| attempt("sync folder", || folder.sync_all()));
    match sync {
        // A folder that is writable but not readable cannot be synced, and some file systems do not support it (some report
        // `EBADF`). Nothing more can be done there, and the file is complete either way.
        Err(error) if matches!(error.kind(), PermissionDenied | InvalidInput | Unsupported) => Ok(()),
        Err(error) if error.raw_os_error() == Some(9) => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::fs;
    use std::string::{String, ToString};
    use std::vec::Vec;

    use super::*;
    use crate::file::fault;

    fn write(path: &Path, bytes: &[u8]) -> Result<()> {
        write_atomically(path, |writer| bytes.chunks(10_000).try_for_each(|chunk| writer.write_all(chunk)))
    }

    fn names(folder: &Path) -> Vec<String> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn what_is_written_takes_the_place_of_what_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for text in ["old", "newer"] {
            write(&path, text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            assert_eq!(names(folder.path()), ["file"]);
        }
    }

    #[test]
    fn contents_may_fail() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "old").unwrap();
        let error = write_atomically(&path, |writer| {
            writer.write_all(b"new")?;
            Err(io::Error::other("the disk is full"))
        });
        assert_eq!(error.unwrap_err().to_string(), format!("cannot write {}: the disk is full", path.display()));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["file"]);
    }

    /// Tests a new file, a replaced one, and one at the end of a link.
    #[test]
    fn each_operation_may_fail() {
        let folder = tempfile::tempdir().unwrap();
        let new = [b'n'; 30_000];
        for (name, old) in [("new", None), ("replaced", Some(b"old")), ("linked", Some(b"old"))] {
            let real = folder.path().join(name);
            let path = if name == "linked" { folder.path().join("link") } else { real.clone() };
            #[cfg(unix)]
            if path != real {
                std::os::unix::fs::symlink(&real, &path).unwrap();
            }
            #[cfg(not(unix))]
            let path = real.clone();
            let before = || {
                fs::remove_file(&real).ok();
                old.inspect(|&old| fs::write(&real, old).unwrap());
                names(folder.path()).len()
            };
            let mut operations = Vec::new();
            let result = fault::each(
                || (before(), write(&path, &new)),
                |(count, result), operation| {
                    operations.push(operation);
                    let action = if operation.contains("folder") { "sync the folder of" } else { "write" };
                    let expected = format!("cannot {action} {}: made to fail: {operation}", path.display());
                    assert_eq!(result.unwrap_err().to_string(), expected);
                    let now = fs::read(&real).ok();
                    let is_new = now.as_deref() == Some(&new);
                    assert!(is_new || now.as_deref() == old.map(|old| &old[..]), "{operation}");
                    assert_eq!(is_new, operation.contains("folder"), "{operation}");
                    assert_eq!(names(folder.path()).len(), count + usize::from(is_new && old.is_none()), "{operation}");
                },
            );
            result.1.unwrap();
            assert_eq!(fs::read(&real).unwrap(), new);
            let all = ["metadata", "create", "write", "sync", "rename", "open folder", "sync folder"];
            let all = &all[..if cfg!(unix) { 7 } else { 5 }];
            assert!(all.iter().all(|operation| operations.contains(operation)), "{operations:?}");
        }
    }

    /// Otherwise another user could open the file while it is written, and read it later.
    #[cfg(unix)]
    #[test]
    fn what_is_secret_is_never_open_to_others() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for mode in [0o600, 0o640, 0o604] {
            fs::write(&path, "old").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let contents = |_: &mut dyn Write| {
                for entry in fs::read_dir(&folder).unwrap() {
                    let now = entry.unwrap().metadata().unwrap().permissions().mode() & 0o777;
                    assert_eq!(now & !mode, 0, "{now:o}, but {mode:o} when it is done");
                }
                Ok(())
            };
            write_atomically(&path, contents).unwrap();
        }
    }

    /// A process may be killed at any operation.
    #[test]
    fn a_write_may_end_anywhere() {
        let folder = tempfile::tempdir().unwrap();
        let (path, new) = (folder.path().join("step-file"), [b'n'; 30_000]);
        for n in 0.. {
            fs::write(&path, "old").unwrap();
            let (result, failed) = fault::from(n, || write(&path, &new));
            let now = fs::read(&path).unwrap();
            assert!(now == b"old" || now == new, "{failed:?}");
            #[cfg(feature = "safetensors")]
            crate::file::remove_temporaries(folder.path(), "step-");
            #[cfg(feature = "safetensors")]
            assert_eq!(names(folder.path()), ["step-file"], "{failed:?}");
            if failed.is_none() {
                result.unwrap();
                break;
            }
        }
    }
}
