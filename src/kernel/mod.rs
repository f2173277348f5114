//! The arithmetic: functions over slices and a [`Geometry`](crate::shape::Geometry), which know neither layers nor tensors.
//!
//! [`naive`] is the definition of each operation, written for reading. The other files compute the same numbers fast, and
//! are tested against it; each begins with the reason why it is fast.
//!
//! The room is open to readers and benchmarks; its functions may change without a new major version.
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
pub mod matrix;
pub mod naive;
pub mod pool2d;
pub mod product;
pub mod rectifier;
pub mod sparse;
pub mod sum;
pub mod transpose;
