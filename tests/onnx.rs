//! Layers from outside the crate that cannot be exported as ONNX, and the errors.
#![cfg(feature = "onnx")]

use shapeproof::bytemuck::{self, Zeroable};
use shapeproof::io::onnx::{Settings, to_onnx};
use shapeproof::kernel::rectifier::Rectifier;
use shapeproof::layer::{
    Concat, Dense, Flatten, Fork, Fusion, GlobalMaxPool2D, LayerPath, Module, Named, Operation, Parameter,
    ParameterList, ReLU, Residual, Role, Row, Through, name,
};
use shapeproof::network::{Chain, Network};
use shapeproof::shape::{ConstString, Dims, Window};
use shapeproof::tensor::{Tensor, Vector};

/// A layer of this name that declares `$operation`, with one parameter `$parameter` and `$more` members of the trait.
macro_rules! layer {
    ($name:ident: $input:ty => $output:ty, $operation:expr, $parameter:literal $dims:expr; $($more:tt)*) => {
        #[derive(Zeroable)]
        #[bytemuck(crate = "bytemuck")]
        struct $name([f32; 3]);

        impl Module for $name {
            type Scalar = f32;
            type Input = $input;
            type Output = $output;
            type Tape = ();
            type Workspace<const N: usize> = ();

            const KIND: &'static str = stringify!($name);
            const OPERATION: Operation = $operation;

            fn tape(_: usize) {}
            fn infer_fused<const N: usize>(
                &self,
                _: Option<Rectifier<'_, f32>>,
                _: &[Self::Input],
                _: &mut [Self::Output],
                _: &mut (),
            ) {
            }
            fn forward_phase(
                &self,
                _: usize,
                _: Fusion<'_, f32>,
                _: &[Self::Input],
                _: &mut [Self::Output],
                _: &mut (),
            ) {
            }
            fn backward_phase(
                &self,
                _: usize,
                _: Fusion<'_, f32>,
                _: &[Self::Input],
                _: &mut (),
                _: &[Self::Output],
                _: Option<&mut [Self::Input]>,
                _: &mut Self,
            ) {
            }
            fn list_parameters(layer: LayerPath<'_>, list: &mut ParameterList<'_, Self, f32>) {
                let parameter = Parameter { layer, name: $parameter, dims: &$dims, role: Role::Constant(1.0) };
                list(parameter, &|own| &own.0, &|own| &mut own.0);
            }
            $($more)*
        }
    };
}

/// The reason why the export of a network is refused.
fn refusal<N: Network>() -> String {
    to_onnx(&*N::new(1), &Settings::default()).unwrap_err().to_string()
}

layer! { Swish: Vector<3> => Vector<3>, Operation::Custom, "beta" [3]; }

#[test]
fn a_layer_that_does_not_say_what_it_computes() {
    let expected = "Swish cannot be written as ONNX: found no description of it, expected a layer with an `OPERATION`";
    assert_eq!(refusal::<Swish>(), format!("layer 0: {expected}"));
    assert_eq!(refusal::<Chain<Dense<2, 3>, Chain<ReLU<3, 1, 1>, Swish>>>(), format!("layer 2: {expected}"));
}

layer! { Scale: Vector<3> => Vector<3>, Operation::DenseProduct { bias: true }, "scale" [3]; }

#[test]
fn a_layer_with_other_parameters_than_its_operation() {
    assert_eq!(
        refusal::<Chain<Dense<2, 3>, Scale>>(),
        "layer 1: Scale cannot be written as ONNX: found the parameters [scale [3]], \
         expected the parameters [weight [3, 3], bias [3]]"
    );
}

const WINDOW: Window = Window::new([2, 3], [2, 2], [0, 0]);

layer! { Pool: Tensor<2, 4, 5> => Tensor<2, 2, 3>, Operation::MaxPooling(WINDOW), "weight" [3]; }
layer! { Image: Tensor<2, 4, 5> => Vector<3>, Operation::DenseProduct { bias: true }, "weight" [3]; }

#[test]
fn a_layer_whose_shapes_are_not_those_of_its_operation() {
    let says = refusal::<Pool>();
    assert!(says.ends_with("from 2×4×5 to 2×2×3, expected Pool gives 2×2×2, but its type says 2×2×3"), "{says}");
    let says = refusal::<Image>();
    assert!(says.ends_with("expected Dense takes a vector, not its 2×4×5 input; put `Flatten` before it"), "{says}");
}

