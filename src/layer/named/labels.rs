//! The names of all layers of a network.

use crate::layer::ShapeError;
use crate::name::Name;
use crate::shape::ConstString;

/// The names of the layers of a network, in which a chain looks for duplicates.
#[derive(Clone, Copy, Debug)]
pub enum Labels {
    /// No layer has a name.
    None,
    /// There is one layer, with this name.
    One(Name),
    /// The names in two parts of a network.
    Two {
        /// The names in the first part.
        first: &'static Labels,
        /// How many layers, named or not, the first part has.
        layers: usize,
        /// The names in the rest.
        rest: &'static Labels,
    },
}

impl Labels {
    /// Whether one of the layers is called `name`.
    const fn contain(&self, name: Name) -> bool {
        match self {
            Labels::None => false,
            Labels::One(own) => own.is(name),
            Labels::Two { first, rest, .. } => first.contain(name) || rest.contain(name),
        }
    }

    /// The first of these layers, counted from `layer`, whose name one of the `earlier` layers already has.
    pub const fn clash(&self, layer: usize, earlier: &Labels) -> Option<ShapeError> {
        match self {
            Labels::One(name) if earlier.contain(*name) => {
                Some(ShapeError { layer, inside: ConstString::new(), text: name.taken() })
            }
            Labels::None | Labels::One(_) => None,
            Labels::Two { first, layers, rest } => match first.clash(layer, earlier) {
                None => rest.clash(layer + *layers, earlier),
                shape_error => shape_error,
            },
        }
    }
}
