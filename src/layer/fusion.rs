//! Fusion: a module computes a rectifier next to it.
//!
//! A rectifier by itself reads a tensor and writes it again. One of its two neighbors can save this pass over memory:
//!
//! - **The module after it**, if that is a max pooling: `f(max x) = max f(x)` for a rectifier that [is
//!   increasing](Rectifier::is_increasing), so the pooling is computed first. With 2×2 windows, the rectifier then has a quarter of
//!   the numbers to process (see [`rectifier`](crate::kernel::rectifier)).
//! - **The module before it**, if the rectifier is a ReLU: it writes `max(y, 0)` instead of `y`.
//!
//! A module declares in [`FUSES`](super::Module::FUSES) what it can fuse, and [`Fusion`] tells it what it has to. A
//! [`Chain`](crate::network::Chain) matches the two, and leaves out the rectifier.

use crate::kernel::rectifier::Rectifier;

/// The neighbors that a module can fuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fuses {
    /// A rectifier before it.
    pub rectifier_before: bool,
    /// A ReLU after it.
    pub relu_after: bool,
}

impl Fuses {
    /// Nothing.
    pub const NOTHING: Fuses = Fuses { rectifier_before: false, relu_after: false };
}

/// The fusions of a module with its neighbors in one call.
#[derive(Debug, Default)]
pub struct Fusion<'a, T> {
    /// The rectifier that has yet to be applied to the input, and the gradient of its slopes. In phase 0 only.
    pub before: Option<(Rectifier<'a, T>, &'a mut [T])>,
    /// Whether a ReLU has to be applied to the output.
    pub relu_after: bool,
    /// Whether the ReLU with which the module [begins](super::Module::BEGINS_WITH_RELU) has already been applied to the input.
    pub relu_done: bool,
}

impl<T> Fusion<'_, T> {
    /// Nothing is fused.
    pub const NONE: Self = Fusion { before: None, relu_after: false, relu_done: false };
}
