//! Temporary files, which are renamed once they are complete.

use std::format;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};

use super::attempt;

/// A temporary file that is to replace another. It is removed on drop unless it has been renamed.
pub(super) struct Temporary {
    path: PathBuf,
    is_there: bool,
}

/// `.step-00000860.safetensors.0123456789abcdef.tmp`
const SUFFIX: &str = ".tmp";
/// The number of digits of a unique number. It is random, because process ids are reused and are often 1 in containers.
const DIGITS: usize = 16;
/// The maximum length of the part taken from the other file's name, so that the name does not exceed the usual 255 bytes.
const STEM: usize = 64;

impl Temporary {
    /// Creates it in the folder of `path`, with `options`.
    pub(super) fn beside(path: &Path, options: &mut OpenOptions) -> io::Result<(Temporary, File)> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let stem = &name[..name.floor_char_boundary(STEM)];
        let number = RandomState::new().hash_one(());
        let path = path.with_file_name(format!(".{stem}.{number:0DIGITS$x}{SUFFIX}"));
        let file = attempt("create", || options.write(true).create_new(true).open(&path))?;
        Ok((Temporary { path, is_there: true }, file))
    }

    /// Renames it to `path`, replacing an existing file.
    pub(super) fn rename(mut self, path: &Path) -> io::Result<()> {
        attempt("rename", || fs::rename(&self.path, path))?;
        self.is_there = false;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if self.is_there {
            attempt("remove", || fs::remove_file(&self.path)).ok();
        }
    }
}

/// Removes the temporary files of killed processes from `folder`, for files whose names begin with `prefix`. No process may be
/// writing such files.
#[cfg(feature = "safetensors")]
pub(crate) fn remove_temporaries(folder: &Path, prefix: &str) {
    for entry in attempt("read folder", || fs::read_dir(folder)).into_iter().flatten().flatten() {
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_file && entry.file_name().to_str().and_then(stem).is_some_and(|stem| stem.starts_with(prefix)) {
            attempt("remove", || fs::remove_file(entry.path())).ok();
        }
    }
}

/// The part of a temporary file's name that is taken from the other file; `None` if it is not the name of a temporary file.
#[cfg(feature = "safetensors")]
fn stem(name: &str) -> Option<&str> {
    let (stem, number) = name.strip_prefix('.')?.strip_suffix(SUFFIX)?.rsplit_once('.')?;
    let is_number = number.len() == DIGITS && number.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    is_number.then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> std::vec::Vec<std::string::String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: std::vec::Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn it_is_gone_unless_it_is_renamed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        drop(Temporary::beside(&path, &mut OpenOptions::new()).unwrap());
        assert!(names(folder.path()).is_empty());
        Temporary::beside(&path, &mut OpenOptions::new()).unwrap().0.rename(&path).unwrap();
        assert_eq!(names(folder.path()), ["file"]);
    }

    #[test]
    fn its_name_is_never_too_long() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["x", &"x".repeat(255), &"数".repeat(85)] {
            let (temporary, _) = Temporary::beside(&folder.path().join(name), &mut OpenOptions::new()).unwrap();
            let found = temporary.path.file_name().unwrap().to_str().unwrap();
            assert!(found.len() <= 1 + STEM + 1 + DIGITS + SUFFIX.len(), "{found}");
            #[cfg(feature = "safetensors")]
            assert!(stem(found).is_some_and(|stem| name.starts_with(stem)), "{found}");
        }
    }

    #[cfg(feature = "safetensors")]
    #[test]
    fn only_its_kind_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let others = [
            ".other.0123456789abcdef.tmp",
            ".step-1.0123456789ABCDEF.tmp",
            ".step-1.0123456789abcdef",
            ".step-1.123456789abcdef.tmp",
            ".step-by-step.tmp",
            ".step-folder.0123456789abcdef.tmp",
            "step-1",
            "step-1.0123456789abcdef.tmp",
        ];
        for name in others {
            let path = folder.path().join(name);
            if name.contains("folder") { fs::create_dir(path).unwrap() } else { fs::write(path, "").unwrap() }
        }
        let (left, _) = Temporary::beside(&folder.path().join("step-1"), &mut OpenOptions::new()).unwrap();
        std::mem::forget(left);
        assert_eq!(names(folder.path()).len(), others.len() + 1);
        remove_temporaries(folder.path(), "step-");
        assert_eq!(names(folder.path()), others);
    }
}
