//! Max pooling: the largest number under every window, `y = max x`.

use alloc::boxed::Box;
use core::marker::PhantomData;

use bytemuck::Zeroable;

use super::{Follows, Fuses, Fusion, Module, Operation, Pending, ShapeError, Tape};
use crate::kernel::pool2d::{max_pool2d, max_pool2d_grad_input};
use crate::kernel::rectifier::Rectifier;
use crate::scalar::Scalar;
use crate::shape::{ConstString, Dims, Geometry, Window, inference};
use crate::simd::widest;
use crate::tensor::{Tensor, boxed, flat_mut, zeros};

/// Max pooling: every output is the largest number under a window, channel by channel.
///
/// ```text
/// y[n, c, oy, ox] =  max  x[n, c, oy·SH + ky·DH − PH, ox·SW + kx·DW − PW]
///                   ky,kx
///
/// [N, C, H, W] → [N, C, OH, OW]        OH = ⌊(H + PH + PB − (KH − 1)·DH − 1) / SH⌋ + 1, OW likewise
/// ```
///
/// Pixels outside the image are never the maximum. Of equal numbers the first is chosen, row by row, and gets the whole gradient,
/// as in PyTorch; NaN is larger than every number. Windows may overlap, and rows and columns that no window reaches are left out.
///
/// In [`network!`](crate::network!): `MaxPool2D(window = 2, stride = window, padding = 0, dilation = 1, ceil = false)`, with the
/// defaults shown; `window` is required. `window`, `stride` and `dilation` are one number for both axes or
/// `[vertical, horizontal]`; `padding` is also `[[top, bottom], [left, right]]` or `"same"`, as in
/// [`Conv2D`](crate::layer::Conv2D). With `ceil = true` the output size is rounded up: a last window may reach beyond the padded
/// image, if it begins in the image or in the padding before it, as in PyTorch. There are no parameters.
///
/// ```
/// use shapeproof::layer::MaxPool2D;
/// use shapeproof::network::Network;
/// use shapeproof::tensor::Tensor;
///
/// type Pool = MaxPool2D<1, 2, 4, 1, 2, 2, 2, 2, 2>; // 1×2×4 → 1×1×2, window 2×2, stride 2×2
/// let image = Tensor([[[1.0, 5.0, 2.0, 0.0], [4.0, 3.0, 7.0, 6.0]]]);
/// let mut output = [Tensor([[[0.0; 2]]])];
/// Pool::zeros().predict::<1>(&[image], &mut output, &mut ());
/// assert_eq!(output[0], Tensor([[[5.0, 7.0]]]));
/// ```
///
/// A window larger than the padded image, a padding of more than half of what the window spans, or a window that sees only padding
/// is found at compile time. (PyTorch also refuses a padding of more than half of the window without the gaps of dilation.)
/// ```compile_fail
/// shapeproof::network! { type Net = [8, 12, 3] => MaxPool2D(window = 4) }
/// ```
#[doc(alias = "MaxPool2d")]
#[doc(alias = "MaxPooling2D")]
#[doc(alias = "subsampling")]
#[derive(Zeroable)]
pub struct MaxPool2D<
    const C: usize = 0,
    const H: usize = 0,
    const W: usize = 0,
    const OH: usize = 0,
    const OW: usize = 0,
    const KH: usize = 0,
    const KW: usize = 0,
    const SH: usize = 0,
    const SW: usize = 0,
    const PH: usize = 0,
    const PW: usize = 0,
    T = f32,
    const PB: usize = PH,
    const PR: usize = PW,
    const DH: usize = 1,
    const DW: usize = 1,
    const CEIL: bool = false,
>(PhantomData<T>);

