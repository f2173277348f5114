//! Fusion: a module computes a rectifier or a batch normalization next to it.
//!
//! A rectifier by itself reads a tensor and writes it again. One of its two neighbors can save this pass over memory:
//!
//! - **The module after it**, if that is a max pooling: `f(max x) = max f(x)` for a rectifier that [is
//!   increasing](Rectifier::is_increasing), so the pooling is computed first. With 2×2 windows, the rectifier then has a quarter of
//!   the numbers to process (see [`rectifier`](crate::kernel::rectifier)).
//! - **The module before it**, if the rectifier is a ReLU: it writes `max(y, 0)` instead of `y`. A batch normalization, which computes
//!   `y` again in its backward pass, also knows from its sign which part of the gradient passes the ReLU.
//!
//! In training, a batch normalization between two convolutions is computed by them. The one before it computes the moments of its own
//! outputs while they are in cache, and backward the input gradient of the normalization, part by part, just before it reads it. The one
//! after it normalizes what it reads, in both passes. So the outputs of the normalization, and the gradients of its input, which would not
//! stay in cache, are never written (see [`Operand`](crate::kernel::conv2d::Operand)). No bit differs.
//!
//! In inference, where no backward pass needs what is between, a convolution computes the batch normalization, the rectifier and the max
//! pooling after it too: while its outputs are still in cache. So the [`Chain`](crate::network::Chain) does not let it compute at once. It hands it on to what
//! follows as [`Pending`], and a module that the convolution can compute adds itself to that.
//!
//! A module declares in [`FUSES`](super::Module::FUSES) what it can fuse, and [`Fusion`] tells it what it has to. A
//! [`Chain`](crate::network::Chain) matches the two, and leaves out the rectifier.

use crate::kernel::batch_norm::{InputGradient, ParameterGradients};
use crate::kernel::moments::Moments;
use crate::kernel::rectifier::Rectifier;
use crate::scalar::Scalar;

/// The neighbors that a module can fuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fuses {
    /// A rectifier before it.
    pub rectifier_before: bool,
    /// A ReLU after it.
    pub relu_after: bool,
    /// And the backward pass of that ReLU.
    pub relu_backward: bool,
    /// In training, a batch normalization before it.
    pub batch_norm_before: bool,
    /// In training, the moments and the input gradient of a batch normalization after it.
    pub batch_norm_after: bool,
    /// In inference, a batch normalization after it, a rectifier, and a max pooling whose windows lie side by side.
    pub epilogue: Option<Pools>,
}

/// Which max poolings a module computes in its own pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pools {
    /// The most rows that their windows may have; 0 if it computes none.
    pub rows: usize,
    /// The fewest samples for which this takes less time.
    pub samples: usize,
}

impl Fuses {
    /// Nothing.
    pub const NOTHING: Fuses = Fuses {
        rectifier_before: false,
        relu_after: false,
        relu_backward: false,
        batch_norm_before: false,
        batch_norm_after: false,
        epilogue: None,
    };
}

/// What a module is for one before it that may compute it in its own pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follows {
    /// A [factor and a shift](super::Module::scale_and_shift) for each channel.
    Scale,
    /// A [rectifier](super::Module::rectifier).
    Rectifier,
    /// A max pooling without padding, with windows of these rows and columns side by side.
    MaxPool([usize; 2]),
    /// Neither.
    Other,
}

/// A module that has yet to compute its output in inference, and what follows it in the same pass.
pub trait Pending<'a, T: Scalar>: Sized {
    /// Whether factors and shifts can be added.
    fn takes_scale(&self) -> bool;

    /// Adds a factor and a shift for each channel.
    #[must_use]
    fn scaled(self, scale: [&'a [T]; 2]) -> Self;

    /// Whether a rectifier can be added.
    fn takes_rectifier(&self) -> bool;

    /// Adds a rectifier.
    #[must_use]
    fn rectified(self, rectifier: Rectifier<'a, T>) -> Self;

    /// Whether a max pooling with windows of these rows and columns, side by side, can be added.
    fn takes_pool(&self, window: [usize; 2]) -> bool;

    /// Adds a max pooling.
    #[must_use]
    fn pooled(self, window: [usize; 2]) -> Self;

    /// Computes the module and what follows it.
    fn compute(self, output: &mut [T]);
}

/// The fusions of a module with its neighbors in one call.
#[derive(Debug)]
pub struct Fusion<'a, T> {
    /// The rectifier that has yet to be applied to the input, and the gradient of its slopes. In phase 0 only.
    pub before: Option<(Rectifier<'a, T>, &'a mut [T])>,
    /// Whether a ReLU has to be applied to the output. Backward, the gradient of the output may be the one after that ReLU, if the module
    /// fuses [its backward pass](Fuses::relu_backward).
    pub relu_after: bool,
    /// Whether the ReLU with which the module [begins](super::Module::BEGINS_WITH_RELU) has already been applied to the input.
    pub relu_done: bool,
    /// Whether the module before computes the backward pass of that ReLU too.
    pub relu_backward_before: bool,
    /// The batch normalization that has yet to be applied to the input, and the gradients of its parameters, to which the gradient of its
    /// output has to be added. In phase 0 only.
    pub normalization: Option<ParameterGradients<'a, T>>,
    /// Where the moments of the output have to be written, for a batch normalization after it.
    pub moments: Option<Moments<'a>>,
    /// What the gradient of the output has to be computed from, if it is that of a batch normalization's input. `grad_output` is then to be
    /// ignored.
    pub gradient: Option<InputGradient<'a, T>>,
    /// Whether the module before has computed the moments of the input, if this module begins with a batch normalization.
    pub moments_done: bool,
    /// Whether the module after has computed the gradients of the parameters, if this module is a batch normalization.
    pub gradients_done: bool,
}

impl<T> Fusion<'_, T> {
    /// Nothing is fused.
    pub const NONE: Self = Fusion {
        before: None,
        relu_after: false,
        relu_done: false,
        relu_backward_before: false,
        normalization: None,
        moments: None,
        gradient: None,
        moments_done: false,
        gradients_done: false,
    };
}
