//! Residual block with a projection as its shortcut: `y = s(x) + f(x)`.

use core::mem::take;

use bytemuck::Zeroable;

use super::{BODY, Residual};
use crate::aligned::Aligned;
use crate::kernel::add::{add, add_and_rectify};
use crate::kernel::rectifier::Rectifier;
use crate::layer::barrier::{barrier_of_branch, phase_of_branch};
use crate::layer::{
    Fuses, Fusion, LayerPath, Module, Operation, ParameterList, Pass, RngKey, Row, ShapeError, Tape, in_part,
    shape_errors_of_both,
};
use crate::shape::{ConstString, Shape};
use crate::tensor::{flat, flat_mut};

/// The name of the branch `s`.
const SHORTCUT: &str = "shortcut";

/// The tapes of both branches, and the shortcut's outputs and input gradients.
pub struct ProjectionTape<F: Module, S: Module> {
    body: F::Tape,
    shortcut: S::Tape,
    samples: usize,
    output: Aligned<S::Output>,
    grad_input: Aligned<S::Input>,
}

/// The workspaces of both branches, and room for `N` of the shortcut's outputs.
#[derive(Zeroable)]
#[zeroable(bound = "")]
pub struct ProjectionWorkspace<F: Module, S: Module, const N: usize> {
    body: F::Workspace<N>,
    shortcut: S::Workspace<N>,
    output: [S::Output; N],
}

impl<F: Module, S: Module> Tape for ProjectionTape<F, S> {
    fn set_rng_key(&mut self, key: RngKey) {
        self.body.set_rng_key(key.inside(BODY));
        self.shortcut.set_rng_key(key.inside(SHORTCUT));
    }

    /// Lends the shortcut's outputs and the gradients of its inputs too: they are written and added within a phase, the first of which
    /// allocates room for them.
    fn lend_scratch(&mut self, to: &mut Self) {
        self.body.lend_scratch(&mut to.body);
        self.shortcut.lend_scratch(&mut to.shortcut);
        to.output = take(&mut self.output);
        to.grad_input = take(&mut self.grad_input);
    }

    fn reduce(&mut self, pass: Pass, barrier: usize, from: &Self) {
        if let Some(barrier) = barrier_of_branch(pass, [F::BARRIERS, S::BARRIERS], barrier) {
            self.body.reduce(pass, barrier, &from.body);
        }
        if let Some(barrier) = barrier_of_branch(pass, [S::BARRIERS, F::BARRIERS], barrier) {
            self.shortcut.reduce(pass, barrier, &from.shortcut);
        }
    }

    fn visit_shared(&mut self, pass: Pass, barrier: usize, visit: &mut dyn FnMut(&mut [f64])) {
        if let Some(barrier) = barrier_of_branch(pass, [F::BARRIERS, S::BARRIERS], barrier) {
            self.body.visit_shared(pass, barrier, visit);
        }
        if let Some(barrier) = barrier_of_branch(pass, [S::BARRIERS, F::BARRIERS], barrier) {
            self.shortcut.visit_shared(pass, barrier, visit);
        }
    }
}

