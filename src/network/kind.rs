//! How a layer is called in `network!`: its hyper-parameters, their values, and what is wrong with them.

use crate::shape::rules::Ruling;
use crate::shape::{Dims, Text};

/// A layer that [`network!`](crate::network!) can call, as [`hyper_parameters!`](crate::hyper_parameters!) declares it.
#[diagnostic::on_unimplemented(
    message = "`network!` does not know what `{Self}` takes",
    label = "its hyper-parameters are not declared",
    note = "a layer of your own is declared by `shapeproof::hyper_parameters!`, and implements `Layer`"
)]
pub trait Kind {
    /// Has a method `plan`: what the layer gives for an input, and what its type is written with.
    type Rules;
    /// All there is of them.
    const RULES: Self::Rules;
    /// The layer's type: from its shapes, its numbers (`N`), the bits of its real numbers (`R`) and its flags (`F`).
    type Of<
        const C: usize,
        const H: usize,
        const W: usize,
        const OC: usize,
        const OH: usize,
        const OW: usize,
        const N0: usize,
        const N1: usize,
        const N2: usize,
        const N3: usize,
        const N4: usize,
        const N5: usize,
        const N6: usize,
        const N7: usize,
        const R0: u64,
        const R1: u64,
        const F0: bool,
        const F1: bool,
        T: crate::scalar::Scalar,
    >;
}

/// Another name for a type.
pub trait Alias {
    /// The type.
    type Of;
}

/// The value of a hyper-parameter, as the user wrote it.
#[derive(Clone, Copy)]
pub enum Value {
    /// `kernel = 3`
    One(usize),
    /// `kernel = [3, 5]`: vertical, horizontal.
    Pair([usize; 2]),
    /// `negative_slope = 0.01`
    Real(f64),
    /// `per_channel = true`
    Flag(bool),
    /// What no hyper-parameter takes: `a string`.
    Other(&'static str),
}

/// What the value of a hyper-parameter can be.
#[diagnostic::on_unimplemented(
    message = "a hyper-parameter is a whole number (`usize`), two of them (`[usize; 2]`), a real number (`f64`) or a `bool`, not `{Self}`",
    label = "this is `{Self}`"
)]
pub trait HyperParameter: Sized {
    /// Is `Expression<Self>`. Said by way of the trait, so that a value of another type gives one error and not two.
    type Expression;
}

/// An expression that was written as a value.
pub struct Expression<V>(V);

impl HyperParameter for usize {
    type Expression = Expression<usize>;
}

impl HyperParameter for [usize; 2] {
    type Expression = Expression<[usize; 2]>;
}

impl HyperParameter for f64 {
    type Expression = Expression<f64>;
}

impl HyperParameter for bool {
    type Expression = Expression<bool>;
}

