//! Convolutions: matrix products beside the naive loops, forward and backward. Throughput is in FLOP/s (criterion calls them elements).

mod common;

use std::hint::black_box;

use common::{assert_same, integers};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use shapeproof::kernel::conv2d::{Backward, BackwardScratch};
use shapeproof::kernel::{conv2d, naive};
use shapeproof::shape::{Dims, Geometry, Window, rules};

/// The convolutions of the reference network, and a larger one.
const SHAPES: [(&str, Dims, usize, Window); 3] = [
    ("1x28x28-to-32-k3-p1", Dims::new(1, 28, 28), 32, Window { kernel: [3, 3], stride: [1, 1], padding: [1, 1] }),
    ("32x14x14-to-64-k3-s2-p2", Dims::new(32, 14, 14), 64, Window { kernel: [3, 3], stride: [2, 2], padding: [2, 2] }),
    ("32x32x32-to-32-k3-p1", Dims::new(32, 32, 32), 32, Window { kernel: [3, 3], stride: [1, 1], padding: [1, 1] }),
];

fn geometry(input: Dims, filters: usize, window: Window) -> Geometry {
    let Ok(output) = rules::conv2d(input, filters, window) else { panic!("the shape does not fit") };
    Geometry { input, output, window }
}

fn forward(c: &mut Criterion) {
    for (name, input, filters, window) in SHAPES {
        let g = geometry(input, filters, window);
        let (x, w, b) = (integers(input.len(), 1), integers(filters * g.patch(), 2), integers(filters, 3));
        let (mut columns, mut starts) = (vec![0.0; g.patch() * g.positions()], vec![0; g.patch()]);
        let (mut slow, mut fast) = (vec![f32::NAN; g.output.len()], vec![f32::NAN; g.output.len()]);
        naive::conv2d(&g, &x, &w, &b, &mut slow);
        conv2d::conv2d(&g, &x, &w, &b, &mut columns, &mut starts, &mut fast);
        assert_same(name, &slow, &fast);

        let mut group = c.benchmark_group(format!("conv2d/forward/{name}"));
        group.throughput(Throughput::Elements(2 * (g.output.len() * g.patch()) as u64));
        group.bench_function("naive", |bench| {
            bench.iter(|| naive::conv2d(&g, black_box(&x), black_box(&w), &b, black_box(&mut slow)));
        });
        group.bench_function("fast", |bench| {
            bench.iter(|| {
                conv2d::conv2d(&g, black_box(&x), black_box(&w), &b, &mut columns, &mut starts, black_box(&mut fast));
            });
        });
    }
}

fn backward(c: &mut Criterion) {
    for (name, input, filters, window) in SHAPES {
        let g = geometry(input, filters, window);
        let (x, w, dy) = (integers(input.len(), 1), integers(filters * g.patch(), 2), integers(g.output.len(), 3));
        let mut scratch = BackwardScratch::new(&g);
        let mut slow = (vec![0.0; w.len()], vec![0.0; filters], vec![f32::NAN; x.len()]);
        let mut fast = slow.clone();
        let naive = |(dw, db, dx): &mut (Vec<f32>, Vec<f32>, Vec<f32>)| {
            naive::add_conv2d_grad_parameters(&g, black_box(&x), black_box(&dy), dw, db);
            naive::conv2d_grad_input(&g, black_box(&w), black_box(&dy), dx);
        };
        let mut gemm = |(dw, db, dx): &mut (Vec<f32>, Vec<f32>, Vec<f32>)| {
            let gradients = Backward {
                input: black_box(&x),
                weight: black_box(&w),
                grad_output: black_box(&dy),
                grad_input: Some(dx),
                grad_weight: dw,
                grad_bias: db,
            };
            conv2d::conv2d_backward(&g, gradients, &mut scratch);
        };
        naive(&mut slow);
        gemm(&mut fast);
        assert_same(name, &slow.0, &fast.0);
        assert_same(name, &slow.1, &fast.1);
        assert_same(name, &slow.2, &fast.2);

        let mut group = c.benchmark_group(format!("conv2d/backward/{name}"));
        group.throughput(Throughput::Elements(4 * (g.output.len() * g.patch()) as u64));
        group.bench_function("naive", |bench| bench.iter(|| naive(&mut slow)));
        group.bench_function("fast", |bench| bench.iter(|| gemm(&mut fast)));
    }
}

criterion_group!(benches, forward, backward);
criterion_main!(benches);
