//! Modules: what networks are made of.

use core::slice;

use bytemuck::Zeroable;

use super::fusion::{Follows, Fuses, Fusion, Pending};
use super::{Labels, Layer, LayerPath, Operation, ParameterList, Row, ShapeError, Tape, Visitor};
use crate::kernel::batch_norm::{InputGradient, ParameterGradients};
use crate::kernel::conv2d::Epilogue;
use crate::kernel::moments::Moments;
use crate::kernel::rectifier::Rectifier;
use crate::scalar::Scalar;
use crate::shape::{ConstString, Dims, Shape, inference};
use crate::tensor::flat_mut;

/// A network, or a part of one: every [`Layer`] is a module, and so are a [`Chain`](crate::network::Chain) and a
/// [`Residual`](super::Residual) block of modules.
///
/// In addition to what a layer has, a module can have [barriers](super::barrier), fuse a rectifier next to it
/// ([`fusion`](super::fusion)), and consist of several layers. The author of a plain layer needs none of this.
///
/// All slices of one call have the same length, the number of samples; the tape has room for at least as many. Every method
/// overwrites the results it is given, except `grad`, to which it adds.
///
#[doc = include_str!("module_example.md")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer",
    label = "not a layer of these shapes",
    note = "a network in a `Box` is passed as `&*network`",
    note = "a layer of your own needs an `impl Layer` for exactly the shapes it stands between",
    note = "in a `Chain` by hand, each layer has to take what the one before it gives"
)]
pub trait Module: Zeroable + Send + Sync + 'static {
    /// The type of its numbers.
    type Scalar: Scalar;
    /// One input sample.
    type Input: Shape<Scalar = Self::Scalar>;
    /// One output sample.
    type Output: Shape<Scalar = Self::Scalar>;
    /// What the backward pass needs from the forward pass, and scratch for both.
    type Tape: Tape;
    /// Workspace of inference on `N` samples: plain numbers, of a size known to the compiler.
    type Workspace<const N: usize>: Zeroable + Send;

    /// The name of this kind of module: `Conv2D`.
    const KIND: &'static str;
    /// [`Layer::SETTINGS`]
    const SETTINGS: ConstString = ConstString::new();
    /// [`Layer::OPERATION`]. For several layers together, it is [`Operation::Custom`] if one of them is.
    const OPERATION: Operation = Operation::Custom;
    /// The operation of its last layer: in a [`Chain`](crate::network::Chain), of the layer at its end.
    const LAST: Operation = Self::OPERATION;
    /// [`Layer::FLOPS`]
    const FLOPS: usize = 0;
    /// [`Layer::SHAPE_ERROR`]
    const SHAPE_ERROR: Option<ShapeError> = None;
    /// How many positions in a network it occupies: 1, or more for a [`Chain`](crate::network::Chain). A block that contains
    /// layers, such as [`Residual`](super::Residual), occupies one.
    const LAYERS: usize = 1;
    /// How many rows it has in a summary: 1, and one more for each layer inside it, at any depth.
    const ROWS: usize = 1;
    /// The names of the layers at its positions, if they are [`Named`](super::Named). No two in the same network or branch may be
    /// equal. A chain has those of its layers; a block has none, since the names inside it are only compared within their branch.
    const LABELS: Labels = Labels::None;
    /// How many barriers the forward pass has; see [`barrier`](super::barrier).
    const BARRIERS: usize = 0;
    /// How many samples a mini-batch must have to train it: 2 for a [`BatchNorm`](super::BatchNorm) of feature vectors, because one
    /// sample has no variance.
    const MIN_BATCH: usize = 1;
    /// The neighbors it can fuse.
    const FUSES: Fuses = Fuses::NOTHING;
    /// Whether its first layer is a [`ReLU`](super::ReLU) that can be left out; see [`Fusion::relu_done`].
    const BEGINS_WITH_RELU: bool = false;

    /// Whether its first layer is a [`BatchNorm`](super::BatchNorm).
    const BEGINS_WITH_BATCH_NORM: bool = false;

    /// What it is for a module before it that may compute it in its own pass, in inference.
    const FOLLOWS: Follows = Follows::Other;

    /// A tape for up to `samples` samples.
    fn tape(samples: usize) -> Self::Tape;

    /// A tape for passes in which the ReLU with which the module [begins](Module::BEGINS_WITH_RELU) is always [done](Fusion::relu_done).
    fn tape_after_relu(samples: usize) -> Self::Tape {
        Self::tape(samples)
    }

    /// Computes `output` from `input` for up to `N` samples in inference, without a tape. The rectifier `before`, if there is one,
    /// has been fused into this module, and has yet to be applied to `input`.
    ///
    /// Modules do not check the lengths of the slices; [`Network::predict`](crate::network::Network::predict) does.
    fn infer_fused<const N: usize>(
        &self,
        before: Option<Rectifier<'_, Self::Scalar>>,
        input: &[Self::Input],
        output: &mut [Self::Output],
        workspace: &mut Self::Workspace<N>,
    );

    /// Computes, as [`infer_fused`](Module::infer_fused), the output of this module and of what follows it. It is called only if the
    /// module [has an epilogue](Fuses::epilogue).
    fn infer_then<const N: usize>(
        &self,
        then: Epilogue<'_, Self::Scalar>,
        input: &[Self::Input],
        output: &mut [Self::Scalar],
        workspace: &mut Self::Workspace<N>,
    ) {
        let _ = (then, input, output, workspace);
        unreachable!("{} has no epilogue", Self::KIND)
    }

    /// Computes `output` in inference from the output of `pending`, for which `input` has room.
    fn infer_pending<'a, const N: usize, P: Pending<'a, Self::Scalar>>(
        &'a self,
        pending: P,
        input: &mut [Self::Input],
        output: &mut [Self::Output],
        workspace: &'a mut Self::Workspace<N>,
    ) {
        pending.compute(flat_mut(input));
        self.infer_fused(None, input, output, workspace);
    }

    /// Computes `output` from one `input` in inference, and calls `each` with the output of every layer at its
    /// [positions](Module::LAYERS), in order: once, or more often for a [`Chain`](crate::network::Chain). Nothing is fused.
    fn infer_each(
        &self,
        input: &Self::Input,
        output: &mut Self::Output,
        workspace: &mut Self::Workspace<1>,
        each: &mut dyn FnMut(Dims, &[Self::Scalar]),
    ) {
        self.infer_fused::<1>(None, slice::from_ref(input), slice::from_mut(output), workspace);
        each(Self::Output::DIMS, output.as_slice());
    }

    /// The part of the forward pass between barrier `phase − 1` and barrier `phase`. Computes `output` from `input` in training,
    /// and writes the tape. Without barriers, phase 0 is the only one.
    fn forward_phase(
        &self,
        phase: usize,
        fusion: Fusion<'_, Self::Scalar>,
        input: &[Self::Input],
        output: &mut [Self::Output],
        tape: &mut Self::Tape,
    );

    /// The part of the backward pass in the same phase; the phases come in reverse order. Computes `∂L/∂input` from `∂L/∂output`,
    /// if it is wanted, in phase 0, and adds `∂L/∂parameter` to `grad`. `input`, `tape` and `fusion` are those of the forward pass before
    /// it. Of a module with barriers, the tape may then be used up: another backward pass needs another forward pass.
    #[allow(clippy::too_many_arguments)]
    fn backward_phase(
        &self,
        phase: usize,
        fusion: Fusion<'_, Self::Scalar>,
        input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        grad_input: Option<&mut [Self::Input]>,
        grad: &mut Self,
    );

    /// [`Layer::list_parameters`]
    fn list_parameters(layer: LayerPath<'_>, list: &mut ParameterList<'_, Self, Self::Scalar>) {
        let _ = (layer, list);
    }

    /// Walks over the parameters of several networks of this type in step: some to read, some to write. `visitor` is called once
    /// for each tensor of the [list](Module::list_parameters), with its numbers in each of the networks.
    fn visit<const R: usize, const W: usize>(
        read: [&Self; R],
        mut write: [&mut Self; W],
        visitor: &mut Visitor<'_, Self::Scalar, R, W>,
    ) {
        Self::list_parameters(LayerPath::FIRST, &mut |parameter, numbers, numbers_mut| {
            visitor(parameter, read.map(numbers), write.each_mut().map(|network| numbers_mut(network)));
        });
    }

    /// Calls `row` with the summary row of each layer.
    fn summarize(layer: LayerPath<'_>, row: &mut impl FnMut(Row<'_>)) {
        row(Row {
            layer,
            kind: Self::KIND,
            settings: Self::SETTINGS,
            operation: Self::OPERATION,
            output: Self::Output::DIMS,
            flops: Self::FLOPS,
        });
    }

    /// The factors and shifts that this module is in inference, `y = scale·x + shift`, one for each channel.
    fn scale_and_shift<'a, const N: usize>(
        &self,
        workspace: &'a mut Self::Workspace<N>,
    ) -> Option<[&'a [Self::Scalar]; 2]> {
        let _ = workspace;
        None
    }

    /// Where a module before it has to write the moments of its output, `samples` samples, if this module
    /// [begins with a batch normalization](Module::BEGINS_WITH_BATCH_NORM).
    fn moments(tape: &mut Self::Tape, samples: usize) -> Option<Moments<'_>> {
        let _ = (tape, samples);
        None
    }

    /// The batch normalization that this module is, once its moments are those of all samples, and the gradients of its parameters: zeros.
    fn normalization<'a>(
        &'a self,
        relu_after: bool,
        tape: &'a mut Self::Tape,
    ) -> Option<ParameterGradients<'a, Self::Scalar>> {
        let _ = (relu_after, tape);
        None
    }

    /// What the gradient of the input is computed from in phase 0 of the backward pass, if this module begins with a batch normalization.
    fn input_gradient<'a>(
        &'a self,
        relu_after: bool,
        input: &'a [Self::Input],
        tape: &'a Self::Tape,
        grad_output: &'a [Self::Output],
    ) -> Option<InputGradient<'a, Self::Scalar>> {
        let _ = (relu_after, input, tape, grad_output);
        None
    }

    /// The rectifier that this module is, if the module after it may fuse it.
    fn rectifier(&self) -> Option<Rectifier<'_, Self::Scalar>> {
        None
    }

    /// The gradient of the rectifier's slopes, if this is the gradient of a rectifier that learns them.
    fn slopes(&mut self) -> &mut [Self::Scalar] {
        &mut []
    }
}

