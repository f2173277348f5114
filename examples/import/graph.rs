//! What both formats are read into: nodes in the order of computation, with attributes and constants.
//!
//! The operators are ONNX's; modules of PyTorch are given the operators that they are exported as.

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

/// A model.
#[derive(Debug, Default)]
pub struct Graph {
    /// The program that wrote it: `pytorch 2.15.0`.
    pub producer: String,
    /// Whether this crate wrote it. Then nodes have the names of layers.
    pub ours: bool,
    /// The version of ONNX's operators.
    pub opset: i64,
    /// The inputs that are not constants, with their sizes, as far as they are known.
    pub inputs: Vec<(String, Option<Sizes>)>,
    pub outputs: Vec<String>,
    pub nodes: Vec<Node>,
    pub constants: BTreeMap<String, Rc<Tensor>>,
    /// Whether its numbers are `f64`.
    pub double: bool,
    /// Entries about the model as a whole.
    pub metadata: BTreeMap<String, String>,
}

/// The sizes of a value along its axes; `None` for one that is chosen at run time.
pub type Sizes = Vec<Option<usize>>;

/// One operator, applied to values by name.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// Its name in the model: `/features/0/Conv`, or the path of a module: `features.0`.
    pub name: String,
    /// ONNX's operator, after the domain if that is not ONNX's own.
    pub operator: String,
    /// What the model calls it, if that is another word: `Conv2d`.
    pub alias: Option<String>,
    /// Text for humans.
    pub note: String,
    /// The name of its layer in the network, if it has one there.
    pub label: Option<String>,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    pub attributes: Vec<Attribute>,
    /// Why no network can have it, if the reader knows.
    pub refusal: Option<String>,
}

/// A named setting of a node.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// ONNX's name: `dilations`.
    pub name: String,
    /// What the model calls it: `dilation`.
    pub alias: String,
    pub setting: Setting,
}

/// The value of an attribute.
#[derive(Clone, Debug)]
pub enum Setting {
    Int(i64),
    Float(f64),
    Text(String),
    Ints(Vec<i64>),
    Floats(Vec<f64>),
    Tensor(Rc<Tensor>),
    /// Something else: `a graph`.
    Other(&'static str),
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Setting::Int(number) => write!(f, "{number}"),
            // ONNX has f32 here.
            Setting::Float(number) => write!(f, "{}", *number as f32),
            Setting::Text(text) => write!(f, "{text}"),
            Setting::Ints(numbers) => write!(f, "{numbers:?}"),
            Setting::Floats(numbers) => write!(f, "{numbers:?}"),
            Setting::Tensor(tensor) => write!(f, "a tensor of shape {:?}", tensor.dims),
            Setting::Other(what) => f.write_str(what),
        }
    }
}

/// Numbers with a shape, the last index fastest.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    pub dims: Vec<usize>,
    pub numbers: Numbers,
}

/// The numbers of a tensor.
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers {
    Real(Vec<f64>),
    Whole(Vec<i64>),
    /// Of a type that no layer has: `INT8`.
    Foreign(String),
}

impl Node {
    /// How many numbers its attributes have.
    pub fn numbers(&self) -> usize {
        let of = |attribute: &Attribute| match &attribute.setting {
            Setting::Ints(numbers) => numbers.len(),
            Setting::Floats(numbers) => numbers.len(),
            Setting::Tensor(tensor) => tensor.numbers.count(),
            _ => 0,
        };
        self.attributes.iter().map(of).sum()
    }
}

impl Numbers {
    pub fn count(&self) -> usize {
        match self {
            Numbers::Real(numbers) => numbers.len(),
            Numbers::Whole(numbers) => numbers.len(),
            Numbers::Foreign(_) => 0,
        }
    }
}

impl Tensor {
    /// Its numbers, if they are real.
    pub fn real(&self) -> Option<&[f64]> {
        if let Numbers::Real(numbers) = &self.numbers { Some(numbers) } else { None }
    }

    /// Its number, if it is a single one.
    pub fn scalar(&self) -> Option<f64> {
        match &self.numbers {
            Numbers::Real(numbers) if numbers.len() == 1 => numbers.first().copied(),
            Numbers::Whole(numbers) if numbers.len() == 1 => numbers.first().map(|&number| number as f64),
            _ => None,
        }
    }
}

/// The number of numbers in a shape, if that is no more than an address can count.
pub fn volume(dims: &[usize]) -> Option<usize> {
    dims.iter().try_fold(1usize, |volume, &size| volume.checked_mul(size))
}
