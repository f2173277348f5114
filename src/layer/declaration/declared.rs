//! What a layer's declaration says of its hyper-parameters.

use super::value::Value;

/// What a layer's declaration says of one of its hyper-parameters.
pub struct HyperParameterOf {
    /// `kernel`
    pub name: &'static str,
    /// What it can be.
    pub kind: HyperParameterKind,
    /// Whether it has no default.
    pub required: bool,
}

/// What a hyper-parameter can be.
#[derive(Clone, Copy)]
pub enum HyperParameterKind {
    /// A whole number.
    Count,
    /// One for both axes, or two.
    Axes,
    /// A number.
    Real,
    /// Yes or no.
    Flag,
}

impl HyperParameterKind {
    pub(super) const fn words(self) -> &'static str {
        match self {
            HyperParameterKind::Count => "a whole number",
            HyperParameterKind::Axes => "a whole number or `[vertical, horizontal]`",
            HyperParameterKind::Real => "a number",
            HyperParameterKind::Flag => "`true` or `false`",
        }
    }

    /// Whether the shape of what the layer gives can depend on it.
    pub(super) const fn is_size(self) -> bool {
        matches!(self, HyperParameterKind::Count | HyperParameterKind::Axes)
    }

    pub(super) const fn takes(self, value: Value) -> bool {
        match (self, value) {
            (HyperParameterKind::Count, Value::One(_))
            | (HyperParameterKind::Axes, Value::One(_) | Value::Pair(_))
            | (HyperParameterKind::Flag, Value::Flag(_)) => true,
            (HyperParameterKind::Real, Value::Real(real)) => !real.is_nan(),
            (HyperParameterKind::Real, Value::One(_)) => true,
            _ => false,
        }
    }
}
