//! The dense (fully connected, affine) layer: `y = W·x + b`.

use bytemuck::Zeroable;

use super::{Layer, LayerPath, Operation, Parameter, ParameterList, Role, ShapeError};
use crate::kernel::dense::{add_dense_grad_parameters, dense, dense_grad_input};
use crate::scalar::Scalar;
use crate::shape::{ConstString, Dims, inference, volume};
use crate::tensor::{Vector, flat, flat_mut};

/// Fully connected: every output is a weighted sum of all inputs.
///
/// ```text
/// y[n, o] = b[o] + Σᵢ W[o, i] · x[n, i]        [N, I] → [N, O]
/// ```
///
/// In [`network!`](crate::network!): `Dense(units = O, bias = true)`, with the default shown; `units` is required. The number of
/// inputs comes from the layer before, whose output must be a vector: put [`Flatten`](crate::layer::Flatten) after an image. With
/// `bias = false` there is no `b`, in memory or in files.
///
/// | parameter | shape | before training |
/// |---|---|---|
/// | `weight` | `[O, I]` | random, fan-in `I`, fan-out `O` |
/// | `bias` | `[O]`; none with `bias = false` | 0 |
///
/// An image as input is found at compile time:
/// ```compile_fail
/// shapeproof::network! { type Net = [1, 28, 28] => Dense(units = 10) }
/// ```
#[doc(alias = "Linear")]
#[doc(alias = "FullyConnected")]
#[derive(Zeroable)]
pub struct Dense<const I: usize = 0, const O: usize = 0, T = f32, const B: usize = O> {
    /// `W`: one row of `I` weights for each output.
    pub weight: [[T; I]; O],
    /// `b`: one number for each output, or none.
    pub bias: [T; B],
}

hyper_parameters! {
    Dense(units: usize, bias: bool = true) => Dense<C, OC, T, biases>,
    output = inference::dense(input, units),
    parameters = inference::parameters(units, input.len(), bias),
    let biases = inference::biases(units, bias),
    examples = {
        "dense": [5, 1, 1] => (units = 3),
        "dense without bias": [4, 1, 1] => (units = 6, bias = false),
    },
}

impl<const I: usize, const O: usize, T: Scalar, const B: usize> Layer for Dense<I, O, T, B> {
    type Scalar = T;
    type Input = Vector<I, T>;
    type Output = Vector<O, T>;
    type Tape = ();
    type Workspace<const N: usize> = ();

    const KIND: &'static str = "Dense";
    const SETTINGS: ConstString = ConstString::new().str(if B == 0 { "no bias" } else { "" });
    const OPERATION: Operation = Operation::DenseProduct { bias: B > 0 };
    const FLOPS: usize = volume!(2, I, O);
    const SHAPE_ERROR: Option<ShapeError> = ShapeError::of(match inference::dense(Dims::new(I, 1, 1), O) {
        Ok(output) => inference::has_biases("Dense", output, B),
        refused => refused,
    });

    fn tape(_samples: usize) {}

    fn infer<const N: usize>(&self, input: &[Vector<I, T>], output: &mut [Vector<O, T>], _workspace: &mut ()) {
        dense(I, flat(input), self.weight.as_flattened(), &self.bias, flat_mut(output));
    }

    fn forward(&self, input: &[Vector<I, T>], output: &mut [Vector<O, T>], _tape: &mut ()) {
        dense(I, flat(input), self.weight.as_flattened(), &self.bias, flat_mut(output));
    }

    /// From `y = W·x + b`: `∂L/∂x = Wᵀ·∂L/∂y`, `∂L/∂W = ∂L/∂y·xᵀ`, `∂L/∂b = ∂L/∂y`, summed over the samples.
    fn backward(
        &self,
        input: &[Vector<I, T>],
        _tape: &mut (),
        grad_output: &[Vector<O, T>],
        grad_input: Option<&mut [Vector<I, T>]>,
        grad: &mut Self,
    ) {
        let grad_output = flat(grad_output);
        add_dense_grad_parameters(I, flat(input), grad_output, grad.weight.as_flattened_mut(), &mut grad.bias);
        if let Some(grad_input) = grad_input {
            dense_grad_input(I, self.weight.as_flattened(), grad_output, flat_mut(grad_input));
        }
    }

    fn list_parameters(layer: LayerPath<'_>, list: &mut ParameterList<'_, Self, T>) {
        let role = Role::Weight { fan_in: I, fan_out: O };
        let weight = Parameter { layer, name: "weight", dims: &[O, I], role };
        list(weight, &|dense| dense.weight.as_flattened(), &|dense| dense.weight.as_flattened_mut());
        if B > 0 {
            let bias = Parameter { layer, name: "bias", dims: &[B], role: Role::Constant(0.0) };
            list(bias, &|dense| dense.bias.as_slice(), &|dense| dense.bias.as_mut_slice());
        }
    }
}
