//! Pooling, dense and activation layers, compared with the naive loops. Throughput is in FLOP/s for dense layers (criterion calls them
//! elements), and in inputs per second for the others.

use std::hint::black_box;

use common::{assert_same, integers};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use shapeproof::kernel::{dense, naive, pool2d};
use shapeproof::layer::{ELU, Elementwise, GELU, HardSigmoid, HardSwish, Layer, SiLU, Sigmoid, Softplus, Tanh};
use shapeproof::network::Network;
use shapeproof::shape::{Dims, Geometry, Window};
use shapeproof::tensor::{Vector, zeros};

/// The poolings of the reference network.
const POOLS: [(&str, Geometry); 2] =
    [("32x28x28-w2", pool(Dims::new(32, 28, 28))), ("64x8x8-w2", pool(Dims::new(64, 8, 8)))];

const fn pool(input: Dims) -> Geometry {
    let output = Dims::new(input.channels, input.height / 2, input.width / 2);
    Geometry { input, output, window: Window { kernel: [2, 2], stride: [2, 2], padding: [0, 0] } }
}

fn pooling(c: &mut Criterion) {
    pooling_of::<0>(c);
    pooling_of::<1>(c);
}

/// The geometry is a constant here, as it is in a layer.
fn pooling_of<const POOL: usize>(c: &mut Criterion) {
    {
        let (name, g) = const { &POOLS[POOL] };
        let (x, dy) = (integers(g.input.len(), 1), integers(g.output.len(), 2));
        let (mut slow, mut fast) = (vec![f32::NAN; dy.len()], vec![f32::NAN; dy.len()]);
        let (mut slow_argmax, mut fast_argmax) = (vec![0; dy.len()], vec![0; dy.len()]);
        let (mut slow_dx, mut fast_dx) = (vec![f32::NAN; x.len()], vec![f32::NAN; x.len()]);
        naive::max_pool2d(g, &x, &mut slow, &mut slow_argmax);
        pool2d::max_pool2d(g, &x, &mut fast, Some(&mut fast_argmax));
        naive::max_pool2d_grad_input(g, &slow_argmax, &dy, &mut slow_dx);
        pool2d::max_pool2d_grad_input(g, &fast_argmax, &dy, &mut fast_dx);
        assert_same(name, &slow, &fast);
        assert_same(name, &slow_dx, &fast_dx);
        assert_eq!(slow_argmax, fast_argmax, "{name}");

        let mut group = c.benchmark_group(format!("max_pool2d/forward/{name}"));
        group.throughput(Throughput::Elements(x.len() as u64));
        group.bench_function("naive", |bench| {
            bench.iter(|| naive::max_pool2d(g, black_box(&x), &mut slow, &mut slow_argmax));
        });
        group.bench_function("fast", |bench| {
            bench.iter(|| pool2d::max_pool2d(g, black_box(&x), &mut fast, Some(&mut fast_argmax)));
        });
        group.finish();
        let mut group = c.benchmark_group(format!("max_pool2d/backward/{name}"));
        group.throughput(Throughput::Elements(x.len() as u64));
        group.bench_function("naive", |bench| {
            bench.iter(|| naive::max_pool2d_grad_input(g, &slow_argmax, black_box(&dy), &mut slow_dx));
        });
        group.bench_function("fast", |bench| {
            bench.iter(|| pool2d::max_pool2d_grad_input(g, &fast_argmax, black_box(&dy), &mut fast_dx));
        });
    }
}

fn dense_layer(c: &mut Criterion) {
    const INPUTS: usize = 1024;
    const OUTPUTS: usize = 128;
    for samples in [1, 8, 64] {
        let (x, w, b) = (integers(samples * INPUTS, 1), integers(OUTPUTS * INPUTS, 2), integers(OUTPUTS, 3));
        let dy = integers(samples * OUTPUTS, 4);
        let (mut slow, mut fast) = (vec![f32::NAN; dy.len()], vec![f32::NAN; dy.len()]);
        let (mut slow_grad, mut fast_grad) = (
            (vec![0.0; w.len()], vec![0.0; OUTPUTS], vec![f32::NAN; x.len()]),
            (vec![0.0; w.len()], vec![0.0; OUTPUTS], vec![f32::NAN; x.len()]),
        );
        type Gradients = (Vec<f32>, Vec<f32>, Vec<f32>);
        let naive_backward = |(dw, db, dx): &mut Gradients| {
            naive::add_dense_grad_parameters(INPUTS, black_box(&x), black_box(&dy), dw, db);
            naive::dense_grad_input(INPUTS, black_box(&w), black_box(&dy), dx);
        };
        let gemm_backward = |(dw, db, dx): &mut Gradients| {
            dense::add_dense_grad_parameters(INPUTS, black_box(&x), black_box(&dy), dw, db);
            dense::dense_grad_input(INPUTS, black_box(&w), black_box(&dy), dx);
        };
        naive::dense(INPUTS, &x, &w, &b, &mut slow);
        dense::dense(INPUTS, &x, &w, &b, &mut fast);
        naive_backward(&mut slow_grad);
        gemm_backward(&mut fast_grad);
        let name = format!("1024-to-128-batch-{samples}");
        assert_same(&name, &slow, &fast);
        assert_same(&name, &slow_grad.0, &fast_grad.0);
        assert_same(&name, &slow_grad.1, &fast_grad.1);
        assert_same(&name, &slow_grad.2, &fast_grad.2);

        let flops = (2 * samples * INPUTS * OUTPUTS) as u64;
        let mut group = c.benchmark_group(format!("dense/forward/{name}"));
        group.throughput(Throughput::Elements(flops));
        group.bench_function("naive", |bench| {
            bench.iter(|| naive::dense(INPUTS, black_box(&x), black_box(&w), &b, &mut slow));
        });
        group.bench_function("gemm", |bench| {
            bench.iter(|| dense::dense(INPUTS, black_box(&x), black_box(&w), &b, &mut fast));
        });
        group.finish();
        let mut group = c.benchmark_group(format!("dense/backward/{name}"));
        group.throughput(Throughput::Elements(2 * flops));
        group.bench_function("naive", |bench| bench.iter(|| naive_backward(&mut slow_grad)));
        group.bench_function("gemm", |bench| bench.iter(|| gemm_backward(&mut fast_grad)));
    }
}

