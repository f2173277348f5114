//! A forward and a backward pass in which every layer is by itself, and what it gives is kept: for looking inside.
//!
//! A training fuses some layers with their neighbors, and keeps what it needs. The numbers are the same.

use shapeproof::layer::{Fusion, Layer, Module, Named};
use shapeproof::network::Chain;
use shapeproof::shape::Shape;
use shapeproof::tensor::{boxed, zeros};

/// What a layer gave for one sample.
#[derive(Default)]
pub struct Step {
    /// Its output.
    pub output: Vec<f32>,
    /// `∂L/∂output`
    pub grad_output: Vec<f32>,
}

/// A network whose layers can be computed one by one.
pub trait Walk: Module<Scalar = f32> {
    /// Computes the layers forward, from `input` on, and backward again. Between the two, `loss` is given the output, and writes its
    /// gradient. Adds one [`Step`] for each layer to `steps`, and the gradients of the parameters to `grad`; returns `∂L/∂input`.
    fn walk(
        &self,
        input: &Self::Input,
        loss: &mut dyn FnMut(&[f32], &mut [f32]),
        steps: &mut Vec<Step>,
        grad: &mut Self,
    ) -> Box<Self::Input>;
}

impl<A, B> Walk for Chain<A, B>
where
    A: Module<Scalar = f32>,
    B: Walk + Module<Input = A::Output, Scalar = f32>,
{
    fn walk(
        &self,
        input: &A::Input,
        loss: &mut dyn FnMut(&[f32], &mut [f32]),
        steps: &mut Vec<Step>,
        grad: &mut Self,
    ) -> Box<A::Input> {
        walk_one(&self.0, input, steps, &mut grad.0, |output, steps| self.1.walk(output, loss, steps, &mut grad.1))
    }
}

/// The last layer of a network.
impl<const NAME: u128, L: Layer<Scalar = f32>> Walk for Named<NAME, L> {
    fn walk(
        &self,
        input: &L::Input,
        loss: &mut dyn FnMut(&[f32], &mut [f32]),
        steps: &mut Vec<Step>,
        grad: &mut Self,
    ) -> Box<L::Input> {
        walk_one(self, input, steps, grad, |output, _| {
            let mut grad_output = boxed::<L::Output>();
            loss(output.as_slice(), grad_output.as_mut_slice());
            grad_output
        })
    }
}

/// Computes one layer forward, then what follows, which returns the gradient of the output, then the layer backward.
fn walk_one<M: Module<Scalar = f32>>(
    layer: &M,
    input: &M::Input,
    steps: &mut Vec<Step>,
    grad: &mut M,
    rest: impl FnOnce(&M::Output, &mut Vec<Step>) -> Box<M::Output>,
) -> Box<M::Input> {
    let (input, mut output, mut tape) = (std::slice::from_ref(input), zeros::<M::Output>(1), M::tape(1));
    layer.forward_phase(0, Fusion::NONE, input, &mut output, &mut tape);
    let at = steps.len();
    steps.push(Step { output: output[0].as_slice().to_vec(), grad_output: Vec::new() });
    let grad_output = rest(&output[0], steps);
    steps[at].grad_output = grad_output.as_slice().to_vec();
    let mut grad_input = boxed::<M::Input>();
    let (dy, dx) = (std::slice::from_ref(&*grad_output), std::slice::from_mut(&mut *grad_input));
    layer.backward_phase(0, Fusion::NONE, input, &mut tape, dy, Some(dx), grad);
    grad_input
}
