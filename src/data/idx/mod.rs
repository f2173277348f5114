//! IDX files, the format of MNIST, as slices of samples.
//!
//! ```text
//! 0 0 │ type │ rank R │ N, D₂, …, D_R: u32 each │ N·D₂·…·D_R elements, the last index fastest
//! ```
//!
//! All numbers are big-endian; the type is one byte (Y. LeCun, C. Cortes, C. Burges, *The MNIST database*, section
//! "File formats"): `0x08` [`u8`], `0x09` [`i8`], `0x0B` [`i16`], `0x0C` [`i32`], `0x0D` [`f32`], `0x0E` [`f64`].
//!
//! The first dimension counts the samples; the others have to be those of the type the file is opened as:
//!
//! | sample | dimensions of the file |
//! |---|---|
//! | a number, `u8` | `N` |
//! | an array, `[f32; 5]` or `[[f32; 5]; 3]` or deeper | `N×5`, `N×3×5`, … |
//! | [`Tensor<C, H, W, T>`](crate::tensor::Tensor) | `N×C×H×W`; also `N×H×W` if `C` is 1, `N×C` if `H` and `W` are 1 |
//!
//! ```
//! use shapeproof::data::idx::{self, Idx};
//! use shapeproof::tensor::Tensor;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! let path = folder.path().join("images-idx3-ubyte");
//! idx::write(&path, &[Tensor([[[1_u8, 2, 3], [4, 5, 6]]]); 7])?;
//!
//! let images = Idx::<Tensor<1, 2, 3, u8>>::open(&path)?;
//! assert_eq!((images.len(), images[6][[0, 1, 2]]), (7, 6));
//!
//! let error = Idx::<Tensor<1, 28, 28, u8>>::open(&path).unwrap_err().to_string();
//! assert!(error.ends_with("dimensions: found 7×2×3, expected N×28×28 or N×1×28×28"), "{error}");
//! # Ok(())
//! # }
//! ```

mod sample;

use std::boxed::Box;
use std::fmt;
use std::format;
use std::fs::File;
use std::io::{self, Read};
use std::ops::Deref;
use std::path::Path;
use std::string::String;
use std::vec;
use std::vec::Vec;

use bytemuck::{Pod, Zeroable};
use memmap2::{Mmap, MmapOptions};

use self::sample::element_name;
pub use self::sample::{Element, Sample};
use crate::error::{Error, Result};
use crate::file::{cannot, write_atomically};

/// An IDX file as a slice of samples.
#[doc(alias = "IdxFile")]
pub struct Idx<S> {
    samples: Samples<S>,
}

enum Samples<S> {
    /// Elements of one byte are used where they lie in the file.
    Mapped(Mmap),
    /// Wider ones are big-endian there and not aligned.
    Owned(Box<[S]>),
}

impl<S: Sample> Idx<S> {
    /// Opens an IDX file. Elements of one byte (`u8`, `i8`) are memory-mapped: nothing is read before it is used, and
    /// nothing is copied. Wider elements are read and converted, as [`read`](Idx::read) does.
    ///
    /// **Nobody may write to a mapped file.** If it is truncated, reading what is gone ends the process (`SIGBUS` on
    /// Unix); if its bytes change, so do the samples, at any time. Where that can happen, use [`read`](Idx::read).
    /// ([`write()`] is harmless: it puts a new file in the old one's place.)
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the file cannot be opened, read or mapped. [`Error::Format`] if it is not an IDX file of
    /// samples `S`, or if its length is not exactly what its header says; nothing has been mapped or allocated then.
    pub fn open(path: impl AsRef<Path>) -> Result<Idx<S>> {
        let path = path.as_ref();
        let (mut file, header) = Header::check::<S>(path)?;
        let as_they_lie = size_of::<S::Element>() == 1 && align_of::<S>() == 1;
        let samples = if as_they_lie && header.data > 0 {
            Samples::Mapped(map(&file, &header).map_err(cannot("map", path))?)
        } else {
            Samples::Owned(header.read(&mut file).map_err(cannot("read", path))?)
        };
        Ok(Idx { samples })
    }