/// Takes up an expression.
pub const fn hyper_parameter<V: HyperParameter<Expression = Expression<V>>>(value: V) -> V::Expression {
    Expression(value)
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

impl Expression<f64> {
    /// A real number.
    pub const fn value(self) -> Value {
        Value::Real(self.0)
    }
}

impl Expression<bool> {
    /// Yes or no.
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
            HyperParameterKind::Axes => "a whole number, or [vertical, horizontal]",
            HyperParameterKind::Real => "a number",
            HyperParameterKind::Flag => "true or false",
        }
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

/// Why a layer cannot be called so, and where the user should look.
#[derive(Clone, Copy)]
pub struct Refusal {
    /// `Conv2D needs kernel`
    pub text: Text,
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
                return Err(unknown(kind, declared, key, at));
            };
            let HyperParameterOf { name, kind: takes, .. } = declared[which];
            if !takes.takes(value) {
                let text = Text::new().str(kind).str("'s `").str(name).str("` takes ").str(takes.words());
                return Err(Refusal { text: text.str(", not ").value(value), part: Part::Value(at) });
            }
            values[which] = Some(value);
            at += 1;
        }
        at = 0;
        while at < declared.len() {
            if declared[at].required && values[at].is_none() {
                let text = Text::new().str(kind).str(" needs `").str(declared[at].name).str("`: ");
                return Err(Refusal { text: call(text.str("write "), kind, declared), part: Part::Whole });
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

/// The rule of a layer that gives what it takes.
pub const fn same(input: Dims) -> Ruling {
    Ok(input)
}

const fn find(declared: &[HyperParameterOf], key: &str) -> Option<usize> {
    let mut at = 0;
    while at < declared.len() {
        if equal(declared[at].name.as_bytes(), key.as_bytes()) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// `Conv2D has no …; it takes …`
const fn unknown(kind: &str, declared: &[HyperParameterOf], key: &str, at: usize) -> Refusal {
    if declared.is_empty() {
        return Refusal {
            text: Text::new().str(kind).str(" has no hyper-parameters: write ").str(kind),
            part: Part::Key(at),
        };
    }
    if key.is_empty() {
        let text = Text::new().str("hyper-parameters are written with their names: ");
        return Refusal { text: call(text, kind, declared), part: Part::Value(at) };
    }
    let mut text = Text::new().str(kind).str(" has no `").str(key).str("`");
    if let Some(near) = nearest(declared, key) {
        text = text.str(": did you mean `").str(near).str("`?");
        return Refusal { text: list(text.str(" It takes "), declared), part: Part::Key(at) };
    }
    Refusal { text: list(text.str("; it takes "), declared), part: Part::Key(at) }
}

/// The text, then the names of all: `filters`, `kernel` and `stride`
const fn list(mut text: Text, declared: &[HyperParameterOf]) -> Text {
    let mut at = 0;
    while at < declared.len() {
        let between = if at == 0 {
            ""
        } else if at + 1 < declared.len() {
            ", "
        } else {
            " and "
        };
        text = text.str(between).str("`").str(declared[at].name).str("`");
        at += 1;
    }
    text
}

/// The text, then how the layer is called: `Conv2D(filters = …, kernel = …)`
const fn call(text: Text, kind: &str, declared: &[HyperParameterOf]) -> Text {
    let mut text = text.str(kind).str("(");
    let (mut at, mut count) = (0, 0);
    // Those without a default, or else the first.
    while at < declared.len() {
        if declared[at].required || at == 0 {
            text = text.str(if count > 0 { ", " } else { "" }).str(declared[at].name).str(" = …");
            count += 1;
        }
        at += 1;
    }
    text.str(")")
}

/// The name that is most like a word, if one is: a few letters more, fewer or others, or one the beginning of the other.
const fn nearest(declared: &[HyperParameterOf], word: &str) -> Option<&'static str> {
    let (mut best, mut least, mut at) = (None, word.len() / 3 + 1, 0);
    while at < declared.len() {
        let name = declared[at].name;
        let distance = distance(name.as_bytes(), word.as_bytes());
        if distance < least {
            (best, least) = (Some(name), distance);
        }
        at += 1;
    }
    at = 0;
    while best.is_none() && at < declared.len() {
        let (name, word) = (declared[at].name.as_bytes(), word.as_bytes());
        if word.len() >= 2 && (begins(name, word) || begins(word, name)) {
            best = Some(declared[at].name);
        }
        at += 1;
    }
    best
}

/// How many letters have to be changed, left out or put in (Levenshtein 1966).
const fn distance(a: &[u8], b: &[u8]) -> usize {
    const MOST: usize = 32;
    if a.len() >= MOST || b.len() >= MOST {
        return MOST;
    }
    let (mut row, mut j) = ([0; MOST], 0);
    while j <= b.len() {
        row[j] = j;
        j += 1;
    }
    let mut i = 1;
    while i <= a.len() {
        let mut diagonal = row[0];
        row[0] = i;
        j = 1;
        while j <= b.len() {
            let change = diagonal + (a[i - 1] != b[j - 1]) as usize;
            diagonal = row[j];
            let skip = 1 + if row[j] < row[j - 1] { row[j] } else { row[j - 1] };
            row[j] = if change < skip { change } else { skip };
            j += 1;
        }
        i += 1;
    }
    row[b.len()]
}

const fn begins(long: &[u8], short: &[u8]) -> bool {
    long.len() >= short.len() && equal(long.split_at(short.len()).0, short)
}

const fn equal(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

impl Text {
    /// This text, then a value as it was written, or what it is.
    const fn value(self, value: Value) -> Text {
        match value {
            Value::One(one) => self.number(one),
            Value::Pair([vertical, horizontal]) => self.str("[").number(vertical).str(", ").number(horizontal).str("]"),
            Value::Real(real) if real.is_nan() => self.str("NaN"),
            Value::Real(real) => self.real(real),
            Value::Flag(flag) => self.str(if flag { "true" } else { "false" }),
            Value::Other(what) => self.str(what),
        }
    }
}
