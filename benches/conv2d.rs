//! Convolutions in three versions: the naive loops; the textbook path, im2col and `matrixmultiply`'s GEMM; and the network's, a
//! layer with a constant shape that takes the path documented in `kernel::conv2d`. Forward and backward; throughput is in
//! FLOP/s (criterion calls them elements).

use std::hint::black_box;

use common::{assert_same, integers};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use shapeproof::kernel::conv2d::im2col_gemm;
use shapeproof::kernel::gemm::{Write, packed};
use shapeproof::kernel::naive;
use shapeproof::layer::{Conv2D, Module};
use shapeproof::network::Network;
use shapeproof::shape::Geometry;
use shapeproof::tensor::{flat, flat_mut, zeros};

// The convolutions of the reference network, one of a residual network, and a larger one.
type First = Conv2D<1, 28, 28, 32, 28, 28, 3, 3, 1, 1, 1, 1>;
type Second = Conv2D<32, 14, 14, 64, 8, 8, 3, 3, 2, 2, 2, 2>;
type Pointwise = Conv2D<32, 14, 14, 64, 14, 14, 1, 1>;
type Larger = Conv2D<32, 32, 32, 32, 32, 32, 3, 3, 1, 1, 1, 1>;

// In groups of one channel, with stride 1 and 2, in four groups, and dilated.
type Depthwise = Conv2D<32, 14, 14, 32, 14, 14, 3, 3, 1, 1, 1, 1, f32, 1, 1, 1, 1, 1>;
type DepthwiseHalf = Conv2D<32, 28, 28, 32, 14, 14, 3, 3, 2, 2, 1, 1, f32, 1, 1, 1, 1, 1>;
type Grouped = Conv2D<32, 14, 14, 64, 14, 14, 3, 3, 1, 1, 1, 1, f32, 1, 1, 1, 1, 8>;
type Dilated = Conv2D<32, 14, 14, 64, 14, 14, 3, 3, 1, 1, 2, 2, f32, 2, 2, 2, 2>;

/// The three versions.
const COLUMNS: [&str; 3] = ["naive", "im2col+matrixmultiply", "network"];

fn convolutions(c: &mut Criterion) {
    all_ways::<First>(c, "1x28x28-to-32-k3-p1", &First::GEOMETRY, 1);
    all_ways::<Second>(c, "32x14x14-to-64-k3-s2-p2", &Second::GEOMETRY, 1);
    all_ways::<Pointwise>(c, "32x14x14-to-64-k1", &Pointwise::GEOMETRY, 1);
    all_ways::<Larger>(c, "32x32x32-to-32-k3-p1", &Larger::GEOMETRY, 1);
    all_ways::<Depthwise>(c, "32x14x14-k3-p1-depthwise", &Depthwise::GEOMETRY, Depthwise::GROUPS);
    all_ways::<DepthwiseHalf>(c, "32x28x28-k3-s2-p1-depthwise", &DepthwiseHalf::GEOMETRY, DepthwiseHalf::GROUPS);
    all_ways::<Grouped>(c, "32x14x14-to-64-k3-p1-g4", &Grouped::GEOMETRY, Grouped::GROUPS);
    all_ways::<Dilated>(c, "32x14x14-to-64-k3-p2-d2", &Dilated::GEOMETRY, 1);
}

/// Weight and bias, or their gradients.
type Parameters = [Vec<f32>; 2];

