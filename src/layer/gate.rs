//! A gate: the input times what layers make of it, `y = x ⊙ g(x)`.

use alloc::boxed::Box;
use core::mem::take;

use bytemuck::Zeroable;

use super::{
    Fusion, LayerPath, Module, Operation, ParameterList, Pass, RngKey, Row, ShapeError, Tape, in_part, shape_error_of,
};
use crate::aligned::Aligned;
use crate::kernel::gate::{add_gate_grad_input, gate, gate_grad_factors};
use crate::kernel::rectifier::Rectifier;
use crate::shape::{ConstString, Shape, inference};
use crate::tensor::{flat, flat_mut, zeros};

/// Gate: the input times the output of its layers `g`, which is one factor for each channel, or one for each number.
///
/// (Hu, Shen and Sun 2018, "Squeeze-and-excitation networks", equation 4, has one for each channel.)
///
/// ```text
/// y[n, c, h, w] = x[n, c, h, w]·g(x)[n, c]              if g is [N, C, H, W] → [N, C]
/// y[n, c, h, w] = x[n, c, h, w]·g(x)[n, c, h, w]        if g is [N, C, H, W] → [N, C, H, W]
/// ```
///
/// `G` is a layer or a [`Chain`](crate::network::Chain) of any length, blocks included. There is no activation but its own: for
/// factors from 0 to 1, it ends with a [`Sigmoid`](super::Sigmoid) or a [`HardSigmoid`](super::HardSigmoid).
///
/// In [`network!`](crate::network!) the layers of `g` are in the parentheses. This is squeeze-and-excitation, which weighs the
/// channels by what is in the whole image:
/// ```
/// shapeproof::network! {
///     type Net = [16, 12, 12] =>
///         Gate(GlobalAvgPool2D, Dense(units = 4), ReLU, Dense(units = 16), Sigmoid),
///         Conv2D(filters = 32, kernel = 3),
/// }
/// ```
///
/// A gate occupies one position in its network, and numbers its own layers from 0. Their parameters have the names that PyTorch
/// gives them for an `nn.Sequential` in this module: `0.gate.1.weight`.
/// ```python
/// class Gate(nn.Module):
///     def __init__(self, gate):
///         super().__init__()
///         self.gate = gate
///
///     def forward(self, x):
///         g = self.gate(x)
///         return x * (g if g.dim() == x.dim() else g[:, :, None, None])
/// ```
///
/// Factors of another shape are found at compile time:
/// ```compile_fail
/// shapeproof::network! { type Net = [16, 12, 12] => Gate(GlobalAvgPool2D, Dense(units = 4), Sigmoid) }
/// ```
#[doc(alias = "SqueezeExcitation")]
#[doc(alias = "SqueezeAndExcitation")]
#[doc(alias = "SELayer")]
#[doc(alias = "Multiply")]
#[derive(Zeroable)]
pub struct Gate<G> {
    /// `g`
    pub gate: G,
}

/// The name of the branch `g`, in [positions](LayerPath) and [RNG keys](RngKey).
const GATE: &str = "gate";

/// The tape of the gate's layers, their outputs and the gradients of these.
pub struct GateTape<G: Module> {
    gate: G::Tape,
    factors: Box<[G::Output]>,
    grad_factors: Aligned<G::Output>,
}

/// The workspace of the gate's layers, and room for `N` of their outputs.
#[derive(Zeroable)]
#[zeroable(bound = "")]
pub struct GateWorkspace<G: Module, const N: usize> {
    gate: G::Workspace<N>,
    factors: [G::Output; N],
}

impl<G: Module> Tape for GateTape<G> {
    fn set_rng_key(&mut self, key: RngKey) {
        self.gate.set_rng_key(key.inside(GATE));
    }

    /// Lends the gradients of the factors too, if they are not kept from phase to phase.
    fn lend_scratch(&mut self, to: &mut Self) {
        self.gate.lend_scratch(&mut to.gate);
        if G::BARRIERS == 0 {
            to.grad_factors = take(&mut self.grad_factors);
        }
    }

    fn reduce(&mut self, pass: Pass, barrier: usize, from: &Self) {
        self.gate.reduce(pass, barrier, &from.gate);
    }

    fn visit_shared(&mut self, pass: Pass, barrier: usize, visit: &mut dyn FnMut(&mut [f64])) {
        self.gate.visit_shared(pass, barrier, visit);
    }
}

impl<G: Module> Gate<G> {
    /// How many numbers have the same factor: a map, or one.
    const POSITIONS: usize = match G::Output::DIMS.len() {
        0 => 1,
        factors => G::Input::DIMS.len() / factors,
    };

    fn multiply(factors: &[G::Output], input: &[G::Input], output: &mut [G::Input]) {
        gate(Self::POSITIONS, flat(factors), flat(input), flat_mut(output));
    }
}

