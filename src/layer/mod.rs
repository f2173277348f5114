//! Layers: pure maps with a tape.
//!
//! A layer's parameters are plain numbers inside the layer itself, read-only while it computes, so threads share it. What
//! the backward pass needs from the forward pass is written to the layer's [`Tape`](Layer::Tape), of which every thread
//! has its own. The gradient of a layer is another layer of the same type, holding ∂L/∂parameter where the layer holds the
//! parameter.
//!
//! # How to add a layer
//! 1. Write its struct: parameters as arrays, shapes as const generics, `#[derive(Zeroable)]`. A crate that does not itself
//!    depend on `bytemuck` writes `use shapeproof::bytemuck::{self, Zeroable};` and `#[bytemuck(crate = "bytemuck")]`
//!    below the derive.
//! 2. Implement [`Layer`]: [`infer`](Layer::infer), [`forward`](Layer::forward), [`backward`](Layer::backward), and
//!    [`visit`](Layer::visit) if it has parameters. The arithmetic of the layers here lives in [`kernel`](crate::kernel).
//! 3. Check its gradients with [`check_gradients`](crate::gradient::check_gradients).
//! 4. If what it computes is an [`Operation`], say so in [`OPERATION`](Layer::OPERATION): a network of such layers can be
//!    written in formats that other programs read.
//!
//! It then works in [`Chain`](crate::network::Chain) and [`network!`](crate::network!) like any other; the example
//! `custom_layer` does all of this outside the crate.
//!
//! A layer with layers of its own inside, like [`Residual`], gives each of its branches a name, and hands down its position,
//! its noise and their flaws by [`Position::inside`], [`Noise::inside`] and [`Flaw::within`] of that name. It says in
//! [`ROWS`](Layer::ROWS) how many there are, and in [`MIN_BATCH`](Layer::MIN_BATCH) what the one that needs most needs.

#[doc(hidden)]
#[macro_use]
pub mod declaration;
mod flaw;
pub mod meeting;
mod named;
mod operation;
mod parameter;
mod residual;

use crate::kernel::rectifier::Rectifier;
use crate::scalar::Scalar;
use crate::shape::{Shape, Text};
use bytemuck::Zeroable;

pub use crate::name::{Name, name};
pub use crate::noise::Noise;
pub use crate::position::Position;
pub use declaration::{HyperParameter, Kind};
pub use flaw::Flaw;
pub use meeting::Pass;
pub use named::{Labels, Named};
pub use operation::Operation;
pub use parameter::{Parameter, Role, Visitor};
pub use residual::{Identity, Leads, Residual};

/// The table of layers: a file and its layer, one line for each. Whatever knows all layers knows them by this.
#[doc(hidden)]
#[macro_export]
macro_rules! __layers {
    ([$($to:tt)*] $($with:tt)*) => {
        $($to)*! {
            [
                avg_pool2d::AvgPool2D
                batch_norm::BatchNorm
                conv2d::Conv2D
                dense::Dense
                dropout::Dropout
                flatten::Flatten
                leaky_relu::LeakyReLU
                max_pool2d::MaxPool2D
                prelu::PReLU
                relu::ReLU
                softmax::Softmax
            ]
            $($with)*
        }
    };
}

macro_rules! declare {
    ([$($file:ident::$kind:ident)*]) => {
        $(
            mod $file;
            pub use $file::$kind;
        )*

        /// The layers alone, for the compiler to suggest where a name in `network!` is misspelt.
        #[doc(hidden)]
        pub mod kinds {
            pub use super::{$($kind,)* Residual};
        }
    };
}

__layers! { [declare] }

