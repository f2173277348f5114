//! The widest vectors of the processor, chosen at run time.
//!
//! A program built for generic x86-64 uses vectors of four `f32`, which all of these processors support. There are two ways to
//! do better:
//! - **Plain loops** are put inside [`widest!`]: the block is compiled for vectors of four, eight and sixteen, and the widest that
//!   the processor supports is used. The compiler vectorizes it. It never fuses or reorders floating-point operations, so all
//!   versions give the same bits.
//! - **Products**, which take nearly all of the time, are written with the vectors of [`Vectors`], for a processor [`Simd`]. They
//!   use fused multiply-add, with one rounding, where the processor supports it. Their last bits therefore differ between kinds of
//!   processor, as for any GEMM, but never between runs.
//!
//! The environment variable `SHAPEPROOF_MAX_ISA`, which is read once, caps the instruction set on x86-64: `avx2` or `sse2` instead of
//! `avx512`. It is there for measurements and for tests; `matrixmultiply`, which multiplies large operands, chooses by itself.
//!
//! With the feature `portable`, products are computed as WebAssembly computes them, whose vectors have four `f32` and no fused
//! multiply-add. Then all processors give the same bits.

#[cfg(target_arch = "x86_64")]
use core::any::TypeId;

use bytemuck::Pod;

#[cfg(not(any(feature = "portable", target_family = "wasm")))]
pub(crate) use capped::Arch;
#[cfg(target_family = "wasm")]
pub(crate) use pulp::Arch;
pub(crate) use pulp::{Simd, WithSimd};

#[cfg(not(any(feature = "portable", target_family = "wasm")))]
mod capped;
mod quarters;

pub(crate) use quarters::transpose_quarters;

/// The vectors of WebAssembly, on any processor.
#[cfg(all(feature = "portable", not(target_family = "wasm")))]
pub(crate) struct Arch;

#[cfg(all(feature = "portable", not(target_family = "wasm")))]
impl Arch {
    pub(crate) fn new() -> Arch {
        Arch
    }

    #[inline(always)]
    pub(crate) fn dispatch<W: WithSimd>(self, work: W) -> W::Output {
        work.with_simd(pulp::Scalar128b)
    }
}

/// Evaluates a block of code with the widest vectors of the processor.
///
/// Only code that is inlined into the block benefits, so use loops over slices and functions marked `#[inline(always)]`.
macro_rules! widest {
    ($block:block) => {
        $crate::simd::dispatch(
            #[inline(always)]
            || $block,
        )
    };
}

pub(crate) use widest;

/// Calls the version of `work` for this processor. Use [`widest!`] instead, which makes sure that `work` is inlined.
#[inline(always)]
pub(crate) fn dispatch<R>(work: impl FnOnce() -> R) -> R {
    Arch::new().dispatch(work)
}

/// Does `work`, without optimizations in a function of its own: the variables of all variants of a kernel would fill the stack of one.
#[inline(always)]
pub(crate) fn in_own_frame<S: Simd, W: WithSimd>(simd: S, work: W) -> W::Output {
    if cfg!(debug_assertions) { simd.vectorize(work) } else { work.with_simd(simd) }
}

/// The vectors of a scalar type on the processor `S`, and their operations.
pub trait Vectors: Pod {
    /// A vector that fills a register.
    type Of<S: Simd>: Pod;

    /// How many numbers a vector has.
    #[inline(always)]
    fn lanes<S: Simd>() -> usize {
        size_of::<Self::Of<S>>() / size_of::<Self>()
    }

    /// `value` in every lane.
    fn splat<S: Simd>(simd: S, value: Self) -> Self::Of<S>;

    /// `a·b`
    fn times<S: Simd>(simd: S, a: Self::Of<S>, b: Self::Of<S>) -> Self::Of<S>;

    /// `a + b`
    fn plus<S: Simd>(simd: S, a: Self::Of<S>, b: Self::Of<S>) -> Self::Of<S>;

    /// `a - b`
    fn minus<S: Simd>(simd: S, a: Self::Of<S>, b: Self::Of<S>) -> Self::Of<S>;

    /// `0` where `x` is zero or below, otherwise `a`, also where `x` is NaN.
    fn rectify<S: Simd>(simd: S, x: Self::Of<S>, a: Self::Of<S>) -> Self::Of<S>;

