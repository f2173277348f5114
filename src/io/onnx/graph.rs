//! Builds the graph layer by layer: nodes, the values between them, and the parameters.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::{IntoIter, Vec};
use core::iter::Peekable;

use super::operator::{Before, Operator, Rank, attributes_of, operator};
use super::part::{Part, Weights};
use super::proto::{
    AttributeProto, Dimension, GraphProto, NodeProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto,
    ValueInfoProto, elements, whole,
};
use crate::error::{Error, Result};
use crate::layer::{Function, Node, Operation, Source};
use crate::scalar::Precision;
use crate::shape::inference::{self, Inferred};
use crate::shape::{ConstString, Dims};

/// A graph under construction.
pub struct Graph {
    proto: GraphProto,
    precision: Precision,
    end: End,
}

/// The output of the layers so far: its name, the shape of a sample, and its rank in ONNX.
#[derive(Clone)]
struct End {
    value: String,
    dims: Dims,
    rank: Rank,
}

/// Layers that are not in the graph yet.
type Parts = Peekable<IntoIter<Part>>;

impl Graph {
    /// A graph without nodes.
    pub fn new(name: &str, input: Dims, precision: Precision) -> Graph {
        let rank = if input.is_flat() { Rank::Vector } else { Rank::Image };
        let mut proto = GraphProto { name: name.into(), ..Default::default() };
        proto.input.push(value_info("input", input, rank, precision));
        Graph { proto, precision, end: End { value: "input".into(), dims: input, rank } }
    }

    /// Adds a network's layers, in order.
    pub fn push(&mut self, parts: Vec<Part>) -> Result<()> {
        let mut parts = parts.into_iter().peekable();
        self.branch("", 0, &mut parts)?;
        match parts.next() {
            None => Ok(()),
            Some(part) => Err(refuse(&part, "a layer inside another".into(), "an `Addition` around it".into())),
        }
    }

    /// Adds the layers at depth `depth` on the branch `name`.
    fn branch(&mut self, name: &str, depth: usize, parts: &mut Parts) -> Result<()> {
        while let Some(part) = parts.next_if(|part| part.depth == depth && part.branch == name) {
            self.part(part, parts)?;
        }
        Ok(())
    }

    /// Adds a layer, with those inside it.
    fn part(&mut self, part: Part, parts: &mut Parts) -> Result<()> {
        match part.operation {
            Operation::Addition => self.addition(part, parts),
            Operation::Multiplication => self.multiplication(part, parts),
            Operation::Concatenation => self.concatenation(part, parts),
            // It has no node of its own.
            Operation::Sequence => self.branch("", part.depth + 1, parts),
            _ => self.layer(part),
        }
    }

    /// Adds a layer without others inside.
    fn layer(&mut self, part: Part) -> Result<()> {
        let Some(operator) = operator(&part, self.end.dims) else {
            return Err(refuse(&part, "no description of it".into(), "a layer with an `OPERATION`".into()));
        };
        self.check(&part, operator.ruling, &operator.parameters)?;
        self.bring_to(operator.takes, &part.path);
        match part.operation {
            Operation::Function(Function { onnx, .. }) => self.function(&part, onnx),
            _ => {
                self.node(part, operator);
                Ok(())
            }
        }
    }

    /// Adds the nodes of a function. The last one has the layer's name; `0/Softplus/1/Div` is one before it.
    fn function(&mut self, part: &Part, nodes: &[Node]) -> Result<()> {
        let (start, mut values) = (self.end.value.clone(), Vec::new());
        for (at, node) in nodes.iter().enumerate() {
            let mut proto = NodeProto { op_type: node.operator.into(), attribute: attributes_of(node), ..named(part) };
            if at + 1 < nodes.len() {
                proto.name = format!("{}/{at}/{}", proto.name, node.operator);
            }
            for (place, source) in node.inputs.iter().enumerate() {
                let input = match *source {
                    Source::Input => start.clone(),
                    Source::Node(before) => match values.get(before) {
                        Some(value) => String::clone(value),
                        None => {
                            let found = format!("node {at}, {}, takes the result of node {before}", node.operator);
                            return Err(refuse(part, found, "a node before it".into()));
                        }
                    },
                    Source::Number(number) => {
                        let name = format!("{}.constant{place}", proto.name);
                        self.proto.initializer.push(TensorProto::scalar(&name, number, self.precision));
                        name
                    }
                };
                proto.input.push(input);
            }
            let value = format!("{}.output", proto.name);
            proto.output.push(value.clone());
            self.proto.node.push(proto);
            values.push(value);
        }
        self.end.value = values.pop().unwrap_or(start);
        Ok(())
    }

