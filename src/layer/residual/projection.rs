//! Residual block with a shortcut of its own: `y = s(x) + f(x)`.

use alloc::boxed::Box;
use core::mem::take;

use bytemuck::Zeroable;

use super::{BODY, Residual};
use crate::kernel::add::{add, add_and_rectify};
use crate::layer::{Flaw, Layer, Noise, Operation, Pass, Position, Row, Visitor};
use crate::shape::{Shape, Text};
use crate::tensor::{flat, flat_mut, zeros};

/// The name of the branch `s`.
const SHORTCUT: &str = "shortcut";

/// The tapes of both branches, and what the shortcut gives: its outputs, and the gradients of its inputs.
pub struct ProjectionTape<F: Layer, S: Layer> {
    body: F::Tape,
    shortcut: S::Tape,
    output: Box<[S::Output]>,
    grad_input: Box<[S::Input]>,
}

/// The workspaces of both branches, and room for `N` of the shortcut's outputs.
#[derive(Zeroable)]
#[zeroable(bound = "")]
pub struct ProjectionWorkspace<F: Layer, S: Layer, const N: usize> {
    body: F::Workspace<N>,
    shortcut: S::Workspace<N>,
    output: [S::Output; N],
}

impl<F, S> Layer for Residual<F, S>
where
    F: Layer,
    S: Layer<Input = F::Input, Output = F::Output, Scalar = F::Scalar>,
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
    const SETTINGS: Text = Text::new().str("shortcut + body");
    const FLOPS: usize = F::FLOPS.saturating_add(S::FLOPS).saturating_add(F::Output::DIMS.len());
    const ROWS: usize = 1 + F::ROWS + S::ROWS;
    const MEETINGS: usize = if F::MEETINGS > S::MEETINGS { F::MEETINGS } else { S::MEETINGS };
    const MIN_BATCH: usize = if F::MIN_BATCH > S::MIN_BATCH { F::MIN_BATCH } else { S::MIN_BATCH };
    const FLAW: Option<Flaw> = match Flaw::of_both::<F, S>() {
        [Some(flaw), _] => Some(flaw.within(BODY)),
        [None, Some(flaw)] => Some(flaw.within(SHORTCUT)),
        [None, None] => None,
    };

    fn tape(samples: usize) -> Self::Tape {
        ProjectionTape {
            body: F::tape(samples),
            shortcut: S::tape(samples),
            output: zeros(samples),
            grad_input: zeros(samples),
        }
    }

    fn infer<const N: usize>(
        &self,
        input: &[Self::Input],
        output: &mut [Self::Output],
        workspace: &mut Self::Workspace<N>,
    ) {
        let shortcut = &mut workspace.output[..input.len()];
        self.body.infer(input, output, &mut workspace.body);
        self.shortcut.infer(input, shortcut, &mut workspace.shortcut);
        add(flat(shortcut), flat_mut(output));
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
        let bodies = write.each_mut().map(|block| &mut block.body);
        F::visit(read.map(|block| &block.body), bodies, layer.inside(BODY), visitor);
        let shortcuts = write.map(|block| &mut block.shortcut);
        S::visit(read.map(|block| &block.shortcut), shortcuts, layer.inside(SHORTCUT), visitor);
    }

    fn set_noise(tape: &mut Self::Tape, noise: Noise) {
        F::set_noise(&mut tape.body, noise.inside(BODY));
        S::set_noise(&mut tape.shortcut, noise.inside(SHORTCUT));
    }

    fn update_statistics(&mut self, batch: &Self) {
        self.body.update_statistics(&batch.body);
        self.shortcut.update_statistics(&batch.shortcut);
    }

    /// The block's row has the sum alone, those below it the rest.
    fn summarise(layer: Position<'_>, row: &mut impl FnMut(Row<'_>)) {
        let (output, flops) = (F::Output::DIMS, F::Output::DIMS.len());
        row(Row { layer, kind: Self::KIND, settings: Self::SETTINGS, operation: Self::OPERATION, output, flops });
        F::summarise(layer.inside(BODY), row);
        S::summarise(layer.inside(SHORTCUT), row);
    }

    /// The gradients of the shortcut's inputs too: they are added up on the leg that gives them.
    fn hand_scratch(from: &mut Self::Tape, to: &mut Self::Tape) {
        F::hand_scratch(&mut from.body, &mut to.body);
        S::hand_scratch(&mut from.shortcut, &mut to.shortcut);
        to.grad_input = take(&mut from.grad_input);
    }

    // Both branches set out on leg 0. The one with fewer meetings is there first, and waits: forward in front of the sum,
    // its outputs where they are; on the way back, where the legs fall, behind its own last one.

    fn forward_leg(&self, leg: usize, input: &[Self::Input], output: &mut [Self::Output], tape: &mut Self::Tape) {
        self.branches(leg, input, output, tape);
        if leg == Self::MEETINGS {
            add(flat(&tape.output[..input.len()]), flat_mut(output));
        }
    }

    const RECTIFIES: bool = true;

    fn forward_leg_rectifying(
        &self,
        leg: usize,
        input: &[Self::Input],
        output: &mut [Self::Output],
        tape: &mut Self::Tape,
    ) {
        self.branches(leg, input, output, tape);
        if leg == Self::MEETINGS {
            add_and_rectify(flat(&tape.output[..input.len()]), flat_mut(output));
        }
    }

    /// From `y = s(x) + f(x)`: `∂L/∂x` is the sum of what the branches make of `∂L/∂y`, which both are given.
    fn backward_leg(
        &self,
        leg: usize,
        input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        mut grad_input: Option<&mut [Self::Input]>,
        grad: &mut Self,
    ) {
        if leg <= F::MEETINGS {
            let grad_input = grad_input.as_deref_mut();
            self.body.backward_leg(leg, input, &mut tape.body, grad_output, grad_input, &mut grad.body);
        }
        let shortcut = &mut tape.grad_input[..input.len()];
        if leg <= S::MEETINGS {
            let wanted = grad_input.is_some().then_some(&mut *shortcut);
            self.shortcut.backward_leg(leg, input, &mut tape.shortcut, grad_output, wanted, &mut grad.shortcut);
        }
        if let (0, Some(grad_input)) = (leg, grad_input) {
            add(flat(shortcut), flat_mut(grad_input));
        }
    }

    fn gather(pass: Pass, meeting: usize, into: &mut Self::Tape, from: &Self::Tape) {
        if meeting < F::MEETINGS {
            F::gather(pass, meeting, &mut into.body, &from.body);
        }
        if meeting < S::MEETINGS {
            S::gather(pass, meeting, &mut into.shortcut, &from.shortcut);
        }
    }

    fn spread(pass: Pass, meeting: usize, from: &Self::Tape, to: &mut Self::Tape) {
        if meeting < F::MEETINGS {
            F::spread(pass, meeting, &from.body, &mut to.body);
        }
        if meeting < S::MEETINGS {
            S::spread(pass, meeting, &from.shortcut, &mut to.shortcut);
        }
    }
}

