//! The kinds of layers: what they declare, and which of the crate's rules decides about them.
//!
//! The declarations are those of `hyper_parameters!` in the crate, which a program can only ask at compile time. The tests compare
//! both on many lines.

use std::ops::Range;

use shapeproof::layer::declaration::{HyperParameterKind, HyperParameterOf, HyperParameters};
use shapeproof::shape::inference::{self, Inferred};
use shapeproof::shape::{ConstString, Dims, Padding, Window};

use super::tokens::{Kind as TokenKind, Token, not_found};
use super::{HERE, Mistake};

/// A kind of layer.
pub struct Kind {
    pub name: &'static str,
    pub declared: &'static [HyperParameterOf],
    /// What the crate says of an input.
    pub rule: fn(Dims, &HyperParameters) -> Ruling,
    /// The floating-point operations from an input to an output.
    pub flops: fn(Dims, Dims, &HyperParameters) -> usize,
}

/// What a rule says.
pub struct Ruling {
    pub output: Inferred,
    /// How many parameters are trained.
    pub trained: usize,
    /// How many numbers a model file has.
    pub kept: usize,
}

impl Ruling {
    fn of(output: Inferred, parameters: usize) -> Ruling {
        Ruling { output, trained: parameters, kept: parameters }
    }
}

const fn required(name: &'static str, kind: HyperParameterKind) -> HyperParameterOf {
    HyperParameterOf { name, kind, required: true }
}

const fn optional(name: &'static str, kind: HyperParameterKind) -> HyperParameterOf {
    HyperParameterOf { name, kind, required: false }
}

use HyperParameterKind::{Axes, Count, Flag, Padding as Sides, Real};

const NOTHING: &[HyperParameterOf] = &[];
const AXIS: &[HyperParameterOf] = &[optional("axis", Axes)];

