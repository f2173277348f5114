//! `network!`: an architecture as a type.

/// Defines a network as a type.
///
/// ```
/// shapeproof::network! {
///     /// 28×28 grayscale digits to ten logits.
///     pub type DigitNet = [1, 28, 28] =>
///         Conv2D(filters = 32, kernel = 3, padding = 1),            // 32×28×28
///         PReLU,
///         MaxPool2D(window = 2),                                    // 32×14×14
///         Conv2D(filters = 64, kernel = 3, stride = 2, padding = 2), // 64×8×8
///         PReLU,
///         MaxPool2D(window = 2),                                    // 64×4×4
///         Flatten,                                                  // 1024
///         Dense(units = 128),
///         PReLU,
///         Dropout(percent = 50),
///         Dense(units = 10),
/// }
/// ```
///
/// The result is one ordinary type, a [`Chain`](crate::network::Chain) of the layers in [`layer`](crate::layer). The input's
/// shape is `[channels, height, width]`; `[1, 28, 28; f64]` computes in `f64`.
///
/// # Layers
#[doc = crate::layer::table!()]
///
/// # Blocks
/// Blocks contain layers of the table, and other blocks:
///
/// | block | in its parentheses |
/// |---|---|
/// | [`Residual`](crate::layer::Residual) | the layers of its body, then an optional `shortcut = (…)` with those of its shortcut |
/// | [`Concat`](crate::layer::Concat) | two branches or more, each in parentheses of its own, or `Identity` for the input itself |
/// | [`Gate`](crate::layer::Gate) | the layers whose output multiplies the input |
/// | the name of a network | nothing: it is a layer of this one, a [`Sequential`](crate::layer::Sequential) |
///
/// ```
/// shapeproof::network! {
///     type Blocks = [16, 32, 32] =>
///         Residual(
///             Conv2D(filters = 32, kernel = 3, stride = 2, padding = 1), BatchNorm, ReLU,
///             Conv2D(filters = 32, kernel = 3, padding = 1), BatchNorm,
///             shortcut = (Conv2D(filters = 32, kernel = 1, stride = 2), BatchNorm),
///         ),
///         ReLU,
///         Concat((Conv2D(filters = 8, kernel = 1), ReLU), (MaxPool2D(window = 3, stride = 1, padding = 1)), Identity), // 72×16×16
///         Gate(GlobalAvgPool2D, Dense(units = 18), ReLU, Dense(units = 72), Sigmoid),
/// }
/// shapeproof::network! { type Net = [16, 32, 32] => Blocks, GlobalAvgPool2D, Dense(units = 10) }
/// ```
///
/// Sizes along two axes (`kernel`, `window`, `stride`, `padding`, `output_padding`, `dilation`, `scale`) are one number for both or
/// `[vertical, horizontal]`; those of `Conv1D`, `MaxPool1D` and `AvgPool1D`, which have one axis, are one number. In `Conv2D`,
/// `MaxPool2D` and `AvgPool2D`, `padding` can also be that of [each side, or `"same"`](crate::shape::Padding). Constants work
/// wherever literals do.
///
/// # Names
/// A parameter's name begins with its layer's position, `3.weight`, unless the layer has a name, as `fc` has in `[4, 7, 5] =>
/// Flatten, fc: Dense(units = 10)`: then it is `fc.weight`. Blocks and the layers inside them can have names too: `3.body.0.weight`
/// becomes `stage1.body.conv1.weight` if both do. See [`Named`](crate::layer::Named).
///
/// # Errors
/// A mistake is one error, on the wrong word or layer. Errors count layers from 0, as positions do:
///
/// ```text
/// error[E0080]: evaluation panicked: layer 3: Conv2D kernel 13×13 does not fit its 8×12×12 input
///   |
/// 9 |     Conv2D(filters = 16, kernel = 13),
///   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ evaluation of `_` failed here
/// ```
///
/// Inside a block, the error is on the layer inside, and says `layer 3.body.1: …`. If a block's branches cannot be added or joined, the
/// error is on the last layer that changes the shape.
///
/// # Any scalar, any size
/// `type Net<T> = [1, 28, 28; T] => …` is a network for any scalar, `Net<f32>` or `Net<f64>`. A size cannot be a parameter: stable
/// Rust cannot compute the shapes that follow from it. A `macro_rules!` of your own around `network!` can write a network for each
/// size, as the example `widths` does. A network that is generic over its scalar is used in another as `Block<T>`.
///
/// # Your own layers
/// Any other name that is no network is a layer of your own, in scope where the network is defined and declared by
/// [`hyper_parameters!`](crate::hyper_parameters!). It is called like those above, and mistakes in it are reported in the same way.
///
/// # Limits
/// Nothing has more than [`MAX_NUMBERS`](crate::shape::MAX_NUMBERS) numbers, 2³¹ − 1. The limit applies to every sample in the
/// network, with the padding of a convolution or without, to all the patches a convolution makes of one, to the parameters of the
/// network, and to strides and dilations. A layer beyond it is an error like any other, in release builds too:
///
/// ```text
/// layer 2: Dense over 12582912 inputs, 1000 units: too many weights; a network has at most 2147483647 parameters
/// ```
///
/// From about 120 layers on, the type is nested more deeply than the compiler allows, and it asks for
/// `#![recursion_limit = "256"]` at the top of your crate.
#[macro_export]
macro_rules! network {
    ($($network:tt)*) => {
        $crate::__layers! { [$crate::__macros::network] $crate $($network)* }
    };
}
