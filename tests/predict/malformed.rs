//! Files that are not pictures, or have false headers: none of them causes a panic, blocks, or needs more memory than a picture,
//! and the other files are still read.

use std::fs::{self, File as Opened};
use std::io::Cursor;
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use png::{BitDepth, ColorType};

use super::common::files::make_pipe;
use super::example::handwriting::Plane;
use super::example::picture;
use super::file::{File, big_endian, chunk};
use super::predict;

/// One pixel, whose palette ends in the middle of its second color.
const HALF_A_COLOUR: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x03\0\0\0(\xcb4\xbb\
    \0\0\0\x04PLTE\x01\x02\x03\x04#\xdb\x8a\xab\
    \0\0\0\nIDATx\x9cc`\0\0\0\x02\0\x01H\xaf\xa4q\0\0\0\0IEND\xaeB`\x82";

fn decode(bytes: &[u8]) -> Result<Plane, String> {
    picture::decode(Cursor::new(bytes)).map_err(|fault| fault.to_string())
}

/// A file of these chunks between the signature and `IEND`.
fn chunks(chunks: &[Vec<u8>]) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n", &chunks.concat()[..], &chunk(b"IEND", b"")].concat()
}

fn header(width: usize, height: usize, depth: u8, color: u8) -> Vec<u8> {
    chunk(b"IHDR", &[big_endian(&[width, height]), vec![depth, color, 0, 0, 0]].concat())
}

/// The contents of an `IDAT` chunk: rows of `width` samples of eight bits.
fn rows(width: usize, samples: &[u8]) -> Vec<u8> {
    let samples: Vec<f32> = samples.iter().map(|&sample| f32::from(sample) / 255.0).collect();
    let (color, depth, height) = (ColorType::Grayscale, BitDepth::Eight, samples.len() / width);
    chunk(b"IDAT", &File { width, height, color, depth, interlaced: false, samples, around: Default::default() }.data())
}

#[test]
fn a_picture_that_breaks_the_decoder_does_not_keep_the_others_from_being_read() {
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken.png");
    fs::write(&broken, HALF_A_COLOUR).unwrap();
    let (good, broken) = ("examples/predict/seven.png", broken.to_str().unwrap());
    let (all, out, err) = predict(&[good, broken, good]);
    assert!(!all);
    assert_eq!(out.matches("\n   7  ").count(), 2, "{out}");
    let expected = "PNG: found the chunk PLTE of 4 bytes, expected 1 to 256 colors of 3 bytes";
    assert_eq!(err, format!("error: {broken}: {expected}\n"));
}

#[test]
fn chunks_have_the_sizes_they_must_have() {
    let palette = |bytes: usize| chunks(&[header(1, 1, 8, 3), chunk(b"PLTE", &vec![7; bytes]), rows(1, &[0])]);
    for bytes in [0, 1, 4, 5, 767, 769, 771] {
        let expected = format!("PNG: found the chunk PLTE of {bytes} bytes, expected 1 to 256 colors of 3 bytes");
        assert_eq!(decode(&palette(bytes)), Err(expected));
    }
    for bytes in [3, 6, 768] {
        decode(&palette(bytes)).unwrap();
    }
    for (first, found) in [
        (chunk(b"IHDR", &[0; 12]), "IHDR of 12"),
        (chunk(b"gAMA", &[0; 4]), "gAMA of 4"),
        (chunk(b"\x1b[1m", &[]), r"\x1b[1m of 0"),
        (chunk(b"IEND", b""), "IEND of 0"),
    ] {
        let expected = format!("PNG: found the chunk {found} bytes, expected IHDR of 13 bytes, first of all");
        assert_eq!(decode(&chunks(&[first, header(1, 1, 8, 0), rows(1, &[0])])), Err(expected));
    }
    // A length beyond the file, up to the largest possible one.
    for length in [100, 1 << 31, u32::MAX as usize] {
        let lie = [b"\x89PNG\r\n\x1a\n", &header(1, 1, 8, 0)[..], &big_endian(&[length]), b"tEXtabcd"].concat();
        assert_eq!(decode(&lie), Err("PNG: found the end of the file, expected the rest of the picture".into()));
    }
}

