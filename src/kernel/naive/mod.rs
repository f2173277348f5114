//! The definition of every operation, as loops over its equation.
//!
//! Written to be read, and used as the reference that the fast kernels are tested and benchmarked against. A definition has the
//! name of the kernel it defines and writes its result in the same way: it overwrites it, except where its name begins with
//! `add_`, and a product takes a [`Write`](super::gemm::Write). Nothing is checked: inconsistent sizes give a wrong result or an
//! index panic.

mod batch_norm;
mod conv2d;
mod elementwise;
mod gate;
mod global_pool2d;
mod group_norm;
mod pool2d;
mod products;
mod upsample2d;

pub use batch_norm::*;
pub use conv2d::*;
pub use elementwise::*;
pub use gate::*;
pub use global_pool2d::*;
pub use group_norm::*;
pub use pool2d::*;
pub use products::*;
pub use upsample2d::*;
