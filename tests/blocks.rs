//! Networks with residual blocks: the types that `network!` writes, the names inside, and the shapes and gradients.

use std::collections::BTreeSet;

use shapeproof::gradient::{check_gradients, random_batch};
use shapeproof::layer::{AvgPool2D, BatchNorm, Conv2D, Dense, Dropout, Module, ReLU, Residual, RngKey, Tape};
use shapeproof::network;
use shapeproof::network::{Chain, Network};
use shapeproof::tensor::{Tensor, Vector, zeros};

const FILTERS: usize = 4;

network! {
    /// Blocks of one layer and of several, with a shortcut and without, one inside another; trailing commas or none.
    type Written = [2, 6, 9] =>
        Residual(ReLU),
        Residual(
            Conv2D(filters = 3, kernel = 3, padding = 1,), BatchNorm,
            Residual(Dropout(percent = 20), Conv2D(filters = 3, kernel = [1, 3], padding = [0, 1])),
            Conv2D(filters = FILTERS, kernel = 2, stride = 2),
            shortcut = (AvgPool2D(window = 2), Conv2D(filters = FILTERS, kernel = 1),),
        ),
        AvgPool2D(window = [3, 4]),
        Dense(units = 3),
}

type Body = Chain<
    Conv2D<2, 6, 9, 3, 6, 9, 3, 3, 1, 1, 1, 1>,
    Chain<
        BatchNorm<3, 6, 9>,
        Chain<
            Residual<Chain<Dropout<3, 6, 9, 20>, Conv2D<3, 6, 9, 3, 6, 9, 1, 3, 1, 1, 0, 1>>>,
            Conv2D<3, 6, 9, 4, 3, 4, 2, 2, 2, 2>,
        >,
    >,
>;
type Shortcut = Chain<AvgPool2D<2, 6, 9, 3, 4, 2, 2, 2, 2>, Conv2D<2, 3, 4, 4, 3, 4, 1, 1>>;
type ByHand = Chain<
    Residual<ReLU<2, 6, 9>>,
    Chain<Residual<Body, Shortcut>, Chain<AvgPool2D<4, 3, 4, 1, 1, 3, 4, 3, 4>, Dense<4, 3>>>,
>;

#[test]
fn written_and_by_hand_are_one_type() {
    let network: Box<ByHand> = Written::new(1);
    const _: () = shapeproof::network::verify::<ByHand>();
    let (image, mut logits) = ([Tensor([[[0.5; 9]; 6]; 2])], [Vector::from([f32::NAN; 3])]);
    network.predict::<1>(&image, &mut logits, &mut ByHand::workspace::<1>());
    assert!(logits[0].as_slice().iter().all(|logit| logit.is_finite()));
    assert_eq!(Written::LAYERS, 4);
    assert_eq!(size_of::<Written>(), 4 * (Written::parameters() + 2 * 3), "parameters and running statistics");
}

#[test]
fn a_shape_error_is_found_inside_a_type_by_hand() {
    type Wrong = Chain<ReLU<3, 1, 1>, Residual<Chain<ReLU<3, 1, 1>, Dropout<3, 1, 1, 100>>, Dense<3, 3>>>;
    let sentence = Wrong::SHAPE_ERROR.map(|shape_error| shape_error.sentence().as_str().to_string());
    assert_eq!(sentence.as_deref(), Some("layer 1.body.1: Dropout drops 100 percent; it must be below 100"));
    assert!(Written::SHAPE_ERROR.is_none());
}

#[test]
fn parameters_are_named_by_their_way() {
    let mut names = Vec::new();
    Written::visit([], [], &mut |parameter, [], []| names.push(parameter.to_string()));
    assert_eq!(
        names,
        [
            "1.body.0.weight",
            "1.body.0.bias",
            "1.body.1.weight",
            "1.body.1.bias",
            "1.body.1.running_mean",
            "1.body.1.running_var",
            "1.body.2.body.1.weight",
            "1.body.2.body.1.bias",
            "1.body.3.weight",
            "1.body.3.bias",
            "1.shortcut.1.weight",
            "1.shortcut.1.bias",
            "3.weight",
            "3.bias"
        ]
    );
}

