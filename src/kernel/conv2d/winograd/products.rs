//! The products: one for each of the 16 elements of a tile.
//!
//! Fast because some rows and vectors of sums stay in registers over the whole reduction, as in [`gemm`](crate::kernel::gemm), and because no product has
//! rows or columns left over: channels are padded to whole vectors, rows to a multiple of [`ROWS`].

use core::ops::Range;

use super::{Block, ELEMENTS};
use crate::kernel::gemm::implicit::LANES;
use crate::kernel::gemm::{load, store};
use crate::scalar::Scalar;
use crate::simd::{Arch, Simd, WithSimd};

/// The most rows of sums that are in registers at once. Bands have room for a multiple of it: rows beyond the last tile are computed, and not
/// used.
pub(super) const ROWS: usize = 8;

/// `c ← a·b` for each element: `a` has `m` rows of blocks of `k` channels, `c` of `n`, and `b` has a row of `n` numbers for each of `k`.
pub(super) fn multiply<T: Scalar>(a: &[Block<T>], b: &[T], size: [usize; 3], c: &mut [Block<T>]) {
    Arch::new().dispatch(Multiply { a, b, size, c });
}

/// `c ← c + aᵀ·b` for each element: `a` and `b` have `k` rows of blocks, of `m` and `n` channels, and `c` has `m` rows of `n` numbers.
pub(super) fn add_transposed<T: Scalar>(a: &[Block<T>], b: &[Block<T>], size: [usize; 3], c: &mut [T]) {
    Arch::new().dispatch(AddTransposed { a, b, size, c });
}

struct Multiply<'a, T> {
    a: &'a [Block<T>],
    b: &'a [T],
    /// `m`, `k` and `n`.
    size: [usize; 3],
    c: &'a mut [Block<T>],
}

struct AddTransposed<'a, T> {
    a: &'a [Block<T>],
    b: &'a [Block<T>],
    /// `m`, `k` and `n`.
    size: [usize; 3],
    c: &'a mut [T],
}

impl<T: Scalar> WithSimd for Multiply<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        self.compute(simd);
    }
}

impl<T: Scalar> WithSimd for AddTransposed<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        self.compute(simd);
    }
}

/// Products whose sums are computed for `E` elements, `M` rows and `N` vectors at once.
trait Products<T: Scalar> {
    /// `m`, `k` and `n`.
    fn size(&self) -> [usize; 3];

    /// Computes the sums from element `e`, row `i` and column `j`.
    fn sums<S: Simd, const M: usize, const N: usize, const E: usize>(&mut self, simd: S, e: usize, i: usize, j: usize);

    /// Computes everything.
    #[inline(always)]
    fn compute<S: Simd>(&mut self, simd: S) {
        let [_, _, n] = self.size();
        match (S::REGISTER_COUNT, T::lanes::<S>()) {
            (32.., LANES) => {
                let pairs = n - n % (2 * LANES);
                self.strip::<S, ROWS, 2, 1>(simd, 0..pairs);
                self.strip::<S, ROWS, 1, 2>(simd, pairs..n);
            }
            (32.., 4) => self.strip::<S, 4, 4, 1>(simd, 0..n),
            _ => self.strip::<S, 4, 2, 1>(simd, 0..n),
        }
    }

    /// Computes these columns.
    #[inline(always)]
    fn strip<S: Simd, const M: usize, const N: usize, const E: usize>(&mut self, simd: S, columns: Range<usize>) {
        let [m, _, _] = self.size();
        let mut e = 0;
        while e < ELEMENTS {
            let mut j = columns.start;
            while j < columns.end {
                let mut i = 0;
                while i < m {
                    self.sums::<S, M, N, E>(simd, e, i, j);
                    i += M;
                }
                j += N * T::lanes::<S>();
            }
            e += E;
        }
    }
}

impl<T: Scalar> Products<T> for Multiply<'_, T> {
    #[inline(always)]
    fn size(&self) -> [usize; 3] {
        self.size
    }

    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // indices show which rows are multiplied
    fn sums<S: Simd, const M: usize, const N: usize, const E: usize>(&mut self, simd: S, e: usize, i: usize, j: usize) {
        let (Multiply { a, b, size: [_, k, n], c }, lanes) = (self, T::lanes::<S>());
        let (k, n) = (*k, *n);
        let mut sums = [[[T::splat(simd, T::zero()); N]; M]; E];
        for block in 0..k / LANES {
            let mut rows = [&a[0]; M];
            for r in 0..M {
                rows[r] = &a[(i + r) * (k / LANES) + block];
            }
            for lane in 0..LANES {
                for d in 0..E {
                    let row = (e + d) * k + block * LANES + lane;
                    let b = load::<S, T, N, true>(simd, &b[row * n + j..]);
                    for r in 0..M {
                        let factor = T::splat(simd, rows[r][e + d][lane]);
                        for s in 0..N {
                            sums[d][r][s] = T::fused(simd, factor, b[s], sums[d][r][s]);
                        }
                    }
                }
            }
        }
        for d in 0..E {
            for r in 0..M {
                for s in 0..N {
                    let column = j + s * lanes;
                    let numbers = &mut c[(i + r) * (n / LANES) + column / LANES][e + d];
                    store::<S, T, 1, true>(simd, &mut numbers[column % LANES..], [sums[d][r][s]]);
                }
            }
        }
    }
}

impl<T: Scalar> Products<T> for AddTransposed<'_, T> {
    #[inline(always)]
    fn size(&self) -> [usize; 3] {
        self.size
    }

    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // indices show which rows are multiplied
    fn sums<S: Simd, const M: usize, const N: usize, const E: usize>(&mut self, simd: S, e: usize, i: usize, j: usize) {
        let (AddTransposed { a, b, size: [m, k, n], c }, lanes) = (self, T::lanes::<S>());
        let (m, k, n) = (*m, *k, *n);
        let mut sums = [[[T::splat(simd, T::zero()); N]; M]; E];
        for d in 0..E {
            for r in 0..M {
                sums[d][r] = load::<S, T, N, true>(simd, &c[((e + d) * m + i + r) * n + j..]);
            }
        }
        for l in 0..k {
            let a = &a[l * (m / LANES) + i / LANES];
            for d in 0..E {
                let factors = &a[e + d][i % LANES..][..M];
                let mut vectors = [T::splat(simd, T::zero()); N];
                for s in 0..N {
                    let column = j + s * lanes;
                    let numbers = &b[l * (n / LANES) + column / LANES][e + d];
                    vectors[s] = load::<S, T, 1, true>(simd, &numbers[column % LANES..])[0];
                }
                for r in 0..M {
                    let factor = T::splat(simd, factors[r]);
                    for s in 0..N {
                        sums[d][r][s] = T::fused(simd, factor, vectors[s], sums[d][r][s]);
                    }
                }
            }
        }
        for d in 0..E {
            for r in 0..M {
                store::<S, T, N, true>(simd, &mut c[((e + d) * m + i + r) * n + j..], sums[d][r]);
            }
        }
    }
}
