//! The hot kernels on fixed inputs: most shapes are those of the reference network, for one sample, or for a block of eight if
//! the kernel processes samples together.
//!
//! Convolutions and poolings are called through their layers, where the geometry is a compile-time constant.

use std::hint::black_box;

use shapeproof::data::Pairs;
use shapeproof::kernel::add::{add, add_and_rectify};
use shapeproof::kernel::batch_norm::{
    Normalization, batch_norm, batch_norm_grad_input, batch_norm_grad_parameters, scale_and_shift,
};
use shapeproof::kernel::dense::{add_dense_grad_parameters, dense, dense_grad_input};
use shapeproof::kernel::gemm::im2row::{self, ImplicitIm2row};
use shapeproof::kernel::gemm::nt::add_gemm_nt;
use shapeproof::kernel::gemm::{Write, gemm};
use shapeproof::kernel::im2col::{add_row2im, im2col, im2row};
use shapeproof::kernel::matrix::Matrix;
use shapeproof::kernel::moments::moments;
use shapeproof::kernel::rectifier::Rectifier;
use shapeproof::kernel::sparse::{Pattern, count};
use shapeproof::kernel::transpose::transpose;
use shapeproof::kernel::{activation, softmax, sum};
use shapeproof::layer::{AvgPool2D, Conv2D, LayerPath, MaxPool2D, Module, Parameter, Role};
use shapeproof::loss::CrossEntropy;
use shapeproof::network::Network;
use shapeproof::optim::{Optimizer, SGD, Update};
use shapeproof::shape::Geometry;
use shapeproof::tensor::{flat_mut, zeros};
use shapeproof::train::{Settings, Trainer};

use common::digits::{DigitNet, digits};

