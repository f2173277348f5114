//! Group normalization: `y = γ·(x − mean)/√(variance + ε) + β`, with the mean and variance of a group of channels of one sample.

use alloc::boxed::Box;

use bytemuck::Zeroable;

use super::{Layer, LayerPath, Operation, Parameter, ParameterList, Role, ShapeError, Tape};
use crate::kernel::group_norm::{Statistics, group_norm, group_norm_backward};
use crate::scalar::Scalar;
use crate::shape::{ConstString, Dims, inference, volume};
use crate::tensor::{Tensor, boxed, flat, flat_mut, zeros};

/// Group normalization: every group of channels of a sample gets mean 0 and variance 1, then each channel a learned scale and shift.
///
/// (Wu and He 2018, equations 1 and 7.)
///
/// ```text
/// y[n, c, h, w] = gamma[c]·x̂[n, c, h, w] + beta[c]        [N, C, H, W] → [N, C, H, W]
/// x̂[n, c, h, w] = (x[n, c, h, w] − mean[n, g]) / √(variance[n, g] + eps)
/// ```
///
/// A group `g` is `C/groups` neighboring channels. Mean and variance are those of its `M = C/groups·H·W` numbers, with
/// `variance = Σ (x − mean)²/M`. They depend on the sample alone: there are no running statistics, training and inference compute
/// the same, and the size of the mini-batch does not matter.
///
/// In [`network!`](crate::network!): `GroupNorm(groups = 4, eps = 1e-5)`, with the default shown; `groups` is required. With as many
/// groups as channels it is **instance normalization** (Ulyanov, Vedaldi and Lempitsky 2016). Statistics are computed as in
/// [`BatchNorm`](super::BatchNorm), so that a large mean does not hide a small variance.
///
/// | parameter | field | shape | before training |
/// |---|---|---|---|
/// | `weight` | `gamma` | `[C]` | 1 |
/// | `bias` | `beta` | `[C]` | 0 |
///
/// Names, order and equation are those of PyTorch's `nn.GroupNorm(groups, C)`; Keras's `GroupNormalization` has an `eps` of 1e-3.
///
/// A number of groups that does not divide the channels, or groups of one number, which has no variance, are found at compile time:
/// ```compile_fail
/// shapeproof::network! { type Net = [6, 5, 4] => GroupNorm(groups = 4) }
/// ```
#[doc(alias = "GroupNormalization")]
#[doc(alias = "InstanceNorm")]
#[doc(alias = "InstanceNorm2d")]
#[derive(Zeroable)]
#[zeroable(bound = "")]
pub struct GroupNorm<
    const C: usize = 0,
    const H: usize = 0,
    const W: usize = 0,
    const GROUPS: usize = 1,
    const EPS: u64 = { 1e-5f64.to_bits() },
    T: Scalar = f32,
> {
    /// The learned scale of each channel. Its parameter name is `weight`.
    pub gamma: [T; C],
    /// The learned shift of each channel. Its parameter name is `bias`.
    pub beta: [T; C],
}

hyper_parameters! {
    GroupNorm(groups: usize, eps: f64 = 1e-5) => GroupNorm<C, H, W, groups, eps, T>,
    output = inference::group_norm(input, groups, eps),
    parameters = volume!(2, input.channels),
    examples = {
        "group_norm": [6, 5, 4] => (groups = 2),
        "group_norm of one group": [3, 4, 5] => (groups = 1, eps = 1e-2),
        "group_norm of each channel": [3, 5, 4] => (groups = 3),
        "group_norm of vectors": [8, 1, 1] => (groups = 2),
    },
}

/// The statistics of each group of each sample, and a gradient of an input that nobody wants.
pub struct GroupNormTape<const C: usize, const H: usize, const W: usize, const GROUPS: usize, T> {
    statistics: Box<[[Statistics<T>; GROUPS]]>,
    unwanted: Box<Tensor<C, H, W, T>>,
}

impl<const C: usize, const H: usize, const W: usize, const GROUPS: usize, T: Scalar> Tape
    for GroupNormTape<C, H, W, GROUPS, T>
{
}

impl<const C: usize, const H: usize, const W: usize, const GROUPS: usize, const EPS: u64, T: Scalar>
    GroupNorm<C, H, W, GROUPS, EPS, T>
{
    /// What is added to the variance, so that a constant group is not divided by zero.
    pub const EPS: f64 = f64::from_bits(EPS);
}