/// One sample of an activation: a number in each channel.
const NUMBERS: usize = 64 * 1024;

/// Each activation by itself, compared with a loop over its formula that is not vectorized.
fn activations(c: &mut Criterion) {
    activation::<ELU<NUMBERS, 1, 1, { 1f64.to_bits() }>>(c, |x| if x > 0.0 { x } else { x.exp_m1() });
    activation::<GELU<NUMBERS, 1, 1>>(c, |x| x * 0.5 * libm::erfcf(-x * std::f32::consts::FRAC_1_SQRT_2));
    activation::<GELU<NUMBERS, 1, 1, true>>(c, |x| {
        x * 0.5 * (1.0 + ((2.0 / std::f32::consts::PI).sqrt() * (x + 0.044715 * x.powi(3))).tanh())
    });
    activation::<HardSigmoid<NUMBERS, 1, 1>>(c, |x| ((x + 3.0) / 6.0).clamp(0.0, 1.0));
    activation::<HardSwish<NUMBERS, 1, 1>>(c, |x| x * ((x + 3.0) / 6.0).clamp(0.0, 1.0));
    activation::<Sigmoid<NUMBERS, 1, 1>>(c, |x| 1.0 / (1.0 + (-x).exp()));
    activation::<SiLU<NUMBERS, 1, 1>>(c, |x| x / (1.0 + (-x).exp()));
    activation::<Softplus<NUMBERS, 1, 1, { 1f64.to_bits() }, { 20f64.to_bits() }>>(c, |x| {
        if x > 20.0 { x } else { x.exp().ln_1p() }
    });
    activation::<Tanh<NUMBERS, 1, 1>>(c, f32::tanh);
}

fn activation<L>(c: &mut Criterion, formula: impl Fn(f32) -> f32)
where
    L: Elementwise<Scalar = f32, Sample = Vector<NUMBERS>>,
{
    let (mut x, mut dy) = (zeros::<Vector<NUMBERS>>(1), zeros::<Vector<NUMBERS>>(1));
    x[0].as_mut_slice().iter_mut().enumerate().for_each(|(i, x)| *x = (i * 37 % 1024) as f32 / 128.0 - 4.0);
    dy[0].as_mut_slice().fill(1.0);
    let (mut y, mut expected, mut dx) = (zeros::<Vector<NUMBERS>>(1), zeros::<Vector<NUMBERS>>(1), zeros(1));
    let slow = |y: &mut [Vector<NUMBERS>], x: &[Vector<NUMBERS>]| {
        x[0].as_slice().iter().zip(y[0].as_mut_slice()).for_each(|(&x, y)| *y = formula(x));
    };
    let (layer, mut grad) = (L::zeros(), L::zeros());
    slow(&mut expected, &x);
    Layer::forward(&*layer, &x, &mut y, &mut ());
    for (found, expected) in y[0].as_slice().iter().zip(expected[0].as_slice()) {
        assert!((found - expected).abs() <= 1e-5, "{}: {found}, not {expected}", <L as Layer>::KIND);
    }
    let settings = <L as Layer>::SETTINGS;
    let name = [<L as Layer>::KIND, settings.as_str()].join(" ");
    let mut group = c.benchmark_group(format!("activation/{}", name.trim()));
    group.throughput(Throughput::Elements(NUMBERS as u64));
    group.bench_function("formula", |bench| bench.iter(|| slow(&mut expected, black_box(&x))));
    group.bench_function("forward", |bench| {
        bench.iter(|| Layer::forward(&*layer, black_box(&x), &mut y, &mut ()));
    });
    group.bench_function("backward", |bench| {
        bench.iter(|| layer.backward(black_box(&x), &mut (), &dy, Some(&mut dx), &mut grad));
    });
}

criterion_group!(benches, pooling, dense_layer, activations);
criterion_main!(benches);
