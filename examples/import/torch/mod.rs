//! Reads a state dict with the printout of its module, as the graph that the module's export would be.
//!
//! A printout names the modules, not what is computed with them. It is plain for an `nn.Sequential`, and for the `Residual` of this
//! crate's documentation; any other module with modules inside is refused.

mod modules;
pub mod printout;
mod state_dict;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use self::modules::row;
use self::printout::Module;
use super::fault::Damage;
use super::graph::{Graph, Node, Tensor};

/// Reads the state dict (safetensors) of a module.
///
/// # Errors
/// The file is something else, or has tensors that the module has not.
pub fn read(file: &[u8], module: &Module) -> Result<Graph, Damage> {
    let mut reader = Reader { tensors: state_dict::tensors(file)?, nodes: Vec::new(), used: BTreeSet::new() };
    let output = reader.module(module, "", "input".into())?;
    if let Some(name) =
        reader.tensors.keys().find(|name| !reader.used.contains(*name) && !name.ends_with("num_batches_tracked"))
    {
        return Err(Damage::new(format!("tensor `{name}`"), "no module of the printout that has it", "one"));
    }
    let Reader { tensors, nodes, .. } = reader;
    Ok(Graph {
        producer: "a state dict".into(),
        // Softmax and Dropout are as in the newest operators.
        opset: 25,
        // Modules of series do not say how long they are, but that they are series.
        inputs: vec![("input".into(), is_of_series(module).then(|| vec![None; 3]))],
        outputs: vec![output],
        nodes,
        double: tensors.values().any(|(_, double)| *double),
        metadata: state_dict::record(file).map(|record| ("shapeproof".into(), record)).into_iter().collect(),
        constants: tensors.into_iter().map(|(name, (tensor, _))| (name, tensor)).collect(),
        ..Graph::default()
    })
}

/// Whether the first module that says what its input is, is one for series.
fn is_of_series(module: &Module) -> bool {
    let mut open = vec![module];
    while let Some(module) = open.pop() {
        match row(&module.kind).and_then(|row| row.axes) {
            Some(axes) => return axes == 1,
            None => open.extend(module.children.iter().rev()),
        }
    }
    false
}

struct Reader {
    /// By name, and whether their numbers are `f64`.
    tensors: BTreeMap<String, (Rc<Tensor>, bool)>,
    nodes: Vec<Node>,
    used: BTreeSet<String>,
}

impl Reader {
    /// Appends the nodes of a module at `path`, whose input is the value `input`, and returns its output.
    fn module(&mut self, module: &Module, path: &str, input: String) -> Result<String, Damage> {
        let inside = |name: &str| if path.is_empty() { name.into() } else { format!("{path}.{name}") };
        match (&*module.kind, &module.children[..]) {
            ("Sequential", children) => {
                children.iter().try_fold(input, |value, child| self.module(child, &inside(&child.name), value))
            }
            ("Residual", [body, rest @ ..]) if body.name == "body" && rest.len() <= 1 => {
                let end = self.module(body, &inside("body"), input.clone())?;
                let other = match rest {
                    [shortcut] => self.module(shortcut, &inside("shortcut"), input)?,
                    _ => input,
                };
                Ok(self.push(module, path, "Add", vec![end, other], Vec::new(), None))
            }
            (kind, children) => match row(kind) {
                Some(row) if children.is_empty() => {
                    let mut inputs = vec![input];
                    for tensor in row.tensors {
                        let name = inside(tensor);
                        inputs.push(match (self.tensors.contains_key(&name), is_left_out(module, tensor)) {
                            (true, _) => name,
                            (false, true) => String::new(),
                            (false, false) => {
                                let expected = format!("one, for module `{path}`, {kind}");
                                return Err(Damage::new(format!("tensor `{name}`"), "none", expected));
                            }
                        });
                    }
                    self.used.extend(inputs.iter().cloned());
                    let attributes = row.attributes(&module.arguments);
                    Ok(self.push(module, path, row.operator, inputs, attributes, None))
                }
                _ => {
                    let prefix = inside("");
                    self.used.extend(self.tensors.keys().filter(|name| name.starts_with(&prefix)).cloned());
                    let refusal = if children.is_empty() {
                        None
                    } else {
                        Some("the printout does not say what it computes with the modules inside it: export the model as ONNX".into())
                    };
                    // A name that no operator has.
                    Ok(self.push(module, path, &format!("torch.{kind}"), vec![input], Vec::new(), refusal))
                }
            },
        }
    }

    fn push(
        &mut self,
        module: &Module,
        path: &str,
        operator: &str,
        inputs: Vec<String>,
        attributes: Vec<super::graph::Attribute>,
        refusal: Option<String>,
    ) -> String {
        let output = format!("{path}#{}", self.nodes.len());
        // A layer has a name if its module has one; the branches of a block have theirs from the block.
        let is_label = !matches!(&*module.name, "" | "body" | "shortcut");
        let is_number = module.name.starts_with(|first: char| first.is_ascii_digit());
        self.nodes.push(Node {
            name: path.into(),
            operator: operator.into(),
            alias: Some(module.kind.clone()),
            label: (is_label && !is_number).then(|| module.name.clone()),
            inputs,
            outputs: vec![output.clone()],
            attributes,
            refusal,
            ..Node::default()
        });
        output
    }
}

/// Whether the module's arguments say that it has no such tensor. Then it is not among the inputs, and a normalization has the numbers
/// that change nothing in its place.
fn is_left_out(module: &Module, tensor: &str) -> bool {
    let switches: &[&str] = match tensor {
        "bias" => &["bias", "affine", "elementwise_affine"],
        "weight" => &["affine", "elementwise_affine"],
        _ => &["track_running_stats"],
    };
    module.arguments.iter().any(|(name, value)| switches.contains(&&**name) && value == "False")
}
