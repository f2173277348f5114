//! The convolution: which path it takes, forward and backward, and why.
//!
//! Every path but the first two is a matrix product over patches; the textbook path is [im2col and a GEMM](im2col_gemm). The others
//! skip a copy, or multiplications by zero, where the shape allows it. [`Plan`] chooses by the shape, and in training by the type of the
//! numbers: in each pass, the first of these paths that applies. A network knows its shapes at compile time, so it makes no choice at run time.
//!
//! | pass | path | chosen for | why |
//! |---|---|---|---|
//! | all, in training | [`Plan::Winograd`] | 3×3 kernels with a stride, a padding and a dilation of 1, `f32`, at least 32 channels and 32 filters, if it saves three sevenths of the multiplications, where sizes are padded (8×8, not 7×7; 48 channels, not 33) | [tiles of 2×2 outputs](winograd) have 16 multiplications instead of 36 |
//! | all | [`Plan::Depthwise`] | groups of one channel; forward only if their image has room in the place of the columns | a product over one channel is too narrow: [shifted runs of a plane](depthwise) are added |
//! | forward | [`ForwardPath::ByFilter`] | a multiple of 16 filters and patches of more than 64 values, but for a stride of 1 with rows of whole vectors | [vectors lie along the filters](by_filter): nothing depends on the width of the image |
//! | | [`ForwardPath::Implicit`] | rows of outputs that fill vectors of 16 by four fifths or more (`OW` is 16, 26 to 32, …), if they are whole vectors or patches have more than 32 values | patches are read in place from a [polyphase] image, never written |
//! | | [`ForwardPath::Im2col`] | all others, and few samples of `ByFilter`, for which its weights are not worth reordering | im2col copies whole rows, and a GEMM takes any shape |
//! | gradient of the input | [`GradInput::Convolution`] | stride 1, padding smaller than the window's extent, `W` fills vectors likewise | it is a convolution with the kernel rotated: implicit as well |
//! | | [`GradInput::Col2im`] | 1×1 kernels | every column is added to a pixel of its own |
//! | | [`GradInput::Row2im`] | all others | contiguous runs are added, and zeros are skipped |
//! | gradient of the weight | [`GradWeight::Im2col`] | patches of up to 32 values, or 64 where there are at least 256 positions | too narrow for a tile: dot products of long rows instead, `A·Bᵀ` |
//! | | [`GradWeight::Implicit`] | rows of a window that are contiguous whole vectors (`KW·C` a multiple of 16, no horizontal dilation) | patches are read in place from a [padded] image |
//! | | [`GradWeight::Im2row`] | all others | im2row copies contiguous runs, and a GEMM takes any shape |
//!
//! The shape is that of one group: each group of channels and filters is a convolution of its own, on contiguous parts of the
//! image and of the weights. Backward, groups are the outer loop and samples the inner, so that the weights of a group are
//! reordered once; of a depthwise convolution samples are the outer loop. Dilation moves the taps apart: all paths but `GradWeight::Implicit` take it, `GradInput::Row2im` and
//! `GradWeight::Im2row` with shorter runs.
//!
//! In inference, an [`Epilogue`] is computed with the convolution: a batch normalization, a rectifier, and a max pooling whose windows
//! lie side by side. A pooling takes the path by filter, whatever the table says, where there is [room for it](Plan::most_pooled_rows).
//! The number of samples changes no bit: the paths it chooses from add in the same order, and zeros that one of them skips change no sum of
//! finite numbers. Nor does it if several threads share the filters of a sample. In training, the forward pass may take another
//! path than in inference. Then their outputs differ by rounding errors.
//!
//! Two choices depend on more than the shape. First, the gradient after a max pooling or a ReLU is mostly zeros. If at least
//! half of a band is, `GradInput::Row2im`, `GradWeight::Implicit` and `GradWeight::Im2row` treat it as a
//! [sparse](super::sparse) matrix, so that only its nonzero entries are multiplied. Winograd's algorithm does not, because its transforms
//! mix zeros with other numbers. Second, each GEMM is a call of
//! [`gemm`](super::gemm::gemm()), which uses `matrixmultiply` for operands that do not fit in cache.
//! `cargo bench --bench conv2d` compares the paths of this table with the naive loops, and with im2col and `matrixmultiply`.
//!
//! Patches that are written are still in cache when they are multiplied: the patches of one band of output rows are written and
//! multiplied before those of the next band overwrite them. The functions are inlined into their layer, where the geometry is
//! a constant; not in debug builds, which do not use constants and would only take longer to compile.

mod backward;
pub mod by_filter;
pub mod depthwise;
mod forward;
mod grad_input;
mod grad_weight;
pub mod im2col_gemm;
mod operand;
pub mod padded;
mod pass;
mod plan;
pub mod polyphase;
mod products;
mod shared;
mod taps;
pub mod winograd;

pub use super::epilogue::Epilogue;
pub use backward::{Backward, BackwardScratch, conv2d_backward};
pub(crate) use backward::{depthwise_conv2d_backward, product_conv2d_backward, winograd_conv2d_backward};
pub(crate) use by_filter::fewest_samples;
pub use forward::conv2d;
pub(crate) use forward::{depthwise_conv2d, product_conv2d, winograd_conv2d};
pub use operand::Operand;
pub use pass::{Columns, Forward};
pub use plan::{ForwardPath, GradInput, GradWeight, Paths, Plan};
