//! The convolution: `y = b + w ⋆ x`, a small window of weights moved over the image.

use alloc::boxed::Box;

use bytemuck::Zeroable;

use super::{Layer, LayerPath, Operation, Parameter, Role, ShapeError, Tape, Visitor};
use crate::kernel::conv2d::{Backward, BackwardScratch, conv2d, conv2d_backward};
use crate::scalar::Scalar;
use crate::shape::{ConstString, Dims, Geometry, Window, inference, volume};
use crate::simd::widest;
use crate::tensor::{Tensor, boxed, flat, flat_mut};

/// Convolution: every output is a weighted sum of the pixels under a window.
///
/// ```text
/// y[n, o, oy, ox] = b[o] + Σ w[o, c, ky, kx] · x[n, c, oy·SH + ky − PH, ox·SW + kx − PW]
///                        c,ky,kx
///
/// [N, C, H, W] → [N, O, OH, OW]        OH = ⌊(H + 2·PH − KH) / SH⌋ + 1, OW likewise
/// ```
///
/// Pixels outside the image count as zero. The kernel is not flipped: as is usual in the field, "convolution" means
/// cross-correlation.
///
/// In [`network!`](crate::network!): `Conv2D(filters = O, kernel = 3, stride = 1, padding = 0)`; stride and padding have the
/// defaults shown, and each of `kernel`, `stride` and `padding` is one number for both axes or `[vertical, horizontal]`.
///
/// | parameter | shape | before training |
/// |---|---|---|
/// | `weight` | `[O, C, KH, KW]` | random, fan-in `C·KH·KW`, fan-out `O·KH·KW` |
/// | `bias` | `[O]` | 0 |
///
/// A kernel larger than the padded image, or an output size that does not follow from the input's, is found at compile time:
/// ```compile_fail
/// shapeproof::network! { type Net = [8, 12, 12] => Conv2D(filters = 16, kernel = 13) }
/// ```
#[doc(alias = "Conv2d")]
#[doc(alias = "convolution")]
#[derive(Zeroable)]
pub struct Conv2D<
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
> {
    /// `w`: for each filter, one window of weights over each input channel.
    pub weight: [[[[T; KW]; KH]; C]; O],
    /// `b`: one number for each filter.
    pub bias: [T; O],
}

hyper_parameters! {
    Conv2D(filters: usize, kernel: [usize; 2], stride: [usize; 2] = 1, padding: [usize; 2] = 0)
        => Conv2D<C, H, W, OC, OH, OW, kernel, stride, padding, T>,
    output = inference::conv2d(input, filters, Window { kernel, stride, padding }),
    parameters = inference::parameters(filters, volume!(input.channels, kernel[0], kernel[1])),
    examples = {
        "conv2d plain": [2, 5, 7] => (filters = 3, kernel = [3, 2]),
        "conv2d stride 2, padding 2": [3, 6, 9] => (filters = 5, kernel = 3, stride = 2, padding = 2),
        "conv2d all rectangular": [3, 9, 6] => (filters = 4, kernel = [3, 5], stride = [2, 1], padding = [1, 2]),
        "conv2d one input channel, padding 1": [1, 4, 5] => (filters = 2, kernel = 3, padding = 1),
        "conv2d kernel 1": [4, 3, 5] => (filters = 6, kernel = 1),
        "conv2d stride larger than kernel": [2, 8, 6] => (filters = 4, kernel = [2, 1], stride = [3, 2]),
    },
}

/// The columns of one sample: `C·KH·KW` rows of `OH·OW` numbers.
type Columns<const C: usize, const OH: usize, const OW: usize, const KH: usize, const KW: usize, T> =
    [[[[[T; OW]; OH]; KW]; KH]; C];

/// The tape of a convolution, which holds only scratch buffers.
pub struct Conv2DTape<const C: usize, const OH: usize, const OW: usize, const KH: usize, const KW: usize, T>(
    Option<Box<Scratch<C, OH, OW, KH, KW, T>>>,
);

impl<const C: usize, const OH: usize, const OW: usize, const KH: usize, const KW: usize, T: Scalar> Tape
    for Conv2DTape<C, OH, OW, KH, KW, T>
{
    fn lend_scratch(&mut self, to: &mut Self) {
        to.0 = self.0.take();
    }
}

struct Scratch<const C: usize, const OH: usize, const OW: usize, const KH: usize, const KW: usize, T> {
    forward: Box<Conv2DWorkspace<C, OH, OW, KH, KW, T>>,
    backward: BackwardScratch<T>,
}

/// Workspace of inference: the columns of one sample; or its planes, and where in them the rows of columns begin.
#[derive(Zeroable)]
#[repr(C, align(64))]
pub struct Conv2DWorkspace<const C: usize, const OH: usize, const OW: usize, const KH: usize, const KW: usize, T> {
    columns: Columns<C, OH, OW, KH, KW, T>,
    starts: [[[u32; KW]; KH]; C],
}

