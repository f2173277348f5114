//! The parametric rectifier: a leaky rectifier that learns its slopes.

use bytemuck::Zeroable;

use super::{Follows, Fusion, LayerPath, Module, Operation, Parameter, ParameterList, Role, ShapeError};
use crate::kernel::rectifier::Rectifier;
use crate::scalar::Scalar;
use crate::shape::{ConstString, Dims, inference};
use crate::tensor::Tensor;

/// Rectifier with a learned slope, by which negative numbers are multiplied.
///
/// (He, Zhang, Ren and Sun 2015, equation 1.)
///
/// ```text
/// y[n, c, h, w] = x[n, c, h, w]  where x > 0,  otherwise a[c]·x[n, c, h, w]        [N, C, H, W] → [N, C, H, W]
/// ```
///
/// With one slope for all channels, `a[c]` is the same `a[0]` for each. At exactly 0 the derivative is the left-hand one,
/// `a[c]`, as in PyTorch.
///
/// In [`network!`](crate::network!): `PReLU(per_channel = false)`, with the default shown.
///
/// | parameter | shape | before training |
/// |---|---|---|
/// | `weight` | `[1]`, or `[C]` per channel | 0.25 (He et al. 2015, section 2.1) |
///
/// He et al. advise against weight decay on the slopes: it pushes them towards zero, and so PReLU towards ReLU.
///
/// A number of slopes other than 1 and `C` is found at compile time:
/// ```compile_fail
/// # use shapeproof::layer::PReLU;
/// const _: () = shapeproof::network::verify::<PReLU<8, 12, 12, 7>>();
/// ```
#[doc(alias = "ParametricReLU")]
#[derive(Zeroable)]
pub struct PReLU<const C: usize = 0, const H: usize = 0, const W: usize = 0, const SLOPES: usize = 1, T = f32> {
    /// `a`: the slopes below zero. Called `weight` as in PyTorch.
    #[doc(alias = "slope")]
    #[doc(alias = "alpha")]
    pub weight: [T; SLOPES],
}

hyper_parameters! {
    PReLU(per_channel: bool = false) => PReLU<C, H, W, slopes, T>,
    let slopes = if per_channel { input.channels } else { 1 },
    parameters = slopes,
    examples = {
        "prelu one slope": [3, 5, 4],
        "prelu one slope per channel": [3, 5, 4] => (per_channel = true),
        "prelu of vectors, one slope per channel": [4, 1, 1] => (per_channel = true),
        "prelu at zero": [3, 2, 1] => (per_channel = true),
    },
}

