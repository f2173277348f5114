//! Notes on a resumed training that are not errors.

use alloc::string::String;
use core::fmt;
use std::path::PathBuf;

use crate::Error;

/// A note on a training that was resumed from a checkpoint.
#[derive(Debug)]
#[non_exhaustive]
pub enum Note {
    /// A checkpoint is damaged, and the training continues from an older one.
    Damaged {
        /// The file, and what is wrong with it.
        error: Error,
        /// The new name of the damaged file. It is not removed.
        kept: PathBuf,
    },
    /// The checkpoint was written on another kind of processor: the training continues, but its last bits will differ.
    Machine {
        /// The checkpoint's file, or `the checkpoint` if there is no file.
        place: String,
        /// The kind of processor named in the checkpoint.
        found: String,
        /// The kind of this processor.
        expected: String,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::Damaged { error, kept } => {
                write!(
                    f,
                    "{error}; the training goes on from an older checkpoint, and this one is kept as {}",
                    kept.display()
                )
            }
            Note::Machine { place, found, expected } => write!(
                f,
                "{place}: written on {found}, and this is {expected}: the training goes on, but its last bits will differ"
            ),
        }
    }
}