/// Benchmarks the convolution of this geometry, which `L` computes.
fn all_ways<L: Module<Scalar = f32>>(c: &mut Criterion, name: &str, g: &Geometry, groups: usize) {
    let part = &g.group(groups);
    let weights = g.output.channels * part.patch();
    let [w, b]: Parameters = [integers(weights, 1), integers(g.output.channels, 2)];
    let (mut input, mut grad_output) = (zeros::<L::Input>(1), zeros::<L::Output>(1));
    flat_mut(&mut input).copy_from_slice(&integers(g.input.len(), 3));
    flat_mut(&mut grad_output).copy_from_slice(&integers(g.output.len(), 4));
    let (x, dy) = (flat(&input), flat(&grad_output));
    let mut columns = vec![f32::NAN; part.patch() * g.positions()];
    let (mut layer, mut grad, mut tape) = (L::zeros(), L::zeros(), L::tape(1));
    <L as Module>::visit([], [&mut *layer], &mut |parameter, [], [numbers]| {
        numbers.copy_from_slice(if parameter.name == "weight" { &w } else { &b });
    });

    let (mut y, mut defined, mut output) = (vec![f32::NAN; dy.len()], vec![f32::NAN; dy.len()], zeros::<L::Output>(1));
    let naive = |y: &mut [f32]| naive::conv2d(g, groups, black_box(x), black_box(&w), &b, y);
    // Group by group.
    let (from, to, of_group) = (part.input.len(), part.output.len(), weights / groups);
    let mut textbook = |y: &mut [f32]| {
        let (x, w, b) = (black_box(x).chunks(from), black_box(&w).chunks(of_group), b.chunks(part.output.channels));
        for (((x, w), b), y) in x.zip(w).zip(b).zip(y.chunks_mut(to)) {
            im2col_gemm::conv2d(part, x, w, Write::Bias(b), &mut columns, y, packed::gemm);
        }
    };
    let mut network = |y: &mut _| layer.forward_pass(black_box(&input), y, &mut tape);
    naive(&mut defined);
    textbook(&mut y);
    network(&mut *output);
    assert_same(name, &defined, &y);
    assert_same(name, &defined, flat(&output));

    let mut group = c.benchmark_group(format!("conv2d/forward/{name}"));
    group.throughput(Throughput::Elements(2 * (g.output.len() * part.patch()) as u64));
    group.bench_function(COLUMNS[0], |bench| bench.iter(|| naive(black_box(&mut defined))));
    group.bench_function(COLUMNS[1], |bench| bench.iter(|| textbook(black_box(&mut y))));
    group.bench_function(COLUMNS[2], |bench| bench.iter(|| network(black_box(&mut *output))));
    group.finish();

    let empty = || ([vec![0.0; weights], vec![0.0; b.len()]], vec![f32::NAN; x.len()]);
    let (mut defined, mut found, mut grad_input) = (empty(), empty(), zeros::<L::Input>(1));
    let naive = |([dw, db], dx): &mut (Parameters, Vec<f32>)| {
        naive::add_conv2d_grad_parameters(g, groups, black_box(x), black_box(dy), dw, db);
        naive::conv2d_grad_input(g, groups, black_box(&w), black_box(dy), dx);
    };
    let mut textbook = |([dw, db], dx): &mut (Parameters, Vec<f32>)| {
        let (x, w, dys) = (black_box(x).chunks(from), black_box(&w).chunks(of_group), black_box(dy).chunks(to));
        for ((((x, w), dy), dw), dx) in x.zip(w).zip(dys).zip(dw.chunks_mut(of_group)).zip(dx.chunks_mut(from)) {
            im2col_gemm::add_conv2d_grad_weight(part, x, dy, &mut columns, dw, |a, b, c| {
                packed::gemm(a, b.transposed(), Write::Accumulate, c, b.rows);
            });
            im2col_gemm::conv2d_grad_input(part, w, dy, Write::Overwrite, &mut columns, dx, packed::gemm);
        }
        db.iter_mut().zip(dy.chunks(g.positions())).for_each(|(db, dy)| *db += dy.iter().sum::<f32>());
    };
    let mut network = |dx: &mut _, grad: &mut L| {
        layer.backward_pass(black_box(&input), &mut tape, black_box(&grad_output), Some(dx), grad);
    };
    naive(&mut defined);
    textbook(&mut found);
    network(&mut *grad_input, &mut grad);
    assert_same(name, &defined.1, &found.1);
    assert_same(name, &defined.1, flat(&grad_input));
    <L as Module>::visit([&*grad], [], &mut |parameter, [numbers], []| {
        let which = usize::from(parameter.name != "weight");
        assert_same(name, &defined.0[which], &found.0[which]);
        assert_same(name, &defined.0[which], numbers);
    });

    let mut group = c.benchmark_group(format!("conv2d/backward/{name}"));
    group.throughput(Throughput::Elements(4 * (g.output.len() * part.patch()) as u64));
    group.bench_function(COLUMNS[0], |bench| bench.iter(|| naive(black_box(&mut defined))));
    group.bench_function(COLUMNS[1], |bench| bench.iter(|| textbook(black_box(&mut found))));
    group.bench_function(COLUMNS[2], |bench| bench.iter(|| network(black_box(&mut *grad_input), &mut grad)));
}

criterion_group!(benches, convolutions);
criterion_main!(benches);
