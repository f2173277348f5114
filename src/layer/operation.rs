//! What a layer computes, as a value: for export to other formats.

use crate::shape::Window;

/// What a layer computes after training, from its input and its parameters; see [`Layer::OPERATION`](super::Layer::OPERATION).
///
/// A format such as ONNX can be written from this alone, without knowing the layer. Each operation has the equation of the layer it
/// names, and exactly the parameters given here, under these names and in this order:
///
/// | operation | parameters |
/// |---|---|
/// | `Convolution` | `weight` `[O, C, KH, KW]`, `bias` `[O]` |
/// | `DenseProduct` | `weight` `[O, I]`, `bias` `[O]` |
/// | `ParametricRectifier` | `weight` `[slopes]` |
/// | `BatchNormalization` | `weight`, `bias`, `running_mean`, `running_var`, `[C]` each |
/// | all others | none |
///
/// The variants are not named like the layers: the compiler shortens a layer's type in its errors (`Conv2D<…>` instead of
/// `shapeproof::layer::Conv2D<…>`) only while nothing else has its name.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Operation {
    /// None of those below: an export of the layer is an error.
    Custom,
    /// The operations of its layers, one after the other: a [`Chain`](crate::network::Chain) of layers none of which is `Custom`.
    Sequence,
    /// [`Conv2D`](super::Conv2D): cross-correlation, padded with zeros.
    Convolution(Window),
    /// [`MaxPool2D`](super::MaxPool2D): pixels in the padding are never the maximum.
    MaxPooling(Window),
    /// [`AvgPool2D`](super::AvgPool2D): the divisor counts the padding.
    AveragePooling(Window),
    /// The sum of the outputs of two branches, as in a [`Residual`](super::Residual) block. The layers of the branches are inside,
    /// in `body` and, unless the input itself is added, in `shortcut`.
    Addition,
    /// [`Flatten`](super::Flatten)
    Flattening,
    /// [`Dense`](super::Dense)
    DenseProduct,
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
    /// An elementwise function.
    Function(Function),
    /// The sigmoid, `y = 1/(1 + exp(−x))`.
    SigmoidFunction,
    /// `y = tanh x`
    HyperbolicTangent,
    /// [`Softmax`](super::Softmax): over the channels of every position.
    SoftmaxOverChannels,
    /// [`BatchNorm`](super::BatchNorm), with its running statistics.
    BatchNormalization {
        /// What is added to the variance.
        eps: f64,
    },
    /// `y = x`: what [`Dropout`](super::Dropout) does after training.
    Unchanged,
}

/// An elementwise function, with its names in other programs.
///
/// It has to be one operator of ONNX, which ONNX Runtime implements at the exported version, and one module of PyTorch, with the same
/// hyper-parameters: a test runs both. What ONNX computes in several operators, such as `x·σ(x)`, needs an [`Operation`] of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Function {
    /// The name of ONNX's operator: `Elu`.
    pub onnx: &'static str,
    /// The name of PyTorch's module in `torch.nn`: `ELU`.
    pub torch: &'static str,
    /// Its hyper-parameters.
    pub settings: &'static [Setting],
}

/// A hyper-parameter of a [`Function`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// The name of ONNX's attribute.
    pub onnx: &'static str,
    /// The name of PyTorch's argument.
    pub torch: &'static str,
    /// Its value.
    pub value: f64,
}
