//! The peak of a core, as a part of the benchmarks that compare with it: it needs `pulp`, which the others do not.

use std::hint::black_box;
use std::time::Instant;

use pulp::{Arch, Simd, WithSimd};

/// The peak of one core in FLOP/s: independent multiply-adds in registers.
pub fn fma_peak(rounds: usize) -> f64 {
    struct Peak;
    impl WithSimd for Peak {
        type Output = f64;
        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> f64 {
            const TIMES: usize = 10_000;
            // Twelve sums: enough to hide the latency, and they fit in sixteen registers.
            let mut sums = black_box([simd.splat_f32s(1.0); 12]);
            let factor = black_box(simd.splat_f32s(0.999_999));
            let start = Instant::now();
            for _ in 0..TIMES {
                for sum in &mut sums {
                    *sum = simd.mul_add_e_f32s(*sum, factor, factor);
                }
            }
            black_box(sums);
            (2 * 12 * TIMES * size_of_val(&factor) / size_of::<f32>()) as f64 / start.elapsed().as_secs_f64()
        }
    }
    (0..rounds).map(|_| Arch::new().dispatch(Peak)).fold(0.0, f64::max)
}