    /// Reads an IDX file into memory: for files that may change or shrink while they are used.
    ///
    /// # Errors
    ///
    /// As [`open`](Idx::open).
    pub fn read(path: impl AsRef<Path>) -> Result<Idx<S>> {
        let path = path.as_ref();
        let (mut file, header) = Header::check::<S>(path)?;
        Ok(Idx { samples: Samples::Owned(header.read(&mut file).map_err(cannot("read", path))?) })
    }
}

impl<S: Pod> Deref for Idx<S> {
    type Target = [S];

    fn deref(&self) -> &[S] {
        match &self.samples {
            // A whole number of samples (the header's check) without alignment (`open`): this cannot panic.
            Samples::Mapped(map) => bytemuck::cast_slice(map),
            Samples::Owned(samples) => samples,
        }
    }
}

impl<S: Pod> fmt::Debug for Idx<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mapped = matches!(self.samples, Samples::Mapped(_));
        f.debug_struct("Idx").field("len", &self.len()).field("mapped", &mapped).finish_non_exhaustive()
    }
}

/// Writes `samples` as an IDX file. A file of that name is replaced once the new one is complete; whoever has the old
/// one open keeps it.
///
/// # Errors
///
/// [`Error::Io`] if the file cannot be written. There is then no trace of it.
///
/// # Panics
///
/// If there are more than 2³² − 1 samples, or `S` has more than 254 dimensions.
pub fn write<S: Sample>(path: impl AsRef<Path>, samples: &[S]) -> Result<()> {
    const { assert!(size_of::<S>() > 0, "an IDX sample needs at least one number") };
    let dims = [vec![samples.len()], S::layouts().swap_remove(0)].concat();
    assert!(dims.len() <= 255, "idx::write: {} dimensions, but IDX has at most 255", dims.len());
    let mut header = vec![0, 0, S::Element::CODE, dims.len() as u8];
    for size in dims {
        assert!(u32::try_from(size).is_ok(), "idx::write: a dimension is {size}, but IDX has at most 2³² − 1");
        header.extend((size as u32).to_be_bytes());
    }
    write_atomically(path.as_ref(), |writer| {
        writer.write_all(&header)?;
        for chunk in bytemuck::cast_slice(samples).chunks(4096) {
            let mut buffer = [0; 4096]; // A whole number of elements of any type.
            let buffer = &mut buffer[..chunk.len()];
            buffer.copy_from_slice(chunk);
            swap_big_endian::<S::Element>(buffer);
            writer.write_all(buffer)?;
        }
        Ok(())
    })
}

/// What a file's header has been found to say.
struct Header {
    /// The header's length, in bytes.
    len: usize,
    /// The length of all samples, in bytes: a multiple of the sample's size, and all that follows the header.
    data: usize,
}

