//! What is wrong with a network's shapes, as text.

use crate::shape::ConstString;
use crate::shape::inference::{self, Inferred};

/// What is wrong with a network's shapes: the layer, and the text of the error.
#[derive(Clone, Copy)]
pub struct ShapeError {
    /// The position of the layer, counted from 0; if it is inside a block, that of the block.
    pub layer: usize,
    /// The path to the layer inside the block: `.body.1`, or empty.
    pub inside: ConstString,
    /// What is wrong: `Conv2D kernel 13×13 does not fit its 8×12×12 input`.
    pub text: ConstString,
}

impl ShapeError {
    /// The shape error of a single layer by its rule, if there is one.
    pub const fn of(ruling: Inferred) -> Option<ShapeError> {
        match ruling {
            Ok(_) => None,
            Err(text) => Some(ShapeError { layer: 0, inside: ConstString::new(), text }),
        }
    }

    /// The shape error of a network, or a part of one, with this many parameters, if they are too many.
    pub(super) const fn of_size(numbers: usize) -> Option<ShapeError> {
        match inference::total(numbers) {
            Ok(_) => None,
            Err(text) => ShapeError::of(Err(text)),
        }
    }

    /// The same error, of a layer after `layers` others.
    pub(crate) const fn after(self, layers: usize) -> ShapeError {
        ShapeError { layer: layers + self.layer, ..self }
    }

    /// The same error, of a layer in the branch `branch` of a block, or in a network in the place of a layer (`""`).
    pub const fn in_branch(self, branch: &str) -> ShapeError {
        let branch = ConstString::new().str(".").str(branch).str(if branch.is_empty() { "" } else { "." });
        let inside = branch.number(self.layer).str(self.inside.as_str());
        ShapeError { layer: 0, inside, ..self }
    }

    /// The whole message: `layer 3: Conv2D kernel …`, or `layer 3.body.1: …` inside a block.
    pub const fn sentence(&self) -> ConstString {
        ConstString::new().str("layer ").number(self.layer).str(self.inside.as_str()).str(": ").str(self.text.as_str())
    }
}