/// The columns as a slice.
fn as_flat<const C: usize, const OH: usize, const OW: usize, const KH: usize, const KW: usize, T>(
    columns: &mut Columns<C, OH, OW, KH, KW, T>,
) -> &mut [T] {
    columns.as_flattened_mut().as_flattened_mut().as_flattened_mut().as_flattened_mut()
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
> Conv2D<C, H, W, O, OH, OW, KH, KW, SH, SW, PH, PW, T>
{
    /// The geometry as a value.
    pub const GEOMETRY: Geometry = Geometry {
        input: Dims::new(C, H, W),
        output: Dims::new(O, OH, OW),
        window: Window { kernel: [KH, KW], stride: [SH, SW], padding: [PH, PW] },
    };

    fn weight(&self) -> &[T] {
        self.weight.as_flattened().as_flattened().as_flattened()
    }

    fn weight_mut(&mut self) -> &mut [T] {
        self.weight.as_flattened_mut().as_flattened_mut().as_flattened_mut()
    }

    fn scratch() -> Box<Scratch<C, OH, OW, KH, KW, T>> {
        Box::new(Scratch { forward: boxed(), backward: BackwardScratch::new(&Self::GEOMETRY) })
    }

    fn apply(
        &self,
        input: &[Tensor<C, H, W, T>],
        output: &mut [Tensor<O, OH, OW, T>],
        workspace: &mut Conv2DWorkspace<C, OH, OW, KH, KW, T>,
    ) {
        let (columns, starts) =
            (as_flat(&mut workspace.columns), workspace.starts.as_flattened_mut().as_flattened_mut());
        widest!({
            for (x, y) in input.iter().zip(output) {
                let (x, y) = (x.as_slice(), y.as_mut_slice());
                conv2d(&Self::GEOMETRY, x, self.weight(), &self.bias, columns, starts, y);
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
> Layer for Conv2D<C, H, W, O, OH, OW, KH, KW, SH, SW, PH, PW, T>
{
    type Scalar = T;
    type Input = Tensor<C, H, W, T>;
    type Output = Tensor<O, OH, OW, T>;
    type Tape = Conv2DTape<C, OH, OW, KH, KW, T>;
    type Workspace<const N: usize> = Conv2DWorkspace<C, OH, OW, KH, KW, T>;

    const KIND: &'static str = "Conv2D";
    const OPERATION: Operation = Operation::Convolution(Self::GEOMETRY.window);
    const SETTINGS: ConstString = ConstString::new().window(Self::GEOMETRY.window, [1, 1]);
    const FLOPS: usize = volume!(2, O, OH, OW, C, KH, KW);
    const SHAPE_ERROR: Option<ShapeError> = ShapeError::of(inference::agree(
        "Conv2D",
        inference::conv2d(Self::GEOMETRY.input, O, Self::GEOMETRY.window),
        Self::GEOMETRY.output,
    ));

    fn tape(_samples: usize) -> Self::Tape {
        Conv2DTape(Some(Self::scratch()))
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
        self.apply(input, output, &mut tape.0.get_or_insert_with(Self::scratch).forward);
    }

    /// From `y = b + w ⋆ x`: every product `w·x` in an output adds `w·∂L/∂y` to its pixel's gradient and `x·∂L/∂y` to its weight's.
    fn backward(
        &self,
        input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        grad_input: Option<&mut [Self::Input]>,
        grad: &mut Self,
    ) {
        let gradients = Backward {
            input: flat(input),
            weight: self.weight(),
            grad_output: flat(grad_output),
            grad_input: grad_input.map(flat_mut),
            grad_weight: grad.weight.as_flattened_mut().as_flattened_mut().as_flattened_mut(),
            grad_bias: &mut grad.bias,
        };
        let scratch = &mut tape.0.get_or_insert_with(Self::scratch).backward;
        widest!({ conv2d_backward(&Self::GEOMETRY, gradients, scratch) });
    }

    fn visit<const R: usize, const N: usize>(
        read: [&Self; R],
        mut write: [&mut Self; N],
        layer: LayerPath<'_>,
        visitor: &mut Visitor<'_, T, R, N>,
    ) {
        let weight = Role::Weight { fan_in: C * KH * KW, fan_out: O * KH * KW };
        visitor(
            Parameter { layer, name: "weight", dims: &[O, C, KH, KW], role: weight },
            read.map(|conv| conv.weight()),
            write.each_mut().map(|conv| conv.weight_mut()),
        );
        visitor(
            Parameter { layer, name: "bias", dims: &[O], role: Role::Constant(0.0) },
            read.map(|conv| conv.bias.as_slice()),
            write.map(|conv| conv.bias.as_mut_slice()),
        );
    }
}
