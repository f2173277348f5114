//! The architecture in a report.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::Serialize;

use crate::layer::{LayerPath, Module};
use crate::network::{Network, parameters_of, title};
use crate::shape::Shape;

/// The layers of a network, and what they cost.
pub(super) struct Architecture {
    pub input: String,
    pub layers: Vec<Layer>,
    pub parameters: usize,
    pub flops: usize,
}

/// A layer.
#[derive(Serialize)]
pub(super) struct Layer {
    /// `0`, `conv1`, or `3.body.0` inside a block.
    pub layer: String,
    pub kind: String,
    pub output: String,
    pub parameters: usize,
    pub flops: usize,
    #[serde(skip)]
    pub depth: usize,
}

impl Architecture {
    pub fn of<N: Module>() -> Architecture {
        let mut layers = Vec::new();
        N::summarize(LayerPath::FIRST, &mut |row| {
            layers.push(Layer {
                layer: row.layer.to_string(),
                kind: title(&row).trim_start().to_string(),
                output: row.output.to_string(),
                parameters: parameters_of::<N>(row.layer),
                flops: row.flops,
                depth: row.layer.depth(),
            });
        });
        Architecture { input: N::Input::DIMS.to_string(), layers, parameters: N::parameters(), flops: N::FLOPS }
    }

    /// The layers that are not inside a block.
    pub fn outer(&self) -> impl Iterator<Item = &Layer> {
        self.layers.iter().filter(|layer| layer.depth == 0)
    }
}
