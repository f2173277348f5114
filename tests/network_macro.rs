//! `network!` expands to ordinary types, the same as those written by hand, of any depth.

use shapeproof::gradient::{check_gradients, random_batch};
use shapeproof::layer::{
    BatchNorm, Conv2D, Dense, Dropout, Flatten, LeakyReLU, MaxPool2D, Module, Named, PReLU, ReLU, Residual, name,
};
use shapeproof::network;
use shapeproof::network::{Chain, Network};
use shapeproof::shape::Dims;
use shapeproof::tensor::{Tensor, Vector};

const FILTERS: usize = 4;
const KERNEL: [usize; 2] = [3, 5];
const DROP: usize = 20;

network! {
    /// All of the syntax: constants, rectangles, defaults, a trailing comma.
    pub type Written = [2, 11, 14] =>
        Conv2D(kernel = KERNEL, filters = FILTERS, stride = [2, 1], padding = FILTERS / 2),
        PReLU(per_channel = true),
        MaxPool2D(window = [2, 3], stride = [1, 2]),
        LeakyReLU(negative_slope = 0.2),
        Flatten,
        Dense(units = 2 * FILTERS),
        ReLU,
        Dropout(percent = DROP),
        Dense(units = 3),
}

type ByHand = Chain<
    Conv2D<2, 11, 14, 4, 7, 14, 3, 5, 2, 1, 2, 2>,
    Chain<
        PReLU<4, 7, 14, 4>,
        Chain<
            MaxPool2D<4, 7, 14, 6, 6, 2, 3, 1, 2>,
            Chain<
                LeakyReLU<4, 6, 6, { 0.2f64.to_bits() }>,
                Chain<
                    Flatten<4, 6, 6, 144>,
                    Chain<Dense<144, 8>, Chain<ReLU<8, 1, 1>, Chain<Dropout<8, 1, 1, 20>, Dense<8, 3>>>>,
                >,
            >,
        >,
    >,
>;

#[test]
fn written_and_by_hand_are_one_type() {
    let network: Box<ByHand> = Written::new(1);
    let image = [Tensor([[[0.5; 14]; 11]; 2])];
    let mut logits = [Vector::from([f32::NAN; 3])];
    network.predict::<1>(&image, &mut logits, &mut ByHand::workspace::<1>());
    assert!(logits[0].as_slice().iter().all(|logit| logit.is_finite()));
    const _: () = shapeproof::network::verify::<ByHand>();
}

#[test]
fn a_shape_error_is_found_at_its_position_in_a_type_by_hand() {
    type Net = Chain<Flatten<1, 4, 5, 20>, Chain<Dense<20, 6>, Chain<ReLU<6, 1, 1>, Flatten<6, 1, 1, 7>>>>;
    let shape_error = Net::SHAPE_ERROR.map(|shape_error| shape_error.sentence().as_str().to_string());
    assert_eq!(shape_error.as_deref(), Some("layer 3: Flatten gives 6, but its type says 7"));
    assert!(Written::SHAPE_ERROR.is_none());
}

#[test]
fn a_network_of_one_layer_is_that_layer() {
    network! { type Single = [30, 1, 1] => Dense(units = 4) }
    let _: Box<Dense<30, 4>> = Single::new(1);
}

#[test]
fn parameters_are_named_as_in_a_sequential() {
    let mut names = Vec::new();
    Written::visit([], [], &mut |parameter, [], []| names.push(format!("{parameter} {:?}", parameter.dims)));
    assert_eq!(
        names,
        [
            "0.weight [4, 2, 3, 5]",
            "0.bias [4]",
            "1.weight [4]",
            "5.weight [8, 144]",
            "5.bias [8]",
            "8.weight [3, 8]",
            "8.bias [3]"
        ]
    );
    assert_eq!(Written::parameters(), 4 * 30 + 4 + 4 + 8 * 144 + 8 + 24 + 3);
    assert_eq!(size_of::<Written>(), 4 * Written::parameters(), "a network is its parameters and nothing else");
}

