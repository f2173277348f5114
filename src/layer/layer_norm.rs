//! Layer normalization: `y = γ·(x − mean)/√(variance + ε) + β`, with the mean and variance of one sample.

use alloc::boxed::Box;

use bytemuck::Zeroable;

use super::{Layer, LayerPath, Operation, Parameter, ParameterList, Role, ShapeError, Tape};
use crate::kernel::group_norm::{Statistics, group_norm, group_norm_backward};
use crate::scalar::Scalar;
use crate::shape::{ConstString, Dims, inference, volume};
use crate::tensor::{Tensor, boxed, flat, flat_mut, zeros};

/// Layer normalization: every sample gets mean 0 and variance 1, then each of its numbers a learned scale and shift.
///
/// (Ba, Kiros and Hinton 2016, equations 3 and 4.)
///
/// ```text
/// y[n, c, h, w] = gamma[c, h, w]·x̂[n, c, h, w] + beta[c, h, w]        [N, C, H, W] → [N, C, H, W]
/// x̂[n, c, h, w] = (x[n, c, h, w] − mean[n]) / √(variance[n] + eps)
/// ```
///
/// Mean and variance are those of the sample's `M = C·H·W` numbers, with `variance = Σ (x − mean)²/M`. They depend on the sample
/// alone: there are no running statistics, training and inference compute the same, and the size of the mini-batch does not matter.
///
/// In [`network!`](crate::network!): `LayerNorm`, or `LayerNorm(eps = 1e-5)`; this is the default. For an image with one scale per
/// channel, see [`GroupNorm`](super::GroupNorm) with one group. Statistics are computed as in [`BatchNorm`](super::BatchNorm), so
/// that a large mean does not hide a small variance.
///
/// | parameter | field | shape | before training |
/// |---|---|---|---|
/// | `weight` | `gamma` | `[C, H, W]`; of a vector `[C]` | 1 |
/// | `bias` | `beta` | the same | 0 |
///
/// Names, order and equation are those of PyTorch's `nn.LayerNorm([C, H, W])`, of a vector `nn.LayerNorm(C)`. Keras's
/// `LayerNormalization(axis=[1, 2, 3])` has an `eps` of 1e-3.
///
/// An `eps` that is not above 0, or an input of one number, which has no variance, is found at compile time:
/// ```compile_fail
/// shapeproof::network! { type Net = [1, 1, 1] => LayerNorm }
/// ```
#[doc(alias = "LayerNormalization")]
#[derive(Zeroable)]
#[zeroable(bound = "")]
pub struct LayerNorm<
    const C: usize = 0,
    const H: usize = 0,
    const W: usize = 0,
    const EPS: u64 = { 1e-5f64.to_bits() },
    T: Scalar = f32,
> {
    /// The learned scale of each number. Its parameter name is `weight`.
    pub gamma: Tensor<C, H, W, T>,
    /// The learned shift of each number. Its parameter name is `bias`.
    pub beta: Tensor<C, H, W, T>,
}

hyper_parameters! {
    LayerNorm(eps: f64 = 1e-5) => LayerNorm<C, H, W, eps, T>,
    output = inference::layer_norm(input, eps),
    parameters = volume!(2, input.len()),
    examples = {
        "layer_norm": [3, 5, 4],
        "layer_norm of vectors": [6, 1, 1] => (eps = 1e-2),
    },
}

/// The statistics of each sample, and a gradient of an input that nobody wants.
pub struct LayerNormTape<const C: usize, const H: usize, const W: usize, T> {
    statistics: Box<[Statistics<T>]>,
    unwanted: Box<Tensor<C, H, W, T>>,
}

impl<const C: usize, const H: usize, const W: usize, T: Scalar> Tape for LayerNormTape<C, H, W, T> {}

impl<const C: usize, const H: usize, const W: usize, const EPS: u64, T: Scalar> LayerNorm<C, H, W, EPS, T> {
    /// What is added to the variance, so that a constant sample is not divided by zero.
    pub const EPS: f64 = f64::from_bits(EPS);

    fn normalize(
        &self,
        input: &[Tensor<C, H, W, T>],
        output: &mut [Tensor<C, H, W, T>],
        statistics: Option<&mut [Statistics<T>]>,
    ) {
        let parameters = [self.gamma.as_slice(), self.beta.as_slice()];
        group_norm([1, 1], Self::EPS, flat(input), parameters, flat_mut(output), statistics);
    }
}