#[diagnostic::do_not_recommend]
impl<L: Layer> Module for L {
    type Scalar = L::Scalar;
    type Input = L::Input;
    type Output = L::Output;
    type Tape = L::Tape;
    type Workspace<const N: usize> = L::Workspace<N>;

    const KIND: &'static str = L::KIND;
    const SETTINGS: ConstString = L::SETTINGS;
    const OPERATION: Operation = L::OPERATION;
    const FLOPS: usize = L::FLOPS;
    const SHAPE_ERROR: Option<ShapeError> = L::SHAPE_ERROR;

    fn tape(samples: usize) -> L::Tape {
        L::tape(samples)
    }

    #[inline]
    fn infer_fused<const N: usize>(
        &self,
        _: Option<Rectifier<'_, L::Scalar>>,
        input: &[L::Input],
        output: &mut [L::Output],
        workspace: &mut L::Workspace<N>,
    ) {
        self.infer(input, output, workspace);
    }

    #[inline]
    fn forward_phase(
        &self,
        _: usize,
        _: Fusion<'_, L::Scalar>,
        input: &[L::Input],
        output: &mut [L::Output],
        tape: &mut L::Tape,
    ) {
        self.forward(input, output, tape);
    }

    #[inline]
    fn backward_phase(
        &self,
        _: usize,
        _: Fusion<'_, L::Scalar>,
        input: &[L::Input],
        tape: &mut L::Tape,
        grad_output: &[L::Output],
        grad_input: Option<&mut [L::Input]>,
        grad: &mut L,
    ) {
        self.backward(input, tape, grad_output, grad_input, grad);
    }

    fn list_parameters(layer: LayerPath<'_>, list: &mut ParameterList<'_, Self, L::Scalar>) {
        L::list_parameters(layer, list);
    }
}

/// What is wrong with a module: its own shape error, or that its input, output or parameters are too large.
pub(crate) const fn shape_error_of<M: Module>() -> Option<ShapeError> {
    if M::SHAPE_ERROR.is_some() {
        return M::SHAPE_ERROR;
    }
    match (inference::takes(M::KIND, M::Input::DIMS), inference::gives(M::KIND, M::Output::DIMS)) {
        (Ok(_), Ok(_)) => ShapeError::of_size(size_of::<M>() / size_of::<M::Scalar>()),
        (Err(text), _) | (_, Err(text)) => ShapeError::of(Err(text)),
    }
}

/// What is wrong with the first of two modules, and with the second. That both together are too large is an error of the second.
pub(crate) const fn shape_errors_of_both<A: Module, B: Module>() -> [Option<ShapeError>; 2] {
    match [shape_error_of::<A>(), shape_error_of::<B>()] {
        [None, None] => [None, ShapeError::of_size((size_of::<A>() + size_of::<B>()) / size_of::<A::Scalar>())],
        shape_errors => shape_errors,
    }
}
