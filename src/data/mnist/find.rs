//! Where MNIST may be, and what stands in for it.

use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use super::{FILES, Mnist, missing, name};
use crate::data::{idx, synthetic};
use crate::error::Result;
use crate::file::cannot;

/// What [`find`] has found.
#[derive(Debug)]
pub struct Found {
    /// The digits.
    pub mnist: Mnist,
    /// Where they come from. Prints as one line for the user.
    pub origin: Origin,
}

/// Where digits come from, in the order in which [`find`] looks. Prints as one line for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The folder that was asked for.
    Argument(PathBuf),
    /// The folder that the environment variable `MNIST_DIR` names.
    Environment(PathBuf),
    /// `data/mnist` in the working directory.
    WorkingDir(PathBuf),
    /// `shapeproof/mnist` in the user's cache folder.
    Cache(PathBuf),
    /// Not MNIST: drawn from a seed, and kept in this folder.
    Synthetic(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Argument(dir) => write!(f, "MNIST from {}", dir.display()),
            Origin::Environment(dir) => write!(f, "MNIST from {} (MNIST_DIR)", dir.display()),
            Origin::WorkingDir(dir) => write!(f, "MNIST from {} (working directory)", dir.display()),
            Origin::Cache(dir) => write!(f, "MNIST from {} (cache)", dir.display()),
            Origin::Synthetic(dir) => write!(f, "synthetic digits, not MNIST, from {}", dir.display()),
        }
    }
}

/// Finds MNIST, or makes do without. The first of these that is there:
///
/// 1. `dir`; it is an error if that folder lacks the files,
/// 2. the folder that the environment variable `MNIST_DIR` names; likewise,
/// 3. `data/mnist` in the working directory,
/// 4. `shapeproof/mnist` in `cache`, the user's cache folder,
/// 5. [synthetic](mod@synthetic) digits, 10,000 to train and 2,000 to test: made on the first call, then kept in
///    `shapeproof/synthetic-v1` in `cache` or, if that is `None` or cannot be written, in the temporary folder.
///
/// A folder of 3 and 4 is passed over only if it has none of the four files.
///
/// # Errors
///
/// As [`Mnist::open`]; [`Error::Io`](crate::Error::Io) if the synthetic digits cannot be written.
pub fn find(dir: Option<&Path>, cache: Option<&Path>) -> Result<Found> {
    let environment = env::var_os("MNIST_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let places = Places { dir, environment, working_dir: Path::new("data/mnist"), cache, temporary: &env::temp_dir() };
    places.find([10_000, 2_000])
}

/// All that [`find`] depends on.
struct Places<'a> {
    dir: Option<&'a Path>,
    environment: Option<PathBuf>,
    working_dir: &'a Path,
    cache: Option<&'a Path>,
    temporary: &'a Path,
}

/// The folder in the cache. The drawing of digits is part of its name: new strokes need a new number.
const SYNTHETIC: &str = "shapeproof/synthetic-v1";

impl Places<'_> {
    fn find(&self, synthetic_counts: [usize; 2]) -> Result<Found> {
        let open = |origin: fn(PathBuf) -> Origin, dir: &Path| {
            Ok(Found { mnist: Mnist::open(dir)?, origin: origin(dir.into()) })
        };
        let holds_some = |dir: &Path| missing(dir).count() < 4;
        if let Some(dir) = self.dir {
            return open(Origin::Argument, dir);
        }
        if let Some(dir) = &self.environment {
            return open(Origin::Environment, dir);
        }
        if holds_some(self.working_dir) {
            return open(Origin::WorkingDir, self.working_dir);
        }
        if let Some(dir) = self.cache.map(|cache| cache.join("shapeproof/mnist")).filter(|dir| holds_some(dir)) {
            return open(Origin::Cache, &dir);
        }
        // Downloading to the cache, once there is such a thing, comes here.
        let kept = |root: &Path| {
            let dir = root.join(SYNTHETIC);
            Ok(Found { mnist: kept_synthetic(&dir, synthetic_counts)?, origin: Origin::Synthetic(dir) })
        };
        match self.cache.map(kept) {
            Some(Ok(found)) => Ok(found),
            _ => kept(self.temporary),
        }
    }
}