impl<F, S> Module for Residual<F, S>
where
    F: Module,
    S: Module<Input = F::Input, Output = F::Output, Scalar = F::Scalar>,
{
    type Scalar = F::Scalar;
    type Input = F::Input;
    type Output = F::Output;
    type Tape = ProjectionTape<F, S>;
    type Workspace<const N: usize> = ProjectionWorkspace<F, S, N>;

    const KIND: &'static str = "Residual";
    const OPERATION: Operation = match (F::OPERATION, S::OPERATION) {
        (Operation::Custom, _) | (_, Operation::Custom) => Operation::Custom,
        _ => Operation::Addition,
    };
    const SETTINGS: ConstString = ConstString::new().str("shortcut + body");
    const FLOPS: usize = F::FLOPS.saturating_add(S::FLOPS).saturating_add(F::Output::DIMS.len());
    const ROWS: usize = 1 + F::ROWS + S::ROWS;
    const BARRIERS: usize = if F::BARRIERS > S::BARRIERS { F::BARRIERS } else { S::BARRIERS };
    const MIN_BATCH: usize = if F::MIN_BATCH > S::MIN_BATCH { F::MIN_BATCH } else { S::MIN_BATCH };
    const FUSES: Fuses = Fuses { relu_after: true, ..Fuses::NOTHING };
    const SHAPE_ERROR: Option<ShapeError> = match shape_errors_of_both::<F, S>() {
        [Some(shape_error), _] => Some(shape_error.in_branch(BODY)),
        [None, Some(shape_error)] => Some(shape_error.in_branch(SHORTCUT)),
        [None, None] => None,
    };

    fn tape(samples: usize) -> Self::Tape {
        ProjectionTape {
            body: F::tape(samples),
            shortcut: S::tape(samples),
            samples,
            output: Aligned::default(),
            grad_input: Aligned::default(),
        }
    }

    fn infer_fused<const N: usize>(
        &self,
        _before: Option<Rectifier<'_, Self::Scalar>>,
        input: &[Self::Input],
        output: &mut [Self::Output],
        workspace: &mut Self::Workspace<N>,
    ) {
        let shortcut = &mut workspace.output[..input.len()];
        self.body.infer_fused(None, input, output, &mut workspace.body);
        self.shortcut.infer_fused(None, input, shortcut, &mut workspace.shortcut);
        add(flat(shortcut), flat_mut(output));
    }

    fn forward_phase(
        &self,
        phase: usize,
        fusion: Fusion<'_, Self::Scalar>,
        input: &[Self::Input],
        output: &mut [Self::Output],
        tape: &mut Self::Tape,
    ) {
        let shortcut = tape.output.of_room(tape.samples, input.len());
        if let Some(phase) = phase_of_branch(Pass::Forward, [F::BARRIERS, S::BARRIERS], phase) {
            self.body.forward_phase(phase, Fusion::NONE, input, output, &mut tape.body);
        }
        if let Some(phase) = phase_of_branch(Pass::Forward, [S::BARRIERS, F::BARRIERS], phase) {
            self.shortcut.forward_phase(phase, Fusion::NONE, input, shortcut, &mut tape.shortcut);
        }
        match (phase == Self::BARRIERS, fusion.relu_after) {
            (true, true) => add_and_rectify(flat(shortcut), flat_mut(output)),
            (true, false) => add(flat(shortcut), flat_mut(output)),
            (false, _) => {}
        }
    }

    /// From `y = s(x) + f(x)`: both branches are given `∂L/∂y`, and `∂L/∂x` is the sum of their results.
    fn backward_phase(
        &self,
        phase: usize,
        _fusion: Fusion<'_, Self::Scalar>,
        input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        mut grad_input: Option<&mut [Self::Input]>,
        grad: &mut Self,
    ) {
        if let Some(phase) = phase_of_branch(Pass::Backward, [F::BARRIERS, S::BARRIERS], phase) {
            let (wanted, grad) = (grad_input.as_deref_mut(), &mut grad.body);
            self.body.backward_phase(phase, Fusion::NONE, input, &mut tape.body, grad_output, wanted, grad);
        }
        let shortcut = tape.grad_input.of_room(tape.samples, input.len());
        if let Some(phase) = phase_of_branch(Pass::Backward, [S::BARRIERS, F::BARRIERS], phase) {
            let (wanted, grad) = (grad_input.is_some().then_some(&mut *shortcut), &mut grad.shortcut);
            self.shortcut.backward_phase(phase, Fusion::NONE, input, &mut tape.shortcut, grad_output, wanted, grad);
        }
        if let (0, Some(grad_input)) = (phase, grad_input) {
            add(flat(shortcut), flat_mut(grad_input));
        }
    }

    fn list_parameters(layer: LayerPath<'_>, list: &mut ParameterList<'_, Self, Self::Scalar>) {
        F::list_parameters(layer.inside(BODY), &mut in_part(list, |block| &block.body, |block| &mut block.body));
        let shortcut = &mut in_part(list, |block| &block.shortcut, |block| &mut block.shortcut);
        S::list_parameters(layer.inside(SHORTCUT), shortcut);
    }

    /// The block's own row counts the sum alone; the rows below it count the rest.
    fn summarize(layer: LayerPath<'_>, row: &mut impl FnMut(Row<'_>)) {
        let (output, flops) = (F::Output::DIMS, F::Output::DIMS.len());
        row(Row { layer, kind: Self::KIND, settings: Self::SETTINGS, operation: Self::OPERATION, output, flops });
        F::summarize(layer.inside(BODY), row);
        S::summarize(layer.inside(SHORTCUT), row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::Dense;
    use crate::network::Network;

    type Block = Residual<Dense<3, 2, f64>, Dense<3, 2, f64>>;

    #[test]
    fn by_hand() {
        let mut block = Block::zeros();
        (block.body.weight, block.body.bias) = ([[1.0, 0.0, 2.0], [0.0, -1.0, 0.0]], [0.5, 0.25]);
        block.shortcut.weight = [[10.0, 0.0, 0.0], [0.0, 0.0, 20.0]];
        let (x, mut y, mut tape) = ([[1.0, 2.0, 3.0].into()], [[f64::NAN; 2].into()], Block::tape(1));
        block.forward_pass(&x, &mut y, &mut tape);
        assert_eq!(y, [[7.5 + 10.0, -1.75 + 60.0].into()]);
        let mut inferred = [[f64::NAN; 2].into()];
        block.predict::<1>(&x, &mut inferred, &mut Block::workspace::<1>());
        assert_eq!(y, inferred);

        let (dy, mut dx, mut grad) = ([[1.0, 100.0].into()], [[f64::NAN; 3].into()], Block::zeros());
        block.backward_pass(&x, &mut tape, &dy, Some(&mut dx), &mut grad);
        assert_eq!(dx, [[1.0 + 10.0, -100.0, 2.0 + 2000.0].into()]);
        assert_eq!(grad.body.weight, [[1.0, 2.0, 3.0], [100.0, 200.0, 300.0]]);
        assert_eq!(grad.shortcut.weight, grad.body.weight);
    }

    #[test]
    fn a_shape_error_of_the_shortcut_is_named_by_its_way() {
        use crate::layer::Flatten;
        type Wrong = Residual<Dense<3, 2>, Flatten<3, 1, 1, 2>>;
        let shape_error = Wrong::SHAPE_ERROR.unwrap();
        assert_eq!(shape_error.sentence().as_str(), "layer 0.shortcut.0: Flatten gives 3, but its type says 2");
    }
}
