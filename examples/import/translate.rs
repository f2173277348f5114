//! From a graph to a tree of layers.
//!
//! ```text
//! nodes → values, one after the other: constants are computed, shapes inferred, operators looked up in the table (this file)
//!       → branches: from every sum, product or concatenation back to where its branches begin                     (tree.rs)
//!       → layers: arithmetic that activations are exported as is put together again                               (rules)
//!       → blocks: what joins branches becomes a block, and what is no layer is complained about                   (layers.rs)
//! ```
//!
//! A new operator needs no change here: see [`operators`].

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use shapeproof::shape::{Dims, MAX_NUMBERS};

use super::budget::Budget;
use super::call::{Call, Made, Shape, Value};
use super::fault::{Complaint, Damage, short};
use super::fold::fold;
use super::graph::{Graph, Node};
use super::layers::{Network, network};
use super::operators;
use super::part::{Join, Part, Step};
use super::rules::simplify;
use super::tree::{Edge, Flow};

/// Why there is no network.
#[derive(Debug)]
pub enum Refusal {
    /// The graph is not one.
    Damage(Damage),
    /// All that a network cannot have.
    Complaints(Vec<Complaint>),
}

impl From<Damage> for Refusal {
    fn from(damage: Damage) -> Refusal {
        Refusal::Damage(damage)
    }
}

/// Translates a graph. `input` is the shape of a sample, if the user has given it.
///
/// # Errors
/// The graph is not one, or not one that a network can be.
pub fn translate(graph: &Graph, input: Option<Dims>) -> Result<Network, Refusal> {
    let ([(name, sizes)], [output]) = (&graph.inputs[..], &graph.outputs[..]) else {
        let counts = (graph.inputs.len(), graph.outputs.len());
        return Err(Damage::new("graph", format!("{} inputs and {} outputs", counts.0, counts.1), "one of each").into());
    };
    let (shape, batch) = input_shape(name, sizes.as_deref(), input)?;
    let Some(dims) = shape.dims else { return Err(Damage::new("input", "no shape", "`--input C,H,W`").into()) };
    let has = graph.constants.values().map(|tensor| tensor.numbers.count()).fold(0, usize::saturating_add);
    let has = has.saturating_add(graph.nodes.iter().map(Node::numbers).fold(0, usize::saturating_add));
    let (budget, complaints) = (Budget::new(has), Vec::new());
    let mut sweep = Sweep { graph, batch, values: HashMap::new(), flow: Flow::default(), budget, complaints };
    sweep.values.insert(name, Value::Data(0, shape));
    let needed = needed(graph, output)?;
    for &number in &needed {
        if let Some(node) = graph.nodes.get(number) {
            sweep.node(node)?;
        }
    }
    let Some(Value::Data(end, _)) = sweep.values.get(&**output) else {
        return Err(Damage::new(format!("output `{output}`"), "a constant", "a value that depends on the input").into());
    };
    let parts = sweep.flow.sequence(*end, &mut sweep.complaints);
    let parts = simplify(parts, &mut sweep.budget)?;
    network(dims, graph.ours, parts, sweep.complaints).map_err(Refusal::Complaints)
}

/// The shape of the input, and the size of the batch if the model has a fixed one.
fn input_shape(
    name: &str,
    sizes: Option<&[Option<usize>]>,
    given: Option<Dims>,
) -> Result<(Shape, Option<usize>), Damage> {
    let what = format!("input `{name}`");
    let text = |sizes: &[Option<usize>]| {
        let sizes: Vec<String> = sizes.iter().map(|size| size.map_or("?".into(), |size| size.to_string())).collect();
        format!("[{}]", sizes.join(", "))
    };
    let (batch, found, rank) = match sizes {
        None => (None, None, given.map_or(4, |dims| if dims.is_flat() { 2 } else { 4 })),
        Some([batch, c]) => (*batch, c.map(|c| Dims::new(c, 1, 1)), 2),
        Some([batch, c, l]) => (*batch, c.zip(*l).map(|(c, l)| Dims::new(c, 1, l)), 3),
        Some([batch, c, h, w]) => (*batch, c.zip(*h).zip(*w).map(|((c, h), w)| Dims::new(c, h, w)), 4),
        Some(sizes) => return Err(Damage::new(what, text(sizes), "[N, C, H, W], [N, C, L] or [N, C]")),
    };
    let form = match rank {
        2 => "`--input C`, the numbers of a vector",
        3 => "`--input C,L`, channels and length of a series",
        _ => "`--input C,H,W`",
    };
    let has_form = |dims: Dims| match rank {
        2 => dims.is_flat(),
        3 => dims.height == 1,
        _ => true,
    };
    match (found, given) {
        (Some(found), Some(given)) if found != given => {
            Err(Damage::new("--input", given, format_args!("{found}, as the model says")))
        }
        (None, Some(given)) if !has_form(given) => Err(Damage::new("--input", given, form)),
        (None, None) => {
            let found = sizes.map_or("no shape".into(), text);
            Err(Damage::new(what, found, format_args!("sizes; give them as {form}")))
        }
        (found, given) => match found.or(given).filter(|dims| dims.is_allowed()) {
            Some(dims) => Ok((Shape { dims: Some(dims), rank }, batch)),
            None => {
                Err(Damage::new(what, "a size of 0, or too many numbers", format_args!("1 to {MAX_NUMBERS} numbers")))
            }
        },
    }
}

