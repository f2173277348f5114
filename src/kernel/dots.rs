//! Many dot products at once: `C += A·Bᵀ`, where the rows of both matrices are long.
//!
//! Fast because it reads both operands in the order they lie in memory, where a GEMM would first have to turn one around to
//! pack it: what pays when each number is used only a few times (a dense layer on few samples, the weight gradient of a
//! convolution with a small patch). Four rows meet four rows in sixteen vectors of partial sums, so eight loads feed
//! sixteen products.

use core::array::from_fn;

use super::sum::halve;
use crate::scalar::Scalar;
use crate::simd::widest;

/// How many partial sums one dot product has: a vector of `f32` in AVX2; with sixteen of them, the sums of a tile fill half of the registers.
const LANES: usize = 8;

/// How many rows of each operand are taken together.
const ROWS: usize = 4;

/// `c[i, j] += Σₗ a[i, l]·b[j, l]`, with rows of `len` numbers in `a` and `b`, and `c` row-major.
///
/// # Panics
/// If the lengths do not fit together.
pub fn add_dots<T: Scalar>(len: usize, a: &[T], b: &[T], c: &mut [T]) {
    assert!(len > 0 && a.len().is_multiple_of(len) && b.len().is_multiple_of(len), "rows of {len} numbers");
    let (rows, columns) = (a.len() / len, b.len() / len);
    assert_eq!(c.len(), rows * columns, "C has to be {rows}×{columns}");
    widest!({
        for i in (0..rows).step_by(ROWS) {
            let high = (rows - i).min(ROWS);
            for j in (0..columns).step_by(ROWS) {
                let wide = (columns - j).min(ROWS);
                // A row beyond the last is the last once more; its results are not kept.
                let a_rows: [&[T]; ROWS] = from_fn(|r| &a[(i + r.min(high - 1)) * len..][..len]);
                let b_rows: [&[T]; ROWS] = from_fn(|r| &b[(j + r.min(wide - 1)) * len..][..len]);
                let sums = tile(len, a_rows, b_rows);
                for r in 0..high {
                    for s in 0..wide {
                        c[(i + r) * columns + j + s] += sums[r][s];
                    }
                }
            }
        }
    });
}

/// All dot products of four rows with four rows.
///
/// The sixteen vectors have names of their own: the compiler keeps those in registers, but an array of them in memory.
#[inline(always)]
fn tile<T: Scalar>(len: usize, [a, b, c, d]: [&[T]; ROWS], [w, x, y, z]: [&[T]; ROWS]) -> [[T; ROWS]; ROWS] {
    let zero = [T::zero(); LANES];
    let (mut aw, mut ax, mut ay, mut az) = (zero, zero, zero, zero);
    let (mut bw, mut bx, mut by, mut bz) = (zero, zero, zero, zero);
    let (mut cw, mut cx, mut cy, mut cz) = (zero, zero, zero, zero);
    let (mut dw, mut dx, mut dy, mut dz) = (zero, zero, zero, zero);
    let whole = len / LANES * LANES;
    let mut at = 0;
    while at < whole {
        let [va, vb, vc, vd] = [lanes(a, at), lanes(b, at), lanes(c, at), lanes(d, at)];
        let [vw, vx, vy, vz] = [lanes(w, at), lanes(x, at), lanes(y, at), lanes(z, at)];
        (aw, ax, ay, az) = (add(aw, va, vw), add(ax, va, vx), add(ay, va, vy), add(az, va, vz));
        (bw, bx, by, bz) = (add(bw, vb, vw), add(bx, vb, vx), add(by, vb, vy), add(bz, vb, vz));
        (cw, cx, cy, cz) = (add(cw, vc, vw), add(cx, vc, vx), add(cy, vc, vy), add(cz, vc, vz));
        (dw, dx, dy, dz) = (add(dw, vd, vw), add(dx, vd, vx), add(dy, vd, vy), add(dz, vd, vz));
        at += LANES;
    }
    let rest = |a: &[T], w: &[T]| a[whole..].iter().zip(&w[whole..]).map(|(&a, &w)| a * w).sum::<T>();
    let sums = [[aw, ax, ay, az], [bw, bx, by, bz], [cw, cx, cy, cz], [dw, dx, dy, dz]].map(|row| row.map(halve));
    if whole == len {
        return sums;
    }
    let (left, right) = ([a, b, c, d], [w, x, y, z]);
    from_fn(|r| from_fn(|s| sums[r][s] + rest(left[r], right[s])))
}

/// `LANES` numbers from `at`.
#[inline(always)]
fn lanes<T: Scalar>(row: &[T], at: usize) -> [T; LANES] {
    match row[at..].first_chunk() {
        Some(&lanes) => lanes,
        None => unreachable!("`at` stops before the last whole chunk"),
    }
}

/// `sums + a·b`, lane by lane.
#[inline(always)]
fn add<T: Scalar>(sums: [T; LANES], a: [T; LANES], b: [T; LANES]) -> [T; LANES] {
    from_fn(|l| sums[l] + a[l] * b[l])
}

#[cfg(test)]
mod tests {
    use super::super::matrix::Matrix;
    use super::super::naive;
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn agrees_with_the_definition() {
        let integers = |len: usize, seed: usize| -> Vec<f32> {
            (0..len).map(|i| ((i * 7 + seed * 13) % 11) as f32 - 5.0).collect()
        };
        for (m, n, len) in [(1, 1, 1), (4, 4, 16), (5, 9, 33), (3, 2, 15), (8, 10, 100), (7, 1, 47)] {
            let (a, b) = (integers(m * len, 1), integers(n * len, 2));
            let (mut fast, mut defined) = (integers(m * n, 3), integers(m * n, 3));
            add_dots(len, &a, &b, &mut fast);
            naive::gemm(Matrix::new(&a, m, len), Matrix::new(&b, n, len).transposed(), 1.0, &mut defined);
            assert_eq!(fast, defined, "{m}×{n}, rows of {len}");
        }
    }
}
