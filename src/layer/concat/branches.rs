//! What a concatenation is made of: one branch, or several.

use alloc::boxed::Box;
use core::mem::take;

use bytemuck::Zeroable;

use crate::aligned::Aligned;
use crate::kernel::add::add;
use crate::layer::{
    Fusion, LayerPath, Module, Operation, ParameterList, Pass, RngKey, Row, ShapeError, Tape, shape_error_of,
};
use crate::scalar::Scalar;
use crate::shape::inference::Inferred;
use crate::shape::{ConstString, Dims, Shape};
use crate::tensor::{flat, flat_mut, zeros};

/// One branch, which is a [`Module`] or [`Through`](super::Through), or several, which are a [`Fork`](super::Fork).
///
/// Not for users to implement or to name: its methods are those of a module, with the joined output and its gradient as plain
/// numbers, of which a branch writes and reads its [`Joint`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` are not branches with one input",
    label = "not branches of one input",
    note = "the branches of a `Concat` written by hand are `Fork<A, Fork<B, C>>`, and each takes the same input"
)]
pub trait Branches: Zeroable + Send + Sync + 'static {
    /// The type of the numbers.
    type Scalar: Scalar;
    /// One input sample.
    type Input: Shape<Scalar = Self::Scalar>;
    /// The tapes.
    type Tape: Tape;
    /// The workspaces of inference.
    type Workspace<const N: usize>: Zeroable + Send;

    /// How many branches there are.
    const COUNT: usize;
    /// How many channels their outputs have together.
    const CHANNELS: usize;
    /// The output of the first branch, if the others have its height and width.
    const MEET: Inferred;
    /// Whether all declare their [operation](Module::OPERATION).
    const ARE_KNOWN: bool;
    /// [`Module::FLOPS`]
    const FLOPS: usize;
    /// [`Module::ROWS`]
    const ROWS: usize;
    /// [`Module::BARRIERS`]
    const BARRIERS: usize;
    /// [`Module::MIN_BATCH`]
    const MIN_BATCH: usize;
    /// What is wrong with the shapes of a branch, and which one.
    const SHAPE_ERROR: Option<(usize, ShapeError)>;

    /// [`Module::tape`]
    fn tape(samples: usize) -> Self::Tape;

    /// [`Module::infer_fused`]
    fn infer<const N: usize>(
        &self,
        joint: Joint,
        input: &[Self::Input],
        output: &mut [Self::Scalar],
        workspace: &mut Self::Workspace<N>,
    );

    /// [`Module::forward_phase`]
    fn forward_phase(
        &self,
        phase: usize,
        joint: Joint,
        input: &[Self::Input],
        output: &mut [Self::Scalar],
        tape: &mut Self::Tape,
    );

    /// [`Module::backward_phase`]; all branches but the first add to `grad_input`.
    #[allow(clippy::too_many_arguments)]
    fn backward_phase(
        &self,
        phase: usize,
        joint: Joint,
        input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Scalar],
        grad_input: Option<&mut [Self::Input]>,
        grad: &mut Self,
    );

    /// [`Module::list_parameters`]; `branch` is the position of the first branch in the list.
    fn list_parameters(branch: LayerPath<'_>, list: &mut ParameterList<'_, Self, Self::Scalar>);

    /// [`Module::summarize`]
    fn summarize(branch: LayerPath<'_>, row: &mut impl FnMut(Row<'_>));
}

/// Where the channels of a branch are in a joined sample.
#[derive(Clone, Copy, Debug)]
pub struct Joint {
    /// The first of their numbers.
    first: usize,
    /// How many numbers the joined sample has.
    sample: usize,
    /// How many numbers a channel has.
    positions: usize,
}

impl Joint {
    /// Of the first branch.
    pub(super) fn start(joined: Dims) -> Joint {
        Joint { first: 0, sample: joined.len(), positions: joined.height * joined.width }
    }

    /// Of the branch after `B`.
    pub(super) fn after<B: Branches>(self) -> Joint {
        Joint { first: self.first + B::CHANNELS * self.positions, ..self }
    }

    /// Whether there are branches before this one, so that it adds to a gradient.
    pub(super) fn is_later(self) -> bool {
        self.first > 0
    }

    /// Writes a branch's outputs to their places.
    pub(super) fn join<S: Shape>(self, from: &[S], joined: &mut [S::Scalar]) {
        for (from, joined) in from.iter().zip(joined.chunks_exact_mut(self.sample)) {
            joined[self.first..][..S::DIMS.len()].copy_from_slice(from.as_slice());
        }
    }

    /// Each of a branch's gradients, to be read in its place.
    pub(super) fn split<S: Shape>(self, joined: &[S::Scalar]) -> impl Iterator<Item = &[S::Scalar]> {
        joined.chunks_exact(self.sample).map(move |joined| &joined[self.first..][..S::DIMS.len()])
    }
}

