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

/// Reads a network.
pub fn network(mut cursor: Cursor) -> Result<Reading, Mistake> {
    let head = head::read(&mut cursor)?;
    let body = match broken_literal(cursor.rest()) {
        Some(literal) => Err(Mistake::known(literal)),
        None => body(cursor, &head),
    };
    Ok(Reading { head, body })
}

/// `[1, 28, 28] => Flatten, Dense(units = 10)`
fn body(mut cursor: Cursor, head: &Head) -> Result<Body, Mistake> {
    let input = head::input(&mut cursor, head)?;
    arrow(&mut cursor)?;
    let layers = layers(cursor.rest().iter().cloned().collect(), cursor.span(), "the network")?;
    Ok(Body { input, layers })
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
