//! IDX files, the format of MNIST, as slices of samples.
//!
//! ```text
//! 0 0 │ type │ rank R │ N, D₂, …, D_R: u32 each │ N·D₂·…·D_R elements, the last index fastest
//! ```
//!
//! All numbers are big-endian; the type is one byte (Y. LeCun, C. Cortes, C. Burges, *The MNIST database*, section
//! "File formats"): `0x08` [`u8`], `0x09` [`i8`], `0x0B` [`i16`], `0x0C` [`i32`], `0x0D` [`f32`], `0x0E` [`f64`].
//!
//! The first dimension is the number of samples; the others must be those of the sample type:
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
//! let images = Idx::<Tensor<1, 2, 3, u8>>::read(&path)?;
//! assert_eq!((images.len(), images[6][[0, 1, 2]]), (7, 6));
//! assert_eq!(*Idx::<Tensor<1, 2, 3, u8>>::from_bytes(&std::fs::read(&path)?)?, *images);
//!
//! let error = Idx::<Tensor<1, 28, 28, u8>>::read(&path).unwrap_err().to_string();
//! assert!(error.ends_with("dimensions: found 7×2×3, expected N×28×28 or N×1×28×28"), "{error}");
//! # Ok(())
//! # }
//! ```
//!
//! # Reading or mapping
//! [`Idx::read`] copies a file into memory and closes it. [`Idx::map`] maps it: pages are read on first use, nothing is copied, and
//! programs that map the same file share its memory. But a shared slice that changes is undefined behavior, and any process that
//! can write to a mapped file can change it; no lock, check or kind of mapping prevents that. Only the user can know that nobody
//! does. Therefore `map` is `unsafe`, `read` is not, and the choice is left to the user.

mod header;
mod sample;

use std::boxed::Box;
use std::fmt;
use std::ops::Deref;
use std::path::Path;

use bytemuck::Pod;
use memmap2::{Mmap, MmapOptions};

use self::header::Header;
#[cfg(feature = "images")]
pub(super) use self::header::bytes as header_bytes;
pub use self::sample::{Element, Sample};
use crate::error::Result;
use crate::file::{attempt, cannot, write_atomically};

/// An IDX file as a slice of samples.
#[doc(alias = "IdxFile")]
pub struct Idx<S> {
    samples: Samples<S>,
}

enum Samples<S> {
    /// One-byte elements are used in place.
    Mapped(Mmap),
    /// Wider elements are big-endian and not aligned in the file, so they are converted.
    Owned(Box<[S]>),
}

impl<S: Sample> Idx<S> {
    /// Reads an IDX file into memory.
    ///
    /// # Errors
    ///
    /// [`Error::Io`](crate::Error::Io) if the file cannot be opened or read, or if there is not enough memory.
    /// [`Error::Format`](crate::Error::Format) if it is not an IDX file of samples `S`, if its length is not exactly what its header
    /// says, or if it is not a regular file; no memory for samples has been allocated then.
    pub fn read(path: impl AsRef<Path>) -> Result<Idx<S>> {
        let path = path.as_ref();
        let header = Header::open::<S>(path)?;
        Ok(Idx::in_memory(header.read().map_err(cannot("read", path))?))
    }

    /// Reads an IDX file that is in memory already.
    ///
    /// # Errors
    ///
    /// As [`read`](Idx::read), about a file named `bytes`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Idx<S>> {
        let place = Path::new("bytes");
        let header = Header::check::<S>(place, bytes, bytes.len() as u64)?;
        Ok(Idx::in_memory(header.read().map_err(cannot("read", place))?))
    }

    /// Memory-maps an IDX file if its elements have one byte (`u8`, `i8`). Wider elements are converted, so such files are
    /// [read](Idx::read).
    ///
    /// # Safety
    ///
    /// During the lifetime of this `Idx`, nobody may write to the file or shorten it: neither this program nor another, nor another
    /// computer if the file is on a network. Copying another file over it does both. The compiler assumes that the slice of
    /// samples is constant, so changing it is undefined behavior. Reading beyond the end of a shortened file ends the process
    /// (`SIGBUS` on Unix).
    ///
    /// Removing or renaming the file is harmless, and so is [`write()`], which replaces the file by a new one.
    ///
    /// # Errors
    ///
    /// As [`read`](Idx::read); [`Error::Io`](crate::Error::Io) also if the file cannot be mapped.
    #[allow(unsafe_code)]
    pub unsafe fn map(path: impl AsRef<Path>) -> Result<Idx<S>> {
        let path = path.as_ref();
        let header = Header::open::<S>(path)?;
        if size_of::<S::Element>() > 1 || align_of::<S>() > 1 || header.data == 0 {
            return Ok(Idx::in_memory(header.read().map_err(cannot("read", path))?));
        }
        let mut options = MmapOptions::new();
        options.offset(header.len as u64).len(header.data);
        // SAFETY: the range is within the file, whose length has just been checked, and the caller promises that it does not change.
        let map = attempt("map", || unsafe { options.map(&header.file.0) });
        Ok(Idx { samples: Samples::Mapped(map.map_err(cannot("map", path))?) })
    }

    /// Samples in memory, without a file.
    pub(super) fn in_memory(samples: Box<[S]>) -> Idx<S> {
        Idx { samples: Samples::Owned(samples) }
    }
}

impl<S: Pod> Deref for Idx<S> {
    type Target = [S];

    fn deref(&self) -> &[S] {
        match &self.samples {
            // A whole number of samples (checked by `Header`) with alignment 1 (checked by `map`): this cannot panic.
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

/// Writes `samples` as an IDX file. An existing file is replaced once the new one is complete; processes that have the old one
/// open keep it.
///
/// # Errors
///
/// As [`io::write_atomically`](crate::io::write_atomically).
///
/// # Panics
///
/// If there are more than 2³² − 1 samples, or `S` has more than 254 dimensions.
pub fn write<S: Sample>(path: impl AsRef<Path>, samples: &[S]) -> Result<()> {
    let header = header::bytes::<S>(samples.len());
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

/// Converts elements from big-endian to native byte order, or back.
fn swap_big_endian<E: Element>(bytes: &mut [u8]) {
    if cfg!(target_endian = "little") && size_of::<E>() > 1 {
        bytes.chunks_exact_mut(size_of::<E>()).for_each(<[u8]>::reverse);
    }
}
