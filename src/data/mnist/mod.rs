//! MNIST, 28×28 handwritten digits, and the datasets of the same format: Fashion-MNIST, KMNIST and QMNIST ([`Set`]).
//!
//! They are searched for in the usual places, with digits generated from a seed as a substitute.
//!
//! | file | samples | SHA-256 |
//! |---|---|---|
//! | `train-images-idx3-ubyte` | 60,000 | `ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db` |
//! | `train-labels-idx1-ubyte` | 60,000 | `65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5` |
//! | `t10k-images-idx3-ubyte` | 10,000 | `0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7` |
//! | `t10k-labels-idx1-ubyte` | 10,000 | `ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2` |
//!
//! Neither counts nor checksums of files that are found are verified: datasets of the same format with the same names (a part of
//! MNIST, say) work as well. File names with a dot, `train-images.idx3-ubyte`, are also accepted. Nothing here uses the network:
//! `data::download` (feature `download`) does, when it is called.
//!
//! ```no_run
//! use shapeproof::data::{Dataset, HeldOut, mnist};
//!
//! # fn main() -> shapeproof::Result<()> {
//! let origin = mnist::find(None, None)?;
//! println!("{origin}");
//! let mnist = origin.read()?;
//! let (train, validation) = mnist.train.split(HeldOut::Count(5_000));
//! # Ok(())
//! # }
//! ```

mod files;
mod find;
mod set;

use std::path::{Path, PathBuf};

use self::files::{files, labels};
pub use self::find::{Origin, Place, find};
pub use self::set::Set;
use super::idx::Idx;
use super::labeled::Labeled;
use super::{Normalize, synthetic};
use crate::error::Result;
use crate::tensor::Tensor;

/// The training set and the test set, normalized by the customary figures, [`Set::normalize`].
#[derive(Debug)]
pub struct Mnist {
    /// The set for training and validation: 60,000 digits.
    pub train: Labeled<28, 28>,
    /// The test set: 10,000 digits by other writers.
    pub test: Labeled<28, 28>,
}

impl Mnist {
    /// Reads the four files in `dir`.
    ///
    /// # Errors
    ///
    /// As [`Set::read`].
    pub fn read(dir: impl AsRef<Path>) -> Result<Mnist> {
        Set::Mnist.read(dir)
    }

    /// Like [`read`](Mnist::read), but the images are memory-mapped.
    ///
    /// # Safety
    ///
    /// Nobody may write to the files, or shorten them, as long as they are mapped: see [`Idx::map`](super::idx::Idx::map).
    ///
    /// # Errors
    ///
    /// As [`Set::map`].
    #[allow(unsafe_code)]
    pub unsafe fn map(dir: impl AsRef<Path>) -> Result<Mnist> {
        // SAFETY: the caller guarantees what `Set::map` requires.
        unsafe { Set::map(Set::Mnist, dir) }
    }

    /// Not MNIST: generates `train` and `test` [synthetic] digits in memory.
    pub fn synthetic(train: usize, test: usize) -> Mnist {
        let draw = |count, seed| {
            let (images, labels) = synthetic::digits(count, seed);
            Labeled::in_memory(images, labels, 10).named(Set::Mnist.classes()).normalized(&Normalize::mnist())
        };
        Mnist { train: draw(train, 1), test: draw(test, 2) }
    }
}

impl Set {
    /// Reads the four files in `dir`.
    ///
    /// # Errors
    ///
    /// [`Error::Format`](crate::Error::Format) that names the missing files; [`Error::Io`](crate::Error::Io) if it cannot be
    /// determined whether files are missing; otherwise as [`Labeled::read`].
    pub fn read(self, dir: impl AsRef<Path>) -> Result<Mnist> {
        self.both(dir.as_ref(), |path| Idx::read(path))
    }

    /// Like [`read`](Set::read), but the images are memory-mapped.
    ///
    /// # Safety
    ///
    /// Nobody may write to the files, or shorten them, as long as they are mapped: see [`Idx::map`].
    ///
    /// # Errors
    ///
    /// As [`read`](Set::read), and [`Labeled::map`].
    #[allow(unsafe_code)]
    pub unsafe fn map(self, dir: impl AsRef<Path>) -> Result<Mnist> {
        // SAFETY: the caller guarantees what `Idx::map` requires.
        self.both(dir.as_ref(), |path| unsafe { Idx::map(path) })
    }

    fn both(self, dir: &Path, open: impl Fn(&Path) -> Result<Idx<Tensor<1, 28, 28, u8>>>) -> Result<Mnist> {
        let normalize = self.normalize();
        let pair = |[images, classes]: [PathBuf; 2]| {
            let set = Labeled::pair(open(&images)?, &images, labels(self, &classes)?, &classes, 10)?;
            Ok(set.named(self.classes()).normalized(&normalize))
        };
        let [train, test] = files(self, dir)?;
        Ok(Mnist { train: pair(train)?, test: pair(test)? })
    }
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::format;
    use std::fs;
    use std::string::{String, ToString};

    use super::*;
    use crate::data::{Dataset, HeldOut};
    use crate::file::fault;
    use crate::tensor;

    /// Writes the four files to `dir`: three digits for training, one for testing.
    fn put(dir: &Path) {
        super::find::put(dir, 3);
    }

