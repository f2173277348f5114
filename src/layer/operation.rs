//! What a layer computes, as a value: for those who write a network down in another language.

use crate::shape::Window;

/// What a layer computes after training, from its input and its parameters; see [`Layer::OPERATION`](super::Layer::OPERATION).
///
/// A layer says this in the field's words, so that a format like ONNX can be written without knowing the layer. Each operation
/// has the equation of the layer of that name, and exactly the parameters given here, under these names and in this order:
///
/// | operation | parameters |
/// |---|---|
/// | `Conv2D` | `weight` `[O, C, KH, KW]`, `bias` `[O]` |
/// | `Dense` | `weight` `[O, I]`, `bias` `[O]` |
/// | `PReLU` | `weight` `[slopes]` |
/// | `BatchNorm` | `weight`, `bias`, `running_mean`, `running_var`, `[C]` each |
/// | all others | none |
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Operation {
    /// None of those below: whoever needs to know what the layer computes has to refuse it.
    Custom,
    /// That of its layers, one behind the other: a [`Chain`](crate::network::Chain) of layers that all say what they do.
    Sequence,
    /// [`Conv2D`](super::Conv2D): cross-correlation, padded with zeros.
    Conv2D(Window),
    /// [`MaxPool2D`](super::MaxPool2D): padding never wins.
    MaxPool2D(Window),
    /// [`Flatten`](super::Flatten)
    Flatten,
    /// [`Dense`](super::Dense)
    Dense,
    /// [`ReLU`](super::ReLU)
    ReLU,
    /// [`LeakyReLU`](super::LeakyReLU)
    LeakyReLU {
        /// The slope below zero.
        negative_slope: f64,
    },
    /// [`PReLU`](super::PReLU)
    PReLU {
        /// How many slopes: one, or one for each channel.
        slopes: usize,
    },
    /// `y = 1/(1 + exp(−x))`
    Sigmoid,
    /// `y = tanh x`
    Tanh,
    /// [`Softmax`](super::Softmax): over the channels of every position.
    Softmax,
    /// [`BatchNorm`](super::BatchNorm), with its running statistics.
    BatchNorm {
        /// What is added to the variance.
        eps: f64,
    },
    /// `y = x`: what [`Dropout`](super::Dropout) does after training.
    Identity,
}
