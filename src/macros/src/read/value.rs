//! The value of a hyper-parameter: what can be told from its tokens is told, and the rest left to the compiler.

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

use crate::tokens::{fill, split, text};

/// A value, as far as it can be told without the compiler.
pub enum Value {
    /// `3`, `0.5`, `true`, `[3, 5]`: a variant of the crate's own `Value`, and what is in it.
    Known(&'static str, TokenStream),
    /// Whatever else: a constant, `2 * K`.
    Expression(Vec<TokenTree>),
}

pub fn read(tokens: &[TokenTree]) -> Value {
    let value: TokenStream = tokens.iter().cloned().collect();
    match tokens {
        [TokenTree::Literal(literal)] => match kind(&literal.to_string()) {
            Literal::Whole => Value::Known("One", value),
            Literal::Real => Value::Known("Real", value),
            Literal::Other(what) => other(what),
        },
        [TokenTree::Punct(minus), TokenTree::Literal(literal)] if minus.as_char() == '-' => {
            match kind(&literal.to_string()) {
                Literal::Whole => Value::Known("Real", fill("#value as f64", &[("value", value)])),
                Literal::Real => Value::Known("Real", value),
                Literal::Other(what) => other(what),
            }
        }
        [TokenTree::Ident(word)] if ["true", "false"].contains(&&*word.to_string()) => Value::Known("Flag", value),
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Bracket => list(group),
        [TokenTree::Group(group)] if is_tuple(group) => other("a tuple"),
        tokens => Value::Expression(tokens.to_vec()),
    }
}

/// `[3, 5]`
fn list(group: &Group) -> Value {
    let elements: Vec<_> = split(group.stream(), ',').into_iter().map(|(element, _)| element).collect();
    if let Some(what) = elements.iter().find_map(|element| no_size(element)) {
        return other(&format!("a list with {what} in it"));
    }
    match elements.len() {
        2 => Value::Known("Pair", TokenTree::from(group.clone()).into()),
        0 => other("an empty list"),
        1 => other("a list of one number"),
        count => other(&format!("a list of {count} numbers")),
    }
}

fn is_tuple(group: &Group) -> bool {
    let commas = || split(group.stream(), ',').iter().any(|(_, comma)| comma.is_some());
    group.delimiter() == Delimiter::Parenthesis && (group.stream().is_empty() || commas())
}

fn other(what: &str) -> Value {
    Value::Known("Other", text(what))
}

/// What a value is that is clearly no size.
pub fn no_size(tokens: &[TokenTree]) -> Option<String> {
    match tokens {
        [TokenTree::Literal(literal)] => match kind(&literal.to_string()) {
            Literal::Whole => None,
            Literal::Real => Some(format!("{literal}")),
            Literal::Other(what) => Some(what.to_string()),
        },
        [TokenTree::Punct(minus), rest @ ..] if minus.as_char() == '-' && !rest.is_empty() => {
            Some(format!("{}", tokens.iter().cloned().collect::<TokenStream>()))
        }
        [TokenTree::Ident(word)] if ["true", "false"].contains(&&*word.to_string()) => Some(format!("`{word}`")),
        _ => None,
    }
}

enum Literal {
    Whole,
    Real,
    Other(&'static str),
}

fn kind(literal: &str) -> Literal {
    if !literal.starts_with(|first: char| first.is_ascii_digit()) {
        let string = literal.ends_with(['"', '#']);
        return Literal::Other(if string { "a string" } else { "a character" });
    }
    let decimal = !["0x", "0b", "0o"].iter().any(|prefix| literal.starts_with(prefix));
    let real = decimal
        && (literal.contains(['.', 'e', 'E']) && !literal.contains("size")
            || literal.ends_with("f32")
            || literal.ends_with("f64"));
    if real { Literal::Real } else { Literal::Whole }
}
