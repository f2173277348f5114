//! The arithmetic: functions over slices and a [`Geometry`](crate::shape::Geometry), which know neither layers nor tensors.
//!
//! [`naive`] is the definition of each operation, written for reading. The other files compute the same numbers fast, and
//! are tested against it; each begins with the reason why it is fast. Which path a convolution takes, and why, is the first page
//! of [`conv2d`]; which products there are, that of [`gemm`].
//!
//! A function overwrites its result, whatever that held before, except where its name begins with `add_`, which adds to it.
//! A product says it by its [`Write`](gemm::Write). A `backward` does both: it overwrites the gradient of the input, and
//! adds to those of parameters.
//!
//! All images are `[C, H, W]`, all weights `[O, C, KH, KW]`, all matrices row-major unless a [`Matrix`](matrix::Matrix) says
//! otherwise. The module is open to readers and benchmarks; its functions may change without a new major version.
//!
//! # Where a step goes
//! In a training step of the reference network (`cargo bench --bench roofline` prints all layers), for one sample:
//!
//! | layer | pass | MFLOP | KiB | FLOP/byte |
//! |---|---|---|---|---|
//! | Conv2D 1→32 | forward | 0.452 | 101 | 4.4 |
//! | | backward | 0.452 | 101 | 4.4 |
//! | PReLU, MaxPool2D | both | – | 832 | – |
//! | Conv2D 32→64 | forward | 2.359 | 50 | 46.5 |
//! | | backward | 4.719 | 92 | 50.0 |
//! | Dense 1024→128 | forward | 0.262 | 69 | 3.7 |
//! | | backward | 0.524 | 201 | 2.6 |
//!
//! KiB are what has to be read and written at least. Half of the time are two passes of one layer, and both are bound by
//! arithmetic: forward near the peak of a core but for writing the patches; backward beyond it, as the gradient after a pooling
//! is three quarters zeros, which are [left out](sparse). The rest is bound by memory: few operations for each byte. In the
//! network the rectifiers come [after their poolings](rectifier) and have a quarter of the numbers to go through.

pub mod activation;
pub mod add;
pub mod avg_pool2d;
pub mod batch_norm;
pub mod conv2d;
pub mod dense;
pub mod gemm;
pub mod im2col;
#[cfg(debug_assertions)]
mod instances;
pub mod matrix;
pub mod moments;
pub mod naive;
pub mod pool2d;
pub mod rectifier;
pub mod sparse;
pub mod sum;
pub mod transpose;

#[cfg(debug_assertions)]
#[doc(hidden)]
pub use instances::instances;
