//! All changes of an image's shape as one map of coordinates, and the image resampled by it once.
//!
//! For each pixel `q` of the result, the map says where in the image its value is found:
//!
//! ```text
//! p = c + A⁻¹ (q + d(q) − c − t)        A = rotation · shear · scale · flip
//! ```
//!
//! `c` is the center of the image, `t` the shift and `d` the elastic displacement. Coordinates are rounded to multiples of 2⁻¹⁶, so that
//! a point which is on a pixel but for a rounding error, as after a rotation by 90°, is on it exactly.

use super::elastic::Line;
use super::variation::{Ripple, Variation};
use crate::scalar::Scalar;
use crate::shape::{Dims, Shape};
use crate::simd::widest;

/// Writes the image `from`, with all changes of its shape, to `to`.
pub(super) fn warp<S: Shape>(variation: &Variation, from: &S, to: &mut S) {
    let Dims { channels: _, height, width } = S::DIMS;
    if variation.moves_whole_pixels() {
        return copy(variation, from, to);
    }
    let map = Map::new(variation, height, width);
    widest!({ resample(&map, variation.elastic, from, to) });
}

/// How many pixels of a row are computed side by side.
const BLOCK: usize = 16;

#[inline(always)]
fn resample<S: Shape>(map: &Map, elastic: Option<Ripple>, from: &S, to: &mut S) {
    let Dims { channels: _, height, width } = S::DIMS;
    let (from, to) = (from.as_slice(), to.as_mut_slice());
    let plane = height * width;
    for row in 0..height {
        let mut line = elastic.map(|ripple| Line::new(ripple, row));
        for first in (0..width).step_by(BLOCK) {
            let [mut u, mut v] = [[0.0; BLOCK], [row as f64; BLOCK]];
            for (u, column) in u.iter_mut().zip(first..) {
                *u = column as f64;
            }
            if let Some(line) = &mut line {
                line.add(&mut u, &mut v);
            }
            let (mut x, mut y) = ([0; BLOCK], [0; BLOCK]);
            for i in 0..BLOCK {
                let [from_x, from_y] = map.source(u[i], v[i]);
                (x[i], y[i]) = (fixed(from_x, width), fixed(from_y, height));
            }
            for (from, to) in from.chunks_exact(plane).zip(to.chunks_exact_mut(plane)) {
                let to = &mut to[row * width + first..(row + 1) * width];
                for ((to, &x), &y) in to.iter_mut().zip(&x).zip(&y) {
                    *to = bilinear(from, Place::new(x, width), Place::new(y, height), width);
                }
            }
        }
    }
}

/// `x = xu·u + xv·v + x0`, `y = yu·u + yv·v + y0`
struct Map {
    x: [f64; 3],
    y: [f64; 3],
}

impl Map {
    /// `A⁻¹` is `flip · scale⁻¹ · shear⁻¹ · rotation⁻¹`.
    fn new(variation: &Variation, height: usize, width: usize) -> Map {
        let radians = |degrees: f64| degrees * (core::f64::consts::PI / 180.0);
        // The functions of `libm` give the same bits on every machine.
        let (sin, cos) = libm::sincos(radians(variation.rotate));
        let tan = libm::tan(radians(variation.shear));
        let [flip_x, flip_y] =
            [variation.flip_horizontal, variation.flip_vertical].map(|flip| if flip { -1.0 } else { 1.0 });
        let (scale_x, scale_y) = (flip_x / variation.scale, flip_y / variation.scale);
        let x = [scale_x * (cos + tan * sin), scale_x * (sin - tan * cos)];
        let y = [scale_y * -sin, scale_y * cos];
        let center = [width, height].map(|side| (side as f64 - 1.0) / 2.0);
        let (u, v) = (center[0] + f64::from(variation.right), center[1] + f64::from(variation.down));
        let with_offset = |[a, b]: [f64; 2], center: f64| [a, b, center - (a * u + b * v)];
        Map { x: with_offset(x, center[0]), y: with_offset(y, center[1]) }
    }

