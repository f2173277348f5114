//! Networks of blocks: concatenations, gates, and networks in the place of layers. The types that `network!` writes, the names inside,
//! and that barriers, random numbers and gradients are right in them.

use std::collections::BTreeSet;

use shapeproof::gradient::{check_gradients, random_batch};
use shapeproof::layer::{
    Concat, Conv2D, Dense, Dropout, Fork, Gate, GlobalAvgPool2D, MaxPool2D, Module, Named, ReLU, RngKey, Sequential,
    Sigmoid, Tape, Through, name,
};
use shapeproof::network;
use shapeproof::network::{Chain, Network};
use shapeproof::tensor::{Tensor, Vector, zeros};

network! {
    /// Three branches, one of them the input itself.
    type Inception = [2, 6, 9] =>
        Concat(
            (Conv2D(filters = 3, kernel = 1), ReLU),
            Identity,
            (pool: MaxPool2D(window = 3, stride = 1, padding = 1),),
        ),
        Gate(GlobalAvgPool2D, Dense(units = 7), Sigmoid),
        Conv2D(filters = 2, kernel = [6, 9]),
}

type Pixels = Tensor<2, 6, 9>;
type First = Sequential<Chain<Conv2D<2, 6, 9, 3, 6, 9, 1, 1>, ReLU<3, 6, 9>>>;
type Third = Sequential<Named<{ name("pool") }, MaxPool2D<2, 6, 9, 6, 9, 3, 3, 1, 1, 1, 1>>>;
type InceptionByHand = Chain<
    Concat<Fork<First, Fork<Through<Pixels>, Third>>, Tensor<7, 6, 9>>,
    Chain<Gate<Chain<GlobalAvgPool2D<7, 6, 9>, Chain<Dense<7, 7>, Sigmoid<7, 1, 1>>>>, Conv2D<7, 6, 9, 2, 1, 1, 6, 9>>,
>;

network! { type Block = [3, 5, 4] => conv: Conv2D(filters = 3, kernel = 3, padding = 1), BatchNorm, ReLU }
network! { type Alone = [4, 1, 1] => Dense(units = 4) }
network! { type Nested = [1, 5, 4] => Conv2D(filters = 3, kernel = 1), Block, conv: Block, Flatten, Dense(units = 4), Alone }

mod generic {
    shapeproof::network! { pub type Block<S> = [2, 4, 3; S] => Conv2D(filters = 2, kernel = 3, padding = 1), ReLU }
}
network! { type Generic<T> = [2, 4, 3; T] => generic::Block<T>, Residual(generic::Block<T>), Concat(Identity, (generic::Block<T>)) }
network! { type OfDouble = [2, 4, 3; f64] => generic::Block<f64>, Flatten }
network! { type OfSingle = [2, 4, 3] => generic::Block, Flatten }

fn names<N: Module>() -> Vec<String> {
    let mut names = Vec::new();
    N::visit([], [], &mut |parameter, [], []| names.push(parameter.to_string()));
    names
}

#[test]
fn written_and_by_hand_are_one_type() {
    let network: Box<InceptionByHand> = Inception::new(1);
    const _: () = shapeproof::network::verify::<InceptionByHand>();
    let (image, mut logits) = ([Tensor([[[0.5; 9]; 6]; 2])], [Vector::from([f32::NAN; 2])]);
    network.predict::<1>(&image, &mut logits, &mut InceptionByHand::workspace::<1>());
    assert!(logits[0].as_slice().iter().all(|logit| logit.is_finite()));
    assert_eq!(Inception::LAYERS, 3);
    assert_eq!(size_of::<Inception>(), 4 * Inception::parameters(), "parameters and nothing else");
    let _: Box<Chain<Sequential<generic::Block<f64>>, shapeproof::layer::Flatten<2, 4, 3, 24, f64>>> = OfDouble::new(1);
    let _: Box<Chain<Sequential<generic::Block<f32>>, shapeproof::layer::Flatten<2, 4, 3, 24>>> = OfSingle::new(1);
    let _: Box<Generic<f32>> = Generic::<f32>::new(1);
}

