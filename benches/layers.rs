//! Pooling and dense kernels, compared with the naive loops, and layers and blocks as a whole. Throughput is in FLOP/s for dense layers
//! (criterion calls them elements), and in inputs per second for the others.

use std::hint::black_box;

use common::{assert_same, integers};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use shapeproof::kernel::{dense, naive, pool2d};
use shapeproof::network::Network;
use shapeproof::shape::{Dims, Geometry, Shape, Window};
use shapeproof::tensor::{flat, flat_mut, zeros};

/// The poolings of the reference network.
const POOLS: [(&str, Geometry); 2] =
    [("32x28x28-w2", pool(Dims::new(32, 28, 28))), ("64x8x8-w2", pool(Dims::new(64, 8, 8)))];

const fn pool(input: Dims) -> Geometry {
    let output = Dims::new(input.channels, input.height / 2, input.width / 2);
    Geometry { input, output, window: Window::new([2, 2], [2, 2], [0, 0]) }
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

/// Networks of one layer or block, by name.
macro_rules! whole {
    ($($name:ident: $input:tt => $layer:ident $(($($inside:tt)*))?;)*) => {
        $(shapeproof::network! { type $name = $input => $layer $(($($inside)*))? })*

        fn whole_layers(c: &mut Criterion) {
            $(whole_layer::<$name>(c, stringify!($name));)*
        }
    };
}

whole! {
    Depthwise: [32, 28, 28] => Conv2D(filters = 32, kernel = 3, padding = 1, groups = 32);
    DepthwiseHalf: [32, 28, 28] => Conv2D(filters = 32, kernel = 3, stride = 2, padding = 1, groups = 32);
    Grouped: [32, 28, 28] => Conv2D(filters = 32, kernel = 3, padding = 1, groups = 4);
    Dilated: [32, 28, 28] => Conv2D(filters = 32, kernel = 3, padding = 2, dilation = 2);
    // Rows of whole vectors.
    GroupedOf32: [32, 32, 32] => Conv2D(filters = 32, kernel = 3, padding = 1, groups = 4);
    DilatedOf32: [32, 32, 32] => Conv2D(filters = 32, kernel = 3, padding = 2, dilation = 2);
    Convolution1D: [16, 1, 256] => Conv1D(filters = 32, kernel = 5, padding = 2);
    Max1D: [32, 1, 256] => MaxPool1D(window = 2);
    Average1D: [32, 1, 256] => AvgPool1D(window = 2);
    ConvTranspose: [32, 14, 14] => ConvTranspose2D(filters = 16, kernel = 2, stride = 2);
    GlobalAvg: [32, 28, 28] => GlobalAvgPool2D;
    GlobalMax: [32, 28, 28] => GlobalMaxPool2D;
    UpsampleNearest: [32, 14, 14] => Upsample(scale = 2);
    UpsampleBilinear: [32, 14, 14] => Upsample(scale = 2, bilinear = true);
    LayerNormOfImages: [32, 28, 28] => LayerNorm;
    LayerNormOfVectors: [512, 1, 1] => LayerNorm;
    GroupNormOfImages: [32, 28, 28] => GroupNorm(groups = 8);
    MaxoutOfImages: [32, 28, 28] => Maxout(pieces = 2);
    SoftmaxOfChannels: [32, 28, 28] => Softmax;
    SoftmaxOfRows: [32, 28, 28] => Softmax(axis = 3);
    SoftmaxOfMaps: [32, 28, 28] => Softmax(axis = [2, 3]);
    LogSoftmaxOfMaps: [32, 28, 28] => LogSoftmax(axis = [2, 3]);
    ConcatOfReLUs: [32, 28, 28] => Concat((ReLU), Identity);
    LogSoftmaxOfVectors: [10, 1, 1] => LogSoftmax;
    ClipOfImages: [32, 28, 28] => Clip(min = 0.0, max = 6.0);
    ExponentialLinear: [32, 28, 28] => ELU;
    GaussianError: [32, 28, 28] => GELU;
    GaussianErrorApproximate: [32, 28, 28] => GELU(approximate = true);
    HardSigmoidOfImages: [32, 28, 28] => HardSigmoid;
    HardSwishOfImages: [32, 28, 28] => HardSwish;
    SigmoidOfImages: [32, 28, 28] => Sigmoid;
    SigmoidLinear: [32, 28, 28] => SiLU;
    SoftplusOfImages: [32, 28, 28] => Softplus;
    TanhOfImages: [32, 28, 28] => Tanh;
    SqueezeExcitation: [32, 28, 28] => Gate(GlobalAvgPool2D, Dense(units = 8), ReLU, Dense(units = 32), Sigmoid);
}

/// The forward and the backward pass of 8 samples, a shard of a training.
fn whole_layer<N: Network<Scalar = f32>>(c: &mut Criterion, name: &str) {
    const SAMPLES: usize = 8;
    let (network, mut tape, mut grad) = (N::new(1), N::tape(SAMPLES), N::zeros());
    let (mut x, mut y) = (zeros::<N::Input>(SAMPLES), zeros::<N::Output>(SAMPLES));
    let (mut dy, mut dx) = (zeros::<N::Output>(SAMPLES), zeros::<N::Input>(SAMPLES));
    let numbers = N::Input::DIMS.len() * SAMPLES;
    flat_mut(&mut x).copy_from_slice(&integers(numbers, 1));
    let gradients = integers(flat(&dy).len(), 2);
    flat_mut(&mut dy).copy_from_slice(&gradients);
    let mut group = c.benchmark_group(format!("layer/{name}"));
    group.throughput(Throughput::Elements(numbers as u64));
    group.bench_function("forward", |bench| bench.iter(|| network.forward_pass(black_box(&x), &mut y, &mut tape)));
    group.bench_function("backward", |bench| {
        bench.iter(|| network.backward_pass(&x, &mut tape, black_box(&dy), Some(&mut dx), &mut grad));
    });
}

criterion_group!(benches, pooling, dense_layer, whole_layers);
criterion_main!(benches);
