//! Percentiles of latencies.

use std::fmt;

/// Latencies in microseconds, the shortest first.
pub struct Percentiles(Vec<u32>);

impl Percentiles {
    pub fn of(mut microseconds: Vec<u32>) -> Percentiles {
        microseconds.sort_unstable();
        Percentiles(microseconds)
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// In milliseconds: the smallest latency that is at least as long as this fraction of all.
    fn at(&self, fraction: f64) -> f64 {
        let rank = (fraction * self.0.len() as f64).ceil() as usize;
        self.0.get(rank.max(1) - 1).map_or(f64::NAN, |&microseconds| f64::from(microseconds) / 1000.0)
    }
}

impl fmt::Display for Percentiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [p50, p90, p99, p999, max] = [0.5, 0.9, 0.99, 0.999, 1.0].map(|fraction| self.at(fraction));
        write!(f, "ms: p50 {p50:.3}, p90 {p90:.3}, p99 {p99:.3}, p99.9 {p999:.3}, max {max:.3}")
    }
}

#[cfg(test)]
mod tests {
    use super::Percentiles;

    #[test]
    fn the_nearest_rank() {
        let percentiles = Percentiles::of((1..=1000).rev().map(|i| i * 1000).collect());
        assert_eq!([0.5, 0.99, 0.999, 1.0].map(|fraction| percentiles.at(fraction)), [500.0, 990.0, 999.0, 1000.0]);
        assert!(Percentiles::of(vec![]).at(0.5).is_nan());
    }
}