impl<const C: usize, const H: usize, const W: usize, const EPS: u64, T: Scalar> Layer for LayerNorm<C, H, W, EPS, T> {
    type Scalar = T;
    type Input = Tensor<C, H, W, T>;
    type Output = Tensor<C, H, W, T>;
    type Tape = LayerNormTape<C, H, W, T>;
    type Workspace<const N: usize> = ();

    const KIND: &'static str = "LayerNorm";
    const OPERATION: Operation = Operation::LayerNormalization { eps: Self::EPS };
    const SETTINGS: ConstString = ConstString::new().str("eps ").real(Self::EPS);
    const FLOPS: usize = volume!(7, C, H, W);
    const SHAPE_ERROR: Option<ShapeError> = ShapeError::of(inference::layer_norm(Dims::new(C, H, W), Self::EPS));

    fn tape(samples: usize) -> Self::Tape {
        LayerNormTape { statistics: zeros(samples), unwanted: boxed() }
    }

    fn infer<const N: usize>(&self, input: &[Self::Input], output: &mut [Self::Output], _workspace: &mut ()) {
        self.normalize(input, output, None);
    }

    fn forward(&self, input: &[Self::Input], output: &mut [Self::Output], tape: &mut Self::Tape) {
        self.normalize(input, output, Some(&mut tape.statistics));
    }

    /// From `y = gamma·x̂ + beta`, where the mean and variance in `x̂` depend on all numbers of the sample: see
    /// [`group_norm_backward`].
    fn backward(
        &self,
        input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        mut grad_input: Option<&mut [Self::Input]>,
        grad: &mut Self,
    ) {
        for (n, (x, dy)) in input.iter().zip(grad_output).enumerate() {
            let dx = grad_input.as_mut().map_or(&mut *tape.unwanted, |grad_input| &mut grad_input[n]);
            let (x, dy, dx) = (x.as_slice(), dy.as_slice(), dx.as_mut_slice());
            let grads = [grad.gamma.as_mut_slice(), grad.beta.as_mut_slice()];
            group_norm_backward([1, 1], &tape.statistics[n..=n], x, self.gamma.as_slice(), dy, dx, grads);
        }
    }

    fn list_parameters(layer: LayerPath<'_>, list: &mut ParameterList<'_, Self, T>) {
        let dims: &[usize] = if H == 1 && W == 1 { &[C] } else { &[C, H, W] };
        let weight = Parameter { layer, name: "weight", dims, role: Role::Constant(1.0) };
        list(weight, &|norm| norm.gamma.as_slice(), &|norm| norm.gamma.as_mut_slice());
        let bias = Parameter { layer, name: "bias", dims, role: Role::Constant(0.0) };
        list(bias, &|norm| norm.beta.as_slice(), &|norm| norm.beta.as_mut_slice());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;

    #[test]
    fn by_hand() {
        // The mean is 1 and the variance 3, so that with eps = 1 the divisor is 2.
        type Norm = LayerNorm<2, 1, 2, { 1f64.to_bits() }, f64>;
        let (mut norm, mut grad) = (Norm::zeros(), Norm::zeros());
        (norm.gamma, norm.beta) = (Tensor([[[2.0, 4.0]], [[0.0, -2.0]]]), Tensor([[[0.0, 1.0]], [[3.0, 0.5]]]));
        let x = [Tensor([[[-2.0, 2.0]], [[2.0, 2.0]]])];
        let (mut y, mut tape) = ([Tensor([[[f64::NAN; 2]]; 2])], Norm::tape(1));
        norm.forward(&x, &mut y, &mut tape);
        assert_eq!(y[0], Tensor([[[-3.0, 3.0]], [[3.0, -0.5]]]));

        // L = y[0, 0, 0], where x̂ = −1.5: ∂L/∂x = 2/2·(∂L/∂y − (1 − 1.5·x̂)/4).
        let (dy, mut dx) = ([Tensor([[[1.0, 0.0]], [[0.0, 0.0]]])], y);
        grad.gamma[[0, 0, 0]] = 10.0; // is added to
        norm.backward(&x, &mut tape, &dy, Some(&mut dx), &mut grad);
        assert_eq!(grad.gamma, Tensor([[[8.5, 0.0]], [[0.0, 0.0]]]));
        assert_eq!(grad.beta, dy[0]);
        assert_eq!(dx[0], Tensor([[[0.1875, -0.0625]], [[-0.0625, -0.0625]]]));
    }
}
