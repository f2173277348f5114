//! The table of modules: the operator that each is exported as, and how its arguments are called there.

use std::str::FromStr;

use super::super::graph::{Attribute, Setting};

/// A module that is one operator.
pub struct Row {
    pub kind: &'static str,
    pub operator: &'static str,
    /// PyTorch's names of the arguments that are printed without one.
    positional: &'static [&'static str],
    /// Arguments: PyTorch's name, ONNX's, and how the text is read.
    arguments: &'static [(&'static str, &'static str, Form)],
    /// Arguments without effect on predictions, or that are known from the tensors.
    ignored: &'static [&'static str],
    /// Attributes that PyTorch does not print.
    always: &'static [(&'static str, i64)],
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
    /// `2` or `(2, 1)`
    Pair,
    /// `2` or `(2,)`, as modules of series have it.
    One,
    /// `2.0` or `(2.0, 1.0)`
    Reals,
    /// The same, for all four sides: `(2, 1)` is `[2, 1, 2, 1]`.
    Pads,
    /// The same, for both ends of a series: `(2,)` is `[2, 2]`.
    Ends,
    /// The sizes of a sample: `(4, 3, 2)` is `[0, 4, 3, 2]`, where 0 keeps the size of the batch.
    Sample,
    /// The sizes of the last axes, for the first of those: `(4, 6, 5)` is −3.
    Last,
}

use Form::{Ends, Flag, Int, Last, One, Pads, Pair, Real, Reals, Sample, Text};

const PLAIN: Row =
    Row { kind: "", operator: "", positional: &[], arguments: &[], ignored: &["inplace"], always: &[], tensors: &[] };
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
    arguments: &[("size", "sizes", Pair), ("scale_factor", "scales", Reals), ("mode", "mode", Text)],
    ..PLAIN
};
const POOL: [(&str, &str, Form); 5] = [
    ("kernel_size", "kernel_shape", Pair),
    ("stride", "strides", Pair),
    ("padding", "pads", Pads),
    ("dilation", "dilations", Pair),
    ("ceil_mode", "ceil_mode", Flag),
];

const POOL_OF_SERIES: [(&str, &str, Form); 5] = [
    ("kernel_size", "kernel_shape", One),
    ("stride", "strides", One),
    ("padding", "pads", Ends),
    ("dilation", "dilations", One),
    ("ceil_mode", "ceil_mode", Flag),
];