impl<X, G> Module for Gate<G>
where
    X: Shape,
    G: Module<Input = X, Scalar = X::Scalar>,
{
    type Scalar = X::Scalar;
    type Input = X;
    type Output = X;
    type Tape = GateTape<G>;
    type Workspace<const N: usize> = GateWorkspace<G, N>;

    const KIND: &'static str = "Gate";
    const OPERATION: Operation = match G::OPERATION {
        Operation::Custom => Operation::Custom,
        _ => Operation::Multiplication,
    };
    const SETTINGS: ConstString = ConstString::new().str("x ⊙ gate");
    const FLOPS: usize = G::FLOPS.saturating_add(X::DIMS.len());
    const ROWS: usize = 1 + G::ROWS;
    const BARRIERS: usize = G::BARRIERS;
    const MIN_BATCH: usize = G::MIN_BATCH;
    const SHAPE_ERROR: Option<ShapeError> = match shape_error_of::<G>() {
        Some(shape_error) => Some(shape_error.in_branch(GATE)),
        None => ShapeError::of(inference::gate(X::DIMS, G::Output::DIMS)),
    };

    fn tape(samples: usize) -> Self::Tape {
        GateTape { gate: G::tape(samples), factors: zeros(samples), grad_factors: Aligned::default() }
    }

    fn infer_fused<const N: usize>(
        &self,
        _before: Option<Rectifier<'_, Self::Scalar>>,
        input: &[X],
        output: &mut [X],
        workspace: &mut Self::Workspace<N>,
    ) {
        let factors = &mut workspace.factors[..input.len()];
        self.gate.infer_fused(None, input, factors, &mut workspace.gate);
        Self::multiply(factors, input, output);
    }

    fn forward_phase(
        &self,
        phase: usize,
        _fusion: Fusion<'_, Self::Scalar>,
        input: &[X],
        output: &mut [X],
        tape: &mut Self::Tape,
    ) {
        let factors = &mut tape.factors[..input.len()];
        self.gate.forward_phase(phase, Fusion::NONE, input, factors, &mut tape.gate);
        if phase == Self::BARRIERS {
            Self::multiply(factors, input, output);
        }
    }

    /// From `y = x ⊙ g(x)`: `∂L/∂g = x ⊙ ∂L/∂y`, summed over the numbers that have the same factor, from which the gate's layers
    /// compute the first term of `∂L/∂x = ∂g/∂x·∂L/∂g + g ⊙ ∂L/∂y`.
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
        let grad_factors = tape.grad_factors.of_room(tape.factors.len(), input.len());
        let factors = &tape.factors[..input.len()];
        if phase == Self::BARRIERS {
            gate_grad_factors(Self::POSITIONS, flat(input), flat(grad_output), flat_mut(grad_factors));
        }
        let (wanted, grad) = (grad_input.as_deref_mut(), &mut grad.gate);
        self.gate.backward_phase(phase, Fusion::NONE, input, &mut tape.gate, grad_factors, wanted, grad);
        if let (0, Some(grad_input)) = (phase, grad_input) {
            add_gate_grad_input(Self::POSITIONS, flat(factors), flat(grad_output), flat_mut(grad_input));
        }
    }

    fn list_parameters(layer: LayerPath<'_>, list: &mut ParameterList<'_, Self, Self::Scalar>) {
        G::list_parameters(layer.inside(GATE), &mut in_part(list, |block| &block.gate, |block| &mut block.gate));
    }

    /// The block's own row counts the product alone; the rows below it count the rest.
    fn summarize(layer: LayerPath<'_>, row: &mut impl FnMut(Row<'_>)) {
        let (output, flops) = (X::DIMS, X::DIMS.len());
        row(Row { layer, kind: Self::KIND, settings: Self::SETTINGS, operation: Self::OPERATION, output, flops });
        G::summarize(layer.inside(GATE), row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{Dense, GlobalMaxPool2D, Sigmoid};
    use crate::network::Network;
    use crate::tensor::Tensor;

    #[test]
    fn a_factor_for_each_channel_by_hand() {
        type Block = Gate<GlobalMaxPool2D<2, 1, 3>>;
        let x = [Tensor([[[1.0, 2.0, 3.0]], [[10.0, -20.0, -30.0]]])];
        let (mut y, mut tape) = ([Tensor([[[f32::NAN; 3]]; 2])], Block::tape(1));
        Block::zeros().forward_pass(&x, &mut y, &mut tape);
        assert_eq!(y[0], Tensor([[[3.0, 6.0, 9.0]], [[100.0, -200.0, -300.0]]]));
        let mut inferred = [Tensor([[[f32::NAN; 3]]; 2])];
        Block::zeros().predict::<1>(&x, &mut inferred, &mut Block::workspace::<1>());
        assert_eq!(y, inferred);

        // ∂L/∂g = x·dy = 1 and 20; the largest number of each channel gets it beside its own g·dy.
        let (dy, mut dx) = ([Tensor([[[1.0, 0.0, 0.0]], [[0.0, -1.0, 0.0]]])], y);
        Block::zeros().backward_pass(&x, &mut tape, &dy, Some(&mut dx), &mut Block::zeros());
        assert_eq!(dx[0], Tensor([[[3.0, 0.0, 1.0]], [[20.0, -10.0, 0.0]]]));
    }

    #[test]
    fn factors_have_one_of_two_shapes() {
        let says = |shape_error: Option<ShapeError>| shape_error.unwrap().sentence();
        assert!(Gate::<Sigmoid<2, 3, 4>>::SHAPE_ERROR.is_none() && Gate::<Dense<3, 3>>::SHAPE_ERROR.is_none());
        assert_eq!(
            says(Gate::<Dense<3, 1>>::SHAPE_ERROR).as_str(),
            "layer 0: Gate's layers give 1, which cannot multiply its 3 input: they have to give 3"
        );
    }
}
