//! Batch normalization: `y = γ·(x − mean)/√(variance + ε) + β`, with the mean and variance of each channel.

mod tape;
mod workspace;

use alloc::boxed::Box;

use bytemuck::Zeroable;

pub use tape::BatchNormTape;
pub use workspace::BatchNormWorkspace;

use super::{
    Follows, Fuses, Fusion, LayerPath, Module, Operation, Parameter, ParameterList, Pending, Role, ShapeError,
};
use crate::kernel::batch_norm::{
    InputGradient, Normalization, ParameterGradients, batch_norm, batch_norm_grad_input, batch_norm_grad_parameters,
    scale_and_shift,
};
use crate::kernel::moments::Moments;
use crate::kernel::rectifier::Rectifier;
use crate::scalar::Scalar;
use crate::shape::{ConstString, Dims, inference, volume};
use crate::tensor::{Tensor, boxed, flat, flat_mut};

/// Batch normalization: every channel gets mean 0 and variance 1, then a learned scale and shift.
///
/// (Ioffe and Szegedy 2015, algorithm 1.)
///
/// ```text
/// y[n, c, h, w] = gamma[c]·x̂[n, c, h, w] + beta[c]        [N, C, H, W] → [N, C, H, W]
/// x̂[n, c, h, w] = (x[n, c, h, w] − mean[c]) / √(variance[c] + eps)
/// ```
///
/// While training, mean and variance are those of the channel's `M = N·H·W` values in the whole mini-batch, over all its shards, so
/// there is one [barrier](crate::layer::barrier); `variance = Σ (x − mean)²/M`. Inference uses the running statistics. As in
/// PyTorch, every mini-batch moves those by `momentum`, with the unbiased variance `Σ (x − mean)²/(M − 1)`:
///
/// ```text
/// running ← (1 − momentum)·running + momentum·batch
/// ```
///
/// Feature vectors (`H = W = 1`) have `M = N`. Statistics are computed in `f64`, whatever `T` is, and the variance stays accurate
/// in a channel whose mean is large compared with its spread.
///
/// In [`network!`](crate::network!): `BatchNorm`, or `BatchNorm(eps = 1e-5, momentum = 0.1)`; these are the defaults. A const
/// generic cannot be a real number, so a type written by hand takes the bits: `BatchNorm<8, 26, 24, { 1e-3f64.to_bits() }>`.
///
/// | parameter | field | shape | before training |
/// |---|---|---|---|
/// | `weight` | `gamma` | `[C]` | 1 |
/// | `bias` | `beta` | `[C]` | 0 |
/// | `running_mean` | `running_mean` | `[C]` | 0, not trained |
/// | `running_var` | `running_var` | `[C]` | 1, not trained |
///
/// Names and order are those of PyTorch's state dict; its `num_batches_tracked` has no counterpart here
/// (model files have it nevertheless, see [`io`](crate::io)).
///
/// An `eps` that is not above 0, or a `momentum` outside 0 to 1, is found at compile time:
/// ```compile_fail
/// type Norm = shapeproof::layer::BatchNorm<8, 26, 24, 1>; // the bits of 4.9e-324
/// const _: () = shapeproof::network::verify::<Norm>();
/// ```
///
/// # Panics
/// While training, if a mini-batch has fewer than two values per channel, as a single feature vector does: one value has no
/// variance. [`fit`](crate::train::Trainer::fit) returns an error instead.
///
/// # Example
/// ```
/// use shapeproof::layer::{BatchNorm, Module};
/// use shapeproof::network::Network;
///
/// type Norm = BatchNorm<1, 1, 1>;
///
/// let mut norm = Norm::zeros();
/// (norm.gamma, norm.beta) = ([2.0], [10.0]);
/// let input = [[-3.0].into(), [5.0].into()]; // mean 1, variance 16
/// let mut output = input;
/// norm.forward_pass(&input, &mut output, &mut Norm::tape(2));
/// assert!((output[0].0[0][0][0] - 8.0).abs() < 1e-5);
/// assert!((output[1].0[0][0][0] - 12.0).abs() < 1e-5);
/// ```
#[doc(alias = "BatchNorm1d")]
#[doc(alias = "BatchNorm2d")]
#[doc(alias = "BatchNormalization")]
#[derive(Zeroable)]
#[zeroable(bound = "")]
pub struct BatchNorm<
    const C: usize = 0,
    const H: usize = 0,
    const W: usize = 0,
    const EPS: u64 = { 1e-5f64.to_bits() },
    const MOMENTUM: u64 = { 0.1f64.to_bits() },
    T: Scalar = f32,
