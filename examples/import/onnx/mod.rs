//! Reads an ONNX file, which is not trusted: every length in it is compared with the bytes that are there, and there are limits on
//! how many nodes, tensors and names it may have, so that the memory it takes is a small multiple of its size.
//!
//! The field numbers are those of [`onnx.proto`](https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).

mod tensor;
mod wire;

use std::rc::Rc;

use self::tensor::{tensor, type_name};
use self::wire::{fields, fields_of_file};
use super::fault::Damage;
use super::graph::{Attribute, Graph, Node, Setting, Sizes};

/// The most nodes, tensors and described values, each.
const MOST: usize = 20_000;
/// The most inputs, outputs and attributes of a node, each.
const MOST_OF_A_NODE: usize = 256;

/// Reads a model.
///
/// # Errors
/// The bytes are not an ONNX model, or not a whole one.
pub fn read(bytes: &[u8]) -> Result<Graph, Damage> {
    let (mut graph, mut version, mut inside) = (Graph::default(), String::new(), None);
    if bytes.is_empty() {
        return Err(Damage::new("file", "no bytes", "an ONNX model"));
    }
    for field in fields_of_file(bytes) {
        match field? {
            (2, field) => graph.producer = field.text()?.into(),
            (3, field) => version = field.text()?.into(),
            (7, field) => inside = Some(field.bytes()?),
            (8, field) => {
                let (mut domain, mut opset) = ("", 0);
                for field in fields(field.bytes()?) {
                    match field? {
                        (1, field) => domain = field.text()?,
                        (2, field) => opset = field.int()?,
                        _ => {}
                    }
                }
                if domain.is_empty() || domain == "ai.onnx" {
                    graph.opset = opset;
                }
            }
            (14, field) => {
                let (mut key, mut text) = ("", "");
                for field in fields(field.bytes()?) {
                    match field? {
                        (1, field) => key = field.text()?,
                        (2, field) => text = field.text()?,
                        _ => {}
                    }
                }
                room(graph.metadata.len(), MOST, "entries of metadata")?;
                graph.metadata.insert(key.into(), text.into());
            }
            _ => {}
        }
    }
    graph.ours = graph.producer == "shapeproof";
    if !version.is_empty() {
        graph.producer = format!("{} {version}", graph.producer).trim().into();
    }
    let Some(inside) = inside else {
        return Err(Damage::new("file", "no graph", "an ONNX model"));
    };
    read_graph(inside, &mut graph)?;
    if graph.ours {
        graph.nodes.iter_mut().for_each(|node| node.label = label(&node.name));
    }
    Ok(graph)
}

/// The name of a layer that this crate wrote as `stage.body.conv/Conv2D`: `conv`. Layers without a name have a number.
fn label(name: &str) -> Option<String> {
    let layer = name.split('/').next()?.rsplit('.').next()?;
    layer.starts_with(|first: char| !first.is_ascii_digit()).then(|| layer.into())
}

fn read_graph(message: &[u8], graph: &mut Graph) -> Result<(), Damage> {
    let mut inputs = Vec::new();
    for field in fields(message) {
        match field? {
            (1, field) => {
                room(graph.nodes.len(), MOST, "nodes")?;
                let number = graph.nodes.len();
                graph.nodes.push(node(field.bytes()?, number)?);
            }
            (5, field) => {
                room(graph.constants.len(), MOST, "tensors")?;
                let (name, tensor) = tensor(field.bytes()?)?;
                graph.constants.insert(name, Rc::new(tensor));
            }
            (11, field) => {
                room(inputs.len(), MOST, "inputs")?;
                inputs.push(value(field.bytes()?)?);
            }
            (12, field) => {
                room(graph.outputs.len(), MOST, "outputs")?;
                graph.outputs.push(value(field.bytes()?)?.0);
            }
            (15, _) => return Err(Damage::new("initializers", "sparse tensors", "dense ones")),
            _ => {}
        }
    }
    // Before version 4, constants are inputs too.
    inputs.retain(|(name, _, _)| !graph.constants.contains_key(name));
    for (name, sizes, kind) in inputs {
        match kind {
            1 | 10 | 16 | 0 => {}
            11 => graph.double = true,
            _ => return Err(Damage::new(format!("input `{name}`"), type_name(kind), "FLOAT or DOUBLE")),
        }
        graph.inputs.push((name, sizes));
    }
    Ok(())
}

