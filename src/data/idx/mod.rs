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
//! let images = Idx::<Tensor<1, 2, 3, u8>>::read(&path)?;
//! assert_eq!((images.len(), images[6][[0, 1, 2]]), (7, 6));
//!
//! let error = Idx::<Tensor<1, 28, 28, u8>>::read(&path).unwrap_err().to_string();
//! assert!(error.ends_with("dimensions: found 7×2×3, expected N×28×28 or N×1×28×28"), "{error}");
//! # Ok(())
//! # }
//! ```
//!
//! # Read, or mapped
//! [`Idx::read`] copies a file into memory, and is done with it. [`Idx::map`] uses it where it lies: nothing is read before it is
//! used, nothing is copied, and programs that map the same file share its memory. But a slice that changes while somebody has
//! it is undefined behavior, and whoever may write to a mapped file can change such a slice; no lock, no check and no kind of map
//! keeps them from it. Only the user can know that nobody does. Therefore `map` is `unsafe` and `read` is not, and neither is
//! chosen for the user.

mod header;
mod sample;

use std::boxed::Box;
use std::fmt;
use std::ops::Deref;
use std::path::Path;
use std::vec;

use bytemuck::Pod;
use memmap2::{Mmap, MmapOptions};

use self::header::Header;
pub use self::sample::{Element, Sample};
use crate::error::Result;
use crate::file::{attempt, cannot, write_atomically};

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
    /// Reads an IDX file into memory.
    ///
    /// # Errors
    ///
    /// [`Error::Io`](crate::Error::Io) if the file cannot be opened or read, or if there is not enough memory.
    /// [`Error::Format`](crate::Error::Format) if it is not an IDX file of samples `S`, if its length is not exactly what its header
    /// says, or if it is no regular file; nothing has been allocated then.
    pub fn read(path: impl AsRef<Path>) -> Result<Idx<S>> {
        let path = path.as_ref();
        let header = Header::check::<S>(path)?;
        Ok(Idx::in_memory(header.read().map_err(cannot("read", path))?))
    }

    /// Memory-maps an IDX file, if its elements have one byte (`u8`, `i8`). Wider ones are converted, so these files are
    /// [read](Idx::read).
    ///
    /// # Safety
    ///
    /// As long as there is this `Idx`, nobody may write to the file or shorten it: neither this program nor another, nor, if the
    /// file is on a network, another computer. Copying another file over it does both. What it holds is a slice of samples, which
    /// the compiler takes to be constant: to change it is undefined behavior. What is more, to read what has been cut off ends
    /// the process (`SIGBUS` on Unix).
    ///
    /// To remove or rename the file is harmless, and so is what [`write()`] does, which puts a new file in the old one's place.
    ///
    /// # Errors
    ///
    /// As [`read`](Idx::read); [`Error::Io`](crate::Error::Io) also if the file cannot be mapped.
    #[allow(unsafe_code)]
    pub unsafe fn map(path: impl AsRef<Path>) -> Result<Idx<S>> {
        let path = path.as_ref();
        let header = Header::check::<S>(path)?;
        if size_of::<S::Element>() > 1 || align_of::<S>() > 1 || header.data == 0 {
            return Ok(Idx::in_memory(header.read().map_err(cannot("read", path))?));
        }
        let mut options = MmapOptions::new();
        options.offset(header.len as u64).len(header.data);
        // SAFETY: the range is within the file, which has just been measured, and the caller promises that it stays as it is.
        let map = attempt("map", || unsafe { options.map(&header.file.0) });
        Ok(Idx { samples: Samples::Mapped(map.map_err(cannot("map", path))?) })
    }

    /// Samples that need no file.
    pub(super) fn in_memory(samples: Box<[S]>) -> Idx<S> {
        Idx { samples: Samples::Owned(samples) }
    }
}

impl<S: Pod> Deref for Idx<S> {
    type Target = [S];

    fn deref(&self) -> &[S] {
        match &self.samples {
            // A whole number of samples (the header's check) without alignment (`map`): this cannot panic.
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
/// As [`io::write_atomically`](crate::io::write_atomically), by which it is written.
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

/// Turns big-endian elements into this machine's, or back.
fn swap_big_endian<E: Element>(bytes: &mut [u8]) {
    if cfg!(target_endian = "little") && size_of::<E>() > 1 {
        bytes.chunks_exact_mut(size_of::<E>()).for_each(<[u8]>::reverse);
    }
}
