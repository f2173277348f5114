//! A trained network as an [ONNX](https://onnx.ai) model, for other runtimes: ONNX Runtime, Triton, KServe, and through them
//! phones and GPUs.
//!
//! The model is self-contained: it includes the parameters. It computes what [`infer`](crate::layer::Layer::infer) computes, up
//! to rounding, because sums may be in another order. BatchNorm uses its running statistics, and Dropout is an identity.
//!
//! ```
//! use shapeproof::io::onnx::{Settings, to_onnx};
//! use shapeproof::network::Network;
//!
//! shapeproof::network! { type Net = [1, 9, 7] => Conv2D(filters = 4, kernel = 3), ReLU, Flatten, Dense(units = 10) }
//!
//! let network = Net::new(1);
//! let settings = Settings { name: "digits", metadata: &[("license", "MIT")], ..Settings::default() };
//! let model: Vec<u8> = to_onnx(&*network, &settings)?;
//! # Ok::<(), shapeproof::Error>(())
//! ```
//!
//! # What is in the file
//! | | |
//! |---|---|
//! | input | `input`, `[batch, C, H, W]`, or `[batch, C]` for a network that takes vectors |
//! | output | `output`, likewise; a `C×1×1` output is `[batch, C]` |
//! | nodes | one for each layer, by position or name, and kind: `0/Conv2D`, `3.body.0/Conv2D`, `conv1/Conv2D` |
//! | initializers | the parameters, and constants of functions: `0.weight`, `0/Clip.constant1` |
//! | metadata | `shapeproof.summary`, the table of layers; the [`Card`](crate::io::Card); the entries of [`Settings::metadata`] |
//!
//! **Nodes.** That of a block is the sum, product or concatenation after its branches; a network in the place of a layer has none.
//! If a `C×1×1` sample has to be converted, `3/as_image` or `3/as_vector` does it before the layer. Where ONNX needs several
//! operators, those before the last are `0/SiLU/0/Sigmoid`.
//!
//! **Initializers.** Parameters are named as in [a model file](crate::io#what-is-in-a-file); the slopes of a PReLU per channel are
//! `[C, 1, 1]`.
//!
//! **Metadata.** Of the card, `mean`, `std` and `classes` are a JSON array each, and `resize` is an object as in a model file. The
//! producer's version is that of this crate.
//!
//! `batch` is a symbolic dimension: the batch size is chosen by the runtime. Only input and output have a shape in the file; the
//! others are inferred. The operator set is 25 (IR version 13): it has the newest definition of every operator used here, and a
//! runtime that supports a later set supports it too.
//!
//! A network in `f64` becomes a model in `f64`. Many runtimes compute in `f32` only (ONNX Runtime has no `f64` convolution on
//! the CPU); for these, [`Settings::precision`] rounds the parameters. Slopes and `eps` are `f32` in any model, as ONNX requires.
//!
//! # Differences from ONNX
//! - **BatchNorm.** `running_var` is collected as in PyTorch, with squares divided by `M − 1`, where `M` is the number of values
//!   of a channel in the mini-batch. Inference uses it as it is, so every runtime agrees. Only ONNX's operator in training mode
//!   would continue differently: it divides by `M`.
//! - **Padding.** ONNX Runtime refuses a max pooling whose padding is as large as its window without the gaps of dilation, and so
//!   does the export.
//! - **NaN.** A max pooling propagates NaN, as in PyTorch. ONNX does not specify this, and ONNX Runtime ignores NaN if a window
//!   has any other value.
//!
//! # Layers of your own
//! A layer that declares its [`Layer::OPERATION`](crate::layer::Layer::OPERATION) is written like the crate's own; any other is
//! refused.

mod graph;
mod operator;
mod part;
mod proto;
mod settings;

use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use prost::Message;

use self::graph::{Graph, refuse};
use self::part::{Part, parts};
use self::proto::{ModelProto, OperatorSetIdProto, StringStringEntryProto};
use crate::error::{Error, Result};
use crate::layer::Operation;
use crate::network::Network;
use crate::scalar::Scalar;
use crate::shape::Shape;