/// The kinds that the page checks.
static KINDS: [Kind; 26] = [
    Kind {
        name: "Conv2D",
        declared: &[
            required("filters", Count),
            required("kernel", Axes),
            optional("stride", Axes),
            optional("padding", Sides),
            optional("dilation", Axes),
            optional("groups", Count),
            optional("bias", Flag),
        ],
        rule: conv2d,
        flops: |input, output, settings| {
            let [kh, kw] = settings.axes(1).unwrap_or([0; 2]);
            let channels = input.channels / settings.count(5).unwrap_or(1).max(1);
            product([2, output.len(), channels, kh, kw])
        },
    },
    Kind {
        name: "MaxPool2D",
        declared: &[
            required("window", Axes),
            optional("stride", Axes),
            optional("padding", Sides),
            optional("dilation", Axes),
            optional("ceil", Flag),
        ],
        rule: |input, settings| {
            let (dilation, ceil) = (settings.axes(3).unwrap_or([1, 1]), settings.flag(4).unwrap_or(false));
            let moves = window(input, settings, [0, 1, 2], |bare| Window { dilation, ceil, ..bare });
            Ruling::of(inference::pool2d("MaxPool2D", input, moves), 0)
        },
        flops: none,
    },
    Kind {
        name: "AvgPool2D",
        declared: &[
            required("window", Axes),
            optional("stride", Axes),
            optional("padding", Sides),
            optional("count_padding", Flag),
            optional("ceil", Flag),
        ],
        rule: |input, settings| {
            let ceil = settings.flag(4).unwrap_or(false);
            let moves = window(input, settings, [0, 1, 2], |bare| Window { ceil, ..bare });
            Ruling::of(inference::pool2d("AvgPool2D", input, moves), 0)
        },
        flops: |_, output, settings| {
            let [kh, kw] = settings.axes(0).unwrap_or([0; 2]);
            product([output.len(), kh, kw])
        },
    },
    Kind {
        name: "GlobalAvgPool2D",
        declared: NOTHING,
        rule: |input, _| Ruling::of(Ok(Dims::new(input.channels, 1, 1)), 0),
        flops: |input, _, _| input.len(),
    },
    Kind {
        name: "GlobalMaxPool2D",
        declared: NOTHING,
        rule: |input, _| Ruling::of(Ok(Dims::new(input.channels, 1, 1)), 0),
        flops: none,
    },
    Kind { name: "Flatten", declared: NOTHING, rule: |input, _| Ruling::of(inference::flatten(input), 0), flops: none },
    Kind {
        name: "Unflatten",
        declared: &[required("channels", Count), required("height", Count), required("width", Count)],
        rule: |input, settings| {
            let size = |at| settings.count(at).unwrap_or(0);
            Ruling::of(inference::unflatten(input, Dims::new(size(0), size(1), size(2))), 0)
        },
        flops: none,
    },
    Kind {
        name: "Dense",
        declared: &[required("units", Count), optional("bias", Flag)],
        rule: |input, settings| {
            let (units, bias) = (settings.count(0).unwrap_or(0), settings.flag(1).unwrap_or(true));
            Ruling::of(inference::dense(input, units), inference::parameters(units, input.len(), bias))
        },
        flops: |input, output, _| product([2, input.len(), output.len()]),
    },
    Kind {
        name: "Dropout",
        declared: &[optional("percent", Count)],
        rule: |input, settings| Ruling::of(inference::dropout(input, settings.count(0).unwrap_or(50)), 0),
        flops: none,
    },
    Kind {
        name: "BatchNorm",
        declared: &[optional("eps", Real), optional("momentum", Real)],
        rule: |input, settings| {
            let (eps, momentum) = (settings.real(0).unwrap_or(1e-5), settings.real(1).unwrap_or(0.1));
            let numbers = |each| product([each, input.channels]);
            let output = inference::batch_norm(input, eps, momentum);
            Ruling { output, trained: numbers(2), kept: numbers(4) }
        },
        flops: |input, _, _| product([2, input.len()]),
    },
    Kind {
        name: "GroupNorm",
        declared: &[required("groups", Count), optional("eps", Real)],
        rule: |input, settings| {
            let (groups, eps) = (settings.count(0).unwrap_or(0), settings.real(1).unwrap_or(1e-5));
            Ruling::of(inference::group_norm(input, groups, eps), product([2, input.channels]))
        },
        flops: |input, _, _| product([7, input.len()]),
    },
    Kind {
        name: "LayerNorm",
        declared: &[optional("eps", Real)],
        rule: |input, settings| {
            let output = inference::layer_norm(input, settings.real(0).unwrap_or(1e-5));
            Ruling::of(output, product([2, input.len()]))
        },
        flops: |input, _, _| product([7, input.len()]),
    },
    Kind { name: "ReLU", declared: NOTHING, rule: same, flops: none },
    Kind { name: "Sigmoid", declared: NOTHING, rule: same, flops: none },
    Kind { name: "HardSigmoid", declared: NOTHING, rule: same, flops: none },
    Kind { name: "HardSwish", declared: NOTHING, rule: same, flops: none },
    Kind { name: "Tanh", declared: NOTHING, rule: same, flops: none },
    Kind { name: "SiLU", declared: NOTHING, rule: same, flops: none },
    Kind { name: "GELU", declared: &[optional("approximate", Flag)], rule: same, flops: none },
    Kind {
        name: "ELU",
        declared: &[optional("alpha", Real)],
        rule: |input, settings| {
            Ruling::of(inference::finite("ELU", "alpha", settings.real(0).unwrap_or(1.0), input), 0)
        },
        flops: none,
    },
    Kind {
        name: "LeakyReLU",
        declared: &[optional("negative_slope", Real)],
        rule: |input, settings| {
            let slope = settings.real(0).unwrap_or(0.01);
            Ruling::of(inference::finite("LeakyReLU", "negative_slope", slope, input), 0)
        },
        flops: none,
    },
    Kind {
        name: "PReLU",
        declared: &[optional("per_channel", Flag)],
        rule: |input, settings| {
            let slopes = if settings.flag(0).unwrap_or(false) { input.channels } else { 1 };
            Ruling::of(inference::prelu(input, slopes), slopes)
        },
        flops: none,
    },
    Kind {
        name: "Maxout",
        declared: &[required("pieces", Count)],
        rule: |input, settings| Ruling::of(inference::maxout(input, settings.count(0).unwrap_or(0)), 0),
        flops: none,
    },
    Kind {
        name: "Upsample",
        declared: &[required("scale", Axes), optional("bilinear", Flag)],
        rule: |input, settings| Ruling::of(inference::upsample(input, settings.axes(0).unwrap_or([0; 2])), 0),
        flops: |_, output, settings| if settings.flag(1).unwrap_or(false) { product([8, output.len()]) } else { 0 },
    },
    Kind { name: "Softmax", declared: AXIS, rule: |input, settings| axes("Softmax", input, settings), flops: none },
    Kind {
        name: "LogSoftmax",
        declared: AXIS,
        rule: |input, settings| axes("LogSoftmax", input, settings),
        flops: none,
    },
];

