//! Names for layers: `conv1.weight` instead of `0.weight`.

mod labels;

use bytemuck::Zeroable;
use core::ops::{Deref, DerefMut};

use super::{Follows, Fuses, Fusion, LayerPath, Module, Operation, ParameterList, Pending, Row, ShapeError, in_part};
use crate::kernel::batch_norm::{InputGradient, ParameterGradients};
use crate::kernel::conv2d::Epilogue;
use crate::kernel::moments::Moments;
use crate::kernel::rectifier::Rectifier;
use crate::name::Name;
use crate::shape::ConstString;

pub use labels::Labels;

/// A layer with a name. It computes what the layer computes; the names of its parameters begin with this name instead of the
/// layer's position.
///
/// In [`network!`](crate::network!), write the name and a colon before the layer. Layers without a name keep their position:
///
/// ```
/// # use shapeproof::{layer::{Dense, LayerPath, Module, Named, ReLU, name}, network::Chain};
/// shapeproof::network! { type Net = [30, 1, 1] => hidden: Dense(units = 8), ReLU, Dense(units = 2) }
/// type ByHand = Chain<Named<{ name("hidden") }, Dense<30, 8>>, Chain<ReLU<8, 1, 1>, Dense<8, 2>>>;
/// # fn same(net: Net) -> ByHand { net }
///
/// let mut names = Vec::new();
/// Net::visit([], [], &mut |parameter, [], []| names.push(parameter.to_string()));
/// assert_eq!(names, ["hidden.weight", "hidden.bias", "2.weight", "2.bias"]);
/// ```
///
/// Blocks and the layers inside them can have names as well: `stage1.body.conv1.weight`.
///
/// The names are the same in PyTorch for `nn.Sequential(OrderedDict([("hidden", nn.Linear(30, 8)), ("1", nn.ReLU()), …]))`.
///
/// A const generic cannot be a string, so the type contains the [`Name`]'s number, which [`name`](super::name) computes. Two layers
/// of a network, or of the same branch of a block, cannot have the same name, and this is found at compile time:
/// ```compile_fail
/// shapeproof::network! { type Net = [30, 1, 1] => fc: Dense(units = 8), fc: Dense(units = 2) }
/// ```
#[derive(Zeroable)]
#[repr(transparent)]
pub struct Named<const NAME: u128, L>(
    /// The layer.
    pub L,
);

impl<const NAME: u128, L> Deref for Named<NAME, L> {
    type Target = L;

    fn deref(&self) -> &L {
        &self.0
    }
}

impl<const NAME: u128, L> DerefMut for Named<NAME, L> {
    fn deref_mut(&mut self) -> &mut L {
        &mut self.0
    }
}

impl<const NAME: u128, M: Module> Module for Named<NAME, M> {
    type Scalar = M::Scalar;
    type Input = M::Input;
    type Output = M::Output;
    type Tape = M::Tape;
    type Workspace<const N: usize> = M::Workspace<N>;

    const KIND: &'static str = M::KIND;
    const OPERATION: Operation = M::OPERATION;
    const LAST: Operation = M::LAST;
    const SETTINGS: ConstString = M::SETTINGS;
    const FLOPS: usize = M::FLOPS;
    const LAYERS: usize = M::LAYERS;
    const ROWS: usize = M::ROWS;
    const BARRIERS: usize = M::BARRIERS;
    const MIN_BATCH: usize = M::MIN_BATCH;
    const FUSES: Fuses = M::FUSES;
    const BEGINS_WITH_RELU: bool = M::BEGINS_WITH_RELU;
    const BEGINS_WITH_BATCH_NORM: bool = M::BEGINS_WITH_BATCH_NORM;
    const FOLLOWS: Follows = M::FOLLOWS;
    const LABELS: Labels = Labels::One(Name::of(NAME));
    const SHAPE_ERROR: Option<ShapeError> = match M::SHAPE_ERROR {
        None if !Name::of(NAME).is_name() => {
            let text = ConstString::new().str(M::KIND).str(" is given a number for a name that stands for none;");
            ShapeError::of(Err(text.str(" write `name(\"conv1\")`")))
        }
        None if M::LAYERS != 1 || !matches!(M::LABELS, Labels::None) => {
            let text = ConstString::new().str("`").str(Name::of(NAME).text().as_str());
            ShapeError::of(Err(text.str("` can be the name of one layer that has none yet")))
        }
        shape_error => shape_error,
    };

    fn tape(samples: usize) -> Self::Tape {
        M::tape(samples)
    }

    fn infer_fused<const N: usize>(
        &self,
        before: Option<Rectifier<'_, Self::Scalar>>,
        input: &[Self::Input],
        output: &mut [Self::Output],
        workspace: &mut Self::Workspace<N>,
    ) {
        self.0.infer_fused(before, input, output, workspace);
    }