pub use self::settings::Settings;

/// Operator set 25 is the first with the current definition of every operator used here.
const OPERATORS: i64 = 25;

/// The version of the file structure released with that operator set (onnx 1.20).
const IR_VERSION: i64 = 13;

/// The maximum size of a protobuf message in bytes.
const LARGEST: usize = i32::MAX as usize;

/// Returns `network` as an ONNX model: the bytes of a `.onnx` file.
///
/// # Errors
/// - [`Error::Unwritable`] for the first layer that does not declare its operation, or whose shapes or parameters contradict it.
/// - [`Error::Model`] for a card that does not fit the network.
/// - [`Error::Setting`] for an empty name, for a metadata key that is empty, repeated, or begins with `shapeproof.`, and for a
///   network larger than the 2 GiB limit of a protobuf message.
pub fn to_onnx<N: Network>(network: &N, settings: &Settings<'_>) -> Result<Vec<u8>> {
    settings.check::<N>()?;
    let precision = settings.precision.unwrap_or(N::Scalar::PRECISION);
    let parts = parts(network, precision);
    describable::<N>(&parts)?;
    let mut graph = Graph::new(settings.name, N::Input::DIMS, precision);
    graph.push(parts)?;

    let entry = |key: &str, value: String| StringStringEntryProto { key: key.into(), value };
    let own = [entry("shapeproof.summary", N::summary().to_string())];
    let of_card = settings.of_card().into_iter().map(|(key, value)| entry(key, value));
    let others = settings.metadata.iter().map(|(key, value)| entry(key, (*value).into()));
    let model = ModelProto {
        ir_version: IR_VERSION,
        opset_import: [OperatorSetIdProto { domain: Some("".into()), version: OPERATORS }].into(),
        producer_name: env!("CARGO_PKG_NAME").into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        doc_string: settings.doc.into(),
        graph: Some(graph.finish(N::LAYERS)),
        metadata_props: own.into_iter().chain(of_card).chain(others).collect(),
    };
    let size = model.encoded_len();
    if size > LARGEST {
        let expected = format!("at most {LARGEST} bytes, where a protobuf message ends");
        return Err(Error::Setting { setting: "network", found: format!("{size} bytes"), expected });
    }
    Ok(model.encode_to_vec())
}

