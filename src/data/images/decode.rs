//! One picture: from a file to the pixels of a sample.

use std::format;
use std::io::{self, Cursor, Read};
use std::panic::catch_unwind;
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, ImageDecoder, ImageFormat, ImageReader, RgbImage};

use super::fit::fit;
use super::jpeg;
use crate::data::Resize;
use crate::error::{Error, is_plain};
use crate::file::open;
use crate::shape::Dims;

/// Why there is no picture.
pub(super) enum Fault {
    /// The file is no picture that can be decoded; what was found instead.
    Bad(String),
    /// The file cannot be read. Next time it may be, so nothing is remembered about it.
    Unreadable(Error),
}

impl Fault {
    /// The error for the file `path`.
    pub fn error(self, path: &Path) -> Error {
        match self {
            Fault::Unreadable(error) => error,
            Fault::Bad(found) => {
                Error::Format { path: path.into(), what: "picture", found, expected: "a whole PNG or JPEG file".into() }
            }
        }
    }
}

/// The most pixels of a picture: a header of a few bytes must not cause a large allocation.
const MOST_PIXELS: u64 = 1 << 26;

/// The longest file: eight bytes for each pixel of the largest picture.
const LONGEST: u64 = 8 * MOST_PIXELS;

/// A picture without transparency.
enum Flat {
    Gray(GrayImage),
    Color(RgbImage),
}

/// Decodes the file `path` to the pixels of a sample of `dims`, with 1 or 3 channels: channel by channel and row by row.
pub(super) fn decode(path: &Path, dims: Dims, rule: Resize) -> Result<Vec<u8>, Fault> {
    let bytes = read(path)?;
    let picture = match catch_unwind(|| picture(&bytes, rule.background)) {
        Ok(picture) => picture.map_err(Fault::Bad)?,
        Err(_) => return Err(Fault::Bad("what the decoder fails on".into())),
    };
    let (width, height) = (dims.width as u32, dims.height as u32);
    Ok(match picture {
        Flat::Gray(gray) => fit(&gray, width, height, rule).repeat(dims.channels),
        Flat::Color(color) => {
            let pixels = fit(&color, width, height, rule);
            let (pixels, _) = pixels.as_chunks::<3>();
            match dims.channels {
                1 => pixels.iter().map(|&pixel| gray(pixel)).collect(),
                _ => (0..3).flat_map(|channel| pixels.iter().map(move |pixel| pixel[channel])).collect(),
            }
        }
    })
}

fn read(path: &Path) -> Result<Vec<u8>, Fault> {
    let (mut file, len) = match open(path) {
        Err(Error::Format { found, .. }) => return Err(Fault::Bad(found)),
        opened => opened.map_err(Fault::Unreadable)?,
    };
    if len > LONGEST {
        return Err(Fault::Bad(format!("{len} bytes, more than {LONGEST}")));
    }
    let unreadable = |source| Fault::Unreadable(Error::Io { action: "read", path: path.into(), source });
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len as usize + 1).map_err(|_| unreadable(io::ErrorKind::OutOfMemory.into()))?;
    file.by_ref().take(LONGEST).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// Decodes a picture, turns it upright and puts it on the background. The error is what was found instead of a picture.
fn picture(bytes: &[u8], background: u8) -> Result<Flat, String> {
    let format = match image::guess_format(bytes) {
        Ok(ImageFormat::Jpeg) if !jpeg::is_whole(bytes) => return Err("a JPEG file that is cut short".into()),
        Ok(format @ (ImageFormat::Jpeg | ImageFormat::Png)) => format,
        Ok(other) => return Err(format!("a {other:?} file")),
        Err(_) if bytes.is_empty() => return Err("an empty file".into()),
        Err(_) => return Err("no PNG or JPEG signature".into()),
    };
    let damage = |error: image::ImageError| {
        let plain = error.to_string().chars().filter(|&character| is_plain(character)).take(160).collect::<String>();
        format!("damage ({plain})")
    };
    let mut decoder = ImageReader::with_format(Cursor::new(bytes), format).into_decoder().map_err(damage)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(format!("{width}×{height} pixels, more than {MOST_PIXELS}"));
    }
    // Metadata that are damaged leave a picture as it is.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(damage)?;
    picture.apply_orientation(orientation);
    Ok(flat(picture, background))
}

/// The picture as eight bits to a channel, on the background where it is transparent.
fn flat(picture: DynamicImage, background: u8) -> Flat {
    let color = picture.color();
    if !color.has_alpha() {
        return if color.has_color() { Flat::Color(picture.into_rgb8()) } else { Flat::Gray(picture.into_luma8()) };
    }
    let over = |value: u8, alpha: u8| {
        let (alpha, rest) = (u32::from(alpha), 255 - u32::from(alpha));
        ((u32::from(value) * alpha + u32::from(background) * rest + 127) / 255) as u8
    };
    let transparent = picture.into_rgba8();
    let (width, height) = transparent.dimensions();
    Flat::Color(RgbImage::from_fn(width, height, |x, y| {
        let [red, green, blue, alpha] = transparent.get_pixel(x, y).0;
        [red, green, blue].map(|value| over(value, alpha)).into()
    }))
}

/// `0.299 R + 0.587 G + 0.114 B`, rounded (ITU-R BT.601, luma).
fn gray([red, green, blue]: [u8; 3]) -> u8 {
    ((299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue) + 500) / 1000) as u8
}
