//! Each [`Operation`] as an operator of ONNX: its name, attributes and parameters, and its shape rule.

use alloc::vec;
use alloc::vec::Vec;

use super::part::Part;
use super::proto::AttributeProto;
use crate::layer::{Argument, Function, Node, Operation};
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
    /// The inputs after the first: parameters of the layer, with their shapes.
    pub parameters: Vec<(&'static str, Vec<usize>)>,
    pub takes: Rank,
    /// The output shape for the layer's input.
    pub ruling: Inferred,
}

/// The operator for the operation of `part` on `input`, if there is one.
pub fn operator(part: &Part, input: Dims) -> Option<Operator> {
    let (channels, outputs) = (input.channels, part.output.channels);
    let plain = |op_type| Operator {
        op_type,
        attributes: Vec::new(),
        parameters: Vec::new(),
        takes: Rank::Any,
        ruling: Ok(input),
    };
    Some(match part.operation {
        Operation::Convolution { window, groups, bias } => Operator {
            attributes: [attributes(window), vec![AttributeProto::int("group", groups as i64)]].concat(),
            parameters: weighted(vec![outputs, channels / groups.max(1), window.kernel[0], window.kernel[1]], bias),
            takes: Rank::Image,
            ruling: inference::conv2d(input, outputs, groups, window),
            ..plain("Conv")
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
            parameters: weighted(vec![outputs, channels], bias),
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
        Operation::SoftmaxOverChannels => {
            Operator { attributes: vec![AttributeProto::int("axis", 1)], ..plain("Softmax") }
        }
        Operation::LogSoftmaxOverChannels => {
            Operator { attributes: vec![AttributeProto::int("axis", 1)], ..plain("LogSoftmax") }
        }
        Operation::BatchNormalization { eps } => Operator {
            attributes: vec![AttributeProto::float("epsilon", eps)],
            parameters: ["weight", "bias", "running_mean", "running_var"].map(|name| (name, vec![channels])).to_vec(),
            ..plain("BatchNormalization")
        },
        Operation::Unchanged => plain("Identity"),
        Operation::Function(_) | Operation::Custom | Operation::Sequence | Operation::Addition => return None,
    })
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

/// The parameters of a layer with weights of these dims, outputs first.
fn weighted(dims: Vec<usize>, bias: bool) -> Vec<(&'static str, Vec<usize>)> {
    let outputs = dims[0];
    let mut parameters = vec![("weight", dims)];
    if bias {
        parameters.push(("bias", vec![outputs]));
    }
    parameters
}
