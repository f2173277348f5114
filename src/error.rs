//! What can go wrong outside the program: files, bytes and settings.
//!
//! Shapes are not here: a shape that is known at compile time is a compile error. Neither are the caller's own mistakes
//! (two slices of different length, say): those panic where they are made, and the function's documentation says so.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Bad input from the world: what went wrong, where, what was found and what was expected.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused a file or folder.
    #[cfg(feature = "std")]
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was being done: `open`, `read`, `map`, `write`.
        action: &'static str,
        /// The file or folder.
        path: std::path::PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },

    /// A file's bytes are not what its format, or the type it is opened as, demands.
    #[cfg(feature = "std")]
    #[error("{}: {what}: found {found}, expected {expected}", path.display())]
    Format {
        /// The file.
        path: std::path::PathBuf,
        /// What about it is wrong: `magic number`, `rank`, `file length`.
        what: &'static str,
        /// What the file holds.
        found: String,
        /// What it should hold.
        expected: String,
    },

    /// A model does not fit the network it is for, or is damaged. All that is wrong with it is named.
    #[error("{place}: {}", List(mismatches))]
    Model {
        /// The file, or `the model` where there is none.
        place: String,
        /// What is not as it should be.
        mismatches: Vec<Mismatch>,
    },

    /// A setting is outside its range.
    #[error("{setting}: found {found}, expected {expected}")]
    Setting {
        /// The setting's name, as the caller wrote it: `lr`, `batch_size`.
        setting: &'static str,
        /// Its value.
        found: String,
        /// The values it may have.
        expected: String,
    },

    /// A network has a layer that a file format has no words for.
    #[error("layer {layer}: {kind} cannot be written as {format}: found {found}, expected {expected}")]
    Unwritable {
        /// The position of the layer in the network, or its name: `3.body.0`.
        layer: String,
        /// What kind of layer it is: `Swish`.
        kind: &'static str,
        /// The format: `ONNX`.
        format: &'static str,
        /// What the layer says of itself.
        found: String,
        /// What the format needs to know.
        expected: String,
    },

    /// Training has left the numbers: the loss, or a parameter, is not finite.
    #[error("{what} is {found} at epoch {epoch}, step {step}: a smaller learning rate usually helps")]
    Diverged {
        /// The epoch, counted from 1.
        epoch: usize,
        /// The step within the epoch, counted from 1.
        step: usize,
        /// What is not finite: `the loss`, `the validation loss`, `parameter 3.weight`.
        what: String,
        /// What it is: NaN or infinite.
        found: f64,
    },
}

/// The same as [`Display`](fmt::Display): this is what a `main` that returns an error prints.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One thing about a model that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What it is about: a tensor's name, mostly.
    pub what: String,
    /// What there is.
    pub found: String,
    /// What there should be.
    pub expected: String,
}

/// `3.weight: found [64, 32, 5, 5], expected [64, 32, 3, 3]`
impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: found {}, expected {}", self.what, self.found, self.expected)
    }
}

/// One mismatch on the same line, several on lines of their own, but not more than can be read.
struct List<'a>(&'a [Mismatch]);

const LINES: usize = 20;

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [one] => write!(f, "{one}"),
            all => {
                write!(f, "{} mismatches:", all.len())?;
                all.iter().take(LINES).try_for_each(|one| write!(f, "\n    {one}"))?;
                match all.len().saturating_sub(LINES) {
                    0 => Ok(()),
                    more => write!(f, "\n    and {more} more"),
                }
            }
        }
    }
}

/// The result of everything that can meet bad input.
pub type Result<T, E = Error> = core::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::{format, vec};

    #[test]
    fn debug_says_what_display_says() {
        let mismatch =
            |what: &str| Mismatch { what: what.to_string(), found: "[3]".to_string(), expected: "[4]".to_string() };
        let model = Error::Model {
            place: "a.safetensors".to_string(),
            mismatches: vec![mismatch("0.bias"), mismatch("1.bias")],
        };
        let setting =
            Error::Setting { setting: "lr", found: "-1".to_string(), expected: "a number above 0".to_string() };
        for error in [model, setting] {
            assert_eq!(format!("{error:?}"), error.to_string());
            assert_eq!(format!("{error:#?}"), error.to_string());
        }
    }
}
