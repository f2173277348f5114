//! The convolution: which path it takes, forward and backward, and why.
//!
//! Every path is a matrix product over patches, and the textbook's is [im2col and a GEMM](im2col_gemm). The others leave out a
//! copy, or multiplications by zero, where the shape allows it. [`Plan::of`] chooses by the shape alone, so that in a network,
//! which knows its shapes when it is compiled, nothing of the choice is left at run time:
//!
//! | pass | path | chosen for | why |
//! |---|---|---|---|
//! | forward | [`Forward::Implicit`] | rows of outputs that are whole vectors (`OW` a multiple of 16) | patches are read from a [polyphase] image as they lie, never written |
//! | | [`Forward::Im2col`] | all others | im2col copies whole rows, and a GEMM takes any shape |
//! | gradient of the input | [`GradInput::Convolution`] | stride 1, padding smaller than the kernel, `W` a multiple of 16 | it is a convolution with the kernel rotated: implicit as well |
//! | | [`GradInput::Col2im`] | kernels of one pixel | every column goes to a pixel of its own |
//! | | [`GradInput::Row2im`] | all others | whole runs of numbers are added, and zeros left out |
//! | gradient of the weight | [`GradWeight::Im2col`] | patches of up to 32 numbers | too narrow for a tile: dot products of long rows instead, `A·Bᵀ` |
//! | | [`GradWeight::Implicit`] | rows of a window that are whole vectors (`KW·C` a multiple of 16) | patches are read from a [padded] image as they lie |
//! | | [`GradWeight::Im2row`] | all others | im2row copies whole runs, and a GEMM takes any shape |
//!
//! Two choices depend on more than the shape. `GradInput::Row2im`, `GradWeight::Implicit` and `GradWeight::Im2row` multiply by a
//! gradient that is mostly zeros, as it comes from a max pooling or a ReLU, as by a [sparse](super::sparse) matrix: only its
//! entries cost anything. And each product that says GEMM goes to [`gemm`](super::gemm::gemm()), which takes `matrixmultiply`
//! for operands that leave the cache. With `matrixmultiply` for all products, im2col and GEMM is what
//! `cargo bench --bench conv2d` measures beside the naive loops and the paths of this table.
//!
//! Patches that are written are still in cache when they are multiplied: a band of output rows has its patches written,
//! multiplied and forgotten before the next band's overwrite them. The functions are inlined into their layer, where the geometry
//! is a constant.

mod backward;
mod forward;
mod grad_input;
mod grad_weight;
pub mod im2col_gemm;
pub mod padded;
mod plan;
pub mod polyphase;

pub use backward::{Backward, BackwardScratch, conv2d_backward};
pub use forward::conv2d;
pub use plan::{Forward, GradInput, GradWeight, Plan};
