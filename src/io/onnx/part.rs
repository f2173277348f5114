//! A network as a list of its layers with their parameters.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::proto::{TensorProto, elements, whole};
use crate::layer::{LayerPath, Operation, Parameter, Row};
use crate::network::Network;
use crate::scalar::{Precision, Scalar};
use crate::shape::{ConstString, Dims};

/// One layer. A block precedes the layers inside it.
pub struct Part {
    /// Its position or name: `3`, `conv1`, `3.body.0`.
    pub path: String,
    /// The number of blocks around it.
    pub depth: usize,
    /// Its branch of the innermost block.
    pub branch: &'static str,
    pub kind: &'static str,
    pub settings: ConstString,
    pub operation: Operation,
    pub output: Dims,
    pub weights: Vec<Weights>,
}

/// A parameter of one layer.
pub struct Weights {
    layer: String,
    pub name: &'static str,
    pub dims: Vec<usize>,
    pub tensor: TensorProto,
}

/// The layers of `network`, in the order of its summary.
pub fn parts<N: Network>(network: &N, precision: Precision) -> Vec<Part> {
    let mut weights = Vec::new();
    N::visit([network], [], &mut |parameter, [numbers], []| {
        weights.push(Weights::new(parameter, numbers, precision));
    });
    let mut parts = Vec::new();
    N::summarize(LayerPath::FIRST, &mut |row| {
        let path = row.layer.to_string();
        let weights = weights.extract_if(.., |weights| weights.layer == path).collect();
        parts.push(Part::new(row, path, weights));
    });
    parts
}

impl Part {
    fn new(row: Row<'_>, path: String, weights: Vec<Weights>) -> Part {
        let Row { layer, kind, settings, operation, output, .. } = row;
        let branch = layer.block.map_or("", |(_, branch)| branch);
        Part { path, depth: layer.depth(), branch, kind, settings, operation, output, weights }
    }
}

impl Weights {
    /// The values of `parameter`, in `precision`.
    fn new<T: Scalar>(parameter: Parameter<'_>, numbers: &[T], precision: Precision) -> Weights {
        let raw_data = match precision {
            Precision::Single => numbers.iter().flat_map(|number| (number.into_f64() as f32).to_le_bytes()).collect(),
            Precision::Double => numbers.iter().flat_map(|number| number.into_f64().to_le_bytes()).collect(),
        };
        let dims = parameter.dims.to_vec();
        let tensor =
            TensorProto { dims: whole(&dims), data_type: elements(precision), name: parameter.to_string(), raw_data };
        Weights { layer: parameter.layer.to_string(), name: parameter.name, dims, tensor }
    }
}
