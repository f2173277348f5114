//! Why a layer cannot be called as it was.

use crate::shape::ConstString;

/// Why a layer cannot be called so, and where the user should look.
#[derive(Clone, Copy)]
pub struct Refusal {
    /// `Conv2D needs kernel`
    pub text: ConstString,
    /// Whether it is the layer as a whole, or the name or the value of what was written.
    pub part: Part,
}

/// A part of a layer as it was written.
#[derive(Clone, Copy)]
pub enum Part {
    /// All of it.
    Whole,
    /// The name of a hyper-parameter: which of those that are written.
    Key(usize),
    /// Its value.
    Value(usize),
}
