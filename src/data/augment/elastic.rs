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
pub(super) struct Line {
    ripple: Ripple,
    /// The distance between two points of the grid, in pixels.
    spacing: f64,
    /// The number of the first of four rows of the grid that matter here, and their weights.
    row: u64,
    weights: [f64; 4],
    /// The number of the first of four columns of the grid that matter at the current pixel, and the sums over the four rows.
    column: u64,
    sums: [[f64; 2]; 4],
}

impl Line {
    /// Row `y` of the field.
    pub fn new(ripple: Ripple, y: usize) -> Line {
        let spacing = ripple.sigma * SQRT_3;
        let (row, weights) = spline(y as f64 / spacing);
        let mut line = Line { ripple, spacing, row, weights, column: 0, sums: [[0.0; 2]; 4] };
        line.sums = [0, 1, 2, 3].map(|column| line.sum(column));
        line
    }

    /// The displacement `[x, y]` at column `x`, which is not to the left of the last one asked for.
    #[inline(always)]
    pub fn at(&mut self, x: usize) -> [f64; 2] {
        let (column, weights) = spline(x as f64 / self.spacing);
        while self.column < column {
            self.column += 1;
            let [_, a, b, c] = self.sums;
            self.sums = [a, b, c, self.sum(self.column + 3)];
        }
        let [a, b, c, d] = self.sums;
        [0, 1].map(|k| weights[0] * a[k] + weights[1] * b[k] + weights[2] * c[k] + weights[3] * d[k])
    }

    /// The weighted sum over the four rows of the grid, in one of its columns.
    fn sum(&self, column: u64) -> [f64; 2] {
        let mut sum = [0.0; 2];
        for (row, weight) in (self.row..).zip(self.weights) {
            let [x, y] = random(self.ripple.key, row, column);
            sum = [sum[0] + weight * x, sum[1] + weight * y];
        }
        sum.map(|sum| self.ripple.amplitude * sum)
    }
}

/// The random vector at a point of the grid: a number of the generator SplitMix64, whose state is a counter.
fn random(key: u64, row: u64, column: u64) -> [f64; 2] {
    let bits = SplitMix64::seed_from_u64(key.wrapping_add((row << 32) | column)).next_u64();
    [bits >> 32, bits].map(|bits| f64::from(bits as u32 as i32) / (1_u64 << 31) as f64)
}

/// For a point at `x ≥ 0`, in units of the spacing: the number of the first of the four points of the grid around it, and the values of
/// the cubic B-spline at their distances.
#[inline(always)]
fn spline(x: f64) -> (u64, [f64; 4]) {
    let first = x as u64;
    let u = x - first as f64;
    let v = 1.0 - u;
    let (u2, v2) = (u * u, v * v);
    let weights = [v2 * v, 4.0 - 6.0 * u2 + 3.0 * u2 * u, 4.0 - 6.0 * v2 + 3.0 * v2 * v, u2 * u];
    (first, weights.map(|weight| weight / 6.0))
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn it_is_the_sum_over_the_whole_grid() {
        let spacing = 2.0 * 3_f64.sqrt();
        for y in [0, 1, 5, 17] {
            let mut line = Line::new(RIPPLE, y);
            for x in (0..23).filter(|x| x % 7 != 3) {
                let mut expected = [0.0; 2];
                for (i, j) in (0..20).flat_map(|j| (0..20).map(move |i| (i, j))) {
                    // The point number 1 of the grid is at pixel 0.
                    let (i_at, j_at) = (i as f64 - 1.0, j as f64 - 1.0);
                    let weight = 3.0 * beta(x as f64 / spacing - i_at) * beta(y as f64 / spacing - j_at);
                    let c = random(7, j, i);
                    expected = [0, 1].map(|k| expected[k] + weight * c[k]);
                }
                let found = line.at(x);
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
                let mut line = Line::new(Ripple { key: key * 0x0123_4567_89AB_CDEF, amplitude: 1.0, sigma: 4.0 }, y);
                let mut before = line.at(0)[0];
                for x in 1..28 {
                    let d = line.at(x);
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
