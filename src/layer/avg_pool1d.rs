//! AvgPool1D in `network!`: an [`AvgPool2D`](crate::layer::AvgPool2D) of a series of numbers.

use super::AvgPool2D;
use crate::shape::{Window, inference};

/// Average pooling of a series of numbers: of `C` channels, each `L` long, which are an image of one row, `[C, 1, L]`.
///
/// In [`network!`](crate::network!): `AvgPool1D(window = 4, stride = window, padding = 0, count_padding = true, ceil = false)`,
/// with the defaults shown; `window` is required. It is another way to write `AvgPool2D(window = [1, 4], …)`, and the layer is an
/// [`AvgPool2D`].
#[doc(alias = "AvgPool1d")]
#[doc(alias = "AveragePooling1D")]
pub struct AvgPool1D;

hyper_parameters! {
    AvgPool1D(window: usize, stride: usize = window, padding: usize = 0, count_padding: bool = true, ceil: bool = false)
        => AvgPool2D<C, H, W, OH, OW, 1, window, 1, stride, 0, padding, T, 0, padding, count_padding, ceil>,
    let pooling: Window = Window { ceil, ..Window::new([1, window], [1, stride], [0, padding]) },
    output = inference::series("AvgPool1D", input, inference::pool2d("AvgPool1D", input, pooling)),
    examples = {
        "avg_pool1d window 3": [3, 1, 10] => (window = 3),
        "avg_pool1d all": [2, 1, 12] => (window = 3, stride = 2, padding = 1, count_padding = false, ceil = true),
    },
}