    /// `a` where `x` is above zero, otherwise `b`.
    fn if_positive<S: Simd>(simd: S, x: Self::Of<S>, a: Self::Of<S>, b: Self::Of<S>) -> Self::Of<S>;

    /// `a·b + c`: rounded once where the processor can, twice with the feature `portable`.
    fn fused<S: Simd>(simd: S, a: Self::Of<S>, b: Self::Of<S>, c: Self::Of<S>) -> Self::Of<S>;

    /// `a` where it is larger than `b`, otherwise `b`, also where one of them is NaN.
    fn larger<S: Simd>(simd: S, a: Self::Of<S>, b: Self::Of<S>) -> Self::Of<S>;

    /// The sum of all lanes.
    fn total<S: Simd>(simd: S, vector: Self::Of<S>) -> Self;

    /// Transposes squares of 4×4 `f32`, if vectors have four or more of them: in lanes `4q` to `4q + 3` of result `j` are lanes `4q + j` of
    /// the four rows. For `f64` it is another permutation, which nothing uses.
    fn transpose_squares<S: Simd>(simd: S, rows: [Self::Of<S>; 4]) -> [Self::Of<S>; 4];

    /// Splits a slice into whole vectors and the remaining values.
    fn split<S: Simd>(slice: &[Self]) -> (&[Self::Of<S>], &[Self]);

    /// Splits a mutable slice into whole vectors and the remaining values.
    fn split_mut<S: Simd>(slice: &mut [Self]) -> (&mut [Self::Of<S>], &mut [Self]);

    /// Loads a slice shorter than a vector into the first lanes; the others are 0.
    fn load<S: Simd>(simd: S, slice: &[Self]) -> Self::Of<S>;

    /// Stores the first lanes in a slice shorter than a vector.
    fn store<S: Simd>(simd: S, slice: &mut [Self], vector: Self::Of<S>);
}

/// Whether the processor's maximum is the comparison `a > b`, and `b` among zeros and NaN. That of x86-64 is, others are not.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn maximum_compares<S: Simd>() -> bool {
    let this = TypeId::of::<S>();
    this == TypeId::of::<pulp::x86::V4>() || this == TypeId::of::<pulp::x86::V3>()
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn maximum_compares<S: Simd>() -> bool {
    false
}

macro_rules! vectors {
    (
        $scalar:ty, $of:ident, $splat:ident, $times:ident, $above:ident, $not_above:ident, $select:ident, $max:ident,
        $fused:ident, $add:ident, $sub:ident, $sum:ident, $squares:ident, $split:ident, $split_mut:ident, $load:ident,
        $store:ident
    ) => {
        impl Vectors for $scalar {
            type Of<S: Simd> = S::$of;

            #[inline(always)]
            fn splat<S: Simd>(simd: S, value: Self) -> S::$of {
                simd.$splat(value)
            }

            #[inline(always)]
            fn times<S: Simd>(simd: S, a: S::$of, b: S::$of) -> S::$of {
                simd.$times(a, b)
            }

            #[inline(always)]
            fn plus<S: Simd>(simd: S, a: S::$of, b: S::$of) -> S::$of {
                simd.$add(a, b)
            }

            #[inline(always)]
            fn minus<S: Simd>(simd: S, a: S::$of, b: S::$of) -> S::$of {
                simd.$sub(a, b)
            }

            #[inline(always)]
            fn rectify<S: Simd>(simd: S, x: S::$of, a: S::$of) -> S::$of {
                let zero = simd.$splat(0.0);
                simd.$select(simd.$not_above(x, zero), zero, a)
            }

            #[inline(always)]
            fn if_positive<S: Simd>(simd: S, x: S::$of, a: S::$of, b: S::$of) -> S::$of {
                simd.$select(simd.$above(x, simd.$splat(0.0)), a, b)
            }

            #[inline(always)]
            fn fused<S: Simd>(simd: S, a: S::$of, b: S::$of, c: S::$of) -> S::$of {
                if cfg!(feature = "portable") { simd.$add(simd.$times(a, b), c) } else { simd.$fused(a, b, c) }
            }

            #[inline(always)]
            fn larger<S: Simd>(simd: S, a: S::$of, b: S::$of) -> S::$of {
                if maximum_compares::<S>() { simd.$max(a, b) } else { simd.$select(simd.$above(a, b), a, b) }
            }

            #[inline(always)]
            fn total<S: Simd>(simd: S, vector: S::$of) -> Self {
                simd.$sum(vector)
            }

            #[inline(always)]
            fn transpose_squares<S: Simd>(simd: S, rows: [S::$of; 4]) -> [S::$of; 4] {
                simd.$squares(rows)
            }

            #[inline(always)]
            fn split<S: Simd>(slice: &[Self]) -> (&[S::$of], &[Self]) {
                S::$split(slice)
            }

            #[inline(always)]
            fn split_mut<S: Simd>(slice: &mut [Self]) -> (&mut [S::$of], &mut [Self]) {
                S::$split_mut(slice)
            }

            #[inline(always)]
            fn load<S: Simd>(simd: S, slice: &[Self]) -> S::$of {
                simd.$load(slice)
            }

            #[inline(always)]
            fn store<S: Simd>(simd: S, slice: &mut [Self], vector: S::$of) {
                simd.$store(slice, vector);
            }
        }
    };
}

