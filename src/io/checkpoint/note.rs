//! What has to be known of a training that is gone on with, though it is no error.

use alloc::string::String;
use core::fmt;
use std::path::PathBuf;

use crate::Error;

/// Something to be known about a training that was brought back from a checkpoint.
#[derive(Debug)]
#[non_exhaustive]
pub enum Note {
    /// A checkpoint is damaged, and the training goes on from an older one.
    Damaged {
        /// Which, and how that was seen.
        error: Error,
        /// What the file is called from now on. It is not removed.
        kept: PathBuf,
    },
    /// The checkpoint was written on another kind of processor: the training goes on, but not to the same bits.
    Machine {
        /// The checkpoint's file, or `the checkpoint` where there is none.
        place: String,
        /// The processor in the checkpoint.
        found: String,
        /// This one.
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
                "{place}: written on {found}, and this is {expected}: the training goes on, but its last bits will be others"
            ),
        }
    }
}
