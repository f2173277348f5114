//! Digits as PNG files of many sizes, positions and color types.

use png::{BitDepth, ColorType};
use shapeproof::tensor::Tensor;

use super::file::{File, chunk};

/// How a digit is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// Width and height of the canvas.
    pub canvas: [usize; 2],
    /// The width of one pixel of the digit, in pixels of the canvas.
    pub scale: f32,
    /// The position of its upper left corner.
    pub at: [usize; 2],
    /// The gray of the paper and of the ink.
    pub grays: [f32; 2],
    /// The paper is lighter or darker by up to this much.
    pub key: f32,
    /// The light at the left edge and at the right edge.
    pub light: [f32; 2],
    pub color: Color,
    pub interlaced: bool,
}

#[derive(Clone, Copy, Debug)]
pub enum Color {
    Grey(BitDepth),
    Rgb(BitDepth),
    /// The paper's gray is transparent.
    Keyed(BitDepth),
    /// Sixteen grays.
    Palette,
    /// The picture, with an alpha channel that is opaque everywhere.
    GreyAlpha,
    /// Ink alone, on a transparent background.
    Ink(BitDepth),
}

/// Every kind of picture that a digit should be recognized in.
pub fn ways() -> Vec<Way> {
    use BitDepth::{Eight, Four, One, Sixteen, Two};
    let way = |canvas, scale, at, grays, color| Way {
        canvas,
        scale,
        at,
        grays,
        key: 0.0,
        light: [1.0, 1.0],
        color,
        interlaced: false,
    };
    let (black_on_white, white_on_black) = ([1.0, 0.0], [0.0, 1.0]);
    let mut ways = vec![
        way([28, 28], 1.0, [0, 0], white_on_black, Color::Grey(Eight)),
        way([28, 28], 1.0, [0, 0], black_on_white, Color::Grey(Four)),
        way([40, 33], 1.0, [9, 2], black_on_white, Color::Rgb(Eight)),
        way([90, 200], 3.0, [3, 100], white_on_black, Color::Grey(Sixteen)),
        way([310, 120], 4.0, [190, 5], black_on_white, Color::Grey(One)),
        way([160, 170], 5.0, [11, 17], [0.9, 0.2], Color::Rgb(Sixteen)),
        way([77, 81], 2.3, [9, 12], [0.25, 0.6], Color::Grey(Eight)),
        way([64, 80], 1.7, [2, 24], black_on_white, Color::Palette),
        way([150, 100], 2.9, [60, 9], white_on_black, Color::GreyAlpha),
        way([120, 140], 4.1, [1, 20], black_on_white, Color::Ink(Eight)),
        way([120, 140], 4.1, [1, 20], white_on_black, Color::Ink(Sixteen)),
        way([200, 150], 4.5, [60, 12], black_on_white, Color::Grey(Two)),
        way([125, 150], 3.5, [12, 30], black_on_white, Color::Keyed(Four)),
    ];
    for interlaced in [0, 2, 4, 7, 8, 10] {
        ways.push(Way { interlaced: true, ..ways[interlaced] });
    }
    let photograph = way([180, 190], 4.0, [30, 50], [0.85, 0.1], Color::Grey(Eight));
    ways.push(Way { key: 0.05, ..photograph });
    ways.push(Way { key: 0.03, light: [0.6, 1.1], ..photograph });
    ways.push(Way { key: 0.02, light: [1.0, 0.5], ..photograph });
    ways
}

/// The PNG file of a digit.
pub fn png(digit: &Tensor<1, 28, 28, u8>, way: &Way) -> Vec<u8> {
    let [width, height] = way.canvas;
    let coverage: Vec<f32> = (0..width * height).map(|at| ink(digit, way, at % width, at / width)).collect();
    let [paper, ink] = way.grays;
    // Multiplied by the golden ratio's share of 2³², numbers in a row scatter evenly (Knuth, TAOCP vol. 3, 6.4).
    let scatter = |at: usize| (at as u32).wrapping_mul(2_654_435_769).rotate_left(13).wrapping_mul(2_654_435_769);
    let key = |at: usize| way.key * (scatter(at) as f32 / u32::MAX as f32 * 2.0 - 1.0);
    let [left, right] = way.light;
    let light = |at: usize| left + (right - left) * (at % width) as f32 / width as f32;
    let gray = |at: usize| ((paper + coverage[at] * (ink - paper)) * light(at) + key(at)).clamp(0.0, 1.0);

    let pixels = 0..width * height;
    let (color, depth, samples) = match way.color {
        Color::Grey(depth) | Color::Keyed(depth) => (ColorType::Grayscale, depth, pixels.map(gray).collect()),
        Color::Rgb(depth) => (ColorType::Rgb, depth, pixels.flat_map(|at| [gray(at); 3]).collect()),
        // In reverse order, so that an index differs from its gray.
        Color::Palette => (ColorType::Indexed, BitDepth::Four, pixels.map(|at| 1.0 - gray(at)).collect()),
        Color::GreyAlpha => {
            (ColorType::GrayscaleAlpha, BitDepth::Eight, pixels.flat_map(|at| [gray(at), 1.0]).collect())
        }
        Color::Ink(depth) => (ColorType::Rgba, depth, pixels.flat_map(|at| [ink, ink, ink, coverage[at]]).collect()),
    };
    let before = match way.color {
        Color::Palette => vec![chunk(b"PLTE", &(0..16).rev().flat_map(|index| [17 * index; 3]).collect::<Vec<u8>>())],
        Color::Keyed(depth) => {
            let most = (1u32 << depth as u32) - 1;
            vec![chunk(b"tRNS", &((paper * most as f32).round() as u16).to_be_bytes())]
        }
        _ => Vec::new(),
    };
    File { width, height, color, depth, interlaced: way.interlaced, samples, around: [before, Vec::new()] }.bytes()
}

/// A line two pixels wide through these points, black on a white canvas of 3000×2400 pixels.
pub fn hairline(points: &[[f32; 2]]) -> Vec<u8> {
    let (width, height) = (3000, 2400);
    let mut samples = vec![1.0; width * height];
    for ends in points.windows(2) {
        for step in 0..=4000 {
            let along = |axis: usize| ends[0][axis] + (ends[1][axis] - ends[0][axis]) * step as f32 / 4000.0;
            let (x, y) = (along(0) as usize, along(1) as usize);
            for at in [y * width + x, (y + 1) * width + x] {
                samples[at..at + 2].fill(0.0);
            }
        }
    }
    let (color, depth) = (ColorType::Grayscale, BitDepth::Eight);
    File { width, height, color, depth, interlaced: false, samples, around: Default::default() }.bytes()
}

/// How much of a pixel is ink: the digit, interpolated linearly between the centers of its pixels.
fn ink(digit: &Tensor<1, 28, 28, u8>, way: &Way, x: usize, y: usize) -> f32 {
    let place = |at: usize, from: usize| (at as f32 + 0.5 - from as f32) / way.scale - 0.5;
    let (x, y) = (place(x, way.at[0]), place(y, way.at[1]));
    let pixel = |x: f32, y: f32| {
        let inside = (0.0..28.0).contains(&x) && (0.0..28.0).contains(&y);
        if inside { f32::from(digit.0[0][y as usize][x as usize]) / 255.0 } else { 0.0 }
    };
    let (left, top) = (x.floor(), y.floor());
    let row = |y: f32| (1.0 - (x - left)) * pixel(left, y) + (x - left) * pixel(left + 1.0, y);
    (1.0 - (y - top)) * row(top) + (y - top) * row(top + 1.0)
}
