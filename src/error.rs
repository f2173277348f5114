//! What can go wrong outside the program: files, bytes and settings.
//!
//! Shapes are not here: a shape that is known at compile time is a compile error. Neither are the caller's own mistakes
//! (two slices of different length, say): those panic where they are made, and the function's documentation says so.

use alloc::string::String;

/// Bad input from the world: what went wrong, where, what was found and what was expected.
#[derive(Debug, thiserror::Error)]
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
        /// The position of the layer in the network, counted from 0.
        layer: usize,
        /// What the layer is called: `Swish`.
        kind: &'static str,
        /// The format: `ONNX`.
        format: &'static str,
        /// What the layer says of itself.
        found: String,
        /// What the format needs to know.
        expected: String,
    },

    /// Training has left the numbers: the loss is not finite.
    #[error("the loss is {loss} at epoch {epoch}, step {step}: a smaller learning rate usually helps")]
    Diverged {
        /// The epoch, counted from 1.
        epoch: usize,
        /// The step within the epoch, counted from 1.
        step: usize,
        /// The loss: NaN or infinite.
        loss: f64,
    },
}

/// The result of everything that can meet bad input.
pub type Result<T, E = Error> = core::result::Result<T, E>;
