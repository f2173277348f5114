//! From a picture of a handwritten digit to an image in the format of MNIST.
//!
//! ```text
//! picture (gray) → ink (paper and polarity from the border; no specks) → frame (cropped, 20×20, centered in 28×28)
//! ```
//!
//! What a file or a page gives is made gray first:
//!
//! ```text
//! gray = 0.299 R + 0.587 G + 0.114 B                    (ITU-R BT.601, luma)
//! seen = α · gray + (1 − α) · what lies behind
//! ```
//!
//! Numbers are used as they are stored, 0 to 1, without gamma correction: a drawing program that smooths an edge writes the covered
//! fraction of the pixel, and that fraction is averaged later.

pub mod frame;
pub mod ink;
mod paper;
mod specks;

/// One number for each pixel, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    pub width: usize,
    pub height: usize,
    /// 0 to 1.
    pub values: Vec<f32>,
}

impl Plane {
    /// A picture of four bytes a pixel: red, green, blue, alpha.
    pub fn from_rgba(width: usize, bytes: &[u8]) -> Plane {
        let pixels = || bytes.chunks_exact(4);
        let mut plane = Plane { width, height: pixels().len() / width, values: pixels().map(luma).collect() };
        plane.lay_on_paper(&pixels().map(|pixel| pixel[3]).collect::<Vec<_>>());
        plane
    }

    /// Shows what lies behind its pixels, as far as they are transparent.
    pub fn lay_on_paper(&mut self, alphas: &[u8]) {
        let behind = behind(self, alphas);
        for (value, &alpha) in self.values.iter_mut().zip(alphas) {
            *value = share(alpha) * *value + (1.0 - share(alpha)) * behind;
        }
    }
}

/// A byte as a fraction.
pub fn share(sample: u8) -> f32 {
    f32::from(sample) / 255.0
}

/// The gray of a pixel that begins with red, green and blue.
pub fn luma(pixel: &[u8]) -> f32 {
    0.299 * share(pixel[0]) + 0.587 * share(pixel[1]) + 0.114 * share(pixel[2])
}

/// The gray behind transparent pixels.
///
/// If most of the border is opaque, the picture includes the paper, and the median gray of that border is used. Otherwise the
/// picture is only ink, and gets the background that shows it best: white for dark ink, black for light ink.
fn behind(plane: &Plane, alphas: &[u8]) -> f32 {
    let border = || border(plane.width, plane.height);
    let mut opaque: Vec<f32> = border().filter(|&at| alphas[at] >= 128).map(|at| plane.values[at]).collect();
    if 2 * opaque.len() > border().count() {
        return median(&mut opaque);
    }
    let (mut ink, mut all) = (0.0, 0.0);
    for (&gray, &alpha) in plane.values.iter().zip(alphas) {
        ink += f64::from(gray * share(alpha));
        all += f64::from(share(alpha));
    }
    if ink < 0.5 * all { 1.0 } else { 0.0 }
}

/// The indices of the outermost pixels.
fn border(width: usize, height: usize) -> impl Iterator<Item = usize> {
    let rows = (0..width).flat_map(move |x| [x, (height - 1) * width + x]);
    rows.chain((0..height).flat_map(move |y| [y * width, (y + 1) * width - 1]))
}

/// The median of some numbers, or the upper of the two middle ones.
///
/// # Panics
/// If there are none.
fn median(numbers: &mut [f32]) -> f32 {
    *numbers.select_nth_unstable_by(numbers.len() / 2, f32::total_cmp).1
}
