//! Composition: two modules, one after the other, are a module.

use core::fmt;
use core::mem::swap;

use bytemuck::{Zeroable, cast_slice, cast_slice_mut};

use super::Summary;
use super::first::First;
use super::tape::{ChainTape, ChainWorkspace};
use crate::aligned::Aligned;
use crate::kernel::activation::relu_grad_in_place;
use crate::kernel::batch_norm::{InputGradient, ParameterGradients};
use crate::kernel::moments::Moments;
use crate::kernel::rectifier::Rectifier;
use crate::layer::{
    Follows, Fuses, Fusion, Labels, LayerPath, Module, Operation, ParameterList, Pending, Row, ShapeError, in_part,
    shape_errors_of_both,
};
use crate::shape::Dims;
use crate::tensor::{flat, flat_mut};

/// `B` after `A`: `y = B(A(x))`. A network is a chain of chains, `Chain<A, Chain<B, C>>`.
///
/// [`network!`](crate::network!) writes this type; it can be written by hand as well, and the two are the same type:
///
/// ```
/// use shapeproof::layer::{Dense, Flatten};
/// use shapeproof::network::Chain;
///
/// shapeproof::network! { type Net = [1, 28, 28] => Flatten, Dense(units = 10) }
/// type ByHand = Chain<Flatten<1, 28, 28, 784>, Dense<784, 10>>;
///
/// fn same(net: Net) -> ByHand { net }
/// ```
///
/// The output of `A` must be the input of `B`. If it is not, the type does not compile:
/// ```compile_fail
/// # use shapeproof::{layer::Dense, network::{Chain, Network}};
/// type Net = Chain<Dense<784, 14>, Dense<7, 10>>;
/// let net = Net::new(1); // expected `14`, found `7`
/// ```
///
/// This mistake is easy to make. With stride 2 and padding 2, this convolution and pooling give 7×7, but the second convolution was
/// written for 14×14:
/// ```compile_fail
/// # use shapeproof::{layer::{Conv2D, MaxPool2D}, network::{Chain, Network}};
/// type First = Conv2D<1, 28, 28, 32, 15, 15, 3, 3, 2, 2, 2, 2>;
/// type Second = Conv2D<32, 14, 14, 64, 8, 8, 3, 3, 2, 2, 2, 2>;
/// type Net = Chain<First, Chain<MaxPool2D<32, 15, 15, 7, 7, 2, 2, 2, 2>, Second>>;
/// let net = Net::new(1);
/// ```
#[derive(Zeroable)]
#[repr(C)]
pub struct Chain<A, B>(
    /// The first layer.
    pub A,
    /// The layer after it, or the rest of the network.
    pub B,
)
where
    A: Module<Output: Feeds<B::Input>>,
    B: Module;

/// Reports which shapes do not match, if a chain written by hand does not fit together.
///
/// Not for users to implement: every type feeds itself, and no other.
#[diagnostic::on_unimplemented(
    message = "two layers of this chain do not match: the output of one is `{Self}`, the input of the next is `{Taken}`",
    label = "expected `{Taken}`, found `{Self}`"
)]
pub trait Feeds<Taken> {}

impl<S> Feeds<S> for S {}

