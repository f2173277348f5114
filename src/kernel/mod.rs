//! The arithmetic: functions over slices and a [`Geometry`](crate::shape::Geometry), which know neither layers nor tensors.
//!
//! [`naive`] is the definition of each operation, written for reading. The other files compute the same numbers fast, and
//! are tested against it; each begins with the reason why it is fast.
//!
//! The room is open to readers and benchmarks; its functions may change without a new major version.
//!
//! # Where a step goes
//! The reference network's training step, for one sample of eight that go through together on one core of an AMD EPYC (Zen 4,
//! 2026-11-24, Rust 1.95), whose peak is 118 GFLOP/s (`cargo bench --bench roofline`):
//!
//! | layer | pass | MFLOP | KiB | FLOP/byte | µs | GFLOP/s | of peak |
//! |---|---|---|---|---|---|---|---|
//! | Conv2D 1→32 | forward | 0.452 | 101 | 4.4 | 4.9 | 93 | 79 % |
//! | | backward | 0.452 | 101 | 4.4 | 7.4 | 61 | 52 % |
//! | PReLU | forward | – | 196 | – | 2.2 | – | – |
//! | | backward | – | 294 | – | 3.3 | – | – |
//! | MaxPool2D | forward | – | 122 | – | 2.4 | – | – |
//! | | backward | – | 220 | – | 3.4 | – | – |
//! | Conv2D 32→64 | forward | 2.359 | 50 | 46.5 | 21.8 | 108 | 92 % |
//! | | backward | 4.719 | 92 | 50.0 | 28.6 | 165 | 139 % |
//! | PReLU, MaxPool2D | both | – | 136 | – | 1.7 | – | – |
//! | Dense 1024→128 | forward | 0.262 | 69 | 3.7 | 4.1 | 65 | 55 % |
//! | | backward | 0.524 | 201 | 2.6 | 6.9 | 76 | 65 % |
//! | all | both | 8.775 | | | 87.0 | 101 | 85 % |
//!
//! KiB are what has to be read and written at least. Half of the time are two passes of one layer, and both are bound by
//! arithmetic: forward at the peak but for writing the patches; backward beyond it, as the gradient behind a pooling is three
//! quarters zeros, which are [left out](sparse). The rest is bound by memory: few operations for each byte. In the network
//! the rectifiers come [behind their poolings](rectifier) and cost a quarter of what they do here, where each layer stands
//! alone.
//!
//! All images are `[C, H, W]`, all weights `[O, C, KH, KW]`, all matrices row-major unless a [`Matrix`](matrix::Matrix) says
//! otherwise.

pub mod activation;
pub mod add;
pub mod avg_pool2d;
pub mod batch_norm;
pub mod conv2d;
pub mod dense;
pub mod dots;
pub mod gemm;
pub mod im2col;
#[cfg(debug_assertions)]
mod instances;
pub mod matrix;
pub mod moments;
pub mod naive;
pub mod padded;
pub mod pool2d;
pub mod product;
pub mod rectifier;
pub mod sparse;
pub mod sum;
pub mod transpose;
pub mod windows;

#[cfg(debug_assertions)]
#[doc(hidden)]
pub use instances::instances;