> {
    /// The learned scale of each channel. Its parameter name is `weight`.
    pub gamma: [T; C],
    /// The learned shift of each channel. Its parameter name is `bias`.
    pub beta: [T; C],
    /// The running mean of each channel, used in inference.
    pub running_mean: [T; C],
    /// The running variance of each channel, used in inference.
    pub running_var: [T; C],
}

hyper_parameters! {
    BatchNorm(eps: f64 = 1e-5, momentum: f64 = 0.1) => BatchNorm<C, H, W, eps, momentum, T>,
    output = inference::batch_norm(input, eps, momentum),
    parameters = volume!(4, input.channels),
    examples = {
        "batch_norm of images": [3, 4, 5],
        "batch_norm of vectors": [4, 1, 1] => (eps = 1e-2, momentum = 0.25),
    },
}

impl<const C: usize, const H: usize, const W: usize, const EPS: u64, const MOMENTUM: u64, T: Scalar>
    BatchNorm<C, H, W, EPS, MOMENTUM, T>
{
    /// What is added to the variance, so that a constant channel is not divided by zero.
    pub const EPS: f64 = f64::from_bits(EPS);
    /// The weight of a new mini-batch in the running statistics (in TensorFlow, `momentum` is the weight of the old ones).
    pub const MOMENTUM: f64 = f64::from_bits(MOMENTUM);

    fn inv_std(variance: T) -> T {
        (variance + T::from_f64(Self::EPS)).sqrt().recip()
    }

    /// Computes `1/√(variance + eps)` of the whole mini-batch, after the barrier.
    fn complete_statistics(tape: &mut BatchNormTape<C, T>) {
        let BatchNormTape { count, second_moment, inv_std, .. } = tape;
        assert!(*count > 1.0, "BatchNorm needs at least 2 values per channel in a training mini-batch, found {count}");
        for (inv_std, &second_moment) in inv_std.iter_mut().zip(&*second_moment) {
            *inv_std = Self::inv_std(T::from_f64(second_moment / *count));
        }
    }

    fn by<'a>(&'a self, rectifies: bool, mean: &'a [f64; C], inv_std: &'a [T; C]) -> Normalization<'a, T> {
        Normalization { positions: H * W, mean, inv_std, gamma: &self.gamma, beta: &self.beta, rectifies }
    }
}

