//! Models: the trained one of the examples, or one from a file.

use std::path::Path;

use shapeproof::Result;
use shapeproof::io::Model;
use shapeproof::layer::Layer;

/// The trained model of the examples. It is in the binary, so that it is found wherever that is run.
const SHIPPED: &[u8] = include_bytes!("../models/digits.safetensors");

/// The model in a file, or, without one, the one that comes with the examples.
///
/// # Errors
/// As [`Model::load`]: the file cannot be read, or is not one of an `N`.
pub fn open<N: Layer>(file: Option<&Path>) -> Result<Model<N>> {
    file.map_or_else(|| Model::from_bytes(SHIPPED), Model::load)
}
