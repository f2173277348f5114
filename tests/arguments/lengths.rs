//! Slices whose lengths do not match: each of these calls is refused before anything is written.

use shapeproof::kernel::activation::*;
use shapeproof::kernel::add::{add, add_and_rectify};
use shapeproof::kernel::batch_norm::*;
use shapeproof::kernel::conv2d::im2col_gemm;
use shapeproof::kernel::dense::{add_dense_grad_parameters, dense, dense_grad_input};
use shapeproof::kernel::gate::*;
use shapeproof::kernel::gemm::nt::add_gemm_nt;
use shapeproof::kernel::gemm::{Write, gemm};
use shapeproof::kernel::global_pool2d::*;
use shapeproof::kernel::group_norm::group_norm;
use shapeproof::kernel::matrix::Matrix;
use shapeproof::kernel::maxout::*;
use shapeproof::kernel::moments::{merge_moments, moments};
use shapeproof::kernel::rectifier::Rectifier;
use shapeproof::kernel::softmax::*;
use shapeproof::kernel::sparse::Pattern;
use shapeproof::kernel::sum::{sum_of, sums_of_deviations};
use shapeproof::kernel::upsample2d::*;
use shapeproof::shape::{Dims, Geometry, Window};

use crate::values::{Guarded, are_words, outcome};

const X: [f32; 12] = [1.0; 12];
/// Twice this is 2, where sizes wrap around.
const HUGE: usize = usize::MAX / 2 + 2;
/// The square of this wraps around to 0.
const HALF: usize = 1 << (usize::BITS / 2);

/// Checks that every `call` panics with a message, and writes none of twelve numbers.
fn refused<const N: usize>(calls: [fn(&mut [f32]); N]) {
    for (i, call) in calls.into_iter().enumerate() {
        let mut numbers = Guarded::new(12);
        let words = outcome(|| call(numbers.numbers())).expect_err(&format!("call {i}"));
        assert!(are_words(&words), "call {i}: {words}");
        numbers.check(true).unwrap_or_else(|_| panic!("call {i} has written, then said: {words}"));
    }
}

#[test]
fn matrices() {
    refused([
        |_| _ = Matrix::new(&X, HUGE, 2),
        |_| _ = Matrix::new(&X[..2], HUGE, 2),
        |_| _ = Matrix::new(&X[..0], HALF, HALF),
        |_| _ = Matrix::strided(&X, HUGE, 2, 2),
        |_| _ = Matrix::strided(&X, 2, 3, usize::MAX),
        |_| _ = Matrix::strided(&X, 2, 3, 2),
        |_| Pattern::with_capacity(2, 12).find(Matrix::new(&X, 3, 4)),
        |_| Pattern::with_capacity(3, 11).find(Matrix::new(&X, 3, 4)),
        |_| Pattern::with_capacity(3, 12).find(Matrix::new(&X, 3, 4).transposed()),
        |_| _ = Pattern::with_capacity(3, HUGE),
        |_| Pattern::with_capacity(4, 12).transpose(&Pattern::with_capacity(3, 12), 3, 4),
        |c| {
            // Two rows of three would suffice; with twelve numbers, rows of the previous, larger matrix would be reused.
            let (mut pattern, s) = (Pattern::with_capacity(4, 12), Matrix::new(&X[..4], 2, 2));
            pattern.find(Matrix::new(&X, 4, 3));
            pattern.find(s);
            pattern.multiply(s, Matrix::new(&X[..6], 2, 3), Write::Overwrite, c);
        },
    ]);
}