#[test]
fn parameters_are_named_by_their_way() {
    let conv = |way: &str| [format!("{way}.weight"), format!("{way}.bias")];
    let expected = ["0.branches.0.0", "1.gate.1", "2"].map(conv);
    assert_eq!(names::<Inception>(), expected.as_flattened());
    let norm =
        |way: &str| ["weight", "bias", "running_mean", "running_var"].map(|name| format!("{way}.{name}")).to_vec();
    let expected = [
        conv("0").to_vec(),
        conv("1.conv").to_vec(),
        norm("1.1"),
        conv("conv.conv").to_vec(),
        norm("conv.1"),
        conv("4").to_vec(),
        conv("5.0").to_vec(),
    ];
    assert_eq!(names::<Nested>(), expected.concat());
    let expected = ["0.0", "1.body.0.0", "2.branches.1.0.0"].map(conv);
    assert_eq!(names::<Generic<f64>>(), expected.as_flattened());
}

#[test]
fn a_summary_shows_what_is_inside() {
    let summary = Inception::summary().to_string();
    let expected = "
  #  layer                                            output parameters     MFLOP
────────────────────────────────────────────────────────────────────────────────
     input                                             2×6×9
  0  Concat 3 branches                                 7×6×9          0     0.000
       branches.0  Sequential                          3×6×9          0     0.000
         0  Conv2D 1×1                                 3×6×9          9     0.001
         1  ReLU                                       3×6×9          0     0.000
       branches.1  Identity                            2×6×9          0     0.000
       branches.2  Sequential                          2×6×9          0     0.000
         0  pool: MaxPool2D 3×3, stride 1×1, padding 1×1        2×6×9          0     0.000";
    let lines =
        |text: &str| text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>();
    let (found, expected) = (lines(&summary), lines(expected.trim_start_matches('\n')));
    assert_eq!(found[2..expected.len()], expected[2..], "{summary}");
    assert_eq!(summary.lines().count() - 5, Inception::ROWS);
    assert_eq!(Nested::summary().to_string().lines().count() - 5, Nested::ROWS);
}

#[test]
fn every_weight_inside_starts_with_numbers_of_its_own() {
    let (network, mut firsts) = (Nested::new(1), BTreeSet::new());
    Nested::visit([&*network], [], &mut |parameter, [numbers], []| {
        if parameter.name == "weight" && parameter.dims.len() > 1 {
            firsts.insert(numbers[0].to_bits());
        }
    });
    assert_eq!(firsts.len(), 5);
}

#[test]
fn every_dropout_inside_drops_numbers_of_its_own() {
    type Drop = Dropout<16, 8, 8>;
    type Half = Sequential<Drop>;
    type Net = Concat<Fork<Drop, Fork<Half, Fork<Drop, Half>>>, Tensor<64, 8, 8>>;
    let (ones, mut tape) = ([Tensor([[[1.0f32; 8]; 8]; 16])], Net::tape(1));
    tape.set_rng_key(RngKey::new(1, 1, 0));
    let mut output = zeros::<Tensor<64, 8, 8>>(1);
    Net::zeros().forward_pass(&ones, &mut output, &mut tape);
    let maps: BTreeSet<Vec<u32>> =
        output[0].as_slice().chunks(1024).map(|map| map.iter().map(|y| y.to_bits()).collect()).collect();
    assert_eq!(maps.len(), 4);
}

#[test]
fn networks_in_double_precision_pass_the_gradient_check() {
    network! { type Inner = [3, 3, 3; f64] => Conv2D(filters = 3, kernel = 1), BatchNorm, Tanh }
    network! {
        type Net = [2, 5, 6; f64] =>
            Concat(
                (Conv2D(filters = 2, kernel = 3, stride = 2, padding = 1), BatchNorm, Tanh, Conv2D(filters = 1, kernel = 1), BatchNorm),
                (AvgPool2D(window = 2, padding = [1, 0])),
            ),
            Inner,
            Gate(GlobalAvgPool2D, Dense(units = 2), Tanh, BatchNorm, Dense(units = 3), Sigmoid),
            Gate(Conv2D(filters = 3, kernel = 3, padding = 1), Sigmoid),
            Concat(Identity, (GroupNorm(groups = 1), Dropout(percent = 20)), Identity),
            GlobalAvgPool2D,
            Concat((Dense(units = 2)), (Gate(Dense(units = 9)), LayerNorm)),
    }
    let compared = check_gradients(&mut *Net::new(3), &mut random_batch(4, 2)).unwrap();
    assert_eq!(compared, Net::parameters() + 4 * 2 * 5 * 6);
    check_gradients(&mut *Generic::<f64>::new(3), &mut random_batch(4, 2)).unwrap();
}