/// The tape of a branch, its outputs or their gradients, and the gradients of its inputs.
pub struct BranchTape<M: Module> {
    branch: M::Tape,
    output: Box<[M::Output]>,
    grad_input: Aligned<M::Input>,
}

/// The workspace of a branch, and room for `N` of its outputs.
#[derive(Zeroable)]
#[zeroable(bound = "")]
pub struct BranchWorkspace<M: Module, const N: usize> {
    branch: M::Workspace<N>,
    output: [M::Output; N],
}

impl<M: Module> Tape for BranchTape<M> {
    fn set_rng_key(&mut self, key: RngKey) {
        self.branch.set_rng_key(key);
    }

    /// Lends the gradients of the inputs too, which are written and added within phase 0; and the outputs, if there is only one
    /// phase.
    fn lend_scratch(&mut self, to: &mut Self) {
        self.branch.lend_scratch(&mut to.branch);
        to.grad_input = take(&mut self.grad_input);
        if M::BARRIERS == 0 {
            to.output = take(&mut self.output);
        }
    }

    fn reduce(&mut self, pass: Pass, barrier: usize, from: &Self) {
        self.branch.reduce(pass, barrier, &from.branch);
    }

    fn visit_shared(&mut self, pass: Pass, barrier: usize, visit: &mut dyn FnMut(&mut [f64])) {
        self.branch.visit_shared(pass, barrier, visit);
    }
}

#[diagnostic::do_not_recommend]
impl<M: Module> Branches for M {
    type Scalar = M::Scalar;
    type Input = M::Input;
    type Tape = BranchTape<M>;
    type Workspace<const N: usize> = BranchWorkspace<M, N>;

    const COUNT: usize = 1;
    const CHANNELS: usize = M::Output::DIMS.channels;
    const MEET: Inferred = Ok(M::Output::DIMS);
    const ARE_KNOWN: bool = !matches!(M::OPERATION, Operation::Custom);
    const FLOPS: usize = M::FLOPS;
    const ROWS: usize = M::ROWS;
    const BARRIERS: usize = M::BARRIERS;
    const MIN_BATCH: usize = M::MIN_BATCH;
    const SHAPE_ERROR: Option<(usize, ShapeError)> = match shape_error_of::<M>() {
        Some(shape_error) => Some((0, shape_error)),
        // Its layers would have the positions of the branches after it.
        None if M::LAYERS != 1 => {
            let text = ConstString::new().str("a branch of several layers is a `Sequential` of them");
            Some((0, ShapeError { layer: 0, inside: ConstString::new(), text }))
        }
        None => None,
    };

    fn tape(samples: usize) -> Self::Tape {
        BranchTape { branch: M::tape(samples), output: zeros(samples), grad_input: Aligned::default() }
    }

    fn infer<const N: usize>(
        &self,
        joint: Joint,
        input: &[M::Input],
        output: &mut [M::Scalar],
        workspace: &mut Self::Workspace<N>,
    ) {
        let own = &mut workspace.output[..input.len()];
        self.infer_fused(None, input, own, &mut workspace.branch);
        joint.join(own, output);
    }

    fn forward_phase(
        &self,
        phase: usize,
        joint: Joint,
        input: &[M::Input],
        output: &mut [M::Scalar],
        tape: &mut Self::Tape,
    ) {
        let own = &mut tape.output[..input.len()];
        Module::forward_phase(self, phase, Fusion::NONE, input, own, &mut tape.branch);
        if phase == M::BARRIERS {
            joint.join(own, output);
        }
    }

    fn backward_phase(
        &self,
        phase: usize,
        joint: Joint,
        input: &[M::Input],
        tape: &mut Self::Tape,
        grad_output: &[M::Scalar],
        grad_input: Option<&mut [M::Input]>,
        grad: &mut M,
    ) {
        let BranchTape { branch, output, grad_input: own } = tape;
        let own = own.of_room(output.len(), input.len());
        let grad_own = &mut output[..input.len()];
        if phase == M::BARRIERS {
            for (own, joined) in grad_own.iter_mut().zip(joint.split::<M::Output>(grad_output)) {
                own.as_mut_slice().copy_from_slice(joined);
            }
        }
        match grad_input {
            Some(all) if joint.is_later() => {
                Module::backward_phase(self, phase, Fusion::NONE, input, branch, grad_own, Some(&mut *own), grad);
                if phase == 0 {
                    add(flat(own), flat_mut(all));
                }
            }
            wanted => Module::backward_phase(self, phase, Fusion::NONE, input, branch, grad_own, wanted, grad),
        }
    }

    fn list_parameters(branch: LayerPath<'_>, list: &mut ParameterList<'_, Self, M::Scalar>) {
        <M as Module>::list_parameters(branch, list);
    }

    fn summarize(branch: LayerPath<'_>, row: &mut impl FnMut(Row<'_>)) {
        <M as Module>::summarize(branch, row);
    }
}
