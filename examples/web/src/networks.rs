//! The networks of the page. Each can be trained, looked into, saved and opened.

use shapeproof::layer::Module;
use shapeproof::network::Network;
use shapeproof::tensor::{Tensor, Vector};

use crate::dropout::ChosenDropout;
use crate::walk::Walk;

/// One pixel image in, one number for each of `K` classes out.
pub trait Classifier<const K: usize>:
    Network + Module<Scalar = f32, Input = Tensor<1, 28, 28>, Output = Vector<K>> + Walk
{
}

impl<N, const K: usize> Classifier<K> for N where
    N: Network + Module<Scalar = f32, Input = Tensor<1, 28, 28>, Output = Vector<K>> + Walk
{
}

shapeproof::network! {
    /// That of the examples, whose weights come with the page.
    pub type Small = [1, 28, 28] =>
        conv1: Conv2D(filters = 8, kernel = 3, padding = 1),  // 8×28×28
        PReLU,
        MaxPool2D(window = 2),                                // 8×14×14
        conv2: Conv2D(filters = 16, kernel = 3, padding = 1), // 16×14×14
        PReLU,
        MaxPool2D(window = 2),                                // 16×7×7
        Flatten,                                              // 784
        ChosenDropout,
        dense: Dense(units = 10),
}

shapeproof::network! {
    /// The same with an eleventh class.
    pub type SmallAndYours = [1, 28, 28] =>
        conv1: Conv2D(filters = 8, kernel = 3, padding = 1),
        PReLU,
        MaxPool2D(window = 2),
        conv2: Conv2D(filters = 16, kernel = 3, padding = 1),
        PReLU,
        MaxPool2D(window = 2),
        Flatten,
        ChosenDropout,
        dense: Dense(units = 11),
}

shapeproof::network! {
    /// Strides instead of the first pooling: a third of the arithmetic.
    pub type Strided = [1, 28, 28] =>
        conv1: Conv2D(filters = 8, kernel = 5, stride = 2),   // 8×12×12
        ReLU,
        conv2: Conv2D(filters = 16, kernel = 3, padding = 1), // 16×12×12
        ReLU,
        MaxPool2D(window = 2),                                // 16×6×6
        Flatten,                                              // 576
        ChosenDropout,
        dense: Dense(units = 10),
}

shapeproof::network! {
    /// No convolution at all, for comparison.
    pub type Plain = [1, 28, 28] =>
        Flatten,                  // 784
        hidden: Dense(units = 32),
        ReLU,
        ChosenDropout,
        dense: Dense(units = 10),
}