/// One channel of 3×4, one filter of 2×2: an output of 2×3, and columns of 4×6.
#[test]
fn textbook_convolutions() {
    const G: Geometry =
        Geometry { input: Dims::new(1, 3, 4), output: Dims::new(2, 2, 3), window: Window::new([2, 2], [1, 1], [0, 0]) };
    const C: [f32; 24] = [0.0; 24];
    const WRONG: Geometry = Geometry { output: Dims::new(2, 3, 2), ..G };
    refused([
        |y| im2col_gemm::conv2d(&WRONG, &X, &X[..8], Write::Bias(&X[..2]), &mut { C }, y, gemm),
        |y| im2col_gemm::conv2d(&G, &X[1..], &X[..8], Write::Bias(&X[..2]), &mut { C }, y, gemm),
        |y| im2col_gemm::conv2d(&G, &X, &X[..7], Write::Bias(&X[..2]), &mut { C }, y, gemm),
        |y| im2col_gemm::conv2d(&G, &X, &X[..8], Write::Bias(&X[..3]), &mut { C }, y, gemm),
        |y| im2col_gemm::conv2d(&G, &X, &X[..8], Write::Bias(&X[..2]), &mut { C }[1..], y, gemm),
        |y| im2col_gemm::conv2d(&G, &X, &X[..8], Write::Bias(&X[..2]), &mut { C }, &mut y[1..], gemm),
        |dx| im2col_gemm::conv2d_grad_input(&WRONG, &X[..8], &X, Write::Overwrite, &mut { C }, dx, gemm),
        |dx| im2col_gemm::conv2d_grad_input(&G, &X[..9], &X, Write::Overwrite, &mut { C }, dx, gemm),
        |dx| im2col_gemm::conv2d_grad_input(&G, &X[..8], &X[1..], Write::Overwrite, &mut { C }, dx, gemm),
        |dx| im2col_gemm::conv2d_grad_input(&G, &X[..8], &X, Write::Overwrite, &mut { C }[1..], dx, gemm),
        |dx| im2col_gemm::conv2d_grad_input(&G, &X[..8], &X, Write::Overwrite, &mut { C }, &mut dx[1..], gemm),
        |dx| im2col_gemm::conv2d_grad_input(&G, &X[..8], &X, Write::Bias(&X[..2]), &mut { C }, dx, gemm),
        |dw| im2col_gemm::add_conv2d_grad_weight(&WRONG, &X, &X, &mut { C }, &mut dw[..8], add_gemm_nt),
        |dw| im2col_gemm::add_conv2d_grad_weight(&G, &X[1..], &X, &mut { C }, &mut dw[..8], add_gemm_nt),
        |dw| im2col_gemm::add_conv2d_grad_weight(&G, &X, &X[1..], &mut { C }, &mut dw[..8], add_gemm_nt),
        |dw| im2col_gemm::add_conv2d_grad_weight(&G, &X, &X, &mut { C }[1..], &mut dw[..8], add_gemm_nt),
        |dw| im2col_gemm::add_conv2d_grad_weight(&G, &X, &X, &mut { C }, &mut dw[..9], add_gemm_nt),
    ]);
    let mut y = [0.0; 12];
    im2col_gemm::conv2d(&G, &X, &X[..8], Write::Bias(&X[..2]), &mut { C }, &mut y, gemm);
    assert_eq!(y, [5.0; 12]);
}

#[test]
fn activations() {
    refused([
        |y| relu(&X[1..], y),
        |dx| relu_grad_input(&X, &X[1..], dx),
        |dx| relu_grad_in_place(&X[1..], dx),
        |y| leaky_relu(0.1, &X[1..], y),
        |dx| leaky_relu_grad_input(0.1, &X[1..], &X, dx),
        |dx| _ = leaky_relu_backward(0.1, &X, &X[1..], dx),
        |_| _ = leaky_relu_grad_slope(&X, &X[1..]),
        |y| softmax([0, 3], &X, y),
        |y| softmax([3, 0], &X, y),
        |y| softmax([5, 1], &X, y),
        |y| softmax([2, 12], &X, y),
        |y| softmax([HALF, HALF], &X, y),
        |y| softmax([2, 3], &X[2..], y),
        |dx| softmax_grad_input([0, 3], &X, &X, dx),
        |dx| softmax_grad_input([5, 1], &X, &X, dx),
        |y| log_softmax([5, 1], &X, y),
        |dx| log_softmax_grad_input([5, 1], &X, &X, dx),
        |y| add(&X[1..], y),
        |y| add_and_rectify(&X[1..], y),
        |_| _ = sum_of(&X, &X[1..], |a, b| a * b),
        |_| _ = sums_of_deviations((&X, 1.0), (&X[1..], 1.0)),
    ]);
}

