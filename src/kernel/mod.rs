//! The arithmetic: functions over slices and a [`Geometry`](crate::shape::Geometry), independent of layers and tensors.
//!
//! [`naive`] is the definition of each operation, written to be read. The other files compute the same results fast and
//! are tested against it; each begins with the reason why it is fast. The documentation of [`conv2d`] says which path a
//! convolution takes and why; that of [`gemm`] lists the matrix products.
//!
//! A function overwrites its result, except where its name begins with `add_`: then it adds to the result. A matrix product
//! takes a [`Write`](gemm::Write) instead. A `backward` does both: it overwrites the gradient of the input and adds to those of
//! the parameters.
//!
//! All images are `[C, H, W]`, all weights `[O, C, KH, KW]`, and all matrices row-major unless a [`Matrix`](matrix::Matrix) says
//! otherwise. The module is public for readers and benchmarks; its functions may change without a new major version.
//!
//! # Cost of a training step
//! In a training step of the reference network, for one sample (`cargo bench --bench roofline` prints all layers):
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
//! KiB counts the memory that has to be read and written at least. The second convolution takes more than half of the time, and both of
//! its passes are compute-bound. The forward pass runs near the peak of a core, apart from writing the patches. The backward
//! pass exceeds it, because three quarters of the gradient after a pooling are zeros, which are [skipped](sparse). The rest is
//! memory-bound: it has few operations per byte. In the network the rectifiers run [after their poolings](rectifier) and process
//! a quarter of the values.

pub mod activation;
pub mod add;
pub mod avg_pool2d;
pub mod batch_norm;
pub mod conv2d;
pub mod dense;
mod epilogue;
pub mod gate;
pub mod gemm;
pub mod global_pool2d;
pub mod group_norm;
pub mod im2col;
#[cfg(debug_assertions)]
mod instances;
pub mod matrix;
pub mod maxout;
pub mod moments;
pub mod naive;
pub mod pool2d;
pub mod rectifier;
mod rectify;
pub mod softmax;
pub mod sparse;
pub mod sum;
pub mod transpose;
pub mod upsample2d;

#[cfg(debug_assertions)]
#[doc(hidden)]
pub use instances::instances;
