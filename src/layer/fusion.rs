//! Fusion: a rectifier that the module next to it takes over.
//!
//! A rectifier by itself reads a tensor and writes it again. Two neighbors can spare it that:
//!
//! - **The module after it**, if that is a max pooling: `f(max x) = max f(x)` for a rectifier that [is
//!   increasing](Rectifier::is_increasing), so the pooling goes first, and the rectifier has a quarter to do, or less (see
//!   [`rectifier`](crate::kernel::rectifier)).
//! - **The module before it**, if the rectifier is a ReLU: that one writes `max(y, 0)` where it would write `y`.
//!
//! A module says in [`FUSES`](super::Module::FUSES) what it takes over, and is told in [`Fusion`] what it has to. A
//! [`Chain`](crate::network::Chain) brings the two together, and leaves out the rectifier.

use crate::kernel::rectifier::Rectifier;

/// What a module can take over from its neighbors.
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

/// What a module has taken over from its neighbors, or they from it.
#[derive(Debug, Default)]
pub struct Fusion<'a, T> {
    /// The rectifier that its input has yet to go through, and where the gradient of the rectifier's slopes goes. On phase 0 only.
    pub before: Option<(Rectifier<'a, T>, &'a mut [T])>,
    /// Whether its output has to go through a ReLU.
    pub relu_after: bool,
    /// Whether its input has been through the ReLU with which it [begins](super::Module::BEGINS_WITH_RELU).
    pub relu_done: bool,
}

impl<T> Fusion<'_, T> {
    /// Nothing is fused.
    pub const NONE: Self = Fusion { before: None, relu_after: false, relu_done: false };
}
