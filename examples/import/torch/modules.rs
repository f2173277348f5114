//! The table of modules: the operator that each is exported as, and how its arguments are called there.

use std::str::FromStr;

use super::super::graph::{Attribute, Setting};

/// A module that is one operator.
pub struct Row {
    pub kind: &'static str,
    pub operator: &'static str,
    /// How many axes its data has beside the channels: 2 of images, 1 of series, 0 of vectors; `None` if it takes any.
    pub axes: Option<usize>,
    /// PyTorch's names of the arguments that are printed without one.
    positional: &'static [&'static str],
    /// Arguments: PyTorch's name, ONNX's, and how the text is read.
    arguments: &'static [(&'static str, &'static str, Form)],
    /// Arguments without effect on predictions, or that are known from the tensors.
    ignored: &'static [&'static str],
    /// Attributes that PyTorch does not print.
    always: &'static [(&'static str, Always)],
    /// Its tensors, in the order of the operator's inputs. One that is not there is left out.
    pub tensors: &'static [&'static str],
}

/// How an argument is written.
#[derive(Clone, Copy)]
pub enum Form {
    Int,
    Real,
    Text,
    Flag,
    /// A size for each axis: `2`, `(2, 1)`, or `(2,)` of a series. One number alone stands for all of the axes that are known.
    Sizes,
    /// `2.0` or `(2.0, 1.0)`
    Reals,
    /// Sizes, for both ends of each axis: `(2, 1)` is `[2, 1, 2, 1]`.
    Pads,
    /// The sizes of a sample: `(4, 3, 2)` is `[0, 4, 3, 2]`, where 0 keeps the size of the batch.
    Sample,
    /// The sizes of the last axes, for the first of those: `(4, 6, 5)` is −3.
    Last,
}

