//! The convolution: `y = b + w ⋆ x`, a small window of weights moved over the image.

mod workspace;

use bytemuck::Zeroable;

use super::{Fuses, Fusion, LayerPath, Module, Operation, Parameter, ParameterList, Pools, Role, ShapeError};
use crate::aligned::Aligned;
use crate::kernel::batch_norm::ParameterGradients;
use crate::kernel::conv2d::{Backward, Epilogue, Forward, Operand, Plan};
use crate::kernel::conv2d::{
    depthwise_conv2d, depthwise_conv2d_backward, fewest_samples, product_conv2d, product_conv2d_backward,
    winograd_conv2d, winograd_conv2d_backward,
};
use crate::kernel::rectifier::Rectifier;
use crate::scalar::Scalar;
use crate::shape::{ConstString, Dims, Geometry, Window, inference, volume};
use crate::simd::widest;
use crate::tensor::{Tensor, boxed, flat, flat_mut};

use workspace::Scratch;
pub use workspace::{Conv2DTape, Conv2DWorkspace};

/// Convolution: every output is a weighted sum of the pixels under a window.
///
/// ```text
/// y[n, o, oy, ox] = b[o] + Σ w[o, c, ky, kx] · x[n, first + c, oy·SH + ky·DH − PH, ox·SW + kx·DW − PW]
///                        c,ky,kx                   first = C/groups · ⌊o / (O/groups)⌋
///
/// [N, C, H, W] → [N, O, OH, OW]        OH = ⌊(H + PH + PB − (KH − 1)·DH − 1) / SH⌋ + 1, OW likewise
/// ```
///
/// Pixels outside the image count as zero. The kernel is not flipped: as is usual in the field, "convolution" means
/// cross-correlation. There is no convolution of volumes (Conv3D): a sample has channels, rows and columns, and no fourth axis.
///
/// In [`network!`](crate::network!):
/// `Conv2D(filters = O, kernel = 3, stride = 1, padding = 0, dilation = 1, groups = 1, bias = true)`, with the defaults shown;
/// `filters` and `kernel` are required. `kernel`, `stride` and `dilation` are one number for both axes or `[vertical, horizontal]`.
/// - **padding** is one number, `[vertical, horizontal]`, `[[top, bottom], [left, right]]`, or `"same"`: as much as gives
///   ⌈H/SH⌉ rows and ⌈W/SW⌉ columns, of an odd number the smaller half above and left ([`Padding`](crate::shape::Padding)).
/// - **dilation** is the distance between the pixels that neighboring weights see (Yu and Koltun 2016).
/// - **groups** cuts channels and filters into that many groups; a filter sees the channels of its group only.
/// - **`bias = false`** leaves out `b`, in memory and in files, as before a [`BatchNorm`](crate::layer::BatchNorm).
///
/// | parameter | shape | before training |
/// |---|---|---|
/// | `weight` | `[O, C, KH, KW]` | random, fan-in `C·KH·KW`, fan-out `O·KH·KW` |
/// | | `[O, C/groups, KH, KW]` with groups | random, fan-in `C/groups·KH·KW`, fan-out `O/groups·KH·KW` |
/// | | `[O, 1, KH, KW]` depthwise, `groups = C` | random, fan-in `KH·KW`, fan-out `O/C·KH·KW` |
/// | `bias` | `[O]`; none with `bias = false` | 0 |
///
/// In training, most 3×3 convolutions in `f32` with many channels are computed by
/// [Winograd's algorithm](crate::kernel::conv2d::winograd): 16 multiplications where the definition has 36. It takes a stride, a padding and
/// a dilation of 1, at least 32 channels and 32 filters in a group, and sizes with which it saves enough (8×8, not 7×7; 48 channels, not
/// 33). Outputs of training and of inference then differ by rounding errors, which are about as large in both.
///
/// A **depthwise-separable** convolution is a depthwise one and one of 1×1 (Howard et al. 2017, *MobileNets*): here 2 336 weights
/// instead of 18 432.
/// ```
/// shapeproof::network! {
///     type Block = [32, 14, 14] =>
///         Conv2D(filters = 32, kernel = 3, padding = "same", groups = 32, bias = false), BatchNorm, ReLU,
///         Conv2D(filters = 64, kernel = 1, bias = false), BatchNorm, ReLU, // 64×14×14
/// }
/// ```
///
/// In the type written by hand, `PH` and `PW` are the padding above and left of the image, `PB` and `PR` that below and right,
/// which is the same by default; `CG` is the number of channels of a group, and `B` that of biases, `O` or 0.
///
/// A kernel larger than the padded image, groups that do not divide channels and filters, or an output size that does not follow
/// from the input's, is found at compile time:
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
    const PB: usize = PH,
    const PR: usize = PW,
    const DH: usize = 1,
    const DW: usize = 1,
    const CG: usize = C,
    const B: usize = O,
