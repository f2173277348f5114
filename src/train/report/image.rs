//! Small pictures in a page: PNG files, written into it as text.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use png::{BitDepth, ColorType, Encoder};

use crate::data::Normalize;
use crate::shape::Dims;

type Color = [u8; 4];

/// Pictures of one size beside each other, in rows.
pub(super) struct Strip {
    pub width: usize,
    pub height: usize,
    pixels: Vec<Color>,
}

/// Between two pictures.
const GAP: usize = 1;

impl Strip {
    /// Arranges `pictures`, each of `height × width` pixels, in rows of `columns`.
    pub fn new(pictures: &[Vec<Color>], [height, width]: [usize; 2], columns: usize) -> Strip {
        let columns = columns.clamp(1, pictures.len().max(1));
        let rows = pictures.len().div_ceil(columns).max(1);
        let (all_width, all_height) = (columns * (width + GAP) - GAP, rows * (height + GAP) - GAP);
        let mut pixels = vec![[0; 4]; all_width * all_height];
        for (i, picture) in pictures.iter().enumerate() {
            let corner = (i / columns) * (height + GAP) * all_width + (i % columns) * (width + GAP);
            for (y, row) in picture.chunks_exact(width).enumerate() {
                pixels[corner + y * all_width..][..width].copy_from_slice(row);
            }
        }
        Strip { width: all_width, height: all_height, pixels }
    }

    /// The picture as an address: `data:image/png;base64,…`.
    ///
    /// # Errors
    /// None, unless the strip has no pixels.
    pub fn address(&self) -> Result<String, png::EncodingError> {
        Ok(format!("data:image/png;base64,{}", STANDARD.encode(self.png()?)))
    }

    /// The picture as a PNG file.
    ///
    /// # Errors
    /// As [`address`](Strip::address).
    pub fn png(&self) -> Result<Vec<u8>, png::EncodingError> {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, self.width as u32, self.height as u32);
        encoder.set_color(ColorType::Rgba);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        encoder.write_header()?.write_image_data(self.pixels.as_flattened())?;
        Ok(bytes)
    }
}

/// How an input becomes a picture.
#[derive(Clone, Default)]
pub(super) struct Paint(Option<Normalize>);

impl From<&Normalize> for Paint {
    fn from(normalize: &Normalize) -> Paint {
        Paint(Some(normalize.clone()))
    }
}

impl Paint {
    /// The input as a gray or colored picture; `None` if it is no picture, or there is none.
    pub fn picture(&self, numbers: &[f32], dims: Dims) -> Option<Vec<Color>> {
        if !is_picture(dims) || numbers.len() != dims.len() {
            return None;
        }
        let bytes = match &self.0 {
            Some(Normalize { mean, std }) if !mean.is_empty() && !std.is_empty() => {
                let pixels = dims.height * dims.width;
                let number = |(i, &number): (usize, &f32)| {
                    let channel = i / pixels;
                    (f64::from(number) * std[channel % std.len()] + mean[channel % mean.len()]) * 255.0
                };
                numbers.iter().enumerate().map(number).map(|number| number.round() as u8).collect()
            }
            _ => stretched(numbers),
        };
        Some(colored(&bytes, dims))
    }
}

/// Whether a sample of this shape can be drawn: it has rows and columns, and is gray or colored.
pub(super) fn is_picture(dims: Dims) -> bool {
    dims.height > 1 && dims.width > 1 && matches!(dims.channels, 1 | 3)
}

/// The least number as 0, the greatest as 255.
pub(super) fn stretched(numbers: &[f32]) -> Vec<u8> {
    let min = numbers.iter().copied().fold(f32::INFINITY, f32::min);
    let max = numbers.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let range = if max > min { max - min } else { 1.0 };
    numbers.iter().map(|number| ((number - min) / range * 255.0).round() as u8).collect()
}

/// Planes of bytes as pixels.
fn colored(bytes: &[u8], dims: Dims) -> Vec<Color> {
    let pixels = dims.height * dims.width;
    let at = |i: usize, channel: usize| bytes[i + if dims.channels == 3 { channel * pixels } else { 0 }];
    (0..pixels).map(|i| [at(i, 0), at(i, 1), at(i, 2), 255]).collect()
}