/// The value of an attribute that is not printed.
#[derive(Clone, Copy)]
enum Always {
    Whole(i64),
    Number(f64),
    Word(&'static str),
}

use Always::{Number, Whole, Word};
use Form::{Flag, Int, Last, Pads, Real, Reals, Sample, Sizes, Text};

const PLAIN: Row = Row {
    kind: "",
    operator: "",
    axes: None,
    positional: &[],
    arguments: &[],
    ignored: &["inplace"],
    always: &[],
    tensors: &[],
};
const CONVOLUTION: Row = Row {
    operator: "Conv",
    axes: Some(2),
    arguments: &[
        ("stride", "strides", Sizes),
        ("padding", "pads", Pads),
        ("output_padding", "output_padding", Sizes),
        ("dilation", "dilations", Sizes),
        ("groups", "group", Int),
    ],
    ignored: &["", "kernel_size", "bias"],
    tensors: &["weight", "bias"],
    ..PLAIN
};
const POOL: Row = Row {
    axes: Some(2),
    arguments: &[
        ("kernel_size", "kernel_shape", Sizes),
        ("stride", "strides", Sizes),
        ("padding", "pads", Pads),
        ("dilation", "dilations", Sizes),
        ("ceil_mode", "ceil_mode", Flag),
    ],
    ..PLAIN
};
const MAX_POOL: Row = Row { operator: "MaxPool", ..POOL };
const AVERAGE_POOL: Row = Row { operator: "AveragePool", always: &[("count_include_pad", Whole(1))], ..POOL };
const ADAPTIVE_POOL: Row = Row { axes: Some(2), arguments: &[("output_size", "output_size", Sizes)], ..PLAIN };
const NORM: Row = Row {
    operator: "BatchNormalization",
    arguments: &[("eps", "epsilon", Real), ("momentum", "momentum", Real)],
    ignored: &["", "affine", "track_running_stats", "bias"],
    tensors: &["weight", "bias", "running_mean", "running_var"],
    ..PLAIN
};
const INSTANCE_NORM: Row = Row {
    operator: "InstanceNormalization",
    arguments: &[("eps", "epsilon", Real), ("track_running_stats", "track_running_stats", Flag)],
    ignored: &["", "momentum", "affine", "bias"],
    ..NORM
};
const UPSAMPLE: Row = Row {
    operator: "Resize",
    arguments: &[("size", "sizes", Sizes), ("scale_factor", "scales", Reals), ("mode", "mode", Text)],
    always: &[("coordinate_transformation_mode", Word("asymmetric")), ("nearest_mode", Word("floor"))],
    ..PLAIN
};

/// PyTorch's modules, in the order of its documentation.
const MODULES: &[Row] = &[
    Row { kind: "Conv1d", axes: Some(1), ..CONVOLUTION },
    Row { kind: "Conv2d", ..CONVOLUTION },
    Row { kind: "ConvTranspose1d", operator: "ConvTranspose", axes: Some(1), ..CONVOLUTION },
    Row { kind: "ConvTranspose2d", operator: "ConvTranspose", ..CONVOLUTION },
    Row { kind: "MaxPool1d", axes: Some(1), ..MAX_POOL },
    Row { kind: "MaxPool2d", ..MAX_POOL },
    Row { kind: "AvgPool1d", axes: Some(1), ..AVERAGE_POOL },
    Row { kind: "AvgPool2d", ..AVERAGE_POOL },
    Row { kind: "AdaptiveAvgPool1d", operator: "GlobalAveragePool", axes: Some(1), ..ADAPTIVE_POOL },
    Row { kind: "AdaptiveAvgPool2d", operator: "GlobalAveragePool", ..ADAPTIVE_POOL },
    Row { kind: "AdaptiveMaxPool1d", operator: "GlobalMaxPool", axes: Some(1), ..ADAPTIVE_POOL },
    Row { kind: "AdaptiveMaxPool2d", operator: "GlobalMaxPool", ..ADAPTIVE_POOL },
    Row { kind: "ELU", operator: "Elu", arguments: &[("alpha", "alpha", Real)], ..PLAIN },
    Row { kind: "Hardsigmoid", operator: "HardSigmoid", always: &[("alpha", Number(1.0 / 6.0))], ..PLAIN },
    Row {
        kind: "Hardtanh",
        operator: "Clip",
        arguments: &[("min_val", "min", Real), ("max_val", "max", Real)],
        ..PLAIN
    },
    Row { kind: "ReLU6", operator: "Clip", always: &[("min", Number(0.0)), ("max", Number(6.0))], ..PLAIN },
    Row { kind: "Hardswish", operator: "HardSwish", ..PLAIN },
    Row { kind: "LeakyReLU", operator: "LeakyRelu", arguments: &[("negative_slope", "alpha", Real)], ..PLAIN },
    Row { kind: "PReLU", operator: "PRelu", ignored: &["num_parameters"], tensors: &["weight"], ..PLAIN },
    Row { kind: "ReLU", operator: "Relu", ..PLAIN },
    Row { kind: "GELU", operator: "Gelu", arguments: &[("approximate", "approximate", Text)], ..PLAIN },
    Row { kind: "Sigmoid", operator: "Sigmoid", ..PLAIN },
    Row { kind: "SiLU", operator: "Swish", ..PLAIN },
    Row {
        kind: "Softplus",
        operator: "Softplus",
        arguments: &[("beta", "beta", Real), ("threshold", "threshold", Real)],
        ..PLAIN
    },
    Row { kind: "Tanh", operator: "Tanh", ..PLAIN },
    Row { kind: "Softmax2d", axes: Some(2), operator: "Softmax", always: &[("axis", Whole(1))], ..PLAIN },
    Row { kind: "Softmax", operator: "Softmax", arguments: &[("dim", "axis", Int)], ..PLAIN },
    Row { kind: "LogSoftmax", operator: "LogSoftmax", arguments: &[("dim", "axis", Int)], ..PLAIN },
    Row { kind: "BatchNorm1d", ..NORM },
    Row { kind: "BatchNorm2d", axes: Some(2), ..NORM },
    Row {
        kind: "GroupNorm",
        operator: "GroupNormalization",
        positional: &["num_groups", "num_channels"],
        arguments: &[("num_groups", "num_groups", Int), ("eps", "epsilon", Real)],
        ignored: &["num_channels", "affine", "bias"],
        tensors: &["weight", "bias"],
        ..PLAIN
    },
    Row { kind: "InstanceNorm1d", axes: Some(1), ..INSTANCE_NORM },
    Row { kind: "InstanceNorm2d", axes: Some(2), ..INSTANCE_NORM },
    Row {
        kind: "LayerNorm",
        operator: "LayerNormalization",
        positional: &["normalized_shape"],
        arguments: &[("normalized_shape", "axis", Last), ("eps", "epsilon", Real)],
        ignored: &["elementwise_affine", "bias"],
        tensors: &["weight", "bias"],
        ..PLAIN
    },
    Row {
        kind: "Linear",
        operator: "Gemm",
        axes: Some(0),
        ignored: &["in_features", "out_features", "bias"],
        always: &[("transB", Whole(1))],
        tensors: &["weight", "bias"],
        ..PLAIN
    },
    Row { kind: "Dropout", operator: "Dropout", arguments: &[("p", "ratio", Real)], ..PLAIN },
    Row {
        kind: "Flatten",
        operator: "Flatten",
        arguments: &[("start_dim", "axis", Int), ("end_dim", "end_dim", Int)],
        ..PLAIN
    },
    Row { kind: "Identity", operator: "Identity", ignored: &["", "inplace"], ..PLAIN },
    Row {
        kind: "Unflatten",
        operator: "Reshape",
        axes: Some(0),
        arguments: &[("dim", "dim", Int), ("unflattened_size", "shape", Sample)],
        ..PLAIN
    },
    Row { kind: "Upsample", ..UPSAMPLE },
    Row { kind: "UpsamplingNearest2d", axes: Some(2), ..UPSAMPLE },
];

/// The row of a kind of module.
pub fn row(kind: &str) -> Option<&'static Row> {
    MODULES.iter().find(|row| row.kind == kind)
}

