//! In inference a convolution computes the batch normalization, the rectifier and the max pooling after it, without a change of the
//! results: not a bit differs from one layer after the other, for any number of samples.

use shapeproof::layer::{Conv2D, Follows, MaxPool2D, Module};
use shapeproof::network::Network;
use shapeproof::shape::Shape;
use shapeproof::tensor::{flat, flat_mut, zeros};

shapeproof::network! {
    type Pooled = [1, 28, 28] =>
        Conv2D(filters = 32, kernel = 3, padding = 1), PReLU, MaxPool2D(window = 2),
        Conv2D(filters = 64, kernel = 3, stride = 2, padding = 2), ReLU, MaxPool2D(window = 2),
        Flatten, Dense(units = 10),
}
shapeproof::network! {
    type Normalized = [3, 13, 11] =>
        conv1: Conv2D(filters = 16, kernel = 3, padding = 1, bias = false), norm1: BatchNorm, relu1: ReLU,
        pool1: MaxPool2D(window = [2, 3]),
        conv2: Conv2D(filters = 48, kernel = 3, padding = 1), norm2: BatchNorm, prelu2: PReLU,
        depthwise: Conv2D(filters = 48, kernel = 3, padding = 1, groups = 48), norm3: BatchNorm, relu3: ReLU,
        conv4: Conv2D(filters = 5, kernel = 1), norm4: BatchNorm,
}
shapeproof::network! {
    type Residuals = [16, 16, 16] =>
        Residual(
            Conv2D(filters = 16, kernel = 3, padding = 1), BatchNorm, ReLU,
            Conv2D(filters = 16, kernel = 3, padding = 1), BatchNorm,
        ),
        ReLU,
        Conv2D(filters = 32, kernel = 3, stride = 2, padding = 1), MaxPool2D(window = 2),
        LeakyReLU, Conv2D(filters = 32, kernel = 3), LeakyReLU(negative_slope = -0.5), MaxPool2D(window = 2),
}
shapeproof::network! {
    /// Rows of whole vectors and others, channels that are a power of two apart, more of them than are copied at a time.
    type Separable = [16, 32, 32] =>
        Conv2D(filters = 32, kernel = 1), BatchNorm, ReLU,
        Conv2D(filters = 32, kernel = 3, padding = 1, stride = 2, groups = 32), BatchNorm, PReLU(per_channel = true),
        Conv2D(filters = 144, kernel = 1), BatchNorm, LeakyReLU,
        Conv2D(filters = 144, kernel = 3, padding = 1, groups = 144), ReLU,
        Conv2D(filters = 18, kernel = 1), PReLU,
        Conv2D(filters = 36, kernel = 3, stride = 2, groups = 18), BatchNorm, LeakyReLU(negative_slope = -0.5),
}
shapeproof::network! {
    /// Nothing follows that a convolution computes: a padded pooling, one whose windows overlap, a second rectifier.
    type Others = [2, 12, 12] =>
        Conv2D(filters = 16, kernel = 3), MaxPool2D(window = 3, stride = 1, padding = 1),
        Conv2D(filters = 16, kernel = 3), ReLU, PReLU(per_channel = true), MaxPool2D(window = 3, stride = 2),
        Conv2D(filters = 16, kernel = 3, padding = 1), Tanh,
}

/// Predicts one sample, five and twenty, and compares with the output of the last layer, one layer after the other.
fn agrees<N: Module<Scalar = f32>>(network: &mut N) {
    // Slopes, factors and statistics of either sign, but for the variance.
    let mut state = 1_u32;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 16_777_216.0
    };
    N::visit([], [network], &mut |parameter, [], [numbers]| {
        let least = if parameter.name == "running_var" { 0.5 } else { -0.5 };
        numbers.iter_mut().for_each(|number| *number = least + random());
    });
    let mut inputs = zeros::<N::Input>(20);
    flat_mut(&mut inputs).iter_mut().for_each(|pixel| *pixel = random());
    let mut last = Vec::new();
    let (mut workspace, mut output) = (N::workspace::<1>(), zeros::<N::Output>(1));
    for input in &inputs {
        network.infer_each(input, &mut output[0], &mut workspace, &mut |_, _| {});
        last.extend_from_slice(flat(&output));
    }
    let bits = |numbers: &[f32]| numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
    let compare = |samples: usize, predicted: &[f32]| {
        assert_eq!(bits(predicted), bits(&last[..predicted.len()]), "{samples} samples");
    };
    let mut outputs = zeros::<N::Output>(20);
    network.predict::<1>(&inputs[..1], &mut outputs[..1], &mut N::workspace::<1>());
    compare(1, flat(&outputs[..1]));
    network.predict::<7>(&inputs[..5], &mut outputs[..5], &mut N::workspace::<7>());
    compare(5, flat(&outputs[..5]));
    network.predict::<20>(&inputs, &mut outputs, &mut N::workspace::<20>());
    compare(20, flat(&outputs));
    assert_eq!(last.len(), 20 * N::Output::DIMS.len());
}

#[test]
fn nobody_notices() {
    agrees(&mut *Pooled::new(1));
    agrees(&mut *Normalized::new(2));
    agrees(&mut *Residuals::new(3));
    agrees(&mut *Others::new(4));
    agrees(&mut *Separable::new(5));
}

#[test]
fn they_are_computed_with_the_convolution() {
    type Conv = Conv2D<1, 28, 28, 32, 28, 28, 3, 3, 1, 1, 1, 1>;
    type Side = MaxPool2D<32, 28, 28, 14, 14, 2, 2, 2, 2>;
    type Overlapping = MaxPool2D<32, 28, 28, 13, 13, 3, 3, 2, 2>;
    const { assert!(matches!(Conv::FUSES.epilogue, Some(pools) if pools.rows >= 2 && pools.samples == 1)) };
    const { assert!(matches!(Side::FOLLOWS, Follows::MaxPool([2, 2])) && matches!(Overlapping::FOLLOWS, Follows::Other)) };
}
