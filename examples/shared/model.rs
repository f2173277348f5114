//! Models: the trained one of the examples, or one from a file.

use std::path::Path;

use shapeproof::io::{self, Model};
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
/// The file is read once: a pipe has nothing to say a second time.
///
/// # Errors
/// The file cannot be read, or is not one of these networks. What is wrong is said of the network that it comes nearest to.
pub fn open(file: Option<&Path>) -> Result<AnyModel> {
    let Some(path) = file else {
        return Model::from_bytes(SHIPPED).map(AnyModel::Small);
    };
    // The larger of the two says how much is read at most.
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

/// In how many ways a file is not a model.
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
