//! A network as a layer of another.

pub mod callable;

use bytemuck::Zeroable;

use super::{
    Fuses, Fusion, LayerPath, Module, Operation, ParameterList, Pass, RngKey, Row, ShapeError, Tape, in_part,
    shape_error_of,
};
use crate::kernel::rectifier::Rectifier;
use crate::shape::{ConstString, Shape};

/// A network as one layer of another. It occupies one position there, and numbers its own layers from 0.
///
/// In [`network!`](crate::network!), the name of a network's type stands in the place of a layer. So a block is written once, and used
/// as often as it fits:
///
/// ```
/// use shapeproof::layer::{Conv2D, LayerPath, Module, ReLU, Sequential};
/// use shapeproof::network::Chain;
///
/// shapeproof::network! { type Block = [8, 12, 12] => Conv2D(filters = 8, kernel = 3, padding = 1), ReLU }
/// shapeproof::network! { type Net = [1, 12, 12] => Conv2D(filters = 8, kernel = 1), Block, last: Block }
///
/// let mut names = Vec::new();
/// Net::visit([], [], &mut |parameter, [], []| names.push(parameter.to_string()));
/// assert_eq!(names, ["0.weight", "0.bias", "1.0.weight", "1.0.bias", "last.0.weight", "last.0.bias"]);
/// ```
///
/// These are the names of an `nn.Sequential` inside an `nn.Sequential` in PyTorch. The names of the layers inside are their own: they
/// clash neither with those outside nor with those of another use. A network that is generic over its scalar, `Block<T>`, is used as
/// `Block<T>` in one that is.
///
/// An input of another shape is found at compile time, and the error has both shapes:
/// ```compile_fail
/// shapeproof::network! { type Block = [8, 12, 12] => Conv2D(filters = 8, kernel = 3, padding = 1), ReLU }
/// shapeproof::network! { type Net = [1, 12, 12] => Conv2D(filters = 8, kernel = 3), Block } // 8×10×10
/// ```
#[doc(alias = "Model")]
#[derive(Zeroable)]
#[repr(transparent)]
pub struct Sequential<N>(
    /// The network.
    pub N,
);

/// The branch that the layers of the network are in, in [positions](LayerPath) and [RNG keys](RngKey): they follow its position.
const INSIDE: &str = "";

/// The tape of the network.
pub struct SequentialTape<N: Module>(N::Tape);

impl<N: Module> Tape for SequentialTape<N> {
    fn set_rng_key(&mut self, key: RngKey) {
        self.0.set_rng_key(key.inside(INSIDE));
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

impl<N: Module> Module for Sequential<N> {
    type Scalar = N::Scalar;
    type Input = N::Input;
    type Output = N::Output;
    type Tape = SequentialTape<N>;
    type Workspace<const SAMPLES: usize> = N::Workspace<SAMPLES>;

    const KIND: &'static str = "Sequential";
    const OPERATION: Operation = match N::OPERATION {
        Operation::Custom => Operation::Custom,
        _ => Operation::Sequence,
    };
    const LAST: Operation = N::LAST;
    const FLOPS: usize = N::FLOPS;
    const ROWS: usize = 1 + N::ROWS;
    const BARRIERS: usize = N::BARRIERS;
    const MIN_BATCH: usize = N::MIN_BATCH;
    const FUSES: Fuses = Fuses { epilogue: None, batch_norm_before: false, ..N::FUSES };
    const SHAPE_ERROR: Option<ShapeError> = match shape_error_of::<N>() {
        Some(shape_error) => Some(shape_error.in_branch(INSIDE)),
        None => None,
    };

    fn tape(samples: usize) -> Self::Tape {
        SequentialTape(N::tape(samples))
    }

    fn infer_fused<const SAMPLES: usize>(
        &self,
        before: Option<Rectifier<'_, Self::Scalar>>,
        input: &[Self::Input],
        output: &mut [Self::Output],
        workspace: &mut Self::Workspace<SAMPLES>,
    ) {
        self.0.infer_fused(before, input, output, workspace);
    }

    fn forward_phase(
        &self,
        phase: usize,
        fusion: Fusion<'_, Self::Scalar>,
        input: &[Self::Input],
        output: &mut [Self::Output],
        tape: &mut Self::Tape,
    ) {
        self.0.forward_phase(phase, fusion, input, output, &mut tape.0);
    }

    fn backward_phase(
        &self,
        phase: usize,
        fusion: Fusion<'_, Self::Scalar>,
        input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        grad_input: Option<&mut [Self::Input]>,
        grad: &mut Self,
    ) {
        self.0.backward_phase(phase, fusion, input, &mut tape.0, grad_output, grad_input, &mut grad.0);
    }

    fn list_parameters(layer: LayerPath<'_>, list: &mut ParameterList<'_, Self, Self::Scalar>) {
        N::list_parameters(layer.inside(INSIDE), &mut in_part(list, |outer| &outer.0, |outer| &mut outer.0));
    }

    /// Its own row counts nothing; the rows below it count everything.
    fn summarize(layer: LayerPath<'_>, row: &mut impl FnMut(Row<'_>)) {
        let (settings, output) = (ConstString::new(), N::Output::DIMS);
        row(Row { layer, kind: Self::KIND, settings, operation: Self::OPERATION, output, flops: 0 });
        N::summarize(layer.inside(INSIDE), row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{Conv2D, Dense, ReLU};
    use crate::network::{Chain, Network};

    #[test]
    fn a_shape_error_inside_is_named_by_its_way() {
        type Wrong = Chain<ReLU<2, 1, 3>, Sequential<Chain<ReLU<2, 1, 3>, Conv2D<2, 1, 3, 2, 1, 3, 1, 2>>>>;
        let shape_error = Wrong::SHAPE_ERROR.unwrap();
        let sentence = "layer 1.1: Conv2D gives 2×1×2, but its type says 2×1×3";
        assert_eq!(shape_error.sentence().as_str(), sentence);
    }

    #[test]
    fn it_is_the_network_and_nothing_else() {
        assert_eq!(size_of::<Sequential<Dense<3, 3>>>(), 4 * 12);
        let (mut one, mut other) = ([[0f32; 2].into()], [[0f32; 2].into()]);
        let input = [[1.0, -2.0, 3.0].into()];
        type Net = Chain<Dense<3, 2>, ReLU<2, 1, 1>>;
        let network = *Net::new(1);
        network.predict::<1>(&input, &mut one, &mut Net::workspace::<1>());
        Sequential(network).predict::<1>(&input, &mut other, &mut Net::workspace::<1>());
        assert_eq!(one, other);
    }
}
