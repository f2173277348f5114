//! Decoded pictures, kept as an IDX file.
//!
//! ```text
//! <cache>/shapeproof/images/<folder>-<its path, the shape and the rule>/<the listing>.idx
//!                                                                       <the listing>.skipped
//! ```
//!
//! Both parts in `<…>` are SHA-256 checksums. A file that is there is complete, since it is renamed when it is; and it has the
//! pictures of exactly this listing, since that is in its name. The file `.skipped` is written first.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::string::{String, ToString};
use std::time::Duration;
use std::vec::Vec;
use std::{format, vec};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::decode::Fault;
use super::listing::Listing;
use crate::data::idx::{Sample, header_bytes};
use crate::error::Result;
use crate::file::{attempt, cannot, write_atomically};

/// Where the pictures of a listing are kept.
pub(super) struct Cached {
    folder: PathBuf,
    /// One IDX file of all pictures, in the listing's order. Those that could not be decoded are black.
    pub images: PathBuf,
    skipped: PathBuf,
}

/// A picture that could not be decoded: its index in the listing, and what was found.
pub(super) type Skipped = (usize, String);

/// A temporary file that has not been written to for this long is that of a killed process.
const ABANDONED: Duration = Duration::from_secs(3600);

/// The pixels that are decoded before they are written, in bytes.
const HELD: usize = 1 << 25;

impl Cached {
    /// The place for the pictures of `root`. `key` is what they depend on besides the listing: the shape and the rule.
    pub fn of(cache: &Path, root: &Path, key: &str, listing: &Listing) -> Result<Cached> {
        let real = attempt("find folder", || root.canonicalize()).map_err(cannot("open", root))?;
        let place = checksum(|sha| {
            part(sha, key.as_bytes());
            part(sha, real.as_os_str().as_encoded_bytes());
        });
        let name = real.file_name().unwrap_or_default().to_string_lossy();
        let name = &name[..name.floor_char_boundary(64)];
        let folder = cache.join("shapeproof/images").join(format!("{name}-{}", &place[..16]));
        let content = checksum(|sha| {
            sha.update((listing.classes.len() as u64).to_le_bytes());
            listing.classes.iter().for_each(|class| part(sha, class.as_bytes()));
            for picture in &listing.pictures {
                part(sha, picture.path.as_os_str().as_encoded_bytes());
                sha.update(picture.class.to_le_bytes());
                let (size, modified) = picture.stamp.map_or((u64::MAX, 0), |stamp| (stamp.size, stamp.modified));
                sha.update(size.to_le_bytes());
                sha.update(modified.to_le_bytes());
            }
        });
        let file = |ending| folder.join(format!("{}.{ending}", &content[..32]));
        Ok(Cached { images: file("idx"), skipped: file("skipped"), folder })
    }