impl<A, B> Chain<A, B>
where
    A: Module,
    B: Module<Input = A::Output, Scalar = A::Scalar>,
{
    /// Whether `A` computes the ReLU with which `B` begins.
    const RELU_BETWEEN: bool = A::FUSES.relu_after && B::BEGINS_WITH_RELU;
    /// Whether `A` uses the gradients of its outputs in more phases than that in which `B` completes them.
    const KEEPS_GRADIENTS: bool = A::BARRIERS > 0;
    /// Whether `A` is a batch normalization that `B` computes in training, when it reads its input.
    const NORMALIZES_LATER: bool = A::BEGINS_WITH_BATCH_NORM && A::LAYERS == 1 && B::FUSES.batch_norm_before;
    /// Whether `A` computes the moments and the input gradient of the batch normalization with which `B` begins.
    const BATCH_NORM_AFTER: bool = A::FUSES.batch_norm_after && B::BEGINS_WITH_BATCH_NORM;
    /// Whether `A` is only a ReLU that can be left out.
    const RELU_FIRST: bool = A::BEGINS_WITH_RELU && A::LAYERS == 1;

    /// Whether `A` may compute what follows it, and whether it is something that one before it may compute. As constants they also
    /// decide which code is compiled.
    const PENDING: bool = A::FUSES.epilogue.is_some();
    const SCALES: bool = matches!(A::FOLLOWS, Follows::Scale);
    const RECTIFIES: bool = matches!(A::FOLLOWS, Follows::Rectifier);
    const POOLS: bool = matches!(A::FOLLOWS, Follows::MaxPool(_));

    /// A tape for `samples` samples, and `between` of them between the layers.
    fn tape_with(samples: usize, between: usize) -> ChainTape<A, B> {
        let rest = if Self::RELU_BETWEEN { B::tape_after_relu } else { B::tape };
        let (between, grad_between) = (Aligned::zeros(between), Aligned::default());
        ChainTape { first: A::tape(samples), between, grad_between, rest: rest(samples) }
    }

    /// The batch normalization that `A` is, for this phase of `B`, which computes it in its first.
    fn normalization_later<'a>(
        &'a self,
        phase: usize,
        first: &'a mut A::Tape,
    ) -> Option<ParameterGradients<'a, A::Scalar>> {
        if Self::NORMALIZES_LATER && phase == 0 { self.0.normalization(Self::RELU_BETWEEN, first) } else { None }
    }

    /// The rectifier that `A` is, if `B` fuses it.
    fn taken_over(&self) -> Option<Rectifier<'_, A::Scalar>> {
        if B::FUSES.rectifier_before { self.0.rectifier().filter(|rectifier| rectifier.is_increasing()) } else { None }
    }
}