impl<const C: usize, const H: usize, const W: usize, const GROUPS: usize, const EPS: u64, T: Scalar> Layer
    for GroupNorm<C, H, W, GROUPS, EPS, T>
{
    type Scalar = T;
    type Input = Tensor<C, H, W, T>;
    type Output = Tensor<C, H, W, T>;
    type Tape = GroupNormTape<C, H, W, GROUPS, T>;
    type Workspace<const N: usize> = ();

    const KIND: &'static str = "GroupNorm";
    const OPERATION: Operation = Operation::GroupNormalization { groups: GROUPS, eps: Self::EPS };
    const SETTINGS: ConstString = ConstString::new().number(GROUPS).str(" groups, eps ").real(Self::EPS);
    const FLOPS: usize = volume!(7, C, H, W);
    const SHAPE_ERROR: Option<ShapeError> =
        ShapeError::of(inference::group_norm(Dims::new(C, H, W), GROUPS, Self::EPS));

    fn tape(samples: usize) -> Self::Tape {
        GroupNormTape { statistics: zeros(samples), unwanted: boxed() }
    }

    fn infer<const N: usize>(&self, input: &[Self::Input], output: &mut [Self::Output], _workspace: &mut ()) {
        group_norm([H * W, GROUPS], Self::EPS, flat(input), [&self.gamma, &self.beta], flat_mut(output), None);
    }

    fn forward(&self, input: &[Self::Input], output: &mut [Self::Output], tape: &mut Self::Tape) {
        let statistics = Some(tape.statistics.as_flattened_mut());
        group_norm([H * W, GROUPS], Self::EPS, flat(input), [&self.gamma, &self.beta], flat_mut(output), statistics);
    }

    /// From `y = gamma·x̂ + beta`, where the mean and variance in `x̂` depend on all numbers of the group: see
    /// [`group_norm_backward`].
    fn backward(
        &self,
        input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        mut grad_input: Option<&mut [Self::Input]>,
        grad: &mut Self,
    ) {
        for (n, ((x, dy), statistics)) in input.iter().zip(grad_output).zip(&tape.statistics).enumerate() {
            let dx = grad_input.as_mut().map_or(&mut *tape.unwanted, |grad_input| &mut grad_input[n]);
            let (dx, grads) = (dx.as_mut_slice(), [&mut grad.gamma[..], &mut grad.beta]);
            group_norm_backward([H * W, GROUPS], statistics, x.as_slice(), &self.gamma, dy.as_slice(), dx, grads);
        }
    }

    fn list_parameters(layer: LayerPath<'_>, list: &mut ParameterList<'_, Self, T>) {
        let weight = Parameter { layer, name: "weight", dims: &[C], role: Role::Constant(1.0) };
        list(weight, &|norm| norm.gamma.as_slice(), &|norm| norm.gamma.as_mut_slice());
        let bias = Parameter { layer, name: "bias", dims: &[C], role: Role::Constant(0.0) };
        list(bias, &|norm| norm.beta.as_slice(), &|norm| norm.beta.as_mut_slice());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;

    #[test]
    fn by_hand() {
        // Two groups of two channels of 1×2: means 1 and 4, variances 3 and 8, so that with eps = 1 the divisors are 2 and 3.
        type Norm = GroupNorm<4, 1, 2, 2, { 1f64.to_bits() }, f64>;
        let (mut norm, mut grad) = (Norm::zeros(), Norm::zeros());
        (norm.gamma, norm.beta) = ([2.0, 4.0, -3.0, 0.0], [0.0, 1.0, 0.5, 3.0]);
        let x = [Tensor([[[-2.0, 2.0]], [[2.0, 2.0]], [[8.0, 4.0]], [[4.0, 0.0]]])];
        let (mut y, mut tape) = ([Tensor([[[f64::NAN; 2]]; 4])], Norm::tape(1));
        norm.forward(&x, &mut y, &mut tape);
        assert_eq!(y[0], Tensor([[[-3.0, 1.0]], [[3.0, 3.0]], [[-3.5, 0.5]], [[3.0, 3.0]]]));
        let mut inferred = [Tensor([[[f64::NAN; 2]]; 4])];
        norm.infer::<1>(&x, &mut inferred, &mut ());
        assert_eq!(y, inferred);

        // L = y[0, 0, 0], where x̂ = −1.5: ∂L/∂x = 2/2·(∂L/∂y − (1 − 1.5·x̂)/4).
        let (mut dy, mut dx) = ([Tensor([[[0.0; 2]]; 4])], y);
        dy[0][[0, 0, 0]] = 1.0;
        grad.gamma[0] = 10.0; // is added to
        norm.backward(&x, &mut tape, &dy, Some(&mut dx), &mut grad);
        assert_eq!((grad.gamma, grad.beta), ([8.5, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]));
        assert_eq!(dx[0].0[..2], [[[0.1875, -0.0625]], [[-0.0625, -0.0625]]]);
        norm.backward(&x, &mut tape, &dy, None, &mut grad);
        assert_eq!(grad.gamma[0], 7.0);
    }
}
