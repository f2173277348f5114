//! Residual block: the output of its layers is added to its input, `y = x + f(x)`.

mod projection;

use bytemuck::Zeroable;

use super::{
    Fuses, Fusion, LayerPath, Module, Operation, ParameterList, Pass, RngKey, Row, ShapeError, Tape, in_part,
    shape_error_of,
};
use crate::kernel::add::{add, add_and_rectify};
use crate::kernel::rectifier::Rectifier;
use crate::shape::{ConstString, Shape};
use crate::tensor::{flat, flat_mut};

/// Residual block: adds the output of its body `f` to that of a shortcut around it.
///
/// (He, Zhang, Ren and Sun 2016, "Deep residual learning for image recognition", equations 1 and 2.)
///
/// ```text
/// y = x + f(x)             Residual<F>       [N, C, H, W] → [N, C, H, W]
/// y = s(x) + f(x)          Residual<F, S>    [N, C, H, W] → [N, C', H', W']
/// ```
///
/// `F` is a layer or a [`Chain`](crate::network::Chain) of any length, blocks included. So is `S`, the projection for a body that
/// changes the shape. There is no activation after the sum: add one where you need it.
///
/// In [`network!`](crate::network!) the body's layers are in the parentheses, followed by the shortcut's:
/// ```
/// shapeproof::network! {
///     type Blocks = [16, 32, 32] =>
///         Residual(
///             Conv2D(filters = 16, kernel = 3, padding = 1), BatchNorm, ReLU,
///             Conv2D(filters = 16, kernel = 3, padding = 1), BatchNorm,
///         ),
///         ReLU,
///         Residual(
///             Conv2D(filters = 32, kernel = 3, stride = 2, padding = 1), BatchNorm, ReLU,
///             Conv2D(filters = 32, kernel = 3, padding = 1), BatchNorm,
///             shortcut = (Conv2D(filters = 32, kernel = 1, stride = 2), BatchNorm),
///         ),
///         ReLU,
/// }
/// ```
///
/// A block occupies one position in its network, and numbers its own layers from 0. Their parameters have the names that PyTorch
/// gives them for `nn.Sequential`s in this module: `3.body.0.weight`, `3.shortcut.0.weight`.
/// ```python
/// class Residual(nn.Module):
///     def __init__(self, body, shortcut=nn.Identity()):
///         super().__init__()
///         self.body, self.shortcut = body, shortcut
///
///     def forward(self, x):
///         return self.body(x) + self.shortcut(x)
/// ```
///
/// The branches share their phases, and so their [barriers](crate::layer::barrier): a block has as many barriers as the branch that
/// has more, not the sum.
///
/// Branches whose outputs cannot be added are found at compile time:
/// ```compile_fail
/// shapeproof::network! { type Net = [8, 12, 12] => Residual(Conv2D(filters = 8, kernel = 3)) } // 8×10×10 and 8×12×12
/// ```
/// ```compile_fail
/// # use shapeproof::{layer::{Dense, Residual}, network::Network};
/// let net = Residual::<Dense<5, 4>>::new(1);
/// ```
///
/// # Example
/// ```
/// use shapeproof::layer::{Dense, Residual};
/// use shapeproof::network::Network;
///
/// let mut block = Residual::<Dense<2, 2>>::zeros();
/// block.body.weight = [[0.0, 1.0], [10.0, 0.0]];
/// let (input, mut output) = ([[3.0, 4.0].into()], [[0.0; 2].into()]);
/// block.predict::<1>(&input, &mut output, &mut Residual::<Dense<2, 2>>::workspace::<1>());
/// assert_eq!(output, [[3.0 + 4.0, 4.0 + 30.0].into()]);
/// ```
#[doc(alias = "SkipConnection")]
#[doc(alias = "BasicBlock")]
#[derive(Zeroable)]
pub struct Residual<F, S = Identity>
where
    F: Module,
    S: Leads<F::Input, F::Output>,
{
    /// `f`
    pub body: F,
    /// `s`
    pub shortcut: S,
}

