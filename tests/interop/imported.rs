//! What the example `import` prints for the models of models.py. Written by the test, see README.md.

use crate::import::{Compare, compare};

/// The networks below.
pub const NETWORKS: &[(&str, Compare)] = &[("WithoutBias", compare::<WithoutBias>)];

shapeproof::network! {
    pub type WithoutBias = [20, 1, 1] =>
        Dense(units = 16), ReLU, // 16
        Dense(units = 5),        // 5
}
