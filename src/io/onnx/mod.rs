//! A trained network as an [ONNX](https://onnx.ai) model, the file that other runtimes read: ONNX Runtime, Triton, KServe, and
//! through them phones and GPUs.
//!
//! The model is self-contained: the parameters are inside. It computes what [`infer`](crate::layer::Layer::infer) computes, up to
//! the rounding of another order of additions: BatchNorm with its running statistics, Dropout as an identity.
//!
//! ```
//! use shapeproof::io::onnx::{Settings, to_onnx};
//! use shapeproof::network::Network;
//!
//! shapeproof::network! { type Net = [1, 9, 7] => Conv2D(filters = 4, kernel = 3), ReLU, Flatten, Dense(units = 10) }
//!
//! let network = Net::new(1);
//! let settings = Settings { name: "digits", metadata: &[("classes", "0 1 2 3 4 5 6 7 8 9")], ..Settings::default() };
//! let model: Vec<u8> = to_onnx(&*network, &settings)?;
//! # Ok::<(), shapeproof::Error>(())
//! ```
//!
//! # What is in the file
//! | | |
//! |---|---|
//! | input | `input`, `[batch, C, H, W]`, or `[batch, C]` for a network that takes vectors |
//! | output | `output`, likewise; a `C×1×1` output is `[batch, C]` |
//! | nodes | one for each layer, by position and kind: `0_Conv2D` (with `3_as_image` or `3_as_vector` before one that takes a `C×1×1` sample the other way) |
//! | initialisers | the parameters, by name: `0.weight`; the slopes of a PReLU per channel as `[C, 1, 1]` |
//! | between the nodes | every value has its shape |
//! | metadata | `shapeproof.summary`, the table of layers, and what [`Settings::metadata`] adds; the crate's version is the producer's |
//!
//! `batch` is a name, not a number: the runtime takes any. The operator set is 25 (IR version 13): it has the newest definition
//! of every operator written here, and a runtime that knows a later one knows it too.
//!
//! A network in `f64` becomes a model in `f64`. Many runtimes compute in `f32` alone (ONNX Runtime has no convolution in `f64` on
//! the CPU): [`Settings::precision`] rounds the parameters. Slopes and `eps` are `f32` in any model, as ONNX has them.
//!
//! # Layers of your own
//! A layer that says what it computes in [`Layer::OPERATION`](crate::layer::Layer::OPERATION) is written like the crate's own,
//! any other is refused.

mod graph;
mod operator;
mod proto;

use std::format;
use std::string::ToString;
use std::vec::Vec;

use prost::Message;

use self::graph::{Graph, Weights};
use self::proto::{ModelProto, OperatorSetIdProto, StringStringEntryProto};
use crate::error::{Error, Result};
use crate::layer::{Operation, Row};
use crate::network::Network;
use crate::scalar::{Precision, Scalar};
use crate::shape::Shape;

/// Version 25 of the operators is the first with the current definition of all that are used here.
const OPERATORS: i64 = 25;

/// The version of the file's own structure that was released with those operators (onnx 1.20).
const IR_VERSION: i64 = 13;

/// The crate's own metadata begin with this.
const OWN: &str = "shapeproof.";

/// A protobuf message ends here.
const LARGEST: usize = i32::MAX as usize;

/// What a model says of itself, beside what the network knows.
///
/// ```
/// use shapeproof::io::onnx::Settings;
///
/// let settings = Settings { doc: "Trained on MNIST.", metadata: &[("mean", "0.1307")], ..Settings::default() };
/// assert_eq!(settings.name, "network");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// The graph's name.
    pub name: &'a str,
    /// A description for people; may be empty.
    pub doc: &'a str,
    /// Keys and values that come with the model: its classes, what is done to an image before.
    pub metadata: &'a [(&'a str, &'a str)],
    /// The numbers in the file: `None` for those of the network. In `f32`, numbers above its 3.4·10³⁸ become infinite.
    pub precision: Option<Precision>,
}

impl Default for Settings<'_> {
    fn default() -> Self {
        Settings { name: "network", doc: "", metadata: &[], precision: None }
    }
}

impl Settings<'_> {
    fn check(&self) -> Result<()> {
        let refuse = |setting, found, expected: &str| Err(Error::Setting { setting, found, expected: expected.into() });
        if self.name.is_empty() {
            return refuse("name", "nothing".into(), "a name");
        }
        for (i, (key, _)) in self.metadata.iter().enumerate() {
            if key.is_empty() || key.starts_with(OWN) {
                return refuse("metadata", format!("the key {key:?}"), "keys that do not begin with `shapeproof.`");
            }
            if self.metadata[..i].iter().any(|(other, _)| other == key) {
                return refuse("metadata", format!("the key {key:?} twice"), "every key once");
            }
        }
        Ok(())
    }
}