/// The nodes that the output depends on, in their order, which must be one of computation: so there are no cycles.
fn needed(graph: &Graph, output: &str) -> Result<BTreeSet<usize>, Damage> {
    let mut makers = HashMap::new();
    for (number, node) in graph.nodes.iter().enumerate() {
        for name in node.outputs.iter().filter(|name| !name.is_empty()) {
            if makers.insert(&**name, number).is_some() {
                return Err(Damage::new(format!("value `{name}`"), "two nodes that compute it", "one"));
            }
        }
    }
    let (mut needed, mut open) = (BTreeSet::new(), vec![output]);
    while let Some(name) = open.pop() {
        if let Some(&number) = makers.get(name)
            && needed.insert(number)
            && let Some(node) = graph.nodes.get(number)
        {
            open.extend(node.inputs.iter().map(|name| &**name));
        }
    }
    Ok(needed)
}

/// The way through the nodes, and what is known of the values so far.
struct Sweep<'a> {
    graph: &'a Graph,
    batch: Option<usize>,
    values: HashMap<&'a str, Value>,
    flow: Flow,
    budget: Budget,
    complaints: Vec<Complaint>,
}

impl<'a> Sweep<'a> {
    fn node(&mut self, node: &'a Node) -> Result<(), Damage> {
        let inputs = node.inputs.iter().map(|name| self.value(node, name)).collect::<Result<Vec<_>, _>>()?;
        let is_data = |value: &Value| matches!(value, Value::Data(..));
        let value = if inputs.iter().flatten().any(is_data) && node.operator != "Shape" {
            self.part(node, &inputs)?
        } else {
            let value = fold(node, &inputs, self.batch);
            // One that is shared is that of the file, or of a node before this one, which has been counted.
            if let Value::Constant(tensor) = &value
                && Rc::strong_count(tensor) == 1
            {
                self.budget.spend(&place(node), tensor.numbers.count())?;
            }
            value
        };
        if let Some(name) = node.outputs.first() {
            self.values.insert(name, value);
        }
        Ok(())
    }

    /// The value of an input; `None` for one that is left out.
    fn value(&self, node: &Node, name: &str) -> Result<Option<Value>, Damage> {
        if name.is_empty() {
            return Ok(None);
        }
        if let Some(value) = self.values.get(name) {
            return Ok(Some(value.clone()));
        }
        if let Some(tensor) = self.graph.constants.get(name) {
            return Ok(Some(Value::Constant(Rc::clone(tensor))));
        }
        let second = self.graph.nodes.iter().find(|other| other.outputs.iter().skip(1).any(|output| output == name));
        let found = match second {
            Some(other) => format!("`{name}`, a second output of node `{}`, {}", other.name, other.operator),
            None => format!("`{name}`, which no node before it computes"),
        };
        Err(Damage::new(
            format!("an input of {}", place(node)),
            found,
            "a constant, or the first output of a node before it",
        ))
    }

    /// Looks the node up in the table, and appends what it becomes.
    fn part(&mut self, node: &'a Node, inputs: &[Option<Value>]) -> Result<Value, Damage> {
        let call = Call::new(node, inputs, self.graph, self.batch, &self.budget);
        let made = operators::apply(&call);
        self.complaints
            .extend(call.complaints().into_iter().map(|what| Complaint { place: place(node), what: short(what) }));
        let ends = || {
            inputs.iter().flatten().filter_map(|value| if let Value::Data(at, _) = value { Some(*at) } else { None })
        };
        let first = || ends().take(1).collect();
        let (part, from, shape) = match made {
            Made::Nothing(shape) => return Ok(Value::Data(ends().next().unwrap_or(0), shape)),
            Made::Layer(layer, shape) => {
                let numbers = layer.weights.iter().map(|(_, tensor)| tensor.numbers.count());
                self.budget.spend(&place(node), numbers.fold(0, usize::saturating_add))?;
                (Part::Layer(layer), first(), shape)
            }
            Made::Step(math, shape) => {
                let (label, place) = (node.label.clone(), place(node));
                (Part::Step(Step { math, place, label, output: shape.dims }), first(), shape)
            }
            Made::Join(how, shape) => {
                let (label, branches) = (node.label.clone(), Vec::new());
                let join = Join { how, branches, place: place(node), label, output: shape.dims };
                (Part::Join(join), ends().collect(), shape)
            }
        };
        Ok(Value::Data(self.flow.push(Edge { part, from }), shape))
    }
}

/// ``node `/2/Conv`, Conv``, or ``module `2`, Conv2d``.
fn place(node: &Node) -> String {
    let name = short(&node.name);
    match &node.alias {
        Some(alias) => format!("module `{name}`, {}", short(alias)),
        None => format!("node `{name}`, {}", short(&node.operator)),
    }
}
