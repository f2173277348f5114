//! PNG files of any size and colour type, read as one plane of grey.
//!
//! ```text
//! grey = 0.299 R + 0.587 G + 0.114 B                    (ITU-R BT.601, luma)
//! seen = α · grey + (1 − α) · what lies behind
//! ```
//!
//! Numbers are taken as they are stored, 0 to 1, without undoing a gamma: a drawing program that smooths an edge writes the share
//! of the pixel that is covered, and that share is what is averaged later.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek};
use std::path::Path;

use png::{ColorType, Decoder, DecodingError, Transformations};

/// One number for each pixel, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    pub width: usize,
    pub height: usize,
    /// 0 to 1.
    pub values: Vec<f32>,
}

/// Why a file is not a picture of a digit.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("cannot read: {0}")]
    Io(#[from] std::io::Error),
    #[error("format: found no PNG signature, expected a PNG file")]
    NotPng,
    #[error("PNG: found the end of the file, expected the rest of the picture")]
    CutShort,
    #[error("PNG: found damage ({0}), expected a picture")]
    Damaged(DecodingError),
    #[error("size: found {0}×{1} pixels, expected at most {LARGEST} in all")]
    TooLarge(u32, u32),
    #[error("picture: found an empty canvas, expected a digit")]
    Empty,
}

/// Most pixels that are read: a header of 30 bytes does not get more memory than a large picture needs.
const LARGEST: u64 = 1 << 25;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// The grey of a PNG file.
///
/// # Errors
/// A [`Fault`] if it cannot be read, is no PNG, ends early, is damaged or too large.
pub fn open(path: &Path) -> Result<Plane, Fault> {
    decode(BufReader::new(File::open(path)?))
}

/// [`open`], for a file's bytes.
pub fn decode(mut bytes: impl BufRead + Seek) -> Result<Plane, Fault> {
    if !bytes.fill_buf()?.starts_with(SIGNATURE) {
        return Err(Fault::NotPng);
    }
    let mut decoder = Decoder::new(bytes);
    // Palettes and fewer than eight bits become samples of eight, and what is transparent an alpha channel.
    decoder.set_transformations(Transformations::EXPAND);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let header = decoder.read_header_info().map_err(fault)?;
    let (width, height) = (header.width, header.height);
    let too_large = || Fault::TooLarge(width, height);
    if u64::from(width) * u64::from(height) > LARGEST {
        return Err(too_large());
    }
    let mut reader = decoder.read_info().map_err(fault)?;
    let mut samples = vec![0; reader.output_buffer_size().ok_or_else(too_large)?];
    let frame = reader.next_frame(&mut samples).map_err(fault)?;
    reader.finish().map_err(fault)?;

    let pixels = match frame.bit_depth {
        png::BitDepth::Sixteen => grey_and_alpha(frame.color_type, samples.as_chunks().0, |&sample| {
            f32::from(u16::from_be_bytes(sample)) / 65535.0
        }),
        _ => grey_and_alpha(frame.color_type, &samples, |&sample| f32::from(sample) / 255.0),
    };
    let (width, height) = (width as usize, height as usize);
    let behind = behind(&pixels, width, height);
    let values = pixels.iter().map(|[grey, alpha]| alpha * grey + (1.0 - alpha) * behind).collect();
    Ok(Plane { width, height, values })
}

fn fault(error: DecodingError) -> Fault {
    match error {
        DecodingError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Fault::CutShort,
        DecodingError::IoError(error) => Fault::Io(error),
        error => Fault::Damaged(error),
    }
}

/// Grey and alpha of each pixel, whose samples are turned into numbers from 0 to 1 by `number`.
fn grey_and_alpha<S>(color: ColorType, samples: &[S], number: impl Fn(&S) -> f32) -> Vec<[f32; 2]> {
    let luma = |rgb: &[S]| 0.299 * number(&rgb[0]) + 0.587 * number(&rgb[1]) + 0.114 * number(&rgb[2]);
    let pixels = samples.chunks_exact(color.samples());
    match color {
        ColorType::GrayscaleAlpha => pixels.map(|pixel| [number(&pixel[0]), number(&pixel[1])]).collect(),
        ColorType::Rgb => pixels.map(|pixel| [luma(pixel), 1.0]).collect(),
        ColorType::Rgba => pixels.map(|pixel| [luma(pixel), number(&pixel[3])]).collect(),
        // A palette has become RGB by now.
        ColorType::Grayscale | ColorType::Indexed => pixels.map(|pixel| [number(&pixel[0]), 1.0]).collect(),
    }
}