impl Row {
    /// The attributes that these arguments are, and PyTorch's defaults that are not ONNX's.
    pub fn attributes(&self, arguments: &[(String, String)]) -> Vec<Attribute> {
        let mut positional = self.positional.iter();
        let known = |(name, value): &(String, String)| {
            let name = if name.is_empty() { positional.next().unwrap_or(&"") } else { &**name };
            if self.ignored.contains(&name) {
                return None;
            }
            let axes = self.axes.unwrap_or(1);
            let row = self.arguments.iter().find(|(torch, _, _)| *torch == name);
            let (onnx, setting, alias) = match row {
                Some((_, onnx, Last)) => (*onnx, Last.read(axes, value), format!("first axis of {name}")),
                Some((_, onnx, form)) => (*onnx, form.read(axes, value), name.into()),
                None => (name, Setting::Text(value.clone()), name.into()),
            };
            // `same` and `valid` are an attribute of their own.
            let onnx = if onnx == "pads" && matches!(setting, Setting::Text(_)) { "auto_pad" } else { onnx };
            Some(Attribute { name: onnx.into(), alias, setting })
        };
        let mut attributes: Vec<Attribute> = arguments.iter().filter_map(known).collect();
        attributes.extend(self.always.iter().map(|&(name, value)| {
            let setting = match value {
                Whole(number) => Setting::Int(number),
                Number(number) => Setting::Float(number),
                Word(word) => Setting::Text(word.into()),
            };
            Attribute { name: name.into(), alias: name.into(), setting }
        }));
        // PyTorch's momentum is the share of the new statistics, ONNX's that of the old ones.
        for attribute in &mut attributes {
            if let (Setting::Float(number), "BatchNormalization", "momentum") =
                (&mut attribute.setting, self.operator, &*attribute.name)
            {
                *number = 1.0 - *number;
            }
        }
        // ONNX's Flatten has no end but the last axis, and its Reshape is of all.
        let is_default = |name: &str, setting: &Setting| {
            matches!((name, setting), ("end_dim", Setting::Int(-1)) | ("dim", Setting::Int(1)))
        };
        attributes.retain(|attribute| !is_default(&attribute.name, &attribute.setting));
        attributes
    }
}

impl Form {
    /// The value that the text stands for, or the text itself if it is something else. One number stands for all of the axes.
    fn read(self, axes: usize, text: &str) -> Setting {
        fn list<T: FromStr + Clone>(axes: usize, text: &str) -> Option<Vec<T>> {
            match inside(text) {
                Some(numbers) => numbers.map(|number| number.parse().ok()).collect(),
                None => text.parse().ok().map(|number: T| vec![number; axes]),
            }
        }
        let sizes = || list::<i64>(axes, text);
        let setting = match self {
            Int => text.parse().ok().map(Setting::Int),
            Real => text.parse().ok().map(Setting::Float),
            Text => Some(Setting::Text(text.trim_matches('\'').into())),
            Flag => match text {
                "True" => Some(Setting::Int(1)),
                "False" => Some(Setting::Int(0)),
                _ => None,
            },
            Sizes => sizes().map(Setting::Ints),
            Reals => list(axes, text).map(Setting::Floats),
            Pads => match text {
                "same" => Some(Setting::Text("SAME_UPPER".into())),
                "valid" => Some(Setting::Text("VALID".into())),
                _ => sizes().map(|pads| Setting::Ints([&pads[..], &pads[..]].concat())),
            },
            Sample => sizes().map(|sizes| Setting::Ints([&[0], &sizes[..]].concat())),
            Last => inside(text).map(|sizes| Setting::Int(-(sizes.count() as i64))),
        };
        setting.unwrap_or_else(|| Setting::Text(text.into()))
    }
}

/// What is between the parentheses of `(4, 6)` or `(4,)`, if the text has any.
fn inside(text: &str) -> Option<impl Iterator<Item = &str>> {
    let list = text.strip_prefix('(')?.strip_suffix(')')?;
    Some(list.strip_suffix(',').unwrap_or(list).split(',').map(str::trim).filter(|number| !number.is_empty()))
}
