//! The branch that is the input itself.

use core::marker::PhantomData;

use bytemuck::Zeroable;

use super::{Branches, Joint};
use crate::kernel::add::add;
use crate::layer::{LayerPath, Operation, ParameterList, Row, ShapeError};
use crate::shape::inference::Inferred;
use crate::shape::{ConstString, Shape};

/// The branch that is the input itself, `Identity` in [`network!`](crate::network!). It copies the input to its place in the joined
/// output, and nothing else.
#[derive(Zeroable)]
#[zeroable(bound = "")]
pub struct Through<X>(PhantomData<fn(X) -> X>);

impl<X: Shape> Branches for Through<X> {
    type Scalar = X::Scalar;
    type Input = X;
    type Tape = ();
    type Workspace<const N: usize> = ();

    const COUNT: usize = 1;
    const CHANNELS: usize = X::DIMS.channels;
    const MEET: Inferred = Ok(X::DIMS);
    const ARE_KNOWN: bool = true;
    const FLOPS: usize = 0;
    const ROWS: usize = 1;
    const BARRIERS: usize = 0;
    const MIN_BATCH: usize = 1;
    // The input is that of the concatenation, where it is checked.
    const SHAPE_ERROR: Option<(usize, ShapeError)> = None;

    fn tape(_samples: usize) {}

    fn infer<const N: usize>(&self, joint: Joint, input: &[X], output: &mut [X::Scalar], _workspace: &mut ()) {
        joint.join(input, output);
    }

    fn forward_phase(&self, _phase: usize, joint: Joint, input: &[X], output: &mut [X::Scalar], _tape: &mut ()) {
        joint.join(input, output);
    }

    fn backward_phase(
        &self,
        _phase: usize,
        joint: Joint,
        _input: &[X],
        _tape: &mut (),
        grad_output: &[X::Scalar],
        grad_input: Option<&mut [X]>,
        _grad: &mut Self,
    ) {
        for (dx, dy) in grad_input.into_iter().flatten().zip(joint.split::<X>(grad_output)) {
            if joint.is_later() {
                add(dy, dx.as_mut_slice());
            } else {
                dx.as_mut_slice().copy_from_slice(dy);
            }
        }
    }

    fn list_parameters(_branch: LayerPath<'_>, _list: &mut ParameterList<'_, Self, X::Scalar>) {}

    fn summarize(branch: LayerPath<'_>, row: &mut impl FnMut(Row<'_>)) {
        let (settings, operation) = (ConstString::new(), Operation::Unchanged);
        row(Row { layer: branch, kind: "Identity", settings, operation, output: X::DIMS, flops: 0 });
    }
}