    /// Adds the branches of a block, and returns their names and ends. All start where the block starts.
    fn branches(&mut self, part: &Part, parts: &mut Parts) -> Result<Vec<(&'static str, End)>> {
        let (start, mut ends) = (self.end.clone(), Vec::new());
        while let Some(inside) = parts.peek().filter(|inside| inside.depth == part.depth + 1) {
            let name = inside.branch;
            self.branch(name, part.depth + 1, parts)?;
            ends.push((name, core::mem::replace(&mut self.end, start.clone())));
        }
        Ok(ends)
    }

    /// Adds a block that is the sum of its branches.
    fn addition(&mut self, part: Part, parts: &mut Parts) -> Result<()> {
        let start = self.end.clone();
        let ends = self.branches(&part, parts)?;
        let (body, other, shortcut) = match ends.as_slice() {
            [("body", body)] => (body, &start, None),
            [("body", body), ("shortcut", shortcut)] => (body, shortcut, Some(shortcut.dims)),
            _ => {
                let names: Vec<&str> = ends.iter().map(|(name, _)| *name).collect();
                let found = format!("the branches [{}]", names.join(", "));
                return Err(refuse(&part, found, "`body`, and `shortcut` if there are two".into()));
            }
        };
        self.check(&part, inference::residual(start.dims, body.dims, shortcut), &[])?;
        self.join(part, "Add", [body.clone(), other.clone()].into());
        Ok(())
    }

    /// Adds a block that is the product of its input and its only branch.
    fn multiplication(&mut self, part: Part, parts: &mut Parts) -> Result<()> {
        let start = self.end.clone();
        let ends = self.branches(&part, parts)?;
        let [("gate", gate)] = ends.as_slice() else {
            return Err(refuse(&part, format!("{} branches", ends.len()), "one branch, `gate`".into()));
        };
        self.check(&part, inference::gate(start.dims, gate.dims), &[])?;
        self.join(part, "Mul", [start, gate.clone()].into());
        Ok(())
    }

    /// Adds a block whose branches are joined along the channels: each is a layer in the list `branches`.
    fn concatenation(&mut self, part: Part, parts: &mut Parts) -> Result<()> {
        let (start, mut ends) = (self.end.clone(), Vec::new());
        while let Some(branch) = parts.next_if(|inside| inside.depth == part.depth + 1 && inside.branch == "branches") {
            self.part(branch, parts)?;
            ends.push(core::mem::replace(&mut self.end, start.clone()));
        }
        let Some(first) = ends.first() else {
            return Err(refuse(&part, "no branches".into(), "`branches`".into()));
        };
        let channels = ends.iter().fold(0usize, |channels, end| channels.saturating_add(end.dims.channels));
        let met = ends.iter().try_for_each(|end| inference::meets(first.dims, end.dims).map(drop));
        self.check(&part, met.and_then(|()| inference::concat(first.dims, channels)), &[])?;
        self.join(part, "Concat", ends);
        Ok(())
    }

    /// Adds the node of a block over the ends of its branches. Some may be images and others vectors: a `C×1×1` sample can be both,
    /// and factors for channels are an image of one pixel beside one of more.
    fn join(&mut self, part: Part, op_type: &str, ends: Vec<End>) {
        let is_mixed = ends.iter().any(|end| end.rank != ends[0].rank);
        let rank = if part.output.is_flat() { Rank::Vector } else { Rank::Image };
        let mut node = NodeProto { op_type: op_type.into(), ..named(&part) };
        let mut first = None;
        for (at, end) in ends.into_iter().enumerate() {
            self.end = end;
            if is_mixed {
                let is_list = op_type == "Concat";
                let path = if is_list { format!("{}.branches.{at}", part.path) } else { part.path.clone() };
                self.bring_to(rank, &path);
            }
            match &first {
                None => first = Some(self.end.clone()),
                Some(_) => node.input.push(self.end.value.clone()),
            }
        }
        if op_type == "Concat" {
            node.attribute.push(AttributeProto::int("axis", 1));
        }
        self.end = first.unwrap_or_else(|| self.end.clone());
        self.connect(node, part.output, self.end.rank);
    }

