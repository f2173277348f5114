//! Composition: two layers, one behind the other, are a layer.

use core::fmt;
use core::mem::take;

use bytemuck::{Zeroable, cast_slice, cast_slice_mut};

use super::Summary;
use crate::aligned::Aligned;
use crate::kernel::activation::relu_grad_in_place;
use crate::kernel::rectifier::Rectifier;
use crate::layer::{Flaw, Labels, Layer, Noise, Operation, Pass, Position, Row, Visitor};
use crate::tensor::{flat, flat_mut};

/// `B` behind `A`: `y = B(A(x))`. A network is a chain of chains, `Chain<A, Chain<B, C>>`.
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
/// What `A` gives has to be what `B` takes. If it is not, the type does not compile:
/// ```compile_fail
/// # use shapeproof::{layer::Dense, network::{Chain, Network}};
/// type Net = Chain<Dense<784, 14>, Dense<7, 10>>;
/// let net = Net::new(1); // expected `14`, found `7`
/// ```
///
/// A mistake of that kind is easily made. With stride 2 and padding 2, this convolution and pooling leave 7×7, but the
/// second convolution was written for 14×14:
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
    /// The layer the input goes to.
    pub A,
    /// The layer, or the rest of the network, that gives the output.
    pub B,
)
where
    A: Layer<Output: Feeds<B::Input>>,
    B: Layer;

/// The tapes of both layers, and what goes between them: `A`'s outputs and their gradients.
pub struct ChainTape<A: Layer, B: Layer> {
    first: A::Tape,
    between: Aligned<A::Output>,
    grad_between: Aligned<A::Output>,
    rest: B::Tape,
}

/// The workspaces of both layers, and room for `N` of `A`'s outputs.
#[derive(Zeroable)]
#[zeroable(bound = "")]
pub struct ChainWorkspace<A: Layer, B: Layer, const N: usize> {
    first: A::Workspace<N>,
    between: [A::Output; N],
    rest: B::Workspace<N>,
}

/// Says which shapes do not meet, where a hand-written chain does not fit together.
#[diagnostic::on_unimplemented(
    message = "two layers of this chain do not meet: one gives `{Self}`, the next takes `{Taken}`",
    label = "expected `{Taken}`, found `{Self}`"
)]
pub trait Feeds<Taken> {}

impl<S> Feeds<S> for S {}

