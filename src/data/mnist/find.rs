//! The places where a dataset is searched for, and the substitute for MNIST.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};

use super::files::holds_some;
use super::{Mnist, Set};
use crate::error::Result;

/// Where images come from. Prints as one line for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A folder with the files of a dataset.
    Folder {
        /// The dataset.
        set: Set,
        /// The folder.
        dir: PathBuf,
        /// Which of the places it is.
        place: Place,
    },
    /// Not MNIST: digits generated in memory from a seed.
    Synthetic,
}

/// The places of a dataset, in the order in which [`find`] searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The folder passed as an argument.
    Argument,
    /// The folder that the environment variable names: `MNIST_DIR`.
    Environment,
    /// Its folder in `data`, in the working directory: `data/mnist`.
    WorkingDir,
    /// Its folder in the user's cache folder: `shapeproof/mnist`.
    Cache,
}

impl Origin {
    /// The folder of the files, if there is one.
    pub fn dir(&self) -> Option<&Path> {
        match self {
            Origin::Folder { dir, .. } => Some(dir),
            Origin::Synthetic => None,
        }
    }

    /// Reads the images, or generates 10,000 digits for training and 2,000 for testing.
    ///
    /// # Errors
    ///
    /// As [`Set::read`].
    pub fn read(&self) -> Result<Mnist> {
        match self {
            Origin::Folder { set, dir, .. } => set.read(dir),
            Origin::Synthetic => Ok(drawn()),
        }
    }

    /// Like [`read`](Origin::read), but image files are memory-mapped.
    ///
    /// # Safety
    ///
    /// As [`Set::map`]: nobody may write to the files, or shorten them, as long as they are mapped.
    ///
    /// # Errors
    ///
    /// As [`Set::map`].
    #[allow(unsafe_code)]
    pub unsafe fn map(&self) -> Result<Mnist> {
        match self {
            // SAFETY: the caller guarantees what `Set::map` requires.
            Origin::Folder { set, dir, .. } => unsafe { Set::map(*set, dir) },
            Origin::Synthetic => Ok(drawn()),
        }
    }
}

fn drawn() -> Mnist {
    Mnist::synthetic(10_000, 2_000)
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Origin::Folder { set, dir, place } = self else { return write!(f, "synthetic digits, not MNIST") };
        write!(f, "{set} from {}", dir.display())?;
        match place {
            Place::Argument => Ok(()),
            Place::Environment => write!(f, " ({})", set.variable()),
            Place::WorkingDir => write!(f, " (working directory)"),
            Place::Cache => write!(f, " (cache)"),
        }
    }
}

/// Finds MNIST, or falls back to synthetic digits: [`Set::find`], otherwise [synthetic](mod@crate::data::synthetic) digits.
///
/// This only searches; the result [reads](Origin::read) or [maps](Origin::map) the digits. Synthetic digits are generated each time
/// and not stored in a folder, where others might replace them.
///
/// # Errors
///
/// As [`Set::find`].
pub fn find(dir: Option<&Path>, cache: Option<&Path>) -> Result<Origin> {
    Ok(Set::Mnist.find(dir, cache)?.unwrap_or(Origin::Synthetic))
}

impl Set {
    /// Finds the files of this set. Returns the first of these that applies, here with the names for MNIST:
    ///
    /// 1. `dir`, if given, whatever the folder contains,
    /// 2. the folder named by the environment variable `MNIST_DIR` ([`variable`](Set::variable)), if set, whatever it contains,
    /// 3. `data/mnist` ([`folder`](Set::folder)) in the working directory, if it has any of the four files,
    /// 4. `shapeproof/mnist` in `cache`, the user's cache folder, if it has any of the four files.
    ///
    /// # Errors
    ///
    /// [`Error::Io`](crate::Error::Io) if it cannot be determined whether 3 or 4 has the files.
    pub fn find(self, dir: Option<&Path>, cache: Option<&Path>) -> Result<Option<Origin>> {
        let environment = env::var_os(self.variable()).filter(|dir| !dir.is_empty()).map(PathBuf::from);
        let working_dir = Path::new("data").join(self.folder());
        Places { set: self, dir, environment, working_dir: &working_dir, cache }.find()
    }

    /// Its folder in `cache`, the user's cache folder: `shapeproof/mnist`.
    pub fn cached(self, cache: &Path) -> PathBuf {
        cache.join("shapeproof").join(self.folder())
    }
}

/// Everything that [`Set::find`] depends on.
struct Places<'a> {
    set: Set,
    dir: Option<&'a Path>,
    environment: Option<PathBuf>,
    working_dir: &'a Path,
    cache: Option<&'a Path>,
}

