//! A node, as the table of operators sees it: its inputs, its attributes, and a place for complaints.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::{Debug, Display};
use std::rc::Rc;

use shapeproof::shape::Dims;
use shapeproof::shape::inference::{self, Inferred};

use super::budget::Budget;
use super::graph::{Graph, Node, Numbers, Setting, Tensor, volume};
use super::part::{How, Layer, Math};

/// The longest list of sizes.
pub const LONGEST: usize = 64;

/// A value: the network's data, or something that is known without it.
#[derive(Clone, Debug)]
pub enum Value {
    /// The output of a part, by number, and its shape.
    Data(usize, Shape),
    Constant(Rc<Tensor>),
    /// A list of sizes; `None` for that of the batch.
    Sizes(Vec<Option<i64>>),
    /// A constant that is computed by a node that this program does not compute.
    Unknown(String),
}

/// The shape of data: that of a sample, and the number of axes with the batch's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    pub dims: Option<Dims>,
    /// 4 for `[N, C, H, W]`, 3 for `[N, C, L]`, which is an image of one row, 2 for `[N, C]`; 5 for `[N, C, pieces, H, W]`, between
    /// a division of the channels and a maximum.
    pub rank: usize,
}

/// What a node becomes.
#[derive(Debug)]
pub enum Made {
    Layer(Layer, Shape),
    Step(Math, Shape),
    Join(How, Shape),
    /// Its input, perhaps with other axes of size 1.
    Nothing(Shape),
}

/// One node.
pub struct Call<'a> {
    pub node: &'a Node,
    pub inputs: &'a [Option<Value>],
    pub opset: i64,
    /// The number of samples, if the model says one.
    pub batch: Option<usize>,
    /// Whether this crate wrote the model.
    pub ours: bool,
    /// How many numbers its weights may have.
    left: usize,
    read: RefCell<BTreeSet<&'a str>>,
    complaints: RefCell<Vec<String>>,
}

