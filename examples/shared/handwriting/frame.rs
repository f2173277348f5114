//! Frames ink as in MNIST.
//!
//! "The original black and white (bilevel) images from NIST were size normalized to fit in a 20x20 pixel box while preserving their
//! aspect ratio. The resulting images contain gray levels as a result of the anti-aliasing technique used by the normalization
//! algorithm. The images were centered in a 28x28 image by computing the center of mass of the pixels, and translating the image so
//! as to position this point at the center of the 28x28 field." (Y. LeCun, C. Cortes, C. Burges, *The MNIST database*)
//!
//! Where that description is incomplete, MNIST's files show it: images are moved by whole pixels, and the center of the field is
//! pixel (14, 14), counted from 0. In 20,000 training images, no center of mass is further from there than half a pixel.

use std::ops::Range;

use shapeproof::tensor::Tensor;

use super::{Plane, median};

/// The side of the box that the digit fills.
const BOX: usize = 20;
const CENTRE: f64 = 14.0;

/// Strokes narrower than this many pixels of the box are thickened: MNIST's narrowest measure 1.2, most 2.5.
const THINNEST: f64 = 1.2;

/// Returns 28×28 pixels, white on black, in MNIST's format.
///
/// # Panics
/// If there is no ink.
pub fn frame(ink: Plane) -> Tensor<1, 28, 28, u8> {
    let ink = crop(ink);
    let longer = ink.width.max(ink.height) as f64;
    let thin = stroke(&ink) * (BOX as f64) < THINNEST * longer;
    // Thickening needs a pixel on each side.
    let side = if thin { BOX - 2 } else { BOX };
    let fitted = |length: usize| ((length * side) as f64 / longer).round().max(1.0) as usize;
    let mut digit = resize(&ink, fitted(ink.width), fitted(ink.height));
    if thin {
        digit = pen(&digit);
    }
    center(&digit)
}

/// Crops to the smallest rectangle with all the ink.
fn crop(mut ink: Plane) -> Plane {
    let is_inked = |at: usize| ink.values[at] > 0.0;
    let rows = span(ink.height, |y| (y * ink.width..(y + 1) * ink.width).any(is_inked));
    let columns = span(ink.width, |x| rows.clone().any(|y| is_inked(y * ink.width + x)));
    let (width, height) = (columns.len(), rows.len());
    // In place, to save memory with large pictures.
    for (to, from) in rows.enumerate() {
        let from = from * ink.width + columns.start;
        ink.values.copy_within(from..from + width, to * width);
    }
    ink.values.truncate(width * height);
    Plane { width, height, values: ink.values }
}

/// The range from the first to the last of the indices below `len` that are inked.
fn span(len: usize, is_inked: impl Fn(usize) -> bool) -> Range<usize> {
    let first = (0..len).find(|&i| is_inked(i)).expect("there is ink");
    first..(first..len).rfind(|&i| is_inked(i)).expect("there is ink") + 1
}

/// The width of the strokes, in pixels: a stroke of width w and length l has w·l of ink and 2·l of outline.
///
/// The outline is measured by how much the ink changes from pixel to pixel, which overestimates slanted lines; over all directions,
/// by 4/π.
fn stroke(ink: &Plane) -> f64 {
    let value = |x: usize, y: usize| f64::from(ink.values[y * ink.width + x]);
    let (mut area, mut outline) = (0.0, 0.0);
    for y in 0..ink.height {
        for x in 0..ink.width {
            let here = value(x, y);
            area += here;
            outline += (here - if x > 0 { value(x - 1, y) } else { 0.0 }).abs();
            outline += (here - if y > 0 { value(x, y - 1) } else { 0.0 }).abs();
            outline += if x + 1 == ink.width { here } else { 0.0 };
            outline += if y + 1 == ink.height { here } else { 0.0 };
        }
    }
    2.0 * area / (outline * std::f64::consts::FRAC_PI_4)
}

/// Scales to `width`×`height`: each pixel is the mean of the pixels it covers, weighted by the covered part.
pub fn resize(ink: &Plane, width: usize, height: usize) -> Plane {
    let (columns, rows) = (shares(ink.width, width), shares(ink.height, height));
    let mean = |row: &[(usize, f64)], column: &[(usize, f64)]| -> f32 {
        let sum_of = |&(y, share): &(usize, f64)| {
            let sum: f64 = column.iter().map(|&(x, share)| share * f64::from(ink.values[y * ink.width + x])).sum();
            share * sum
        };
        row.iter().map(sum_of).sum::<f64>() as f32
    };
    let values = rows.iter().flat_map(|row| columns.iter().map(move |column| mean(row, column))).collect();
    Plane { width, height, values }
}

/// For each of `to` equal parts of a line of `from` pixels: the pixels it covers, with their weights in the mean.
fn shares(from: usize, to: usize) -> Vec<Vec<(usize, f64)>> {
    let scale = from as f64 / to as f64;
    let part = |i: usize| {
        let (start, end) = (i as f64 * scale, (i + 1) as f64 * scale);
        let pixels = start as usize..(end.ceil() as usize).min(from);
        let covered = |pixel: usize| end.min((pixel + 1) as f64) - start.max(pixel as f64);
        pixels.map(|pixel| (pixel, covered(pixel) / scale)).collect()
    };
    (0..to).map(part).collect()
}

