//! Layers: pure maps with a tape.
//!
//! A layer's parameters are plain numbers inside the layer itself, read-only while it computes, so threads share it. What the
//! backward pass needs from the forward pass is written to the layer's [`Tape`](Layer::Tape), which no two threads share. The
//! gradient of a layer is another layer of the same type, holding ∂L/∂parameter where the layer holds the parameter.
//!
//! [`network!`](crate::network!) lists the layers with their hyper-parameters. The author of a layer implements [`Layer`], or
//! [`Elementwise`] for a function of every number alone; networks are made of [`Module`]s. Every layer is a module.
//!
//! # How to add a layer
//! 1. Write its struct: parameters as arrays, shapes as const generics that have defaults, `#[derive(Zeroable)]`. If `bytemuck` is no
//!    dependency of yours: `use shapeproof::bytemuck::{self, Zeroable};`, and `#[bytemuck(crate = "bytemuck")]` below the derive.
//! 2. Declare its hyper-parameters and its output shape by [`hyper_parameters!`](crate::hyper_parameters!).
//! 3. Implement [`Layer`]: [`infer`](Layer::infer), [`forward`](Layer::forward), [`backward`](Layer::backward), and
//!    [`list_parameters`](Layer::list_parameters) if it has parameters. The arithmetic of the layers here is in [`kernel`](crate::kernel).
//!    A function of every number alone is less: its value and its slope ([`Elementwise`]).
//! 4. Check its gradients with [`check_gradients`](crate::gradient::check_gradients).
//! 5. If what it computes is an [`Operation`], set [`OPERATION`](Layer::OPERATION): a network of such layers can be
//!    exported to other formats. Without one, everything but the export works.
//!
//! The example `custom_layer` does all of this outside the crate. Inside, `src/layer/dense.rs` and `elu.rs` are good files to begin
//! with. The layer's file gets one line in the table `__layers!` in `src/layer/mod.rs`, which every test of all layers and the docs
//! of [`network!`](crate::network!) read. Tests run on the `examples` in its `hyper_parameters!`; for each, add a case of the same
//! name to `tests/golden/generate.py`, which computes the golden numbers with PyTorch (`tests/golden/README.md`).
//!
//! A type that needs the whole mini-batch, fuses a rectifier, or contains other layers implements [`Module`] directly:
//! [`BatchNorm`], [`MaxPool2D`], [`Residual`], [`Concat`], [`Gate`], and [`Sequential`], a network in the place of a layer.

mod axes;
pub mod barrier;
mod concat;
#[doc(hidden)]
#[macro_use]
pub mod declaration;
#[macro_use]
mod declare;
mod elementwise;
pub mod fusion;
mod gate;
mod module;
mod named;
mod operation;
mod parameter;
mod residual;
mod row;
mod sequential;
mod shape_error;
mod tape;

use bytemuck::Zeroable;

use crate::scalar::Scalar;
use crate::shape::{ConstString, Shape};

pub use crate::layer_path::LayerPath;
pub use crate::name::{Name, name};
pub use crate::rng_key::RngKey;
pub use axes::Axes;
pub use barrier::Pass;
pub use concat::{Concat, Fork, Through};
pub use declaration::{HyperParameter, Kind};
pub use elementwise::Elementwise;
pub use fusion::{Follows, Fuses, Fusion, Pending, Pools};
pub use gate::Gate;
pub use module::Module;
pub(crate) use module::{shape_error_of, shape_errors_of_both};
pub use named::{Labels, Named};
pub use operation::{Argument, Function, Node, Operation, Source};
pub(crate) use parameter::in_part;
pub use parameter::{Parameter, ParameterList, Role, Visitor};
pub use residual::{Identity, Leads, Residual};
pub use row::Row;
pub use sequential::Sequential;
#[doc(hidden)]
pub use sequential::callable;
pub use sequential::callable::Callable;
pub use shape_error::ShapeError;
pub use tape::Tape;

/// The blocks, which contain layers and are not in the table.
mod blocks {
    pub use super::{Concat, Gate, Residual};
}

