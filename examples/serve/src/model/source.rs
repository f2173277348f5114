//! Where models come from: the binary, a file, or a folder of versions.

use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use super::repository::number;
use crate::protocol::shown;

/// The name of a version's file, in its folder.
const FILE: &str = "model.safetensors";

pub enum Source {
    /// The model inside the binary.
    Embedded,
    /// One file, as version 1.
    File(PathBuf),
    /// `NAME/VERSION/model.safetensors`, as in Triton's model repository.
    Folder(PathBuf),
}

/// A version that there should be.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    pub name: String,
    pub version: u64,
    pub file: PathBuf,
}

/// `digits, version 1`
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, version {}", shown(&self.name), self.version)
    }
}

impl Source {
    /// The versions with a file. `name` is that of the model in the binary or in a single file.
    ///
    /// # Errors
    /// If a folder cannot be read.
    pub fn list(&self, name: &str) -> io::Result<Vec<Place>> {
        match self {
            Source::Embedded => Ok(vec![]),
            Source::File(file) => Ok(vec![Place { name: name.into(), version: 1, file: file.clone() }]),
            Source::Folder(root) => {
                let mut places = vec![];
                for (name, folder) in folders(root)? {
                    for (version, folder) in folders(&folder)? {
                        if let Some(version) = number(&version) {
                            places.push(Place { name: name.clone(), version, file: folder.join(FILE) });
                        }
                    }
                }
                places.sort();
                Ok(places)
            }
        }
    }
}

/// The folders in a folder, but for hidden ones, and those whose names no request could have. Links are followed: a mounted
/// configuration consists of them.
fn folders(root: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut folders = vec![];
    for entry in fs::read_dir(root)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).filter(|name| !name.starts_with('.'));
        if let (Some(name), true) = (name, path.is_dir()) {
            folders.push((name.to_string(), path));
        }
    }
    Ok(folders)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_models_and_these_have_versions() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["digits/1", "digits/12", "digits/latest", "digits/01", "letters/3", ".hidden/1", "empty"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        fs::write(root.path().join("digits/2"), "").unwrap();
        let found = Source::Folder(root.path().into()).list("unused").unwrap();
        let found: Vec<_> = found.iter().map(|place| (&*place.name, place.version)).collect();
        assert_eq!(found, [("digits", 1), ("digits", 12), ("letters", 3)]);
        assert!(Source::Folder(root.path().join("none")).list("unused").is_err());
    }
}
