//! Quarters of the longest vectors.

use bytemuck::Pod;
use pulp::Simd;

/// Exchanges quarters, if vectors have four: result `q` has quarter `q` of each of the four vectors.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) fn transpose_quarters<S: Simd, V: Pod>(simd: S, vectors: [V; 4]) -> Option<[V; 4]> {
    use bytemuck::cast;
    use core::any::Any;

    let avx = (&simd as &dyn Any).downcast_ref::<pulp::x86::V4>()?.avx512f;
    let [a, b, c, d] = vectors.map(cast);
    // The first two quarters of two vectors, and the last two.
    let low = [avx._mm512_shuffle_f32x4::<0x44>(a, b), avx._mm512_shuffle_f32x4::<0x44>(c, d)];
    let high = [avx._mm512_shuffle_f32x4::<0xee>(a, b), avx._mm512_shuffle_f32x4::<0xee>(c, d)];
    // Of those, every other quarter.
    Some([
        cast(avx._mm512_shuffle_f32x4::<0x88>(low[0], low[1])),
        cast(avx._mm512_shuffle_f32x4::<0xdd>(low[0], low[1])),
        cast(avx._mm512_shuffle_f32x4::<0x88>(high[0], high[1])),
        cast(avx._mm512_shuffle_f32x4::<0xdd>(high[0], high[1])),
    ])
}

/// Other processors have shorter vectors.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(crate) fn transpose_quarters<S: Simd, V: Pod>(_simd: S, _vectors: [V; 4]) -> Option<[V; 4]> {
    None
}