#[test]
fn what_cannot_be_a_picture_is_damage() {
    let pixel = rows(1, &[0]);
    for (what, bytes) in [
        ("no width", chunks(&[header(0, 1, 8, 0), pixel.clone()])),
        ("no height", chunks(&[header(1, 0, 8, 0), pixel.clone()])),
        ("no such color type", chunks(&[header(1, 1, 8, 5), pixel.clone()])),
        ("no such depth", chunks(&[header(1, 1, 3, 0), pixel.clone()])),
        ("a palette of 16 bits", chunks(&[header(1, 1, 16, 3), chunk(b"PLTE", &[0; 3]), pixel.clone()])),
        ("no palette", chunks(&[header(1, 1, 8, 3), pixel.clone()])),
        ("two headers", chunks(&[header(1, 1, 8, 0), header(1, 1, 8, 0), pixel.clone()])),
        ("two palettes", chunks(&[header(1, 1, 8, 3), chunk(b"PLTE", &[0; 3]), chunk(b"PLTE", &[0; 3]), pixel])),
        ("no data", chunks(&[header(1, 1, 8, 0)])),
        ("empty data", chunks(&[header(1, 1, 8, 0), chunk(b"IDAT", b"")])),
        ("too few rows", chunks(&[header(2, 3, 8, 0), rows(2, &[0, 0, 0, 0])])),
        ("data that are none", chunks(&[header(1, 1, 8, 0), chunk(b"IDAT", b"Dear network,")])),
        ("no such filter", chunks(&[header(1, 1, 8, 0), chunk(b"IDAT", b"x\x01\x01\x02\0\xfd\xff\x09\0\0\x13\0\x0a")])),
    ] {
        let said = decode(&bytes).unwrap_err();
        assert!(said.starts_with("PNG: found damage ("), "{what}: {said}");
    }
}

/// As in browsers.
#[test]
fn what_a_palette_does_not_have_is_black_and_opaque() {
    let (colors, pixels) = (chunk(b"PLTE", &[255; 6]), rows(4, &[0, 1, 2, 255]));
    let palette = chunks(&[header(4, 1, 8, 3), colors.clone(), pixels.clone()]);
    assert_eq!(decode(&palette).unwrap().values, [1.0, 1.0, 0.0, 0.0]);
    // Alphas beyond the colors are ignored.
    let alphas = chunks(&[header(4, 1, 8, 3), colors, chunk(b"tRNS", &[0; 5]), pixels]);
    assert_eq!(decode(&alphas).unwrap().values, [1.0, 1.0, 0.0, 0.0]);
}

#[test]
fn an_interlaced_picture_is_the_same() {
    use BitDepth::{Eight, Four, One, Sixteen, Two};
    use ColorType::{Grayscale, GrayscaleAlpha, Rgb, Rgba};
    for (width, height) in [(1, 1), (2, 1), (1, 5), (3, 2), (5, 9), (16, 8), (23, 17)] {
        for (color, depth) in [(Grayscale, One), (Grayscale, Two), (Grayscale, Four), (Grayscale, Eight)]
            .into_iter()
            .chain([(Grayscale, Sixteen), (GrayscaleAlpha, Eight), (Rgb, Sixteen), (Rgba, Eight), (Rgba, Sixteen)])
        {
            let read = |interlaced| {
                let samples = (0..width * height * color.samples()).map(|at| (at * 37 % 101) as f32 / 100.0).collect();
                decode(&File { width, height, color, depth, interlaced, samples, around: Default::default() }.bytes())
            };
            assert_eq!(read(true).unwrap(), read(false).unwrap(), "{width}×{height} {color:?} {depth:?}");
        }
    }
}

#[test]
fn a_small_file_does_not_become_large() {
    for (width, height) in
        [(70_000, 1), (1, 65_536), (1 << 30, 1), (5793, 5793), (u32::MAX as usize / 2, u32::MAX as usize / 2)]
    {
        let expected =
            format!("size: found {width}×{height} pixels, expected at most 33554432 in all and 65535 a side");
        assert_eq!(decode(&chunks(&[header(width, height, 8, 6), rows(1, &[0])])), Err(expected));
    }
    // Eighty megabytes of zeros in a picture of six pixels: what is beyond the pixels is not decompressed.
    let mut large = Vec::new();
    let mut encoder = png::Encoder::new(&mut large, 10_000, 1000);
    encoder.set_color(ColorType::Rgba);
    encoder.set_depth(BitDepth::Sixteen);
    encoder.write_header().unwrap().write_image_data(&vec![0; 80_000_000]).unwrap();
    let bomb = chunks(&[header(3, 2, 8, 0), large[8 + 25..large.len() - 12].to_vec()]);
    assert!(bomb.len() < 200_000, "{} bytes", bomb.len());
    assert_eq!(decode(&bomb).unwrap().values, [0.0; 6]);
}

#[test]
#[cfg(unix)]
fn what_is_no_file_is_refused_without_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let [pipe, large] = ["pipe", "large.png"].map(|name| folder.path().join(name));
    make_pipe(&pipe);
    // A sparse file of zeros.
    Opened::create(&large).unwrap().set_len((1 << 28) + 1).unwrap();
    for (path, expected) in [
        (pipe.as_path(), "file: found a pipe or a device, expected a PNG file"),
        (Path::new("/dev/zero"), "file: found a pipe or a device, expected a PNG file"),
        (folder.path(), "file: found a folder, expected a PNG file"),
        (large.as_path(), "file: found 268435457 bytes, expected at most 268435456"),
    ] {
        let (said, hears) = mpsc::channel();
        let asked = path.to_path_buf();
        thread::spawn(move || said.send(picture::open(&asked).unwrap_err().to_string()));
        assert_eq!(hears.recv_timeout(Duration::from_secs(60)).as_deref(), Ok(expected), "{}", path.display());
    }
}
