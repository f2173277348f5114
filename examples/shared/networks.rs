//! The networks of the examples, and their models: the trained one of `models/`, or one from a file.

#[path = "../models/digits.rs"]
mod digits;

use std::path::Path;

use clap::ValueEnum;
pub use digits::SmallNet;
use shapeproof::Result;
use shapeproof::io::Model;
use shapeproof::layer::Layer;

shapeproof::network! {
    /// 28×28 grey digits in, ten logits out.
    pub type DigitNet = [1, 28, 28] =>
        Conv2D(filters = 32, kernel = 3, padding = 1),             // 32×28×28
        PReLU,
        MaxPool2D(window = 2),                                     // 32×14×14
        Conv2D(filters = 64, kernel = 3, stride = 2, padding = 2), // 64×8×8
        PReLU,
        MaxPool2D(window = 2),                                     // 64×4×4
        Flatten,                                                   // 1024
        Dense(units = 128),
        PReLU,
        Dropout(percent = 50),
        Dense(units = 10),
}

/// Which network.
#[derive(Clone, Copy, ValueEnum)]
pub enum Choice {
    /// 151,309 parameters: the network of the README
    Reference,
    /// 9,100 parameters: the network of examples/models
    Small,
}

/// The trained model of the examples. It is in the binary, so that it is found wherever that is run.
const SHIPPED: &[u8] = include_bytes!("../models/digits.safetensors");

/// The model in a file, or, without one, the one that comes with the examples.
///
/// # Errors
/// As [`Model::load`]: the file cannot be read, or is not one of an `N`.
pub fn open<N: Layer>(file: Option<&Path>) -> Result<Model<N>> {
    file.map_or_else(|| Model::from_bytes(SHIPPED), Model::load)
}