hyper_parameters! {
    MaxPool2D(
        window: [usize; 2],
        stride: [usize; 2] = window,
        padding: Padding = 0,
        dilation: [usize; 2] = 1,
        ceil: bool = false,
    ) => MaxPool2D<C, H, W, OH, OW, window, stride, before, T, after, dilation, ceil>,
    let pooling: Window = padding.around(input, Window { dilation, ceil, ..Window::new(window, stride, [0, 0]) }),
    let before: [usize; 2] = pooling.before,
    let after: [usize; 2] = pooling.after,
    output = inference::pool2d("MaxPool2D", input, pooling),
    examples = {
        "max_pool2d window 2": [3, 6, 8] => (window = 2),
        "max_pool2d last row and column dropped": [2, 5, 7] => (window = 2),
        "max_pool2d overlapping, padded": [3, 6, 8] => (window = 3, stride = 2, padding = 1),
        "max_pool2d rectangular": [2, 4, 7] => (window = [2, 3], stride = [1, 2], padding = [0, 1]),
        "max_pool2d dilated":
            [2, 7, 8] => (window = [2, 3], stride = [1, 2], padding = 1, dilation = [3, 2]),
        "max_pool2d dilated, padded by half of what it spans":
            [2, 6, 5] => (window = 3, stride = [1, 2], padding = 2, dilation = 2),
        "max_pool2d rounded up": [2, 5, 6] => (window = [2, 3], stride = [2, 4], ceil = true),
        "max_pool2d rounded up, padded": [2, 6, 7] => (window = 3, stride = 2, padding = 1, ceil = true),
        "max_pool2d four-sided padding": [2, 5, 4] => (window = [3, 2], stride = 1, padding = [[0, 1], [1, 0]]),
        "max_pool2d same": [2, 5, 6] => (window = 2, stride = [1, 2], padding = "same"),
        "max_pool2d ties": [3, 4, 6] => (window = 2),
        "max_pool2d ties, all negative, padded": [1, 5, 6] => (window = 3, stride = 2, padding = 1),
    },
}

/// The tape of a max pooling: the argmax of every output, as a pixel of its channel.
pub struct MaxPool2DTape<const C: usize, const OH: usize, const OW: usize, T> {
    argmax: Box<[Tensor<C, OH, OW, u32>]>,
    /// With a fused rectifier: the maxima before it, and the gradient of one sample of them.
    largest: Box<[Tensor<C, OH, OW, T>]>,
    gradient: Box<Tensor<C, OH, OW, T>>,
}

impl<const C: usize, const OH: usize, const OW: usize, T: Scalar> Tape for MaxPool2DTape<C, OH, OW, T> {}

impl<
    const C: usize,
    const H: usize,
    const W: usize,
    const OH: usize,
    const OW: usize,
    const KH: usize,
    const KW: usize,
    const SH: usize,
    const SW: usize,
    const PH: usize,
    const PW: usize,
    T: Scalar,
    const PB: usize,
    const PR: usize,
    const DH: usize,
    const DW: usize,
    const CEIL: bool,
> MaxPool2D<C, H, W, OH, OW, KH, KW, SH, SW, PH, PW, T, PB, PR, DH, DW, CEIL>
{
    /// The geometry as a value.
    pub const GEOMETRY: Geometry = Geometry {
        input: Dims::new(C, H, W),
        output: Dims::new(C, OH, OW),
        window: Window { after: [PB, PR], dilation: [DH, DW], ceil: CEIL, ..Window::new([KH, KW], [SH, SW], [PH, PW]) },
    };

    /// Adds the gradient of one sample's outputs to the pixels at their argmax. Not inlined, so that the compiler optimizes its
    /// loops by themselves.
    #[inline(never)]
    fn scatter_gradient(
        argmax: &Tensor<C, OH, OW, u32>,
        grad_output: &Tensor<C, OH, OW, T>,
        grad_input: &mut Tensor<C, H, W, T>,
    ) {
        let (argmax, dy, dx) = (argmax.as_slice(), grad_output.as_slice(), grad_input.as_mut_slice());
        max_pool2d_grad_input(&Self::GEOMETRY, argmax, dy, dx);
    }

    fn pool(input: &[Tensor<C, H, W, T>], output: &mut [Tensor<C, OH, OW, T>], argmax: &mut [Tensor<C, OH, OW, u32>]) {
        widest!({
            for ((x, y), argmax) in input.iter().zip(output).zip(argmax) {
                max_pool2d(&Self::GEOMETRY, x.as_slice(), y.as_mut_slice(), Some(argmax.as_mut_slice()));
            }
        });
    }
}

