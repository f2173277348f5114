//! Models: the trained one of the examples, or one from a file.

use std::path::Path;

use shapeproof::io::Model;
use shapeproof::{Error, Result};

use super::networks::{DigitNet, SmallNet};

/// The trained model of the examples. It is in the binary, so that it is found wherever that is run.
const SHIPPED: &[u8] = include_bytes!("../models/digits.safetensors");

/// A model of one of the examples' networks.
pub enum AnyModel {
    Small(Model<SmallNet>),
    Reference(Model<DigitNet>),
}

/// The model in a file, of whichever network that is, or, without one, the one that comes with the examples.
///
/// # Errors
/// As [`Model::load`]: the file cannot be read, or is not one of these networks. What is wrong is said of the network that it comes
/// nearest to.
pub fn open(file: Option<&Path>) -> Result<AnyModel> {
    let Some(file) = file else {
        return Model::from_bytes(SHIPPED).map(AnyModel::Small);
    };
    // What is not to be read is not opened again: a second writer to a pipe may never come.
    let small = match Model::load(file) {
        Err(error @ Error::Model { .. }) => error,
        result => return result.map(AnyModel::Small),
    };
    let faults = |error: &Error| if let Error::Model { mismatches, .. } = error { mismatches.len() } else { 0 };
    match Model::load(file) {
        Ok(model) => Ok(AnyModel::Reference(model)),
        Err(reference) => Err(if faults(&reference) < faults(&small) { reference } else { small }),
    }
}
