//! The places where MNIST is searched for, and its substitute.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};

use super::{FILES, Mnist, locate};
use crate::error::Result;

/// Where digits come from, in the order in which [`find`] searches. Prints as one line for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The folder passed as an argument.
    Argument(PathBuf),
    /// The folder that the environment variable `MNIST_DIR` names.
    Environment(PathBuf),
    /// `data/mnist` in the working directory.
    WorkingDir(PathBuf),
    /// `shapeproof/mnist` in the user's cache folder.
    Cache(PathBuf),
    /// Not MNIST: digits generated in memory from a seed.
    Synthetic,
}

impl Origin {
    /// The folder of the files, if there is one.
    pub fn dir(&self) -> Option<&Path> {
        match self {
            Origin::Argument(dir) | Origin::Environment(dir) | Origin::WorkingDir(dir) | Origin::Cache(dir) => {
                Some(dir)
            }
            Origin::Synthetic => None,
        }
    }

    /// Reads the digits, or generates 10,000 for training and 2,000 for testing.
    ///
    /// # Errors
    ///
    /// As [`Mnist::read`].
    pub fn read(&self) -> Result<Mnist> {
        self.dir().map_or_else(drawn, Mnist::read)
    }

    /// Like [`read`](Origin::read), but image files are memory-mapped.
    ///
    /// # Safety
    ///
    /// As [`Mnist::map`]: nobody may write to the files, or shorten them, as long as they are mapped.
    ///
    /// # Errors
    ///
    /// As [`Mnist::map`].
    #[allow(unsafe_code)]
    pub unsafe fn map(&self) -> Result<Mnist> {
        // SAFETY: the caller guarantees what `Mnist::map` requires.
        self.dir().map_or_else(drawn, |dir| unsafe { Mnist::map(dir) })
    }
}

fn drawn() -> Result<Mnist> {
    Ok(Mnist::synthetic(10_000, 2_000))
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Argument(dir) => write!(f, "MNIST from {}", dir.display()),
            Origin::Environment(dir) => write!(f, "MNIST from {} (MNIST_DIR)", dir.display()),
            Origin::WorkingDir(dir) => write!(f, "MNIST from {} (working directory)", dir.display()),
            Origin::Cache(dir) => write!(f, "MNIST from {} (cache)", dir.display()),
            Origin::Synthetic => write!(f, "synthetic digits, not MNIST"),
        }
    }
}

/// Finds MNIST, or falls back to synthetic digits. Returns the first of these that applies:
///
/// 1. `dir`, if given, whatever the folder contains,
/// 2. the folder named by the environment variable `MNIST_DIR`, if set, whatever it contains,
/// 3. `data/mnist` in the working directory, if it has any of the four files,
/// 4. `shapeproof/mnist` in `cache`, the user's cache folder, if it has any of the four files,
/// 5. [synthetic](mod@crate::data::synthetic) digits.
///
/// This only searches; the result [reads](Origin::read) or [maps](Origin::map) the digits. Synthetic digits are generated each time
/// and not stored in a folder, where others might replace them.
///
/// # Errors
///
/// [`Error::Io`](crate::Error::Io) if it cannot be determined whether 3 or 4 has the files.
pub fn find(dir: Option<&Path>, cache: Option<&Path>) -> Result<Origin> {
    let environment = env::var_os("MNIST_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    Places { dir, environment, working_dir: Path::new("data/mnist"), cache }.find()
}

/// Everything that [`find`] depends on.
struct Places<'a> {
    dir: Option<&'a Path>,
    environment: Option<PathBuf>,
    working_dir: &'a Path,
    cache: Option<&'a Path>,
}

impl Places<'_> {
    fn find(&self) -> Result<Origin> {
        if let Some(dir) = self.dir {
            return Ok(Origin::Argument(dir.into()));
        }
        if let Some(dir) = &self.environment {
            return Ok(Origin::Environment(dir.clone()));
        }
        if holds_some(self.working_dir)? {
            return Ok(Origin::WorkingDir(self.working_dir.into()));
        }
        if let Some(dir) = self.cache.map(|cache| cache.join("shapeproof/mnist"))
            && holds_some(&dir)?
        {
            return Ok(Origin::Cache(dir));
        }
        // A download to the cache would be here.
        Ok(Origin::Synthetic)
    }
}

fn holds_some(dir: &Path) -> Result<bool> {
    for file in FILES.as_flattened() {
        if locate(dir, *file)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// For tests: writes `count` digits for training, and one for testing, to `dir`, under the names of the real files.
#[cfg(test)]
pub(super) fn put(dir: &Path, count: usize) {
    use crate::data::{idx, synthetic};
    std::fs::create_dir_all(dir).unwrap();
    for (count, [images, labels]) in [count, 1].into_iter().zip(FILES) {
        let digits = synthetic::digits(count, 1);
        idx::write(dir.join(std::format!("{}-{}", images.0, images.1)), &digits.0).unwrap();
        idx::write(dir.join(std::format!("{}-{}", labels.0, labels.1)), &digits.1).unwrap();
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
        let mut places = Places { dir: None, environment: None, working_dir: &working_dir, cache: None };

        assert_eq!(places.find().unwrap(), Origin::Synthetic);
        places.cache = Some(&cache);
        assert_eq!(places.find().unwrap(), Origin::Synthetic);
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0, "nothing is written");

        let cached = cache.join("shapeproof/mnist");
        put(&cached, 4);
        assert_eq!(places.find().unwrap(), Origin::Cache(cached));
        put(&working_dir, 3);
        assert_eq!(places.find().unwrap(), Origin::WorkingDir(working_dir.clone()));
        places.environment = Some(variable.clone());
        assert_eq!(places.find().unwrap(), Origin::Environment(variable));
        put(&argument, 7);
        places.dir = Some(&argument);
        let origin = places.find().unwrap();
        assert_eq!(origin, Origin::Argument(argument.clone()));
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
        let mut places = Places { dir: None, environment: None, working_dir: dir, cache: None };
        put(dir, 3);
        fs::remove_file(dir.join("train-labels-idx1-ubyte")).unwrap();
        let error = places.find().unwrap().read().unwrap_err().to_string();
        assert!(error.contains("found no train-labels-idx1-ubyte, expected"), "{error}");

        // A folder that is named must exist.
        places.environment = Some(nowhere.clone());
        let error = places.find().unwrap().read().unwrap_err().to_string();
        assert!(error.ends_with("nowhere: MNIST: found no such folder, expected its four IDX files"), "{error}");
    }

    #[test]
    fn a_place_that_cannot_be_looked_at_is_not_passed_over() {
        let root = tempfile::tempdir().unwrap();
        let (working_dir, cache) = (root.path().join("working"), root.path().join("cache"));
        let places = Places { dir: None, environment: None, working_dir: &working_dir, cache: Some(&cache) };
        let mut failed = 0;
        let found = fault::each(
            || places.find(),
            |result, operation| {
                failed += 1;
                let error = result.unwrap_err().to_string();
                assert!(error.starts_with("cannot look for ") && error.ends_with(operation), "{error}");
            },
        );
        assert_eq!((found.unwrap(), failed), (Origin::Synthetic, 32), "two folders, four files, four names");
    }
}