> {
    /// `w`: for each filter, one window of weights over each channel of its group.
    pub weight: [[[[T; KW]; KH]; CG]; O],
    /// `b`: one number for each filter, or none.
    pub bias: [T; B],
}

hyper_parameters! {
    Conv2D(
        filters: usize,
        kernel: [usize; 2],
        stride: [usize; 2] = 1,
        padding: Padding = 0,
        dilation: [usize; 2] = 1,
        groups: usize = 1,
        bias: bool = true,
    ) => Conv2D<C, H, W, OC, OH, OW, kernel, stride, before, T, after, dilation, channels, biases>,
    let window: Window = padding.around(input, Window { dilation, ..Window::new(kernel, stride, [0, 0]) }),
    let before: [usize; 2] = window.before,
    let after: [usize; 2] = window.after,
    let channels = input.channels / if groups == 0 { 1 } else { groups },
    let biases = inference::biases(filters, bias),
    output = inference::conv2d("Conv2D", input, filters, groups, window),
    parameters = inference::parameters(filters, volume!(channels, kernel[0], kernel[1]), bias),
    examples = {
        "conv2d plain": [2, 5, 7] => (filters = 3, kernel = [3, 2]),
        "conv2d stride 2, padding 2": [3, 6, 9] => (filters = 5, kernel = 3, stride = 2, padding = 2),
        "conv2d all rectangular": [3, 9, 6] => (filters = 4, kernel = [3, 5], stride = [2, 1], padding = [1, 2]),
        "conv2d one input channel, padding 1": [1, 4, 5] => (filters = 2, kernel = 3, padding = 1),
        "conv2d kernel 1": [4, 3, 5] => (filters = 6, kernel = 1),
        "conv2d stride larger than kernel": [2, 8, 6] => (filters = 4, kernel = [2, 1], stride = [3, 2]),
        "conv2d two groups": [4, 5, 6] => (filters = 6, kernel = [3, 2], padding = [1, 0], groups = 2),
        "conv2d groups, stride and dilation":
            [6, 7, 9] => (filters = 3, kernel = 3, stride = 2, padding = 2, dilation = [1, 2], groups = 3),
        "conv2d depthwise": [5, 6, 7] => (filters = 5, kernel = 3, padding = 1, groups = 5),
        "conv2d depthwise, stride 2, two filters a channel":
            [3, 9, 8] => (filters = 6, kernel = [3, 5], stride = 2, padding = [1, 2], groups = 3),
        "conv2d depthwise, dilated, no bias":
            [2, 9, 7] => (filters = 2, kernel = 3, stride = [1, 2], padding = "same", dilation = 2, groups = 2, bias = false),
        "conv2d dilated": [2, 8, 9] => (filters = 3, kernel = [3, 2], padding = 1, dilation = [2, 3]),
        "conv2d same, even kernel": [2, 5, 6] => (filters = 3, kernel = [4, 2], padding = "same"),
        "conv2d four-sided padding, stride 2":
            [3, 6, 5] => (filters = 2, kernel = 3, stride = 2, padding = [[0, 2], [1, 0]]),
        "conv2d without bias": [3, 4, 6] => (filters = 4, kernel = [2, 3], bias = false),
    },
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
    const PB: usize,
    const PR: usize,
    const DH: usize,
    const DW: usize,
    const CG: usize,
    const B: usize,
> Conv2D<C, H, W, O, OH, OW, KH, KW, SH, SW, PH, PW, T, PB, PR, DH, DW, CG, B>
{
    /// The geometry as a value.
    pub const GEOMETRY: Geometry = Geometry {
        input: Dims::new(C, H, W),
        output: Dims::new(O, OH, OW),
        window: Window { after: [PB, PR], dilation: [DH, DW], ..Window::new([KH, KW], [SH, SW], [PH, PW]) },
    };

    /// The number of groups of channels and filters; 0 if `CG` channels are not a group.
    pub const GROUPS: usize = if CG > 0 && C.is_multiple_of(CG) { C / CG } else { 0 };

    /// The geometry of one group: a constant, as the kernels need it.
    const GROUP: Geometry = Self::GEOMETRY.group(Self::GROUPS);

    /// How the output and the gradients are computed.
    const FORWARD: Plan = Plan::forward(&Self::GROUP, Self::GROUPS);
    const BACKWARD: Plan = Plan::backward::<T>(&Self::GROUP, Self::GROUPS);

    /// Which of the kernels is called, and compiled.
    const FORWARD_IS_DEPTHWISE: bool = matches!(Self::FORWARD, Plan::Depthwise(_));
    const BACKWARD_IS_DEPTHWISE: bool = matches!(Self::BACKWARD, Plan::Depthwise(_));
    const TRAINS_BY_WINOGRAD: bool = matches!(Self::BACKWARD, Plan::Winograd(_));

    /// The input of a pass in training, after the normalization that has yet to be applied.
    fn normalized<'a>(
        by: Option<ParameterGradients<'a, T>>,
        input: &'a [Tensor<C, H, W, T>],
        room: &'a mut Aligned<T>,
    ) -> Operand<'a, T> {
        let (input, sample) = (flat(input), volume!(C, H, W));
        match by {
            None => Operand::Numbers(input),
            Some(gradients) => Operand::Normalized { input, gradients, room: room.of_room(sample, sample) },
        }
    }

    fn weight(&self) -> &[T] {
        self.weight.as_flattened().as_flattened().as_flattened()
    }

    fn weight_mut(&mut self) -> &mut [T] {
        self.weight.as_flattened_mut().as_flattened_mut().as_flattened_mut()
    }

    fn apply(&self, of: Forward<'_, T>, workspace: &mut Conv2DWorkspace<CG, O, OH, OW, KH, KW, T>) {
        if Self::FORWARD_IS_DEPTHWISE {
            widest!({ depthwise_conv2d(&Self::FORWARD, &Self::GROUP, Self::GROUPS, of, workspace.columns()) });
        } else {
            widest!({ product_conv2d(&Self::FORWARD, &Self::GROUP, Self::GROUPS, of, workspace.columns()) });
        }
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
    const PB: usize,
    const PR: usize,
    const DH: usize,
    const DW: usize,
    const CG: usize,
    const B: usize,
> Module for Conv2D<C, H, W, O, OH, OW, KH, KW, SH, SW, PH, PW, T, PB, PR, DH, DW, CG, B>
{
    type Scalar = T;
    type Input = Tensor<C, H, W, T>;
    type Output = Tensor<O, OH, OW, T>;
    type Tape = Conv2DTape<CG, O, OH, OW, KH, KW, T>;
    type Workspace<const N: usize> = Conv2DWorkspace<CG, O, OH, OW, KH, KW, T>;

    const KIND: &'static str = "Conv2D";
    const OPERATION: Operation =
        Operation::Convolution { window: Self::GEOMETRY.window, groups: Self::GROUPS, bias: B > 0 };
    const SETTINGS: ConstString = {
        let text = ConstString::new().window(Self::GEOMETRY.window, [1, 1]);
        let text = if CG == C { text } else { text.str(", ").number(Self::GROUPS).str(" groups") };
        if B == 0 { text.str(", no bias") } else { text }
    };
    const FLOPS: usize = volume!(2, O, OH, OW, CG, KH, KW);
    const SHAPE_ERROR: Option<ShapeError> = ShapeError::of({
        let Geometry { input, output, window } = Self::GEOMETRY;
        match inference::agree("Conv2D", inference::conv2d("Conv2D", input, O, Self::GROUPS, window), output) {
            Ok(output) => inference::has_biases("Conv2D", output, B),
            refused if Self::GROUPS > 0 || input.is_empty() => refused,
            _ => {
                let text = ConstString::new()
                    .str("Conv2D has groups of ")
                    .number(CG)
                    .str(" channels, which do not divide its ");
                Err(text.number(C).str(" input channels"))
            }
        }
    });

    const FUSES: Fuses = {
        let (rows, samples) = (Self::FORWARD.most_pooled_rows(&Self::GROUP), fewest_samples(&Self::GROUP, true));
        let epilogue = Some(Pools { rows, samples });
        Fuses { batch_norm_before: true, batch_norm_after: true, epilogue, ..Fuses::NOTHING }
    };

    fn tape(_samples: usize) -> Self::Tape {
        Conv2DTape(None)
    }

    fn infer_fused<const N: usize>(
        &self,
        _before: Option<Rectifier<'_, T>>,
        input: &[Self::Input],
        output: &mut [Self::Output],
        workspace: &mut Self::Workspace<N>,
    ) {
        self.apply(Forward::new(flat(input), self.weight(), &self.bias, flat_mut(output)), workspace);
    }

    fn infer_then<const N: usize>(
        &self,
        then: Epilogue<'_, T>,
        input: &[Self::Input],
        output: &mut [T],
        workspace: &mut Self::Workspace<N>,
    ) {
        self.apply(Forward { then, ..Forward::new(flat(input), self.weight(), &self.bias, output) }, workspace);
    }

    fn forward_phase(
        &self,
        _phase: usize,
        fusion: Fusion<'_, T>,
        input: &[Self::Input],
        output: &mut [Self::Output],
        tape: &mut Self::Tape,
    ) {
        let Scratch { forward, backward, input: room, .. } = tape.scratch(&Self::GROUP, Self::GROUPS);
        let input = Self::normalized(fusion.normalization, input, room);
        let of =
            Forward { moments: fusion.moments, ..Forward::new(input, self.weight(), &self.bias, flat_mut(output)) };
        if Self::TRAINS_BY_WINOGRAD {
            widest!({ winograd_conv2d(&Self::BACKWARD, &Self::GROUP, Self::GROUPS, of, backward) });
        } else {
            self.apply(of, forward.get_or_insert_with(boxed));
        }
    }

    /// From `y = b + w ⋆ x`: every product `w·x` in an output adds `w·∂L/∂y` to its pixel's gradient and `x·∂L/∂y` to its weight's.
    fn backward_phase(
        &self,
        _phase: usize,
        fusion: Fusion<'_, T>,
        input: &[Self::Input],
        tape: &mut Self::Tape,
        grad_output: &[Self::Output],
        grad_input: Option<&mut [Self::Input]>,
        grad: &mut Self,
    ) {
        let Scratch { backward: scratch, input: room, grad_output: grad_room, .. } =
            tape.scratch(&Self::GROUP, Self::GROUPS);
        let grad_output = match fusion.gradient {
            None => flat(grad_output).into(),
            Some(of) => Operand::Gradient { of, room: grad_room.of_room(volume!(O, OH, OW), volume!(O, OH, OW)) },
        };
        let gradients = Backward {
            input: Self::normalized(fusion.normalization, input, room),
            weight: self.weight(),
            grad_output,
            grad_input: grad_input.map(flat_mut),
            grad_weight: grad.weight.as_flattened_mut().as_flattened_mut().as_flattened_mut(),
            grad_bias: &mut grad.bias,
        };
        if Self::TRAINS_BY_WINOGRAD {
            widest!({ winograd_conv2d_backward(&Self::BACKWARD, &Self::GROUP, Self::GROUPS, gradients, scratch) });
        } else if Self::BACKWARD_IS_DEPTHWISE {
            widest!({ depthwise_conv2d_backward(&Self::BACKWARD, &Self::GROUP, Self::GROUPS, gradients, scratch) });
        } else {
            widest!({ product_conv2d_backward(&Self::BACKWARD, &Self::GROUP, Self::GROUPS, gradients, scratch) });
        }
    }

    fn list_parameters(layer: LayerPath<'_>, list: &mut ParameterList<'_, Self, T>) {
        let role = Role::Weight { fan_in: CG * KH * KW, fan_out: O / (C / CG) * KH * KW };
        let weight = Parameter { layer, name: "weight", dims: &[O, CG, KH, KW], role };
        list(weight, &|conv| conv.weight(), &|conv| conv.weight_mut());
        if B > 0 {
            let bias = Parameter { layer, name: "bias", dims: &[B], role: Role::Constant(0.0) };
            list(bias, &|conv| conv.bias.as_slice(), &|conv| conv.bias.as_mut_slice());
        }
    }
}