impl<const C: usize, const H: usize, const W: usize, const EPS: u64, const MOMENTUM: u64, T: Scalar> Module
    for BatchNorm<C, H, W, EPS, MOMENTUM, T>
{
    type Scalar = T;
    type Input = Tensor<C, H, W, T>;
    type Output = Tensor<C, H, W, T>;
    type Tape = Box<BatchNormTape<C, T>>;
    type Workspace<const N: usize> = BatchNormWorkspace<C, T>;

    const KIND: &'static str = "BatchNorm";
    const OPERATION: Operation = Operation::BatchNormalization { eps: Self::EPS };
    const FLOPS: usize = volume!(2, C, H, W);
    const SETTINGS: ConstString =
        ConstString::new().str("eps ").real(Self::EPS).str(", momentum ").real(Self::MOMENTUM);
    const SHAPE_ERROR: Option<ShapeError> =
        ShapeError::of(inference::batch_norm(Dims::new(C, H, W), Self::EPS, Self::MOMENTUM));
    const BARRIERS: usize = 1;
    const MIN_BATCH: usize = if H * W == 1 { 2 } else { 1 };
    const FUSES: Fuses = Fuses { relu_after: true, relu_backward: true, ..Fuses::NOTHING };
    const BEGINS_WITH_BATCH_NORM: bool = true;
    const FOLLOWS: Follows = Follows::Scale;

    fn tape(_samples: usize) -> Self::Tape {
        boxed()
    }

    fn infer_fused<const N: usize>(
        &self,
        _before: Option<Rectifier<'_, T>>,
        input: &[Self::Input],
        output: &mut [Self::Output],
        workspace: &mut Self::Workspace<N>,
    ) {
        let [scale, shift] = self.affine(workspace);
        scale_and_shift(H * W, scale, shift, flat(input), flat_mut(output));
    }

    fn infer_pending<'a, const N: usize, P: Pending<'a, T>>(
        &'a self,
        pending: P,
        input: &mut [Self::Input],
        output: &mut [Self::Output],
        workspace: &'a mut Self::Workspace<N>,
    ) {
        if pending.takes_scale() {
            return pending.scaled(self.affine(workspace)).compute(flat_mut(output));
        }
        pending.compute(flat_mut(input));
        self.infer_fused::<N>(None, input, output, workspace);
    }

    fn scale_and_shift<'a, const N: usize>(&self, workspace: &'a mut Self::Workspace<N>) -> Option<[&'a [T]; 2]> {
        Some(self.affine(workspace))
    }

    fn moments(tape: &mut Self::Tape, samples: usize) -> Option<Moments<'_>> {
        Some(tape.moments(H * W, samples))
    }

    fn normalization<'a>(&'a self, relu_after: bool, tape: &'a mut Self::Tape) -> Option<ParameterGradients<'a, T>> {
        Self::complete_statistics(tape);
        let BatchNormTape { mean, inv_std, grad_gamma, grad_beta, .. } = &mut **tape;
        Some(ParameterGradients::new(self.by(relu_after, mean, inv_std), [grad_gamma, grad_beta]))
    }

    fn input_gradient<'a>(
        &'a self,
        relu_after: bool,
        input: &'a [Self::Input],
        tape: &'a Self::Tape,
        grad_output: &'a [Self::Output],
    ) -> Option<InputGradient<'a, T>> {
        let (by, grad_parameters) = (self.by(relu_after, &tape.mean, &tape.inv_std), tape.gradients());
        let (input, grad_output) = (flat(input), flat(grad_output));
        Some(InputGradient { by, count: tape.count as usize, grad_parameters, input, grad_output })
    }

    fn list_parameters(layer: LayerPath<'_>, list: &mut ParameterList<'_, Self, T>) {
        let mut parameter = |name, role, read: fn(&Self) -> &[T; C], write: fn(&mut Self) -> &mut [T; C]| {
            list(Parameter { layer, name, dims: &[C], role }, &|norm| read(norm), &|norm| write(norm));
        };
        let momentum = Self::MOMENTUM;
        parameter("weight", Role::Constant(1.0), |norm| &norm.gamma, |norm| &mut norm.gamma);
        parameter("bias", Role::Constant(0.0), |norm| &norm.beta, |norm| &mut norm.beta);
        parameter(
            "running_mean",
            Role::Statistic { initial: 0.0, momentum },
            |norm| &norm.running_mean,
            |norm| &mut norm.running_mean,
        );
        parameter(
            "running_var",
            Role::Statistic { initial: 1.0, momentum },
            |norm| &norm.running_var,
            |norm| &mut norm.running_var,
        );
    }

    /// Phase 0 computes the statistics of the samples, phase 1 normalizes them.
    fn forward_phase(
        &self,
        phase: usize,
        fusion: Fusion<'_, T>,
        input: &[Self::Input],
        output: &mut [Self::Output],
        tape: &mut Self::Tape,
    ) {
        if phase == 0 {
            if !fusion.moments_done {
                tape.compute_statistics(H * W, flat(input));
            }
            return;
        }
        Self::complete_statistics(tape);
        batch_norm(self.by(fusion.relu_after, &tape.mean, &tape.inv_std), flat(input), flat_mut(output));
    }

    /// From `y = gamma·x̂ + beta`, where the mean and variance in `x̂` depend on all values of the channel:
    /// `∂L/∂x = gamma/√(variance + eps)·(∂L/∂y − (∂L/∂beta + x̂·∂L/∂gamma)/M)`.
    ///
    /// Phase 1 computes this shard's gradients of gamma and beta; phase 0 computes `∂L/∂x` from those of the whole mini-batch.
    fn backward_phase(
        &self,
        phase: usize,
        fusion: Fusion<'_, T>,
        input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        grad_input: Option<&mut [Self::Input]>,
        grad: &mut Self,
    ) {
        if phase == 1 {
            let BatchNormTape { count, mean, second_moment, inv_std, grad_gamma, grad_beta, .. } = &mut **tape;
            if !fusion.gradients_done {
                let by = self.by(fusion.relu_after, mean, inv_std);
                batch_norm_grad_parameters(by, flat(input), flat(grad_output), grad_gamma, grad_beta);
            }
            // In the place of the running statistics, the shards' gradients sum to the statistics of the mini-batch.
            let share = (input.len() * H * W) as f64 / *count;
            for c in 0..C {
                grad.gamma[c] += T::from_f64(grad_gamma[c]);
                grad.beta[c] += T::from_f64(grad_beta[c]);
                grad.running_mean[c] += T::from_f64(share * mean[c]);
                grad.running_var[c] += T::from_f64(share * second_moment[c] / (*count - 1.0));
            }
        } else if let Some(grad_input) = grad_input {
            let (by, gradients) = (self.by(fusion.relu_after, &tape.mean, &tape.inv_std), tape.gradients());
            let (input, grad_output) = (flat(input), flat(grad_output));
            batch_norm_grad_input(by, tape.count as usize, gradients, input, grad_output, flat_mut(grad_input));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;
    use alloc::string::String;

    type Tiny = BatchNorm<3, 1, 2, { 1f64.to_bits() }, { 0.5f64.to_bits() }, f64>;

    fn tiny() -> Tiny {
        Tiny { gamma: [2.0, 3.0, -4.0], beta: [0.5, -1.0, 0.0], running_mean: [9.0, 0.0, -10.0], running_var: [1.0; 3] }
    }

    /// Four samples of 3×1×2: means 1, −2 and 10, variances 3, 0 and 15, so that with eps = 1 the divisors are 2, 1 and 4.
    const INPUT: [Tensor<3, 1, 2, f64>; 4] = [
        Tensor([[[-2.0, 4.0]], [[-2.0, -2.0]], [[17.0, 3.0]]]),
        Tensor([[[0.0, 2.0]], [[-2.0, -2.0]], [[13.0, 7.0]]]),
        Tensor([[[0.0, 2.0]], [[-2.0, -2.0]], [[11.0, 9.0]]]),
        Tensor([[[2.0, 0.0]], [[-2.0, -2.0]], [[11.0, 9.0]]]),
    ];

    #[test]
    fn a_training_step_by_hand() {
        let (mut norm, mut tape, mut grad) = (tiny(), Tiny::tape(4), Tiny::zeros());
        let mut output = [Tensor([[[f64::NAN; 2]]; 3]); 4];
        norm.forward_pass(&INPUT, &mut output, &mut tape);
        assert_eq!(output[0], Tensor([[[-2.5, 3.5]], [[-1.0, -1.0]], [[-7.0, 7.0]]]));
        assert_eq!(output[3], Tensor([[[1.5, -0.5]], [[-1.0, -1.0]], [[-1.0, 1.0]]]));

        // L = y[0, 0, 0, 0], where x̂ = −1.5: ∂L/∂x = 2/2·(∂L/∂y − (1 − 1.5·x̂)/8).
        let mut grad_output = [Tensor([[[0.0; 2]]; 3]); 4];
        grad_output[0][[0, 0, 0]] = 1.0;
        let mut grad_input = [Tensor([[[f64::NAN; 2]]; 3]); 4];
        (grad.gamma, grad.beta) = ([10.0; 3], [20.0; 3]); // is added to
        norm.backward_pass(&INPUT, &mut tape, &grad_output, Some(&mut grad_input), &mut grad);
        assert_eq!((grad.gamma, grad.beta), ([8.5, 10.0, 10.0], [21.0, 20.0, 20.0]));
        assert_eq!(grad_input[0], Tensor([[[0.59375, 0.15625]], [[0.0, 0.0]], [[0.0, 0.0]]]));
        assert_eq!(grad_input[3], Tensor([[[-0.03125, -0.21875]], [[0.0, 0.0]], [[0.0, 0.0]]]));

        // The mini-batch's mean, and its variance with the divisor M − 1 = 7; the momentum is one half.
        assert_eq!((grad.running_mean, grad.running_var), ([1.0, -2.0, 10.0], [24.0 / 7.0, 0.0, 120.0 / 7.0]));
        norm.update_statistics(&grad);
        assert_eq!((norm.running_mean, norm.running_var), ([5.0, -1.0, 0.0], [31.0 / 14.0, 0.5, 127.0 / 14.0]));
    }

    #[test]
    fn inference_by_hand() {
        let norm = Tiny { running_var: [3.0, 0.0, 15.0], ..tiny() };
        let mut output = [Tensor([[[f64::NAN; 2]]; 3]); 1];
        norm.predict::<1>(&INPUT[..1], &mut output, &mut Tiny::workspace::<1>());
        assert_eq!(output[0], Tensor([[[-10.5, -4.5]], [[-7.0, -7.0]], [[-27.0, -13.0]]]));
    }

    #[test]
    #[should_panic(expected = "at least 2 values per channel in a training mini-batch, found 1")]
    fn one_value_has_no_variance() {
        type Norm = BatchNorm<3, 1, 1>;
        Norm::zeros().forward_pass(&[[1.0, 2.0, 3.0].into()], &mut [[0.0; 3].into()], &mut Norm::tape(1));
    }

    #[test]
    fn bits_that_are_no_eps_or_momentum_are_refused() {
        let says = |shape_error: Option<ShapeError>| {
            shape_error.map_or(String::new(), |shape_error| shape_error.sentence().as_str().into())
        };
        assert_eq!(says(Tiny::SHAPE_ERROR), "");
        assert_eq!(
            says(BatchNorm::<3, 1, 2, 1>::SHAPE_ERROR),
            "layer 0: BatchNorm has eps 4.940656458e-324; it must be a finite number above 0"
        );
        type Eager = BatchNorm<3, 1, 2, { 1e-5f64.to_bits() }, { 1.5f64.to_bits() }>;
        assert_eq!(says(Eager::SHAPE_ERROR), "layer 0: BatchNorm has momentum 1.5; it must be from 0 to 1");
    }
}
