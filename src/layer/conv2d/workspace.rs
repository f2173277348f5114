//! The workspace and the tape of a convolution.

use alloc::boxed::Box;

use bytemuck::Zeroable;

use crate::aligned::Aligned;
use crate::kernel::conv2d::{BackwardScratch, Columns};
use crate::layer::Tape;
use crate::scalar::Scalar;
use crate::shape::Geometry;

/// The columns of one group of a sample: `C·KH·KW` rows of `OH·OW` numbers.
type Numbers<const C: usize, const OH: usize, const OW: usize, const KH: usize, const KW: usize, T> =
    [[[[[T; OW]; OH]; KW]; KH]; C];

/// The tape of a convolution, which holds only scratch buffers: none before they are needed.
pub struct Conv2DTape<
    const C: usize,
    const O: usize,
    const OH: usize,
    const OW: usize,
    const KH: usize,
    const KW: usize,
    T,
>(pub(super) Option<Box<Scratch<C, O, OH, OW, KH, KW, T>>>);

impl<const C: usize, const O: usize, const OH: usize, const OW: usize, const KH: usize, const KW: usize, T: Scalar>
    Conv2DTape<C, O, OH, OW, KH, KW, T>
{
    /// The scratch; a new one if there is none.
    pub(super) fn scratch(&mut self, group: &Geometry, groups: usize) -> &mut Scratch<C, O, OH, OW, KH, KW, T> {
        let new = || {
            let backward = BackwardScratch::new(group, groups);
            Box::new(Scratch { forward: None, backward, input: Aligned::default(), grad_output: Aligned::default() })
        };
        self.0.get_or_insert_with(new)
    }
}

impl<const C: usize, const O: usize, const OH: usize, const OW: usize, const KH: usize, const KW: usize, T: Scalar> Tape
    for Conv2DTape<C, O, OH, OW, KH, KW, T>
{
    fn lend_scratch(&mut self, to: &mut Self) {
        to.0 = self.0.take();
    }
}

/// The scratch of both passes.
pub struct Scratch<
    const C: usize,
    const O: usize,
    const OH: usize,
    const OW: usize,
    const KH: usize,
    const KW: usize,
    T,
> {
    /// None before it is needed.
    pub(super) forward: Option<Box<Conv2DWorkspace<C, O, OH, OW, KH, KW, T>>>,
    pub(super) backward: BackwardScratch<T>,
    /// Room for the input of a sample, if it is the output of a batch normalization; empty before it is needed.
    pub(super) input: Aligned<T>,
    /// Room for the gradient of the output of a sample, if a batch normalization follows.
    pub(super) grad_output: Aligned<T>,
}

/// Workspace of inference: the weights in panels; the columns of one group of a sample, or its image; and where in that the rows of
/// columns begin.
#[derive(Zeroable)]
#[repr(C, align(64))]
pub struct Conv2DWorkspace<
    const C: usize,
    const O: usize,
    const OH: usize,
    const OW: usize,
    const KH: usize,
    const KW: usize,
    T,
> {
    panels: [[[[T; KW]; KH]; C]; O],
    columns: Numbers<C, OH, OW, KH, KW, T>,
    starts: [[[u32; KW]; KH]; C],
}

impl<const C: usize, const O: usize, const OH: usize, const OW: usize, const KH: usize, const KW: usize, T>
    Conv2DWorkspace<C, O, OH, OW, KH, KW, T>
{
    pub(super) fn columns(&mut self) -> Columns<'_, T> {
        let numbers = self.columns.as_flattened_mut().as_flattened_mut().as_flattened_mut().as_flattened_mut();
        let panels = self.panels.as_flattened_mut().as_flattened_mut().as_flattened_mut();
        Columns { numbers, starts: self.starts.as_flattened_mut().as_flattened_mut(), panels }
    }
}
