//! Solutions of the exercises of the chapters on layers.

use shapeproof::kernel::naive;
use shapeproof::layer::{BatchNorm, Conv2D, Dense, Dropout, Layer, PReLU, RngKey, Tape};
use shapeproof::network::{Chain, Network};
use shapeproof::shape::{Dims, Geometry, Window};
use shapeproof::tensor::{Tensor, Vector, zeros};

/// All weights are 0 but the one left of the center: each output is the pixel left of its own. The padding of 1 keeps the size, and
/// its zeros are what comes in.
#[test]
fn a_filter_moves_an_image() {
    shapeproof::network! { type Move = [1, 3, 4] => Conv2D(filters = 1, kernel = 3, padding = 1) }
    let mut filter = Move::zeros();
    filter.weight[0][0][1][0] = 1.0;
    let mut output = [Tensor([[[f32::NAN; 4]; 3]])];
    let image = Tensor([[[1., 2., 3., 4.], [5., 6., 7., 8.], [9., 10., 11., 12.]]]);
    filter.predict::<1>(&[image], &mut output, &mut Move::workspace::<1>());
    assert_eq!(output[0], Tensor([[[0., 1., 2., 3.], [0., 5., 6., 7.], [0., 9., 10., 11.]]]));
}

/// Four windows: a pixel at the corner is in one, at the edge in two, and in the middle in all.
#[test]
fn a_gradient_of_ones_counts_the_windows() {
    let window = Window::new([3, 3], [1, 1], [0, 0]);
    let geometry = Geometry { input: Dims::new(1, 4, 4), output: Dims::new(1, 2, 2), window };
    let mut grad_input = [f32::NAN; 16];
    naive::conv2d_grad_input(&geometry, 1, &[1.0; 9], &[1.0; 4], &mut grad_input);
    assert_eq!(grad_input, [1., 2., 2., 1., 2., 4., 4., 2., 2., 4., 4., 2., 1., 2., 2., 1.]);
}

/// With slope 1. The weights of both together are the product of the matrices: `W₂·(W₁·x + b₁) + b₂ = (W₂·W₁)·x + (W₂·b₁ + b₂)`.
#[test]
fn two_dense_layers_without_a_bend_are_one() {
    type Deep = Chain<Dense<3, 4, f64>, Chain<PReLU<4, 1, 1, 1, f64>, Dense<4, 2, f64>>>;
    let mut deep = Deep::new(1);
    (deep.0.bias, deep.1.0.weight) = ([0.5, -1.0, 2.0, 0.25], [1.0]);

    let mut one = Dense::<3, 2, f64>::zeros();
    let (first, second) = (&deep.0, &deep.1.1);
    for o in 0..2 {
        for h in 0..4 {
            one.bias[o] += second.weight[o][h] * first.bias[h];
            for i in 0..3 {
                one.weight[o][i] += second.weight[o][h] * first.weight[h][i];
            }
        }
    }

    let input = [[1.0, -2.0, 3.0], [-0.5, 0.25, 4.0]].map(Vector::from);
    let (mut expected, mut output) = ([Vector::from([f64::NAN; 2]); 2], [Vector::from([f64::NAN; 2]); 2]);
    deep.predict::<2>(&input, &mut expected, &mut Deep::workspace::<2>());
    one.predict::<2>(&input, &mut output, &mut ());
    for (y, expected) in output.iter().zip(&expected) {
        assert!(y.as_slice().iter().zip(expected.as_slice()).all(|(a, b)| (a - b).abs() < 1e-12), "{y:?} {expected:?}");
    }
}

/// Each number is in one window, and has a quarter of a part in its mean: 4 / 4 = 1.
#[test]
fn an_average_shares_its_gradient() {
    shapeproof::network! { type Pool = [1, 4, 4] => AvgPool2D(window = 2) }
    let matrix = [Tensor([[[1., 3., 2., 4.], [5., 6., 7., 8.], [9., 10., 11., 12.], [13., 14., 15., 16.]]])];
    let (mut output, mut grad_input) = ([Tensor([[[f32::NAN; 2]; 2]])], [Tensor([[[f32::NAN; 4]; 4]])]);
    Pool::zeros().forward_pass(&matrix, &mut output, &mut ());
    assert_eq!(output, [Tensor([[[3.75, 5.25], [11.5, 13.5]]])]);
    Pool::zeros().backward_pass(
        &matrix,
        &mut (),
        &[Tensor([[[4.0; 2]; 2]])],
        Some(&mut grad_input),
        &mut Pool::zeros(),
    );
    assert_eq!(grad_input, [Tensor([[[1.0; 4]; 4]])]);
}

