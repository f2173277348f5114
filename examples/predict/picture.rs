//! PNG files of any size and color type, read as one plane of gray. Of 16 bits, the upper eight are used.
//!
//! A picture is decoded row by row into four bytes a pixel, five with transparency. With [`LARGEST`] pixels that is 168 MB, and a
//! few more for rows. The file is not held in memory.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Seek};
use std::path::Path;

use png::{ColorType, Decoder, DecodingError, Limits, Transformations};

use super::caught::caught;
use super::chunks;
use super::handwriting::{Plane, luma, share};

/// Why a file is not a picture of a digit.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("cannot read: {0}")]
    Io(#[from] std::io::Error),
    #[error("file: found {0}, expected a PNG file")]
    NoFile(&'static str),
    #[error("file: found {0} bytes, expected at most {LONGEST}")]
    TooLong(u64),
    #[error("format: found no PNG signature, expected a PNG file")]
    NotPng,
    #[error("PNG: found the end of the file, expected the rest of the picture")]
    CutShort,
    #[error("PNG: found the chunk {name} of {length} bytes, expected {expected}")]
    Chunk { name: String, length: u32, expected: &'static str },
    #[error("PNG: found damage ({0}), expected a picture")]
    Damaged(DecodingError),
    #[error("PNG: found what the decoder fails on ({0}), expected a picture")]
    Panicked(String),
    #[error("size: found {0}×{1} pixels, expected at most {LARGEST} in all and {LONGEST_SIDE} a side")]
    TooLarge(u32, u32),
    #[error("picture: found an empty canvas, expected a digit")]
    Empty,
}

/// The most pixels that are read: a header of 30 bytes must not cause a large allocation.
const LARGEST: u64 = 1 << 25;

/// The most pixels in a row or a column, since memory for a row is needed in addition.
const LONGEST_SIDE: u32 = u16::MAX as u32;

/// The longest file that is read: eight bytes for each pixel of the largest picture.
const LONGEST: u64 = 8 * LARGEST;

/// The bytes that the decoder may allocate for itself: a row, and metadata.
const DECODER: usize = 1 << 23;

/// The start and the step of each pass over an interlaced picture, across and down (Adam7).
const PASSES: [[usize; 4]; 7] =
    [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]];

/// Reads the gray of a PNG file.
///
/// # Errors
/// A [`Fault`] if it cannot be read, is no file or no PNG, ends early, is damaged or too large, or makes the decoder panic.
pub fn open(path: &Path) -> Result<Plane, Fault> {
    // Checked before it is opened, because opening a pipe would block until somebody writes to it.
    let file = fs::metadata(path)?;
    if !file.is_file() {
        return Err(Fault::NoFile(if file.is_dir() { "a folder" } else { "a pipe or a device" }));
    }
    if file.len() > LONGEST {
        return Err(Fault::TooLong(file.len()));
    }
    let file = BufReader::new(File::open(path)?);
    caught(|| decode(file)).unwrap_or_else(|panic| Err(Fault::Panicked(panic)))
}

/// [`open`], for a file's bytes. If the decoder panics, so does this.
pub fn decode(mut bytes: impl BufRead + Seek) -> Result<Plane, Fault> {
    chunks::check(&mut bytes)?;
    let mut decoder = Decoder::new_with_limits(bytes, Limits { bytes: DECODER });
    // Converts palettes and other bit depths to samples of eight bits, and transparency to an alpha channel.
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let header = decoder.read_header_info().map_err(fault)?;
    let (width, height) = (header.width, header.height);
    if u64::from(width) * u64::from(height) > LARGEST || width.max(height) > LONGEST_SIDE {
        return Err(Fault::TooLarge(width, height));
    }
    let mut reader = decoder.read_info().map_err(fault)?;
    let (color, _) = reader.output_color_type();
    let passes = if reader.info().interlaced { &PASSES[..] } else { &[[0, 0, 1, 1]] };

    let (width, height) = (width as usize, height as usize);
    let mut values = vec![0f32; width * height];
    let mut alphas = vec![0u8; if color.samples() % 2 == 0 { width * height } else { 0 }];
    for &[left, top, right, down] in passes.iter().filter(|pass| pass[0] < width) {
        for y in (top..height).step_by(down) {
            let row = reader.next_row().map_err(fault)?.ok_or(Fault::CutShort)?;
            let places = (left..width).step_by(right).map(|x| y * width + x);
            for (at, pixel) in places.zip(row.data().chunks_exact(color.samples())) {
                let (gray, alpha) = gray_and_alpha(color, pixel);
                values[at] = gray;
                if let Some(place) = alphas.get_mut(at) {
                    *place = alpha;
                }
            }
        }
    }
    reader.finish().map_err(fault)?;

    let mut plane = Plane { width, height, values };
    if !alphas.is_empty() {
        plane.lay_on_paper(&alphas);
    }
    Ok(plane)
}

fn fault(error: DecodingError) -> Fault {
    match error {
        DecodingError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Fault::CutShort,
        DecodingError::IoError(error) => Fault::Io(error),
        error => Fault::Damaged(error),
    }
}

/// The gray of a pixel, and its alpha as it is stored.
fn gray_and_alpha(color: ColorType, pixel: &[u8]) -> (f32, u8) {
    match color {
        ColorType::GrayscaleAlpha => (share(pixel[0]), pixel[1]),
        ColorType::Rgb => (luma(pixel), 255),
        ColorType::Rgba => (luma(pixel), pixel[3]),
        // A palette has been converted to RGB.
        ColorType::Grayscale | ColorType::Indexed => (share(pixel[0]), 255),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use png::BitDepth;

    use super::*;

    /// A picture of two rows and three columns.
    fn png(color: ColorType, depth: BitDepth, data: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 3, 2);
        encoder.set_color(color);
        encoder.set_depth(depth);
        if color == ColorType::Indexed {
            encoder.set_palette(vec![0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 255, 0]);
            encoder.set_trns(vec![255, 255, 0]);
        }
        encoder.write_header().unwrap().write_image_data(data).unwrap();
        bytes
    }

    fn gray(color: ColorType, depth: BitDepth, data: &[u8]) -> Vec<f32> {
        let plane = decode(Cursor::new(png(color, depth, data))).unwrap();
        assert_eq!((plane.width, plane.height), (3, 2));
        plane.values.iter().map(|value| (value * 1000.0).round() / 1000.0).collect()
    }

    #[test]
    fn every_color_type_by_hand() {
        use BitDepth::{Eight, One, Sixteen, Two};
        use ColorType::{Grayscale, GrayscaleAlpha, Indexed, Rgb, Rgba};
        assert_eq!(gray(Grayscale, Eight, &[0, 51, 102, 153, 204, 255]), [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
        assert_eq!(gray(Grayscale, One, &[0b0100_0000, 0b1010_0000]), [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
        let deep = [0x00, 0x00, 0x33, 0x33, 0x66, 0x66, 0x99, 0x99, 0xCC, 0xCC, 0xFF, 0xFF];
        assert_eq!(gray(Grayscale, Sixteen, &deep), [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
        let rgb = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 51, 51, 51];
        assert_eq!(gray(Rgb, Eight, &rgb), [0.299, 0.587, 0.114, 1.0, 0.0, 0.2]);
        // Dark ink alone is put on white, light ink alone on black.
        assert_eq!(gray(GrayscaleAlpha, Eight, &[0, 0, 9, 0, 0, 255, 0, 51, 0, 0, 9, 0])[2..4], [0.0, 0.8]);
        assert_eq!(gray(GrayscaleAlpha, Eight, &[0, 0, 9, 0, 255, 255, 255, 51, 0, 0, 9, 0])[2..4], [1.0, 0.2]);
        // A hole in opaque paper is filled with the paper's gray.
        let rgba = [204, 204, 204, 255].repeat(4).into_iter().chain([0, 0, 0, 255, 0, 0, 0, 0]).collect::<Vec<u8>>();
        assert_eq!(gray(Rgba, Eight, &rgba), [0.8, 0.8, 0.8, 0.8, 0.0, 0.8]);
        // Black, white, transparent red; green, black, black: the transparent pixel gets the black of the paper.
        assert_eq!(gray(Indexed, Two, &[0b00_01_10_00, 0b11_00_00_00]), [0.0, 1.0, 0.0, 0.587, 0.0, 0.0]);
    }

    #[test]
    fn what_is_no_picture_says_so() {
        let says = |bytes: &[u8]| decode(Cursor::new(bytes)).unwrap_err().to_string();
        let whole = png(ColorType::Grayscale, BitDepth::Eight, &[0, 51, 102, 153, 204, 255]);
        assert_eq!(says(b""), "format: found no PNG signature, expected a PNG file");
        assert_eq!(says(b"GIF89a, or a letter"), "format: found no PNG signature, expected a PNG file");
        for cut in 8..whole.len() {
            let said = says(&whole[..cut]);
            assert_eq!(said, "PNG: found the end of the file, expected the rest of the picture", "{cut} bytes");
        }
        let mut damaged = whole.clone();
        damaged[44] ^= 1;
        assert!(says(&damaged).starts_with("PNG: found damage ("), "{}", says(&damaged));

        let mut huge = Vec::new();
        let mut encoder = png::Encoder::new(&mut huge, 70_000, 70_000);
        encoder.set_color(ColorType::Rgba);
        drop(encoder.write_header().unwrap());
        assert_eq!(says(&huge), "size: found 70000×70000 pixels, expected at most 33554432 in all and 65535 a side");
    }
}
