//! Average pooling: the mean of the numbers under every window, `y = Σ x / n`.

use core::marker::PhantomData;

use bytemuck::Zeroable;

use super::{Layer, Operation, ShapeError};
use crate::kernel::avg_pool2d::{avg_pool2d, avg_pool2d_grad_input};
use crate::scalar::Scalar;
use crate::shape::{ConstString, Dims, Geometry, Window, inference, volume};
use crate::tensor::Tensor;

/// Average pooling: every output is the mean of the numbers under a window, channel by channel.
///
/// ```text
///                        1
/// y[n, c, oy, ox] =  ─────────   Σ    x[n, c, oy·SH + ky − PH, ox·SW + kx − PW]
///                    n[oy, ox]  ky,kx
///
/// [N, C, H, W] → [N, C, OH, OW]        OH = ⌊(H + PH + PB − KH) / SH⌋ + 1, OW likewise
/// ```
///
/// Pixels outside the image are zeros. They count: the divisor `n` is `KH·KW`, the default of PyTorch (`count_include_pad=True`).
/// With `count_padding = false` it is the number of pixels inside the image, the default of ONNX and TensorFlow; that differs only
/// where there is padding. What a window rounded up sees beyond the padding never counts. Windows may overlap, and rows and columns
/// that no window reaches are left out.
///
/// In [`network!`](crate::network!): `AvgPool2D(window = 2, stride = window, padding = 0, count_padding = true, ceil = false)`, with
/// the defaults shown; `window` is required. `window` and `stride` are one number for both axes or `[vertical, horizontal]`;
/// `padding` is also `[[top, bottom], [left, right]]` or `"same"`, as in [`Conv2D`](crate::layer::Conv2D). With `ceil = true` the
/// output size is rounded up, as in [`MaxPool2D`](crate::layer::MaxPool2D). There are no parameters.
///
/// A window as large as the image is the **global average** with which residual networks end (Lin, Chen and Yan 2014, section
/// 3.2): it gives a vector of one number per channel, which a [`Dense`](crate::layer::Dense) layer takes as it is. A
/// [`GlobalAvgPool2D`](crate::layer::GlobalAvgPool2D) is the same without the size.
/// ```
/// shapeproof::network! { type Head = [64, 8, 8] => AvgPool2D(window = 8), Dense(units = 10) }
/// ```
///
/// ```
/// use shapeproof::layer::{AvgPool2D, Layer};
/// use shapeproof::network::Network;
/// use shapeproof::tensor::Tensor;
///
/// type Pool = AvgPool2D<1, 2, 4, 1, 2, 2, 2, 2, 2>; // 1×2×4 → 1×1×2, window 2×2, stride 2×2
/// let image = Tensor([[[1.0, 5.0, 2.0, 0.0], [4.0, 2.0, 7.0, 6.0]]]);
/// let mut output = [Tensor([[[0.0; 2]]])];
/// Pool::zeros().infer::<1>(&[image], &mut output, &mut ());
/// assert_eq!(output[0], Tensor([[[3.0, 3.75]]]));
/// ```
///
/// A window larger than the padded image, or a padding of more than half the window, is found at compile time:
/// ```compile_fail
/// shapeproof::network! { type Net = [8, 12, 3] => AvgPool2D(window = 4) }
/// ```
#[doc(alias = "AvgPool2d")]
#[doc(alias = "AveragePooling2D")]
#[doc(alias = "subsampling")]
#[derive(Zeroable)]
pub struct AvgPool2D<
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
    const COUNT: bool = true,
    const CEIL: bool = false,
>(PhantomData<T>);

