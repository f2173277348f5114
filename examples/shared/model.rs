//! Models: the trained one of the examples, or one from a file.

use std::path::Path;

use shapeproof::io::{self, Model};
use shapeproof::{Error, Result};

use super::networks::{DigitNet, SmallNet};

/// The trained model of the examples. It is embedded in the binary, so that it is found wherever that runs.
const SHIPPED: &[u8] = include_bytes!("../models/digits.safetensors");

/// A model of one of the examples' networks.
pub enum AnyModel {
    Small(Model<SmallNet>),
    Reference(Model<DigitNet>),
}

/// Opens the model in a file, of either network, or the examples' model if there is no file.
///
/// The file is read once, because a pipe cannot be read again.
///
/// # Errors
/// The file cannot be read, or is not a model of one of these networks. The error is about the network with the fewest differences.
pub fn open(file: Option<&Path>) -> Result<AnyModel> {
    let Some(path) = file else {
        return Model::from_bytes(SHIPPED).map(AnyModel::Small);
    };
    // The larger of the two networks limits how much is read.
    let bytes = io::read::<DigitNet>(path)?;
    let small = match Model::from_bytes(&bytes) {
        Ok(model) => return Ok(AnyModel::Small(model)),
        Err(error) => error,
    };
    match Model::from_bytes(&bytes) {
        Ok(model) => Ok(AnyModel::Reference(model)),
        Err(reference) => Err(of(path, if faults(&reference) < faults(&small) { reference } else { small })),
    }
}

/// How many reasons there are why a file is not a model.
fn faults(error: &Error) -> usize {
    if let Error::Model { mismatches, .. } = error { mismatches.len() } else { 0 }
}

/// The error with the name of the file it is about.
fn of(path: &Path, error: Error) -> Error {
    match error {
        Error::Model { mismatches, .. } => Error::Model { place: path.display().to_string(), mismatches },
        other => other,
    }
}
