//! A smooth random field that displaces pixels: `d(x, y) = a · Σᵢⱼ β(x/s − i) β(y/s − j) cᵢⱼ`.
//!
//! `β` is the cubic B-spline, and each `cᵢⱼ` is a vector of two random numbers from −1 to 1. The spline has a standard deviation of
//! `s / √3`, so the field looks like noise that has been smoothed by a Gaussian of `σ = s / √3`, but it is computed from few random
//! numbers. These come from a hash of `i` and `j`, when they are needed, so the field takes no memory.

use rand_xoshiro::SplitMix64;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

use super::variation::Ripple;

/// The root mean square of the field along one axis, for an amplitude of 1: `E[cᵢⱼ²]` is 1/3, and the mean of `Σᵢ β(x − i)²` over
/// all `x` is 151/315.
pub(super) const DEVIATION: f64 = 151.0 / 315.0 * 0.577_350_269_189_625_8;

const SQRT_3: f64 = 1.732_050_807_568_877_2;

/// The field at the pixels of one row, from left to right.
///
/// Between two columns of the grid it is a cubic polynomial along the row.
pub(super) struct Line {
    ripple: Ripple,
    /// The distance between two points of the grid, in pixels, and 1 over it.
    spacing: f64,
    per_pixel: f64,
    /// The number of the first of four rows of the grid that matter here, and their weights.
    row: u32,
    weights: [f64; 4],
    /// The number of the first of four columns of the grid that matter at the current pixel, and the sums over the four rows.
    column: u32,
    sums: [[f64; 2]; 4],
    /// The coefficients of the polynomial, from that of `u⁰` to that of `u³`.
    cubic: [[f64; 2]; 4],
    /// The next column of the image.
    next: usize,
}

impl Line {
    /// Row `y` of the field.
    pub fn new(ripple: Ripple, y: usize) -> Line {
        let spacing = ripple.sigma * SQRT_3;
        let per_pixel = 1.0 / spacing;
        let (row, u) = split(y as f64 / spacing);
        let weights = cubic([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]]);
        let weights = value(&weights, u);
        let mut line = Line {
            ripple,
            spacing,
            per_pixel,
            row,
            weights,
            column: 0,
            sums: [[0.0; 2]; 4],
            cubic: [[0.0; 2]; 4],
            next: 0,
        };
        line.sums = [0, 1, 2, 3].map(|column| line.sum(column));
        line.cubic = cubic(line.sums);
        line
    }

    /// Adds the displacements at the next columns of the image to these coordinates.
    #[inline(always)]
    pub fn add(&mut self, mut x: &mut [f64], mut y: &mut [f64]) {
        while !x.is_empty() {
            let (column, _) = split(self.next as f64 / self.spacing);
            self.advance(column);
            // As many as come before the next column of the grid. One that is beyond it by a rounding error does no harm: the
            // polynomials meet there.
            let end = (f64::from(column + 1) * self.spacing) as usize + 1;
            let count = end.saturating_sub(self.next).clamp(1, x.len());
            let (x_now, y_now);
            ((x_now, x), (y_now, y)) = (x.split_at_mut(count), y.split_at_mut(count));
            let cubic = self.cubic;
            for ((x, y), at) in x_now.iter_mut().zip(y_now).zip(self.next as u32..) {
                let [dx, dy] = value(&cubic, f64::from(at) * self.per_pixel - f64::from(column));
                (*x, *y) = (*x + dx, *y + dy);
            }
            self.next += count;
        }
    }

    /// Moves on to this column of the grid.
    fn advance(&mut self, column: u32) {
        if self.column == column {
            return;
        }
        while self.column < column {
            self.column += 1;
            let [_, a, b, c] = self.sums;
            self.sums = [a, b, c, self.sum(self.column + 3)];
        }
        self.cubic = cubic(self.sums);
    }

    /// The weighted sum over the four rows of the grid, in one of its columns.
    fn sum(&self, column: u32) -> [f64; 2] {
        let mut sum = [0.0; 2];
        for (row, weight) in (self.row..).zip(self.weights) {
            let [x, y] = random(self.ripple.key, row, column);
            sum = [sum[0] + weight * x, sum[1] + weight * y];
        }
        sum.map(|sum| self.ripple.amplitude * sum)
    }
}

/// The whole part of `x ≥ 0`, and the rest.
#[inline(always)]
fn split(x: f64) -> (u32, f64) {
    let whole = x as u32;
    (whole, x - f64::from(whole))
}

