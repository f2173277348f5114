//! What is wrong with a network's shapes, in words.

use crate::shape::ConstString;
use crate::shape::inference::{self, Inferred};

/// What is wrong with a network's shapes: at which layer, in words.
#[derive(Clone, Copy)]
pub struct ShapeError {
    /// The position of the layer, counted from 0; if it is inside a block, that of the block.
    pub layer: usize,
    /// The way to it inside the block: `.body.1`, or nothing.
    pub inside: ConstString,
    /// What is wrong: `Conv2D kernel 13×13 does not fit its 8×12×12 input`.
    pub text: ConstString,
}

impl ShapeError {
    /// What is wrong with a single layer by its rule, if anything.
    pub const fn of(ruling: Inferred) -> Option<ShapeError> {
        match ruling {
            Ok(_) => None,
            Err(text) => Some(ShapeError { layer: 0, inside: ConstString::new(), text }),
        }
    }

    /// What is wrong with a network, or a part of one, that consists of so many numbers.
    pub(super) const fn of_size(numbers: usize) -> Option<ShapeError> {
        match inference::total(numbers) {
            Ok(_) => None,
            Err(text) => ShapeError::of(Err(text)),
        }
    }

    /// The same, said of a layer after `layers` others.
    pub(crate) const fn behind(self, layers: usize) -> ShapeError {
        ShapeError { layer: layers + self.layer, ..self }
    }

    /// The same, said of a layer in the branch `branch` of a block.
    pub const fn within(self, branch: &str) -> ShapeError {
        let inside = ConstString::new().str(".").str(branch).str(".").number(self.layer).str(self.inside.as_str());
        ShapeError { layer: 0, inside, ..self }
    }

    /// The whole sentence: `layer 3: Conv2D kernel …`, or `layer 3.body.1: …` inside a block.
    pub const fn sentence(&self) -> ConstString {
        ConstString::new().str("layer ").number(self.layer).str(self.inside.as_str()).str(": ").str(self.text.as_str())
    }
}