impl Places<'_> {
    fn find(&self) -> Result<Option<Origin>> {
        let set = self.set;
        let found = |dir: &Path, place| Ok(Some(Origin::Folder { set, dir: dir.into(), place }));
        if let Some(dir) = self.dir {
            return found(dir, Place::Argument);
        }
        if let Some(dir) = &self.environment {
            return found(dir, Place::Environment);
        }
        if holds_some(set, self.working_dir)? {
            return found(self.working_dir, Place::WorkingDir);
        }
        if let Some(dir) = self.cache.map(|cache| set.cached(cache))
            && holds_some(set, &dir)?
        {
            return found(&dir, Place::Cache);
        }
        Ok(None)
    }
}

/// For tests: writes `count` digits for training, and one for testing, to `dir`, under the names of the real files.
#[cfg(test)]
pub(super) fn put(dir: &Path, count: usize) {
    put_set(Set::Mnist, dir, count);
}

/// For tests: the same, as the files of a set.
#[cfg(test)]
pub(super) fn put_set(set: Set, dir: &Path, count: usize) {
    use crate::data::{idx, synthetic};
    std::fs::create_dir_all(dir).unwrap();
    let path = |name: (&str, &str)| dir.join(std::format!("{}-{}", name.0, name.1));
    for (count, [images, labels]) in [count, 1].into_iter().zip(set.files()) {
        let digits = synthetic::digits(count, 1);
        idx::write(path(images), &digits.0).unwrap();
        match set {
            Set::Qmnist => {
                let rows: std::vec::Vec<_> = digits.1.iter().map(|&class| [i32::from(class); 8]).collect();
                idx::write(path(labels), &rows).unwrap();
            }
            _ => idx::write(path(labels), &digits.1).unwrap(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::fs;
    use std::string::ToString;

    use super::*;
    use crate::data::Dataset;
    use crate::file::fault;

    #[test]
    fn the_first_place_that_has_it_wins() {
        let root = tempfile::tempdir().unwrap();
        let [argument, variable, working_dir, cache] =
            ["argument", "variable", "working", "cache"].map(|name| root.path().join(name));
        let set = Set::Mnist;
        let mut places = Places { set, dir: None, environment: None, working_dir: &working_dir, cache: None };
        let origin = |dir: &Path, place| Some(Origin::Folder { set, dir: dir.into(), place });

        assert_eq!(places.find().unwrap(), None);
        places.cache = Some(&cache);
        assert_eq!(places.find().unwrap(), None);
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0, "nothing is written");

        let cached = cache.join("shapeproof/mnist");
        put(&cached, 4);
        assert_eq!(places.find().unwrap(), origin(&cached, Place::Cache));
        put(&working_dir, 3);
        assert_eq!(places.find().unwrap(), origin(&working_dir, Place::WorkingDir));
        places.environment = Some(variable.clone());
        assert_eq!(places.find().unwrap(), origin(&variable, Place::Environment));
        put(&argument, 7);
        places.dir = Some(&argument);
        assert_eq!(places.find().unwrap(), origin(&argument, Place::Argument));
        let origin = places.find().unwrap().unwrap();
        assert_eq!(origin.to_string(), format!("MNIST from {}", argument.display()));
        assert_eq!(origin.read().unwrap().train.len(), 7);
        // SAFETY: no other process uses the files.
        #[allow(unsafe_code)]
        let mapped = unsafe { origin.map() }.unwrap();
        assert_eq!((mapped.train.len(), mapped.test.len()), (7, 1));
    }

    #[test]
    fn half_of_it_is_not_none_of_it() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path();
        let nowhere = dir.join("nowhere");
        let set = Set::Mnist;
        let mut places = Places { set, dir: None, environment: None, working_dir: dir, cache: None };
        put(dir, 3);
        fs::remove_file(dir.join("train-labels-idx1-ubyte")).unwrap();
        let error = places.find().unwrap().unwrap().read().unwrap_err().to_string();
        assert!(error.contains("found no train-labels-idx1-ubyte, expected"), "{error}");

        // A folder that is named must exist.
        places.environment = Some(nowhere.clone());
        let error = places.find().unwrap().unwrap().read().unwrap_err().to_string();
        assert!(error.ends_with("nowhere: MNIST: found no such folder, expected its four IDX files"), "{error}");
    }

    #[test]
    fn a_place_that_cannot_be_looked_at_is_not_passed_over() {
        let root = tempfile::tempdir().unwrap();
        let (working_dir, cache) = (root.path().join("working"), root.path().join("cache"));
        let set = Set::Mnist;
        let places = Places { set, dir: None, environment: None, working_dir: &working_dir, cache: Some(&cache) };
        let mut failed = 0;
        let found = fault::each(
            || places.find(),
            |result, operation| {
                failed += 1;
                let error = result.unwrap_err().to_string();
                assert!(error.starts_with("cannot look for ") && error.ends_with(operation), "{error}");
            },
        );
        assert_eq!((found.unwrap(), failed), (None, 32), "two folders, four files, four names");
    }
}