impl<'a> Call<'a> {
    pub fn new(
        node: &'a Node,
        inputs: &'a [Option<Value>],
        graph: &Graph,
        batch: Option<usize>,
        budget: &Budget,
    ) -> Call<'a> {
        let (read, complaints, left) = (RefCell::default(), RefCell::default(), budget.left());
        Call { node, inputs, opset: graph.opset, batch, ours: graph.ours, left, read, complaints }
    }

    /// What the network cannot have; attributes that nobody has asked for are among that.
    pub fn complaints(self) -> Vec<String> {
        let (read, mut complaints) = (self.read.into_inner(), self.complaints.into_inner());
        for attribute in self.node.attributes.iter().filter(|attribute| !read.contains(&*attribute.name)) {
            complaints.push(format!("{}: found {}, expected no such attribute", attribute.alias, attribute.setting));
        }
        complaints
    }

    pub fn complain(&self, what: impl Display) {
        self.complaints.borrow_mut().push(what.to_string());
    }

    /// A complaint about an attribute, by the name that the model gives it.
    pub fn refuse(&self, name: &str, expected: impl Display) {
        let found = self.node.attributes.iter().find(|attribute| attribute.name == name);
        let alias = found.map_or(name, |attribute| &attribute.alias);
        let found = found.map_or("none".into(), |attribute| attribute.setting.to_string());
        self.complain(format_args!("{alias}: found {found}, expected {expected}"));
    }

    fn setting(&self, name: &str) -> Option<&'a Setting> {
        let attribute = self.node.attributes.iter().find(|attribute| attribute.name == name)?;
        self.read.borrow_mut().insert(&attribute.name);
        Some(&attribute.setting)
    }

    /// Accepts whatever an attribute is: it changes nothing here.
    pub fn ignore(&self, names: &[&str]) {
        names.iter().for_each(|name| _ = self.setting(name));
    }

    pub fn int(&self, name: &str, default: i64) -> i64 {
        match self.setting(name) {
            Some(Setting::Int(number)) => *number,
            None => default,
            Some(_) => {
                self.refuse(name, "an integer");
                default
            }
        }
    }

    /// A number of things, which is at least 1.
    pub fn count(&self, name: &str, default: usize) -> usize {
        let found = self.int(name, i64::try_from(default).unwrap_or(i64::MAX));
        usize::try_from(found).ok().filter(|&count| count > 0).unwrap_or_else(|| {
            self.refuse(name, "at least 1");
            default
        })
    }

    pub fn float(&self, name: &str, default: f64) -> f64 {
        match self.setting(name) {
            Some(Setting::Float(number)) => *number,
            None => default,
            Some(_) => {
                self.refuse(name, "a number");
                default
            }
        }
    }

    pub fn text(&self, name: &str, default: &'static str) -> &'a str {
        match self.setting(name) {
            Some(Setting::Text(text)) => text,
            None => default,
            Some(_) => {
                self.refuse(name, "a text");
                default
            }
        }
    }

    /// A list of `N` sizes, each `default` if there is none.
    pub fn sizes<const N: usize>(&self, name: &str, default: usize) -> [usize; N] {
        let Some(setting) = self.setting(name) else { return [default; N] };
        let Setting::Ints(numbers) = setting else {
            self.refuse(name, "a list of sizes");
            return [default; N];
        };
        let sizes = numbers.iter().map(|&number| usize::try_from(number).ok()).collect::<Option<Vec<usize>>>();
        match (<[i64; N]>::try_from(&numbers[..]), sizes.and_then(|sizes| sizes.try_into().ok())) {
            (Ok(_), Some(sizes)) => return sizes,
            (Ok(_), None) => self.refuse(name, "sizes of at least 0"),
            (Err(_), _) => {
                let of = match self.shape().rank {
                    3 => ", as series have",
                    4 => ", as images have",
                    _ => "",
                };
                self.refuse(name, format_args!("{N} size{}{of}", if N == 1 { "" } else { "s" }));
            }
        }
        [default; N]
    }

    /// Complains if an attribute has a value without a counterpart.
    pub fn only<T: PartialEq + Debug>(&self, name: &str, found: T, expected: T) {
        if found != expected {
            self.refuse(name, format_args!("{expected:?}"));
        }
    }

    /// The shape of the first input.
    pub fn shape(&self) -> Shape {
        self.inputs.iter().flatten().find_map(|value| value.shape()).unwrap_or(Shape { dims: None, rank: 0 })
    }

    /// The value of input `at`, if it is there.
    pub fn input(&self, at: usize) -> Option<&'a Value> {
        self.inputs.get(at)?.as_ref()
    }

    /// Input `at`, which has to be a constant; `None` if it is not there.
    pub fn constant(&self, at: usize, what: &str) -> Option<Rc<Tensor>> {
        match self.input(at)? {
            Value::Constant(tensor) => return Some(Rc::clone(tensor)),
            Value::Data(..) => {
                self.complain(format_args!("{what}: found a value that depends on the input, expected a constant"))
            }
            Value::Sizes(_) => self.complain(format_args!("{what}: found a size, expected a constant")),
            Value::Unknown(place) => {
                self.complain(format_args!("{what}: found the result of {place}, expected a constant"))
            }
        }
        None
    }

    /// Input `at`, which has to be a tensor of real numbers.
    pub fn weight(&self, at: usize, what: &str) -> Option<Rc<Tensor>> {
        let Some(tensor) = self.constant(at, what) else {
            if self.input(at).is_none() {
                self.complain(format_args!("{what}: found none, expected a constant"));
            }
            return None;
        };
        match &tensor.numbers {
            Numbers::Real(numbers) if numbers.is_empty() => self.wrong_type(what, "no numbers"),
            Numbers::Real(_) => Some(tensor),
            Numbers::Whole(_) => self.wrong_type(what, "integers"),
            Numbers::Foreign(kind) => self.wrong_type(what, kind),
        }
    }

    /// Input `at` likewise, or `number` in every place of this shape if it is not there. Such a shape may be one that is only claimed.
    pub fn weight_or(&self, at: usize, what: &str, number: f64, dims: Option<&[usize]>) -> Option<Rc<Tensor>> {
        if self.input(at).is_some() {
            return self.weight(at, what);
        }
        let count = volume(dims?).filter(|&count| count <= self.left).or_else(|| {
            self.complain(format_args!("{what}: found none for an input of this size, expected a constant"));
            None
        })?;
        Some(Rc::new(Tensor { dims: dims?.into(), numbers: Numbers::Real(vec![number; count]) }))
    }

    fn wrong_type<T>(&self, what: &str, kind: &str) -> Option<T> {
        self.complain(format_args!("{what}: found {kind}, expected FLOAT, DOUBLE, FLOAT16 or BFLOAT16"));
        None
    }

    /// A list of integers: input `at` if it is there, otherwise the attribute. Older operators have these as attributes.
    pub fn list(&self, at: usize, name: &str) -> Option<Vec<Option<i64>>> {
        match (self.input(at), self.setting(name)) {
            (Some(value), _) => value.integers().or_else(|| {
                self.constant(at, name);
                None
            }),
            (None, Some(Setting::Ints(numbers))) => Some(numbers.iter().copied().map(Some).collect()),
            (None, _) => None,
        }
    }

    /// A list of real numbers, likewise. An empty one is none.
    pub fn reals(&self, at: usize, name: &str) -> Option<Vec<f64>> {
        let list = match (self.input(at), self.setting(name)) {
            (Some(_), _) => self.constant(at, name)?.real().filter(|numbers| numbers.len() <= LONGEST)?.to_vec(),
            (None, Some(Setting::Floats(numbers))) => numbers.clone(),
            (None, _) => return None,
        };
        (!list.is_empty()).then_some(list)
    }

    /// A single number, likewise.
    pub fn number(&self, at: usize, name: &str) -> Option<f64> {
        match (self.input(at), self.setting(name)) {
            (Some(_), _) => self.constant(at, name)?.scalar(),
            (None, Some(Setting::Float(number))) => Some(*number),
            (None, _) => None,
        }
    }

    /// The output by a rule of the crate, or its complaint.
    pub fn rule(&self, ruling: Inferred) -> Option<Dims> {
        ruling.map_err(|text| self.complain(text.as_str())).ok()
    }

    /// The shape of the first input, after a layer that keeps it and has a rule for its hyper-parameters.
    pub fn keeps(&self, rule: impl Fn(Dims) -> Inferred) -> Shape {
        let shape = self.shape();
        Shape { dims: shape.dims.and_then(|dims| self.rule(rule(dims))), ..shape }
    }

    /// A layer that keeps the shape, without parameters.
    pub fn plain(&self, kind: &'static str) -> Made {
        self.layer(kind, Vec::new(), Vec::new(), self.shape())
    }

    /// A layer, whose kind's rule has been asked. The network has to compile, and its weights have to load: so those are finite.
    pub fn layer(
        &self,
        kind: &'static str,
        arguments: Vec<(&'static str, String)>,
        weights: Vec<(&'static str, Rc<Tensor>)>,
        shape: Shape,
    ) -> Made {
        for (name, tensor) in &weights {
            if let Some(number) = tensor.real().and_then(|numbers| numbers.iter().find(|number| !number.is_finite())) {
                self.complain(format_args!("{name}: found {number}, expected finite numbers"));
            }
        }
        let output = shape.dims.and_then(|dims| self.rule(inference::gives(kind, dims)));
        Made::Layer(
            Layer { kind, arguments, weights, label: self.node.label.clone(), output },
            Shape { dims: output, ..shape },
        )
    }

    /// What is left when there is a complaint: something of this shape.
    pub fn lost(&self, shape: Shape) -> Made {
        Made::Step(Math::Lost, shape)
    }
}

impl Value {
    pub fn shape(&self) -> Option<Shape> {
        if let Value::Data(_, shape) = self { Some(*shape) } else { None }
    }

    /// Its integers, if it has some: no more than a shape may have axes.
    pub fn integers(&self) -> Option<Vec<Option<i64>>> {
        match self {
            Value::Sizes(sizes) => Some(sizes.clone()),
            Value::Constant(tensor) => match &tensor.numbers {
                Numbers::Whole(numbers) if numbers.len() <= LONGEST => {
                    Some(numbers.iter().copied().map(Some).collect())
                }
                _ => None,
            },
            _ => None,
        }
    }
}