    /// Where the value at column `u`, row `v` of the result is found.
    #[inline(always)]
    fn source(&self, u: f64, v: f64) -> [f64; 2] {
        [self.x, self.y].map(|[a, b, offset]| a * u + (b * v + offset))
    }
}

/// A coordinate in units of 2⁻¹⁶ pixels, moved to the edge of the image if it is outside.
#[inline(always)]
fn fixed(at: f64, length: usize) -> u64 {
    // Added to 2⁵², a number is rounded to an integer, which is in the last bits of the sum.
    let at = at.max(0.0).min((length - 1) as f64) * 65_536.0 + (1_u64 << 52) as f64;
    at.to_bits() << 12 >> 12
}

/// A coordinate between two pixels.
#[derive(Clone, Copy)]
struct Place {
    /// The pixel before it.
    before: usize,
    /// The pixel after it, or the same one at the last.
    after: usize,
    /// How far it is from the one before, in units of 2⁻¹⁶.
    beyond: u16,
}

impl Place {
    #[inline(always)]
    fn new(fixed: u64, length: usize) -> Place {
        // Bounds are known to hold; `min` shows it to the compiler.
        let before = ((fixed >> 16) as usize).min(length - 1);
        Place { before, after: (before + 1).min(length - 1), beyond: fixed as u16 }
    }
}

/// The value between four pixels of an image.
#[inline(always)]
fn bilinear<T: Scalar>(image: &[T], x: Place, y: Place, width: usize) -> T {
    let share = |beyond: u16| T::from_f64(f64::from(beyond) / 65_536.0);
    let between = |a: T, b: T, beyond: u16| a + share(beyond) * (b - a);
    let row = |y: usize| {
        let row = &image[y * width..][..width];
        between(row[x.before], row[x.after], x.beyond)
    };
    between(row(y.before), row(y.after), y.beyond)
}

/// Flips and shifts, which move whole pixels.
fn copy<S: Shape>(variation: &Variation, from: &S, to: &mut S) {
    let Dims { channels: _, height, width } = S::DIMS;
    let plane = height * width;
    for (from, to) in from.as_slice().chunks_exact(plane).zip(to.as_mut_slice().chunks_exact_mut(plane)) {
        for (row, to) in to.chunks_exact_mut(width).enumerate() {
            let row = (row as i64 - i64::from(variation.down)).clamp(0, height as i64 - 1) as usize;
            let row = if variation.flip_vertical { height - 1 - row } else { row };
            let from = &from[row * width..][..width];
            // Mirrored first and shifted then is shifted to the other side first and mirrored then.
            if variation.flip_horizontal {
                slide(from, to, -variation.right);
                to.reverse();
            } else {
                slide(from, to, variation.right);
            }
        }
    }
}

/// Writes `from` to `to`, moved by `by` positions toward the end, or the beginning if it is negative. The item at the edge is repeated.
fn slide<T: Copy>(from: &[T], to: &mut [T], by: i32) {
    let (Some(&first), Some(&last)) = (from.first(), from.last()) else { return };
    let distance = (by.unsigned_abs() as usize).min(from.len() - 1);
    let kept = from.len() - distance;
    if by > 0 {
        to[distance..].copy_from_slice(&from[..kept]);
        to[..distance].fill(first);
    } else {
        to[..kept].copy_from_slice(&from[distance..]);
        to[kept..].fill(last);
    }
}

#[cfg(test)]
mod tests {
    use super::super::variation::Ripple;
    use super::*;
    use crate::tensor::Tensor;

    const NONE: Variation = Variation::NONE;

    /// An image in which all numbers differ, of both signs, zeros with and without a sign among them.
    fn image<const C: usize, const H: usize, const W: usize>() -> Tensor<C, H, W> {
        let mut image = Tensor([[[0.0; W]; H]; C]);
        for (i, x) in image.as_mut_slice().iter_mut().enumerate() {
            *x = (i * 37 % 101) as f32 - 40.0;
        }
        image[[0, 0, 1]] = -0.0;
        image
    }

    fn warped<S: Shape>(variation: Variation, image: &S) -> S {
        let mut result = *image;
        result.as_mut_slice().fill(S::Scalar::from_f64(f64::NAN));
        warp(&variation, image, &mut result);
        result
    }