    #[test]
    fn missing_files_are_named() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path();
        put(dir);
        fs::remove_file(dir.join("train-labels-idx1-ubyte")).unwrap();
        fs::remove_file(dir.join("t10k-images-idx3-ubyte")).unwrap();
        let expected = "found no train-labels-idx1-ubyte, no t10k-images-idx3-ubyte, expected its four IDX files";
        assert_eq!(error(dir), format!("{}: MNIST: {expected}", dir.display()));
        for nowhere in ["nowhere", "t10k-labels-idx1-ubyte"] {
            let nowhere = error(&dir.join(nowhere));
            assert!(nowhere.ends_with(": MNIST: found no such folder, expected its four IDX files"), "{nowhere}");
        }
    }

    fn error(dir: &Path) -> String {
        Mnist::read(dir).unwrap_err().to_string()
    }

    /// For example without a permission: that a file cannot be examined does not mean that there is none.
    #[test]
    fn each_operation_may_fail() {
        let root = tempfile::tempdir().unwrap();
        put(root.path());
        let failed = |result: Result<Mnist>, operation: &str| {
            let error = result.unwrap_err().to_string();
            assert!(
                error.starts_with("cannot ") && error.ends_with(&format!(": made to fail: {operation}")),
                "{error}"
            );
        };
        assert_eq!(fault::each(|| Mnist::read(root.path()), failed).unwrap().train.len(), 3);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_said() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path();
        put(dir);
        let path = dir.join("train-labels-idx1-ubyte");
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("train-labels-idx1-ubyte", &path).unwrap();
        let link = error(dir);
        assert!(link.starts_with(&format!("cannot look for {}: ", path.display())), "{link}");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert_eq!(error(dir), format!("{}: file type: found a folder, expected a regular file", path.display()));
        let long = error(&dir.join("x".repeat(300)));
        assert!(long.starts_with("cannot look for ") && long.contains("File name too long"), "{long}");
    }

    #[test]
    fn other_spellings_are_understood() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path();
        put(dir);
        fs::rename(dir.join("train-images-idx3-ubyte"), dir.join("train-images.idx3-ubyte")).unwrap();
        let Mnist { train, test } = Mnist::read(dir).unwrap();
        assert_eq!((train.len(), test.len()), (3, 1));
        fs::remove_file(dir.join("train-images.idx3-ubyte")).unwrap();
        fs::write(dir.join("train-images-idx3-ubyte.gz"), [0x1f, 0x8b, 8, 0]).unwrap();
        let error = error(dir);
        assert!(error.ends_with("found a gzip file, expected an IDX file: gunzip it first"), "{error}");
    }

    #[test]
    fn every_set_is_read_by_its_names() {
        let root = tempfile::tempdir().unwrap();
        for set in Set::ALL {
            let dir = root.path().join(set.folder());
            super::find::put_set(set, &dir, 3);
            let Mnist { train, test } = set.read(&dir).unwrap();
            assert_eq!((train.labels(), test.len()), (&*synthetic::digits(3, 1).1, 1), "{set}");
            let mut input = tensor::boxed::<Tensor<1, 28, 28>>();
            train.load(0, &mut input);
            let pixel = train.images()[0].as_slice()[0];
            assert_eq!(input.as_slice()[0], set.normalize().table::<f32>()[usize::from(pixel)], "{set}");
        }
        let error = Set::Qmnist.read(root.path().join("kmnist")).unwrap_err().to_string();
        assert!(error.contains(": QMNIST: found no qmnist-train-images-idx3-ubyte, no "), "{error}");
    }

    #[test]
    fn synthetic_digits_need_no_file() {
        let (Mnist { train, test }, none) = fault::from(0, || Mnist::synthetic(20, 10));
        assert_eq!((train.len(), test.len(), none), (20, 10, None));
        assert_eq!((train.images(), train.labels()), (&*synthetic::digits(20, 1).0, &*synthetic::digits(20, 1).1));
        assert_ne!(train.images()[..10], test.images()[..10]);
    }

    /// The real files, if this machine has them.
    fn real() -> Option<Mnist> {
        if let Some(dir) = env::var_os("MNIST_DIR") {
            return Some(Mnist::read(dir).unwrap());
        }
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/mnist");
        if files(Set::Mnist, &dir).is_err() {
            std::eprintln!("SKIPPED: this test needs MNIST, and there is none in MNIST_DIR or {}", dir.display());
            return None;
        }
        Some(Mnist::read(dir).unwrap())
    }

    #[test]
    fn the_real_files_are_what_they_are_said_to_be() {
        let Some(Mnist { train, test }) = real() else { return };
        assert_eq!((train.len(), test.len()), (60_000, 10_000));
        assert_eq!((&train.labels()[..5], &test.labels()[..5]), (&[5, 0, 4, 1, 9][..], &[7, 2, 1, 0, 4][..]));
        let mut input = tensor::boxed();
        assert_eq!(train.split(HeldOut::Count(5_000)).1.load(4_999, &mut input), 8);
    }

    /// Computes the figures over all 47,040,000 training pixels, in units of full white.
    #[test]
    fn the_real_pixels_have_the_customary_mean_and_deviation() {
        let Some(Mnist { train, .. }) = real() else { return };
        let mut counts = [0_u64; 256];
        for pixel in train.images().iter().flat_map(|image| image.as_slice()) {
            counts[usize::from(*pixel)] += 1;
        }
        let moment = |power: i32| {
            let sum: f64 =
                counts.iter().zip(0..).map(|(&n, pixel)| n as f64 * (f64::from(pixel) / 255.0).powi(power)).sum();
            sum / counts.iter().sum::<u64>() as f64
        };
        let (mean, std) = (moment(1), (moment(2) - moment(1).powi(2)).sqrt());
        let customary = Normalize::mnist();
        assert!((mean - customary.mean[0]).abs() < 5e-5, "mean {mean}");
        assert!((std - customary.std[0]).abs() < 5e-5, "std {std}");
    }
}
