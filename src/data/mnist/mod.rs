//! MNIST, 28×28 handwritten digits, found wherever it is; where it is not, digits drawn from a seed.
//!
//! | file | samples | SHA-256 |
//! |---|---|---|
//! | `train-images-idx3-ubyte` | 60,000 | `ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db` |
//! | `train-labels-idx1-ubyte` | 60,000 | `65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5` |
//! | `t10k-images-idx3-ubyte` | 10,000 | `0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7` |
//! | `t10k-labels-idx1-ubyte` | 10,000 | `ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2` |
//!
//! Neither counts nor contents are asked for: sets of the same form under the same names (Fashion-MNIST, KMNIST, a part
//! of MNIST) do as well. Some copies are called `train-images.idx3-ubyte`, with a dot; that is understood too.
//!
//! ```no_run
//! use shapeproof::data::Dataset;
//! use shapeproof::data::mnist::{self, Found};
//!
//! # fn main() -> shapeproof::Result<()> {
//! let Found { mnist, origin } = mnist::find(None, None)?;
//! println!("{origin}");
//! let (train, validation) = mnist.train.split(mnist.train.len() / 12 * 11);
//! # Ok(())
//! # }
//! ```

mod find;

use std::format;
use std::path::{Path, PathBuf};
use std::string::String;
use std::vec::Vec;

pub use self::find::{Found, Origin, find};
use super::labelled::{Labelled, Normalize};
use crate::error::{Error, Result};

/// The training set and the test set, normalised by the customary figures, [`Normalize::MNIST`].
#[derive(Debug)]
pub struct Mnist {
    /// What a network learns from, and is validated on: 60,000 digits.
    pub train: Labelled<28, 28>,
    /// What it is judged by, once: 10,000 digits by other writers.
    pub test: Labelled<28, 28>,
}

/// The name of each file before and after the `-` or `.`: images, labels; training, then test.
const FILES: [[(&str, &str); 2]; 2] = [
    [("train-images", "idx3-ubyte"), ("train-labels", "idx1-ubyte")],
    [("t10k-images", "idx3-ubyte"), ("t10k-labels", "idx1-ubyte")],
];

impl Mnist {
    /// Opens the four files in `dir`. The images are memory-mapped: nobody may write to them meanwhile (see
    /// [`Idx::open`](super::idx::Idx::open)).
    ///
    /// # Errors
    ///
    /// [`Error::Format`] that names the files that are missing; otherwise as [`Labelled::open`].
    pub fn open(dir: impl AsRef<Path>) -> Result<Mnist> {
        let dir = dir.as_ref();
        let missing: Vec<_> = missing(dir).collect();
        if !missing.is_empty() {
            let found = if dir.is_dir() { format!("no {}", missing.join(", no ")) } else { "no such folder".into() };
            return Err(Error::Format {
                path: dir.into(),
                what: "MNIST",
                found,
                expected: "its four IDX files".into(),
            });
        }
        let [train, test] = FILES.map(|[images, labels]| {
            let path = |file| locate(dir, file).unwrap_or_else(|| dir.join(name(file)));
            Ok(Labelled::open(path(images), path(labels), 10)?.normalized(Normalize::MNIST))
        });
        Ok(Mnist { train: train?, test: test? })
    }
}

/// `train-images-idx3-ubyte`
fn name((stem, suffix): (&str, &str)) -> String {
    format!("{stem}-{suffix}")
}

/// Where a file is in `dir`, by whichever of its names. A compressed one counts: opening it says what to do.
fn locate(dir: &Path, (stem, suffix): (&str, &str)) -> Option<PathBuf> {
    ["", ".gz"]
        .into_iter()
        .flat_map(|end| ["-", "."].map(|separator| dir.join(format!("{stem}{separator}{suffix}{end}"))))
        .find(|path| path.is_file())
}

/// The names of the files that `dir` does not have.
fn missing(dir: &Path) -> impl Iterator<Item = String> {
    FILES.into_iter().flatten().filter(|&file| locate(dir, file).is_none()).map(name)
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::fs;
    use std::string::ToString;

    use super::*;
    use crate::data::{Dataset, idx};
    use crate::tensor::{self, Tensor};

    /// Puts the four files into `dir`: three black digits to train with, one to test with.
    fn put(dir: &Path) {
        for (count, [images, labels]) in [3, 1].into_iter().zip(FILES) {
            idx::write(dir.join(name(images)), &std::vec![Tensor([[[0_u8; 28]; 28]]); count]).unwrap();
            idx::write(dir.join(name(labels)), &std::vec![9_u8; count]).unwrap();
        }
    }

    #[test]
    fn missing_files_are_named() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path();
        put(dir);
        fs::remove_file(dir.join("train-labels-idx1-ubyte")).unwrap();
        fs::remove_file(dir.join("t10k-images-idx3-ubyte")).unwrap();
        let expected = "found no train-labels-idx1-ubyte, no t10k-images-idx3-ubyte, expected its four IDX files";
        assert_eq!(Mnist::open(dir).unwrap_err().to_string(), format!("{}: MNIST: {expected}", dir.display()));
        let error = Mnist::open(dir.join("nowhere")).unwrap_err().to_string();
        assert!(error.ends_with("nowhere: MNIST: found no such folder, expected its four IDX files"), "{error}");
    }

    #[test]
    fn other_spellings_are_understood() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path();
        put(dir);
        fs::rename(dir.join("train-images-idx3-ubyte"), dir.join("train-images.idx3-ubyte")).unwrap();
        let Mnist { train, test } = Mnist::open(dir).unwrap();
        assert_eq!((train.len(), test.len()), (3, 1));
        fs::remove_file(dir.join("train-images.idx3-ubyte")).unwrap();
        fs::write(dir.join("train-images-idx3-ubyte.gz"), [0x1f, 0x8b, 8, 0]).unwrap();
        let error = Mnist::open(dir).unwrap_err().to_string();
        assert!(error.ends_with("found a gzip file, expected an IDX file: gunzip it first"), "{error}");
    }

    /// The real files, if this machine has them.
    fn real() -> Option<Mnist> {
        if let Some(dir) = env::var_os("MNIST_DIR") {
            return Some(Mnist::open(dir).unwrap());
        }
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/mnist");
        if missing(&dir).count() == 4 {
            std::eprintln!("SKIPPED: this test needs MNIST, and there is none in MNIST_DIR or {}", dir.display());
            return None;
        }
        Some(Mnist::open(dir).unwrap())
    }

    #[test]
    fn the_real_files_are_what_they_are_said_to_be() {
        let Some(Mnist { train, test }) = real() else { return };
        assert_eq!((train.len(), test.len()), (60_000, 10_000));
        assert_eq!((&train.labels()[..5], &test.labels()[..5]), (&[5, 0, 4, 1, 9][..], &[7, 2, 1, 0, 4][..]));
        let mut input = tensor::boxed();
        assert_eq!(train.split(55_000).1.load(4_999, &mut input), 8);
    }

    /// Also the source of the figures: over all 47,040,000 training pixels, in units of full white.
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
        let Normalize { mean: customary_mean, std: customary_std } = Normalize::MNIST;
        assert!((mean - customary_mean).abs() < 5e-5, "mean {mean}");
        assert!((std - customary_std).abs() < 5e-5, "std {std}");
    }
}
