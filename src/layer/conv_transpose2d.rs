//! The transposed convolution: every pixel adds a small window of weights to the output.

use alloc::boxed::Box;

use bytemuck::Zeroable;

use super::{Layer, LayerPath, Operation, Parameter, ParameterList, Role, ShapeError, Tape};
use crate::kernel::conv2d::{Columns, Forward, Plan, im2col_gemm, product_conv2d};
use crate::kernel::gemm::{Write, gemm, nt::add_gemm_nt};
use crate::kernel::sum::sum_of;
use crate::scalar::Scalar;
use crate::shape::{ConstString, Dims, Geometry, Window, inference, volume};
use crate::simd::widest;
use crate::tensor::{Tensor, boxed, flat, flat_mut};

/// Transposed convolution: what a [`Conv2D`](crate::layer::Conv2D) of the same window does to gradients, as a layer. With a
/// stride of 2 it doubles the size of an image, by weights that are learned.
///
/// ```text
/// y[n, o, i·SH + ky·DH − PH, j·SW + kx·DW − PW]  +=  w[c, o, ky, kx] · x[n, c, i, j]        for all c, i, j, ky, kx
/// y[n, o, ·, ·]  +=  b[o]
///
/// [N, C, H, W] → [N, O, OH, OW]        OH = (H − 1)·SH + (KH − 1)·DH + 1 − 2·PH + output_padding, OW likewise
/// ```
///
/// (Zeiler, Krishnan, Taylor and Fergus 2010, *Deconvolutional networks*; Dumoulin and Visin 2016, *A guide to convolution
/// arithmetic for deep learning*, chapter 4.) What falls outside the output is lost, as much as `padding` on every side. If `KH`
/// is not a multiple of `SH`, pixels of the output get contributions from different numbers of pixels, which shows as a
/// checkerboard; a kernel of 2 or 4 with a stride of 2 avoids that, as does an [`Upsample`](crate::layer::Upsample) before a
/// convolution.
///
/// In [`network!`](crate::network!):
/// `ConvTranspose2D(filters = O, kernel = 2, stride = 1, padding = 0, output_padding = 0, dilation = 1, bias = true)`, with the
/// defaults shown; `filters` and `kernel` are required. All but `filters` and `bias` are one number for both axes or
/// `[vertical, horizontal]`. `output_padding` adds rows below and columns to the right: with a stride above 1, a convolution
/// gives the same output size for several input sizes, and it says which of them is meant. It must be below the stride.
///
/// | parameter | shape | before training |
/// |---|---|---|
/// | `weight` | `[C, O, KH, KW]` | random, fan-in `C·KH·KW/(SH·SW)`, which is how many products an output has, fan-out `O·KH·KW` |
/// | `bias` | `[O]`; none with `bias = false` | 0 |
///
/// ```
/// shapeproof::network! {
///     type Decoder = [4, 7, 7] =>
///         ConvTranspose2D(filters = 8, kernel = 2, stride = 2), ReLU,  // 8×14×14
///         ConvTranspose2D(filters = 1, kernel = 2, stride = 2), // 1×28×28
/// }
/// ```
///
/// In the type written by hand, the output padding follows from `OH` and `OW`, and `B` is the number of biases, `O` or 0. An output size
/// that does not follow from the input's is found at compile time:
/// ```compile_fail
/// shapeproof::network! { type Net = [8, 6, 6] => ConvTranspose2D(filters = 4, kernel = 3, padding = 9) }
/// ```
#[doc(alias = "ConvTranspose2d")]
#[doc(alias = "Conv2DTranspose")]
#[doc(alias = "deconvolution")]
#[derive(Zeroable)]
pub struct ConvTranspose2D<
    const C: usize = 0,
    const H: usize = 0,
    const W: usize = 0,
    const O: usize = 0,
    const OH: usize = 0,
    const OW: usize = 0,
    const KH: usize = 0,
    const KW: usize = 0,
    const SH: usize = 1,
    const SW: usize = 1,
    const PH: usize = 0,
    const PW: usize = 0,
    T = f32,
    const DH: usize = 1,
    const DW: usize = 1,
    const B: usize = O,
