//! Shared by the benchmarks: input values, and a check that two kernels agree before they are timed.

pub mod digits;

/// `count` small integers: sums of their products are exact in `f32`, so two kernels must agree to the last bit.
pub fn integers(count: usize, seed: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 7 + seed * 13 + i / 11) % 9) as f32 - 4.0).collect()
}

/// Stops the benchmark if the results of the kernels differ.
#[track_caller]
pub fn assert_same(name: &str, naive: &[f32], fast: &[f32]) {
    assert_eq!(naive.len(), fast.len(), "{name}");
    for (i, (naive, fast)) in naive.iter().zip(fast).enumerate() {
        assert_eq!(naive, fast, "{name}: number {i}");
    }
}