/// The shortcut of a block that adds its input unchanged. Not a layer: nothing is computed or copied.
#[derive(Clone, Copy, Debug, Zeroable)]
pub struct Identity;

/// A shortcut around a body from `From` to `To`: a layer from `From` to `To`, or [`Identity`] if the two are the same.
///
/// Not for users to implement: every [`Module`] is one already.
#[diagnostic::on_unimplemented(
    message = "the branches of this residual block do not match: its body maps `{From}` to `{To}`, its shortcut `{Self}` does not",
    label = "the shortcut `{Self}` does not map `{From}` to `{To}`"
)]
pub trait Leads<From, To> {}

impl<From: Keeps<To>, To> Leads<From, To> for Identity {}

impl<S: Module> Leads<S::Input, S::Output> for S {}

/// `Self` is the same type as `Sum`. With `Leads<X, X> for Identity` the compiler would not show the message of [`Leads`].
#[doc(hidden)]
pub trait Keeps<Sum> {}

impl<X> Keeps<X> for X {}

/// The name of the branch `f`, in [positions](LayerPath) and [RNG keys](RngKey).
const BODY: &str = "body";

/// The tape of the body.
pub struct ResidualTape<F: Module>(F::Tape);

impl<F: Module> Tape for ResidualTape<F> {
    fn set_rng_key(&mut self, key: RngKey) {
        self.0.set_rng_key(key.inside(BODY));
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

impl<X, F> Module for Residual<F>
where
    X: Shape,
    F: Module<Input = X, Output = X, Scalar = X::Scalar>,
{
    type Scalar = X::Scalar;
    type Input = X;
    type Output = X;
    type Tape = ResidualTape<F>;
    type Workspace<const N: usize> = F::Workspace<N>;

    const KIND: &'static str = "Residual";
    const OPERATION: Operation = match F::OPERATION {
        Operation::Custom => Operation::Custom,
        _ => Operation::Addition,
    };
    const SETTINGS: ConstString = ConstString::new().str("x + body");
    const FLOPS: usize = F::FLOPS.saturating_add(X::DIMS.len());
    const ROWS: usize = 1 + F::ROWS;
    const BARRIERS: usize = F::BARRIERS;
    const MIN_BATCH: usize = F::MIN_BATCH;
    const FUSES: Fuses = Fuses { relu_after: true, ..Fuses::NOTHING };
    const SHAPE_ERROR: Option<ShapeError> = match shape_error_of::<F>() {
        Some(shape_error) => Some(shape_error.in_branch(BODY)),
        None => None,
    };

    fn tape(samples: usize) -> Self::Tape {
        ResidualTape(F::tape(samples))
    }

    fn infer_fused<const N: usize>(
        &self,
        _before: Option<Rectifier<'_, Self::Scalar>>,
        input: &[X],
        output: &mut [X],
        workspace: &mut Self::Workspace<N>,
    ) {
        self.body.infer_fused(None, input, output, workspace);
        add(flat(input), flat_mut(output));
    }

    fn forward_phase(
        &self,
        phase: usize,
        fusion: Fusion<'_, Self::Scalar>,
        input: &[X],
        output: &mut [X],
        tape: &mut Self::Tape,
    ) {
        self.body.forward_phase(phase, Fusion::NONE, input, output, &mut tape.0);
        match (phase == Self::BARRIERS, fusion.relu_after) {
            (true, true) => add_and_rectify(flat(input), flat_mut(output)),
            (true, false) => add(flat(input), flat_mut(output)),
            (false, _) => {}
        }
    }

    /// From `y = x + f(x)`: `∂L/∂x = ∂L/∂y + ∂f/∂x·∂L/∂y`, where the body computes the second term.
    fn backward_phase(
        &self,
        phase: usize,
        _fusion: Fusion<'_, Self::Scalar>,
        input: &[X],
        tape: &mut Self::Tape,
        grad_output: &[X],
        mut grad_input: Option<&mut [X]>,
        grad: &mut Self,
    ) {
        let (wanted, grad) = (grad_input.as_deref_mut(), &mut grad.body);
        self.body.backward_phase(phase, Fusion::NONE, input, &mut tape.0, grad_output, wanted, grad);
        if let (0, Some(grad_input)) = (phase, grad_input) {
            add(flat(grad_output), flat_mut(grad_input));
        }
    }

    fn list_parameters(layer: LayerPath<'_>, list: &mut ParameterList<'_, Self, Self::Scalar>) {
        F::list_parameters(layer.inside(BODY), &mut in_part(list, |block| &block.body, |block| &mut block.body));
    }

    /// The block's own row counts the sum alone; the rows below it count the rest.
    fn summarize(layer: LayerPath<'_>, row: &mut impl FnMut(Row<'_>)) {
        let (output, flops) = (X::DIMS, X::DIMS.len());
        row(Row { layer, kind: Self::KIND, settings: Self::SETTINGS, operation: Self::OPERATION, output, flops });
        F::summarize(layer.inside(BODY), row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{Conv2D, Dense};
    use crate::network::Network;
    use crate::tensor::Tensor;

    /// Two channels of 1×3: a convolution with a kernel of 1×1.
    type Block = Residual<Conv2D<2, 1, 3, 2, 1, 3, 1, 1, 1, 1, 0, 0, f64>>;

    #[test]
    fn by_hand() {
        let mut block = Block::zeros();
        block.body.weight = [[[[2.0]], [[0.0]]], [[[1.0]], [[-3.0]]]];
        block.body.bias = [0.5, 0.0];
        let x = [Tensor([[[1.0, 2.0, 3.0]], [[10.0, 20.0, 30.0]]])];
        let (mut y, mut tape) = ([Tensor([[[f64::NAN; 3]]; 2])], Block::tape(1));
        block.forward_pass(&x, &mut y, &mut tape);
        // y[0] = x[0] + 2·x[0] + 0.5, y[1] = x[1] + x[0] − 3·x[1]
        assert_eq!(y[0], Tensor([[[3.5, 6.5, 9.5]], [[-19.0, -38.0, -57.0]]]));
        let mut inferred = [Tensor([[[f64::NAN; 3]]; 2])];
        block.predict::<1>(&x, &mut inferred, &mut Block::workspace::<1>());
        assert_eq!(y, inferred);

        let (dy, mut dx, mut grad) = ([Tensor([[[1.0, 0.0, 0.0]], [[0.0, 10.0, 0.0]]])], y, Block::zeros());
        block.backward_pass(&x, &mut tape, &dy, Some(&mut dx), &mut grad);
        assert_eq!(dx[0], Tensor([[[3.0, 10.0, 0.0]], [[0.0, -20.0, 0.0]]]));
        assert_eq!(grad.body.weight, [[[[1.0]], [[10.0]]], [[[20.0]], [[200.0]]]]);
        assert_eq!(grad.body.bias, [1.0, 10.0]);
    }

    #[test]
    fn a_shape_error_inside_is_named_by_its_way() {
        type Wrong = Conv2D<2, 1, 3, 2, 1, 3, 1, 2>;
        let shape_error = Residual::<Residual<Wrong>>::SHAPE_ERROR.unwrap();
        let sentence = "layer 0.body.0.body.0: Conv2D gives 2×1×2, but its type says 2×1×3";
        assert_eq!(shape_error.sentence().as_str(), sentence);
        assert!(Residual::<Dense<2, 2>>::SHAPE_ERROR.is_none());
    }

    #[test]
    fn a_block_is_its_parameters_and_nothing_else() {
        assert_eq!(size_of::<Residual<Dense<3, 3>>>(), 4 * 12);
    }

    #[test]
    fn the_sum_costs_an_addition_for_each_number() {
        assert_eq!(Block::FLOPS, 2 * 2 * 2 * 3 + 2 * 3);
    }
}