> {
    /// `w`: for each input channel, one window of weights over each output channel.
    pub weight: [[[[T; KW]; KH]; O]; C],
    /// `b`: one number for each output channel, or none.
    pub bias: [T; B],
}

hyper_parameters! {
    ConvTranspose2D(
        filters: usize,
        kernel: [usize; 2],
        stride: [usize; 2] = 1,
        padding: [usize; 2] = 0,
        output_padding: [usize; 2] = 0,
        dilation: [usize; 2] = 1,
        bias: bool = true,
    ) => ConvTranspose2D<C, H, W, OC, OH, OW, kernel, stride, padding, T, dilation, biases>,
    let window: Window = Window { dilation, ..Window::new(kernel, stride, padding) },
    let biases = inference::biases(filters, bias),
    output = inference::conv_transpose2d(input, filters, window, output_padding),
    parameters = inference::parameters(filters, volume!(input.channels, kernel[0], kernel[1]), bias),
    examples = {
        "conv_transpose2d plain": [2, 4, 5] => (filters = 3, kernel = [3, 2]),
        "conv_transpose2d doubles": [3, 4, 3] => (filters = 2, kernel = 2, stride = 2),
        "conv_transpose2d stride, padding and output padding":
            [3, 3, 5] => (filters = 4, kernel = [3, 5], stride = [2, 3], padding = [1, 2], output_padding = [1, 2]),
        "conv_transpose2d dilated, no bias":
            [2, 5, 4] => (filters = 3, kernel = [2, 3], stride = [1, 2], dilation = [3, 2], bias = false),
        "conv_transpose2d of a pixel": [6, 1, 1] => (filters = 2, kernel = [4, 3]),
    },
}

/// Workspace: the weights in panels; the columns of one sample, `O·KH·KW` rows of `H·W` numbers, or the image they are read from; and
/// where their rows begin.
#[derive(Zeroable)]
#[repr(C, align(64))]
pub struct ConvTranspose2DWorkspace<
    const C: usize,
    const O: usize,
    const H: usize,
    const W: usize,
    const KH: usize,
    const KW: usize,
    T,
> {
    panels: [[[[T; KW]; KH]; O]; C],
    columns: [[[[[T; W]; H]; KW]; KH]; O],
    starts: [[[u32; KW]; KH]; O],
}

impl<const C: usize, const O: usize, const H: usize, const W: usize, const KH: usize, const KW: usize, T: Scalar>
    ConvTranspose2DWorkspace<C, O, H, W, KH, KW, T>
{
    fn columns(&mut self) -> &mut [T] {
        self.columns.as_flattened_mut().as_flattened_mut().as_flattened_mut().as_flattened_mut()
    }
}

/// The tape, which holds only scratch: none before it is needed.
pub struct ConvTranspose2DTape<
    const C: usize,
    const O: usize,
    const H: usize,
    const W: usize,
    const KH: usize,
    const KW: usize,
    T,
>(Option<Box<ConvTranspose2DWorkspace<C, O, H, W, KH, KW, T>>>);

impl<const C: usize, const O: usize, const H: usize, const W: usize, const KH: usize, const KW: usize, T: Scalar> Tape
    for ConvTranspose2DTape<C, O, H, W, KH, KW, T>
{
    fn lend_scratch(&mut self, to: &mut Self) {
        to.0 = self.0.take();
    }
}

impl<
    const C: usize,
    const H: usize,
    const W: usize,
    const O: usize,
    const OH: usize,
    const OW: usize,
    const KH: usize,
    const KW: usize,
    const SH: usize,
    const SW: usize,
    const PH: usize,
    const PW: usize,
    T: Scalar,
    const DH: usize,
    const DW: usize,
    const B: usize,