/// A name, and the function to count, which owns its memory.
pub type Kernel = (&'static str, Box<dyn FnMut()>);

type First = Conv2D<1, 28, 28, 32, 28, 28, 3, 3, 1, 1, 1, 1>;
type FirstPool = MaxPool2D<32, 28, 28, 14, 14, 2, 2, 2, 2>;
type Second = Conv2D<32, 14, 14, 64, 8, 8, 3, 3, 2, 2, 2, 2>;
type SecondPool = MaxPool2D<64, 8, 8, 4, 4, 2, 2, 2, 2>;

// Layers of a residual network: a convolution that reads patches in place, and global average pooling.
type Same = Conv2D<16, 32, 32, 16, 32, 32, 3, 3, 1, 1, 1, 1>;
// One in tiles, by Winograd's algorithm.
type Tiled = Conv2D<32, 16, 16, 32, 16, 16, 3, 3, 1, 1, 1, 1>;
type Mean = AvgPool2D<64, 8, 8, 1, 1, 8, 8, 8, 8>;

// Depthwise convolutions with stride 1, also with rows of whole vectors, and with stride 2.
type Depthwise = Conv2D<32, 14, 14, 32, 14, 14, 3, 3, 1, 1, 1, 1, f32, 1, 1, 1, 1, 1>;
type DepthwiseWhole = Conv2D<32, 16, 16, 32, 16, 16, 3, 3, 1, 1, 1, 1, f32, 1, 1, 1, 1, 1>;
type DepthwiseHalf = Conv2D<32, 28, 28, 32, 14, 14, 3, 3, 2, 2, 1, 1, f32, 1, 1, 1, 1, 1>;

const FIRST: Geometry = First::GEOMETRY;
const SECOND: Geometry = Second::GEOMETRY;

/// All kernels, in the order of the record.
pub fn all() -> Vec<Kernel> {
    [products(), sparse(), patches(), convolutions(), poolings(), activations(), batch_norms(), denses(), wholes()]
        .into_iter()
        .flatten()
        .collect()
}

/// Signed pseudo-random values around 0; none is 0.
fn values(count: usize) -> Vec<f32> {
    (0..count).map(|i| (i * 7919 % 1009) as f32 / 504.25 - 1.0).collect()
}

/// The same values with three of every four replaced by 0, as after a 2×2 pooling.
fn sparse_values(count: usize) -> Vec<f32> {
    let of = |(i, value)| if i * 31 % 127 % 4 == 0 { value } else { 0.0 };
    values(count).into_iter().enumerate().map(of).collect()
}

fn kernel(name: &'static str, work: impl FnMut() + 'static) -> Kernel {
    (name, Box::new(work))
}

/// The products of the two convolutions and of the hidden dense layer, with and without a transposed operand.
fn products() -> Vec<Kernel> {
    // The second convolution by filter: 32 planes of 18×18 pixels, of which every other one is seen.
    let by_filter = || {
        let (image, weight, mut c) = (values(32 * 18 * 18), values(64 * 288), values(64 * 64));
        let starts: Vec<u32> = (0..288).map(|k| (k / 9 * 324 + k / 3 % 3 * 18 + k % 3) as u32).collect();
        kernel("gemm im2row 64×288 · 288×64", move || {
            let a =
                ImplicitIm2row { image: &image, starts: &starts, runs: 8, run: 8, stride: 36, step: 2, windows: None };
            im2row::gemm(black_box(a), &weight, Write::Overwrite, &mut c);
        })
    };
    let product = |name, [m, k, n]: [usize; 3], transposed: bool| {
        let (a, b, mut c) = (values(m * k), values(k * n), values(m * n));
        kernel(name, move || {
            let a = if transposed { Matrix::new(&a, k, m).transposed() } else { Matrix::new(&a, m, k) };
            gemm(black_box(a), Matrix::new(&b, k, n), Write::Overwrite, &mut c, n);
        })
    };
    let nt = |name, [m, k, n]: [usize; 3]| {
        let (a, b, mut c) = (values(m * k), values(n * k), values(m * n));
        kernel(name, move || add_gemm_nt(black_box(Matrix::new(&a, m, k)), Matrix::new(&b, n, k), &mut c))
    };
    let (a, mut transposed) = (values(32 * 196), values(196 * 32));
    vec![
        product("gemm 32×9 · 9×784", [32, 9, 784], false),
        product("gemm 64×288 · 288×64", [64, 288, 64], false),
        product("gemm 64×64 · 64×288", [64, 64, 288], false),
        product("gemm (64×64)ᵀ · 64×288", [64, 64, 288], true),
        product("gemm 8×128 · 128×1024", [8, 128, 1024], false),
        product("gemm (8×128)ᵀ · 8×1024", [128, 8, 1024], true),
        by_filter(),
        nt("add_gemm_nt 32×784 · (9×784)ᵀ", [32, 784, 9]),
        nt("add_gemm_nt 8×1024 · (128×1024)ᵀ", [8, 1024, 128]),
        kernel("transpose 32×196", move || transpose(black_box(Matrix::new(&a, 32, 196)), &mut transposed)),
    ]
}

/// A gradient of 64 filters at 64 positions, three quarters of it zeros, times patches and weights of 288.
fn sparse() -> Vec<Kernel> {
    const N: usize = 64;
    const PATCH: usize = 288;
    let found = |s: &[f32]| {
        let mut pattern = Pattern::with_capacity(N, N * N);
        pattern.find(Matrix::new(s, N, N));
        pattern
    };
    let s = sparse_values(N * N);
    let counted = s.clone();
    let (found_in, mut pattern) = (s.clone(), found(&s));
    let (by_row, mut by_column) = (found(&s), Pattern::with_capacity(N, N * N));
    let (by, b, mut c) = (found(&s), values(N * PATCH), values(N * PATCH));
    vec![
        kernel("sparse count 64×64", move || {
            black_box(count(black_box(Matrix::new(&counted, N, N))));
        }),
        kernel("sparse find 64×64", move || pattern.find(black_box(Matrix::new(&found_in, N, N)))),
        kernel("sparse transpose 64×64", move || by_column.transpose(black_box(&by_row), N, N)),
        kernel("sparse multiply 64×64 · 64×288", move || {
            by.multiply(black_box(Matrix::new(&s, N, N)), Matrix::new(&b, N, PATCH), Write::Accumulate, &mut c);
        }),
    ]
}

/// Patches of all positions, as columns and as rows.
fn patches() -> Vec<Kernel> {
    let room = |g: Geometry| (values(g.input.len()), values(g.patch() * g.positions()));
    let (first, mut first_columns) = room(FIRST);
    let (second, mut second_columns) = room(SECOND);
    let (image, mut rows) = room(SECOND);
    let (mut grad_image, grad_rows) = room(SECOND);
    vec![
        kernel("im2col 1×28×28, 3×3", move || im2col(&FIRST, 0..28, black_box(&first), &mut first_columns)),
        kernel("im2col 32×14×14, 3×3, stride 2", move || {
            im2col(&SECOND, 0..8, black_box(&second), &mut second_columns)
        }),
        kernel("im2row 32×14×14, 3×3, stride 2", move || im2row(&SECOND, 0..8, black_box(&image), &mut rows)),
        kernel("add_row2im 32×14×14, 3×3, stride 2", move || {
            add_row2im(&SECOND, 0..8, black_box(&grad_rows), &mut grad_image)
        }),
    ]
}

/// A layer with nonzero weights.
fn layer<L: Module<Scalar = f32>>() -> Box<L> {
    let mut layer = L::zeros();
    L::visit([], [&mut *layer], &mut |_, [], [numbers]| numbers.copy_from_slice(&values(numbers.len())));
    layer
}

/// One sample, or its gradient.
fn sample<S: shapeproof::shape::Shape<Scalar = f32>>(values: fn(usize) -> Vec<f32>) -> Box<[S]> {
    let mut sample = zeros::<S>(1);
    let numbers = flat_mut(&mut sample);
    numbers.copy_from_slice(&values(numbers.len()));
    sample
}

fn forward<L: Module<Scalar = f32>>(name: &'static str) -> Kernel {
    let (layer, input, mut output) = (layer::<L>(), sample::<L::Input>(values), zeros::<L::Output>(1));
    let mut tape = L::tape(1);
    kernel(name, move || layer.forward_pass(black_box(&input), &mut output, &mut tape))
}

fn backward<L: Module<Scalar = f32>>(name: &'static str, gradient: fn(usize) -> Vec<f32>, to_input: bool) -> Kernel {
    let (layer, input, mut output) = (layer::<L>(), sample::<L::Input>(values), zeros::<L::Output>(1));
    let (grad_output, mut grad_input, mut grad) = (sample::<L::Output>(gradient), zeros::<L::Input>(1), L::zeros());
    let mut tape = L::tape(1);
    layer.forward_pass(&input, &mut output, &mut tape);
    kernel(name, move || {
        let grad_input = to_input.then_some(&mut *grad_input);
        layer.backward_pass(&input, &mut tape, black_box(&grad_output), grad_input, &mut grad);
    })
}

fn convolutions() -> Vec<Kernel> {
    vec![
        forward::<First>("conv2d 1×28×28 → 32"),
        backward::<First>("conv2d_backward 1×28×28 → 32, dense", values, false),
        backward::<First>("conv2d_backward 1×28×28 → 32, sparse", sparse_values, false),
        backward::<First>("conv2d_backward 1×28×28 → 32, dense, to input", values, true),
        backward::<First>("conv2d_backward 1×28×28 → 32, sparse, to input", sparse_values, true),
        forward::<Second>("conv2d 32×14×14 → 64"),
        backward::<Second>("conv2d_backward 32×14×14 → 64, dense", values, true),
        backward::<Second>("conv2d_backward 32×14×14 → 64, sparse", sparse_values, true),
        forward::<Same>("conv2d 16×32×32 → 16"),
        backward::<Same>("conv2d_backward 16×32×32 → 16, dense", values, true),
        forward::<Tiled>("conv2d 32×16×16 → 32, in training"),
        backward::<Tiled>("conv2d_backward 32×16×16 → 32, dense", values, true),
        forward::<Depthwise>("conv2d 32×14×14, depthwise"),
        backward::<Depthwise>("conv2d_backward 32×14×14, depthwise", values, true),
        forward::<DepthwiseWhole>("conv2d 32×16×16, depthwise"),
        backward::<DepthwiseWhole>("conv2d_backward 32×16×16, depthwise", values, true),
        forward::<DepthwiseHalf>("conv2d 32×28×28, depthwise, stride 2"),
        backward::<DepthwiseHalf>("conv2d_backward 32×28×28, depthwise, stride 2", values, true),
    ]
}

fn poolings() -> Vec<Kernel> {
    vec![
        forward::<FirstPool>("max_pool2d 32×28×28"),
        backward::<FirstPool>("max_pool2d_grad_input 32×28×28", values, true),
        forward::<SecondPool>("max_pool2d 64×8×8"),
        backward::<SecondPool>("max_pool2d_grad_input 64×8×8", values, true),
        forward::<Mean>("avg_pool2d 64×8×8"),
        backward::<Mean>("avg_pool2d_grad_input 64×8×8", values, true),
    ]
}

/// On the outputs of the first convolution; the softmax on ten logits.
fn activations() -> Vec<Kernel> {
    const LEN: usize = 32 * 28 * 28;
    const SLOPE: f32 = 0.25;
    let elementwise = |name, work: fn(&[f32], &[f32], &mut [f32])| {
        let (x, dy, mut result) = (values(LEN), values(LEN + 1).split_off(1), values(LEN));
        kernel(name, move || work(black_box(&x), &dy, &mut result))
    };
    let (logits, mut probabilities) = (values(10), values(10));
    vec![
        elementwise("relu 25088", |x, _, y| activation::relu(x, y)),
        elementwise("relu_grad_input 25088", activation::relu_grad_input),
        elementwise("relu_grad_in_place 25088", |x, _, dx| activation::relu_grad_in_place(x, dx)),
        elementwise("add 25088", |x, _, y| add(x, y)),
        elementwise("add_and_rectify 25088", |x, _, y| add_and_rectify(x, y)),
        elementwise("rectifier in place 25088", |_, _, y| Rectifier::Slope(SLOPE).apply_in_place(32, y)),
        elementwise("leaky_relu 25088", |x, _, y| activation::leaky_relu(SLOPE, x, y)),
        elementwise("leaky_relu_grad_input 25088", |x, dy, dx| activation::leaky_relu_grad_input(SLOPE, x, dy, dx)),
        elementwise("leaky_relu_grad_slope 25088", |x, dy, _| {
            black_box(activation::leaky_relu_grad_slope(x, dy));
        }),
        elementwise("leaky_relu_backward 25088", |x, dy, dx| {
            black_box(activation::leaky_relu_backward(SLOPE, x, dy, dx));
        }),
        elementwise("sum_of 25088", |x, dy, _| {
            black_box(sum::sum_of(x, dy, |x, dy| x * dy));
        }),
        kernel("softmax 10", move || softmax::softmax([10, 1], black_box(&logits), &mut probabilities)),
    ]
}

/// On the outputs of the first convolution, for eight samples.
fn batch_norms() -> Vec<Kernel> {
    const CHANNELS: usize = 32;
    const POSITIONS: usize = 28 * 28;
    const LEN: usize = 8 * CHANNELS * POSITIONS;
    static MEAN: [f64; CHANNELS] = [0.25; CHANNELS];
    static ONES: [f32; CHANNELS] = [1.5; CHANNELS];
    const BY: Normalization<'static, f32> = Normalization {
        positions: POSITIONS,
        mean: &MEAN,
        inv_std: &ONES,
        gamma: &ONES,
        beta: &ONES,
        rectifies: false,
    };
    const RECTIFIED: Normalization<'static, f32> = Normalization { rectifies: true, ..BY };
    let over_batch = |name, work: fn(&[f32], &[f32], &mut [f32])| {
        let (x, dy, mut result) = (values(LEN), values(LEN + 1).split_off(1), values(LEN));
        kernel(name, move || work(black_box(&x), &dy, &mut result))
    };
    vec![
        over_batch("batch_norm moments 8×32×28×28", |x, _, _| {
            let (mut mean, mut second_moment) = (MEAN, MEAN);
            moments(POSITIONS, x, &mut mean, &mut second_moment);
            black_box((mean, second_moment));
        }),
        over_batch("batch_norm 8×32×28×28", |x, _, y| batch_norm(BY, x, y)),
        over_batch("batch_norm, rectified 8×32×28×28", |x, _, y| batch_norm(RECTIFIED, x, y)),
        over_batch("batch_norm_grad_parameters 8×32×28×28", |x, dy, _| {
            let (mut grad_gamma, mut grad_beta) = (MEAN, MEAN);
            batch_norm_grad_parameters(BY, x, dy, &mut grad_gamma, &mut grad_beta);
            black_box((grad_gamma, grad_beta));
        }),
        over_batch("batch_norm_grad_parameters, rectified 8×32×28×28", |x, dy, _| {
            let (mut grad_gamma, mut grad_beta) = (MEAN, MEAN);
            batch_norm_grad_parameters(RECTIFIED, x, dy, &mut grad_gamma, &mut grad_beta);
            black_box((grad_gamma, grad_beta));
        }),
        over_batch("batch_norm_grad_input 8×32×28×28", |x, dy, dx| {
            batch_norm_grad_input(BY, 8 * POSITIONS, [&MEAN, &MEAN], x, dy, dx);
        }),
        over_batch("batch_norm_grad_input, rectified 8×32×28×28", |x, dy, dx| {
            batch_norm_grad_input(RECTIFIED, 8 * POSITIONS, [&MEAN, &MEAN], x, dy, dx);
        }),
        over_batch("scale_and_shift 8×32×28×28", |x, _, y| scale_and_shift(POSITIONS, &ONES, &ONES, x, y)),
    ]
}

