//! The hyper-parameters of a layer, as they are declared and as they were written.

use super::step::{Part, Refusal};
use super::suggestion;
use super::value::{Value, Written};
use crate::shape::ConstString;

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
    const fn words(self) -> &'static str {
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

    const fn takes(self, value: Value) -> bool {
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

/// The hyper-parameters of one layer, in the order of its declaration.
#[derive(Clone, Copy)]
pub struct HyperParameters([Option<Value>; HyperParameters::MOST]);

impl HyperParameters {
    /// More has no layer.
    const MOST: usize = 12;

    /// Looks up what was written for each of those declared.
    pub const fn read(
        kind: &str,
        declared: &[HyperParameterOf],
        written: &[Written],
    ) -> Result<HyperParameters, Refusal> {
        assert!(declared.len() <= HyperParameters::MOST, "a layer has at most 12 hyper-parameters");
        let mut values = [None; HyperParameters::MOST];
        let mut at = 0;
        while at < written.len() {
            let Written { key, value } = written[at];
            let Some(which) = find(declared, key) else {
                return Err(suggestion::unknown(kind, declared, key, at));
            };
            let HyperParameterOf { name, kind: takes, .. } = declared[which];
            if !takes.takes(value) {
                let text = ConstString::new().str(kind).str("'s `").str(name).str("` takes ").str(takes.words());
                let text = value.after(text.str(", not "));
                let text = if value.is_negative() && takes.is_size() { text.str(": nothing below 0") } else { text };
                return Err(Refusal { text, part: Part::Value(at) });
            }
            values[which] = Some(value);
            at += 1;
        }
        at = 0;
        while at < declared.len() {
            if declared[at].required && values[at].is_none() {
                let text = ConstString::new().str(kind).str(" needs `").str(declared[at].name).str("`: ");
                return Err(Refusal { text: suggestion::call(text.str("write "), kind, declared), part: Part::Whole });
            }
            at += 1;
        }
        Ok(HyperParameters(values))
    }

    /// A whole number.
    pub const fn count(&self, at: usize) -> Option<usize> {
        match self.0[at] {
            Some(Value::One(count)) => Some(count),
            _ => None,
        }
    }

    /// A number for each axis.
    pub const fn axes(&self, at: usize) -> Option<[usize; 2]> {
        match self.0[at] {
            Some(Value::One(both)) => Some([both, both]),
            Some(Value::Pair(axes)) => Some(axes),
            _ => None,
        }
    }

    /// A real number.
    pub const fn real(&self, at: usize) -> Option<f64> {
        match self.0[at] {
            Some(Value::Real(real)) => Some(real),
            Some(Value::One(whole)) => Some(whole as f64),
            _ => None,
        }
    }

    /// Yes or no.
    pub const fn flag(&self, at: usize) -> Option<bool> {
        match self.0[at] {
            Some(Value::Flag(flag)) => Some(flag),
            _ => None,
        }
    }
}

/// Which of those declared is called so.
const fn find(declared: &[HyperParameterOf], key: &str) -> Option<usize> {
    let mut at = 0;
    while at < declared.len() {
        if suggestion::equal(declared[at].name, key) {
            return Some(at);
        }
        at += 1;
    }
    None
}
