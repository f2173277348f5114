//! MaxPool1D in `network!`: a [`MaxPool2D`](crate::layer::MaxPool2D) of a series of numbers.

use super::MaxPool2D;
use crate::shape::{Window, inference};

/// Max pooling of a series of numbers: of `C` channels, each `L` long, which are an image of one row, `[C, 1, L]`.
///
/// In [`network!`](crate::network!): `MaxPool1D(window = 4, stride = window, padding = 0, dilation = 1, ceil = false)`, with the
/// defaults shown; `window` is required. It is another way to write `MaxPool2D(window = [1, 4], …)`, and the layer is a
/// [`MaxPool2D`].
#[doc(alias = "MaxPool1d")]
#[doc(alias = "MaxPooling1D")]
pub struct MaxPool1D;

hyper_parameters! {
    MaxPool1D(window: usize, stride: usize = window, padding: usize = 0, dilation: usize = 1, ceil: bool = false)
        => MaxPool2D<C, H, W, OH, OW, 1, window, 1, stride, 0, padding, T, 0, padding, 1, dilation, ceil>,
    let pooling: Window = Window { dilation: [1, dilation], ceil, ..Window::new([1, window], [1, stride], [0, padding]) },
    output = inference::series("MaxPool1D", input, inference::pool2d("MaxPool1D", input, pooling)),
    examples = {
        "max_pool1d window 3": [3, 1, 10] => (window = 3),
        "max_pool1d all": [2, 1, 12] => (window = 3, stride = 2, padding = 1, dilation = 2, ceil = true),
    },
}
