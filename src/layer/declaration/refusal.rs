//! Why the call of a layer is wrong.

use crate::shape::ConstString;

/// Why the call of a layer is wrong, and the place of the mistake.
#[derive(Clone, Copy)]
pub struct Refusal {
    /// `Conv2D needs kernel`
    pub text: ConstString,
    /// Whether the mistake is the layer as a whole, or the name or the value of a hyper-parameter.
    pub part: Part,
}

/// A part of a layer as it was written.
#[derive(Clone, Copy)]
pub enum Part {
    /// The whole layer.
    Whole,
    /// The name of the hyper-parameter with this index among those written.
    Key(usize),
    /// Its value.
    Value(usize),
    /// None: the error has been reported elsewhere.
    Nowhere,
}
