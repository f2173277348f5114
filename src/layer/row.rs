//! A row of a summary.

use super::{LayerPath, Operation};
use crate::shape::{ConstString, Dims};

/// What a summary shows of one layer.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    /// Its position in the network, and its name.
    pub layer: LayerPath<'a>,
    /// [`Layer::KIND`](super::Layer::KIND)
    pub kind: &'static str,
    /// [`Layer::SETTINGS`](super::Layer::SETTINGS)
    pub settings: ConstString,
    /// [`Layer::OPERATION`](super::Layer::OPERATION)
    pub operation: Operation,
    /// The shape of one output.
    pub output: Dims,
    /// [`Layer::FLOPS`](super::Layer::FLOPS)
    pub flops: usize,
}