impl<A, B> Module for Chain<A, B>
where
    A: Module,
    B: Module<Input = A::Output, Scalar = A::Scalar>,
{
    type Scalar = A::Scalar;
    type Input = A::Input;
    type Output = B::Output;
    type Tape = ChainTape<A, B>;
    type Workspace<const N: usize> = ChainWorkspace<A, B, N>;

    const KIND: &'static str = "Chain";
    const OPERATION: Operation = match (A::OPERATION, B::OPERATION) {
        (Operation::Custom, _) | (_, Operation::Custom) => Operation::Custom,
        _ => Operation::Sequence,
    };
    const LAST: Operation = B::LAST;
    const FLOPS: usize = A::FLOPS.saturating_add(B::FLOPS);
    const LAYERS: usize = A::LAYERS + B::LAYERS;
    const ROWS: usize = A::ROWS + B::ROWS;
    const BARRIERS: usize = A::BARRIERS + B::BARRIERS;
    const MIN_BATCH: usize = if A::MIN_BATCH > B::MIN_BATCH { A::MIN_BATCH } else { B::MIN_BATCH };
    const FUSES: Fuses = Fuses {
        rectifier_before: A::FUSES.rectifier_before,
        batch_norm_before: A::FUSES.batch_norm_before || Self::RELU_FIRST && B::FUSES.batch_norm_before,
        ..Fuses::NOTHING
    };
    const BEGINS_WITH_RELU: bool = A::BEGINS_WITH_RELU;
    const BEGINS_WITH_BATCH_NORM: bool = A::BEGINS_WITH_BATCH_NORM;
    const LABELS: Labels = match (&A::LABELS, &B::LABELS) {
        (Labels::None, Labels::None) => Labels::None,
        (first, rest) => Labels::Two { first, layers: A::LAYERS, rest },
    };
    const SHAPE_ERROR: Option<ShapeError> = match shape_errors_of_both::<A, B>() {
        [None, None] => B::LABELS.clash(A::LAYERS, &A::LABELS),
        [None, Some(shape_error)] => Some(shape_error.after(A::LAYERS)),
        [shape_error, _] => shape_error,
    };

    fn tape(samples: usize) -> Self::Tape {
        Self::tape_with(samples, samples)
    }

    fn tape_after_relu(samples: usize) -> Self::Tape {
        Self::tape_with(samples, if Self::RELU_FIRST { 0 } else { samples })
    }

    fn infer_fused<const N: usize>(
        &self,
        before: Option<Rectifier<'_, Self::Scalar>>,
        input: &[Self::Input],
        output: &mut [Self::Output],
        workspace: &mut Self::Workspace<N>,
    ) {
        if let Some(rectifier) = self.taken_over() {
            return self.1.infer_fused(Some(rectifier), cast_slice(input), output, &mut workspace.rest);
        }
        let between = &mut workspace.between[..input.len()];
        if Self::PENDING {
            let pending = First::<A, N>::new(&self.0, input, &mut workspace.first);
            return self.1.infer_pending(pending, between, output, &mut workspace.rest);
        }
        self.0.infer_fused(before, input, between, &mut workspace.first);
        self.1.infer_fused(None, between, output, &mut workspace.rest);
    }

    fn infer_pending<'a, const N: usize, P: Pending<'a, Self::Scalar>>(
        &'a self,
        pending: P,
        input: &mut [Self::Input],
        output: &mut [Self::Output],
        workspace: &'a mut Self::Workspace<N>,
    ) {
        if Self::SCALES && pending.takes_scale() {
            let ChainWorkspace { first, rest, .. } = workspace;
            let Some(scale) = self.0.scale_and_shift::<N>(first) else { unreachable!("{} has no factors", A::KIND) };
            return self.1.infer_pending(pending.scaled(scale), cast_slice_mut(input), output, rest);
        }
        if Self::RECTIFIES
            && pending.takes_rectifier()
            && let Some(rectifier) = self.0.rectifier()
        {
            let (pending, input) = (pending.rectified(rectifier), cast_slice_mut(input));
            return self.1.infer_pending(pending, input, output, &mut workspace.rest);
        }
        if Self::POOLS
            && let Follows::MaxPool(window) = A::FOLLOWS
            && pending.takes_pool(window)
        {
            let between = &mut workspace.between[..input.len()];
            return self.1.infer_pending(pending.pooled(window), between, output, &mut workspace.rest);
        }
        pending.compute(flat_mut(input));
        self.infer_fused(None, input, output, workspace);
    }

    fn infer_each(
        &self,
        input: &Self::Input,
        output: &mut Self::Output,
        workspace: &mut Self::Workspace<1>,
        each: &mut dyn FnMut(Dims, &[Self::Scalar]),
    ) {
        let [between] = &mut workspace.between;
        self.0.infer_each(input, between, &mut workspace.first, each);
        self.1.infer_each(between, output, &mut workspace.rest, each);
    }

    // `A` runs in the phases up to its last, `B` in those from there on; in the phase between `A`'s last barrier and `B`'s first
    // both run.

    fn forward_phase(
        &self,
        phase: usize,
        fusion: Fusion<'_, Self::Scalar>,
        input: &[Self::Input],
        output: &mut [Self::Output],
        tape: &mut Self::Tape,
    ) {
        if fusion.relu_done && Self::RELU_FIRST {
            // The input is already the output of the ReLU.
            let fusion = Fusion { normalization: fusion.normalization, ..Fusion::NONE };
            return self.1.forward_phase(phase, fusion, cast_slice(input), output, &mut tape.rest);
        }
        if let (0, Some(rectifier)) = (phase, self.taken_over()) {
            let fusion = Fusion { before: Some((rectifier, &mut [])), ..Fusion::NONE };
            return self.1.forward_phase(0, fusion, cast_slice(input), output, &mut tape.rest);
        }
        if Self::NORMALIZES_LATER
            && let Some(phase) = phase.checked_sub(A::BARRIERS)
        {
            let normalization = self.normalization_later(phase, &mut tape.first);
            let fusion = Fusion { relu_done: Self::RELU_BETWEEN, normalization, ..Fusion::NONE };
            return self.1.forward_phase(phase, fusion, cast_slice(input), output, &mut tape.rest);
        }
        let between = &mut tape.between[..input.len()];
        if phase <= A::BARRIERS {
            let moments = if Self::BATCH_NORM_AFTER { B::moments(&mut tape.rest, input.len()) } else { None };
            let fusion = Fusion { relu_after: Self::RELU_BETWEEN, moments, ..fusion };
            self.0.forward_phase(phase, fusion, input, between, &mut tape.first);
        }
        if let Some(phase) = phase.checked_sub(A::BARRIERS) {
            let moments_done = Self::BATCH_NORM_AFTER && phase == 0;
            let fusion = Fusion { relu_done: Self::RELU_BETWEEN, moments_done, ..Fusion::NONE };
            self.1.forward_phase(phase, fusion, between, output, &mut tape.rest);
        }
    }

    fn backward_phase(
        &self,
        phase: usize,
        fusion: Fusion<'_, Self::Scalar>,
        input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        mut grad_input: Option<&mut [Self::Input]>,
        Chain(grad_first, grad_rest): &mut Self,
    ) {
        let ChainTape { first, between, grad_between, rest } = tape;
        if fusion.relu_done && Self::RELU_FIRST {
            let (input, wanted) = (cast_slice(input), grad_input.as_deref_mut().map(cast_slice_mut));
            let relu_backward_before = fusion.relu_backward_before;
            let fusion = Fusion { normalization: fusion.normalization, ..Fusion::NONE };
            self.1.backward_phase(phase, fusion, input, rest, grad_output, wanted, grad_rest);
            if let (0, false, Some(grad_input)) = (phase, relu_backward_before, grad_input) {
                relu_grad_in_place(flat(input), flat_mut(grad_input));
            }
            return;
        }
        if let (0, Some(rectifier)) = (phase, self.taken_over()) {
            let fusion = Fusion { before: Some((rectifier, grad_first.slopes())), ..Fusion::NONE };
            let (input, wanted) = (cast_slice(input), grad_input.map(cast_slice_mut));
            return self.1.backward_phase(0, fusion, input, rest, grad_output, wanted, grad_rest);
        }
        let (samples, room) = (input.len(), between.len());
        if let Some(phase) = phase.checked_sub(A::BARRIERS) {
            let relu_backward_before = Self::RELU_BETWEEN && A::FUSES.relu_backward;
            let fusion = Fusion { relu_done: Self::RELU_BETWEEN, relu_backward_before, ..Fusion::NONE };
            if Self::NORMALIZES_LATER {
                let normalization = self.normalization_later(phase, first);
                let (fusion, wanted) = (Fusion { normalization, ..fusion }, Some(&mut between[..samples]));
                self.1.backward_phase(phase, fusion, cast_slice(input), rest, grad_output, wanted, grad_rest);
            } else {
                let wanted = (!Self::BATCH_NORM_AFTER).then(|| grad_between.of_room(room, samples));
                self.1.backward_phase(phase, fusion, &between[..samples], rest, grad_output, wanted, grad_rest);
            }
        }
        if Self::KEEPS_GRADIENTS && !Self::NORMALIZES_LATER && phase == A::BARRIERS {
            swap(between, grad_between);
        }
        if phase <= A::BARRIERS {
            let between = &between[..samples];
            let gradient =
                if Self::BATCH_NORM_AFTER { self.1.input_gradient(false, between, rest, grad_output) } else { None };
            let grad_between =
                if Self::KEEPS_GRADIENTS || Self::BATCH_NORM_AFTER { between } else { &grad_between[..samples] };
            let fusion =
                Fusion { relu_after: Self::RELU_BETWEEN, gradient, gradients_done: Self::NORMALIZES_LATER, ..fusion };
            self.0.backward_phase(phase, fusion, input, first, grad_between, grad_input, grad_first);
        }
    }

    fn moments(tape: &mut Self::Tape, samples: usize) -> Option<Moments<'_>> {
        A::moments(&mut tape.first, samples)
    }

    fn input_gradient<'a>(
        &'a self,
        _relu_after: bool,
        input: &'a [Self::Input],
        tape: &'a Self::Tape,
        _grad_output: &'a [Self::Output],
    ) -> Option<InputGradient<'a, Self::Scalar>> {
        self.0.input_gradient(Self::RELU_BETWEEN, input, &tape.first, &tape.between[..input.len()])
    }

    fn list_parameters(layer: LayerPath<'_>, list: &mut ParameterList<'_, Self, Self::Scalar>) {
        A::list_parameters(layer, &mut in_part(list, |chain| &chain.0, |chain| &mut chain.0));
        B::list_parameters(layer.skip(A::LAYERS), &mut in_part(list, |chain| &chain.1, |chain| &mut chain.1));
    }

    fn summarize(layer: LayerPath<'_>, row: &mut impl FnMut(Row<'_>)) {
        A::summarize(layer, row);
        B::summarize(layer.skip(A::LAYERS), row);
    }
}

/// The table of [`Summary`].
impl<A, B> fmt::Display for Chain<A, B>
where
    A: Module,
    B: Module<Input = A::Output, Scalar = A::Scalar>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Summary::<Self>::new().fmt(f)
    }
}