    fn bits<S: Shape<Scalar = f32>>(image: &S) -> alloc::vec::Vec<u32> {
        image.as_slice().iter().map(|x| x.to_bits()).collect()
    }

    #[test]
    fn by_hand() {
        let image = Tensor([[[1.0_f32, 2.0, 3.0], [4.0, 5.0, 6.0]]]);
        let right = Variation { right: 1, ..NONE };
        assert_eq!(warped(right, &image), Tensor([[[1.0, 1.0, 2.0], [4.0, 4.0, 5.0]]]));
        assert_eq!(warped(Variation { right: -2, down: 1, ..NONE }, &image), Tensor([[[3.0; 3]; 2]]));
        assert_eq!(warped(Variation { right: 99, down: -99, ..NONE }, &image), Tensor([[[4.0; 3]; 2]]));
        let flip = Variation { flip_horizontal: true, ..NONE };
        assert_eq!(warped(flip, &image), Tensor([[[3.0, 2.0, 1.0], [6.0, 5.0, 4.0]]]));
        // Flipped first, then shifted.
        assert_eq!(warped(Variation { right: 1, ..flip }, &image), Tensor([[[3.0, 3.0, 2.0], [6.0, 6.0, 5.0]]]));
        let flip = Variation { flip_vertical: true, ..NONE };
        assert_eq!(warped(Variation { down: 1, ..flip }, &image), Tensor([[[4.0, 5.0, 6.0], [4.0, 5.0, 6.0]]]));
        // Twice as large: columns 0, 1, 2 come from ½, 1, 1½, rows 0, 1 from ¼, ¾.
        let large = Tensor([[[2.25_f32, 2.75, 3.25], [3.75, 4.25, 4.75]]]);
        assert_eq!(warped(Variation { scale: 2.0, ..NONE }, &image), large);
        // Half as large: columns from −1, 1, 3, rows from −½, 1½, which are moved to the edge.
        let small = Tensor([[[1.0_f32, 2.0, 3.0], [4.0, 5.0, 6.0]]]);
        assert_eq!(warped(Variation { scale: 0.5, ..NONE }, &image), small);
        // By 45°, a row half a pixel above the center goes half a pixel to the left.
        let slanted = Tensor([[[1.5_f32, 2.5, 3.0], [4.0, 4.5, 5.5]]]);
        assert_eq!(warped(Variation { shear: 45.0, ..NONE }, &image), slanted);
    }

    #[test]
    fn a_quarter_of_a_turn_is_exact_and_clockwise() {
        let image = image::<2, 7, 7>();
        let mut expected = image;
        for (channel, row, column) in (0..98).map(|i| (i / 49, i / 7 % 7, i % 7)) {
            expected[[channel, row, column]] = image[[channel, 6 - column, row]];
        }
        for (degrees, quarters) in [(90.0, 1), (180.0, 2), (-90.0, 3), (-180.0, 2)] {
            let turned = (0..quarters).fold(image, |image, _| warped(Variation { rotate: 90.0, ..NONE }, &image));
            assert_eq!(warped(Variation { rotate: degrees, ..NONE }, &image), turned, "{degrees}");
        }
        assert_eq!(warped(Variation { rotate: 90.0, ..NONE }, &image), expected);
    }

    #[test]
    fn what_changes_nothing_changes_no_bit() {
        let image = image::<3, 5, 9>();
        assert_eq!(bits(&warped(NONE, &image)), bits(&image));
        for (flip_horizontal, flip_vertical) in [(true, false), (false, true), (true, true)] {
            let flip = Variation { flip_horizontal, flip_vertical, ..NONE };
            assert_ne!(warped(flip, &image), image);
            assert_eq!(bits(&warped(flip, &warped(flip, &image))), bits(&image));
        }
    }

    /// Whole pixels are copied; the general way gives the same numbers.
    #[test]
    fn copies_are_a_case_of_the_map() {
        let image = image::<2, 6, 5>();
        for at in 0..4 * 9 * 9 {
            let (flip_horizontal, flip_vertical) = (at % 2 == 0, at / 2 % 2 == 0);
            let (down, right) = (at / 4 % 9 - 4, at / 36 - 4);
            let copied = Variation { flip_horizontal, flip_vertical, down, right, ..NONE };
            // So small an angle moves no pixel by 2⁻¹⁷.
            assert_eq!(warped(copied, &image), warped(Variation { rotate: 1e-5, ..copied }, &image), "{copied:?}");
        }
    }