impl<A, B> Layer for Chain<A, B>
where
    A: Layer,
    B: Layer<Input = A::Output, Scalar = A::Scalar>,
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
    const FLOPS: usize = A::FLOPS.saturating_add(B::FLOPS);
    const LAYERS: usize = A::LAYERS + B::LAYERS;
    const ROWS: usize = A::ROWS + B::ROWS;
    const MEETINGS: usize = A::MEETINGS + B::MEETINGS;
    const MIN_BATCH: usize = if A::MIN_BATCH > B::MIN_BATCH { A::MIN_BATCH } else { B::MIN_BATCH };
    const LABELS: Labels = match (&A::LABELS, &B::LABELS) {
        (Labels::None, Labels::None) => Labels::None,
        (first, rest) => Labels::Two { first, layers: A::LAYERS, rest },
    };
    const FLAW: Option<Flaw> = match Flaw::of_both::<A, B>() {
        [None, None] => B::LABELS.clash(A::LAYERS, &A::LABELS),
        [None, Some(flaw)] => Some(flaw.behind(A::LAYERS)),
        [flaw, _] => flaw,
    };

    fn tape(samples: usize) -> Self::Tape {
        ChainTape {
            first: A::tape(samples),
            between: Aligned::zeros(samples),
            grad_between: Aligned::zeros(samples),
            rest: B::tape(samples),
        }
    }

    fn infer<const N: usize>(
        &self,
        input: &[Self::Input],
        output: &mut [Self::Output],
        workspace: &mut Self::Workspace<N>,
    ) {
        if let Some(rectifier) = self.rectifier_before_pooling() {
            return self.1.infer_rectified(rectifier, flat(input), output, &mut workspace.rest);
        }
        let between = &mut workspace.between[..input.len()];
        self.0.infer(input, between, &mut workspace.first);
        self.1.infer(between, output, &mut workspace.rest);
    }

    fn forward(&self, input: &[Self::Input], output: &mut [Self::Output], tape: &mut Self::Tape) {
        for leg in 0..=Self::MEETINGS {
            self.forward_leg(leg, input, output, tape);
        }
    }

    fn backward(
        &self,
        input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        mut grad_input: Option<&mut [Self::Input]>,
        grad: &mut Self,
    ) {
        for leg in (0..=Self::MEETINGS).rev() {
            self.backward_leg(leg, input, tape, grad_output, grad_input.as_deref_mut(), grad);
        }
    }

    fn visit<const R: usize, const W: usize>(
        read: [&Self; R],
        mut write: [&mut Self; W],
        layer: Position<'_>,
        visitor: &mut Visitor<'_, Self::Scalar, R, W>,
    ) {
        A::visit(read.map(|chain| &chain.0), write.each_mut().map(|chain| &mut chain.0), layer, visitor);
        B::visit(read.map(|chain| &chain.1), write.map(|chain| &mut chain.1), layer.skip(A::LAYERS), visitor);
    }

    fn set_noise(tape: &mut Self::Tape, noise: Noise) {
        A::set_noise(&mut tape.first, noise);
        B::set_noise(&mut tape.rest, noise.skip(A::LAYERS));
    }

    fn update_statistics(&mut self, batch: &Self) {
        self.0.update_statistics(&batch.0);
        self.1.update_statistics(&batch.1);
    }

    fn summarise(layer: Position<'_>, row: &mut impl FnMut(Row<'_>)) {
        A::summarise(layer, row);
        B::summarise(layer.skip(A::LAYERS), row);
    }

    /// The gradients between the layers too, if `A` takes them up at once: without a meeting it has one leg, the one that `B`'s
    /// last is.
    fn hand_scratch(from: &mut Self::Tape, to: &mut Self::Tape) {
        A::hand_scratch(&mut from.first, &mut to.first);
        B::hand_scratch(&mut from.rest, &mut to.rest);
        if A::MEETINGS == 0 {
            to.grad_between = take(&mut from.grad_between);
        }
    }

    // `A` has the legs up to its last, `B` those after; on the leg between `A`'s last meeting and `B`'s first both run.

    fn forward_leg(&self, leg: usize, input: &[Self::Input], output: &mut [Self::Output], tape: &mut Self::Tape) {
        if let (0, Some(rectifier)) = (leg, self.rectifier_before_pooling()) {
            return self.1.forward_rectified(rectifier, flat(input), output, &mut tape.rest);
        }
        let between = &mut tape.between[..input.len()];
        match (leg <= A::MEETINGS, Self::RECTIFIES_BETWEEN) {
            (true, true) => self.0.forward_leg_rectifying(leg, input, between, &mut tape.first),
            (true, false) => self.0.forward_leg(leg, input, between, &mut tape.first),
            (false, _) => {}
        }
        match (leg.checked_sub(A::MEETINGS), Self::RECTIFIES_BETWEEN) {
            (Some(leg), true) => self.1.forward_leg_rectified(leg, between, output, &mut tape.rest),
            (Some(leg), false) => self.1.forward_leg(leg, between, output, &mut tape.rest),
            (None, _) => {}
        }
    }

    fn backward_leg(
        &self,
        leg: usize,
        input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        grad_input: Option<&mut [Self::Input]>,
        grad: &mut Self,
    ) {
        if let (0, Some(rectifier)) = (leg, self.rectifier_before_pooling()) {
            let (grad_input, grad) = (grad_input.map(flat_mut), (grad.0.slopes(), &mut grad.1));
            return self.1.backward_rectified(rectifier, flat(input), &mut tape.rest, grad_output, grad_input, grad);
        }
        let (between, grad_between) = (&tape.between[..input.len()], &mut tape.grad_between[..input.len()]);
        if let Some(leg) = leg.checked_sub(A::MEETINGS) {
            let (rest, wanted, grad) = (&mut tape.rest, Some(&mut *grad_between), &mut grad.1);
            if Self::RECTIFIES_BETWEEN {
                self.1.backward_leg_rectified(leg, between, rest, grad_output, wanted, grad);
            } else {
                self.1.backward_leg(leg, between, rest, grad_output, wanted, grad);
            }
        }
        if leg <= A::MEETINGS {
            self.0.backward_leg(leg, input, &mut tape.first, grad_between, grad_input, &mut grad.0);
        }
    }

    // Behind a rectifier, `A` takes care of it.

    const TAKES_RECTIFIER: bool = A::TAKES_RECTIFIER;

    fn infer_rectified<const N: usize>(
        &self,
        rectifier: Rectifier<'_, Self::Scalar>,
        input: &[Self::Scalar],
        output: &mut [Self::Output],
        workspace: &mut Self::Workspace<N>,
    ) {
        let between = &mut workspace.between[..output.len()];
        self.0.infer_rectified(rectifier, input, between, &mut workspace.first);
        self.1.infer(between, output, &mut workspace.rest);
    }

    fn forward_rectified(
        &self,
        rectifier: Rectifier<'_, Self::Scalar>,
        input: &[Self::Scalar],
        output: &mut [Self::Output],
        tape: &mut Self::Tape,
    ) {
        let between = &mut tape.between[..output.len()];
        self.0.forward_rectified(rectifier, input, between, &mut tape.first);
        self.1.forward_leg(0, between, output, &mut tape.rest);
    }

    fn backward_rectified(
        &self,
        rectifier: Rectifier<'_, Self::Scalar>,
        input: &[Self::Scalar],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        grad_input: Option<&mut [Self::Scalar]>,
        (grad_slopes, grad): (&mut [Self::Scalar], &mut Self),
    ) {
        let n = grad_output.len();
        let (between, grad_between) = (&tape.between[..n], &mut tape.grad_between[..n]);
        self.1.backward_leg(0, between, &mut tape.rest, grad_output, Some(&mut *grad_between), &mut grad.1);
        let grad = (grad_slopes, &mut grad.0);
        self.0.backward_rectified(rectifier, input, &mut tape.first, grad_between, grad_input, grad);
    }

    // With a ReLU in front that has been taken care of, what comes in is what the ReLU would give.

    const BEGINS_WITH_RELU: bool = A::IS_RELU;

    fn forward_leg_rectified(
        &self,
        leg: usize,
        input: &[Self::Input],
        output: &mut [Self::Output],
        tape: &mut Self::Tape,
    ) {
        self.1.forward_leg(leg, cast_slice(input), output, &mut tape.rest);
    }

    fn backward_leg_rectified(
        &self,
        leg: usize,
        input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        mut grad_input: Option<&mut [Self::Input]>,
        grad: &mut Self,
    ) {
        let wanted = grad_input.as_deref_mut().map(cast_slice_mut);
        self.1.backward_leg(leg, cast_slice(input), &mut tape.rest, grad_output, wanted, &mut grad.1);
        if let (0, Some(grad_input)) = (leg, grad_input) {
            relu_grad_in_place(flat(input), flat_mut(grad_input));
        }
    }

    fn gather(pass: Pass, meeting: usize, into: &mut Self::Tape, from: &Self::Tape) {
        match meeting.checked_sub(A::MEETINGS) {
            None => A::gather(pass, meeting, &mut into.first, &from.first),
            Some(meeting) => B::gather(pass, meeting, &mut into.rest, &from.rest),
        }
    }

    fn spread(pass: Pass, meeting: usize, from: &Self::Tape, to: &mut Self::Tape) {
        match meeting.checked_sub(A::MEETINGS) {
            None => A::spread(pass, meeting, &from.first, &mut to.first),
            Some(meeting) => B::spread(pass, meeting, &from.rest, &mut to.rest),
        }
    }
}

impl<A, B> Chain<A, B>
where
    A: Layer,
    B: Layer<Input = A::Output, Scalar = A::Scalar>,
{
    /// Whether `A` rectifies what it gives, in the place of the ReLU with which `B` begins.
    const RECTIFIES_BETWEEN: bool = A::RECTIFIES && B::BEGINS_WITH_RELU;

    /// The rectifier `A` is, if it rises and a max pooling comes behind it: the two change places.
    fn rectifier_before_pooling(&self) -> Option<Rectifier<'_, A::Scalar>> {
        if B::TAKES_RECTIFIER { self.0.rectifier().filter(|rectifier| rectifier.is_increasing()) } else { None }
    }
}

/// The table of [`Summary`].
impl<A, B> fmt::Display for Chain<A, B>
where
    A: Layer,
    B: Layer<Input = A::Output, Scalar = A::Scalar>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Summary::<Self>::new().fmt(f)
    }
}