    /// Checks that the layer's shapes and parameters are those of its operation.
    fn check(&self, part: &Part, ruling: Inferred, parameters: &[(&'static str, Vec<usize>)]) -> Result<()> {
        if let Err(text) = inference::agree(part.kind, ruling, part.output) {
            let found = format!("{:?} from {} to {}", part.operation, self.end.dims, part.output);
            return Err(refuse(part, found, text.as_str().into()));
        }
        if !part.weights.iter().map(|w| (w.name, &w.dims)).eq(parameters.iter().map(|(name, dims)| (*name, dims))) {
            let list = |parameters: Vec<String>| format!("the parameters [{}]", parameters.join(", "));
            let found = list(part.weights.iter().map(|w| format!("{} {:?}", w.name, w.dims)).collect());
            let expected = list(parameters.iter().map(|(name, dims)| format!("{name} {dims:?}")).collect());
            return Err(refuse(part, found, expected));
        }
        Ok(())
    }

    /// Returns the complete graph. The output of a feature vector is `[batch, C]`, whatever the last layer is.
    pub fn finish(mut self, layers: usize) -> GraphProto {
        if self.end.dims.is_flat() {
            self.bring_to(Rank::Vector, &format!("{layers}"));
        }
        // The result of the last node is the output. Values between nodes have no shape in the file: a runtime infers it. For a
        // runtime that is given a fixed batch size (tract), a shape with the name `batch` would be a contradiction.
        if let Some(node) = self.proto.node.last_mut() {
            node.output = vec!["output".into()];
            let End { dims, rank, .. } = self.end;
            self.proto.output.push(value_info("output", dims, rank, self.precision));
        }
        self.proto
    }

    /// Adds the node of a layer and its output.
    fn node(&mut self, part: Part, operator: Operator) {
        let rank = match part.operation {
            Operation::Flattening => Rank::Vector,
            Operation::Unflattening => Rank::Image,
            _ => self.end.rank,
        };
        for (at, Before(op_type, attribute, integers)) in operator.before.into_iter().enumerate() {
            let mut node = NodeProto { op_type: op_type.into(), attribute, ..named(&part) };
            node.name = format!("{}/{at}/{op_type}", node.name);
            self.inputs(&mut node, integers);
            self.connect(node, self.end.dims, self.end.rank);
        }
        let mut node = NodeProto { op_type: operator.op_type.into(), attribute: operator.attributes, ..named(&part) };
        self.inputs(&mut node, operator.integers);
        for Weights { mut tensor, .. } in part.weights {
            // ONNX broadcasts slopes from the last axis on, so slopes per channel need two more axes.
            if matches!(part.operation, Operation::ParametricRectifier { slopes } if slopes > 1) && rank == Rank::Image
            {
                tensor.dims.extend([1, 1]);
            }
            node.input.push(tensor.name.clone());
            self.proto.initializer.push(tensor);
        }
        self.connect(node, part.output, rank);
    }

    /// Adds inputs of whole numbers to `node`; `None` is one that is left out.
    fn inputs(&mut self, node: &mut NodeProto, inputs: Vec<Option<Vec<usize>>>) {
        for (place, input) in (1..).zip(inputs) {
            match input {
                Some(numbers) => self.integers(node, &format!("constant{place}"), &numbers),
                None => node.input.push(String::new()),
            }
        }
    }

    /// Adds a list of whole numbers as an input of `node`.
    fn integers(&mut self, node: &mut NodeProto, name: &str, numbers: &[usize]) {
        let name = format!("{}.{name}", node.name);
        self.proto.initializer.push(TensorProto::integers(&name, numbers));
        node.input.push(name);
    }

    /// Converts a `C×1×1` value between image and vector, if the operator `takes` the other one.
    fn bring_to(&mut self, takes: Rank, path: &str) {
        if takes == self.end.rank || takes == Rank::Any {
            return;
        }
        let mut node = NodeProto::default();
        if takes == Rank::Vector {
            (node.name, node.op_type) = (format!("{path}/as_vector"), "Flatten".into());
            node.attribute.push(AttributeProto::int("axis", 1));
        } else {
            (node.name, node.op_type) = (format!("{path}/as_image"), "Unsqueeze".into());
            self.integers(&mut node, "axes", &[2, 3]);
        }
        self.connect(node, self.end.dims, takes);
    }

    /// Appends `node`, with the current output as its first input.
    fn connect(&mut self, mut node: NodeProto, dims: Dims, rank: Rank) {
        let value = format!("{}.output", node.name);
        node.input.insert(0, self.end.value.clone());
        node.output.push(value.clone());
        self.proto.node.push(node);
        self.end = End { value, dims, rank };
    }
}

/// The description of a value `name`: a batch of any length, of samples of this shape.
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

/// A node with the name of `part`.
fn named(part: &Part) -> NodeProto {
    let title = ConstString::new().str(part.kind).str(" ").str(part.settings.as_str());
    NodeProto {
        name: format!("{}/{}", part.path, part.kind),
        doc_string: title.as_str().trim_end().into(),
        ..Default::default()
    }
}

/// The error for a layer that cannot be written.
pub fn refuse(part: &Part, found: String, expected: String) -> Error {
    Error::Unwritable { layer: part.path.clone(), kind: part.kind, format: "ONNX", found, expected }
}
