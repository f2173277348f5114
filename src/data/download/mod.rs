//! Datasets from the internet: MNIST, Fashion-MNIST, KMNIST, and your own.
//!
//! [`download`] brings one to the user's cache folder, where [`Set::find`] finds it; [`Source::download`] brings a dataset of your own.
//! Nothing else in this crate uses the network.
//!
//! ```no_run
//! use std::path::Path;
//!
//! use shapeproof::data::download::{News, download};
//! use shapeproof::data::mnist::Set;
//!
//! # fn main() -> shapeproof::Result<()> {
//! let cache = Path::new("/home/me/.cache");
//! let origin = match Set::FashionMnist.find(None, Some(cache))? {
//!     Some(origin) => origin,
//!     None => download(Set::FashionMnist, cache, &mut |news| match news {
//!         News::Waiting => println!("another process downloads it"),
//!         News::Received { bytes, total } => println!("{bytes} of {total} bytes"),
//!     })?,
//! };
//! let data = origin.read()?;
//! # Ok(())
//! # }
//! ```
//!
//! # What is guaranteed
//! - **The folder is there whole, or it is not there**, also if the process is killed. Files are prepared in `.mnist.part` beside
//!   it, which is renamed at the end; a later download continues from there.
//! - **What is trusted is the SHA-256** of each compressed file, which is part of this crate. Therefore plain http suffices. The
//!   lengths, compressed and unpacked, are checked as well, and the unpacked sums where they are known (MNIST).
//! - **Mirrors** are tried in order. The next one is asked if one cannot be reached, sends nothing for 10 seconds, or sends
//!   something else. After a cut connection, only the rest is requested.
//! - **Without a network** there is an error within 4 seconds ([`Limits`]).
//! - Several processes may download at the same time: one does, the others wait for it.
//! - No more is received or unpacked than the expected number of bytes.
//!
//! A proxy is used if `http_proxy`, `https_proxy` or `all_proxy` names one and `no_proxy` does not exempt the host; it has to allow
//! the method `CONNECT`.
//!
//! # QMNIST
//! It is not downloaded: only MD5 sums of its files are published, which do not prove anything any more. If its four files, unpacked,
//! are in `data/qmnist`, they are found there.

mod cache;
mod http;
mod part;
mod source;
mod transfer;
mod unpack;

use std::fs;
use std::path::Path;
use std::time::Duration;

use self::cache::Draft;
pub use self::source::{Source, SourceFile};
use self::transfer::Transfer;
use crate::data::mnist::{Origin, Place, Set};
use crate::error::{Error, Result};
use crate::file::attempt;

/// The time limits of a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long to wait for the first byte, in all, whatever the number of mirrors: 4 seconds.
    pub offline: Duration,
    /// How long to wait for each further step: an address, a connection, an answer, more bytes. 10 seconds.
    pub stall: Duration,
    /// Bytes a second. A mirror that is slower on the whole file is given up, after 40 seconds at the earliest: 20,000.
    pub slowest: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { offline: Duration::from_secs(4), stall: Duration::from_secs(10), slowest: 20_000 }
    }
}

/// What a download reports while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Another process is downloading the same dataset; it is waited for.
    Waiting,
    /// Bytes have come.
    Received {
        /// The bytes of all compressed files that are there now, those of an earlier download included.
        bytes: u64,
        /// The bytes of all compressed files.
        total: u64,
    },
}

/// Downloads `set` to its folder in `cache`, the user's cache folder, unless it is there. Calls `news` after every few kilobytes.
///
/// # Errors
///
/// As [`Source::download`]; [`Error::Setting`] for QMNIST.
pub fn download(set: Set, cache: &Path, news: &mut dyn FnMut(News)) -> Result<Origin> {
    let source = Source::of(set).ok_or_else(|| Error::Setting {
        setting: "set",
        found: set.name().into(),
        expected: "one whose SHA-256 sums are published: MNIST, Fashion-MNIST or KMNIST".into(),
    })?;
    let dir = set.cached(cache);
    source.download(&dir, &Limits::default(), news)?;
    Ok(Origin::Folder { set, dir, place: Place::Cache })
}