    /// Everything at once, against the definition: forward matrices multiplied and inverted, plain bilinear interpolation.
    #[test]
    fn all_together_are_one_map() {
        const H: usize = 9;
        const W: usize = 13;
        let image = image::<3, H, W>();
        let ripple = Ripple { key: 3, amplitude: 2.5, sigma: 1.5 };
        for (at, elastic) in [None, Some(ripple), None, Some(ripple)].into_iter().enumerate() {
            let at = at as f64;
            let variation = Variation {
                flip_horizontal: at < 2.0,
                flip_vertical: at == 1.0,
                scale: 0.8 + 0.15 * at,
                shear: 12.0 - 7.0 * at,
                rotate: 40.0 * at - 55.0,
                down: 1,
                right: -2,
                elastic,
                ..NONE
            };
            let found = warped(variation, &image);
            let times = |a: [[f64; 2]; 2], b: [[f64; 2]; 2]| {
                [0, 1].map(|i| [0, 1].map(|j| a[i][0] * b[0][j] + a[i][1] * b[1][j]))
            };
            let angle = variation.rotate.to_radians();
            let rotation = [[angle.cos(), -angle.sin()], [angle.sin(), angle.cos()]];
            let shear = [[1.0, variation.shear.to_radians().tan()], [0.0, 1.0]];
            let flip = |flip: bool| if flip { -variation.scale } else { variation.scale };
            let scale = [[flip(variation.flip_horizontal), 0.0], [0.0, flip(variation.flip_vertical)]];
            let [[a, b], [c, d]] = times(rotation, times(shear, scale));
            let determinant = a * d - b * c;
            for row in 0..H {
                let (mut dx, mut dy) = ([0.0; W], [0.0; W]);
                if let Some(ripple) = elastic {
                    Line::new(ripple, row).add(&mut dx, &mut dy);
                }
                for (column, (dx, dy)) in dx.into_iter().zip(dy).enumerate() {
                    let (cx, cy) = ((W - 1) as f64 / 2.0, (H - 1) as f64 / 2.0);
                    let (u, v) = (column as f64 + dx - cx + 2.0, row as f64 + dy - cy - 1.0);
                    let x = (cx + (d * u - b * v) / determinant).clamp(0.0, (W - 1) as f64);
                    let y = (cy + (a * v - c * u) / determinant).clamp(0.0, (H - 1) as f64);
                    for (channel, plane) in image.0.iter().enumerate() {
                        let pixel = |x: f64, y: f64| f64::from(plane[(y as usize).min(H - 1)][(x as usize).min(W - 1)]);
                        let (fx, fy) = (x - x.floor(), y - y.floor());
                        let expected = (1.0 - fy) * ((1.0 - fx) * pixel(x, y) + fx * pixel(x + 1.0, y))
                            + fy * ((1.0 - fx) * pixel(x, y + 1.0) + fx * pixel(x + 1.0, y + 1.0));
                        let found = f64::from(found[[channel, row, column]]);
                        assert!((found - expected).abs() < 3e-3, "{channel}, {row}, {column}: {found}, {expected}");
                    }
                }
            }
        }
    }

    /// Coordinates far outside are at the edge, and one pixel is an image.
    #[test]
    fn extremes_stay_inside() {
        let one = Tensor([[[5.0_f32]]]);
        let ripple = Ripple { key: 1, amplitude: f64::MAX, sigma: 1.0 };
        for elastic in [None, Some(ripple)] {
            let wild =
                Variation { scale: 0.1, shear: 80.0, rotate: 33.0, down: 65_535, right: -65_535, elastic, ..NONE };
            assert_eq!(warped(wild, &one), one);
            assert!(warped(wild, &image::<1, 3, 40>()).as_slice().iter().all(|x| x.is_finite()));
        }
    }
}