#[test]
fn networks_in_double_precision_pass_the_gradient_check() {
    network! {
        type Double = [2, 7, 8; f64] =>
            Conv2D(filters = 3, kernel = [3, 2], padding = [1, 0]),
            BatchNorm(eps = 1e-3),
            PReLU,
            MaxPool2D(window = 3, stride = 2, padding = 1),
            Flatten,
            Dropout(percent = 25),
            Dense(units = 4),
            Softmax,
    }
    let compared = check_gradients(&mut *Double::new(3), &mut random_batch(4, 2)).unwrap();
    assert_eq!(compared, Double::parameters() + 4 * 2 * 7 * 8);
}

#[test]
fn a_summary_says_what_the_type_knows() {
    let summary = Written::summary().to_string();
    let lines: Vec<&str> = summary.lines().collect();
    assert_eq!(lines.len(), 14, "{summary}");
    assert!(lines[3].contains("Conv2D 3×5, stride 2×1, padding 2×2") && lines[3].contains("4×7×14"), "{summary}");
    assert!(lines[13].contains("total") && lines[13].contains("1315"), "{summary}");
    assert_eq!(Written::new(1).to_string(), summary);
}

#[test]
fn forty_layers_need_no_recursion_limit() {
    network! {
        type Deep = [1, 9, 9] =>
            Conv2D(filters = 2, kernel = 3, padding = 1), BatchNorm, ReLU, Dropout(percent = 5),
            Conv2D(filters = 3, kernel = 3, padding = 1), BatchNorm, ReLU, Dropout(percent = 5),
            Conv2D(filters = 2, kernel = 3, padding = 1), BatchNorm, ReLU, Dropout(percent = 5),
            Conv2D(filters = 3, kernel = 3, padding = 1), BatchNorm, ReLU, Dropout(percent = 5),
            Conv2D(filters = 2, kernel = 3, padding = 1), BatchNorm, ReLU, Dropout(percent = 5),
            Conv2D(filters = 3, kernel = 3, padding = 1), BatchNorm, ReLU, Dropout(percent = 5),
            Conv2D(filters = 2, kernel = 3, padding = 1), BatchNorm, ReLU, Dropout(percent = 5),
            Conv2D(filters = 3, kernel = 3, padding = 1), BatchNorm, ReLU, Dropout(percent = 5),
            Conv2D(filters = 2, kernel = 3, padding = 1), BatchNorm, ReLU, Dropout(percent = 5),
            Flatten, Dense(units = 12), ReLU, Dense(units = 2),
    }
    assert_eq!(Deep::LAYERS, 40);
    assert_eq!(<Deep as Module>::Output::DIMS, Dims::new(2, 1, 1));
    let network = Deep::new(1);
    let (images, mut logits) = ([Tensor([[[1.0; 9]; 9]])], [Vector::from([f32::NAN; 2])]);
    network.predict::<1>(&images, &mut logits, &mut Deep::workspace::<1>());
    assert!(logits[0].as_slice().iter().all(|logit| logit.is_finite()));
}

