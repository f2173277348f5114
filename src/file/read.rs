//! Reading whole files, up to a limit.

use std::format;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::string::String;
use std::vec::Vec;

use super::{Attempts, attempt, cannot, kind};
use crate::error::{Error, Result};

/// Reads all bytes of `path`, at most `most`.
///
/// A longer file is refused before it is read. Pipes and devices, which have no length, are read until they end or exceed `most`.
/// Memory is allocated for the bytes there are, not for the limit; if it does not suffice, that is an error.
///
/// # Errors
///
/// [`Error::Io`] if the file cannot be opened or read; [`Error::Format`] if it is longer than `most`, or a folder.
pub(crate) fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    let wrong = |what, found, expected| Err(Error::Format { path: path.into(), what, found, expected });
    let too_long = |found: String| wrong("file length", found, format!("at most {most} bytes"));

    let file = attempt("open", || File::open(path)).map_err(cannot("open", path))?;
    let about = attempt("metadata", || file.metadata()).map_err(cannot("read", path))?;
    if about.is_dir() {
        return wrong("file type", kind(&about).into(), "a file".into());
    }
    if about.len() > most {
        return too_long(format!("{} bytes", about.len()));
    }
    let bytes = fill(Attempts(file), about.len(), most.saturating_add(1)).map_err(cannot("read", path))?;
    if bytes.len() as u64 > most {
        return too_long("more".into());
    }
    Ok(bytes)
}

/// Reads `file`, up to `limit` bytes; `len` is its expected length.
fn fill(mut file: Attempts, len: u64, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // Tries to read one byte more than expected, to detect the end. A file without a length, or one that grows, is read in parts
    // that double in size.
    let mut more = len.max(8191).saturating_add(1).min(limit);
    while more > 0 {
        // With this capacity reserved, `read_to_end` does not allocate, which would abort if memory does not suffice.
        bytes.try_reserve_exact(usize::try_from(more).unwrap_or(usize::MAX))?;
        let read = file.by_ref().take(more).read_to_end(&mut bytes)?;
        if (read as u64) < more {
            break;
        }
        more = (bytes.len() as u64).min(limit - bytes.len() as u64);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::string::ToString;

    use super::*;
    use crate::file::fault;

    fn error(path: &Path, most: u64) -> String {
        let error = read(path, most).unwrap_err().to_string();
        error.strip_prefix(&format!("{}: ", path.display())).unwrap_or(&error).to_string()
    }

    #[test]
    fn a_file_is_read_up_to_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        // Lengths around that of the first part, and its double.
        for len in [0, 1, 8190, 8191, 8192, 8193, 16_383, 16_384, 16_385, 100_000] {
            let contents: Vec<u8> = (0..len).map(|i: u32| i as u8).collect();
            fs::write(&path, &contents).unwrap();
            let len = u64::from(len);
            for most in [len, len + 1, u64::MAX] {
                assert_eq!(read(&path, most).unwrap(), contents);
            }
            if let Some(most) = len.checked_sub(1) {
                assert_eq!(
                    error(&path, most),
                    format!("file length: found {len} bytes, expected at most {most} bytes")
                );
            }
            for (said, limit) in [(0, len + 1), (len / 2, len + 1), (len + 9, u64::MAX)] {
                let read = fill(Attempts(File::open(&path).unwrap()), said, limit).unwrap();
                assert_eq!(read, contents, "a file whose length was {said} a moment ago");
            }
        }
    }

    #[test]
    fn an_enormous_file_is_refused_unread() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        // A sparse file: it has a length, but takes no space on disk.
        File::create(&path).unwrap().set_len(1 << 42).unwrap();
        assert_eq!(error(&path, 1 << 30), "file length: found 4398046511104 bytes, expected at most 1073741824 bytes");
    }

    #[test]
    fn a_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = error(folder.path(), 9);
        if cfg!(unix) {
            assert_eq!(error, "file type: found a folder, expected a file");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_has_no_end_is_left_at_the_limit() {
        for most in [0, 5, 8191, 8192, 1 << 20] {
            let message = error(Path::new("/dev/zero"), most);
            assert_eq!(message, format!("file length: found more, expected at most {most} bytes"));
        }
        assert_eq!(read(Path::new("/dev/null"), 0).unwrap(), b"");
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_read_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for most in [99_999, 100_000] {
            let writer = std::thread::spawn({
                let pipe = pipe.clone();
                move || fs::write(pipe, [7; 100_000])
            });
            let result = read(&pipe, most).map_err(|error| error.to_string());
            let too_long = format!("{}: file length: found more, expected at most {most} bytes", pipe.display());
            assert_eq!(result, if most < 100_000 { Err(too_long) } else { Ok([7; 100_000].to_vec()) });
            // The writer fails if the pipe is not read to its end; that is expected.
            writer.join().unwrap().ok();
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_may_not_suffice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let is_given = File::create(&path).unwrap().set_len(1 << 43).is_ok();
        if !is_given || fs::read("/proc/sys/vm/overcommit_memory").unwrap() == b"1\n" {
            return std::eprintln!("SKIPPED: no such file can be, or this system promises any memory");
        }
        let error = error(&path, u64::MAX);
        assert!(error.starts_with(&format!("cannot read {}: ", path.display())) && error.contains("memory"), "{error}");
    }

    #[test]
    fn each_operation_may_fail() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, [7; 20_000]).unwrap();
        let mut operations = Vec::new();
        let bytes = fault::each(
            || read(&path, 1 << 20),
            |result, operation| {
                operations.push(operation);
                let error = result.unwrap_err().to_string();
                let action = if operation == "open" { "open" } else { "read" };
                assert_eq!(error, format!("cannot {action} {}: made to fail: {operation}", path.display()));
            },
        );
        assert_eq!(bytes.unwrap(), [7; 20_000]);
        assert_eq!(operations[..3], ["open", "metadata", "read"]);
    }
}