/// 29 = 1·16 + 3·4 + 1: map 1, row 3, column 1.
#[test]
fn number_29_was_in_map_1() {
    shapeproof::network! { type Flat = [3, 4, 4] => Flatten }
    let (mut maps, mut list) = ([Tensor([[[0.0; 4]; 4]; 3])], [Vector::from([0.0; 48])]);
    maps[0][[1, 3, 1]] = 1.0;
    Flat::zeros().predict::<1>(&maps, &mut list, &mut ());
    assert_eq!(list[0].as_slice().iter().position(|&x| x == 1.0), Some(29));
}

/// Of an image of one pixel, with a channel for each input: the kernel is 1×1, and the weights are the same numbers.
#[test]
fn a_dense_layer_is_a_convolution_of_one_pixel() {
    type Convolution = Conv2D<5, 1, 1, 3, 1, 1, 1, 1>;
    let (dense, mut convolution) = (Dense::<5, 3>::new(1), Convolution::zeros());
    for (filter, row) in convolution.weight.iter_mut().zip(&dense.weight) {
        *filter = row.map(|w| [[w]]);
    }
    convolution.bias = dense.bias;

    let input = [[1.0, -2.0, 3.0, 0.5, 0.0], [0.0, 1.0, -1.0, 2.0, 4.0]].map(Vector::from);
    let (mut expected, mut output) = (zeros(2), zeros(2));
    dense.predict::<2>(&input, &mut expected, &mut ());
    convolution.predict::<2>(&input, &mut output, &mut Convolution::workspace::<2>());
    for (y, expected) in output.iter().zip(&expected) {
        assert!(y.as_slice().iter().zip(expected.as_slice()).all(|(a, b)| (a - b).abs() < 1e-5), "{y:?} {expected:?}");
    }
}

/// The factor of a channel goes into the weights of its filter, and the shift into its bias.
#[test]
fn a_normalization_is_folded_into_its_convolution() {
    type Convolution = Conv2D<2, 4, 5, 3, 2, 3, 3, 3, 1, 1, 0, 0, f64>;
    type Norm = BatchNorm<3, 2, 3, { 1e-5f64.to_bits() }, { 0.1f64.to_bits() }, f64>;
    type Both = Chain<Convolution, Norm>;
    let mut both = Both::new(1);
    both.0.bias = [0.5, -0.25, 1.0];
    (both.1.gamma, both.1.beta) = ([2.0, -1.0, 0.5], [0.0, 1.0, -3.0]);
    (both.1.running_mean, both.1.running_var) = ([0.5, 1.5, -2.0], [4.0, 0.25, 9.0]);

    let mut folded = Convolution::zeros();
    for o in 0..3 {
        let factor = both.1.gamma[o] / (both.1.running_var[o] + 1e-5).sqrt();
        folded.bias[o] = (both.0.bias[o] - both.1.running_mean[o]) * factor + both.1.beta[o];
        folded.weight[o] = both.0.weight[o].map(|channel| channel.map(|row| row.map(|w| w * factor)));
    }

    let image = [Tensor(std::array::from_fn(|c| {
        std::array::from_fn(|y| std::array::from_fn(|x| ((7 * c + 5 * y + 3 * x) % 11) as f64 - 5.0))
    }))];
    let (mut expected, mut output) = (zeros(1), zeros(1));
    both.predict::<1>(&image, &mut expected, &mut Both::workspace::<1>());
    folded.predict::<1>(&image, &mut output, &mut Convolution::workspace::<1>());
    for (a, b) in output[0].as_slice().iter().zip(expected[0].as_slice()) {
        assert!((a - b).abs() < 1e-12, "{a} {b}");
    }
}

/// A number is left if both keep it, ½ · ½ of them, and it is doubled twice. So the mean stays what it was.
#[test]
fn two_dropouts_keep_a_quarter() {
    type Half = Dropout<4000, 1, 1, 50, f64>;
    type Both = Chain<Half, Half>;
    let (input, mut output) = (vec![Vector::from([1.0; 4000])], zeros(1));
    let mut tape = <Both as shapeproof::layer::Module>::tape(1);
    tape.set_rng_key(RngKey::new(1, 1, 0));
    Both::zeros().forward_pass(&input, &mut output, &mut tape);
    let kept = output[0].as_slice().iter().filter(|&&y| y == 4.0).count();
    assert!((900..1100).contains(&kept), "{kept} of 4000");
    assert_eq!(output[0].as_slice().iter().filter(|&&y| y == 0.0).count(), 4000 - kept);
    assert_eq!(<Half as Layer>::KIND, "Dropout");
}
