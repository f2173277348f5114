//! The hyper-parameters of a layer as the user wrote them, looked up among those it declares.

use super::declared::{HyperParameterKind, HyperParameterOf};
use super::refusal::{Part, Refusal};
use super::suggestion;
use super::value::{Value, Written};
use crate::shape::{ConstString, Padding};

/// The hyper-parameters of one layer, in the order of its declaration.
#[derive(Clone, Copy)]
pub struct HyperParameters([Option<Value>; HyperParameters::MOST]);

impl HyperParameters {
    /// The most hyper-parameters that a layer can have.
    const MOST: usize = 12;

    /// Looks up the written value of each declared hyper-parameter.
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
            if !takes.takes(value) && !is_same(takes, value) {
                let text = ConstString::new().str(kind).str("'s `").str(name).str("` takes ").str(takes.words());
                let text = match (takes, value) {
                    (HyperParameterKind::Padding, Value::Text(given)) => text.str(", not `\"").str(given).str("\"`"),
                    _ => value.after(text.str(", not ")),
                };
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

    /// The padding of an image.
    pub const fn padding(&self, at: usize) -> Option<Padding> {
        match self.0[at] {
            Some(Value::One(all)) => Some(Padding::of([all, all])),
            Some(Value::Pair(axes)) => Some(Padding::of(axes)),
            Some(Value::Sides(sides)) => Some(Padding::Sides(sides)),
            Some(Value::Text(_)) => Some(Padding::Same),
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

    /// A boolean.
    pub const fn flag(&self, at: usize) -> Option<bool> {
        match self.0[at] {
            Some(Value::Flag(flag)) => Some(flag),
            _ => None,
        }
    }
}

/// Whether it is a padding of `"same"`.
const fn is_same(takes: HyperParameterKind, value: Value) -> bool {
    match (takes, value) {
        (HyperParameterKind::Padding, Value::Text(text)) => suggestion::equal(text, "same"),
        _ => false,
    }
}

/// The index of the declared hyper-parameter with this name.
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
