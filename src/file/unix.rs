//! What files are on Unix: kinds, modes and owners.

use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};

use super::attempt;

/// What a pipe is, in words.
pub(super) const PIPE: &str = "a pipe";

/// What is there, in words: `a folder`.
pub(super) fn kind(about: &Metadata) -> &'static str {
    let kind = about.file_type();
    match () {
        () if kind.is_dir() => "a folder",
        () if kind.is_fifo() => PIPE,
        () if kind.is_socket() => "a socket",
        () if kind.is_char_device() || kind.is_block_device() => "a device",
        () => "a file",
    }
}

/// This process's standard output or error, if that is what this file is: `/dev/stdout` is another name for it.
pub(super) fn own_output(about: &Metadata) -> io::Result<Option<File>> {
    for own in [io::stdout().as_fd().try_clone_to_owned(), io::stderr().as_fd().try_clone_to_owned()] {
        // It may be closed.
        let Ok(own) = own.map(File::from) else { continue };
        let found = own.metadata()?;
        if (found.dev(), found.ino()) == (about.dev(), about.ino()) {
            io::stdout().flush()?;
            return Ok(Some(own));
        }
    }
    Ok(None)
}

/// Lets nobody else open the file that is made, until [`adopt`] says who may.
pub(super) fn keep_private(options: &mut OpenOptions) {
    options.mode(0o600);
}

/// Gives `file` the owner, group and mode of `old`, whose place it is to take.
///
/// Only root can give files away, and others have few groups to choose from. Where the group cannot be kept, it may do what
/// everybody may: it is not the group that was trusted. The bits of programs (set-user-ID and its like) go, as they do when a
/// file is written to.
pub(super) fn adopt(file: &File, old: &Metadata) -> io::Result<()> {
    let new = attempt("metadata", || file.metadata())?;
    let mut mode = old.mode() & 0o777;
    let own = |user| attempt("change owner", || fchown(file, user, Some(old.gid())));
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) && own(Some(old.uid())).or_else(|_| own(None)).is_err() {
        mode = mode & 0o707 | (mode & 0o007) << 3;
    }
    // Not every file system has modes: nothing is asked for that is so already.
    if new.mode() & 0o777 != mode {
        attempt("change mode", || file.set_permissions(Permissions::from_mode(mode)))?;
    }
    Ok(())
}
