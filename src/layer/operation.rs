//! What a layer computes, as a value: for export to other formats.

use super::Axes;
use crate::shape::Window;

/// What a layer computes after training, from its input and its parameters; see [`Layer::OPERATION`](super::Layer::OPERATION).
///
/// A format such as ONNX can be written from this alone, without knowing the layer. Each operation has the equation of the layer it
/// names, and exactly the parameters given here, under these names and in this order:
///
/// | operation | parameters |
/// |---|---|
/// | `Convolution` | `weight` `[O, C/groups, KH, KW]`, with `bias` `bias` `[O]` |
/// | `TransposedConvolution` | `weight` `[C, O, KH, KW]`, with `bias` `bias` `[O]` |
/// | `DenseProduct` | `weight` `[O, I]`, with `bias` `bias` `[O]` |
/// | `ParametricRectifier` | `weight` `[slopes]` |
/// | `BatchNormalization` | `weight`, `bias`, `running_mean`, `running_var`, `[C]` each |
/// | `GroupNormalization` | `weight`, `bias`, `[C]` each |
/// | `LayerNormalization` | `weight`, `bias`, `[C, H, W]` each, or `[C]` of a vector |
/// | all others | none |
///
/// The variants are not named like the layers: the compiler shortens a layer's type in its errors (`Conv2D<…>` instead of
/// `shapeproof::layer::Conv2D<…>`) only while nothing else has its name.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Operation {
    /// None of those below: an export of the layer is an error.
    Custom,
    /// The operations of its layers, one after the other: a [`Chain`](crate::network::Chain) of layers none of which is `Custom`, or a
    /// network [in the place of a layer](super::Sequential), whose layers are inside.
    Sequence,
    /// [`Conv2D`](super::Conv2D): cross-correlation, padded with zeros.
    Convolution {
        /// Its window.
        window: Window,
        /// The number of groups of channels and filters.
        groups: usize,
        /// Whether it has a bias.
        bias: bool,
    },
    /// [`ConvTranspose2D`](super::ConvTranspose2D)
    TransposedConvolution {
        /// Its window.
        window: Window,
        /// The rows below and the columns to the right that the output has beyond what the window gives.
        output_padding: [usize; 2],
        /// Whether it has a bias.
        bias: bool,
    },
    /// [`MaxPool2D`](super::MaxPool2D): pixels in the padding are never the maximum.
    MaxPooling(Window),
    /// [`AvgPool2D`](super::AvgPool2D)
    AveragePooling {
        /// Its window.
        window: Window,
        /// Whether the divisor counts the padding.
        count_padding: bool,
    },
    /// [`GlobalAvgPool2D`](super::GlobalAvgPool2D)
    GlobalAveragePooling,
    /// [`GlobalMaxPool2D`](super::GlobalMaxPool2D)
    GlobalMaxPooling,
    /// [`Upsample`](super::Upsample)
    Upsampling {
        /// The vertical and the horizontal factor.
        scale: [usize; 2],
        /// Whether pixels are interpolated rather than repeated.
        is_bilinear: bool,
    },
    /// The sum of the outputs of two branches, as in a [`Residual`](super::Residual) block. The layers of the branches are inside,
    /// in `body` and, unless the input itself is added, in `shortcut`.
    Addition,
    /// The outputs of branches, their channels one after the other, as in a [`Concat`](super::Concat). The branches are inside, in
    /// `branches`.
    Concatenation,
    /// The product of the input and the output of the layers in the branch `gate`, as in a [`Gate`](super::Gate): one factor for each
    /// number, or for each channel.
    Multiplication,
    /// [`Flatten`](super::Flatten)
    Flattening,
    /// [`Unflatten`](super::Unflatten)
    Unflattening,
    /// [`Dense`](super::Dense)
    DenseProduct {
        /// Whether it has a bias.
        bias: bool,
    },
    /// [`ReLU`](super::ReLU)
    Rectifier,
    /// [`LeakyReLU`](super::LeakyReLU)
    LeakyRectifier {
        /// The slope below zero.
        negative_slope: f64,
    },
    /// [`PReLU`](super::PReLU)
    ParametricRectifier {
        /// How many slopes: one, or one for each channel.
        slopes: usize,
    },
    /// [`Maxout`](super::Maxout)
    LargestOfChannels {
        /// How many channels each output is the largest of.
        pieces: usize,
    },
    /// An elementwise function.
    Function(Function),
    /// [`Sigmoid`](super::Sigmoid)
    SigmoidFunction,
    /// [`Tanh`](super::Tanh)
    HyperbolicTangent,
    /// [`Softmax`](super::Softmax), over these axes.
    SoftmaxOver(Axes),
    /// [`LogSoftmax`](super::LogSoftmax), its logarithm.
    LogSoftmaxOver(Axes),
    /// [`BatchNorm`](super::BatchNorm), with its running statistics.
    BatchNormalization {
        /// What is added to the variance.
        eps: f64,
    },
    /// [`GroupNorm`](super::GroupNorm)
    GroupNormalization {
        /// How many groups the channels are split into.
        groups: usize,
        /// What is added to the variance.
        eps: f64,
    },
    /// [`LayerNorm`](super::LayerNorm)
    LayerNormalization {
        /// What is added to the variance.
        eps: f64,
    },
    /// `y = x`: what [`Dropout`](super::Dropout) does after training.
    Unchanged,
}

/// A function without parameters, of the same shape, with its names in other programs: what [`Elementwise`](super::Elementwise)
/// layers compute.
///
/// A test runs both: PyTorch's module, and with ONNX Runtime ONNX's operators, as they are at the exported version.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Function {
    /// The name of PyTorch's module in `torch.nn`, and its arguments: `ELU`, `alpha`.
    pub torch: (&'static str, &'static [(&'static str, Argument)]),
    /// ONNX's operators, in order; the last one's result is that of the function.
    pub onnx: &'static [Node],
}

/// An operator of ONNX in a [`Function`].
///
/// ```
/// use shapeproof::layer::{Node, Source};
///
/// let tanh = Node::of("Tanh"); // of the layer's input
/// let double = Node { inputs: &[Source::Node(0), Source::Number(2.0)], ..Node::of("Mul") };
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Node {
    /// The name of the operator: `Elu`.
    pub operator: &'static str,
    /// What it takes.
    pub inputs: &'static [Source],
    /// Its attributes.
    pub attributes: &'static [(&'static str, Argument)],
}

impl Node {
    /// An operator of the layer's input alone, without attributes.
    pub const fn of(operator: &'static str) -> Node {
        Node { operator, inputs: &[Source::Input], attributes: &[] }
    }
}

/// An input of a [`Node`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source {
    /// The input of the layer.
    Input,
    /// The result of a node before this one, by its place in the list.
    Node(usize),
    /// A constant.
    Number(f64),
}

/// The value of an argument in PyTorch, or of an attribute in ONNX.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Argument {
    /// A number; in ONNX an `f32`.
    Number(f64),
    /// A text.
    Text(&'static str),
}