hyper_parameters! {
    AvgPool2D(
        window: [usize; 2],
        stride: [usize; 2] = window,
        padding: Padding = 0,
        count_padding: bool = true,
        ceil: bool = false,
    ) => AvgPool2D<C, H, W, OH, OW, window, stride, before, T, after, count_padding, ceil>,
    let pooling: Window = padding.around(input, Window { ceil, ..Window::new(window, stride, [0, 0]) }),
    let before: [usize; 2] = pooling.before,
    let after: [usize; 2] = pooling.after,
    output = inference::pool2d("AvgPool2D", input, pooling),
    examples = {
        "avg_pool2d window 2": [3, 5, 7] => (window = 2),
        "avg_pool2d rectangular, padding counted": [2, 4, 7] => (window = [2, 3], stride = [1, 2], padding = 1),
        "avg_pool2d rectangular, padding not counted":
            [2, 4, 7] => (window = [2, 3], stride = [1, 2], padding = 1, count_padding = false),
        "avg_pool2d rounded up, padding counted":
            [2, 6, 8] => (window = [3, 2], stride = [2, 3], padding = 1, ceil = true),
        "avg_pool2d rounded up, padding not counted":
            [2, 6, 8] => (window = [3, 2], stride = [2, 3], padding = 1, count_padding = false, ceil = true),
        "avg_pool2d same, padding not counted":
            [2, 5, 4] => (window = [3, 2], stride = [2, 1], padding = "same", count_padding = false),
        "avg_pool2d four-sided padding": [1, 4, 5] => (window = [3, 2], stride = 1, padding = [[1, 0], [0, 1]]),
    },
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
    const COUNT: bool,
    const CEIL: bool,
> AvgPool2D<C, H, W, OH, OW, KH, KW, SH, SW, PH, PW, T, PB, PR, COUNT, CEIL>
{
    /// The whole geometry, as a value.
    pub const GEOMETRY: Geometry = Geometry {
        input: Dims::new(C, H, W),
        output: Dims::new(C, OH, OW),
        window: Window { after: [PB, PR], ceil: CEIL, ..Window::new([KH, KW], [SH, SW], [PH, PW]) },
    };
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
    const COUNT: bool,
    const CEIL: bool,
> Layer for AvgPool2D<C, H, W, OH, OW, KH, KW, SH, SW, PH, PW, T, PB, PR, COUNT, CEIL>
{
    type Scalar = T;
    type Input = Tensor<C, H, W, T>;
    type Output = Tensor<C, OH, OW, T>;
    type Tape = ();
    type Workspace<const N: usize> = ();

    const KIND: &'static str = "AvgPool2D";
    const OPERATION: Operation = Operation::AveragePooling { window: Self::GEOMETRY.window, count_padding: COUNT };
    const SETTINGS: ConstString = {
        let text = ConstString::new().window(Self::GEOMETRY.window, [KH, KW]);
        if COUNT { text } else { text.str(", padding not counted") }
    };
    const FLOPS: usize = volume!(C, OH, OW, KH, KW);
    const SHAPE_ERROR: Option<ShapeError> = ShapeError::of(inference::agree(
        "AvgPool2D",
        inference::pool2d("AvgPool2D", Self::GEOMETRY.input, Self::GEOMETRY.window),
        Self::GEOMETRY.output,
    ));

    fn tape(_samples: usize) {}

    fn infer<const N: usize>(&self, input: &[Self::Input], output: &mut [Self::Output], _workspace: &mut ()) {
        for (x, y) in input.iter().zip(output) {
            avg_pool2d(&Self::GEOMETRY, COUNT, x.as_slice(), y.as_mut_slice());
        }
    }

    fn forward(&self, input: &[Self::Input], output: &mut [Self::Output], _tape: &mut ()) {
        self.infer::<0>(input, output, &mut ());
    }

    /// From `y = Σ x / n`: every output adds its gradient, divided by `n`, to the pixels under its window.
    fn backward(
        &self,
        _input: &[Self::Input],
        _tape: &mut (),
        grad_output: &[Self::Output],
        grad_input: Option<&mut [Self::Input]>,
        _grad: &mut Self,
    ) {
        for (dx, dy) in grad_input.into_iter().flatten().zip(grad_output) {
            avg_pool2d_grad_input(&Self::GEOMETRY, COUNT, dy.as_slice(), dx.as_mut_slice());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;

    #[test]
    fn overlapping_windows_and_padding() {
        // Two channels of 2×4 under windows of 2×2 with stride 1×3 and one column of padding: the window's columns are
        // −1 to 0 and 2 to 3.
        type Pool = AvgPool2D<2, 2, 4, 1, 2, 2, 2, 1, 3, 0, 1, f64>;
        let x =
            [Tensor([[[1.0, 9.0, 2.0, 3.0], [5.0, 5.0, 6.0, 7.0]], [[-1.0, 0.0, 8.0, 4.0], [-8.0, 0.0, 0.0, 2.0]]])];
        let pool = Pool::zeros();
        let (mut y, mut inferred) = ([Tensor([[[f64::NAN; 2]]; 2])], [Tensor([[[f64::NAN; 2]]; 2])]);
        pool.forward(&x, &mut y, &mut ());
        pool.infer::<1>(&x, &mut inferred, &mut ());
        assert_eq!(y[0], Tensor([[[1.5, 4.5]], [[-2.25, 3.5]]]));
        assert_eq!(y, inferred);

        let (dy, mut dx) = ([Tensor([[[4.0, 8.0]], [[-16.0, 1.0]]])], [Tensor([[[f64::NAN; 4]; 2]; 2])]);
        pool.backward(&x, &mut (), &dy, Some(&mut dx), &mut Pool::zeros());
        assert_eq!(dx[0], Tensor([[[1.0, 0.0, 2.0, 2.0]; 2], [[-4.0, 0.0, 0.25, 0.25]; 2]]));
    }

    #[test]
    fn a_global_average_gives_a_vector() {
        type Pool = AvgPool2D<3, 2, 5, 1, 1, 2, 5, 2, 5, 0, 0, f64>;
        let (first, second) = ([1.0, 2.0, 3.0, 4.0, 5.0], [6.0, 7.0, 8.0, 9.0, 10.0]);
        let x = [Tensor([[first, second], [[0.5; 5]; 2], [second, second]])];
        let (mut y, mut dx) = ([[f64::NAN; 3].into()], [Tensor([[[f64::NAN; 5]; 2]; 3])]);
        Pool::zeros().infer::<1>(&x, &mut y, &mut ());
        assert_eq!(y, [[5.5, 0.5, 8.0].into()]);
        Pool::zeros().backward(&x, &mut (), &[[10.0, 20.0, -5.0].into()], Some(&mut dx), &mut Pool::zeros());
        assert_eq!(dx[0], Tensor([[[1.0; 5]; 2], [[2.0; 5]; 2], [[-0.5; 5]; 2]]));
    }

    #[test]
    fn a_wrong_size_is_a_shape_error() {
        let shape_error = AvgPool2D::<3, 8, 7, 4, 3, 2, 2, 2, 2, 2, 0>::SHAPE_ERROR.unwrap();
        assert_eq!(shape_error.text.as_str(), "AvgPool2D padding 2×0 is more than half of its 2×2 window");
        let shape_error = AvgPool2D::<3, 8, 7, 4, 4, 2, 2, 2, 2>::SHAPE_ERROR.unwrap();
        assert_eq!(shape_error.text.as_str(), "AvgPool2D gives 3×4×3, but its type says 3×4×4");
        assert_eq!(AvgPool2D::<3, 8, 6, 7, 3, 2, 3, 1, 2, 0, 1>::SETTINGS.as_str(), "2×3, stride 1×2, padding 0×1");
    }
}