#[test]
fn a_summary_shows_what_is_inside() {
    let summary = Written::summary().to_string();
    let expected = "
  #  layer                                            output parameters     MFLOP
────────────────────────────────────────────────────────────────────────────────
     input                                             2×6×9
  0  Residual x + body                                 2×6×9          0     0.000
       body.0  ReLU                                    2×6×9          0     0.000
  1  Residual shortcut + body                          4×3×4          0     0.000
       body.0  Conv2D 3×3, padding 1×1                 3×6×9         57     0.006
       body.1  BatchNorm eps 1e-5, momentum 0.1        3×6×9          6     0.000
       body.2  Residual x + body                       3×6×9          0     0.000
         body.0  Dropout 20 %                          3×6×9          0     0.000
         body.1  Conv2D 1×3, padding 0×1               3×6×9         30     0.003
       body.3  Conv2D 2×2, stride 2×2                  4×3×4         52     0.001
       shortcut.0  AvgPool2D 2×2                       2×3×4          0     0.000
       shortcut.1  Conv2D 1×1                          4×3×4         12     0.000
  2  AvgPool2D 3×4                                         4          0     0.000
  3  Dense                                                 3         15     0.000
────────────────────────────────────────────────────────────────────────────────
     total                                                          172     0.011";
    assert_eq!(summary, expected.trim_start_matches('\n'));
}

#[test]
fn every_weight_inside_starts_with_numbers_of_its_own() {
    network! {
        type Alike = [3, 1, 1] =>
            Dense(units = 3),
            Residual(Dense(units = 3), Residual(Dense(units = 3)), shortcut = (Dense(units = 3))),
            Residual(Dense(units = 3)),
    }
    let (network, mut firsts) = (Alike::new(1), BTreeSet::new());
    Alike::visit([&*network], [], &mut |parameter, [numbers], []| {
        if parameter.name == "weight" {
            firsts.insert(numbers[0].to_bits());
        }
    });
    assert_eq!(firsts.len(), 5);
}

#[test]
fn every_dropout_inside_drops_numbers_of_its_own() {
    type Drop = Dropout<16, 8, 8>;
    type Net = Chain<Residual<Drop, Drop>, Residual<Residual<Drop>, Drop>>;
    let ones = [Tensor([[[1.0; 8]; 8]; 16])];
    let run = |key| {
        let (network, mut tape) = (Net::zeros(), Net::tape(1));
        let mut output = zeros::<Tensor<16, 8, 8>>(1);
        tape.set_rng_key(key);
        network.forward_pass(&ones, &mut output, &mut tape);
        output
    };
    let output = run(RngKey::new(1, 1, 0));
    assert_eq!(output, run(RngKey::new(1, 1, 0)));
    assert_ne!(output, run(RngKey::new(1, 2, 0)));
    // Every m is 0 or 2, each half of the time. The first block gives m₁ + m₂: 0, 2 or 4, with probabilities 1/4, 1/2 and 1/4. The
    // second multiplies that by 1 + m₃ + m₄: 1, 3 or 5, with the same probabilities. If two dropouts dropped the same numbers,
    // there would be no 2, or no 6.
    let share = |value: f32| output[0].as_slice().iter().filter(|&&y| y == value).count() as f64 / 1024.0;
    for (value, expected) in [(0.0, 4.0), (2.0, 2.0), (4.0, 1.0), (6.0, 4.0), (10.0, 2.0), (12.0, 2.0), (20.0, 1.0)] {
        let (found, expected) = (share(value), expected / 16.0);
        assert!((found - expected).abs() < 0.05, "{value} is {found} of the outputs, not {expected}");
    }
}