/// A map from batches of one shape to batches of another, with its derivative.
///
/// All slices of one call have the same length, the number of samples; the tape has room for at least as many. Every
/// method overwrites the results it is given, except `grad`, to which it adds.
///
/// Most layers do with a sample what they do whoever is in the mini-batch with it. For one that does not, like [`BatchNorm`], the
/// module [`meeting`] says how the parts of a mini-batch come together.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer",
    label = "not a layer of these shapes",
    note = "a layer of your own needs an `impl Layer` for exactly the shapes it stands between",
    note = "a network in a `Box` is handed on as `&*network`"
)]
pub trait Layer: Zeroable + Send + Sync + 'static {
    /// The numbers it computes with.
    type Scalar: Scalar;
    /// One sample that goes in.
    type Input: Shape<Scalar = Self::Scalar>;
    /// One sample that comes out.
    type Output: Shape<Scalar = Self::Scalar>;
    /// What backward needs from forward, and scratch for both: made once, used for every batch.
    type Tape: Send;
    /// Scratch that inference on `N` samples needs: plain numbers, of a size the compiler knows.
    type Workspace<const N: usize>: Zeroable + Send;

    /// What it is called: `Conv2D`.
    const KIND: &'static str;
    /// Its hyper-parameters, as far as its shapes do not show them: `3×3, padding 1×1`.
    const SETTINGS: Text = Text::new();
    /// What it computes after training, if that has a name that other programs know.
    ///
    /// A [`Chain`](crate::network::Chain) and a [`Residual`] block have an operation if all their layers have one, and [`Named`]
    /// that of its layer. Another layer around others leaves this as it is, unless it is one of these.
    const OPERATION: Operation = Operation::Custom;
    /// What its last layer computes: in a [`Chain`](crate::network::Chain), that of the layer at its end.
    const LAST: Operation = Self::OPERATION;
    /// Floating-point operations per sample in inference, a multiplication and an addition counting as two; `usize::MAX` if there
    /// are more.
    const FLOPS: usize = 0;
    /// How many positions in a network it takes: 1, or more for a [`Chain`](crate::network::Chain). A block with layers of
    /// its own inside, like [`Residual`], takes one.
    const LAYERS: usize = 1;
    /// How many rows it has in a summary: 1, or as many more as it has layers inside, at whatever depth.
    const ROWS: usize = 1;
    /// What is wrong with its shapes, if anything: a type written by hand is checked here.
    const FLAW: Option<Flaw> = None;
    /// The names of the layers at its positions, if they are [`Named`]: no two side by side may have the same. A chain has
    /// those of its layers; a block none, since those inside it are side by side with each other only.
    const LABELS: Labels = Labels::None;
    /// How often, on the way forward, all samples of a mini-batch have to meet; see [`meeting`].
    const MEETINGS: usize = 0;
    /// How many samples a mini-batch must have to train it: 2 for a [`BatchNorm`] of feature vectors, as one has no variance.
    const MIN_BATCH: usize = 1;

    /// A tape for up to `samples` samples.
    fn tape(samples: usize) -> Self::Tape;

    /// Computes `output` from `input` as it is done after training, without a tape, for up to `N` samples.
    ///
    /// Layers trust the lengths they are given; [`Network::predict`](crate::network::Network::predict) checks them first.
    fn infer<const N: usize>(
        &self,
        input: &[Self::Input],
        output: &mut [Self::Output],
        workspace: &mut Self::Workspace<N>,
    );

    /// Computes `output` from `input` as it is done while training, and writes the tape.
    fn forward(&self, input: &[Self::Input], output: &mut [Self::Output], tape: &mut Self::Tape);

    /// Turns `∂L/∂output` into `∂L/∂input`, if that is wanted, and adds `∂L/∂parameter` to `grad`.
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

    /// Walks the parameters of several networks of this type in step: some to read, some to write.
    ///
    /// `visitor` is called once for each parameter tensor, in a fixed order, with what it is and its numbers in each of
    /// the networks. Optimisers, initialisation, saving and gradient checks are all written over this one method. `layer`
    /// is the position of this layer in its network.
    fn visit<const R: usize, const W: usize>(
        read: [&Self; R],
        write: [&mut Self; W],
        layer: Position<'_>,
        visitor: &mut Visitor<'_, Self::Scalar, R, W>,
    ) {
        let _ = (read, write, layer, visitor);
    }

    /// Tells the tape where randomness in the coming forward pass comes from. Only layers like [`Dropout`] listen.
    fn set_noise(tape: &mut Self::Tape, noise: Noise) {
        let _ = (tape, noise);
    }

    /// Takes up the statistics of a mini-batch, which its backward pass left in `batch` where this layer keeps its running
    /// ones. Only layers like [`BatchNorm`] have any.
    fn update_statistics(&mut self, batch: &Self) {
        let _ = batch;
    }

    /// Calls `row` for each layer with what a summary says of it.
    fn summarise(layer: Position<'_>, row: &mut impl FnMut(Row<'_>)) {
        row(Row {
            layer,
            kind: Self::KIND,
            settings: Self::SETTINGS,
            operation: Self::OPERATION,
            output: Self::Output::DIMS,
            flops: Self::FLOPS,
        });
    }

    /// Hands over to `to` what `from` has of scratch, instead of its own: what a layer writes and reads within one call and
    /// nobody needs after it.
    ///
    /// A shard that waits at a [meeting] keeps its tape, but needs scratch only while it is worked on. So a thread lends it its
    /// own, which stays in cache. A layer with little scratch, or none, leaves this as it is.
    fn hand_scratch(from: &mut Self::Tape, to: &mut Self::Tape) {
        let _ = (from, to);
    }

    /// The part of [`forward`](Layer::forward) between meeting `leg − 1` and meeting `leg`.
    fn forward_leg(&self, leg: usize, input: &[Self::Input], output: &mut [Self::Output], tape: &mut Self::Tape) {
        debug_assert_eq!(leg, 0, "a layer without meetings has one leg");
        self.forward(input, output, tape);
    }

    /// The part of [`backward`](Layer::backward) on the same leg; the legs come in falling order.
    fn backward_leg(
        &self,
        leg: usize,
        input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        grad_input: Option<&mut [Self::Input]>,
        grad: &mut Self,
    ) {
        debug_assert_eq!(leg, 0, "a layer without meetings has one leg");
        self.backward(input, tape, grad_output, grad_input, grad);
    }

    /// Whether it computes, behind a rectifier, what the three methods below do: true for a max pooling, and for a chain that
    /// begins with one. The rectifier then comes behind the pooling, where there is less to do (see
    /// [`rectifier`](crate::kernel::rectifier)).
    const TAKES_RECTIFIER: bool = false;

    /// The rectifier this layer is, if it is one.
    fn rectifier(&self) -> Option<Rectifier<'_, Self::Scalar>> {
        None
    }

    /// Where the gradient of the rectifier's slopes is, if this is a gradient and they are learnt.
    fn slopes(&mut self) -> &mut [Self::Scalar] {
        &mut []
    }

    /// [`infer`](Layer::infer), as if `input` had gone through a rectifier first.
    fn infer_rectified<const N: usize>(
        &self,
        rectifier: Rectifier<'_, Self::Scalar>,
        input: &[Self::Scalar],
        output: &mut [Self::Output],
        workspace: &mut Self::Workspace<N>,
    ) {
        let _ = (rectifier, input, output, workspace);
        unreachable!("{} takes no rectifier", Self::KIND);
    }

    /// [`forward_leg`](Layer::forward_leg), as if `input` had gone through a rectifier first; on leg 0 only.
    fn forward_rectified(
        &self,
        rectifier: Rectifier<'_, Self::Scalar>,
        input: &[Self::Scalar],
        output: &mut [Self::Output],
        tape: &mut Self::Tape,
    ) {
        let _ = (rectifier, input, output, tape);
        unreachable!("{} takes no rectifier", Self::KIND);
    }

    /// [`backward_leg`](Layer::backward_leg) after [`forward_rectified`](Layer::forward_rectified), through the rectifier too:
    /// `grad_input` is that of its input, and `grad` has that of its slopes beside this layer's own.
    fn backward_rectified(
        &self,
        rectifier: Rectifier<'_, Self::Scalar>,
        input: &[Self::Scalar],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        grad_input: Option<&mut [Self::Scalar]>,
        grad: (&mut [Self::Scalar], &mut Self),
    ) {
        let _ = (rectifier, input, tape, grad_output, grad_input, grad);
        unreachable!("{} takes no rectifier", Self::KIND);
    }

    /// Whether it can rectify what it gives while that is at hand. A [`ReLU`] behind it then has nothing left to do on the way
    /// forward, and no numbers of its own: what it would be given and what it would give are the same.
    const RECTIFIES: bool = false;

    /// [`forward_leg`](Layer::forward_leg), with a [`ReLU`] behind it.
    fn forward_leg_rectifying(
        &self,
        leg: usize,
        input: &[Self::Input],
        output: &mut [Self::Output],
        tape: &mut Self::Tape,
    ) {
        let _ = (leg, input, output, tape);
        unreachable!("{} does not rectify", Self::KIND);
    }

    /// Whether it is a [`ReLU`], on the way back too.
    const IS_RELU: bool = false;

    /// Whether it begins with a [`ReLU`] that the two methods below leave out: true for a chain that does.
    const BEGINS_WITH_RELU: bool = false;

    /// [`forward_leg`](Layer::forward_leg), with an `input` that has been rectified.
    fn forward_leg_rectified(
        &self,
        leg: usize,
        input: &[Self::Input],
        output: &mut [Self::Output],
        tape: &mut Self::Tape,
    ) {
        let _ = (leg, input, output, tape);
        unreachable!("{} does not begin with a ReLU", Self::KIND);
    }

    /// [`backward_leg`](Layer::backward_leg) after [`forward_leg_rectified`](Layer::forward_leg_rectified), through the [`ReLU`]
    /// too.
    fn backward_leg_rectified(
        &self,
        leg: usize,
        input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        grad_input: Option<&mut [Self::Input]>,
        grad: &mut Self,
    ) {
        let _ = (leg, input, tape, grad_output, grad_input, grad);
        unreachable!("{} does not begin with a ReLU", Self::KIND);
    }

    /// At a meeting: adds what `from` knows of its samples to `into`. Called for the tapes of all shards, in their order.
    fn gather(pass: Pass, meeting: usize, into: &mut Self::Tape, from: &Self::Tape) {
        let _ = (pass, meeting, into, from);
    }

    /// At a meeting, after [`gather`](Layer::gather): tells `to` what `from` knows of the whole mini-batch.
    fn spread(pass: Pass, meeting: usize, from: &Self::Tape, to: &mut Self::Tape) {
        let _ = (pass, meeting, from, to);
    }
}

/// What a summary says of one layer.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    /// Its position in the network, and what it is called.
    pub layer: Position<'a>,
    /// [`Layer::KIND`]
    pub kind: &'static str,
    /// [`Layer::SETTINGS`]
    pub settings: Text,
    /// [`Layer::OPERATION`]
    pub operation: Operation,
    /// The shape of one output.
    pub output: crate::shape::Dims,
    /// [`Layer::FLOPS`]
    pub flops: usize,
}