#[test]
fn maps() {
    let input = Dims::new(1, 1, 3);
    refused([
        |y| global_avg_pool2d(2, &X, y),
        |y| global_avg_pool2d(0, &X, y),
        |y| global_avg_pool2d(HUGE, &X[..2], y),
        |dx| global_avg_pool2d_grad_input(5, &X[..3], dx),
        |y| global_max_pool2d(2, &X, y, None),
        |y| global_max_pool2d(1, &X, y, Some(&mut [0; 11])),
        |dx| global_max_pool2d_grad_input(4, &[0; 2], &X[..3], dx),
        |y| maxout(1, 2, &X, y, None),
        |y| maxout(5, 1, &X, y, None),
        |y| maxout(0, 1, &X, y, None),
        |y| maxout(1, 1, &X, y, Some(&mut [0; 11])),
        |dx| maxout_grad_input(2, 3, &[0; 3], &X[..4], dx),
        |y| gate(2, &X[..5], &X, y),
        |y| gate(0, &X, &X, y),
        |y| gate(2, &X[..6], &X[1..], y),
        |dx| add_gate_grad_input(2, &X[..5], &X, dx),
        |dg| gate_grad_factors(2, &X, &X, dg),
        |y| group_norm([2, 2], 0.1, &X, [&X[..3], &X[..3]], y, None),
        |y| group_norm([2, 1], 0.1, &X, [&X[..3], &X[..2]], y, None),
        |y| group_norm([3, 1], 0.1, &X, [&X[..3], &X[..3]], y, None),
        |y| group_norm([0, 1], 0.1, &X, [&X[..3], &X[..3]], y, None),
    ]);
    refused([
        |y| nearest2d(Dims::new(1, 1, 3), [2, 0], &X[..3], y),
        |y| bilinear2d(Dims::new(1, 1, 3), [2, 3], &X[..3], y),
    ]);
    let mut y = [0.0; 12];
    nearest2d(input, [2, 2], &X[..3], &mut y);
    assert_eq!(y, X);
}

#[test]
fn rectifiers() {
    refused([
        |y| Rectifier::Learned(&X[..3]).apply(3, &X[..9], y),
        |y| Rectifier::Learned(&X[..3]).apply(4, &X, y),
        |y| Rectifier::Learned(&X[..5]).apply(5, &X, y),
        |y| Rectifier::Learned(&[]).apply(0, &X, y),
        |y| Rectifier::Learned(&X[..5]).apply_in_place(5, y),
        |y| Rectifier::Learned(&[]).apply_in_place(0, y),
        |dx| Rectifier::Learned(&X[..3]).backward(3, &X, &X[3..], Some(dx), &mut [0.0; 3]),
        |dx| Rectifier::Learned(&X[..3]).backward(3, &X[3..], &X[3..], Some(dx), &mut [0.0; 3]),
        |grad| Rectifier::Learned(&X[..3]).backward(3, &X, &X, None, &mut grad[..2]),
        |grad| Rectifier::Learned(&X[..3]).backward(3, &X, &X[3..], None, &mut grad[..3]),
    ]);
    Rectifier::Learned(&X[..3]).apply(3, &[], &mut []); // which is nothing to do
}

