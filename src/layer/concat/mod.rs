//! Concatenation: the outputs of branches, their channels one after the other.

mod branches;
mod fork;
mod through;

use core::marker::PhantomData;

use bytemuck::Zeroable;

pub use branches::{Branches, Joint};
pub use fork::Fork;
pub use through::Through;

use super::{Fusion, LayerPath, Module, Operation, ParameterList, Pass, RngKey, Row, ShapeError, Tape, in_part};
use crate::kernel::rectifier::Rectifier;
use crate::shape::inference::{agree, concat};
use crate::shape::{ConstString, Shape};
use crate::tensor::{flat, flat_mut};

/// Concatenation: branches compute side by side from one input, and their outputs are joined along the channels.
///
/// (Szegedy et al. 2015, "Going deeper with convolutions", section 4; with the input as a branch, Huang, Liu, van der Maaten and
/// Weinberger 2017, "Densely connected convolutional networks", equation 2.)
///
/// ```text
/// y = [f₀(x); f₁(x); …]        [N, C, H, W] → [N, C₀ + C₁ + …, H', W']        where fᵢ is [N, C, H, W] → [N, Cᵢ, H', W']
/// ```
///
/// In [`network!`](crate::network!) each of the two or more branches is in parentheses of its own. `Identity` is the branch that is the
/// input itself:
/// ```
/// shapeproof::network! {
///     type Net = [16, 12, 12] =>
///         Concat( // 8 + 8 + 16 channels
///             (Conv2D(filters = 8, kernel = 1), ReLU),
///             (Conv2D(filters = 4, kernel = 1), ReLU, Conv2D(filters = 8, kernel = 3, padding = 1), ReLU),
///             (MaxPool2D(window = 3, stride = 1, padding = 1)),
///         ), // 32×12×12
///         Concat(Identity, (BatchNorm, ReLU, Conv2D(filters = 4, kernel = 3, padding = 1))), // 36×12×12
/// }
/// ```
///
/// In the type, the branches are nested pairs, and the shape of the output stands beside them: `Concat<Fork<A, Fork<B, C>>, Output>`.
/// A branch of `network!` is a [`Sequential`](super::Sequential), or [`Through`] for `Identity`.
///
/// A concatenation occupies one position in its network, and each branch numbers its own layers from 0. Their parameters have the names
/// that PyTorch gives them for an `nn.ModuleList` of `nn.Sequential`s in this module: `0.branches.1.2.weight`.
/// ```python
/// class Concat(nn.Module):
///     def __init__(self, *branches): # nn.Sequential(…), or nn.Identity()
///         super().__init__()
///         self.branches = nn.ModuleList(branches)
///
///     def forward(self, x):
///         return torch.cat([branch(x) for branch in self.branches], dim=1)
/// ```
///
/// The branches share their phases, and so their [barriers](crate::layer::barrier): there are as many as in the branch that has most,
/// not the sum.
///
/// Branches whose outputs differ in height or width are found at compile time:
/// ```compile_fail
/// shapeproof::network! { type Net = [8, 12, 12] => Concat(Identity, (Conv2D(filters = 8, kernel = 3))) } // 12×12 and 10×10
/// ```
#[doc(alias = "Concatenate")]
#[doc(alias = "cat")]
#[doc(alias = "Inception")]
#[derive(Zeroable)]
#[repr(transparent)]
#[zeroable(bound = "B: Zeroable")]
pub struct Concat<B, O> {
    /// `f₀, f₁, …`
    pub branches: B,
    output: PhantomData<fn() -> O>,
}

/// The name of the list of branches, in [positions](LayerPath) and [RNG keys](RngKey).
const BRANCHES: &str = "branches";

/// The tapes of the branches.
pub struct ConcatTape<B: Branches>(B::Tape);

impl<B: Branches> Tape for ConcatTape<B> {
    fn set_rng_key(&mut self, key: RngKey) {
        self.0.set_rng_key(key.inside(BRANCHES));
    }

    fn lend_scratch(&mut self, to: &mut Self) {
        self.0.lend_scratch(&mut to.0);
    }

    fn reduce(&mut self, pass: Pass, barrier: usize, from: &Self) {
        self.0.reduce(pass, barrier, &from.0);
    }

    fn visit_shared(&mut self, pass: Pass, barrier: usize, visit: &mut dyn FnMut(&mut [f64])) {
        self.0.visit_shared(pass, barrier, visit);
    }
}