impl Header {
    /// Opens `path`, and reads and checks its header. The file is left at its first sample.
    fn check<S: Sample>(path: &Path) -> Result<(File, Header)> {
        const { assert!(size_of::<S>() > 0, "an IDX sample needs at least one number") };
        let wrong = |what, found: String, expected: String| Error::Format { path: path.into(), what, found, expected };
        let mut file = File::open(path).map_err(cannot("open", path))?;
        let file_len = file.metadata().map_err(cannot("open", path))?.len();
        let too_short = |least: u64| wrong("file length", format!("{file_len} bytes"), format!("at least {least}"));

        let mut magic = [0; 4];
        if file_len < 4 {
            return Err(too_short(4));
        }
        file.read_exact(&mut magic).map_err(cannot("read", path))?;
        let [zero, zero_too, code, rank] = magic;
        if [zero, zero_too] == [0x1f, 0x8b] {
            return Err(wrong("magic number", "a gzip file".into(), "an IDX file: gunzip it first".into()));
        }
        if [zero, zero_too] != [0, 0] {
            return Err(wrong("magic number", format!("{zero:#04x} {zero_too:#04x}"), "0x00 0x00".into()));
        }
        if code != S::Element::CODE {
            let text = |code| format!("{code:#04x} ({})", element_name(code));
            return Err(wrong("element type", text(code), text(S::Element::CODE)));
        }

        let len = 4 + 4 * usize::from(rank);
        if file_len < len as u64 {
            return Err(too_short(len as u64));
        }
        let mut dims = vec![[0; 4]; usize::from(rank)];
        file.read_exact(dims.as_flattened_mut()).map_err(cannot("read", path))?;
        let dims: Vec<u32> = dims.into_iter().map(u32::from_be_bytes).collect();
        let fits = |layout: &Vec<usize>| dims.iter().skip(1).map(|&size| size as usize).eq(layout.iter().copied());
        let (Some(&count), true) = (dims.first(), S::layouts().iter().any(fits)) else {
            let expected: Vec<_> = S::layouts().iter().map(|layout| times("N", layout)).collect();
            let found = dims.split_first().map_or("none".into(), |(count, sample)| times(count, sample));
            return Err(wrong("dimensions", found, expected.join(" or ")));
        };

        // The dimensions are those of `S`, so a sample in the file is as long as one in memory.
        let data = u64::from(count).checked_mul(size_of::<S>() as u64);
        let expected = data.and_then(|data| data.checked_add(len as u64));
        if expected != Some(file_len) {
            let expected = expected.map_or("more than 2⁶⁴".into(), |expected| format!("{expected}"));
            let dims = times(count, &dims[1..]);
            let name = element_name(S::Element::CODE);
            return Err(wrong("file length", format!("{file_len} bytes"), format!("{expected} for {dims} {name}")));
        }
        match usize::try_from(file_len) {
            Ok(file_len) if isize::try_from(file_len).is_ok() => Ok((file, Header { len, data: file_len - len })),
            _ => Err(wrong("file length", format!("{file_len} bytes"), format!("at most {}", isize::MAX))),
        }
    }

    /// The samples, from a file that stands at the first of them.
    fn read<S: Sample>(&self, file: &mut File) -> io::Result<Box<[S]>> {
        let mut samples = zeros(self.data / size_of::<S>())?;
        let bytes = bytemuck::cast_slice_mut(&mut samples);
        file.read_exact(bytes)?;
        swap_big_endian::<S::Element>(bytes);
        Ok(samples)
    }
}

/// Like [`tensor::zeros`](crate::tensor::zeros), but for sizes that come from a file.
fn zeros<S: Zeroable>(count: usize) -> io::Result<Box<[S]>> {
    bytemuck::try_zeroed_slice_box(count).map_err(|()| io::ErrorKind::OutOfMemory.into())
}

/// Turns big-endian elements into this machine's, or back.
fn swap_big_endian<E: Element>(bytes: &mut [u8]) {
    if cfg!(target_endian = "little") && size_of::<E>() > 1 {
        bytes.chunks_exact_mut(size_of::<E>()).for_each(<[u8]>::reverse);
    }
}

/// `60000×28×28`
fn times(first: impl fmt::Display, others: &[impl fmt::Display]) -> String {
    others.iter().fold(format!("{first}"), |text, size| format!("{text}×{size}"))
}

/// The file's samples in memory.
#[allow(unsafe_code)]
fn map(file: &File, header: &Header) -> io::Result<Mmap> {
    let mut options = MmapOptions::new();
    options.offset(header.len as u64).len(header.data);
    // SAFETY: the range is within the file, which has just been measured. That nobody changes or shortens the file
    // afterwards is what `Idx::open` asks of its caller: no program can enforce it.
    unsafe { options.map(file) }
}
