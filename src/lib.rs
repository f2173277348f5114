//! Small convolutional networks whose shapes are part of their types.
//!
//! A network whose layers do not fit together does not compile. If it compiles, its whole shape, and so its memory and its loop
//! bounds, is known to the compiler.
//!
//! ```
//! use shapeproof::prelude::*;
//! use shapeproof::tensor::zeros;
//!
//! network! {
//!     /// 28×28 grayscale digits to ten logits.
//!     pub type DigitNet = [1, 28, 28] =>
//!         Conv2D(filters = 8, kernel = 5, stride = 2), // 8×12×12
//!         ReLU,
//!         MaxPool2D(window = 2),                       // 8×6×6
//!         Flatten,                                     // 288
//!         Dense(units = 10),
//! }
//!
//! let network = DigitNet::new(1);
//! let images = zeros::<Tensor<1, 28, 28>>(4);
//! let mut logits = zeros(4);
//! network.predict::<4>(&images, &mut logits, &mut DigitNet::workspace::<4>());
//! println!("{}", DigitNet::summary());
//! ```
//!
//! # Modules
//! In the order of the data flow:
//!
//! | module | contents |
//! |---|---|
//! | [`scalar`], [`shape`], [`tensor`] | `f32` and `f64`; shapes as values, and their rules; samples and batches |
//! | [`kernel`] | the arithmetic over slices: each operation's definition, and its fast version |
//! | [`data`] | datasets: IDX files, MNIST and its like, also from the internet, synthetic digits; the order of the samples |
//! | [`layer`] | the trait every layer implements, how to add one, and one file for each |
//! | [`mod@network`], [`network!`] | layers composed into one type |
//! | [`init`], [`gradient`] | initialization; gradient checks |
//! | [`loss`], [`optim`], [`metrics`] | losses, optimizers, measures of quality |
//! | [`train`] | training, on all cores |
//! | [`io`] | files: models, models inside the binary, models for other runtimes, checkpoints |
//! | [`prelude`] | the names of a first program |
//!
//! [`_guide`] is the guide: how to write a layer, a loss or an optimizer of your own, and functions over any network.
//!
//! # Words
//! Shapes are written `[N, C, H, W]`: samples, channels, height, width. A sample is a [`Tensor`](tensor::Tensor), whose shape is
//! part of its type. A batch is a slice of samples, whose length is not. "Convolution" is cross-correlation, as usual in the field.
//!
//! # Features
//! - `std` (default) adds files, memory maps, threads, training, and the packed GEMM of `matrixmultiply`. Without it the crate is
//!   `no_std`: it links `alloc`, and inference never calls it.
//! - `safetensors` (default) adds model files, as bytes without `std`.
//! - `download` (default) adds `data::download`: MNIST, Fashion-MNIST and KMNIST from the internet, if a program asks for them. It
//!   brings an HTTP client without TLS; `https` adds TLS.
//! - `onnx` adds the export to ONNX.
//! - `images` adds `data::images`: folders of PNG and JPEG files, decoded by the crate `image`.
//!
//! # Promises
//! [`promises`] lists all that is promised, each line with the test of it: numerics, determinism, files, panics, memory, threads,
//! limits.
//!
//! # Determinism
//! A seed gives the same bits on any number of threads, on one kind of processor. Between kinds of processor, the GEMM's last bits
//! differ.
#![no_std]
#![warn(missing_docs, clippy::unwrap_used)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

#[cfg(feature = "std")]
pub mod _guide;
mod aligned;
pub mod data;
pub mod error;
#[cfg(feature = "std")]
mod file;
pub mod gradient;
pub mod init;
pub mod io;
pub mod kernel;
pub mod layer;
mod layer_path;
pub mod loss;
mod memory;
pub mod metrics;
mod name;
pub mod network;
pub mod optim;
pub mod prelude;
pub mod promises;
mod rng_key;
pub mod scalar;
pub mod shape;
mod simd;
pub mod tensor;
#[cfg(feature = "std")]
pub mod train;

pub use bytemuck;
pub use error::{Error, Result};
#[doc(hidden)]
pub use shapeproof_macros as __macros;

/// The README's code is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
