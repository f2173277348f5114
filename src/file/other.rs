//! File kinds on systems where Rust's standard library only distinguishes files and folders.

use std::fs::{File, Metadata, OpenOptions};
use std::io;

/// The name of a pipe; here no file is known to be one.
pub(super) const PIPE: &str = "a pipe";

/// The kind of a file as text: `a folder`.
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

/// Does nothing: here the folder determines who may open a file.
pub(super) fn keep_private(_: &mut OpenOptions) {}

/// Does nothing, for the same reason.
pub(super) fn adopt(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}
