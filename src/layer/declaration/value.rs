//! The written values of hyper-parameters.

use crate::shape::ConstString;

/// The value of a hyper-parameter, as the user wrote it.
#[derive(Clone, Copy)]
pub enum Value {
    /// `kernel = 3`
    One(usize),
    /// `kernel = [3, 5]`: vertical, horizontal.
    Pair([usize; 2]),
    /// `padding = [[1, 2], [0, 1]]`: top and bottom, left and right.
    Sides([[usize; 2]; 2]),
    /// `padding = "same"`
    Text(&'static str),
    /// `negative_slope = 0.01`
    Real(f64),
    /// `per_channel = true`
    Flag(bool),
    /// Something that no hyper-parameter can be: `a string`.
    Other(&'static str),
}

/// A type that the value of a hyper-parameter can have: `usize`, `[usize; 2]`, `[[usize; 2]; 2]`, `f64` or `bool`.
///
/// Not for users to implement.
#[diagnostic::on_unimplemented(
    message = "a hyper-parameter is a whole number (`usize`), two of them (`[usize; 2]`), the padding of four sides (`[[usize; 2]; 2]`), a real number (`f64`) or a `bool`, not `{Self}`",
    label = "this is `{Self}`",
    note = "`as usize` makes a `usize` of another whole number, and `as f64` an `f64` of an `f32`"
)]
pub trait HyperParameter: Copy {
    /// Is `Expression<Self>`. A trait member, so that a value of another type gives one error and not two.
    type Expression;

    /// Does nothing but require the trait.
    fn check(_: &Self) {}
}

/// An expression written as a value.
pub struct Expression<V>(V);

#[diagnostic::do_not_recommend]
impl HyperParameter for usize {
    type Expression = Expression<usize>;
}

#[diagnostic::do_not_recommend]
impl HyperParameter for [usize; 2] {
    type Expression = Expression<[usize; 2]>;
}

#[diagnostic::do_not_recommend]
impl HyperParameter for [[usize; 2]; 2] {
    type Expression = Expression<[[usize; 2]; 2]>;
}

#[diagnostic::do_not_recommend]
impl HyperParameter for f64 {
    type Expression = Expression<f64>;
}

#[diagnostic::do_not_recommend]
impl HyperParameter for bool {
    type Expression = Expression<bool>;
}

/// Wraps an expression.
pub const fn hyper_parameter<V: HyperParameter<Expression = Expression<V>>>(value: &V) -> V::Expression {
    Expression(*value)
}

impl Expression<usize> {
    /// One whole number.
    pub const fn value(self) -> Value {
        Value::One(self.0)
    }
}

impl Expression<[usize; 2]> {
    /// One number for each axis.
    pub const fn value(self) -> Value {
        Value::Pair(self.0)
    }
}

impl Expression<[[usize; 2]; 2]> {
    /// One number for each side.
    pub const fn value(self) -> Value {
        Value::Sides(self.0)
    }
}

impl Expression<f64> {
    /// A real number.
    pub const fn value(self) -> Value {
        Value::Real(self.0)
    }
}

impl Expression<bool> {
    /// A boolean.
    pub const fn value(self) -> Value {
        Value::Flag(self.0)
    }
}

/// A hyper-parameter as it was written.
#[derive(Clone, Copy)]
pub struct Written {
    /// Its name; empty if there is none.
    pub key: &'static str,
    /// Its value.
    pub value: Value,
}

impl Value {
    /// Whether it is a number below zero.
    pub(super) const fn is_negative(self) -> bool {
        matches!(self, Value::Real(real) if real < 0.0)
    }

    /// The text, then the value as it was written, or a description of it.
    pub(super) const fn after(self, text: ConstString) -> ConstString {
        match self {
            Value::One(one) => text.str("`").number(one).str("`"),
            Value::Pair([vertical, horizontal]) => {
                text.str("`[").number(vertical).str(", ").number(horizontal).str("]`")
            }
            Value::Sides([[top, bottom], [left, right]]) => {
                let text = text.str("`[[").number(top).str(", ").number(bottom).str("], [").number(left);
                text.str(", ").number(right).str("]]`")
            }
            Value::Text(_) => text.str("a string"),
            Value::Real(real) if real.is_nan() => text.str("NaN"),
            Value::Real(real) if real as i64 as f64 == real && real > 0.0 => text.str("`").real(real).str(".0`"),
            Value::Real(real) => text.str("`").real(real).str("`"),
            Value::Flag(flag) => text.str(if flag { "`true`" } else { "`false`" }),
            Value::Other(what) => text.str(what),
        }
    }
}