> ConvTranspose2D<C, H, W, O, OH, OW, KH, KW, SH, SW, PH, PW, T, DH, DW, B>
{
    /// The geometry of the convolution that this is the transpose of: from this layer's output to its input.
    pub const GEOMETRY: Geometry = Geometry {
        input: Dims::new(O, OH, OW),
        output: Dims::new(C, H, W),
        window: Window { dilation: [DH, DW], ..Window::new([KH, KW], [SH, SW], [PH, PW]) },
    };

    /// How that convolution is computed, which is the gradient of this layer's input.
    const BACKWARD: Plan = Plan::forward(&Self::GEOMETRY, 1);

    /// The output padding, if it is not negative.
    const OUTPUT_PADDING: [usize; 2] = {
        let window = Self::GEOMETRY.window;
        let without = [
            H.saturating_sub(1).saturating_mul(SH).saturating_add(window.extent(0)),
            W.saturating_sub(1).saturating_mul(SW).saturating_add(window.extent(1)),
        ];
        [
            OH.saturating_add(PH.saturating_mul(2)).saturating_sub(without[0]),
            OW.saturating_add(PW.saturating_mul(2)).saturating_sub(without[1]),
        ]
    };

    fn weight(&self) -> &[T] {
        self.weight.as_flattened().as_flattened().as_flattened()
    }

    fn weight_mut(&mut self) -> &mut [T] {
        self.weight.as_flattened_mut().as_flattened_mut().as_flattened_mut()
    }

    fn apply(
        &self,
        input: &[Tensor<C, H, W, T>],
        output: &mut [Tensor<O, OH, OW, T>],
        workspace: &mut ConvTranspose2DWorkspace<C, O, H, W, KH, KW, T>,
    ) {
        let columns = workspace.columns();
        let write = if B == 0 { Write::Overwrite } else { Write::Bias(&self.bias) };
        widest!({
            for (x, y) in input.iter().zip(output) {
                let (x, y) = (x.as_slice(), y.as_mut_slice());
                im2col_gemm::conv2d_grad_input(&Self::GEOMETRY, self.weight(), x, write, columns, y, gemm);
            }
        });
    }
}

impl<
    const C: usize,
    const H: usize,
    const W: usize,
    const O: usize,
    const OH: usize,
    const OW: usize,
    const KH: usize,
    const KW: usize,
    const SH: usize,
    const SW: usize,
    const PH: usize,
    const PW: usize,
    T: Scalar,
    const DH: usize,
    const DW: usize,
    const B: usize,
