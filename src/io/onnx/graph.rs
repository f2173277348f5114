//! The graph, growing layer by layer: nodes, what goes between them, and the parameters they take.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use super::operator::{Operator, Rank, operator};
use super::proto::{
    AttributeProto, Dimension, GraphProto, NodeProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto,
    ValueInfoProto, data_type, whole,
};
use crate::error::{Error, Result};
use crate::layer::{Operation, Row};
use crate::scalar::{Precision, Scalar};
use crate::shape::{Dims, Text, rules};

/// A parameter of one layer, ready to be taken up by its node.
pub struct Weights {
    pub layer: usize,
    pub name: &'static str,
    pub dims: Vec<usize>,
    pub tensor: TensorProto,
}

impl Weights {
    /// `name`'s numbers, in `precision`.
    pub fn new<T: Scalar>(parameter: crate::layer::Parameter<'_>, numbers: &[T], precision: Precision) -> Weights {
        let raw_data = match precision {
            Precision::Single => numbers.iter().flat_map(|number| (number.into_f64() as f32).to_le_bytes()).collect(),
            Precision::Double => numbers.iter().flat_map(|number| number.into_f64().to_le_bytes()).collect(),
        };
        let dims = parameter.dims.to_vec();
        let tensor =
            TensorProto { dims: whole(&dims), data_type: elements(precision), name: parameter.to_string(), raw_data };
        Weights { layer: parameter.layer, name: parameter.name, dims, tensor }
    }
}

/// A graph up to some layer.
pub struct Graph {
    proto: GraphProto,
    precision: Precision,
    /// What the layers so far give: its name, the shape of a sample, and how ONNX has it.
    value: String,
    dims: Dims,
    rank: Rank,
}

impl Graph {
    /// A graph of no nodes yet.
    pub fn new(name: &str, input: Dims, precision: Precision) -> Graph {
        let rank = if input.is_flat() { Rank::Vector } else { Rank::Image };
        let mut proto = GraphProto { name: name.into(), ..Default::default() };
        proto.input.push(value_info("input", input, rank, precision));
        Graph { proto, precision, value: "input".into(), dims: input, rank }
    }

    /// One more layer, with its parameters.
    pub fn push(&mut self, row: &Row, weights: Vec<Weights>) -> Result<()> {
        let refuse = |found: String, expected: String| Error::Unwritable {
            layer: row.layer,
            kind: row.kind,
            format: "ONNX",
            found,
            expected,
        };
        let Some(operator) = operator(row, self.dims) else {
            return Err(refuse("no description of it".into(), "a layer with an `OPERATION`".into()));
        };
        if let Err(text) = rules::agree(row.kind, operator.ruling, row.output) {
            return Err(refuse(
                format!("{:?} from {} to {}", row.operation, self.dims, row.output),
                text.as_str().into(),
            ));
        }
        if !weights.iter().map(|w| (w.name, &w.dims)).eq(operator.parameters.iter().map(|(name, dims)| (*name, dims))) {
            let list = |parameters: Vec<String>| format!("the parameters [{}]", parameters.join(", "));
            let found = list(weights.iter().map(|w| format!("{} {:?}", w.name, w.dims)).collect());
            return Err(refuse(found, list(operator.parameters.iter().map(|(n, d)| format!("{n} {d:?}")).collect())));
        }
        self.bring_to(operator.takes, row.layer);
        self.node(row, operator, weights);
        Ok(())
    }

    /// The whole graph. A feature vector leaves it as `[batch, C]`, whatever the last layer was.
    pub fn finish(mut self, layers: usize) -> GraphProto {
        if self.dims.is_flat() {
            self.bring_to(Rank::Vector, layers);
        }
        // What the last node gives is the output.
        if let (Some(node), Some(mut value)) = (self.proto.node.last_mut(), self.proto.value_info.pop()) {
            node.output = vec!["output".into()];
            value.name = "output".into();
            self.proto.output.push(value);
        }
        self.proto
    }

    /// The node of `row`, and the value it gives.
    fn node(&mut self, row: &Row, operator: Operator, weights: Vec<Weights>) {
        let title = Text::new().str(row.kind).str(" ").str(row.settings.as_str());
        let mut node = NodeProto {
            name: format!("{}_{}", row.layer, row.kind),
            op_type: operator.op_type.into(),
            doc_string: title.as_str().trim_end().into(),
            attribute: operator.attributes,
            ..Default::default()
        };
        for Weights { mut tensor, .. } in weights {
            // Slopes stand along the channels: they are stretched from the last axis on.
            if matches!(row.operation, Operation::ParametricRectifier { slopes } if slopes > 1)
                && self.rank == Rank::Image
            {
                tensor.dims.extend([1, 1]);
            }
            node.input.push(tensor.name.clone());
            self.proto.initializer.push(tensor);
        }
        let rank = if row.operation == Operation::Flattening { Rank::Vector } else { self.rank };
        self.connect(node, row.output, rank);
    }

    /// Makes the value what an operator `takes`: `C×1×1` is written as an image or as a vector.
    fn bring_to(&mut self, takes: Rank, layer: usize) {
        if takes == self.rank || takes == Rank::Any {
            return;
        }
        let mut node = NodeProto::default();
        if takes == Rank::Vector {
            (node.name, node.op_type) = (format!("{layer}_as_vector"), "Flatten".into());
            node.attribute.push(AttributeProto::int("axis", 1));
        } else {
            (node.name, node.op_type) = (format!("{layer}_as_image"), "Unsqueeze".into());
            let (name, raw_data) = (format!("{}.axes", node.name), [2i64, 3].map(i64::to_le_bytes).concat());
            node.input.push(name.clone());
            self.proto.initializer.push(TensorProto { dims: vec![2], data_type: data_type::INT64, name, raw_data });
        }
        self.connect(node, self.dims, takes);
    }

    /// Puts `node` behind what there is.
    fn connect(&mut self, mut node: NodeProto, dims: Dims, rank: Rank) {
        let value = format!("{}.output", node.name);
        node.input.insert(0, core::mem::replace(&mut self.value, value.clone()));
        node.output.push(value.clone());
        self.proto.node.push(node);
        self.proto.value_info.push(value_info(&value, dims, rank, self.precision));
        (self.dims, self.rank) = (dims, rank);
    }
}

fn elements(precision: Precision) -> i32 {
    match precision {
        Precision::Single => data_type::FLOAT,
        Precision::Double => data_type::DOUBLE,
    }
}

/// What is called `name`: a batch, of any length, of samples of this shape.
fn value_info(name: &str, dims: Dims, rank: Rank, precision: Precision) -> ValueInfoProto {
    let sizes = match rank {
        Rank::Vector => vec![dims.channels],
        _ => vec![dims.channels, dims.height, dims.width],
    };
    let batch = Dimension { dim_param: Some("batch".into()), dim_value: None };
    let sizes = whole(&sizes).into_iter().map(|size| Dimension { dim_param: None, dim_value: Some(size) });
    let shape = TensorShapeProto { dim: core::iter::once(batch).chain(sizes).collect() };
    let tensor = TensorTypeProto { elem_type: elements(precision), shape: Some(shape) };
    ValueInfoProto { name: name.into(), r#type: Some(TypeProto { tensor_type: Some(tensor) }) }
}