/// Checks that every layer declares its operation, and that the network is the sequence of its layers.
fn describable<N: Network>(parts: &[Part]) -> Result<()> {
    let mut unknown: Option<&Part> = None;
    for part in parts.iter().filter(|part| part.operation == Operation::Custom) {
        match unknown {
            // If a block cannot be written because of a layer inside it, that layer is named.
            Some(block) if part.depth <= block.depth => break,
            _ => unknown = Some(part),
        }
    }
    if let Some(part) = unknown {
        return Err(refuse(part, "no description of it".into(), "a layer with an `OPERATION`".into()));
    }
    // A layer around others may list their rows as its own, and still compute more than their sequence.
    if N::OPERATION == Operation::Custom {
        return Err(Error::Unwritable {
            layer: "0".into(),
            kind: N::KIND,
            format: "ONNX",
            found: "a layer around others, with no description of it".into(),
            expected: "layers one after the other".into(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::proto::{NodeProto, ValueInfoProto, data_type};
    use super::*;
    use crate::data::{Normalize, Resize};
    use crate::io::Card;
    use crate::scalar::Precision;
    use std::vec;

    crate::network! {
        type Net = [2, 5, 7] =>
            Conv2D(filters = 3, kernel = [3, 2], stride = [1, 2], padding = [1, 0]), // 3×5×3
            PReLU(per_channel = true),
            MaxPool2D(window = [5, 3]),                                              // 3
            Dense(units = 4),
    }

    fn model<N: Network>(settings: &Settings<'_>) -> ModelProto {
        ModelProto::decode(to_onnx(&*N::new(1), settings).unwrap().as_slice()).unwrap()
    }

    /// `0/Conv2D: Conv(input, 0.weight, 0.bias)`
    fn line(node: &NodeProto) -> String {
        format!("{}: {}({}) → {}", node.name, node.op_type, node.input.join(", "), node.output.join(", "))
    }

    /// The type and the sizes of a value.
    fn shape(value: &ValueInfoProto) -> (i32, Vec<String>) {
        let tensor = value.r#type.clone().unwrap().tensor_type.unwrap();
        let size = |dim: proto::Dimension| dim.dim_param.unwrap_or_else(|| dim.dim_value.unwrap().to_string());
        (tensor.elem_type, tensor.shape.unwrap().dim.into_iter().map(size).collect())
    }

    #[test]
    fn every_layer_is_a_node() {
        let graph = model::<Net>(&Settings::default()).graph.unwrap();
        assert_eq!(
            graph.node.iter().map(line).collect::<Vec<_>>(),
            [
                "0/Conv2D: Conv(input, 0.weight, 0.bias) → 0/Conv2D.output",
                "1/PReLU: PRelu(0/Conv2D.output, 1.weight) → 1/PReLU.output",
                "2/MaxPool2D: MaxPool(1/PReLU.output) → 2/MaxPool2D.output",
                "3/as_vector: Flatten(2/MaxPool2D.output) → 3/as_vector.output",
                "3/Dense: Gemm(3/as_vector.output, 3.weight, 3.bias) → output",
            ]
        );
        assert_eq!(graph.node[0].doc_string, "Conv2D 3×2, stride 1×2, padding 1×0");
        let attributes: Vec<_> = graph.node[0].attribute.iter().map(|a| (a.name.as_str(), a.ints.as_slice())).collect();
        let expected: [(&str, &[i64]); 5] = [
            ("kernel_shape", &[3, 2]),
            ("strides", &[1, 2]),
            ("pads", &[1, 0, 1, 0]),
            ("dilations", &[1, 1]),
            ("group", &[]), // one number, not a list
        ];
        assert_eq!(attributes, expected);
        assert_eq!(shape(&graph.input[0]), (data_type::FLOAT, ["batch", "2", "5", "7"].map(String::from).to_vec()));
        assert_eq!(shape(&graph.output[0]), (data_type::FLOAT, ["batch", "4"].map(String::from).to_vec()));
    }

    #[test]
    fn parameters_are_inside_under_their_names() {
        let graph = model::<Net>(&Settings::default()).graph.unwrap();
        let found: Vec<_> =
            graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor.dims.clone())).collect();
        let expected = [
            ("0.weight", vec![3, 2, 3, 2]),
            ("0.bias", vec![3]),
            ("1.weight", vec![3, 1, 1]),
            ("3.weight", vec![4, 3]),
            ("3.bias", vec![4]),
        ];
        assert_eq!(found, expected);
        assert_eq!(graph.initializer[2].raw_data, [0.25f32.to_le_bytes(); 3].concat());
    }

    #[test]
    fn a_block_is_a_sum_after_its_branches() {
        crate::network! {
            type Blocks = [2, 3, 4] =>
                stage: Residual(conv: Conv2D(filters = 2, kernel = 1), ReLU),
                Residual(Flatten, Dense(units = 3), shortcut = (Conv2D(filters = 3, kernel = [3, 4]))),
                Residual(BatchNorm),
        }
        let graph = model::<Blocks>(&Settings::default()).graph.unwrap();
        assert_eq!(
            graph.node.iter().map(line).collect::<Vec<_>>(),
            [
                "stage.body.conv/Conv2D: Conv(input, stage.body.conv.weight, stage.body.conv.bias) \
                 → stage.body.conv/Conv2D.output",
                "stage.body.1/ReLU: Relu(stage.body.conv/Conv2D.output) → stage.body.1/ReLU.output",
                "stage/Residual: Add(stage.body.1/ReLU.output, input) → stage/Residual.output",
                "1.body.0/Flatten: Flatten(stage/Residual.output) → 1.body.0/Flatten.output",
                "1.body.1/Dense: Gemm(1.body.0/Flatten.output, 1.body.1.weight, 1.body.1.bias) → 1.body.1/Dense.output",
                "1.shortcut.0/Conv2D: Conv(stage/Residual.output, 1.shortcut.0.weight, 1.shortcut.0.bias) \
                 → 1.shortcut.0/Conv2D.output",
                "1/as_vector: Flatten(1.shortcut.0/Conv2D.output) → 1/as_vector.output",
                "1/Residual: Add(1.body.1/Dense.output, 1/as_vector.output) → 1/Residual.output",
                "2.body.0/BatchNorm: BatchNormalization(1/Residual.output, 2.body.0.weight, 2.body.0.bias, \
                 2.body.0.running_mean, 2.body.0.running_var) → 2.body.0/BatchNorm.output",
                "2/Residual: Add(2.body.0/BatchNorm.output, 1/Residual.output) → output",
            ]
        );
        assert_eq!(graph.node[2].doc_string, "Residual x + body");
        assert_eq!(shape(&graph.output[0]).1, ["batch", "3"]);
    }

    #[test]
    fn a_network_in_double_precision_can_be_rounded() {
        crate::network! { type Double = [3, 1, 1; f64] => LeakyReLU, Conv2D(filters = 2, kernel = 1) }
        let rounded = Settings { precision: Some(Precision::Single), ..Settings::default() };
        for (settings, data_type, bytes) in
            [(Settings::default(), data_type::DOUBLE, 8), (rounded, data_type::FLOAT, 4)]
        {
            let graph = model::<Double>(&settings).graph.unwrap();
            let names: Vec<_> = graph.node.iter().map(|node| node.name.as_str()).collect();
            assert_eq!(names, ["0/LeakyReLU", "1/as_image", "1/Conv2D", "2/as_vector"]);
            assert_eq!(shape(&graph.input[0]), (data_type, ["batch", "3"].map(String::from).to_vec()));
            assert_eq!(shape(&graph.output[0]), (data_type, ["batch", "2"].map(String::from).to_vec()));
            assert_eq!(
                (graph.initializer[1].name.as_str(), graph.initializer[1].raw_data.len()),
                ("1.weight", 6 * bytes)
            );
        }
    }

    #[test]
    fn the_model_says_where_it_comes_from() {
        let card = Card {
            preprocessing: Some(Normalize::new(0.1307, 0.5)),
            classes: ["a", "\"b\"", "c", "d"].map(String::from).to_vec(),
            ..Card::default()
        };
        let metadata = &[("license", "MIT")];
        let settings = Settings { doc: "For a test.", card: Some(&card), metadata, ..Settings::default() };
        let model = model::<Net>(&settings);
        let says = [&model.producer_name, &model.producer_version, &model.doc_string];
        assert_eq!(says, ["shapeproof", env!("CARGO_PKG_VERSION"), "For a test."]);
        let keys: Vec<_> = model.metadata_props.iter().map(|entry| entry.key.as_str()).collect();
        assert_eq!(keys, ["shapeproof.summary", "mean", "std", "classes", "license"]);
        let values = model.metadata_props[1..].iter().map(|entry| entry.value.as_str()).collect::<Vec<_>>();
        assert_eq!(values, ["[0.1307]", "[0.5]", r#"["a","\"b\"","c","d"]"#, "MIT"]);
        assert_eq!(model.metadata_props[0].value, Net::summary().to_string());

        crate::network! { type Gray = [1, 3, 2] => Flatten, Dense(units = 2) }
        let card = Card { resize: Some(Resize::default()), ..Card::default() };
        let entry = &self::model::<Gray>(&Settings { card: Some(&card), ..Settings::default() }).metadata_props[1];
        assert_eq!((&*entry.key, &*entry.value), ("resize", r#"{"fit":"crop","background":255}"#));
    }
}
