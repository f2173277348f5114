//! Each [`Operation`] as an operator of ONNX: its name, attributes and parameters, and its shape rule.

use alloc::vec;
use alloc::vec::Vec;

use super::part::Part;
use super::proto::AttributeProto;
use crate::layer::{Argument, Axes, Function, Node, Operation};
use crate::shape::inference::{self, Inferred};
use crate::shape::{ConstString, Dims, Window};

/// The rank of an operator's input in ONNX.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    /// `[batch, C, H, W]`
    Image,
    /// `[batch, C]`
    Vector,
    /// Either; the output has the rank of the input.
    Any,
}

/// An operator of ONNX, for one layer.
pub struct Operator {
    pub op_type: &'static str,
    pub attributes: Vec<AttributeProto>,
    /// The nodes before it.
    pub before: Vec<Before>,
    /// The inputs after the first that are whole numbers, such as a shape; `None` for one that is left out.
    pub integers: Vec<Option<Vec<usize>>>,
    /// The inputs after those: parameters of the layer, with their shapes.
    pub parameters: Vec<(&'static str, Vec<usize>)>,
    pub takes: Rank,
    /// The output shape for the layer's input.
    pub ruling: Inferred,
}

/// A node before that of a layer: its operator, attributes and [`integers`](Operator::integers).
pub struct Before(pub &'static str, pub Vec<AttributeProto>, pub Vec<Option<Vec<usize>>>);

/// The operator for the operation of `part` on `input`, if there is one.
pub fn operator(part: &Part, input: Dims) -> Option<Operator> {
    let (channels, outputs) = (input.channels, part.output.channels);
    let plain = |op_type| Operator {
        op_type,
        attributes: Vec::new(),
        before: Vec::new(),
        integers: Vec::new(),
        parameters: Vec::new(),
        takes: Rank::Any,
        ruling: Ok(input),
    };
    Some(match part.operation {
        Operation::Convolution { window, groups, bias } => Operator {
            attributes: [attributes(window), vec![AttributeProto::int("group", groups as i64)]].concat(),
            parameters: weighted(
                outputs,
                [outputs, channels / groups.max(1), window.kernel[0], window.kernel[1]],
                bias,
            ),
            takes: Rank::Image,
            ruling: inference::conv2d(part.kind, input, outputs, groups, window),
            ..plain("Conv")
        },
        Operation::TransposedConvolution { window, output_padding, bias } => Operator {
            attributes: [attributes(window), vec![AttributeProto::ints("output_padding", &output_padding)]].concat(),
            parameters: weighted(outputs, [channels, outputs, window.kernel[0], window.kernel[1]], bias),
            takes: Rank::Image,
            ruling: inference::conv_transpose2d(input, outputs, window, output_padding),
            ..plain("ConvTranspose")
        },
        Operation::MaxPooling(window) => Operator {
            attributes: [attributes(window), vec![AttributeProto::int("ceil_mode", window.ceil.into())]].concat(),
            takes: Rank::Image,
            ruling: if is_runnable(window) {
                inference::pool2d(part.kind, input, window)
            } else {
                Err(ConstString::new()
                    .str("padding smaller than the window without its gaps, as ONNX Runtime takes it"))
            },
            ..plain("MaxPool")
        },
        Operation::AveragePooling { window, count_padding } => Operator {
            attributes: [
                attributes(window),
                vec![
                    AttributeProto::int("ceil_mode", window.ceil.into()),
                    AttributeProto::int("count_include_pad", count_padding.into()),
                ],
            ]
            .concat(),
            takes: Rank::Image,
            ruling: inference::pool2d(part.kind, input, window),
            ..plain("AveragePool")
        },
        Operation::Flattening => Operator {
            attributes: vec![AttributeProto::int("axis", 1)],
            ruling: inference::flatten(input),
            ..plain("Flatten")
        },
        Operation::DenseProduct { bias } => Operator {
            attributes: vec![AttributeProto::int("transB", 1)],
            parameters: weighted(outputs, [outputs, channels], bias),
            takes: Rank::Vector,
            ruling: inference::dense(input, outputs),
            ..plain("Gemm")
        },
        Operation::Rectifier => plain("Relu"),
        Operation::LeakyRectifier { negative_slope } => {
            Operator { attributes: vec![AttributeProto::float("alpha", negative_slope)], ..plain("LeakyRelu") }
        }
        Operation::ParametricRectifier { slopes } => Operator {
            parameters: vec![("weight", vec![slopes])],
            ruling: inference::prelu(input, slopes),
            ..plain("PRelu")
        },
        Operation::Function(Function { onnx: [.., last], .. }) => {
            Operator { attributes: attributes_of(last), ..plain(last.operator) }
        }
        Operation::SigmoidFunction => plain("Sigmoid"),
        Operation::HyperbolicTangent => plain("Tanh"),
        Operation::SoftmaxOver(axes) => softmax(axes, input, plain("Softmax")),
        Operation::LogSoftmaxOver(axes) => softmax(axes, input, plain("LogSoftmax")),
        Operation::GlobalAveragePooling | Operation::GlobalMaxPooling => Operator {
            takes: Rank::Image,
            ruling: Ok(Dims::new(channels, 1, 1)),
            ..plain(match part.operation {
                Operation::GlobalMaxPooling => "GlobalMaxPool",
                _ => "GlobalAveragePool",
            })
        },
        Operation::Unflattening => Operator {
            integers: vec![Some(shape(part.output))],
            takes: Rank::Vector,
            ruling: inference::unflatten(input, part.output),
            ..plain("Reshape")
        },
        // Repeated pixels are those of an "asymmetric" axis, rounded down: the exporter of PyTorch writes the same.
        Operation::Upsampling { scale: [sh, sw], is_bilinear } => Operator {
            attributes: vec![
                AttributeProto::ints("axes", &[2, 3]),
                AttributeProto::text("mode", if is_bilinear { "linear" } else { "nearest" }),
                AttributeProto::text("nearest_mode", "floor"),
                AttributeProto::text(
                    "coordinate_transformation_mode",
                    if is_bilinear { "half_pixel" } else { "asymmetric" },
                ),
            ],
            integers: vec![None, None, Some(vec![part.output.height, part.output.width])],
            takes: Rank::Image,
            ruling: inference::upsample(input, [sh, sw]),
            ..plain("Resize")
        },
        Operation::LargestOfChannels { pieces } => Operator {
            before: vec![Before(
                "Reshape",
                Vec::new(),
                vec![Some(vec![0, outputs, pieces, input.height, input.width])],
            )],
            attributes: vec![AttributeProto::int("keepdims", 0)],
            integers: vec![Some(vec![2])],
            takes: Rank::Image,
            ruling: inference::maxout(input, pieces),
            ..plain("ReduceMax")
        },
        Operation::GroupNormalization { groups, eps } => Operator {
            attributes: vec![AttributeProto::float("epsilon", eps), AttributeProto::int("num_groups", groups as i64)],
            parameters: ["weight", "bias"].map(|name| (name, vec![channels])).to_vec(),
            takes: Rank::Image,
            ruling: inference::group_norm(input, groups, eps),
            ..plain("GroupNormalization")
        },
        Operation::LayerNormalization { eps } => {
            let (dims, takes) = match input.is_flat() {
                true => (vec![channels], Rank::Vector),
                false => (vec![channels, input.height, input.width], Rank::Image),
            };
            Operator {
                attributes: vec![AttributeProto::float("epsilon", eps), AttributeProto::int("axis", 1)],
                parameters: ["weight", "bias"].map(|name| (name, dims.clone())).to_vec(),
                takes,
                ruling: inference::layer_norm(input, eps),
                ..plain("LayerNormalization")
            }
        }
        Operation::BatchNormalization { eps } => Operator {
            attributes: vec![AttributeProto::float("epsilon", eps)],
            parameters: ["weight", "bias", "running_mean", "running_var"].map(|name| (name, vec![channels])).to_vec(),
            ..plain("BatchNormalization")
        },
        Operation::Unchanged => plain("Identity"),
        Operation::Function(_)
        | Operation::Custom
        | Operation::Sequence
        | Operation::Addition
        | Operation::Concatenation
        | Operation::Multiplication => return None,
    })
}

/// A softmax over one axis, or over two that are reshaped to one.
fn softmax(axes: Axes, input: Dims, plain: Operator) -> Operator {
    let Dims { channels, height, width } = input;
    let along = |axis: usize| vec![AttributeProto::int("axis", axis as i64)];
    let Axes { first, last } = axes;
    let takes = if last == 1 { Rank::Any } else { Rank::Image };
    if first == last {
        return Operator { attributes: along(first), takes, ..plain };
    }
    let joined = if first == 1 { vec![0, channels * height, width] } else { vec![0, channels, height * width] };
    let before =
        vec![Before("Reshape", Vec::new(), vec![Some(joined)]), Before(plain.op_type, along(first), Vec::new())];
    Operator { op_type: "Reshape", before, integers: vec![Some(shape(input))], takes, ..plain }
}

/// The shape of a batch of images, for a `Reshape`: 0 stands for the size that there is.
fn shape(dims: Dims) -> Vec<usize> {
    vec![0, dims.channels, dims.height, dims.width]
}

/// The attributes of an operator of a [`Function`].
pub fn attributes_of(node: &Node) -> Vec<AttributeProto> {
    let attribute = |&(name, argument): &(&str, Argument)| match argument {
        Argument::Number(number) => AttributeProto::float(name, number),
        Argument::Text(text) => AttributeProto::text(name, text),
    };
    node.attributes.iter().map(attribute).collect()
}

/// The attributes of a convolution or pooling. ONNX has the padding of each side: top, left, bottom, right.
fn attributes(window: Window) -> Vec<AttributeProto> {
    let ([top, left], [bottom, right]) = (window.before, window.after);
    vec![
        AttributeProto::ints("kernel_shape", &window.kernel),
        AttributeProto::ints("strides", &window.stride),
        AttributeProto::ints("pads", &[top, left, bottom, right]),
        AttributeProto::ints("dilations", &window.dilation),
    ]
}

/// Whether ONNX Runtime takes the padding of a pooling.
fn is_runnable(Window { kernel: [kh, kw], before, after, .. }: Window) -> bool {
    [before, after].iter().all(|&[vertical, horizontal]| vertical < kh && horizontal < kw)
}

/// The parameters of a layer with weights of these dims, and a bias for each of its outputs if `bias`.
fn weighted<const N: usize>(outputs: usize, dims: [usize; N], bias: bool) -> Vec<(&'static str, Vec<usize>)> {
    let mut parameters = vec![("weight", dims.to_vec())];
    if bias {
        parameters.push(("bias", vec![outputs]));
    }
    parameters
}
