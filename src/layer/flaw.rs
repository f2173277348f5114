//! What is wrong with a network's shapes, in words.

use crate::shape::Text;
use crate::shape::rules::{self, Ruling};

/// What is wrong with a network's shapes: at which layer, in words.
#[derive(Clone, Copy)]
pub struct Flaw {
    /// The position of the layer, counted from 0; if it is inside a block, that of the block.
    pub layer: usize,
    /// The way to it inside the block: `.body.1`, or nothing.
    pub inside: Text,
    /// What is wrong: `Conv2D kernel 13×13 does not fit its 8×12×12 input`.
    pub text: Text,
}

impl Flaw {
    /// What is wrong with a single layer by its rule, if anything.
    pub const fn of(ruling: Ruling) -> Option<Flaw> {
        match ruling {
            Ok(_) => None,
            Err(text) => Some(Flaw { layer: 0, inside: Text::new(), text }),
        }
    }

    /// What is wrong with a network, or a part of one, that consists of so many numbers.
    pub(super) const fn of_size(numbers: usize) -> Option<Flaw> {
        match rules::total(numbers) {
            Ok(_) => None,
            Err(text) => Flaw::of(Err(text)),
        }
    }

    /// The same, said of a layer behind `layers` others.
    pub(crate) const fn behind(self, layers: usize) -> Flaw {
        Flaw { layer: layers + self.layer, ..self }
    }

    /// The same, said of a layer in the branch `branch` of a block.
    pub const fn within(self, branch: &str) -> Flaw {
        let inside = Text::new().str(".").str(branch).str(".").number(self.layer).str(self.inside.as_str());
        Flaw { layer: 0, inside, ..self }
    }

    /// The whole sentence: `layer 3: Conv2D kernel …`, or `layer 3.body.1: …` inside a block.
    pub const fn sentence(&self) -> Text {
        Text::new().str("layer ").number(self.layer).str(self.inside.as_str()).str(": ").str(self.text.as_str())
    }
}