#[test]
fn layers_have_the_names_that_were_written() {
    network! {
        type Mixed = [1, 9, 7] =>
            first: Conv2D(filters = 2, kernel = 3),
            act: ReLU,
            BatchNorm,
            Flatten,
            fc_1: Dense(units = 4),
            Dense(units = 3),
    }
    type MixedByHand = Chain<
        Named<{ name("first") }, Conv2D<1, 9, 7, 2, 7, 5, 3, 3>>,
        Chain<
            Named<{ name("act") }, ReLU<2, 7, 5>>,
            Chain<
                BatchNorm<2, 7, 5>,
                Chain<Flatten<2, 7, 5, 70>, Chain<Named<{ name("fc_1") }, Dense<70, 4>>, Dense<4, 3>>>,
            >,
        >,
    >;
    network! { type Plain = [1, 9, 7] =>
    Conv2D(filters = 2, kernel = 3), ReLU, BatchNorm, Flatten, Dense(units = 4), Dense(units = 3) }

    let mut names = Vec::new();
    Mixed::visit([], [], &mut |parameter, [], []| names.push(parameter.to_string()));
    let norm = ["2.weight", "2.bias", "2.running_mean", "2.running_var"];
    let (front, back) = (["first.weight", "first.bias"], ["fc_1.weight", "fc_1.bias", "5.weight", "5.bias"]);
    assert_eq!(names, [&front[..], &norm, &back].concat());
    assert!(Mixed::summary().to_string().contains("first: Conv2D 3×3"), "{}", Mixed::summary());

    // A name changes only the names of parameters.
    let (named, plain): (Box<MixedByHand>, _) = (Mixed::new(4), Plain::new(4));
    let image = [Tensor([[[0.5; 7]; 9]])];
    let (mut one, mut other) = ([Vector::from([f32::NAN; 3])], [Vector::from([f32::NAN; 3])]);
    named.predict::<1>(&image, &mut one, &mut Mixed::workspace::<1>());
    plain.predict::<1>(&image, &mut other, &mut Plain::workspace::<1>());
    assert_eq!(one, other);

    network! { type InDouble = [2, 1, 1; f64] => n: BatchNorm, Dropout(percent = 20), d: Dropout, Dense(units = 3) }
    check_gradients(&mut *InDouble::new(3), &mut random_batch(4, 2)).unwrap();
}

#[test]
fn blocks_and_the_layers_inside_have_names_too() {
    network! {
        type Blocks = [2, 4, 6; f64] =>
            stage: Residual(
                conv: Conv2D(filters = 2, kernel = 1),
                Residual(act: PReLU),
            ),
            Residual(
                conv: Conv2D(filters = 3, kernel = 1, stride = 2), shortcut: ReLU,
                shortcut = (project: Conv2D(filters = 3, kernel = 1, stride = 2), BatchNorm),
            ),
            Flatten,
            conv: Dense(units = 2),
    }
    type Strided = Conv2D<2, 4, 6, 3, 2, 3, 1, 1, 2, 2, 0, 0, f64>;
    type Stage = Residual<
        Chain<
            Named<{ name("conv") }, Conv2D<2, 4, 6, 2, 4, 6, 1, 1, 1, 1, 0, 0, f64>>,
            Residual<Named<{ name("act") }, PReLU<2, 4, 6, 1, f64>>>,
        >,
    >;
    type Projected = Residual<
        Chain<Named<{ name("conv") }, Strided>, Named<{ name("shortcut") }, ReLU<3, 2, 3, f64>>>,
        Chain<
            Named<{ name("project") }, Strided>,
            BatchNorm<
                3,
                2,
                3,
                { BatchNorm::<3, 2, 3>::EPS.to_bits() },
                { BatchNorm::<3, 2, 3>::MOMENTUM.to_bits() },
                f64,
            >,
        >,
    >;
    type BlocksByHand = Chain<
        Named<{ name("stage") }, Stage>,
        Chain<Projected, Chain<Flatten<3, 2, 3, 18, f64>, Named<{ name("conv") }, Dense<18, 2, f64>>>>,
    >;
    let mut names = Vec::new();
    BlocksByHand::visit([], [], &mut |parameter, [], []| names.push(parameter.to_string()));
    let expected = [
        ["stage.body.conv.weight", "stage.body.conv.bias", "stage.body.1.body.act.weight", "1.body.conv.weight"],
        ["1.body.conv.bias", "1.shortcut.project.weight", "1.shortcut.project.bias", "1.shortcut.1.weight"],
        ["1.shortcut.1.bias", "1.shortcut.1.running_mean", "1.shortcut.1.running_var", "conv.weight"],
    ];
    assert_eq!(names, [expected.as_flattened(), &["conv.bias"]].concat());
    let mut blocks: Box<BlocksByHand> = Blocks::new(2);
    check_gradients(&mut *blocks, &mut random_batch(3, 4)).unwrap();
    assert_eq!((Blocks::LAYERS, Blocks::ROWS), (4, 11));
}

