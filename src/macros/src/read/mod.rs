//! What the user wrote in `network!`, as a tree.
//!
//! Reading stops at the first mistake.

mod argument;
mod block;
mod head;
mod layer;
mod value;

use proc_macro::{Ident, Span, TokenStream, TokenTree};

use crate::tokens::{Cursor, Mistake, Place, broken_literal, split};
pub use head::{Head, Input};
pub use value::Value;

/// The part after the head.
pub struct Body {
    pub input: Input,
    pub layers: Vec<Layer>,
}

/// A layer, or a block of layers.
pub struct Layer {
    /// `conv1`
    pub label: Option<Ident>,
    /// `Conv2D`, or `my::Layer`
    pub path: Vec<TokenTree>,
    /// `T`, for a network that is generic over its scalar: `Block<T>`.
    pub scalar: Option<Ident>,
    /// From the first token of the path to the end.
    pub place: Place,
    pub inside: Inside,
}

/// The contents of a layer's parentheses.
pub enum Inside {
    Arguments(Vec<Argument>),
    /// The layers of a block, and those of its shortcut.
    Residual {
        body: Vec<Layer>,
        shortcut: Option<Vec<Layer>>,
    },
    /// The layers of each branch, or `None` for `Identity`.
    Concat(Vec<Option<Vec<Layer>>>),
    /// The layers of a gate.
    Gate(Vec<Layer>),
}

impl Inside {
    /// The layers inside a block, branch by branch.
    fn branches(&self) -> Vec<&[Layer]> {
        match self {
            Inside::Arguments(_) => Vec::new(),
            Inside::Residual { body, shortcut } => std::iter::once(body).chain(shortcut).map(Vec::as_slice).collect(),
            Inside::Concat(branches) => branches.iter().flatten().map(Vec::as_slice).collect(),
            Inside::Gate(gate) => vec![gate],
        }
    }
}

/// A hyper-parameter, or a value without a name.
pub struct Argument {
    pub key: Option<Ident>,
    pub value: Value,
    pub value_place: Place,
}

impl Layer {
    /// The last name in its path.
    pub fn kind(&self) -> String {
        self.path.last().map_or(String::new(), TokenTree::to_string)
    }
}

/// The head of a network, and its body or the first mistake.
pub struct Reading {
    pub head: Head,
    pub body: Result<Body, Mistake>,
}

/// Reads a network; `kinds` are the layers of the main crate.
pub fn network(mut cursor: Cursor, kinds: &[String]) -> Result<Reading, Mistake> {
    let head = head::read(&mut cursor)?;
    let body = match broken_literal(cursor.rest()) {
        Some(literal) => Err(Mistake::known(literal)),
        None => body(cursor, &head, kinds),
    };
    Ok(Reading { head, body })
}

/// `[1, 28, 28] => Flatten, Dense(units = 10)`
fn body(mut cursor: Cursor, head: &Head, kinds: &[String]) -> Result<Body, Mistake> {
    let input = head::input(&mut cursor, head)?;
    arrow(&mut cursor)?;
    let layers = layers(cursor.rest().iter().cloned().collect(), cursor.span(), "the network")?;
    scalars(&layers, head, kinds)?;
    Ok(Body { input, layers })
}

/// Refuses `<…>` after the name of a layer, unless it can be the scalar of a network.
fn scalars(layers: &[Layer], head: &Head, kinds: &[String]) -> Result<(), Mistake> {
    for layer in layers {
        if let Some(scalar) = &layer.scalar {
            let word = scalar.to_string();
            let is_scalar =
                ["f32", "f64"].contains(&&*word) || head.generic.as_ref().is_some_and(|own| own.to_string() == word);
            if !is_scalar || layer.path.len() == 1 && kinds.contains(&layer.kind()) {
                return Err(Mistake::new(scalar.span(), layer::sizes(&layer.kind())));
            }
        }
        layer.inside.branches().into_iter().try_for_each(|branch| scalars(branch, head, kinds))?;
    }
    Ok(())
}

/// The `=>` between the input's shape and the layers.
fn arrow(cursor: &mut Cursor) -> Result<(), Mistake> {
    if cursor.take_arrow('=') {
        return Ok(());
    }
    Err(Mistake::new(
        cursor.place(),
        "between the input's shape and the layers stands `=>`: `[1, 28, 28] => Flatten, Dense(units = 10)`",
    ))
}

/// Reads the layers of a network or of a branch. `owner` is its name in the error if there are none.
fn layers(stream: TokenStream, place: Span, owner: &str) -> Result<Vec<Layer>, Mistake> {
    let mut layers: Vec<Layer> = Vec::new();
    for (piece, comma) in split(stream, ',') {
        let end = comma.map_or_else(|| piece.last().map_or(place, TokenTree::span), |comma| comma.span());
        let layer = layer::read(&piece, end)?;
        let same =
            |other: &Layer| other.label.as_ref().map(Ident::to_string) == layer.label.as_ref().map(Ident::to_string);
        if let Some(label) = &layer.label
            && layers.iter().any(same)
        {
            return Err(Mistake::new(
                label.span(),
                format!("`{label}` is the name of another layer here: choose another"),
            ));
        }
        layers.push(layer);
    }
    if layers.is_empty() {
        return Err(Mistake::new(place, format!("{owner} has no layers: at least one is needed")));
    }
    Ok(layers)
}
