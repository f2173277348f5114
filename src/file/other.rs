//! What files are where Rust's standard library says no more of them than that they are files or folders.

use std::fs::{File, Metadata, OpenOptions};
use std::io;

/// What a pipe is, in words: nothing is known to be one.
pub(super) const PIPE: &str = "a pipe";

/// What is there, in words: `a folder`.
pub(super) fn kind(about: &Metadata) -> &'static str {
    match () {
        () if about.is_dir() => "a folder",
        () if about.is_file() => "a file",
        () => "a device",
    }
}

/// Standard output has no name here.
pub(super) fn own_output(_: &Metadata) -> io::Result<Option<File>> {
    Ok(None)
}

/// The folder says who may open a file.
pub(super) fn keep_private(_: &mut OpenOptions) {}

/// Likewise.
pub(super) fn adopt(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}
