//! The sheet of augmented digits in the documentation, `src/data/augment/sheet.svg`: drawn again, and compared with the one there.
//!
//! The pixels are one PNG within the SVG. It is compared by its pixels, so that another version of the encoder does not matter.

use std::fs;
use std::path::Path;

use png::{BitDepth, ColorType, Decoder, Encoder};
use shapeproof::data::labeled::Labeled;
use shapeproof::data::{Augment, Dataset, synthetic};

use crate::augmented;

const COLUMNS: usize = 12;
/// The side of a digit, and of its place on the sheet, in pixels of the PNG.
const SIDE: usize = 28;
const PLACE: usize = SIDE + 1;
/// The gray between digits, visible on white and on black.
const GAP: u8 = 8;

/// The code of each row, and the augmentation.
fn rows() -> Vec<(String, Augment)> {
    macro_rules! rows {
        ($($($part:ident($($argument:expr),*)).+,)*) => {
            vec![$((stringify!($($part($($argument),*)).+).replace(" (", "("), Augment::new()$(.$part($($argument),*))+)),*]
        };
    }
    let mut rows = vec![("as they are".to_string(), Augment::new())];
    rows.extend(rows! {
        flip_horizontal(0.5),
        scale(0.6..=1.4),
        shear(30.0),
        rotate(30.0),
        shift(5),
        elastic(1.5, 4.0),
        erase(0.8, 0.05..=0.3),
        brightness(0.8),
        contrast(0.8),
    });
    let together = Augment::new().scale(0.8..=1.2).shear(15.0).rotate(15.0).shift(3).elastic(1.2, 4.0);
    rows.push(("all, each a little".to_string(), together.erase(0.5, 0.02..=0.08).brightness(0.4).contrast(0.4)));
    rows
}

/// All digits, row by row, as levels from 0 (black) to 15 (white), one level in each byte.
fn levels(rows: &[(String, Augment)]) -> Vec<u8> {
    let (images, labels) = synthetic::digits(COLUMNS, 8);
    let digits = Labeled::in_memory(images, labels, 10);
    let mut levels = vec![GAP; rows.len() * PLACE * COLUMNS * PLACE];
    for (row, (_, augment)) in rows.iter().enumerate() {
        let data = (&digits).augmented(augment.clone());
        for column in 0..COLUMNS {
            let image = augmented(&data, column, (100 * row + column) as u64);
            for (at, x) in image.as_slice().iter().enumerate() {
                let (y, x_at) = (row * PLACE + at / SIDE, column * PLACE + at % SIDE);
                levels[y * COLUMNS * PLACE + x_at] = (15.0 * x + 0.5) as u8;
            }
        }
    }
    levels
}

fn png(levels: &[u8], rows: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, (COLUMNS * PLACE) as u32, (rows * PLACE) as u32);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(BitDepth::Four);
    encoder.set_compression(png::Compression::High);
    let packed: Vec<u8> = levels.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    encoder.write_header().unwrap().write_image_data(&packed).unwrap();
    bytes
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn to_base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().enumerate().fold(0, |bits, (i, &byte)| bits | u32::from(byte) << (16 - 8 * i));
        for i in 0..4 {
            let is_padding = i > three.len();
            text.push(if is_padding { '=' } else { char::from(ALPHABET[(bits >> (18 - 6 * i)) as usize % 64]) });
        }
    }
    text
}

fn from_base64(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for value in text.bytes().filter_map(|c| ALPHABET.iter().position(|&letter| letter == c)) {
        (bits, count) = (bits << 6 | value as u32, count + 6);
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}

/// The sheet, in the colors of the page around it.
fn draw() -> String {
    const LABELS: usize = 220;
    const SCALE: usize = 2;
    let rows = rows();
    let (wide, high) = (SCALE * COLUMNS * PLACE, SCALE * rows.len() * PLACE);
    let mut svg = format!(
        "<svg style=\"max-width: 100%; height: auto; color: var(--main-color, #777)\" width=\"{0}\" height=\"{high}\" \
         viewBox=\"0 0 {0} {high}\" xmlns=\"http://www.w3.org/2000/svg\">\n",
        LABELS + wide
    );
    for (row, (name, _)) in rows.iter().enumerate() {
        let y = SCALE * PLACE * row + SCALE * SIDE / 2;
        svg += &format!(
            "<text x=\"{}\" y=\"{y}\" dy=\"0.32em\" text-anchor=\"end\" font-family=\"monospace\" font-size=\"14\" \
             fill=\"currentColor\">{name}</text>\n",
            LABELS - 12
        );
    }
    let png = to_base64(&png(&levels(&rows), rows.len()));
    svg + &format!(
        "<image x=\"{LABELS}\" y=\"0\" width=\"{wide}\" height=\"{high}\" style=\"image-rendering: pixelated\" \
         href=\"data:image/png;base64,{png}\"/>\n</svg>\n"
    )
}

/// The text around the pixels, and the pixels.
fn parts(svg: &str) -> Option<(String, Vec<u8>)> {
    let (before, rest) = svg.split_once("base64,")?;
    let (png, after) = rest.split_once('"')?;
    let mut reader = Decoder::new(std::io::Cursor::new(from_base64(png))).read_info().ok()?;
    let mut pixels = vec![0; reader.output_buffer_size()?];
    reader.next_frame(&mut pixels).ok()?;
    Some((format!("{before}{after}"), pixels))
}

#[test]
fn the_sheet_in_the_documentation_is_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let there = fs::read_to_string(root.join("src/data/augment/sheet.svg")).unwrap();
    let drawn = draw();
    assert!(parts(&drawn).is_some());
    if parts(&there) != parts(&drawn) {
        let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sheet.svg");
        fs::write(&new, drawn).unwrap();
        panic!("src/data/augment/sheet.svg is not what is drawn now: {}", new.display());
    }
}