const DOUBLES: Operation = Operation::TransposedConvolution {
    window: Window::new([2, 2], [2, 2], [0, 0]),
    output_padding: [0, 0],
    bias: true,
};
const PAIRS: Operation = Operation::LargestOfChannels { pieces: 2 };

layer! { Doubled: Tensor<2, 3, 4> => Tensor<2, 6, 7>, DOUBLES, "weight" [3]; }
layer! { Largest: Tensor<3, 4, 5> => Tensor<3, 4, 5>, PAIRS, "weight" [3]; }
layer! { Reshaped: Tensor<2, 3, 4> => Tensor<4, 3, 2>, Operation::Unflattening, "weight" [3]; }

#[test]
fn a_transposed_convolution_with_another_output() {
    let says = refusal::<Doubled>();
    assert!(says.ends_with("from 2×3×4 to 2×6×7, expected Doubled gives 2×6×8, but its type says 2×6×7"), "{says}");
}

#[test]
fn a_maxout_whose_pieces_do_not_divide_the_channels() {
    let says = refusal::<Largest>();
    let expected = "Maxout cannot split the 3 channels of its 3×4×5 input into groups of 2";
    assert!(says.ends_with(&format!("from 3×4×5 to 3×4×5, expected {expected}")), "{says}");
}

#[test]
fn an_unflattening_of_an_image() {
    let says = refusal::<Reshaped>();
    assert!(
        says.ends_with("expected Unflatten takes a vector, not its 2×3×4 input; put `Flatten` before it"),
        "{says}"
    );
}

const GAPS: Window = Window { dilation: [4, 1], ..Window::new([2, 1], [1, 1], [2, 0]) };

layer! { Gaps: Tensor<2, 5, 4> => Tensor<2, 5, 4>, Operation::MaxPooling(GAPS), "weight" [3]; }

#[test]
fn a_pooling_with_more_padding_than_onnx_runtime_takes() {
    let says = refusal::<Gaps>();
    assert!(says.ends_with("padding smaller than the window without its gaps, as ONNX Runtime takes it"), "{says}");
}

layer! { PReLU3: Vector<3> => Vector<3>, Operation::ParametricRectifier { slopes: 3 }, "weight" [3]; }

#[test]
fn a_layer_that_is_what_it_says_is_written() {
    assert!(to_onnx(&*<Chain<Dense<2, 3>, PReLU3>>::new(1), &Settings::default()).is_ok());
}

// `y = x + relu(x)`: its summary shows the inner layer, but it computes more than that.
layer! { Sum: Vector<3> => Vector<3>, Operation::Custom, "unused" [3];
    fn summarize(layer: LayerPath<'_>, row: &mut impl FnMut(Row<'_>)) {
        ReLU::<3, 1, 1>::summarize(layer, row);
    }
}

#[test]
fn layers_that_are_not_one_after_the_other() {
    let expected = "cannot be written as ONNX: found a layer around others, with no description of it, \
                    expected layers one after the other";
    assert_eq!(refusal::<Sum>(), format!("layer 0: Sum {expected}"));
    assert_eq!(refusal::<Chain<Dense<2, 3>, Sum>>(), format!("layer 0: Chain {expected}"));
}

#[test]
fn a_layer_inside_a_block_that_does_not_say_what_it_computes() {
    let expected = "Swish cannot be written as ONNX: found no description of it, expected a layer with an `OPERATION`";
    type Inside = Residual<Chain<ReLU<3, 1, 1>, Named<{ name("act") }, Swish>>>;
    assert_eq!(refusal::<Inside>(), format!("layer 0.body.act: {expected}"));
    assert_eq!(refusal::<Chain<ReLU<3, 1, 1>, Residual<Inside>>>(), format!("layer 1.body.0.body.act: {expected}"));
    type Shortcut = Residual<ReLU<3, 1, 1>, Chain<ReLU<3, 1, 1>, Swish>>;
    assert_eq!(refusal::<Chain<Shortcut, Swish>>(), format!("layer 0.shortcut.1: {expected}"));
    let expected =
        "Residual cannot be written as ONNX: found no description of it, expected a layer with an `OPERATION`";
    assert_eq!(refusal::<Residual<Sum>>(), format!("layer 0: {expected}"));
}