#[test]
fn a_summary_shows_where_layers_are_and_what_they_are_called() {
    network! { type Net = [2, 1, 1] => stage: Residual(fc: Dense(units = 2), ReLU), Dense(units = 3) }
    let summary = Net::summary().to_string();
    let titles: Vec<&str> = summary.lines().skip(3).take(4).map(|line| line[..36].trim_end()).collect();
    assert_eq!(
        titles,
        ["  0  stage: Residual x + body", "       body.0  fc: Dense", "       body.1  ReLU", "  1  Dense"]
    );
    let rows = summary.lines().count() - 5;
    assert_eq!(rows, Net::ROWS);
}

/// The compiler has nothing to say of these networks.
#[deny(warnings)]
mod correct {
    use shapeproof::network;

    network! { #[cfg(unix)] type Conditional = [1, 28, 28] => Flatten, Dense(units = 10) }
    network! { #[cfg(not(unix))] type Conditional = [1, 28, 28] => Flatten, Dense(units = 10) }
    network! { #[cfg(any())] type _Left = [1, 28, 28] => Flatten, NoSuchLayer }
    network! { pub type Net = [1, 28, 28] => Flatten, Dense(units = (2 * 5)), Dense(units = { 10 }) }

    /// A value may have the name of a network.
    #[expect(non_upper_case_globals)]
    pub const Net: usize = 10;

    pub fn sizes() -> [usize; 2] {
        use shapeproof::network::Network;
        [Conditional::parameters(), Net::parameters() + Net]
    }
}

#[test]
fn conditions_parentheses_and_other_things_of_the_same_name_are_no_mistakes() {
    assert_eq!(correct::sizes(), [7850, 7850 + 110 + 10]);
}

macro_rules! wide {
    ($name:ident, $width:expr) => {
        network! { type $name = [1, 4, 4] => Flatten, Dense(units = 2 * $width), Dense(units = $width + 1) }
    };
}

#[test]
fn a_value_may_come_from_a_macro_in_part() {
    wide!(Net, 3);
    assert_eq!(Net::parameters(), 16 * 6 + 6 + 6 * 4 + 4);
}

/// A layer's rule is asked for the sizes of the network alone: this one would underflow for others.
mod cropped {
    use std::marker::PhantomData;

    use shapeproof::bytemuck::{self, Zeroable};
    use shapeproof::layer::Layer;
    use shapeproof::scalar::Scalar;
    use shapeproof::shape::{Dims, Shape};
    use shapeproof::{hyper_parameters, network};

    #[derive(Zeroable)]
    #[bytemuck(crate = "bytemuck")]
    #[zeroable(bound = "")]
    pub struct Crop<I = (), O = ()>(PhantomData<fn(I) -> O>);

    hyper_parameters! {
        Crop(border: usize) => Crop<Input, Output>,
        output = Ok(Dims::new(input.channels, input.height - 2 * border, input.width - 2 * border)),
    }

    impl<T: Scalar, I: Shape<Scalar = T>, O: Shape<Scalar = T>> Layer for Crop<I, O> {
        type Scalar = T;
        type Input = I;
        type Output = O;
        type Tape = ();
        type Workspace<const N: usize> = ();
        const KIND: &'static str = "Crop";
        fn tape(_: usize) {}
        fn infer<const N: usize>(&self, _: &[I], _: &mut [O], _: &mut ()) {}
        fn forward(&self, _: &[I], _: &mut [O], _: &mut ()) {}
        fn backward(&self, _: &[I], _: &mut (), _: &[O], _: Option<&mut [I]>, _: &mut Self) {}
    }

    network! { pub type Net = [2, 6, 7] => Crop(border = 2), Flatten }
}

#[test]
fn a_rule_may_panic_for_sizes_that_do_not_occur() {
    assert_eq!(<cropped::Net as Module>::Output::DIMS.len(), 2 * 2 * 3);
}