/// PyTorch's modules, in the order of its documentation.
const MODULES: &[Row] = &[
    Row {
        kind: "Conv1d",
        operator: "Conv",
        arguments: &[
            ("stride", "strides", One),
            ("padding", "pads", Ends),
            ("dilation", "dilations", One),
            ("groups", "group", Int),
        ],
        ignored: &["", "kernel_size", "bias"],
        tensors: &["weight", "bias"],
        ..PLAIN
    },
    Row {
        kind: "Conv2d",
        operator: "Conv",
        arguments: &[
            ("stride", "strides", Pair),
            ("padding", "pads", Pads),
            ("dilation", "dilations", Pair),
            ("groups", "group", Int),
        ],
        ignored: &["", "kernel_size", "bias"],
        tensors: &["weight", "bias"],
        ..PLAIN
    },
    Row {
        kind: "ConvTranspose1d",
        operator: "ConvTranspose",
        arguments: &[
            ("stride", "strides", One),
            ("padding", "pads", Ends),
            ("output_padding", "output_padding", One),
            ("dilation", "dilations", One),
            ("groups", "group", Int),
        ],
        ignored: &["", "kernel_size", "bias"],
        tensors: &["weight", "bias"],
        ..PLAIN
    },
    Row {
        kind: "ConvTranspose2d",
        operator: "ConvTranspose",
        arguments: &[
            ("stride", "strides", Pair),
            ("padding", "pads", Pads),
            ("output_padding", "output_padding", Pair),
            ("dilation", "dilations", Pair),
            ("groups", "group", Int),
        ],
        ignored: &["", "kernel_size", "bias"],
        tensors: &["weight", "bias"],
        ..PLAIN
    },
    Row { kind: "MaxPool1d", operator: "MaxPool", arguments: &POOL_OF_SERIES, ..PLAIN },
    Row { kind: "MaxPool2d", operator: "MaxPool", arguments: &POOL, ..PLAIN },
    Row {
        kind: "AvgPool1d",
        operator: "AveragePool",
        arguments: &POOL_OF_SERIES,
        always: &[("count_include_pad", 1)],
        ..PLAIN
    },
    Row { kind: "AvgPool2d", operator: "AveragePool", arguments: &POOL, always: &[("count_include_pad", 1)], ..PLAIN },
    Row {
        kind: "AdaptiveAvgPool1d",
        operator: "GlobalAveragePool",
        arguments: &[("output_size", "output_size", One)],
        ..PLAIN
    },
    Row {
        kind: "AdaptiveAvgPool2d",
        operator: "GlobalAveragePool",
        arguments: &[("output_size", "output_size", Pair)],
        ..PLAIN
    },
    Row {
        kind: "AdaptiveMaxPool1d",
        operator: "GlobalMaxPool",
        arguments: &[("output_size", "output_size", One)],
        ..PLAIN
    },
    Row {
        kind: "AdaptiveMaxPool2d",
        operator: "GlobalMaxPool",
        arguments: &[("output_size", "output_size", Pair)],
        ..PLAIN
    },
    Row { kind: "ELU", operator: "Elu", arguments: &[("alpha", "alpha", Real)], ..PLAIN },
    Row { kind: "Hardsigmoid", operator: "HardSigmoid", always: &[], ..PLAIN },
    Row {
        kind: "Hardtanh",
        operator: "Clip",
        arguments: &[("min_val", "min", Real), ("max_val", "max", Real)],
        ..PLAIN
    },
    Row { kind: "ReLU6", operator: "Clip", ..PLAIN },
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
    Row { kind: "Softmax2d", operator: "Softmax", always: &[("axis", 1)], ..PLAIN },
    Row { kind: "Softmax", operator: "Softmax", arguments: &[("dim", "axis", Int)], ..PLAIN },
    Row { kind: "LogSoftmax", operator: "LogSoftmax", arguments: &[("dim", "axis", Int)], ..PLAIN },
    Row { kind: "BatchNorm1d", ..NORM },
    Row { kind: "BatchNorm2d", ..NORM },
    Row {
        kind: "GroupNorm",
        operator: "GroupNormalization",
        positional: &["num_groups", "num_channels"],
        arguments: &[("num_groups", "num_groups", Int), ("eps", "epsilon", Real)],
        ignored: &["num_channels", "affine", "bias"],
        tensors: &["weight", "bias"],
        ..PLAIN
    },
    Row { kind: "InstanceNorm1d", ..INSTANCE_NORM },
    Row { kind: "InstanceNorm2d", ..INSTANCE_NORM },
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
        ignored: &["in_features", "out_features", "bias"],
        always: &[("transB", 1)],
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
        arguments: &[("dim", "dim", Int), ("unflattened_size", "shape", Sample)],
        ..PLAIN
    },
    Row { kind: "Upsample", ..UPSAMPLE },
    Row { kind: "UpsamplingNearest2d", ..UPSAMPLE },
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
            let row = self.arguments.iter().find(|(torch, _, _)| *torch == name);
            let (onnx, setting, alias) = match row {
                Some((_, onnx, Last)) => (*onnx, Last.read(value), format!("first axis of {name}")),
                Some((_, onnx, form)) => (*onnx, form.read(value), name.into()),
                None => (name, Setting::Text(value.clone()), name.into()),
            };
            // One number stands for itself on every axis; so does a text, `same`.
            let onnx = if onnx == "pads" && matches!(setting, Setting::Text(_)) { "auto_pad" } else { onnx };
            Some(Attribute { name: onnx.into(), alias, setting })
        };
        let mut attributes: Vec<Attribute> = arguments.iter().filter_map(known).collect();
        let mut add =
            |name: &str, setting| attributes.push(Attribute { name: name.into(), alias: name.into(), setting });
        self.always.iter().for_each(|&(name, number)| add(name, Setting::Int(number)));
        match self.kind {
            "ReLU6" => {
                add("min", Setting::Float(0.0));
                add("max", Setting::Float(6.0));
            }
            "Upsample" | "UpsamplingNearest2d" => {
                add("axes", Setting::Ints(vec![2, 3]));
                add("coordinate_transformation_mode", Setting::Text("asymmetric".into()));
                add("nearest_mode", Setting::Text("floor".into()));
            }
            "Hardsigmoid" => add("alpha", Setting::Float(1.0 / 6.0)),
            _ => {}
        }
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
    /// The value that the text stands for, or the text itself if it is something else.
    fn read(self, text: &str) -> Setting {
        fn both<T: FromStr + Clone>(text: &str) -> Option<Vec<T>> {
            let inside = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
            match inside {
                Some(list) => list.split(',').map(|number| number.trim().parse().ok()).collect(),
                None => text.parse().ok().map(|number: T| vec![number.clone(), number]),
            }
        }
        let ints = || both::<i64>(text);
        let one = || text.strip_prefix('(').and_then(|text| text.strip_suffix(",)")).unwrap_or(text).parse().ok();
        let setting = match self {
            Int => text.parse().ok().map(Setting::Int),
            Real => text.parse().ok().map(Setting::Float),
            Text => Some(Setting::Text(text.trim_matches('\'').into())),
            Flag => match text {
                "True" => Some(Setting::Int(1)),
                "False" => Some(Setting::Int(0)),
                _ => None,
            },
            Pair => ints().map(Setting::Ints),
            One => one().map(|size| Setting::Ints(vec![size])),
            Sample => ints().map(|sizes| Setting::Ints([&[0], &sizes[..]].concat())),
            Reals => both(text).map(Setting::Floats),
            Ends if !matches!(text, "same" | "valid") => one().map(|size| Setting::Ints(vec![size; 2])),
            Pads | Ends => match text {
                "same" => Some(Setting::Text("SAME_UPPER".into())),
                "valid" => Some(Setting::Text("VALID".into())),
                _ => ints().map(|pads| Setting::Ints([&pads[..], &pads[..]].concat())),
            },
            Last => text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).map(|sizes| {
                let count = sizes.split(',').filter(|size| !size.trim().is_empty()).count();
                Setting::Int(-(count as i64))
            }),
        };
        setting.unwrap_or_else(|| Setting::Text(text.into()))
    }
}