/// Checks that there is room for one more.
fn room(count: usize, most: usize, what: &str) -> Result<(), Damage> {
    if count < most { Ok(()) } else { Err(Damage::new(what, format!("more than {most}"), format!("at most {most}"))) }
}

fn node(message: &[u8], number: usize) -> Result<Node, Damage> {
    let (mut node, mut domain) = (Node::default(), "");
    for field in fields(message) {
        match field? {
            (1, field) => {
                room(node.inputs.len(), MOST_OF_A_NODE, "inputs of a node")?;
                node.inputs.push(field.text()?.into());
            }
            (2, field) => {
                room(node.outputs.len(), MOST_OF_A_NODE, "outputs of a node")?;
                node.outputs.push(field.text()?.into());
            }
            (3, field) => node.name = field.text()?.into(),
            (4, field) => node.operator = field.text()?.into(),
            (5, field) => {
                room(node.attributes.len(), MOST_OF_A_NODE, "attributes of a node")?;
                node.attributes.push(attribute(field.bytes()?)?);
            }
            (6, field) => node.note = field.text()?.into(),
            (7, field) => domain = field.text()?,
            _ => {}
        }
    }
    if !domain.is_empty() && domain != "ai.onnx" {
        node.operator = format!("{domain}.{}", node.operator);
    }
    if node.name.is_empty() {
        node.name = format!("{number}");
    }
    Ok(node)
}

fn attribute(message: &[u8]) -> Result<Attribute, Damage> {
    let (mut name, mut setting, mut ints, mut floats) = (String::new(), None, Vec::new(), Vec::new());
    let mut kind = 0;
    for field in fields(message) {
        match field? {
            (1, field) => name = field.text()?.into(),
            (2, field) => setting = Some(Setting::Float(field.float()?)),
            (3, field) => setting = Some(Setting::Int(field.int()?)),
            (4, field) => setting = Some(Setting::Text(String::from_utf8_lossy(field.bytes()?).into())),
            (5, field) => setting = Some(Setting::Tensor(Rc::new(tensor(field.bytes()?)?.1))),
            (6 | 11, _) => setting = Some(Setting::Other("a graph")),
            (7, field) => field.floats(&mut floats)?,
            (8, field) => field.ints(&mut ints)?,
            (9, _) => setting = Some(Setting::Other("texts")),
            (20, field) => kind = field.int()?,
            (21, _) => setting = Some(Setting::Other("a reference")),
            _ => {}
        }
    }
    // A list may be empty, and a number may be the default that protobuf leaves out.
    let setting = setting.unwrap_or_else(|| match kind {
        1 => Setting::Float(0.0),
        2 => Setting::Int(0),
        3 => Setting::Text(String::new()),
        6 => Setting::Floats(floats.clone()),
        7 => Setting::Ints(ints.clone()),
        _ if !floats.is_empty() => Setting::Floats(floats.clone()),
        _ if !ints.is_empty() => Setting::Ints(ints.clone()),
        _ => Setting::Other("nothing"),
    });
    Ok(Attribute { alias: name.clone(), name, setting })
}

/// A described value: its name, its sizes if they are there, and the type of its numbers.
fn value(message: &[u8]) -> Result<(String, Option<Sizes>, i64), Damage> {
    let (mut name, mut sizes, mut kind) = (String::new(), None, 0);
    for field in fields(message) {
        match field? {
            (1, field) => name = field.text()?.into(),
            (2, field) => {
                for field in fields(field.bytes()?) {
                    if let (1, field) = field? {
                        (sizes, kind) = tensor_type(field.bytes()?)?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok((name, sizes, kind))
}

fn tensor_type(message: &[u8]) -> Result<(Option<Sizes>, i64), Damage> {
    let (mut sizes, mut kind) = (None, 0);
    for field in fields(message) {
        match field? {
            (1, field) => kind = field.int()?,
            (2, field) => {
                let mut found = Sizes::new();
                for field in fields(field.bytes()?) {
                    if let (1, field) = field? {
                        room(found.len(), MOST_OF_A_NODE, "axes of a value")?;
                        let mut size = None;
                        for field in fields(field.bytes()?) {
                            if let (1, field) = field? {
                                size = usize::try_from(field.int()?).ok();
                            }
                        }
                        found.push(size);
                    }
                }
                sizes = Some(found);
            }
            _ => {}
        }
    }
    Ok((sizes, kind))
}