#[test]
fn batch_norms() {
    const BY: Normalization<'_, f32> = Normalization {
        positions: 2,
        mean: &[0.0; 3],
        inv_std: &[1.0; 3],
        gamma: &[1.0; 3],
        beta: &[1.0; 3],
        rectifies: false,
    };
    refused([
        |y| batch_norm(BY, &X[2..], y),
        |y| batch_norm(Normalization { beta: &[1.0; 2], rectifies: true, ..BY }, &X, y),
        |y| batch_norm(Normalization { inv_std: &[1.0; 2], ..BY }, &X, y),
        |y| batch_norm(Normalization { gamma: &[1.0; 2], ..BY }, &X, y),
        |y| batch_norm(Normalization { positions: 3, ..BY }, &X, y),
        |y| batch_norm(Normalization { positions: 0, ..BY }, &X, y),
        |y| {
            let [inv_std, gamma, beta] = [&[1.0; 2]; 3].map(<[f32; 2]>::as_slice);
            let by = Normalization { positions: HUGE, mean: &[0.0; 2], inv_std, gamma, beta, rectifies: true };
            batch_norm(by, &X, y);
        },
        |_| batch_norm_grad_parameters(BY, &X, &X, &mut [0.0; 2], &mut [0.0; 3]),
        |_| batch_norm_grad_parameters(BY, &X, &X[6..], &mut [0.0; 3], &mut [0.0; 3]),
        |_| {
            let by = Normalization { rectifies: true, ..BY };
            batch_norm_grad_parameters(by, &X, &X[6..], &mut [0.0; 3], &mut [0.0; 3]);
        },
        |dx| batch_norm_grad_input(BY, 4, [&[0.0; 2], &[0.0; 3]], &X, &X, dx),
        |dx| batch_norm_grad_input(BY, 4, [&[0.0; 3], &[0.0; 3]], &X, &X[6..], dx),
        |y| scale_and_shift(2, &X[..3], &X[..2], &X, y),
        |y| scale_and_shift(5, &X[..3], &X[..3], &X, y),
        |y| scale_and_shift(0, &X[..3], &X[..3], &X, y),
        |y| scale_and_shift(HUGE, &X[..2], &X[..2], &X, y),
        |_| moments(HUGE, &X, &mut [0.0; 2], &mut [0.0; 2]),
        |_| moments(0, &X, &mut [0.0; 2], &mut [0.0; 2]),
        |_| moments(5, &X, &mut [0.0; 2], &mut [0.0; 2]),
        |_| moments(2, &X, &mut [0.0; 3], &mut [0.0; 2]),
        |_| merge_moments([&mut [0.0; 3], &mut [0.0; 3]], 1, [&[0.0; 3], &[0.0; 2]], 1),
    ]);
    let mut mean = [f64::NAN; 2];
    merge_moments([&mut mean, &mut [0.0; 2]], usize::MAX, [&[0.0; 2], &[0.0; 2]], usize::MAX);
    assert!(mean.iter().all(|mean| mean.is_nan()));
    moments(3, &[0f32; 0], &mut mean, &mut [1.0; 2]);
    assert_eq!(mean, [0.0; 2]);
}

#[test]
fn denses() {
    refused([
        |y| dense(0, &X, &X, &X[..3], y),
        |y| dense(5, &X, &X, &X[..3], y),
        |y| dense(4, &X, &X, &X[..3], y), // three samples of three outputs are nine numbers
        |y| dense(3, &X, &X, &X[..3], y),
        |y| dense(4, &X, &X, &X[..4], y),
        |y| dense(4, &X, &X, &[], y),
        |y| dense(4, &X, &X, &X[..2], &mut y[..9]),
        |dx| dense_grad_input(0, &X, &X, dx),
        |dx| dense_grad_input(5, &X[..10], &X, dx),
        |dx| dense_grad_input(4, &X, &X, dx),
        |dx| dense_grad_input(4, &X[..10], &X[..6], dx),
        |grad| add_dense_grad_parameters(0, &X, &X, grad, &mut [0.0; 3]),
        |grad| add_dense_grad_parameters(4, &X, &X[..9], grad, &mut [0.0; 2]),
        |grad| add_dense_grad_parameters(4, &X, &X[..6], grad, &mut [0.0; 2]),
        |grad| add_dense_grad_parameters(4, &X, &X[..9], &mut grad[..8], &mut [0.0; 3]),
    ]);
    let mut y = [0.0; 9];
    dense(4, &X, &X, &X[..3], &mut y);
    assert_eq!(y, [5.0; 9]);
    dense(4, &X, &X, &[], &mut y);
    assert_eq!(y, [4.0; 9]);
    dense(4, &[], &X, &X[..3], &mut []);
    dense_grad_input(4, &X, &[], &mut []);
}
