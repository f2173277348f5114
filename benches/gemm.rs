//! Matrix products with the shapes of a small network: unpacked, and packed by `matrixmultiply`. Throughput is in FLOP/s
//! (criterion calls them elements).

use std::hint::black_box;

use common::{assert_same, integers};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use shapeproof::kernel::gemm::{Write, packed, unpacked};
use shapeproof::kernel::matrix::Matrix;

/// The use, and `m`, `k`, `n` of a product `m×k · k×n`; the last is large enough for packing.
const SHAPES: [(&str, [usize; 3]); 6] = [
    ("conv1-forward", [32, 9, 784]),
    ("conv2-forward", [64, 288, 64]),
    ("conv2-grad-weight", [64, 64, 288]),
    ("dense-grad-input", [8, 128, 1024]),
    ("dense-grad-weight", [128, 8, 1024]),
    ("large", [64, 4096, 512]),
];

fn products(c: &mut Criterion) {
    for (name, [m, k, n]) in SHAPES {
        let (a, b) = (integers(m * k, 1), integers(k * n, 2));
        let (a, b) = (Matrix::new(&a, m, k), Matrix::new(&b, k, n));
        let (mut fast, mut slow) = (vec![f32::NAN; m * n], vec![f32::NAN; m * n]);
        unpacked::gemm(a, b, Write::Overwrite, &mut fast, n);
        packed::gemm(a, b, Write::Overwrite, &mut slow, n);
        assert_same(name, &slow, &fast);

        let mut group = c.benchmark_group(format!("gemm/{name}-{m}x{k}x{n}"));
        group.throughput(Throughput::Elements(2 * (m * k * n) as u64));
        group.bench_function("unpacked", |bench| {
            bench.iter(|| unpacked::gemm(black_box(a), black_box(b), Write::Overwrite, black_box(&mut fast), n));
        });
        group.bench_function("packed", |bench| {
            bench.iter(|| packed::gemm(black_box(a), black_box(b), Write::Overwrite, black_box(&mut slow), n));
        });
    }
}

criterion_group!(benches, products);
criterion_main!(benches);