impl<B, O> Module for Concat<B, O>
where
    B: Branches,
    O: Shape<Scalar = B::Scalar>,
{
    type Scalar = B::Scalar;
    type Input = B::Input;
    type Output = O;
    type Tape = ConcatTape<B>;
    type Workspace<const N: usize> = B::Workspace<N>;

    const KIND: &'static str = "Concat";
    const OPERATION: Operation = if B::ARE_KNOWN { Operation::Concatenation } else { Operation::Custom };
    const SETTINGS: ConstString = ConstString::new().number(B::COUNT).str(" branches");
    const FLOPS: usize = B::FLOPS;
    const ROWS: usize = 1 + B::ROWS;
    const BARRIERS: usize = B::BARRIERS;
    const MIN_BATCH: usize = B::MIN_BATCH;
    const SHAPE_ERROR: Option<ShapeError> = match B::SHAPE_ERROR {
        Some((branch, shape_error)) => Some(ShapeError { layer: branch, ..shape_error }.in_branch(BRANCHES)),
        None => match B::MEET {
            Ok(first) => ShapeError::of(agree("Concat", concat(first, B::CHANNELS), O::DIMS)),
            Err(text) => ShapeError::of(Err(text)),
        },
    };

    fn tape(samples: usize) -> Self::Tape {
        ConcatTape(B::tape(samples))
    }

    fn infer_fused<const N: usize>(
        &self,
        _before: Option<Rectifier<'_, Self::Scalar>>,
        input: &[Self::Input],
        output: &mut [O],
        workspace: &mut Self::Workspace<N>,
    ) {
        self.branches.infer::<N>(Joint::start(O::DIMS), input, flat_mut(output), workspace);
    }

    fn forward_phase(
        &self,
        phase: usize,
        _fusion: Fusion<'_, Self::Scalar>,
        input: &[Self::Input],
        output: &mut [O],
        tape: &mut Self::Tape,
    ) {
        self.branches.forward_phase(phase, Joint::start(O::DIMS), input, flat_mut(output), &mut tape.0);
    }

    /// From `y = [f₀(x); f₁(x); …]`: each branch is given its channels of `∂L/∂y`, and `∂L/∂x` is the sum of their results.
    fn backward_phase(
        &self,
        phase: usize,
        _fusion: Fusion<'_, Self::Scalar>,
        input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[O],
        grad_input: Option<&mut [Self::Input]>,
        grad: &mut Self,
    ) {
        let (joint, grad_output, grad) = (Joint::start(O::DIMS), flat(grad_output), &mut grad.branches);
        self.branches.backward_phase(phase, joint, input, &mut tape.0, grad_output, grad_input, grad);
    }

    fn list_parameters(layer: LayerPath<'_>, list: &mut ParameterList<'_, Self, Self::Scalar>) {
        B::list_parameters(
            layer.inside(BRANCHES),
            &mut in_part(list, |block| &block.branches, |block| &mut block.branches),
        );
    }

    /// The block's own row counts nothing; the rows below it count everything.
    fn summarize(layer: LayerPath<'_>, row: &mut impl FnMut(Row<'_>)) {
        let (settings, operation) = (Self::SETTINGS, Self::OPERATION);
        row(Row { layer, kind: Self::KIND, settings, operation, output: O::DIMS, flops: 0 });
        B::summarize(layer.inside(BRANCHES), row);
    }
}

#[cfg(test)]
mod tests {
    use super::{Concat, Fork, Through};
    use crate::layer::{Dense, GlobalMaxPool2D, MaxPool2D, Module, ReLU, Sequential, ShapeError};
    use crate::network::{Chain, Network};
    use crate::tensor::Tensor;

    type Pixels = Tensor<1, 1, 3>;
    type Block = Concat<Fork<Through<Pixels>, Fork<ReLU<1, 1, 3>, Through<Pixels>>>, Tensor<3, 1, 3>>;

    #[test]
    fn by_hand() {
        let x = [Tensor([[[1.0, -2.0, 3.0]]]), Tensor([[[-4.0, 5.0, -6.0]]])];
        let (mut y, mut tape) = ([Tensor([[[f32::NAN; 3]]; 3]); 2], Block::tape(2));
        Block::zeros().forward_pass(&x, &mut y, &mut tape);
        assert_eq!(y[0], Tensor([[[1.0, -2.0, 3.0]], [[1.0, 0.0, 3.0]], [[1.0, -2.0, 3.0]]]));
        assert_eq!(y[1], Tensor([[[-4.0, 5.0, -6.0]], [[0.0, 5.0, 0.0]], [[-4.0, 5.0, -6.0]]]));
        let mut inferred = [Tensor([[[f32::NAN; 3]]; 3]); 2];
        Block::zeros().predict::<2>(&x, &mut inferred, &mut Block::workspace::<2>());
        assert_eq!(y, inferred);

        let (mut dy, mut dx) = (y, x);
        dy[0] = Tensor([[[1.0; 3]], [[10.0; 3]], [[100.0; 3]]]);
        Block::zeros().backward_pass(&x, &mut tape, &dy, Some(&mut dx), &mut Block::zeros());
        assert_eq!(dx, [Tensor([[[111.0, 101.0, 111.0]]]), Tensor([[[-8.0, 15.0, -12.0]]])]);
    }

    #[test]
    fn what_does_not_meet_is_named() {
        let says = |shape_error: Option<ShapeError>| shape_error.unwrap().sentence();
        type Apart = Fork<ReLU<2, 3, 4>, GlobalMaxPool2D<2, 3, 4>>;
        let sentence = "layer 0: Concat's branches give 2×3×4 and 2, which differ in height or width and cannot be joined along the \
            channels";
        assert_eq!(says(Concat::<Apart, Tensor<4, 3, 4>>::SHAPE_ERROR).as_str(), sentence);
        type Pair = Fork<Dense<3, 2>, Dense<3, 4>>;
        assert!(Concat::<Pair, Tensor<6, 1, 1>>::SHAPE_ERROR.is_none());
        let sentence = "layer 0: Concat gives 6, but its type says 7";
        assert_eq!(says(Concat::<Pair, Tensor<7, 1, 1>>::SHAPE_ERROR).as_str(), sentence);
        type Inside = Fork<ReLU<2, 4, 4>, Sequential<MaxPool2D<2, 4, 4, 1, 2, 2, 2, 2, 2>>>;
        let sentence = "layer 0.branches.1.0: MaxPool2D gives 2×2×2, but its type says 2×1×2";
        assert_eq!(says(Concat::<Inside, Tensor<4, 2, 2>>::SHAPE_ERROR).as_str(), sentence);
        type Long = Fork<ReLU<2, 1, 1>, Chain<ReLU<2, 1, 1>, Dense<2, 3>>>;
        let sentence = "layer 0.branches.1: a branch of several layers is a `Sequential` of them";
        assert_eq!(says(Concat::<Long, Tensor<5, 1, 1>>::SHAPE_ERROR).as_str(), sentence);
    }
}