vectors!(
    f32,
    f32s,
    splat_f32s,
    mul_f32s,
    greater_than_f32s,
    less_than_or_equal_f32s,
    select_f32s,
    max_f32s,
    mul_add_e_f32s,
    add_f32s,
    sub_f32s,
    reduce_sum_f32s,
    deinterleave_shfl_f32s,
    as_simd_f32s,
    as_mut_simd_f32s,
    partial_load_f32s,
    partial_store_f32s
);
vectors!(
    f64,
    f64s,
    splat_f64s,
    mul_f64s,
    greater_than_f64s,
    less_than_or_equal_f64s,
    select_f64s,
    max_f64s,
    mul_add_e_f64s,
    add_f64s,
    sub_f64s,
    reduce_sum_f64s,
    deinterleave_shfl_f64s,
    as_simd_f64s,
    as_mut_simd_f64s,
    partial_load_f64s,
    partial_store_f64s
);

#[cfg(test)]
mod tests {
    use super::*;

    /// What the crate pulp leaves open: the order in which lanes are exchanged.
    #[test]
    fn squares_are_transposed_on_every_processor() {
        #[derive(Clone, Copy)]
        struct Squares;

        impl WithSimd for Squares {
            type Output = ();

            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) {
                let lanes = size_of::<S::f32s>() / size_of::<f32>();
                let numbers: [f32; 64] = core::array::from_fn(|i| i as f32);
                let rows = core::array::from_fn(|r| f32::split::<S>(&numbers[r * lanes..]).0[0]);
                for (j, row) in f32::transpose_squares(simd, rows).iter().enumerate() {
                    for (lane, &number) in bytemuck::cast_slice::<_, f32>(core::slice::from_ref(row)).iter().enumerate()
                    {
                        assert_eq!(number, (lane % 4 * lanes + lane / 4 * 4 + j) as f32, "{lanes} lanes, row {j}");
                    }
                }
            }
        }

        everywhere(Squares);
    }

    /// Among zeros and NaN it is the second: the comparison, whatever a processor's own maximum does.
    #[test]
    fn larger_is_a_comparison() {
        #[derive(Clone, Copy)]
        struct Larger;

        impl WithSimd for Larger {
            type Output = ();

            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) {
                let numbers = [0.0, -0.0, 1.0, -1.5, f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
                for (a, b) in numbers.into_iter().flat_map(|a| numbers.map(|b| (a, b))) {
                    let defined = if a > b { a } else { b };
                    let single = f32::larger(simd, f32::splat(simd, a), f32::splat(simd, b));
                    let double = f64::larger(simd, f64::splat(simd, f64::from(a)), f64::splat(simd, f64::from(b)));
                    let first = bytemuck::cast_slice::<_, f32>(core::slice::from_ref(&single))[0];
                    assert_eq!(first.to_bits(), defined.to_bits(), "the larger of {a} and {b}");
                    let first = bytemuck::cast_slice::<_, f64>(core::slice::from_ref(&double))[0];
                    assert_eq!(first.to_bits(), f64::from(defined).to_bits(), "the larger of {a} and {b}, as f64");
                }
            }
        }

        everywhere(Larger);
    }

    /// Tests with the longest vectors of this processor, and with shorter ones.
    fn everywhere(test: impl WithSimd<Output = ()> + Copy) {
        Arch::new().dispatch(test);
        test.with_simd(pulp::Scalar128b);
        #[cfg(target_arch = "x86_64")]
        if let Some(simd) = pulp::x86::V3::try_new() {
            Simd::vectorize(simd, test);
        }
    }
}
