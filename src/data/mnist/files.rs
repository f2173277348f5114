//! The four files of a set in a folder: where they are, and what is in those of labels.

use std::boxed::Box;
use std::format;
use std::fs;
use std::io::ErrorKind::{NotADirectory, NotFound};
use std::path::{Path, PathBuf};
use std::vec::Vec;

use super::set::{FileName, Set};
use crate::data::idx::Idx;
use crate::error::{Error, Result};
use crate::file::{attempt, cannot};

/// The paths of the four files in `dir`.
pub(super) fn files(set: Set, dir: &Path) -> Result<[[PathBuf; 2]; 2]> {
    let mut missing = Vec::new();
    let mut found = [const { [const { PathBuf::new() }; 2] }; 2];
    for (file, path) in set.files().as_flattened().iter().zip(found.as_flattened_mut()) {
        match locate(dir, *file)? {
            Some(there) => *path = there,
            None => missing.push(format!("{}-{}", file.0, file.1)),
        }
    }
    if missing.is_empty() {
        return Ok(found);
    }
    let found = if dir.is_dir() { format!("no {}", missing.join(", no ")) } else { "no such folder".into() };
    Err(Error::Format { path: dir.into(), what: set.name(), found, expected: "its four IDX files".into() })
}

/// Whether `dir` has any of the four files.
pub(super) fn holds_some(set: Set, dir: &Path) -> Result<bool> {
    for file in set.files().as_flattened() {
        if locate(dir, *file)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The path of a file in `dir`, under any of its names. A compressed file counts: the error on opening it says what to do.
fn locate(dir: &Path, (stem, suffix): FileName) -> Result<Option<PathBuf>> {
    for end in ["", ".gz"] {
        for separator in ["-", "."] {
            let path = dir.join(format!("{stem}{separator}{suffix}{end}"));
            if is_there(&path)? {
                return Ok(Some(path));
            }
        }
    }
    Ok(None)
}

/// Whether there is anything of this name. It is an error if permissions prevent the check.
fn is_there(path: &Path) -> Result<bool> {
    match attempt("metadata", || fs::metadata(path)) {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Ok(false),
        Err(error) => Err(cannot("look for", path)(error)),
    }
}

/// Reads a file of class indices: one byte each, or, in QMNIST, the first of eight `i32`.
pub(super) fn labels(set: Set, path: &Path) -> Result<Idx<u8>> {
    if set != Set::Qmnist {
        return Idx::read(path);
    }
    let rows = Idx::<[i32; 8]>::read(path)?;
    let class = |(index, row): (usize, &[i32; 8])| {
        u8::try_from(row[0]).map_err(|_| Error::Format {
            path: path.into(),
            what: "label",
            found: format!("{} at index {index}", row[0]),
            expected: "a class below 10".into(),
        })
    };
    let classes = rows.iter().enumerate().map(class).collect::<Result<Box<[u8]>>>()?;
    Ok(Idx::in_memory(classes))
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;
    use crate::data::idx;

    #[test]
    fn the_class_is_the_first_of_eight_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("qmnist-test-labels-idx2-int");
        idx::write(&path, &[[7, 0, 1, -5, 500_000, 6, 0, 0], [3; 8]]).unwrap();
        assert_eq!(*labels(Set::Qmnist, &path).unwrap(), [7, 3]);
        for wrong in [-1, 256, i32::MAX] {
            idx::write(&path, &[[7; 8], [wrong, 0, 0, 0, 0, 0, 0, 0]]).unwrap();
            let error = labels(Set::Qmnist, &path).unwrap_err().to_string();
            let expected = format!("label: found {wrong} at index 1, expected a class below 10");
            assert!(error.ends_with(&expected), "{error}");
        }
        idx::write(&path, &[7_u8; 4]).unwrap();
        let error = labels(Set::Qmnist, &path).unwrap_err().to_string();
        assert!(error.contains("element type: found 0x08 (u8), expected 0x0c (i32)"), "{error}");
    }
}