/// The hidden dense layer's three products, for eight samples.
fn denses() -> Vec<Kernel> {
    const INPUTS: usize = 1024;
    const OUTPUTS: usize = 128;
    let (x, w, b, mut y) = (values(8 * INPUTS), values(OUTPUTS * INPUTS), values(OUTPUTS), values(8 * OUTPUTS));
    let (w2, dy, mut dx) = (w.clone(), y.clone(), x.clone());
    let (x2, dy2, mut dw, mut db) = (x.clone(), y.clone(), w.clone(), b.clone());
    vec![
        kernel("dense 8, 1024 → 128", move || dense(INPUTS, black_box(&x), &w, &b, &mut y)),
        kernel("dense_grad_input 8, 1024 → 128", move || dense_grad_input(INPUTS, black_box(&w2), &dy, &mut dx)),
        kernel("add_dense_grad_parameters 8, 1024 → 128", move || {
            add_dense_grad_parameters(INPUTS, black_box(&x2), &dy2, &mut dw, &mut db);
        }),
    ]
}

/// The update of one parameter, a training step of the reference network on one thread, and a prediction.
fn wholes() -> Vec<Kernel> {
    const BATCH: usize = 32;
    let rule = SGD::new(0.01).nesterov(0.9).weight_decay(1e-4);
    let (mut parameter, gradient, mut velocity) = (values(131_072), values(131_072), values(131_072));

    let settings = Settings { batch_size: BATCH, threads: Some(1), ..Settings::default() };
    let mut trainer =
        Trainer::new(DigitNet::new(1), CrossEntropy::new(), rule, settings).expect("the settings are good");
    let (inputs, labels) = digits(BATCH);
    let order: Vec<u32> = (0..BATCH as u32).collect();

    let (network, (image, _)) = (DigitNet::new(1), digits(1));
    let (mut logits, mut workspace) = (zeros(1), DigitNet::workspace::<1>());
    let (eight, (images, _)) = (DigitNet::new(1), digits(8));
    let (mut eight_logits, mut eight_workspace) = (zeros(8), DigitNet::workspace::<8>());
    let weight = Parameter { layer: LayerPath::FIRST, name: "weight", dims: &[131_072], role: Role::Constant(0.0) };
    let update = Update { parameter: weight, lr: 0.01, step: 1 };
    vec![
        kernel("sgd update 131072", move || {
            rule.update(&update, &mut parameter, black_box(&gradient), &mut [&mut velocity]);
        }),
        kernel("training step of the reference network, batch 32", move || {
            black_box(trainer.step(&Pairs::new(&inputs, &labels), &order));
        }),
        kernel("prediction of the reference network, batch 1", move || {
            network.predict::<1>(black_box(&image), &mut logits, &mut workspace);
        }),
        kernel("prediction of the reference network, batch 8", move || {
            eight.predict::<8>(black_box(&images), &mut eight_logits, &mut eight_workspace);
        }),
    ]
}
