//! Checks of a PNG file before anything in it is decoded: that it is a sequence of chunks, and that the chunks which a decoder
//! trusts have valid sizes.
//!
//! ```text
//! file  = signature, chunk, chunk, …               the first is IHDR, the last is IEND
//! chunk = length (4 bytes), name (4), data (length), check (4)
//! ```
//!
//! (W3C, *Portable Network Graphics*, third edition, 2025, section 5.) The contents of the chunks and their checksums are left to
//! the decoder. Its release 0.18.1 panics on a palette that ends in the middle of a color.

use std::io::{self, Read, Seek, SeekFrom};

use super::picture::Fault;

const SIGNATURE: &[u8; 8] = b"\x89PNG\r\n\x1a\n";

/// Walks over the chunks of a file, and returns to its beginning.
///
/// # Errors
/// [`Fault::NotPng`], [`Fault::CutShort`] if a chunk ends after the file, [`Fault::Chunk`] if one has an invalid length.
pub fn check(file: &mut (impl Read + Seek)) -> Result<(), Fault> {
    let end = file.seek(SeekFrom::End(0))?;
    file.rewind()?;
    let mut signature = [0; 8];
    if end < 8 || read(file, &mut signature).is_err() || signature != *SIGNATURE {
        return Err(Fault::NotPng);
    }
    let mut at = 8;
    loop {
        let (mut length, mut name) = ([0; 4], [0; 4]);
        read(file, &mut length)?;
        read(file, &mut name)?;
        let length = u32::from_be_bytes(length);
        let wrong = |expected| Fault::Chunk { name: name.escape_ascii().to_string(), length, expected };
        match &name {
            b"IHDR" if at == 8 && length == 13 => {}
            _ if at == 8 => return Err(wrong("IHDR of 13 bytes, first of all")),
            b"PLTE" if length % 3 != 0 || !(3..=768).contains(&length) => {
                return Err(wrong("1 to 256 colors of 3 bytes"));
            }
            _ => {}
        }
        at += 12 + u64::from(length);
        if at > end {
            return Err(Fault::CutShort);
        }
        if &name == b"IEND" {
            return Ok(file.rewind()?);
        }
        file.seek_relative(i64::from(length) + 4)?;
    }
}

fn read(file: &mut impl Read, bytes: &mut [u8]) -> Result<(), Fault> {
    file.read_exact(bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => Fault::CutShort,
        _ => Fault::Io(error),
    })
}
