//! The definition of every operation, as loops over its equation.
//!
//! Written for reading, and as the oracle the fast kernels are tested and benchmarked against. A definition has the name of
//! what it defines, and writes as that does: a function overwrites its result, except where its name begins with `add_`, which
//! adds to it, and a product says it by its [`Write`](super::gemm::Write). Nothing is checked: sizes that do not fit together
//! give nonsense, or a panic of the language.

mod batch_norm;
mod conv2d;
mod elementwise;
mod pool2d;
mod products;

pub use batch_norm::*;
pub use conv2d::*;
pub use elementwise::*;
pub use pool2d::*;
pub use products::*;
