//! One file from the first mirror that has it.

use std::format;
use std::path::Path;
use std::string::String;
use std::time::{Duration, Instant};
use std::vec;
use std::vec::Vec;

use super::Limits;
use super::http::{Client, Refusal};
use super::part::Part;
use super::source::SourceFile;
use crate::error::{Error, Mismatch, Result};

/// How often one mirror is asked again for the rest of a file after the connection was cut.
const TRIES: usize = 20;

/// The transfers of one download.
pub(super) struct Transfer<'a> {
    mirrors: &'a [String],
    limits: &'a Limits,
    client: Client,
    start: Instant,
    /// Whether any byte has come.
    online: bool,
}

/// Why a mirror did not give the file.
enum Failure {
    /// What came instead, and whether it may go better if it is asked again.
    Mirror { found: String, expected: String, again: bool },
    /// This computer cannot keep it.
    Own(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Own(error)
    }
}

impl<'a> Transfer<'a> {
    pub(super) fn new(mirrors: &'a [String], limits: &'a Limits) -> Transfer<'a> {
        Transfer { mirrors, limits, client: Client::new(limits.stall), start: Instant::now(), online: false }
    }

    /// Brings the compressed file to `path`, where a part of it may be already. `received` gets the number of bytes there are.
    pub(super) fn file(&mut self, file: &SourceFile, path: &Path, received: &mut dyn FnMut(u64)) -> Result<()> {
        let mut mismatches = Vec::new();
        for (i, mirror) in self.mirrors.iter().enumerate() {
            let url = format!("{mirror}{}.gz", file.name);
            for tries in 0.. {
                match self.attempt(&url, self.mirrors.len() - i, file, path, received) {
                    Ok(()) => return Ok(()),
                    Err(Failure::Own(error)) => return Err(error),
                    Err(Failure::Mirror { again: true, .. }) if tries < TRIES => {}
                    Err(Failure::Mirror { found, expected, .. }) => {
                        mismatches.push(Mismatch { what: url, found, expected });
                        break;
                    }
                }
            }
        }
        Err(Error::Download { file: format!("{}.gz", file.name), mismatches })
    }

    /// Asks one mirror once. `left` is the number of mirrors left, this one included.
    fn attempt(
        &mut self,
        url: &str,
        left: usize,
        file: &SourceFile,
        path: &Path,
        received: &mut dyn FnMut(u64),
    ) -> Result<(), Failure> {
        let mut part = Part::open(path, file.packed_len)?;
        let had = part.len();
        if had < file.packed_len {
            self.rest(&mut part, url, left, file, received)?;
        }
        let sum = part.sum();
        if sum == file.packed_sha256 {
            return Ok(());
        }
        part.clear()?;
        // The wrong bytes may be among those that were there before.
        let (found, expected) = (format!("SHA-256 {sum}"), file.packed_sha256.clone());
        Err(Failure::Mirror { found, expected, again: had > 0 })
    }

    /// Receives the bytes that are missing.
    fn rest(
        &mut self,
        part: &mut Part,
        url: &str,
        left: usize,
        file: &SourceFile,
        received: &mut dyn FnMut(u64),
    ) -> Result<(), Failure> {
        let whole = file.packed_len;
        let mirror = |found, again| Failure::Mirror { found, expected: format!("{whole} bytes"), again };
        let was_online = self.online;
        let limit = self.limit(left, whole - part.len());
        if limit < Duration::from_millis(50) {
            return Err(mirror("no time left to ask it".into(), false));
        }
        let mut reply = match self.client.get(url, part.len(), whole, limit) {
            Ok(reply) => reply,
            Err(Refusal { found, no_such_part, .. }) => {
                // Then from the start: what is here may be the part of another file.
                let again = no_such_part && part.len() > 0;
                if again {
                    part.clear()?;
                }
                return Err(mirror(found, again));
            }
        };
        if reply.start < part.len() {
            part.clear()?;
        }
        let had = part.len();
        let mut buffer = vec![0; 1 << 16];
        while part.len() < whole {
            let room = buffer.len().min(usize::try_from(whole - part.len()).unwrap_or(usize::MAX));
            let (read, timed_out) = match reply.read(&mut buffer[..room]) {
                Ok(read) => (read, false),
                Err(refusal) => (0, refusal.timed_out),
            };
            if read == 0 {
                let found = match timed_out {
                    true => format!("{} bytes, and nothing more in time", part.len()),
                    false => format!("{} bytes, then the connection was cut", part.len()),
                };
                // The time limit before the first byte is a short one.
                return Err(mirror(found, part.len() > had && (!timed_out || !was_online)));
            }
            part.push(&buffer[..read])?;
            self.online = true;
            received(part.len());
        }
        Ok(())
    }

    /// How long one request may take. As long as no mirror has sent anything, all of them share a short time; later it depends on
    /// the number of bytes.
    fn limit(&self, left: usize, bytes: u64) -> Duration {
        if self.online {
            let slowest = bytes as f64 / self.limits.slowest.max(1) as f64;
            return self.limits.stall * 4 + Duration::try_from_secs_f64(slowest).unwrap_or(Duration::MAX / 4);
        }
        self.limits.offline.saturating_sub(self.start.elapsed()) / left as u32
    }
}