impl<F, S> Residual<F, S>
where
    F: Layer,
    S: Layer<Input = F::Input, Output = F::Output, Scalar = F::Scalar>,
{
    /// Both branches on their way forward, up to the sum.
    fn branches(&self, leg: usize, input: &[F::Input], output: &mut [F::Output], tape: &mut ProjectionTape<F, S>) {
        if leg <= F::MEETINGS {
            self.body.forward_leg(leg, input, output, &mut tape.body);
        }
        if leg <= S::MEETINGS {
            self.shortcut.forward_leg(leg, input, &mut tape.output[..input.len()], &mut tape.shortcut);
        }
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
        block.forward(&x, &mut y, &mut tape);
        assert_eq!(y, [[7.5 + 10.0, -1.75 + 60.0].into()]);
        let mut inferred = [[f64::NAN; 2].into()];
        block.infer::<1>(&x, &mut inferred, &mut Block::workspace::<1>());
        assert_eq!(y, inferred);

        let (dy, mut dx, mut grad) = ([[1.0, 100.0].into()], [[f64::NAN; 3].into()], Block::zeros());
        block.backward(&x, &mut tape, &dy, Some(&mut dx), &mut grad);
        assert_eq!(dx, [[1.0 + 10.0, -100.0, 2.0 + 2000.0].into()]);
        assert_eq!(grad.body.weight, [[1.0, 2.0, 3.0], [100.0, 200.0, 300.0]]);
        assert_eq!(grad.shortcut.weight, grad.body.weight);
    }

    #[test]
    fn a_flaw_of_the_shortcut_is_named_by_its_way() {
        use crate::layer::Flatten;
        type Wrong = Residual<Dense<3, 2>, Flatten<3, 1, 1, 2>>;
        let flaw = Wrong::FLAW.unwrap();
        assert_eq!(flaw.sentence().as_str(), "layer 0.shortcut.0: Flatten gives 3, but its type says 2");
    }
}