#[test]
fn networks_in_double_precision_pass_the_gradient_check() {
    network! {
        type Net = [2, 5, 6; f64] =>
            Residual(Conv2D(filters = 2, kernel = 3, padding = 1), BatchNorm, LeakyReLU),
            Residual(
                Dropout(percent = 25), Conv2D(filters = 3, kernel = 3, stride = 2, padding = 1), BatchNorm,
                Residual(PReLU, Conv2D(filters = 3, kernel = 1)),
                shortcut = (Conv2D(filters = 3, kernel = 1, stride = 2), Dropout(percent = 10)),
            ),
            AvgPool2D(window = 3),
            Residual(Dense(units = 3), Dropout),
    }
    let compared = check_gradients(&mut *Net::new(3), &mut random_batch(4, 2)).unwrap();
    assert_eq!(compared, Net::parameters() + 4 * 2 * 5 * 6);
}

#[test]
fn seventy_layers_in_blocks_need_no_recursion_limit() {
    network! {
        type Deep = [2, 8, 8] =>
            Conv2D(filters = 4, kernel = 3, padding = 1), BatchNorm, ReLU,
            Residual(
                Conv2D(filters = 4, kernel = 3, padding = 1), BatchNorm, ReLU,
                Conv2D(filters = 4, kernel = 3, padding = 1), BatchNorm,
            ),
            ReLU,
            Residual(
                Conv2D(filters = 4, kernel = 3, padding = 1), BatchNorm, ReLU,
                Conv2D(filters = 4, kernel = 3, padding = 1), BatchNorm,
            ),
            ReLU,
            Residual(
                Conv2D(filters = 4, kernel = 3, padding = 1), BatchNorm, ReLU,
                Conv2D(filters = 4, kernel = 3, padding = 1), BatchNorm,
            ),
            ReLU,
            Residual(
                Conv2D(filters = 4, kernel = 3, padding = 1), BatchNorm, ReLU,
                Conv2D(filters = 4, kernel = 3, padding = 1), BatchNorm,
            ),
            ReLU,
            Residual(
                Conv2D(filters = 4, kernel = 3, padding = 1), BatchNorm, ReLU,
                Conv2D(filters = 4, kernel = 3, padding = 1), BatchNorm,
            ),
            ReLU,
            Residual(
                Conv2D(filters = 8, kernel = 3, stride = 2, padding = 1), BatchNorm, ReLU,
                Conv2D(filters = 8, kernel = 3, padding = 1), BatchNorm,
                shortcut = (Conv2D(filters = 8, kernel = 1, stride = 2), BatchNorm),
            ),
            ReLU,
            Residual(
                Conv2D(filters = 8, kernel = 3, padding = 1), BatchNorm, ReLU,
                Conv2D(filters = 8, kernel = 3, padding = 1), BatchNorm,
            ),
            ReLU,
            Residual(
                Conv2D(filters = 8, kernel = 3, padding = 1), BatchNorm, ReLU,
                Conv2D(filters = 8, kernel = 3, padding = 1), BatchNorm,
            ),
            ReLU,
            Residual(
                Conv2D(filters = 8, kernel = 3, padding = 1), BatchNorm, ReLU,
                Conv2D(filters = 8, kernel = 3, padding = 1), BatchNorm,
            ),
            ReLU,
            Residual(
                Conv2D(filters = 8, kernel = 3, padding = 1), BatchNorm, ReLU,
                Conv2D(filters = 8, kernel = 3, padding = 1), BatchNorm,
            ),
            ReLU,
            Residual(
                Conv2D(filters = 8, kernel = 3, padding = 1), BatchNorm, ReLU,
                Conv2D(filters = 8, kernel = 3, padding = 1), BatchNorm,
            ),
            ReLU,
            AvgPool2D(window = 4), Dense(units = 3),
    }
    assert_eq!((Deep::LAYERS, Deep::BARRIERS), (27, 1 + 11 * 2));
    let (images, mut logits) = ([Tensor([[[1.0; 8]; 8]; 2])], [Vector::from([f32::NAN; 3])]);
    Deep::new(1).predict::<1>(&images, &mut logits, &mut Deep::workspace::<1>());
    assert!(logits[0].as_slice().iter().all(|logit| logit.is_finite()));
}