> Layer for ConvTranspose2D<C, H, W, O, OH, OW, KH, KW, SH, SW, PH, PW, T, DH, DW, B>
{
    type Scalar = T;
    type Input = Tensor<C, H, W, T>;
    type Output = Tensor<O, OH, OW, T>;
    type Tape = ConvTranspose2DTape<C, O, H, W, KH, KW, T>;
    type Workspace<const N: usize> = ConvTranspose2DWorkspace<C, O, H, W, KH, KW, T>;

    const KIND: &'static str = "ConvTranspose2D";
    const OPERATION: Operation = Operation::TransposedConvolution {
        window: Self::GEOMETRY.window,
        output_padding: Self::OUTPUT_PADDING,
        bias: B > 0,
    };
    const SETTINGS: ConstString = {
        let text = ConstString::new().window(Self::GEOMETRY.window, [1, 1]);
        let text = match Self::OUTPUT_PADDING {
            [0, 0] => text,
            output_padding => text.str(", output padding ").pair(output_padding),
        };
        if B == 0 { text.str(", no bias") } else { text }
    };
    const FLOPS: usize = volume!(2, C, H, W, O, KH, KW);
    const SHAPE_ERROR: Option<ShapeError> = ShapeError::of({
        let Geometry { input: given, output: taken, window } = Self::GEOMETRY;
        match inference::agree(
            "ConvTranspose2D",
            inference::conv_transpose2d(taken, O, window, Self::OUTPUT_PADDING),
            given,
        ) {
            Ok(output) => inference::has_biases("ConvTranspose2D", output, B),
            refused => refused,
        }
    });

    fn tape(_samples: usize) -> Self::Tape {
        ConvTranspose2DTape(None)
    }

    fn infer<const N: usize>(
        &self,
        input: &[Self::Input],
        output: &mut [Self::Output],
        workspace: &mut Self::Workspace<N>,
    ) {
        self.apply(input, output, workspace);
    }

    fn forward(&self, input: &[Self::Input], output: &mut [Self::Output], tape: &mut Self::Tape) {
        self.apply(input, output, tape.0.get_or_insert_with(boxed));
    }

    /// The transpose of the transpose: `∂L/∂x` is the convolution of `∂L/∂y`, and `∂L/∂w` the gradient of its weights.
    fn backward(
        &self,
        input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        grad_input: Option<&mut [Self::Input]>,
        grad: &mut Self,
    ) {
        let workspace = tape.0.get_or_insert_with(boxed);
        widest!({
            for (x, dy) in input.iter().zip(grad_output) {
                let (x, dy) = (x.as_slice(), dy.as_slice());
                let (columns, grad_weight) = (workspace.columns(), grad.weight_mut());
                im2col_gemm::add_conv2d_grad_weight(&Self::GEOMETRY, dy, x, columns, grad_weight, add_gemm_nt);
                for (sum, dy) in grad.bias.iter_mut().zip(dy.chunks_exact(OH * OW)) {
                    *sum += sum_of(dy, dy, |dy, _| dy);
                }
            }
            if let Some(grad_input) = grad_input {
                let ConvTranspose2DWorkspace { columns, starts, panels } = &mut **workspace;
                let numbers = columns.as_flattened_mut().as_flattened_mut().as_flattened_mut().as_flattened_mut();
                let panels = panels.as_flattened_mut().as_flattened_mut().as_flattened_mut();
                let columns = Columns { numbers, starts: starts.as_flattened_mut().as_flattened_mut(), panels };
                let (weight, output) = (self.weight(), flat_mut(grad_input));
                let of = Forward::new(flat(grad_output), weight, &[], output);
                product_conv2d(&Self::BACKWARD, &Self::GEOMETRY, 1, of, columns);
            }
        });
    }

    fn list_parameters(layer: LayerPath<'_>, list: &mut ParameterList<'_, Self, T>) {
        let role = Role::Weight { fan_in: (C * KH * KW / volume!(SH, SW)).max(1), fan_out: O * KH * KW };
        let weight = Parameter { layer, name: "weight", dims: &[C, O, KH, KW], role };
        list(weight, &|layer| layer.weight(), &|layer| layer.weight_mut());
        if B > 0 {
            let bias = Parameter { layer, name: "bias", dims: &[B], role: Role::Constant(0.0) };
            list(bias, &|layer| layer.bias.as_slice(), &|layer| layer.bias.as_mut_slice());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Network;

    #[test]
    fn every_pixel_adds_its_window() {
        // One channel of 1×3 under a window of 1×2 with stride 2.
        let x = [Tensor([[[1.0, 10.0, 100.0]]])];
        type Doubled = ConvTranspose2D<1, 1, 3, 1, 1, 6, 1, 2, 1, 2, 0, 0, f64>;
        let mut doubled = Doubled::zeros();
        (doubled.weight, doubled.bias) = ([[[[2.0, 3.0]]]], [0.5]);
        let mut y = [Tensor([[[f64::NAN; 6]]])];
        doubled.predict::<1>(&x, &mut y, &mut Doubled::workspace::<1>());
        assert_eq!(y[0], Tensor([[[2.5, 3.5, 20.5, 30.5, 200.5, 300.5]]]));
    }
}
