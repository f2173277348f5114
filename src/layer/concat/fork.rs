//! Branches side by side.

use bytemuck::Zeroable;

use super::{Branches, Joint};
use crate::layer::barrier::{barrier_of_branch, phase_of_branch};
use crate::layer::{LayerPath, ParameterList, Pass, RngKey, Row, ShapeError, Tape, in_part};
use crate::shape::inference::{Inferred, meets};

/// Branches side by side: `A`, and the others in `B`, which is one branch or another `Fork`.
#[derive(Zeroable)]
#[repr(C)]
pub struct Fork<A, B>(
    /// The first branch.
    pub A,
    /// The branch after it, or the others.
    pub B,
);

/// The tapes of both sides.
pub struct ForkTape<A: Branches, B: Branches>(A::Tape, B::Tape);

/// The workspaces of both sides.
#[derive(Zeroable)]
#[zeroable(bound = "")]
pub struct ForkWorkspace<A: Branches, B: Branches, const N: usize>(A::Workspace<N>, B::Workspace<N>);

impl<A: Branches, B: Branches> Tape for ForkTape<A, B> {
    fn set_rng_key(&mut self, key: RngKey) {
        self.0.set_rng_key(key);
        self.1.set_rng_key(key.skip(A::COUNT));
    }

    fn lend_scratch(&mut self, to: &mut Self) {
        self.0.lend_scratch(&mut to.0);
        self.1.lend_scratch(&mut to.1);
    }

    fn reduce(&mut self, pass: Pass, barrier: usize, from: &Self) {
        if let Some(barrier) = barrier_of_branch(pass, [A::BARRIERS, B::BARRIERS], barrier) {
            self.0.reduce(pass, barrier, &from.0);
        }
        if let Some(barrier) = barrier_of_branch(pass, [B::BARRIERS, A::BARRIERS], barrier) {
            self.1.reduce(pass, barrier, &from.1);
        }
    }

    fn visit_shared(&mut self, pass: Pass, barrier: usize, visit: &mut dyn FnMut(&mut [f64])) {
        if let Some(barrier) = barrier_of_branch(pass, [A::BARRIERS, B::BARRIERS], barrier) {
            self.0.visit_shared(pass, barrier, visit);
        }
        if let Some(barrier) = barrier_of_branch(pass, [B::BARRIERS, A::BARRIERS], barrier) {
            self.1.visit_shared(pass, barrier, visit);
        }
    }
}

const fn max(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

impl<A, B> Branches for Fork<A, B>
where
    A: Branches,
    B: Branches<Input = A::Input, Scalar = A::Scalar>,
{
    type Scalar = A::Scalar;
    type Input = A::Input;
    type Tape = ForkTape<A, B>;
    type Workspace<const N: usize> = ForkWorkspace<A, B, N>;

    const COUNT: usize = A::COUNT + B::COUNT;
    const CHANNELS: usize = A::CHANNELS.saturating_add(B::CHANNELS);
    const MEET: Inferred = match (A::MEET, B::MEET) {
        (Ok(first), Ok(other)) => meets(first, other),
        (Err(text), _) | (_, Err(text)) => Err(text),
    };
    const ARE_KNOWN: bool = A::ARE_KNOWN && B::ARE_KNOWN;
    const FLOPS: usize = A::FLOPS.saturating_add(B::FLOPS);
    const ROWS: usize = A::ROWS + B::ROWS;
    const BARRIERS: usize = max(A::BARRIERS, B::BARRIERS);
    const MIN_BATCH: usize = max(A::MIN_BATCH, B::MIN_BATCH);
    const SHAPE_ERROR: Option<(usize, ShapeError)> = match (A::SHAPE_ERROR, B::SHAPE_ERROR) {
        (None, Some((branch, shape_error))) => Some((A::COUNT + branch, shape_error)),
        (None, None) => match ShapeError::of_size((size_of::<A>() + size_of::<B>()) / size_of::<A::Scalar>()) {
            Some(shape_error) => Some((A::COUNT, shape_error)),
            None => None,
        },
        (shape_error, _) => shape_error,
    };

    fn tape(samples: usize) -> Self::Tape {
        ForkTape(A::tape(samples), B::tape(samples))
    }

    fn infer<const N: usize>(
        &self,
        joint: Joint,
        input: &[Self::Input],
        output: &mut [Self::Scalar],
        workspace: &mut Self::Workspace<N>,
    ) {
        self.0.infer::<N>(joint, input, output, &mut workspace.0);
        self.1.infer::<N>(joint.after::<A>(), input, output, &mut workspace.1);
    }

    fn forward_phase(
        &self,
        phase: usize,
        joint: Joint,
        input: &[Self::Input],
        output: &mut [Self::Scalar],
        tape: &mut Self::Tape,
    ) {
        if let Some(phase) = phase_of_branch(Pass::Forward, [A::BARRIERS, B::BARRIERS], phase) {
            self.0.forward_phase(phase, joint, input, output, &mut tape.0);
        }
        if let Some(phase) = phase_of_branch(Pass::Forward, [B::BARRIERS, A::BARRIERS], phase) {
            self.1.forward_phase(phase, joint.after::<A>(), input, output, &mut tape.1);
        }
    }

    fn backward_phase(
        &self,
        phase: usize,
        joint: Joint,
        input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Scalar],
        mut grad_input: Option<&mut [Self::Input]>,
        Fork(grad_first, grad_others): &mut Self,
    ) {
        let ForkTape(first, others) = tape;
        if let Some(phase) = phase_of_branch(Pass::Backward, [A::BARRIERS, B::BARRIERS], phase) {
            self.0.backward_phase(phase, joint, input, first, grad_output, grad_input.as_deref_mut(), grad_first);
        }
        if let Some(phase) = phase_of_branch(Pass::Backward, [B::BARRIERS, A::BARRIERS], phase) {
            self.1.backward_phase(phase, joint.after::<A>(), input, others, grad_output, grad_input, grad_others);
        }
    }

    fn list_parameters(branch: LayerPath<'_>, list: &mut ParameterList<'_, Self, Self::Scalar>) {
        A::list_parameters(branch, &mut in_part(list, |fork| &fork.0, |fork| &mut fork.0));
        B::list_parameters(branch.skip(A::COUNT), &mut in_part(list, |fork| &fork.1, |fork| &mut fork.1));
    }

    fn summarize(branch: LayerPath<'_>, row: &mut impl FnMut(Row<'_>)) {
        A::summarize(branch, row);
        B::summarize(branch.skip(A::COUNT), row);
    }
}