/// `network` as an ONNX model: the bytes of a `.onnx` file.
///
/// # Errors
/// - [`Error::Unwritable`] for the first layer that does not say what it computes, or says what its shapes or parameters
///   contradict.
/// - [`Error::Setting`] for an empty name, for a metadata key that is empty, comes twice, or begins with `shapeproof.`, and for a
///   network that is larger than the 2 GiB a protobuf message can hold.
pub fn to_onnx<N: Network>(network: &N, settings: &Settings<'_>) -> Result<Vec<u8>> {
    settings.check()?;
    let precision = settings.precision.unwrap_or(N::Scalar::PRECISION);
    let mut weights = Vec::new();
    N::visit([network], [], 0, &mut |parameter, [numbers], []| {
        weights.push(Weights::new(parameter, numbers, precision));
    });
    let mut graph = Graph::new(settings.name, N::Input::DIMS, precision);
    for row in rows::<N>()? {
        graph.push(&row, weights.extract_if(.., |weights| weights.layer == row.layer).collect())?;
    }

    let entry = |key: &str, value: &str| StringStringEntryProto { key: key.into(), value: value.into() };
    let summary = entry("shapeproof.summary", &N::summary().to_string());
    let model = ModelProto {
        ir_version: IR_VERSION,
        opset_import: [OperatorSetIdProto { domain: Some("".into()), version: OPERATORS }].into(),
        producer_name: env!("CARGO_PKG_NAME").into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        doc_string: settings.doc.into(),
        graph: Some(graph.finish(N::LAYERS)),
        metadata_props: settings.metadata.iter().map(|(key, value)| entry(key, value)).chain([summary]).collect(),
    };
    let size = model.encoded_len();
    if size > LARGEST {
        let expected = format!("at most {LARGEST} bytes, where a protobuf message ends");
        return Err(Error::Setting { setting: "network", found: format!("{size} bytes"), expected });
    }
    Ok(model.encode_to_vec())
}

/// The layers, one behind the other, or why they are not.
fn rows<N: Network>() -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    N::summarise(0, &mut |row| rows.push(row));
    // A layer around others may have rows like theirs, and still be more than them one behind the other.
    let known = rows.iter().all(|row| row.operation != Operation::Custom);
    if known && N::OPERATION == Operation::Custom {
        return Err(Error::Unwritable {
            layer: 0,
            kind: N::KIND,
            format: "ONNX",
            found: "a layer around others, with no description of it".into(),
            expected: "layers one behind the other".into(),
        });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::proto::{NodeProto, ValueInfoProto, data_type};
    use super::*;
    use std::string::String;
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

    /// `0_Conv2D: Conv(input, 0.weight, 0.bias)`
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
                "0_Conv2D: Conv(input, 0.weight, 0.bias) → 0_Conv2D.output",
                "1_PReLU: PRelu(0_Conv2D.output, 1.weight) → 1_PReLU.output",
                "2_MaxPool2D: MaxPool(1_PReLU.output) → 2_MaxPool2D.output",
                "3_as_vector: Flatten(2_MaxPool2D.output) → 3_as_vector.output",
                "3_Dense: Gemm(3_as_vector.output, 3.weight, 3.bias) → output",
            ]
        );
        assert_eq!(graph.node[0].doc_string, "Conv2D 3×2, stride 1×2, padding 1×0");
        let attributes: Vec<_> = graph.node[0].attribute.iter().map(|a| (a.name.as_str(), a.ints.as_slice())).collect();
        let expected: [(&str, &[i64]); 3] = [("kernel_shape", &[3, 2]), ("strides", &[1, 2]), ("pads", &[1, 0, 1, 0])];
        assert_eq!(attributes, expected);
        assert_eq!(shape(&graph.input[0]), (data_type::FLOAT, ["batch", "2", "5", "7"].map(String::from).to_vec()));
        assert_eq!(shape(&graph.output[0]), (data_type::FLOAT, ["batch", "4"].map(String::from).to_vec()));
        assert_eq!(shape(&graph.value_info[2]).1, ["batch", "3", "1", "1"]);
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
    fn a_network_in_double_precision_can_be_rounded() {
        crate::network! { type Double = [3, 1, 1; f64] => LeakyReLU, Conv2D(filters = 2, kernel = 1) }
        let rounded = Settings { precision: Some(Precision::Single), ..Settings::default() };
        for (settings, data_type, bytes) in
            [(Settings::default(), data_type::DOUBLE, 8), (rounded, data_type::FLOAT, 4)]
        {
            let graph = model::<Double>(&settings).graph.unwrap();
            let names: Vec<_> = graph.node.iter().map(|node| node.name.as_str()).collect();
            assert_eq!(names, ["0_LeakyReLU", "1_as_image", "1_Conv2D", "2_as_vector"]);
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
        let settings = Settings { doc: "For a test.", metadata: &[("classes", "a b c d")], ..Settings::default() };
        let model = model::<Net>(&settings);
        let says = [&model.producer_name, &model.producer_version, &model.doc_string];
        assert_eq!(says, ["shapeproof", env!("CARGO_PKG_VERSION"), "For a test."]);
        let keys: Vec<_> = model.metadata_props.iter().map(|entry| entry.key.as_str()).collect();
        assert_eq!(keys, ["classes", "shapeproof.summary"]);
        assert_eq!(model.metadata_props[1].value, Net::summary().to_string());
    }

    #[test]
    fn settings_that_make_no_model_are_refused() {
        let says = |settings| to_onnx(&*Net::new(1), &settings).unwrap_err().to_string();
        let metadata = |metadata| says(Settings { metadata, ..Settings::default() });
        assert_eq!(says(Settings { name: "", ..Settings::default() }), "name: found nothing, expected a name");
        let expected = "keys that do not begin with `shapeproof.`";
        assert_eq!(metadata(&[("", "")]), format!("metadata: found the key \"\", expected {expected}"));
        assert_eq!(
            metadata(&[("shapeproof.x", "")]),
            format!("metadata: found the key \"shapeproof.x\", expected {expected}")
        );
        let twice = metadata(&[("a", "1"), ("b", "2"), ("a", "3")]);
        assert_eq!(twice, "metadata: found the key \"a\" twice, expected every key once");
    }
}