    /// The pictures that were skipped, if the decoded ones are there.
    pub fn find(&self) -> Result<Option<Vec<Skipped>>> {
        let read = || {
            attempt("metadata", || fs::metadata(&self.images))?;
            attempt("read", || fs::read_to_string(&self.skipped))
        };
        match read() {
            Ok(text) => Ok(text.lines().map(|line| line.split_once('\t')).map(parse).collect()),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidData) => Ok(None),
            Err(error) => Err(cannot("read", &self.skipped)(error)),
        }
    }

    /// Decodes all pictures on all cores and writes them in order. At most [`HELD`] bytes of them are in memory, or one for each
    /// thread.
    ///
    /// # Errors
    /// The first error of `judge`, which is asked about each picture that could not be decoded; those of writing.
    pub fn make<S: Sample>(
        &self,
        listing: &Listing,
        decode: impl Fn(usize) -> Result<Vec<u8>, Fault> + Sync,
        mut judge: impl FnMut(usize, Fault) -> Result<String>,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<Skipped>> {
        attempt("create folder", || fs::create_dir_all(&self.folder)).map_err(cannot("create", &self.folder))?;
        self.remove_others();
        let total = listing.pictures.len();
        let threads = rayon::current_num_threads();
        let together = (HELD / size_of::<S>()).clamp(threads, 32 * threads);
        let mut skipped = Vec::new();
        let mut refused = None;
        let written = write_atomically(&self.images, |writer| {
            writer.write_all(&header_bytes::<S>(total))?;
            progress(0, total);
            for start in (0..total).step_by(together) {
                let end = total.min(start + together);
                let decoded: Vec<_> = (start..end).into_par_iter().map(&decode).collect();
                for (index, pixels) in (start..).zip(decoded) {
                    let pixels = match pixels {
                        Ok(pixels) => pixels,
                        Err(fault) => match judge(index, fault) {
                            Ok(found) => {
                                skipped.push((index, found));
                                vec![0; size_of::<S>()]
                            }
                            Err(error) => {
                                refused = Some(error);
                                return Err(ErrorKind::Other.into());
                            }
                        },
                    };
                    writer.write_all(&pixels)?;
                }
                progress(end, total);
            }
            let mut text = String::new();
            skipped.iter().for_each(|(index, found)| _ = writeln!(text, "{index}\t{found}"));
            write_atomically(&self.skipped, |writer| writer.write_all(text.as_bytes())).map_err(io::Error::other)
        });
        match refused {
            Some(error) => Err(error),
            None => written.map(|()| skipped),
        }
    }

    /// Removes the pictures of older listings, and what killed processes have left. A process that has mapped such a file keeps
    /// it. Nothing depends on this, so errors are ignored.
    fn remove_others(&self) {
        for entry in attempt("read folder", || fs::read_dir(&self.folder)).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_own = path == self.images || path == self.skipped;
            let age =
                entry.metadata().and_then(|about| about.modified()).map(|time| time.elapsed().unwrap_or_default());
            let is_written =
                path.extension().is_some_and(|ending| ending == "tmp") && age.is_ok_and(|age| age < ABANDONED);
            if !is_own && !is_written {
                attempt("remove", || fs::remove_file(&path)).ok();
            }
        }
    }
}

fn parse(line: Option<(&str, &str)>) -> Option<Skipped> {
    let (index, found) = line?;
    Some((index.parse().ok()?, found.to_string()))
}

fn checksum(write: impl FnOnce(&mut Sha256)) -> String {
    let mut sha = Sha256::new();
    write(&mut sha);
    sha.finalize().iter().fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"))
}

/// Adds some bytes and their number, so that no other parts have the same checksum.
fn part(sha: &mut Sha256, bytes: &[u8]) {
    sha.update((bytes.len() as u64).to_le_bytes());
    sha.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Dataset, ImageFolder};
    use crate::error::Error;
    use crate::file::fault;

    /// Operations of this thread; pictures are opened by others.
    #[test]
    fn each_operation_may_fail() {
        let [root, cache] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        for class in ["a", "b"] {
            fs::create_dir(root.path().join(class)).unwrap();
            image::GrayImage::new(2, 2).save(root.path().join(class).join("1.png")).unwrap();
        }
        let read = || ImageFolder::new(root.path()).cache(cache.path()).read::<1, 2, 2>();
        let clear = || fs::remove_dir_all(cache.path().join("shapeproof"));
        let mut operations = Vec::new();
        let check = |result: Result<_, Error>, operation| {
            operations.push(operation);
            match result {
                Ok(_) => assert!(["remove", "read folder"].contains(&operation), "{operation}"),
                Err(error) => {
                    assert!(error.to_string().ends_with(&format!("made to fail: {operation}")), "{error}");
                }
            }
        };
        let first = fault::each(|| (clear().ok(), read()).1, check);
        assert_eq!(first.unwrap().len(), 2);
        let all = ["find folder", "read folder", "create folder", "create", "write", "sync", "rename", "open", "read"];
        assert!(all.iter().all(|one| operations.contains(one)), "{operations:?}");

        // As if the process were killed at any of them: afterwards, everything is there or is made again.
        for n in 0..=operations.len() {
            clear().ok();
            fault::from(n, || read().ok());
            assert_eq!(read().unwrap().len(), 2);
        }
    }
}