impl<
    const C: usize,
    const H: usize,
    const W: usize,
    const OH: usize,
    const OW: usize,
    const KH: usize,
    const KW: usize,
    const SH: usize,
    const SW: usize,
    const PH: usize,
    const PW: usize,
    T: Scalar,
    const PB: usize,
    const PR: usize,
    const DH: usize,
    const DW: usize,
    const CEIL: bool,
> Module for MaxPool2D<C, H, W, OH, OW, KH, KW, SH, SW, PH, PW, T, PB, PR, DH, DW, CEIL>
{
    type Scalar = T;
    type Input = Tensor<C, H, W, T>;
    type Output = Tensor<C, OH, OW, T>;
    type Tape = MaxPool2DTape<C, OH, OW, T>;
    type Workspace<const N: usize> = ();

    const KIND: &'static str = "MaxPool2D";
    const OPERATION: Operation = Operation::MaxPooling(Self::GEOMETRY.window);
    const SETTINGS: ConstString = ConstString::new().window(Self::GEOMETRY.window, [KH, KW]);
    const SHAPE_ERROR: Option<ShapeError> = ShapeError::of(inference::agree(
        "MaxPool2D",
        inference::pool2d("MaxPool2D", Self::GEOMETRY.input, Self::GEOMETRY.window),
        Self::GEOMETRY.output,
    ));

    const FUSES: Fuses = Fuses { rectifier_before: true, ..Fuses::NOTHING };
    const FOLLOWS: Follows = {
        let Window { kernel, stride, ceil, .. } = Self::GEOMETRY.window;
        let is_side_by_side = kernel[0] == stride[0] && kernel[1] == stride[1] && !ceil;
        if is_side_by_side && Self::GEOMETRY.window.is_bare() && !Self::GEOMETRY.window.is_dilated() {
            Follows::MaxPool(kernel)
        } else {
            Follows::Other
        }
    };

    fn tape(samples: usize) -> Self::Tape {
        MaxPool2DTape { argmax: zeros(samples), largest: zeros(samples), gradient: boxed() }
    }

    fn infer_fused<const N: usize>(
        &self,
        before: Option<Rectifier<'_, T>>,
        input: &[Self::Input],
        output: &mut [Self::Output],
        _workspace: &mut (),
    ) {
        widest!({
            for (x, y) in input.iter().zip(&mut *output) {
                max_pool2d(&Self::GEOMETRY, x.as_slice(), y.as_mut_slice(), None);
            }
        });
        if let Some(rectifier) = before {
            output.iter_mut().for_each(|y| rectifier.apply_in_place(C, y.as_mut_slice()));
        }
    }

    fn infer_pending<'a, const N: usize, P: Pending<'a, T>>(
        &'a self,
        pending: P,
        input: &mut [Self::Input],
        output: &mut [Self::Output],
        _workspace: &'a mut (),
    ) {
        match Self::FOLLOWS {
            Follows::MaxPool(window) if pending.takes_pool(window) => pending.pooled(window).compute(flat_mut(output)),
            _ => {
                pending.compute(flat_mut(input));
                self.infer_fused::<N>(None, input, output, &mut ());
            }
        }
    }

    fn forward_phase(
        &self,
        _phase: usize,
        fusion: Fusion<'_, T>,
        input: &[Self::Input],
        output: &mut [Self::Output],
        tape: &mut Self::Tape,
    ) {
        let Some((rectifier, _)) = fusion.before else {
            return Self::pool(input, output, &mut tape.argmax);
        };
        Self::pool(input, &mut tape.largest[..output.len()], &mut tape.argmax);
        for (largest, y) in tape.largest.iter().zip(output) {
            rectifier.apply(C, largest.as_slice(), y.as_mut_slice());
        }
    }

    /// From `y = max x`: the gradient of every output is added to the pixel at its argmax.
    ///
    /// With a fused rectifier, from `y = f(max x)`: the backward pass of the rectifier comes first.
    fn backward_phase(
        &self,
        _phase: usize,
        fusion: Fusion<'_, T>,
        _input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        mut grad_input: Option<&mut [Self::Input]>,
        _grad: &mut Self,
    ) {
        let MaxPool2DTape { argmax, largest, gradient } = tape;
        let Some((rectifier, grad_slopes)) = fusion.before else {
            for (dx, (dy, argmax)) in grad_input.into_iter().flatten().zip(grad_output.iter().zip(argmax)) {
                Self::scatter_gradient(argmax, dy, dx);
            }
            return;
        };
        for (n, (dy, (x, argmax))) in grad_output.iter().zip(largest.iter().zip(argmax)).enumerate() {
            rectifier.backward(C, x.as_slice(), dy.as_slice(), Some(gradient.as_mut_slice()), grad_slopes);
            if let Some(dx) = &mut grad_input {
                Self::scatter_gradient(argmax, gradient, &mut dx[n]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;

    #[test]
    fn overlapping_windows_share_a_winner() {
        // Two channels of 2×4 under windows of 2×3 with stride 1×2 and one column of padding: the window's columns are
        // −1 to 1 and 1 to 3.
        type Pool = MaxPool2D<2, 2, 4, 1, 2, 2, 3, 1, 2, 0, 1, f64>;
        let x = [Tensor([
            [[1.0, 9.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0]],
            [[-1.0, -2.0, -3.0, -4.0], [-8.0, -7.0, -6.0, -4.0]],
        ])];
        let (pool, mut tape) = (Pool::zeros(), Pool::tape(1));
        let (mut y, mut inferred) = ([Tensor([[[f64::NAN; 2]]; 2])], [Tensor([[[f64::NAN; 2]]; 2])]);
        pool.forward_pass(&x, &mut y, &mut tape);
        pool.predict::<1>(&x, &mut inferred, &mut ());
        assert_eq!(y[0], Tensor([[[9.0, 9.0]], [[-1.0, -2.0]]]));
        assert_eq!(y, inferred);

        let (dy, mut dx) = ([Tensor([[[10.0, 20.0]], [[30.0, 40.0]]])], [Tensor([[[f64::NAN; 4]; 2]; 2])]);
        pool.backward_pass(&x, &mut tape, &dy, Some(&mut dx), &mut Pool::zeros());
        let (none, first, second) = ([0.0; 4], [0.0, 30.0, 0.0, 0.0], [30.0, 40.0, 0.0, 0.0]);
        assert_eq!(dx[0], Tensor([[first, none], [second, none]]));
    }

    #[test]
    fn a_summary_shows_the_window() {
        assert_eq!(MaxPool2D::<3, 8, 6, 4, 2, 2, 3, 2, 3>::SETTINGS.as_str(), "2×3");
        assert_eq!(MaxPool2D::<3, 8, 6, 7, 3, 2, 3, 1, 2, 0, 1>::SETTINGS.as_str(), "2×3, stride 1×2, padding 0×1");
    }

    #[test]
    fn a_wrong_size_is_a_shape_error() {
        let shape_error = MaxPool2D::<3, 8, 7, 4, 3, 2, 2, 2, 2, 2, 0>::SHAPE_ERROR.unwrap();
        assert_eq!(shape_error.text.as_str(), "MaxPool2D padding 2×0 is more than half of its 2×2 window");
        let shape_error = MaxPool2D::<3, 8, 7, 4, 4, 2, 2, 2, 2>::SHAPE_ERROR.unwrap();
        assert_eq!(shape_error.text.as_str(), "MaxPool2D gives 3×4×3, but its type says 3×4×4");
    }
}
