//! `network!`: an architecture, written down and checked.

/// Defines a network as a type.
///
/// ```
/// shapeproof::network! {
///     /// 28×28 grey digits in, ten logits out.
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
/// | layer | hyper-parameters |
/// |---|---|
/// | [`Conv2D`](crate::layer::Conv2D) | `filters`, `kernel`, `stride = 1`, `padding = 0` |
/// | [`MaxPool2D`](crate::layer::MaxPool2D), [`AvgPool2D`](crate::layer::AvgPool2D) | `window`, `stride = window`, `padding = 0` |
/// | [`Flatten`](crate::layer::Flatten) | |
/// | [`Dense`](crate::layer::Dense) | `units` |
/// | [`ReLU`](crate::layer::ReLU), [`Softmax`](crate::layer::Softmax) | |
/// | [`LeakyReLU`](crate::layer::LeakyReLU) | `negative_slope = 0.01` |
/// | [`PReLU`](crate::layer::PReLU) | `per_channel = false` |
/// | [`BatchNorm`](crate::layer::BatchNorm) | `eps = 1e-5`, `momentum = 0.1` |
/// | [`Dropout`](crate::layer::Dropout) | `percent = 50` |
/// | [`Residual`](crate::layer::Residual) | the layers of its body, then maybe `shortcut = (…)` with those of its shortcut |
///
/// A [`Residual`](crate::layer::Residual) has layers of this table inside, blocks included:
/// ```
/// shapeproof::network! {
///     type Blocks = [16, 32, 32] =>
///         Residual(
///             Conv2D(filters = 32, kernel = 3, stride = 2, padding = 1), BatchNorm, ReLU,
///             Conv2D(filters = 32, kernel = 3, padding = 1), BatchNorm,
///             shortcut = (Conv2D(filters = 32, kernel = 1, stride = 2), BatchNorm),
///         ),
///         ReLU,
/// }
/// ```
///
/// Sizes along two axes (`kernel`, `window`, `stride`, `padding`) are one number for both or `[vertical, horizontal]`.
/// Constants work wherever literals do.
///
/// # Names
/// A parameter is called by its layer's position, `3.weight`, unless the layer has a name of your choice, as `fc` in
/// `[4, 7, 5] => Flatten, fc: Dense(units = 10)`: then it is `fc.weight`. Blocks and the layers inside them can have names
/// too: `3.body.0.weight` is `stage1.body.conv1.weight` if both do. See [`Named`](crate::layer::Named).
///
/// # Errors
/// A network that does not fit together does not compile. The error stands on the layer that does not fit, and counts
/// layers from 0, as positions do:
///
/// ```text
/// error[E0080]: evaluation panicked: layer 3: Conv2D kernel 13×13 does not fit its 8×12×12 input
///   |
/// 9 |     Conv2D(filters = 16, kernel = 13),
///   |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ evaluation of `_` failed here
/// ```
///
/// Inside a block it stands on the layer inside, and says `layer 3.body.1: …`. If a block's branches cannot be added, it stands
/// on the last layer that changes the shape.
///
/// # Your own layers
/// Any other name is a layer type of yours, in scope where the network is defined.
/// - **`Swish`**, without parentheses, keeps its input's shape and is the type `Swish<C, H, W, T>`.
/// - **`Upsample(factor = 2)`** is the type `Upsample<C, H, W, OC, OH, OW, 2, T>`: input shape, output shape, the
///   hyper-parameters as `usize` in the order written, and the scalar. The type tells the macro its output shape by two
///   associated items (`Upsample()` works for a type without hyper-parameters):
///
/// ```
/// # use shapeproof::{bytemuck::{self, Zeroable}, layer::Layer, scalar::Scalar, tensor::Tensor};
/// # use std::marker::PhantomData;
/// #[derive(Zeroable)]
/// # #[bytemuck(crate = "bytemuck")]
/// pub struct Upsample<const C: usize, const H: usize, const W: usize, const OC: usize, const OH: usize, const OW: usize,
///     const FACTOR: usize, T: Scalar>(PhantomData<T>);
///
/// impl<const C: usize, const H: usize, const W: usize, const OC: usize, const OH: usize, const OW: usize,
///     const FACTOR: usize, T: Scalar> Upsample<C, H, W, OC, OH, OW, FACTOR, T>
/// {
///     pub const HYPER_PARAMETERS: [&str; 1] = ["factor"];
///
///     pub const fn output([c, h, w]: [usize; 3]) -> Result<[usize; 3], &'static str> {
///         if FACTOR == 0 { Err("factor must be at least 1") } else { Ok([c, h * FACTOR, w * FACTOR]) }
///     }
/// }
/// # impl<const C: usize, const H: usize, const W: usize, const OC: usize, const OH: usize, const OW: usize,
/// #     const FACTOR: usize, T: Scalar> Layer for Upsample<C, H, W, OC, OH, OW, FACTOR, T> {
/// #     type Scalar = T; type Input = Tensor<C, H, W, T>; type Output = Tensor<OC, OH, OW, T>;
/// #     type Tape = (); type Workspace<const N: usize> = ();
/// #     const KIND: &'static str = "Upsample";
/// #     fn tape(_: usize) {}
/// #     fn infer<const N: usize>(&self, _: &[Self::Input], _: &mut [Self::Output], _: &mut ()) {}
/// #     fn forward(&self, _: &[Self::Input], _: &mut [Self::Output], _: &mut ()) {}
/// #     fn backward(&self, _: &[Self::Input], _: &mut (), _: &[Self::Output], _: Option<&mut [Self::Input]>, _: &mut Self) {}
/// # }
///
/// shapeproof::network! { type Net = [1, 7, 5] => Upsample(factor = 3), Flatten, Dense(units = 2) }
/// # fn is_layer<L: Layer>() {}
/// # is_layer::<Net>();
/// ```
///
/// # Limits
/// Nothing has more than [`MAX_NUMBERS`](crate::shape::MAX_NUMBERS) numbers, 2³¹ − 1: no sample on its way through the network,
/// with the padding of a convolution or without, nor all the patches a convolution makes of one; nor has a network more
/// parameters, or a window a larger stride. A layer beyond that is an error like any other, in release builds too:
///
/// ```text
/// layer 2: Dense over 12582912 inputs, 1000 units: too many weights; a network has at most 2147483647 parameters
/// ```
///
/// Each layer, of a network or inside a block, takes one level of macro recursion, and a name another one: networks of about 100
/// layers, or 50 with names, need `#![recursion_limit = "256"]`.
///
/// Every network is compiled for itself. Seconds that it and a [`Trainer`](crate::train::Trainer) on it add to a program that
/// does nothing, on two virtual cores of an AMD EPYC (Zen 4), 2026-11-24, this crate being compiled already:
///
/// | layers | `cargo check` | `cargo build` | after an edit | `cargo build --release` |
/// |---|---|---|---|---|
/// | 1 | 0.04 | 1.0 | 0.2 | 2.7 |
/// | 10 | 0.06 | 2.0 | 0.3 | 4.7 |
/// | 40 | 0.3 | 7.6 | 0.7 | 10.2 |
#[macro_export]
macro_rules! network {
    ($($network:tt)*) => {
        $crate::__layers! { [$crate::__macros::network] $crate $($network)* }
    };
}
