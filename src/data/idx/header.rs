//! The header of an IDX file.

use std::boxed::Box;
use std::fmt;
use std::format;
use std::io::{self, Read};
use std::path::Path;
use std::string::String;
use std::vec;
use std::vec::Vec;

use super::sample::{Element, Sample, element_name};
use super::swap_big_endian;
use crate::error::{Error, Result};
use crate::file::{Attempts, cannot, open};

/// A header that matches its file and the requested sample type.
pub(super) struct Header<F> {
    /// The file, positioned at its first sample.
    pub file: F,
    /// The header's length, in bytes.
    pub len: usize,
    /// The length of all samples, in bytes: a multiple of the sample size, and the whole file after the header.
    pub data: usize,
}

/// The hint for a header that is valid in the other byte order.
const SWAPPED: &str = " (the header looks byte-swapped: IDX is big-endian)";

impl Header<Attempts> {
    /// Opens `path`, and reads and checks its header.
    pub fn open<S: Sample>(path: &Path) -> Result<Self> {
        let (file, len) = open(path)?;
        Header::check::<S>(path, file, len)
    }
}

impl<F: Read> Header<F> {
    /// Reads and checks the header of a file of `file_len` bytes; `path` is its name in errors.
    pub fn check<S: Sample>(path: &Path, mut file: F, file_len: u64) -> Result<Self> {
        const { assert!(size_of::<S>() > 0, "an IDX sample needs at least one number") };
        let wrong = |what, found: String, expected: String| Error::Format { path: path.into(), what, found, expected };
        let too_short = |least: usize| wrong("file length", format!("{file_len} bytes"), format!("at least {least}"));

        let mut magic = [0; 4];
        if file_len < 4 {
            return Err(too_short(4));
        }
        fill(&mut file, &mut magic).map_err(cannot("read", path))?;
        let [zero, zero_too, code, rank] = magic;
        if [zero, zero_too] == [0x1f, 0x8b] {
            return Err(wrong("magic number", "a gzip file".into(), "an IDX file: gunzip it first".into()));
        }
        if [zero, zero_too] != [0, 0] {
            // Rank, type, 0, 0.
            let is_swapped = zero > 0 && (0x08..=0x0E).contains(&zero_too) && [code, rank] == [0, 0];
            let hint = if is_swapped { SWAPPED } else { "" };
            return Err(wrong("magic number", format!("{zero:#04x} {zero_too:#04x}"), format!("0x00 0x00{hint}")));
        }
        if code != S::Element::CODE {
            let text = |code| format!("{code:#04x} ({})", element_name(code));
            return Err(wrong("element type", text(code), text(S::Element::CODE)));
        }

        let len = 4 + 4 * usize::from(rank);
        if file_len < len as u64 {
            return Err(too_short(len));
        }
        let mut dims = vec![[0; 4]; usize::from(rank)];
        fill(&mut file, dims.as_flattened_mut()).map_err(cannot("read", path))?;
        let dims: Vec<u32> = dims.into_iter().map(u32::from_be_bytes).collect();
        let swapped: Vec<u32> = dims.iter().map(|size| size.swap_bytes()).collect();
        let hint = if fits::<S>(&swapped) && file_length::<S>(&swapped) == Some(file_len) { SWAPPED } else { "" };
        if !fits::<S>(&dims) {
            let expected: Vec<_> = S::layouts().iter().map(|layout| times("N", layout)).collect();
            let found = match dims.split_first() {
                None => "none".into(),
                Some((count, sample)) if sample.len() <= 8 => times(count, sample),
                Some(_) => format!("{} of them", dims.len()),
            };
            return Err(wrong("dimensions", found, expected.join(" or ") + hint));
        }
        let expected = file_length::<S>(&dims);
        if expected != Some(file_len) {
            let expected = expected.map_or("more than 2⁶⁴".into(), |expected| format!("{expected}"));
            let (dims, name) = (times(dims[0], &dims[1..]), element_name(S::Element::CODE));
            let expected = format!("{expected} for {dims} {name}{hint}");
            return Err(wrong("file length", format!("{file_len} bytes"), expected));
        }
        match usize::try_from(file_len) {
            Ok(file_len) if isize::try_from(file_len).is_ok() => Ok(Header { file, len, data: file_len - len }),
            _ => Err(wrong("file length", format!("{file_len} bytes"), format!("at most {}", isize::MAX))),
        }
    }

