//! Files on Unix: kinds, modes and owners.

use std::fs::{File, Metadata, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};

use super::attempt;

/// The name of a pipe.
pub(super) const PIPE: &str = "a pipe";

/// The kind of a file as text: `a folder`.
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

/// This process's standard output or error, if the file is one of them: `/dev/stdout` is another name for it.
pub(super) fn own_output(about: &Metadata) -> io::Result<Option<File>> {
    for own in [io::stdout().as_fd().try_clone_to_owned(), io::stderr().as_fd().try_clone_to_owned()] {
        // The stream may be closed.
        let Ok(own) = own.map(File::from) else { continue };
        let found = own.metadata()?;
        if (found.dev(), found.ino()) == (about.dev(), about.ino()) {
            io::stdout().flush()?;
            return Ok(Some(own));
        }
    }
    Ok(None)
}

/// Restricts the file to its owner until [`adopt`] sets its permissions.
pub(super) fn keep_private(options: &mut OpenOptions) {
    options.mode(0o600);
}

/// Gives `file` the owner, group and mode of `old`, which it is to replace.
///
/// Only root can change the owner, and other users can choose only their own groups. Where the group cannot be kept, the new group
/// gets the permissions of all others, because it is not the group that was trusted. The set-user-ID, set-group-ID and sticky
/// bits are cleared.
pub(super) fn adopt(file: &File, old: &Metadata) -> io::Result<()> {
    let new = attempt("metadata", || file.metadata())?;
    let mut mode = old.mode() & 0o777;
    let own = |user| attempt("change owner", || fchown(file, user, Some(old.gid())));
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) && own(Some(old.uid())).or_else(|_| own(None)).is_err() {
        mode = mode & 0o707 | (mode & 0o007) << 3;
    }
    // Not every file system supports modes, so the mode is set only if it differs.
    if new.mode() & 0o777 != mode {
        attempt("change mode", || file.set_permissions(Permissions::from_mode(mode)))?;
    }
    Ok(())
}
