//! Conv1D in `network!`: a [`Conv2D`](crate::layer::Conv2D) of a series of numbers.

use super::Conv2D;
use crate::shape::{Window, inference, volume};

/// Convolution of a series of numbers: of `C` channels, each `L` long, which are an image of one row, `[C, 1, L]`.
///
/// In [`network!`](crate::network!):
/// `Conv1D(filters = O, kernel = 3, stride = 1, padding = 0, dilation = 1, groups = 1, bias = true)`, with the defaults shown;
/// `filters` and `kernel` are required, and all sizes are whole numbers. It is another way to write
/// `Conv2D(filters = O, kernel = [1, 3], …)`, and the layer is a [`Conv2D`]: equation and parameters are there. Its weight is
/// `[O, C/groups, 1, K]`, where PyTorch's `Conv1d` has `[O, C/groups, K]`.
///
/// ```
/// shapeproof::network! {
///     type Net = [2, 1, 128] =>                                       // two channels of 128 numbers
///         Conv1D(filters = 8, kernel = 9, padding = 4), ReLU,         // 8×1×128
///         MaxPool1D(window = 4),                                      // 8×1×32
///         Conv1D(filters = 16, kernel = 5, padding = 2), ReLU,        // 16×1×32
///         GlobalAvgPool2D,
///         Dense(units = 3),
/// }
/// ```
#[doc(alias = "Conv1d")]
#[doc(alias = "time series")]
pub struct Conv1D;

hyper_parameters! {
    Conv1D(
        filters: usize,
        kernel: usize,
        stride: usize = 1,
        padding: usize = 0,
        dilation: usize = 1,
        groups: usize = 1,
        bias: bool = true,
    ) => Conv2D<C, H, W, OC, OH, OW, 1, kernel, 1, stride, 0, padding, T, 0, padding, 1, dilation, channels, biases>,
    let channels = input.channels / if groups == 0 { 1 } else { groups },
    let biases = inference::biases(filters, bias),
    let window: Window = Window { dilation: [1, dilation], ..Window::new([1, kernel], [1, stride], [0, padding]) },
    output = inference::series("Conv1D", input, inference::conv2d("Conv1D", input, filters, groups, window)),
    parameters = inference::parameters(filters, volume!(channels, kernel), bias),
    examples = {
        "conv1d plain": [2, 1, 9] => (filters = 3, kernel = 4),
        "conv1d all": [4, 1, 17] => (filters = 6, kernel = 3, stride = 2, padding = 2, dilation = 3, groups = 2, bias = false),
    },
}
