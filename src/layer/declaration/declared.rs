//! The hyper-parameters that a layer declares.

use super::value::Value;

/// One hyper-parameter as a layer declares it.
pub struct HyperParameterOf {
    /// `kernel`
    pub name: &'static str,
    /// Its kind.
    pub kind: HyperParameterKind,
    /// Whether it has no default.
    pub required: bool,
}

/// The kinds of hyper-parameter.
#[derive(Clone, Copy)]
pub enum HyperParameterKind {
    /// A whole number.
    Count,
    /// One whole number for both axes, or two.
    Axes,
    /// The padding of an image.
    Padding,
    /// A real number.
    Real,
    /// A boolean.
    Flag,
}

impl HyperParameterKind {
    pub(super) const fn words(self) -> &'static str {
        match self {
            HyperParameterKind::Count => "a whole number",
            HyperParameterKind::Axes => "a whole number or `[vertical, horizontal]`",
            HyperParameterKind::Padding => {
                "a whole number, `[vertical, horizontal]`, `[[top, bottom], [left, right]]` or `\"same\"`"
            }
            HyperParameterKind::Real => "a number",
            HyperParameterKind::Flag => "`true` or `false`",
        }
    }

    /// Whether the output shape of the layer can depend on it.
    pub(super) const fn is_size(self) -> bool {
        matches!(self, HyperParameterKind::Count | HyperParameterKind::Axes | HyperParameterKind::Padding)
    }

    pub(super) const fn takes(self, value: Value) -> bool {
        match (self, value) {
            (HyperParameterKind::Count, Value::One(_))
            | (HyperParameterKind::Axes, Value::One(_) | Value::Pair(_))
            | (HyperParameterKind::Padding, Value::One(_) | Value::Pair(_) | Value::Sides(_))
            | (HyperParameterKind::Flag, Value::Flag(_)) => true,
            (HyperParameterKind::Real, Value::Real(real)) => !real.is_nan(),
            (HyperParameterKind::Real, Value::One(_)) => true,
            _ => false,
        }
    }
}
