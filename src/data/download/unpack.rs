//! Unpacking, up to the length that is expected.

use std::format;
use std::io::ErrorKind::{Interrupted, InvalidData, InvalidInput, UnexpectedEof};
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::string::String;
use std::vec;

use flate2::bufread::GzDecoder;
use sha2::{Digest, Sha256};

use super::source::SourceFile;
use crate::error::{Error, Result};
use crate::file::{cannot, open, write_atomically};

/// Unpacks `packed` to the file `to`, which is seen whole or not at all. At most as many bytes as expected, and one, are unpacked.
pub(super) fn unpack(packed: &Path, file: &SourceFile, to: &Path) -> Result<()> {
    let wrong = |what, found: String, expected: String| Error::Format { path: packed.into(), what, found, expected };
    let mut decoder = GzDecoder::new(BufReader::new(open(packed)?.0));
    let mut refused = None;
    let result = write_atomically(to, |writer| {
        let mut refuse = |error| {
            refused = Some(error);
            Err(io::Error::other("it is refused"))
        };
        let (mut hash, mut len) = (Sha256::new(), 0_u64);
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = match decoder.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == Interrupted => continue,
                Err(error) if matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof) => {
                    return refuse(wrong("gzip", format!("{error}"), "a whole file".into()));
                }
                Err(error) => return refuse(cannot("read", packed)(error)),
            };
            len += read as u64;
            if len > file.len {
                break;
            }
            hash.update(&buffer[..read]);
            writer.write_all(&buffer[..read])?;
        }
        if len != file.len {
            let found = if len > file.len { "more".into() } else { format!("{len} bytes") };
            return refuse(wrong("unpacked length", found, format!("{} bytes", file.len)));
        }
        let sum = hex(hash);
        match &file.sha256 {
            Some(expected) if *expected != sum => refuse(wrong("unpacked SHA-256", sum, expected.clone())),
            _ => Ok(()),
        }
    });
    refused.map_or(result, Err)
}

/// The sum as `sha256sum` prints it.
pub(super) fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;
    use std::string::ToString;
    use std::vec::Vec;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn sum(bytes: &[u8]) -> String {
        hex(Sha256::new_with_prefix(bytes))
    }

    #[test]
    fn only_what_is_expected_is_unpacked() {
        let folder = tempfile::tempdir().unwrap();
        let [from, to] = ["from", "to"].map(|name| folder.path().join(name));
        let zeros = vec![0; 1_000_000];
        let whole = packed(&zeros);
        let run = |bytes: &[u8], len: usize, sha256: Option<String>| {
            fs::write(&from, bytes).unwrap();
            let file = SourceFile {
                name: "to".into(),
                packed_len: bytes.len() as u64,
                packed_sha256: sum(bytes),
                len: len as u64,
                sha256,
            };
            let result = unpack(&from, &file, &to).map_err(|error| error.to_string());
            assert_eq!(fs::exists(&to).unwrap(), result.is_ok());
            assert_eq!(
                fs::read_dir(&folder).unwrap().count(),
                1 + usize::from(result.is_ok()),
                "no other file is left"
            );
            fs::remove_file(&to).ok();
            result
        };
        run(&whole, zeros.len(), Some(sum(&zeros))).unwrap();
        run(&whole, zeros.len(), None).unwrap();
        let refused = |result: Result<(), String>, says: &str| {
            let error = result.unwrap_err();
            assert!(error.starts_with(&format!("{}: {says}", from.display())), "{error}");
        };
        // A thousand times more than is expected: it is not unpacked.
        refused(run(&whole, 1_000, None), "unpacked length: found more, expected 1000 bytes");
        refused(run(&whole, zeros.len() + 1, None), "unpacked length: found 1000000 bytes, expected 1000001 bytes");
        refused(run(&whole, zeros.len(), Some(sum(b""))), "unpacked SHA-256: found ");
        refused(run(&whole[..whole.len() - 9], zeros.len(), None), "gzip: found ");
        let mut damaged = whole.clone();
        damaged[whole.len() - 6] ^= 1;
        refused(run(&damaged, zeros.len(), None), "gzip: found ");
        refused(run(b"<html>", 6, None), "gzip: found ");
        refused(run(b"", 1, None), "gzip: found ");
    }
}