/// The table of what stands in `network!` as a layer, one line for each: its file, and the type that declares its
/// hyper-parameters. That is the layer itself, or, as `Conv1D`, another way to write one. The modules, the tests of all layers and
/// the docs of `network!` are generated from it. Blocks, whose parentheses contain layers, are not in it.
#[doc(hidden)]
#[macro_export]
macro_rules! __layers {
    ([$($to:tt)*] $($with:tt)*) => {
        $($to)*! {
            [
                avg_pool1d::AvgPool1D
                avg_pool2d::AvgPool2D
                batch_norm::BatchNorm
                clip::Clip
                conv1d::Conv1D
                conv2d::Conv2D
                conv_transpose2d::ConvTranspose2D
                dense::Dense
                dropout::Dropout
                elu::ELU
                flatten::Flatten
                gelu::GELU
                global_avg_pool2d::GlobalAvgPool2D
                global_max_pool2d::GlobalMaxPool2D
                group_norm::GroupNorm
                hard_sigmoid::HardSigmoid
                hard_swish::HardSwish
                layer_norm::LayerNorm
                leaky_relu::LeakyReLU
                log_softmax::LogSoftmax
                max_pool1d::MaxPool1D
                max_pool2d::MaxPool2D
                maxout::Maxout
                prelu::PReLU
                relu::ReLU
                sigmoid::Sigmoid
                silu::SiLU
                softmax::Softmax
                softplus::Softplus
                tanh::Tanh
                unflatten::Unflatten
                upsample::Upsample
            ]
            $($with)*
        }
    };
}

__layers! { [declare] }

/// A map from batches of one shape to batches of another, with its derivative: the trait that the author of a layer implements.
///
/// All slices of one call have the same length, the number of samples; the tape has room for at least as many. Every
/// method overwrites the results it is given, except `grad`, to which it adds.
///
#[doc = include_str!("example.md")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer",
    label = "not a layer of these shapes",
    note = "a layer of your own needs an `impl Layer` for exactly the shapes it stands between"
)]
pub trait Layer: Zeroable + Send + Sync + 'static {
    /// The type of its numbers.
    type Scalar: Scalar;
    /// One input sample.
    type Input: Shape<Scalar = Self::Scalar>;
    /// One output sample.
    type Output: Shape<Scalar = Self::Scalar>;
    /// What the backward pass needs from the forward pass, and scratch for both. It is made once and used for every batch.
    type Tape: Tape;
    /// Workspace of inference on `N` samples: plain numbers, of a size known to the compiler.
    type Workspace<const N: usize>: Zeroable + Send;

    /// The name of this kind of layer: `Conv2D`.
    const KIND: &'static str;
    /// Its hyper-parameters, except those that its shapes show: `3×3, padding 1×1`.
    const SETTINGS: ConstString = ConstString::new();
    /// The operation it computes in inference, if it is one that other programs know.
    const OPERATION: Operation = Operation::Custom;
    /// Floating-point operations per sample in inference; a multiply-add counts as two. `usize::MAX` if there are more.
    const FLOPS: usize = 0;
    /// What is wrong with its shapes, if anything: the check of a type written by hand.
    const SHAPE_ERROR: Option<ShapeError> = None;

    /// A tape for up to `samples` samples.
    fn tape(samples: usize) -> Self::Tape;

    /// Computes `output` from `input` for up to `N` samples in inference, without a tape.
    ///
    /// Layers do not check the lengths of the slices; [`Network::predict`](crate::network::Network::predict) does.
    fn infer<const N: usize>(
        &self,
        input: &[Self::Input],
        output: &mut [Self::Output],
        workspace: &mut Self::Workspace<N>,
    );

    /// Computes `output` from `input` in training, and writes the tape.
    fn forward(&self, input: &[Self::Input], output: &mut [Self::Output], tape: &mut Self::Tape);

    /// Computes `∂L/∂input` from `∂L/∂output`, if it is wanted, and adds `∂L/∂parameter` to `grad`.
    ///
    /// `input` and `tape` are those of the forward pass before it.
    fn backward(
        &self,
        input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        grad_input: Option<&mut [Self::Input]>,
        grad: &mut Self,
    );

    /// Calls `list` for each parameter tensor, always in the same order: with its description, and with where its numbers are in
    /// the layer, to read and to write. `layer` is the position of this layer in its network.
    ///
    /// Optimizers, initialization, saving and gradient checks all go by this list.
    fn list_parameters(layer: LayerPath<'_>, list: &mut ParameterList<'_, Self, Self::Scalar>) {
        let _ = (layer, list);
    }
}