    fn infer_then<const N: usize>(
        &self,
        then: Epilogue<'_, Self::Scalar>,
        input: &[Self::Input],
        output: &mut [Self::Scalar],
        workspace: &mut Self::Workspace<N>,
    ) {
        self.0.infer_then(then, input, output, workspace);
    }

    fn infer_pending<'a, const N: usize, P: Pending<'a, Self::Scalar>>(
        &'a self,
        pending: P,
        input: &mut [Self::Input],
        output: &mut [Self::Output],
        workspace: &'a mut Self::Workspace<N>,
    ) {
        self.0.infer_pending(pending, input, output, workspace);
    }

    fn forward_phase(
        &self,
        phase: usize,
        fusion: Fusion<'_, Self::Scalar>,
        input: &[Self::Input],
        output: &mut [Self::Output],
        tape: &mut Self::Tape,
    ) {
        self.0.forward_phase(phase, fusion, input, output, tape);
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
        self.0.backward_phase(phase, fusion, input, tape, grad_output, grad_input, &mut grad.0);
    }

    fn list_parameters(layer: LayerPath<'_>, list: &mut ParameterList<'_, Self, Self::Scalar>) {
        M::list_parameters(layer.called(Name::of(NAME)), &mut in_part(list, |named| &named.0, |named| &mut named.0));
    }

    fn summarize(layer: LayerPath<'_>, row: &mut impl FnMut(Row<'_>)) {
        M::summarize(layer.called(Name::of(NAME)), row);
    }

    fn scale_and_shift<'a, const N: usize>(
        &self,
        workspace: &'a mut Self::Workspace<N>,
    ) -> Option<[&'a [Self::Scalar]; 2]> {
        self.0.scale_and_shift::<N>(workspace)
    }

    fn moments(tape: &mut Self::Tape, samples: usize) -> Option<Moments<'_>> {
        M::moments(tape, samples)
    }

    fn normalization<'a>(
        &'a self,
        relu_after: bool,
        tape: &'a mut Self::Tape,
    ) -> Option<ParameterGradients<'a, Self::Scalar>> {
        self.0.normalization(relu_after, tape)
    }

    fn input_gradient<'a>(
        &'a self,
        relu_after: bool,
        input: &'a [Self::Input],
        tape: &'a Self::Tape,
        grad_output: &'a [Self::Output],
    ) -> Option<InputGradient<'a, Self::Scalar>> {
        self.0.input_gradient(relu_after, input, tape, grad_output)
    }

    fn rectifier(&self) -> Option<Rectifier<'_, Self::Scalar>> {
        self.0.rectifier()
    }

    fn slopes(&mut self) -> &mut [Self::Scalar] {
        self.0.slopes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{Dense, ReLU, name};
    use crate::network::{Chain, Network};
    use alloc::string::String;

    fn says(shape_error: Option<ShapeError>) -> String {
        shape_error.map_or(String::new(), |shape_error| shape_error.sentence().as_str().into())
    }

    #[test]
    fn shape_errors_of_names_are_found_in_types_by_hand() {
        type Hidden = Named<{ name("fc") }, Dense<6, 4>>;
        type Twice = Chain<Hidden, Chain<ReLU<4, 1, 1>, Named<{ name("fc") }, Dense<4, 2>>>>;
        assert_eq!(says(Twice::SHAPE_ERROR), "layer 2: the name `fc` is already used by an earlier layer");
        type Once = Chain<Hidden, Chain<ReLU<4, 1, 1>, Named<{ name("out") }, Dense<4, 2>>>>;
        assert_eq!(says(Once::SHAPE_ERROR), "");
        type Inner = Chain<Dense<9, 6>, Chain<Once, Named<{ name("out") }, ReLU<2, 1, 1>>>>;
        assert_eq!(says(Inner::SHAPE_ERROR), "layer 4: the name `out` is already used by an earlier layer");

        assert_eq!(
            says(Named::<53, Dense<6, 4>>::SHAPE_ERROR),
            "layer 0: Dense is given a number for a name that stands for none; write `name(\"conv1\")`"
        );
        let refusal = "layer 0: `a` can be the name of one layer that has none yet";
        assert_eq!(says(Named::<{ name("a") }, Hidden>::SHAPE_ERROR), refusal);
        assert_eq!(says(Named::<{ name("a") }, Once>::SHAPE_ERROR), refusal);
        assert_eq!(says(Named::<{ name("a") }, Dense<0, 4>>::SHAPE_ERROR), says(Dense::<0, 4>::SHAPE_ERROR));
    }

    #[test]
    fn a_named_layer_is_the_layer() {
        type Plain = Dense<3, 2>;
        let named = Named::<{ name("fc") }, Plain>::new(5);
        assert_eq!(named.weight, Plain::new(5).weight);
        assert_eq!(size_of::<Named<{ name("fc") }, Plain>>(), size_of::<Plain>());
    }
}