/// The grey that shows where a picture is transparent.
///
/// If most of the border is opaque, the paper is in the picture, and goes on in the middle grey of that border. Otherwise the
/// picture is ink alone, and lies on what shows it best: dark ink on white, light ink on black.
fn behind(pixels: &[[f32; 2]], width: usize, height: usize) -> f32 {
    let border = border(width, height);
    let mut opaque: Vec<f32> = border.iter().map(|&at| pixels[at]).filter(|p| p[1] >= 0.5).map(|p| p[0]).collect();
    if 2 * opaque.len() > border.len() {
        return median(&mut opaque);
    }
    let [ink, all] = pixels
        .iter()
        .fold([0.0, 0.0], |[ink, all], &[grey, alpha]| [ink + f64::from(grey * alpha), all + f64::from(alpha)]);
    if ink < 0.5 * all { 1.0 } else { 0.0 }
}

/// The indices of the outermost pixels.
pub fn border(width: usize, height: usize) -> Vec<usize> {
    let rows = (0..width).flat_map(|x| [x, (height - 1) * width + x]);
    rows.chain((0..height).flat_map(|y| [y * width, (y + 1) * width - 1])).collect()
}

/// The middle one of some numbers, or the upper of two.
///
/// # Panics
/// If there are none.
pub fn median(numbers: &mut [f32]) -> f32 {
    *numbers.select_nth_unstable_by(numbers.len() / 2, f32::total_cmp).1
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

    fn grey(color: ColorType, depth: BitDepth, data: &[u8]) -> Vec<f32> {
        let plane = decode(Cursor::new(png(color, depth, data))).unwrap();
        assert_eq!((plane.width, plane.height), (3, 2));
        plane.values.iter().map(|value| (value * 1000.0).round() / 1000.0).collect()
    }

    #[test]
    fn every_colour_type_by_hand() {
        use BitDepth::{Eight, One, Sixteen, Two};
        use ColorType::{Grayscale, GrayscaleAlpha, Indexed, Rgb, Rgba};
        assert_eq!(grey(Grayscale, Eight, &[0, 51, 102, 153, 204, 255]), [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
        assert_eq!(grey(Grayscale, One, &[0b0100_0000, 0b1010_0000]), [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
        let deep = [0x00, 0x00, 0x33, 0x33, 0x66, 0x66, 0x99, 0x99, 0xCC, 0xCC, 0xFF, 0xFF];
        assert_eq!(grey(Grayscale, Sixteen, &deep), [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
        let rgb = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 51, 51, 51];
        assert_eq!(grey(Rgb, Eight, &rgb), [0.299, 0.587, 0.114, 1.0, 0.0, 0.2]);
        // Dark ink alone lies on white, light ink alone on black.
        assert_eq!(grey(GrayscaleAlpha, Eight, &[0, 0, 9, 0, 0, 255, 0, 51, 0, 0, 9, 0])[2..4], [0.0, 0.8]);
        assert_eq!(grey(GrayscaleAlpha, Eight, &[0, 0, 9, 0, 255, 255, 255, 51, 0, 0, 9, 0])[2..4], [1.0, 0.2]);
        // Opaque paper goes on behind its hole.
        let rgba = [204, 204, 204, 255].repeat(4).into_iter().chain([0, 0, 0, 255, 0, 0, 0, 0]).collect::<Vec<u8>>();
        assert_eq!(grey(Rgba, Eight, &rgba), [0.8, 0.8, 0.8, 0.8, 0.0, 0.8]);
        // Black, white, red that is transparent; green, black, black: what is transparent looks like the paper's black.
        assert_eq!(grey(Indexed, Two, &[0b00_01_10_00, 0b11_00_00_00]), [0.0, 1.0, 0.0, 0.587, 0.0, 0.0]);
    }

    #[test]
    fn what_is_no_picture_says_so() {
        let says = |bytes: &[u8]| decode(Cursor::new(bytes)).unwrap_err().to_string();
        let whole = png(ColorType::Grayscale, BitDepth::Eight, &[0, 51, 102, 153, 204, 255]);
        assert_eq!(says(b""), "format: found no PNG signature, expected a PNG file");
        assert_eq!(says(b"GIF89a, or a letter"), "format: found no PNG signature, expected a PNG file");
        for cut in SIGNATURE.len()..whole.len() {
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
        assert_eq!(says(&huge), "size: found 70000×70000 pixels, expected at most 33554432 in all");
    }
}
