//! Errors caused by input from outside the program: files, bytes and settings.
//!
//! Wrong shapes are not among them: they are compile errors. Neither are mistakes of the caller, such as two slices of different
//! length: those panic, as the function's documentation says.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// An error caused by outside input: what went wrong, where, what was found and what was expected.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system reported an error for a file or folder.
    #[cfg(feature = "std")]
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// The action that failed: `open`, `read`, `map`, `write`.
        action: &'static str,
        /// The file or folder.
        path: std::path::PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },

    /// A file's bytes do not match its format, or the type it is opened as.
    #[cfg(feature = "std")]
    #[error("{}: {what}: found {found}, expected {expected}", path.display())]
    Format {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong: `magic number`, `rank`, `file length`.
        what: &'static str,
        /// What the file contains.
        found: String,
        /// What it should contain.
        expected: String,
    },

    /// A model does not fit its network, or is damaged. Everything that is wrong is listed.
    #[error("{place}: {}", List("mismatches", mismatches))]
    Model {
        /// The file, or `the model` if there is no file.
        place: String,
        /// The differences from what is expected.
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

    /// A file cannot be downloaded: what each mirror sent instead.
    #[cfg(feature = "download")]
    #[error("cannot download {file}: {}", List("mirrors", mismatches))]
    Download {
        /// The file.
        file: String,
        /// For each mirror, the address of the file.
        mismatches: Vec<Mismatch>,
    },

    /// A network has a layer that a file format cannot represent.
    #[error("layer {layer}: {kind} cannot be written as {format}: found {found}, expected {expected}")]
    Unwritable {
        /// The position of the layer in the network, or its name: `3.body.0`.
        layer: String,
        /// The kind of layer: `Swish`.
        kind: &'static str,
        /// The format: `ONNX`.
        format: &'static str,
        /// What the layer declares.
        found: String,
        /// What the format requires.
        expected: String,
    },

    /// Processes that are to train together do not agree.
    #[cfg(feature = "mpi")]
    #[error("process {rank} does not agree with process 0: {}", List("settings", mismatches))]
    Processes {
        /// The first process that differs from process 0.
        rank: usize,
        /// What it found, and what process 0 has.
        mismatches: Vec<Mismatch>,
    },

    /// Training has diverged: the loss, or a parameter, is not finite.
    #[error("{what} is {found} at epoch {epoch}, step {step}: a smaller learning rate usually helps")]
    Diverged {
        /// The epoch, counted from 1.
        epoch: usize,
        /// The step within the epoch, counted from 1.
        step: usize,
        /// What is not finite: `the loss`, `the validation loss`, `parameter 3.weight`.
        what: String,
        /// Its value: NaN or infinite.
        found: f64,
    },
}

/// The same as [`Display`](fmt::Display), because a `main` that returns an error prints its `Debug` form.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One difference between a model and what is expected of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The subject, usually the name of a tensor.
    pub what: String,
    /// What was found.
    pub found: String,
    /// What was expected.
    pub expected: String,
}

/// `3.weight: found [64, 32, 5, 5], expected [64, 32, 3, 3]`
impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: found {}, expected {}", self.what, self.found, self.expected)
    }
}

/// Prints one mismatch on the same line, several on separate lines, at most [`LINES`], after their number and this word.
struct List<'a>(&'a str, &'a [Mismatch]);

const LINES: usize = 20;

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            [one] => write!(f, "{one}"),
            all => {
                write!(f, "{} {}:", all.len(), self.0)?;
                all.iter().take(LINES).try_for_each(|one| write!(f, "\n    {one}"))?;
                match all.len().saturating_sub(LINES) {
                    0 => Ok(()),
                    more => write!(f, "\n    and {more} more"),
                }
            }
        }
    }
}

/// Whether a character does not affect the text around it. Others move a terminal's cursor, break lines, or reverse the text.
#[cfg(any(feature = "images", feature = "safetensors"))]
pub(crate) fn is_plain(character: char) -> bool {
    !character.is_control() && !matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Writes a line to standard error, in one piece: what other processes write there at the same time comes before or after it. `eprintln!`
/// writes it in several, and panics if standard error is a file on a full disk.
#[cfg(all(feature = "std", feature = "safetensors"))]
pub(crate) fn say(line: fmt::Arguments<'_>) {
    std::io::Write::write_all(&mut std::io::stderr(), alloc::format!("{line}\n").as_bytes()).ok();
}

/// The result of a function that reads outside input.
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