/// The synthetic digits in `dir`, drawn first if they are not there, or their files are not of the form and size they should be.
///
/// Whoever does the same at the same time writes the same bytes, and each file is replaced as a whole.
fn kept_synthetic(dir: &Path, counts: [usize; 2]) -> Result<Mnist> {
    match Mnist::open(dir) {
        Ok(mnist) if [mnist.train.labels().len(), mnist.test.labels().len()] == counts => return Ok(mnist),
        _ => fs::create_dir_all(dir).map_err(cannot("create", dir))?,
    }
    for (seed, (count, [images, labels])) in (1..).zip(counts.into_iter().zip(FILES)) {
        let digits = synthetic::digits(count, seed);
        idx::write(dir.join(name(images)), &digits.0)?;
        idx::write(dir.join(name(labels)), &digits.1)?;
    }
    Mnist::open(dir)
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::ToString;
    use std::thread;
    use std::vec::Vec;

    use super::*;
    use crate::data::Dataset;

    /// Puts `count` digits for training, and one for testing, into `dir`, as real files would be.
    fn put(dir: &Path, count: usize) {
        kept_synthetic(dir, [count, 1]).unwrap();
    }

    #[test]
    fn the_first_place_that_has_it_wins() {
        let root = tempfile::tempdir().unwrap();
        let [argument, variable, working_dir, cache, temporary] =
            ["argument", "variable", "working", "cache", "temporary"].map(|name| root.path().join(name));
        let mut places =
            Places { dir: None, environment: None, working_dir: &working_dir, cache: None, temporary: &temporary };

        let found = places.find([5, 2]).unwrap();
        assert_eq!(found.origin, Origin::Synthetic(temporary.join(SYNTHETIC)));
        assert_eq!((found.mnist.train.len(), found.mnist.test.len()), (5, 2));
        places.cache = Some(&cache);
        assert_eq!(places.find([5, 2]).unwrap().origin, Origin::Synthetic(cache.join(SYNTHETIC)));

        let cached = cache.join("shapeproof/mnist");
        put(&cached, 4);
        assert_eq!(places.find([5, 2]).unwrap().origin, Origin::Cache(cached));
        put(&working_dir, 3);
        assert_eq!(places.find([5, 2]).unwrap().origin, Origin::WorkingDir(working_dir.clone()));
        put(&variable, 6);
        places.environment = Some(variable.clone());
        assert_eq!(places.find([5, 2]).unwrap().origin, Origin::Environment(variable));
        put(&argument, 7);
        places.dir = Some(&argument);
        let found = places.find([5, 2]).unwrap();
        assert_eq!(found.origin, Origin::Argument(argument.clone()));
        assert_eq!(found.mnist.train.len(), 7);
        assert_eq!(found.origin.to_string(), format!("MNIST from {}", argument.display()));
    }

    #[test]
    fn half_of_it_is_not_none_of_it() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path();
        let nowhere = dir.join("nowhere");
        let mut places = Places { dir: None, environment: None, working_dir: dir, cache: None, temporary: &nowhere };
        put(dir, 3);
        fs::remove_file(dir.join("train-labels-idx1-ubyte")).unwrap();
        let error = places.find([5, 2]).unwrap_err().to_string();
        assert!(error.contains("found no train-labels-idx1-ubyte, expected"), "{error}");

        // And what is named must be there.
        places.environment = Some(nowhere.clone());
        let error = places.find([5, 2]).unwrap_err().to_string();
        assert!(error.ends_with("nowhere: MNIST: found no such folder, expected its four IDX files"), "{error}");
        assert!(!nowhere.exists());
    }

    #[test]
    fn synthetic_digits_are_kept_and_mended() {
        let root = tempfile::tempdir().unwrap();
        let (dir, counts) = (root.path(), [20, 10]);
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let dir = dir.to_path_buf();
                thread::spawn(move || kept_synthetic(&dir, counts).unwrap().train.images().to_vec())
            })
            .collect();
        let all: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert!(all.iter().all(|images| *images == all[0]));
        assert_eq!(fs::read_dir(dir).unwrap().count(), 4);

        let path = dir.join("train-images-idx3-ubyte");
        let written = fs::metadata(&path).unwrap().modified().unwrap();
        kept_synthetic(dir, counts).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), written);
        fs::write(&path, "half of i").unwrap();
        assert_eq!(kept_synthetic(dir, counts).unwrap().train.images(), all[0]);
    }

    #[test]
    fn a_cache_that_cannot_be_written_is_done_without() {
        let root = tempfile::tempdir().unwrap();
        let (cache, temporary) = (root.path().join("file"), root.path().join("temporary"));
        fs::write(&cache, "not a folder").unwrap();
        let places = Places {
            dir: None,
            environment: None,
            working_dir: &temporary,
            cache: Some(&cache),
            temporary: &temporary,
        };
        assert_eq!(places.find([2, 1]).unwrap().origin, Origin::Synthetic(temporary.join(SYNTHETIC)));
    }
}
