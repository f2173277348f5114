//! Upsampling: an image enlarged by whole factors, its pixels repeated or interpolated.

use core::marker::PhantomData;

use bytemuck::Zeroable;

use super::{Layer, Operation, ShapeError};
use crate::kernel::upsample2d::{bilinear2d, bilinear2d_grad_input, nearest2d, nearest2d_grad_input};
use crate::scalar::Scalar;
use crate::shape::{ConstString, Dims, inference, volume};
use crate::tensor::Tensor;

/// Upsampling: an image enlarged by whole factors, channel by channel.
///
/// ```text
/// [N, C, H, W] → [N, C, SH·H, SW·W]
///
/// nearest:    y[n, c, oy, ox] = x[n, c, ⌊oy/SH⌋, ⌊ox/SW⌋]
///
/// bilinear:   y[n, c, oy, ox] = the value at (oy + ½)/SH − ½, (ox + ½)/SW − ½, interpolated linearly along both
///             axes; beyond the centers of the outermost pixels, it is theirs
/// ```
///
/// In [`network!`](crate::network!): `Upsample(scale = 2, bilinear = false)`, with the default shown; `scale` is required, one
/// number for both axes or `[vertical, horizontal]`. There are no parameters.
/// ```
/// shapeproof::network! { type Net = [8, 7, 5] => Upsample(scale = 2), Upsample(scale = [1, 3], bilinear = true) } // 8×14×30
/// ```
///
/// These are PyTorch's `nn.Upsample(scale_factor=2)` and `nn.Upsample(scale_factor=2, mode="bilinear")` with its default,
/// `align_corners=False`, and Keras's `UpSampling2D(2)` and `UpSampling2D(2, interpolation="bilinear")`. An upsampling followed by a
/// convolution does not leave the checkerboard of a transposed convolution (Odena, Dumoulin and Olah 2016).
///
/// A scale of 0, or an output that is too large, is found at compile time:
/// ```compile_fail
/// shapeproof::network! { type Net = [8, 7, 5] => Upsample(scale = [2, 0]) }
/// ```
#[doc(alias = "UpSampling2D")]
#[doc(alias = "UpsamplingNearest2d")]
#[doc(alias = "Resize")]
#[doc(alias = "interpolate")]
#[derive(Zeroable)]
pub struct Upsample<
    const C: usize = 0,
    const H: usize = 0,
    const W: usize = 0,
    const OH: usize = 0,
    const OW: usize = 0,
    const SH: usize = 1,
    const SW: usize = 1,
    const BILINEAR: bool = false,
    T = f32,
>(PhantomData<T>);

hyper_parameters! {
    Upsample(scale: [usize; 2], bilinear: bool = false) => Upsample<C, H, W, OH, OW, scale, bilinear, T>,
    output = inference::upsample(input, scale),
    examples = {
        "upsample nearest": [3, 3, 4] => (scale = 2),
        "upsample nearest, rectangular": [2, 4, 3] => (scale = [1, 3]),
        "upsample bilinear": [3, 3, 4] => (scale = 2, bilinear = true),
        "upsample bilinear, rectangular": [2, 4, 1] => (scale = [3, 4], bilinear = true),
    },
}

impl<
    const C: usize,
    const H: usize,
    const W: usize,
    const OH: usize,
    const OW: usize,
    const SH: usize,
    const SW: usize,
    const BILINEAR: bool,
    T: Scalar,
> Layer for Upsample<C, H, W, OH, OW, SH, SW, BILINEAR, T>
{
    type Scalar = T;
    type Input = Tensor<C, H, W, T>;
    type Output = Tensor<C, OH, OW, T>;
    type Tape = ();
    type Workspace<const N: usize> = ();

    const KIND: &'static str = "Upsample";
    const OPERATION: Operation = Operation::Upsampling { scale: [SH, SW], is_bilinear: BILINEAR };
    const SETTINGS: ConstString =
        ConstString::new().pair([SH, SW]).str(if BILINEAR { ", bilinear" } else { ", nearest" });
    const FLOPS: usize = if BILINEAR { volume!(8, C, OH, OW) } else { 0 };
    const SHAPE_ERROR: Option<ShapeError> = ShapeError::of(inference::agree(
        "Upsample",
        inference::upsample(Dims::new(C, H, W), [SH, SW]),
        Dims::new(C, OH, OW),
    ));

    fn tape(_samples: usize) {}

    fn infer<const N: usize>(&self, input: &[Self::Input], output: &mut [Self::Output], _workspace: &mut ()) {
        self.forward(input, output, &mut ());
    }

    fn forward(&self, input: &[Self::Input], output: &mut [Self::Output], _tape: &mut ()) {
        for (x, y) in input.iter().map(Tensor::as_slice).zip(output.iter_mut().map(Tensor::as_mut_slice)) {
            match BILINEAR {
                true => bilinear2d(Dims::new(C, H, W), [SH, SW], x, y),
                false => nearest2d(Dims::new(C, H, W), [SH, SW], x, y),
            }
        }
    }

    /// From `y = Σ weight·x` over the pixels that an output sees: each has the gradient `weight·∂L/∂y`, summed over the outputs.
    fn backward(
        &self,
        _input: &[Self::Input],
        _tape: &mut (),
        grad_output: &[Self::Output],
        grad_input: Option<&mut [Self::Input]>,
        _grad: &mut Self,
    ) {
        for (dx, dy) in grad_input.into_iter().flatten().zip(grad_output) {
            let (dy, dx) = (dy.as_slice(), dx.as_mut_slice());
            match BILINEAR {
                true => bilinear2d_grad_input(Dims::new(C, H, W), [SH, SW], dy, dx),
                false => nearest2d_grad_input(Dims::new(C, H, W), [SH, SW], dy, dx),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;

    #[test]
    fn by_hand() {
        let x = [Tensor([[[0.0, 4.0]], [[8.0, -8.0]]])];
        let mut y = [Tensor([[[f32::NAN; 4]; 2]; 2])];
        Upsample::<2, 1, 2, 2, 4, 2, 2>::zeros().forward(&x, &mut y, &mut ());
        assert_eq!(y[0], Tensor([[[0.0, 0.0, 4.0, 4.0]; 2], [[8.0, 8.0, -8.0, -8.0]; 2]]));
        type Linear = Upsample<2, 1, 2, 2, 4, 2, 2, true>;
        Linear::zeros().forward(&x, &mut y, &mut ());
        assert_eq!(y[0], Tensor([[[0.0, 1.0, 3.0, 4.0]; 2], [[8.0, 4.0, -4.0, -8.0]; 2]]));
        let mut dx = x;
        Linear::zeros().backward(&x, &mut (), &y, Some(&mut dx), &mut Linear::zeros());
        // Two rows of 0 + ¾·1 + ¼·3 and ¼·1 + ¾·3 + 4
        assert_eq!(dx[0], Tensor([[[3.0, 13.0]], [[20.0, -20.0]]]));
    }
}