impl<const C: usize, const H: usize, const W: usize, const SLOPES: usize, T: Scalar> Module
    for PReLU<C, H, W, SLOPES, T>
{
    type Scalar = T;
    type Input = Tensor<C, H, W, T>;
    type Output = Tensor<C, H, W, T>;
    type Tape = ();
    type Workspace<const N: usize> = ();

    const KIND: &'static str = "PReLU";
    const OPERATION: Operation = Operation::ParametricRectifier { slopes: SLOPES };
    const SETTINGS: ConstString = if SLOPES == 1 { ConstString::new() } else { ConstString::new().str("per channel") };
    const SHAPE_ERROR: Option<ShapeError> = ShapeError::of(inference::prelu(Dims::new(C, H, W), SLOPES));

    const FOLLOWS: Follows = Follows::Rectifier;

    fn tape(_samples: usize) {}

    fn infer_fused<const N: usize>(
        &self,
        _before: Option<Rectifier<'_, T>>,
        input: &[Self::Input],
        output: &mut [Self::Output],
        _workspace: &mut (),
    ) {
        self.forward_phase(0, Fusion::NONE, input, output, &mut ());
    }

    fn forward_phase(
        &self,
        _phase: usize,
        _fusion: Fusion<'_, T>,
        input: &[Self::Input],
        output: &mut [Self::Output],
        _tape: &mut (),
    ) {
        for (x, y) in input.iter().zip(output) {
            Rectifier::Learned(&self.weight).apply(C, x.as_slice(), y.as_mut_slice());
        }
    }

    /// From `y = x where x > 0, otherwise a·x`: the gradient is multiplied by the factor of the input, 1 or `a`, and `∂L/∂a = Σ
    /// x·∂L/∂y` over the inputs that were multiplied by `a`.
    fn backward_phase(
        &self,
        _phase: usize,
        _fusion: Fusion<'_, T>,
        input: &[Self::Input],
        _tape: &mut (),
        grad_output: &[Self::Output],
        mut grad_input: Option<&mut [Self::Input]>,
        grad: &mut Self,
    ) {
        for (n, (x, dy)) in input.iter().zip(grad_output).enumerate() {
            let dx = grad_input.as_mut().map(|grad_input| grad_input[n].as_mut_slice());
            Rectifier::Learned(&self.weight).backward(C, x.as_slice(), dy.as_slice(), dx, &mut grad.weight);
        }
    }

    fn list_parameters(layer: LayerPath<'_>, list: &mut ParameterList<'_, Self, T>) {
        let weight = Parameter { layer, name: "weight", dims: &[SLOPES], role: Role::Constant(0.25) };
        list(weight, &|prelu| prelu.weight.as_slice(), &|prelu| prelu.weight.as_mut_slice());
    }

    fn rectifier(&self) -> Option<Rectifier<'_, T>> {
        Some(Rectifier::Learned(&self.weight))
    }

    fn slopes(&mut self) -> &mut [T] {
        &mut self.weight
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;

    const X: [Tensor<3, 1, 2, f64>; 1] = [Tensor([[[-1.0, 2.0]], [[0.0, -0.5]], [[-3.0, -0.25]]])];
    const DY: [Tensor<3, 1, 2, f64>; 1] = [Tensor([[[10.0, 20.0]], [[30.0, 40.0]], [[50.0, 60.0]]])];

    #[test]
    fn one_slope_for_all() {
        let (prelu, mut grad) = (PReLU::<3, 1, 2, 1, f64> { weight: [0.5] }, PReLU { weight: [1.0] });
        let (mut y, mut dx) = ([Tensor([[[f64::NAN; 2]]; 3])], [Tensor([[[f64::NAN; 2]]; 3])]);
        prelu.forward_pass(&X, &mut y, &mut ());
        assert_eq!(y[0], Tensor([[[-0.5, 2.0]], [[0.0, -0.25]], [[-1.5, -0.125]]]));
        prelu.backward_pass(&X, &mut (), &DY, Some(&mut dx), &mut grad);
        assert_eq!(dx[0], Tensor([[[5.0, 20.0]], [[15.0, 20.0]], [[25.0, 30.0]]]));
        assert_eq!(grad.weight, [1.0 - 10.0 - 20.0 - 150.0 - 15.0]); // added to what was there
    }

    #[test]
    fn one_slope_for_each_channel() {
        let (prelu, mut grad) = (PReLU::<3, 1, 2, 3, f64> { weight: [0.5, -1.0, 2.0] }, PReLU { weight: [0.0; 3] });
        let (mut y, mut dx) = ([Tensor([[[f64::NAN; 2]]; 3])], [Tensor([[[f64::NAN; 2]]; 3])]);
        prelu.predict::<1>(&X, &mut y, &mut ());
        assert_eq!(y[0], Tensor([[[-0.5, 2.0]], [[0.0, 0.5]], [[-6.0, -0.5]]]));
        prelu.backward_pass(&X, &mut (), &DY, Some(&mut dx), &mut grad);
        assert_eq!(dx[0], Tensor([[[5.0, 20.0]], [[-30.0, -40.0]], [[100.0, 120.0]]]));
        prelu.backward_pass(&X, &mut (), &DY, None, &mut grad);
        assert_eq!(grad.weight, [-20.0, -40.0, -330.0]);
    }

    #[test]
    fn slopes_are_one_or_one_for_each_channel() {
        assert!(PReLU::<3, 4, 2>::SHAPE_ERROR.is_none() && PReLU::<3, 4, 2, 3>::SHAPE_ERROR.is_none());
        assert!(PReLU::<3, 4, 2, 2>::SHAPE_ERROR.is_some());
        assert_eq!(PReLU::<3, 4, 2>::parameters() + PReLU::<3, 4, 2, 3>::parameters(), 1 + 3);
    }
}
