//! What a layer computes, as a value: for those who write a network down in another language.

use crate::shape::Window;

/// What a layer computes after training, from its input and its parameters; see [`Layer::OPERATION`](super::Layer::OPERATION).
///
/// A layer says this in neutral words, so that a format like ONNX can be written without knowing the layer. Each operation
/// has the equation of the layer it names, and exactly the parameters given here, under these names and in this order:
///
/// | operation | parameters |
/// |---|---|
/// | `Convolution` | `weight` `[O, C, KH, KW]`, `bias` `[O]` |
/// | `DenseProduct` | `weight` `[O, I]`, `bias` `[O]` |
/// | `ParametricRectifier` | `weight` `[slopes]` |
/// | `BatchNormalization` | `weight`, `bias`, `running_mean`, `running_var`, `[C]` each |
/// | all others | none |
///
/// The names are not those of the layers: the compiler writes a layer's type short in its errors (`Conv2D<…>` instead of
/// `shapeproof::layer::Conv2D<…>`) only while nothing else has its name.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Operation {
    /// None of those below: whoever needs to know what the layer computes has to refuse it.
    Custom,
    /// That of its layers, one after the other: a [`Chain`](crate::network::Chain) of layers that all say what they do.
    Sequence,
    /// [`Conv2D`](super::Conv2D): cross-correlation, padded with zeros.
    Convolution(Window),
    /// [`MaxPool2D`](super::MaxPool2D): padding never wins.
    MaxPooling(Window),
    /// [`AvgPool2D`](super::AvgPool2D): padding counts.
    AveragePooling(Window),
    /// The sum of what two branches make of the input, as in a [`Residual`](super::Residual) block: its layers stand inside,
    /// in the branch `body` and, unless the input itself is added, in `shortcut`.
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
    /// A function of each number by itself.
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

/// A function of each number by itself, by what other programs call it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Function {
    /// ONNX's operator: `Elu`.
    pub onnx: &'static str,
    /// PyTorch's module in `torch.nn`: `ELU`.
    pub torch: &'static str,
    /// Its hyper-parameters: what either calls them, and their values.
    pub settings: &'static [Setting],
}

/// A hyper-parameter of a [`Function`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// ONNX's attribute.
    pub onnx: &'static str,
    /// PyTorch's argument.
    pub torch: &'static str,
    /// Its value.
    pub value: f64,
}