    /// Reads the samples.
    pub fn read<S: Sample>(mut self) -> io::Result<Box<[S]>> {
        // Like `tensor::zeros`, but for sizes that come from a file.
        let samples = bytemuck::try_zeroed_slice_box(self.data / size_of::<S>());
        let mut samples = samples.map_err(|()| io::ErrorKind::OutOfMemory)?;
        let bytes = bytemuck::cast_slice_mut(&mut samples);
        fill(&mut self.file, bytes)?;
        swap_big_endian::<S::Element>(bytes);
        Ok(samples)
    }
}

/// The header of a file with this many samples.
///
/// # Panics
///
/// If there are more than 2³² − 1 samples, or `S` has more than 254 dimensions.
pub(in crate::data) fn bytes<S: Sample>(count: usize) -> Vec<u8> {
    const { assert!(size_of::<S>() > 0, "an IDX sample needs at least one number") };
    let dims = [vec![count], S::layouts().swap_remove(0)].concat();
    assert!(dims.len() <= 255, "idx::write: {} dimensions, but IDX has at most 255", dims.len());
    let mut header = vec![0, 0, S::Element::CODE, dims.len() as u8];
    for size in dims {
        assert!(u32::try_from(size).is_ok(), "idx::write: a dimension is {size}, but IDX has at most 2³² − 1");
        header.extend((size as u32).to_be_bytes());
    }
    header
}

/// Fills `bytes` from the file, whose length has been checked before.
fn fill(file: &mut impl Read, bytes: &mut [u8]) -> io::Result<()> {
    file.read_exact(bytes).map_err(|error| match error.kind() {
        kind @ io::ErrorKind::UnexpectedEof => io::Error::new(kind, "it became shorter while it was read"),
        _ => error,
    })
}

/// Whether a file of samples `S` may have these dimensions.
fn fits<S: Sample>(dims: &[u32]) -> bool {
    let sample = dims.get(1..).map(|sample| sample.iter().map(|&size| size as usize));
    sample.is_some_and(|sample| S::layouts().iter().any(|layout| sample.clone().eq(layout.iter().copied())))
}

/// The length in bytes of a file with dimensions that fit `S`. A sample has the same length in the file and in memory.
fn file_length<S: Sample>(dims: &[u32]) -> Option<u64> {
    let data = u64::from(*dims.first()?).checked_mul(size_of::<S>() as u64)?;
    data.checked_add(4 + 4 * dims.len() as u64)
}

/// `60000×28×28`
fn times(first: impl fmt::Display, others: &[impl fmt::Display]) -> String {
    others.iter().fold(format!("{first}"), |text, size| format!("{text}×{size}"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::string::ToString;

    use super::*;
    use crate::data::idx::{self, Idx};
    use crate::file::fault;

    #[test]
    fn a_file_may_become_shorter() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        idx::write(&path, &[7_u8; 9]).unwrap();
        let header = Header::open::<u8>(&path).unwrap();
        fs::File::options().write(true).open(&path).unwrap().set_len(12).unwrap();
        assert_eq!(header.read::<u8>().unwrap_err().to_string(), "it became shorter while it was read");
    }

    #[test]
    fn each_operation_may_fail() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        idx::write(&path, &[7_u8; 9]).unwrap();
        let check = |result: Result<Idx<u8>>, operation: &str| {
            let error = result.unwrap_err().to_string();
            let actions = ["open", "read", "map"].map(|action| format!("cannot {action} {}: ", path.display()));
            assert!(actions.iter().any(|action| error == format!("{action}made to fail: {operation}")), "{error}");
        };
        assert_eq!(*fault::each(|| Idx::read(&path), check).unwrap(), [7; 9]);
        // SAFETY: no other process uses the file.
        #[allow(unsafe_code)]
        let map = || unsafe { Idx::map(&path) };
        assert_eq!(*fault::each(map, check).unwrap(), [7; 9]);
    }
}