impl Source {
    /// Downloads the files to the folder `dir`, which must not exist, or be empty. If it has all files already, nothing is done.
    ///
    /// Meanwhile, `.NAME.part` and `.NAME.lock` are beside it; the latter remains. Whatever has come stays in the former if no mirror
    /// has the rest, but not if the disk is full.
    ///
    /// # Errors
    ///
    /// [`Error::Download`] if no mirror has a file: what each of them sent. [`Error::Io`] if a file cannot be written.
    /// [`Error::Format`] if `dir` has other files, or if what a file contains is not as expected in spite of its sum.
    /// [`Error::Setting`] if a name or a sum cannot be one.
    pub fn download(&self, dir: &Path, limits: &Limits, news: &mut dyn FnMut(News)) -> Result<()> {
        self.check()?;
        let Some(draft) = Draft::open(dir, self, &mut || news(News::Waiting))? else { return Ok(()) };
        match self.fill(&draft.folder, limits, news) {
            Ok(()) => draft.publish(self),
            Err(error) => {
                // This computer, and not a mirror, is the reason. The space may be needed.
                if matches!(error, Error::Io { action: "write", .. } | Error::Format { .. }) {
                    draft.discard();
                }
                Err(error)
            }
        }
    }

    fn fill(&self, folder: &Path, limits: &Limits, news: &mut dyn FnMut(News)) -> Result<()> {
        let mut transfer = Transfer::new(&self.mirrors, limits);
        let (mut before, total) = (0, self.packed_len());
        for file in &self.files {
            let unpacked = folder.join(&file.name);
            let packed = folder.join(std::format!("{}.gz", file.name));
            // It was renamed to this name when it was whole.
            if !attempt("metadata", || fs::metadata(&unpacked)).is_ok_and(|about| about.len() == file.len) {
                transfer.file(file, &packed, &mut |bytes| news(News::Received { bytes: before + bytes, total }))?;
                unpack::unpack(&packed, file, &unpacked)?;
            }
            attempt("remove", || fs::remove_file(&packed)).ok();
            before += file.packed_len;
            news(News::Received { bytes: before, total });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;
    use std::string::{String, ToString};
    use std::vec::Vec;
    use std::{format, thread, vec};

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use sha2::{Digest, Sha256};

    use super::*;
    use crate::file::fault;

    const FILES: [(&str, usize); 2] = [("images", 100_000), ("labels", 40)];

    fn bytes(len: usize) -> Vec<u8> {
        (0..len).map(|i| (i * i / 7) as u8).collect()
    }

    /// Serves the files on loopback as long as the tests run.
    fn source() -> Source {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut source = Source { mirrors: vec![format!("http://{}/", listener.local_addr().unwrap())], files: vec![] };
        let mut bodies = Vec::new();
        for (name, len) in FILES {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(&bytes(len)).unwrap();
            let packed = encoder.finish().unwrap();
            source.files.push(SourceFile {
                name: name.into(),
                packed_len: packed.len() as u64,
                packed_sha256: unpack::hex(Sha256::new_with_prefix(&packed)),
                len: len as u64,
                sha256: None,
            });
            bodies.push((format!("GET /{name}.gz "), packed));
        }
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let lines: Vec<String> =
                    BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
                let Some((_, body)) = bodies.iter().find(|(start, _)| lines[0].starts_with(start)) else { continue };
                let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
                stream.write_all(&[head.as_bytes(), body].concat()).ok();
            }
        });
        source
    }

    fn is_whole(dir: &Path) -> bool {
        let whole = dir.exists();
        for (name, len) in FILES {
            assert_eq!(fs::read(dir.join(name)).ok(), whole.then(|| bytes(len)), "{name}");
        }
        whole
    }

    #[test]
    fn each_operation_may_fail() {
        let source = source();
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("cache/set");
        let mut operations = Vec::new();
        let result = fault::each(
            || {
                fs::remove_dir_all(root.path().join("cache")).ok();
                source.download(&dir, &Limits::default(), &mut |_| {})
            },
            |result, operation| {
                operations.push(operation);
                match result {
                    Ok(()) => assert!(is_whole(&dir), "{operation}"),
                    Err(error) => {
                        let error = error.to_string();
                        assert!(error.starts_with("cannot ") && error.contains(operation), "{error}");
                        // Only its name may not be on disk yet.
                        let synced = format!("cannot sync the folder of {}: ", dir.display());
                        assert_eq!(is_whole(&dir), error.starts_with(&synced), "{error}");
                    }
                }
            },
        );
        result.unwrap();
        assert!(is_whole(&dir));
        let all = ["make folder", "create", "open", "read", "write", "sync", "rename", "remove", "read folder"];
        assert!(all.iter().all(|operation| operations.contains(operation)), "{operations:?}");
    }

    /// A process may be killed at any operation.
    #[test]
    fn a_download_may_end_anywhere() {
        let source = source();
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("cache/set");
        let download = || source.download(&dir, &Limits::default(), &mut |_| {});
        for n in 0.. {
            fs::remove_dir_all(root.path().join("cache")).ok();
            let (_, failed) = fault::from(n, download);
            let was_whole = is_whole(&dir);
            assert!(was_whole || failed.is_some());
            download().unwrap();
            assert!(is_whole(&dir), "{failed:?}");
            if failed.is_none() {
                break;
            }
        }
    }
}