/// Draws lines of at most one pixel, which are gray because they are thin, black and two pixels wide. The picture grows by one
/// pixel on each side.
///
/// ```text
/// out[y, x] = min(1, max k[j] k[i] in[y + j, x + i] / usual)    k = [½, 1, ½]
/// ```
///
/// where `usual` is the median of the pixels that have ink.
fn pen(digit: &Plane) -> Plane {
    let mut inked: Vec<f32> = digit.values.iter().copied().filter(|&value| value > 0.0).collect();
    let usual = median(&mut inked);
    let (columns, rows) = (digit.width + 2, digit.height + 2);
    let mut values = vec![0f32; columns * rows];
    for (at, value) in digit.values.iter().enumerate() {
        let (x, y) = (at % digit.width, at / digit.width);
        for (j, down) in [0.5, 1.0, 0.5].into_iter().enumerate() {
            for (i, right) in [0.5, 1.0, 0.5].into_iter().enumerate() {
                let out = &mut values[(y + j) * columns + x + i];
                *out = out.max(down * right * value / usual).min(1.0);
            }
        }
    }
    Plane { width: columns, height: rows, values }
}

/// Places the digit in a field of 28×28 pixels, moved by whole pixels so that its center of mass is within the middle one.
fn center(digit: &Plane) -> Tensor<1, 28, 28, u8> {
    let [mut mass, mut right, mut down] = [0.0; 3];
    for (at, &value) in digit.values.iter().enumerate() {
        let value = f64::from(value);
        mass += value;
        right += value * (at % digit.width) as f64;
        down += value * (at / digit.width) as f64;
    }
    let offset = |sum: f64, length: usize| ((CENTRE - sum / mass).round() as usize).min(28 - length);
    let (left, top) = (offset(right, digit.width), offset(down, digit.height));
    let mut field = Tensor([[[0; 28]; 28]]);
    for (row, values) in field.0[0][top..].iter_mut().zip(digit.values.chunks(digit.width)) {
        for (pixel, value) in row[left..].iter_mut().zip(values) {
            *pixel = (255.0 * value).round() as u8;
        }
    }
    field
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(width: usize, values: &[f32]) -> Plane {
        Plane { width, height: values.len() / width, values: values.to_vec() }
    }

    #[test]
    fn areas_are_averaged_by_hand() {
        // Three columns to two: each covers one and a half.
        let small = resize(&plane(3, &[0.0, 0.3, 0.9, 0.6, 0.3, 0.3]), 2, 1);
        for (found, expected) in
            small.values.iter().zip([(0.0 + 0.15 + 0.6 + 0.15) / 3.0, (0.15 + 0.9 + 0.15 + 0.3) / 3.0])
        {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
        // And back: the middle one is the mean of both.
        let large = resize(&plane(2, &[0.2, 0.8]), 3, 2);
        for (found, expected) in large.values.iter().zip([0.2, 0.5, 0.8].repeat(2)) {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
    }

    #[test]
    fn ink_is_cropped_and_strokes_are_measured() {
        let ink = crop(plane(5, &[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.9, 0.0, 0.0, 0.0]));
        assert_eq!(ink, plane(2, &[0.0, 0.5, 0.9, 0.0]));
        // 4×40: area 160, outline 88; nearly 4, with the correction for all directions.
        assert!((stroke(&plane(4, &[1.0; 160])) - 320.0 / (88.0 * std::f64::consts::FRAC_PI_4)).abs() < 1e-9);
    }

    #[test]
    fn a_bar_fills_the_box_and_is_centred() {
        // 30×120, black in the upper half, gray below: 5×20, its center of mass at row (4.5·2 + 14.5) / 3 = 7.83.
        let bar: Vec<f32> = (0..30 * 120).map(|at| if at < 30 * 60 { 1.0 } else { 0.5 }).collect();
        let field = frame(plane(30, &bar)).0[0];
        for (y, row) in field.iter().enumerate() {
            for (x, &pixel) in row.iter().enumerate() {
                let inside = (12..17).contains(&x);
                let expected = match y {
                    6..16 if inside => 255,
                    16..26 if inside => 128,
                    _ => 0,
                };
                assert_eq!(pixel, expected, "row {y}, column {x}");
            }
        }
    }

    #[test]
    fn a_hairline_stays_visible() {
        // One pixel wide and two thousand high, upright and slanted.
        let upright = frame(plane(1, &[1.0; 2000]));
        assert_eq!(upright.0[0][14][12..17], [0, 128, 255, 128, 0]);
        let (width, height) = (1000, 2000);
        let mut slanted = Plane { width, height, values: vec![0.0; width * height] };
        (0..height).for_each(|y| slanted.values[y * width + y / 2] = 1.0);
        let field = frame(slanted);
        assert!(field.0[0][6..24].iter().all(|row| row.iter().max() > Some(&200)), "{field:?}");
    }
}