// Blocks from outside the crate, with the branches `$branch`, in each a ReLU.
macro_rules! block {
    ($name:ident: $($branch:literal)*) => {
        layer! { $name: Vector<3> => Vector<3>, Operation::Addition, "unused" [3];
            fn summarize(layer: LayerPath<'_>, row: &mut impl FnMut(Row<'_>)) {
                ReLU::<3, 1, 1>::summarize(layer, &mut |own| {
                    row(Row { kind: stringify!($name), operation: Operation::Addition, ..own });
                });
                $(ReLU::<3, 1, 1>::summarize(layer.inside($branch), row);)*
            }
        }
    };
}

block! { Scaled: "body" }
block! { Forked: "left" "right" }
block! { Empty: }

#[test]
fn blocks_that_are_not_what_they_say() {
    let expected = "found the parameters [unused [3]], expected the parameters []";
    assert_eq!(refusal::<Scaled>(), format!("layer 0: Scaled cannot be written as ONNX: {expected}"));
    let expected = "expected `body`, and `shortcut` if there are two";
    assert!(refusal::<Forked>().ends_with(&format!("found the branches [left, right], {expected}")));
    assert!(refusal::<Empty>().ends_with(&format!("found the branches [], {expected}")));
}

// A gate and a concatenation with the output of one branch, in which the branches do not fit together.
layer! { Weighed: Tensor<3, 2, 2> => Vector<12>, Operation::Multiplication, "unused" [3];
    fn summarize(layer: LayerPath<'_>, row: &mut impl FnMut(Row<'_>)) {
        row(block_of(layer, Operation::Multiplication, Dims::new(12, 1, 1)));
        Flatten::<3, 2, 2, 12>::summarize(layer.inside("gate"), row);
    }
}
layer! { Apart: Tensor<2, 3, 4> => Tensor<2, 3, 4>, Operation::Concatenation, "unused" [3];
    fn summarize(layer: LayerPath<'_>, row: &mut impl FnMut(Row<'_>)) {
        row(block_of(layer, Operation::Concatenation, Dims::new(2, 3, 4)));
        ReLU::<2, 3, 4>::summarize(layer.inside("branches"), row);
        GlobalMaxPool2D::<2, 3, 4>::summarize(layer.inside("branches").skip(1), row);
    }
}

/// The row of a block.
fn block_of(layer: LayerPath<'_>, operation: Operation, output: Dims) -> Row<'_> {
    Row { layer, kind: "Block", settings: ConstString::new(), operation, output, flops: 0 }
}

#[test]
fn a_gate_whose_factors_do_not_fit() {
    let says = refusal::<Weighed>();
    let expected = "Gate's layers give 12, which cannot multiply its 3×2×2 input: they have to give 3, one for each channel, or \
        3×2×2";
    assert!(says.ends_with(&format!("from 3×2×2 to 12, expected {expected}")), "{says}");
}

#[test]
fn a_concatenation_whose_branches_do_not_meet() {
    let says = refusal::<Apart>();
    let expected =
        "Concat's branches give 2×3×4 and 2, which differ in height or width and cannot be joined along the channels";
    assert!(says.ends_with(&format!("from 2×3×4 to 2×3×4, expected {expected}")), "{says}");
}

#[test]
fn a_branch_that_is_a_block_itself_is_written() {
    type Inner = Residual<ReLU<2, 3, 4>>;
    type Nested = Concat<Fork<Inner, Fork<Through<Tensor<2, 3, 4>>, Inner>>, Tensor<6, 3, 4>>;
    let model = to_onnx(&*Nested::new(1), &Settings::default()).unwrap();
    for node in ["0.branches.0/Residual", "0.branches.0.body.0/ReLU", "0.branches.1/Identity", "0.branches.2/Residual"]
    {
        assert!(model.windows(node.len()).any(|bytes| bytes == node.as_bytes()), "{node}");
    }
}

// A layer that is not declared as a block, but has a layer inside.
layer! { Hidden: Vector<3> => Vector<3>, Operation::ParametricRectifier { slopes: 3 }, "weight" [3];
    fn summarize(layer: LayerPath<'_>, row: &mut impl FnMut(Row<'_>)) {
        PReLU3::summarize(layer, row);
        ReLU::<3, 1, 1>::summarize(layer.inside("body"), row);
    }
}

#[test]
fn a_layer_inside_one_that_is_no_block() {
    let expected = "found a layer inside another, expected an `Addition` around it";
    assert_eq!(refusal::<Hidden>(), format!("layer 0.body.0: ReLU cannot be written as ONNX: {expected}"));
}