/// The coefficients of `Σᵢ β(u + 1 − i) cᵢ`, a polynomial in `u` from 0 to 1, for the four points of the grid around it: one is at
/// −1, the others are at 0, 1 and 2.
fn cubic<const N: usize>([a, b, c, d]: [[f64; N]; 4]) -> [[f64; N]; 4] {
    let each = |f: fn(f64, f64, f64, f64) -> f64| core::array::from_fn(|k| f(a[k], b[k], c[k], d[k]));
    [
        each(|a, b, c, _| (a + 4.0 * b + c) / 6.0),
        each(|a, _, c, _| (c - a) / 2.0),
        each(|a, b, c, _| (a - 2.0 * b + c) / 2.0),
        each(|a, b, c, d| (3.0 * (b - c) + d - a) / 6.0),
    ]
}

/// The value of a cubic polynomial at `u`.
#[inline(always)]
fn value<const N: usize>([a, b, c, d]: &[[f64; N]; 4], u: f64) -> [f64; N] {
    core::array::from_fn(|k| a[k] + u * (b[k] + u * (c[k] + u * d[k])))
}

/// The random vector at a point of the grid: a number of the generator SplitMix64, whose state is a counter.
fn random(key: u64, row: u32, column: u32) -> [f64; 2] {
    let bits = SplitMix64::seed_from_u64(key.wrapping_add((u64::from(row) << 32) | u64::from(column))).next_u64();
    [bits >> 32, bits].map(|bits| f64::from(bits as u32 as i32) / (1_u64 << 31) as f64)
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;

    const RIPPLE: Ripple = Ripple { key: 7, amplitude: 3.0, sigma: 2.0 };

    /// The cubic B-spline about 0, as it is in textbooks.
    fn beta(x: f64) -> f64 {
        match x.abs() {
            x if x < 1.0 => 2.0 / 3.0 - x * x + x * x * x / 2.0,
            x if x < 2.0 => (2.0 - x).powi(3) / 6.0,
            _ => 0.0,
        }
    }

    /// The first columns of a row.
    fn row(ripple: Ripple, y: usize, columns: usize) -> Vec<[f64; 2]> {
        let (mut dx, mut dy) = (vec![0.0; columns], vec![0.0; columns]);
        let mut line = Line::new(ripple, y);
        // In parts, as when it is used.
        for (dx, dy) in dx.chunks_mut(5).zip(dy.chunks_mut(5)) {
            line.add(dx, dy);
        }
        dx.into_iter().zip(dy).map(|(dx, dy)| [dx, dy]).collect()
    }

    #[test]
    fn it_is_the_sum_over_the_whole_grid() {
        for (sigma, y) in [(2.0, 0), (2.0, 1), (1.0, 5), (2.0, 17), (1e9, 30), (1.0, 0)] {
            let spacing = sigma * 3_f64.sqrt();
            for (x, found) in row(Ripple { sigma, ..RIPPLE }, y, 23).into_iter().enumerate() {
                let mut expected = [0.0; 2];
                for (i, j) in (0..20).flat_map(|j| (0..20).map(move |i| (i, j))) {
                    // The point number 1 of the grid is at pixel 0.
                    let (i_at, j_at) = (f64::from(i) - 1.0, f64::from(j) - 1.0);
                    let weight = 3.0 * beta(x as f64 / spacing - i_at) * beta(y as f64 / spacing - j_at);
                    let c = random(7, j, i);
                    expected = [0, 1].map(|k| expected[k] + weight * c[k]);
                }
                assert!((0..2).all(|k| (found[k] - expected[k]).abs() < 1e-12), "{found:?} {expected:?}");
            }
        }
    }

    /// Over many fields: mean 0, the stated root mean square, no value above the amplitude, and neighbors that are alike.
    #[test]
    fn it_is_as_large_and_as_smooth_as_stated() {
        let (mut sum, mut squares, mut steps, mut largest, mut count) = (0.0, 0.0, 0.0, 0_f64, 0.0);
        for key in 0..200 {
            for y in 0..28 {
                let ripple = Ripple { key: key * 0x0123_4567_89AB_CDEF, amplitude: 1.0, sigma: 4.0 };
                let line = row(ripple, y, 28);
                let mut before = line[0][0];
                for d in &line[1..] {
                    (sum, squares, count) = (sum + d[0] + d[1], squares + d[0] * d[0] + d[1] * d[1], count + 2.0);
                    steps += (d[0] - before).powi(2);
                    before = d[0];
                    largest = largest.max(d[0].abs()).max(d[1].abs());
                }
            }
        }
        let (mean, rms, step) = (sum / count, (squares / count).sqrt(), (2.0 * steps / count).sqrt());
        assert!(mean.abs() < 0.01, "{mean}");
        assert!((rms / DEVIATION - 1.0).abs() < 0.02, "{rms}");
        assert!(largest < 1.0 && largest > 0.7, "{largest}");
        // Noise smoothed by a Gaussian of σ has a slope of 1 / (σ √2) times its own deviation.
        assert!((step / rms * 4.0 * 2_f64.sqrt() - 1.0).abs() < 0.1, "{step}");
    }
}
