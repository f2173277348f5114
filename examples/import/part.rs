//! What a network is put together from: layers, and steps of arithmetic that become layers together with their neighbors.

use std::rc::Rc;

use shapeproof::shape::Dims;

use super::graph::Tensor;

/// A part of a network, with what it computes from the part before it.
#[derive(Clone, Debug)]
pub enum Part {
    Layer(Layer),
    Step(Step),
    Join(Join),
}

/// A layer, as `network!` names it.
#[derive(Clone, Debug)]
pub struct Layer {
    /// `Conv2D`
    pub kind: &'static str,
    /// Hyper-parameters that are not at their defaults, as text.
    pub arguments: Vec<(&'static str, String)>,
    /// Parameters by their names in the layer.
    pub weights: Vec<(&'static str, Rc<Tensor>)>,
    /// Its name in the network.
    pub label: Option<String>,
    /// The shape after it; `None` if that cannot be known, because of a complaint.
    pub output: Option<Dims>,
}

impl Layer {
    /// A vector as an image or a series.
    pub fn unflatten(to: Dims, label: Option<String>) -> Layer {
        let sizes = [("channels", to.channels), ("height", to.height), ("width", to.width)];
        let arguments = sizes.map(|(name, size)| (name, size.to_string())).to_vec();
        Layer { kind: "Unflatten", arguments, weights: Vec::new(), label, output: Some(to) }
    }

    /// Whether it is this kind with just these hyper-parameters.
    pub fn is(&self, kind: &str, arguments: &[(&str, &str)]) -> bool {
        self.kind == kind
            && self.arguments.iter().map(|(name, value)| (*name, &value[..])).eq(arguments.iter().copied())
    }
}

/// Arithmetic that is no layer alone.
#[derive(Clone, Debug)]
pub struct Step {
    pub math: Math,
    /// The node, for a complaint: ``node `/Mul`, Mul``.
    pub place: String,
    /// The name of its layer in the network.
    pub label: Option<String>,
    pub output: Option<Dims>,
}

/// `x` is the output of the part before.
#[derive(Clone, Debug)]
pub enum Math {
    /// `x + k`
    Add(f64),
    /// `x·k`
    Mul(f64),
    /// `x + k`, with a number for each channel.
    AddEach(Rc<Tensor>),
    /// `x·k`, likewise.
    MulEach(Rc<Tensor>),
    /// `x > k`
    Greater(f64),
    /// `xᵏ`
    Pow(f64),
    /// `erf x`
    Erf,
    /// The same numbers in another shape.
    Reshape { from: Dims, to: Dims },
    /// `[N, C, H, W]` as `[N, C/pieces, pieces, H, W]`.
    Split { pieces: usize },
    /// The largest of all pieces.
    Largest,
    /// Something that there is a complaint about already.
    Lost,
}

/// Branches from one value, and what joins them.
#[derive(Clone, Debug)]
pub struct Join {
    pub how: How,
    /// The parts of each; none if the value itself is joined.
    pub branches: Vec<Vec<Part>>,
    pub place: String,
    pub label: Option<String>,
    pub output: Option<Dims>,
}

/// How branches are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Add,
    Mul,
    /// The first decides for each number whether it is the second's or the third's.
    Where,
    /// One after the other, along the channels.
    Concat,
}

impl Part {
    /// The shape after it.
    pub fn output(&self) -> Option<Dims> {
        match self {
            Part::Layer(layer) => layer.output,
            Part::Step(step) => step.output,
            Part::Join(join) => join.output,
        }
    }
}

/// A number in Rust: `0.5`, `1e-5`. Most come from an `f32`, and are written as short as that permits.
pub fn real(number: f64) -> String {
    let single = number as f32;
    if f64::from(single) == number { format!("{single:?}") } else { format!("{number:?}") }
}

/// Whether two numbers are the same but for the rounding of an `f32`.
pub fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 2e-6 * b.abs()
}