/// The crate's other layers, which this page does not check.
const OTHERS: [&str; 10] = [
    "AvgPool1D",
    "Clip",
    "Concat",
    "Conv1D",
    "ConvTranspose2D",
    "Gate",
    "Identity",
    "MaxPool1D",
    "Residual",
    "Softplus",
];

/// The kind with this name.
pub fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// Whether a kind has layers in its parentheses.
pub fn is_block(name: &str) -> bool {
    ["Residual", "Concat", "Gate"].contains(&name)
}

/// What is said of a kind that is not in the table.
pub fn unknown(name: &str, place: Range<usize>) -> Mistake {
    if OTHERS.contains(&name) {
        let text = format!("`{name}` is a layer of the crate that this page does not check: leave it out here");
        return Mistake::of(HERE, place, text);
    }
    not_found("type", &Token { kind: TokenKind::Word, text: name.to_string(), place })
}

fn conv2d(input: Dims, settings: &HyperParameters) -> Ruling {
    let filters = settings.count(0).unwrap_or(0);
    let (dilation, groups) = (settings.axes(4).unwrap_or([1, 1]), settings.count(5).unwrap_or(1));
    let moves = window(input, settings, [1, 2, 3], |bare| {
        let stride = if settings.axes(2).is_some() { bare.stride } else { [1, 1] };
        Window { stride, dilation, ..bare }
    });
    let inputs = product([input.channels / groups.max(1), moves.kernel[0], moves.kernel[1]]);
    let parameters = inference::parameters(filters, inputs, settings.flag(6).unwrap_or(true));
    Ruling::of(inference::conv2d("Conv2D", input, filters, groups, moves), parameters)
}

/// The window with kernel, stride and padding from the hyper-parameters at these positions; without a stride, it is the kernel's.
fn window(
    input: Dims,
    settings: &HyperParameters,
    [kernel, stride, padding]: [usize; 3],
    with: impl Fn(Window) -> Window,
) -> Window {
    let kernel = settings.axes(kernel).unwrap_or([0; 2]);
    let stride = settings.axes(stride).unwrap_or(kernel);
    settings.padding(padding).unwrap_or(Padding::of([0, 0])).around(input, with(Window::new(kernel, stride, [0, 0])))
}

/// The rule of a softmax, which the crate keeps to itself.
fn axes(kind: &str, input: Dims, settings: &HyperParameters) -> Ruling {
    let [first, last] = settings.axes(0).unwrap_or([1, 1]);
    let text = ConstString::new().str(kind).str(" over `axis = ");
    let text = match first == last {
        true => text.number(first).str("`"),
        false => text.str("[").number(first).str(", ").number(last).str("]`"),
    };
    let sizes = [input.channels, input.height, input.width];
    let output = if !(1..=3).contains(&first) || !(1..=3).contains(&last) {
        Err(text.str(": the axes of a sample are 1 (channels), 2 (rows) and 3 (columns)"))
    } else if last != first && last != first + 1 {
        Err(text.str(": two axes are `[1, 2]` or `[2, 3]`; for all three, put `Flatten` before it"))
    } else if first > 1 && sizes[first - 1..last].iter().product::<usize>() == 1 {
        Err(text.str(" of its ").dims(input).str(" input sums over one number each, which becomes 1"))
    } else {
        Ok(input)
    };
    Ruling::of(output, 0)
}

fn same(input: Dims, _: &HyperParameters) -> Ruling {
    Ruling::of(Ok(input), 0)
}

fn none(_: Dims, _: Dims, _: &HyperParameters) -> usize {
    0
}

/// The product, or `usize::MAX` if it overflows.
fn product<const N: usize>(sizes: [usize; N]) -> usize {
    sizes.into_iter().fold(1, usize::saturating_mul)
}