/// Colored filters, stretched, or those of one channel by [`signed`].
pub(super) fn filter(weights: &[f32], dims: Dims, largest: f32) -> Vec<Color> {
    match dims.channels {
        3 => colored(&stretched(weights), dims),
        _ => weights.iter().map(|&weight| signed(weight / largest)).collect(),
    }
}

/// Between colors at equal distances, `at` from 0 to 1.
fn between(colors: &[[f32; 3]], at: f32) -> Color {
    let place = if at.is_nan() { 0.0 } else { at.clamp(0.0, 1.0) } * (colors.len() - 1) as f32;
    let first = (place as usize).min(colors.len() - 2);
    let share = place - first as f32;
    let mix = |channel: usize| colors[first][channel] * (1.0 - share) + colors[first + 1][channel] * share;
    [mix(0) as u8, mix(1) as u8, mix(2) as u8, 255]
}

/// From −1, blue, over 0, white, to 1, orange: colors that all eyes can tell apart.
fn signed(number: f32) -> Color {
    const BLUE_TO_ORANGE: [[f32; 3]; 5] =
        [[5., 48., 97.], [67., 147., 195.], [247., 247., 247.], [224., 130., 20.], [127., 59., 8.]];
    between(&BLUE_TO_ORANGE, (number + 1.0) / 2.0)
}

/// From 0 to 1, dark to light: the colors of viridis.
///
/// (Smith and van der Walt 2015, matplotlib's default, which reads the same in gray and with any color vision.)
pub(super) fn viridis(byte: u8) -> Color {
    const VIRIDIS: [[f32; 3]; 9] = [
        [68., 1., 84.],
        [71., 44., 122.],
        [59., 81., 139.],
        [44., 113., 142.],
        [33., 144., 141.],
        [39., 173., 129.],
        [92., 200., 99.],
        [170., 220., 50.],
        [253., 231., 37.],
    ];
    between(&VIRIDIS, f32::from(byte) / 255.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_stand_beside_each_other() {
        let [a, b, c] = [1, 2, 3].map(|shade| vec![[shade; 4]; 6]);
        let strip = Strip::new(&[a, b, c], [2, 3], 2);
        assert_eq!((strip.width, strip.height), (7, 5));
        let at = |x: usize, y: usize| strip.pixels[7 * y + x][0];
        assert_eq!([at(2, 1), at(3, 1), at(4, 1), at(0, 2), at(2, 4), at(4, 4)], [1, 0, 2, 0, 3, 0]);
        assert!(strip.address().unwrap().starts_with("data:image/png;base64,iVBORw0KGgo"));
    }

    #[test]
    fn an_input_is_drawn_as_its_pixels_were() {
        let (dims, pixels) = (Dims::new(3, 2, 2), [0, 255, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
        let normalize = Normalize { mean: vec![0.1, 0.2, 0.3], std: vec![0.5, 0.6, 0.7] };
        let of = |(i, &pixel): (usize, &u8)| {
            ((f64::from(pixel) / 255.0 - normalize.mean[i / 4]) / normalize.std[i / 4]) as f32
        };
        let numbers: Vec<f32> = pixels.iter().enumerate().map(of).collect();
        let drawn = Paint::from(&normalize).picture(&numbers, dims);
        assert_eq!(drawn, Some(vec![[0, 30, 70, 255], [255, 40, 80, 255], [10, 50, 90, 255], [20, 60, 100, 255]]));
        assert_eq!(Paint::default().picture(&[0.0; 4], Dims::new(4, 1, 1)), None);
    }

    #[test]
    fn colors_have_a_middle() {
        assert_eq!([signed(0.0), signed(f32::NAN)], [[247, 247, 247, 255], [5, 48, 97, 255]]);
        assert_eq!([viridis(0), viridis(255)], [[68, 1, 84, 255], [253, 231, 37, 255]]);
        assert_eq!(stretched(&[2.0, 4.0, 3.0]), [0, 255, 128]);
        assert_eq!(stretched(&[2.0, 2.0]), [0, 0]);
    }
}
