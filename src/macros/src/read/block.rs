//! A block of layers: `Residual(Conv2D(…), BatchNorm, shortcut = (Conv2D(…)))`.

use proc_macro::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use super::{Inside, Layer, layers};
use crate::tokens::{Mistake, is_mark, split};

/// Reads the layers of a block, then an optional `shortcut = (…)`.
pub fn residual(group: Option<&Group>, place: Span) -> Result<Inside, Mistake> {
    let bare = "a block is written with its layers in parentheses: `Residual(Conv2D(…), BatchNorm)`";
    let group = group.ok_or_else(|| Mistake::new(place, bare))?;
    let (mut body, mut shortcut) = (TokenStream::new(), None);
    for (piece, comma) in split(group.stream(), ',') {
        match (&piece[..], &shortcut) {
            ([TokenTree::Ident(key), rest @ ..], _) if is_key(key, rest) => {
                let branch = branch(key, rest)?;
                if shortcut.is_some() {
                    return Err(Mistake::new(key.span(), "a block has one `shortcut` at most"));
                }
                if body.is_empty() {
                    let text = "the layers of the block come first, and its `shortcut = (…)` last";
                    return Err(Mistake::new(key.span(), text));
                }
                shortcut = Some(branch);
            }
            (piece, Some(_)) => {
                return Err(Mistake::new(piece, "the `shortcut` comes last, after the layers of the block"));
            }
            (piece, None) => {
                body.extend(piece.iter().cloned());
                body.extend(comma.map(TokenTree::from));
            }
        }
    }
    Ok(Inside::Residual { body: layers(body, place, "the block")?, shortcut })
}

/// Whether this is `shortcut = …`, or was meant to be.
fn is_key(key: &Ident, rest: &[TokenTree]) -> bool {
    let is_colon = matches!(rest, [_, TokenTree::Group(_)]) && is_mark(rest, ':');
    is_colon || is_mark(rest, '=') && !matches!(rest, [_, TokenTree::Ident(_), ..] if key.to_string() != "shortcut")
}

/// `shortcut = (Conv2D(…), BatchNorm)`
fn branch(key: &Ident, rest: &[TokenTree]) -> Result<Vec<Layer>, Mistake> {
    if key.to_string() != "shortcut" {
        let text = format!("a block has no `{key}`: it takes layers, and maybe a last `shortcut = (layer, …)`");
        return Err(Mistake::new(key.span(), text));
    }
    match rest {
        [colon, ..] if is_mark(rest, ':') => {
            Err(Mistake::new(colon.span(), "a shortcut is written with `=`: `shortcut = (Conv2D(…), BatchNorm)`"))
        }
        [_, TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => {
            if group.stream().is_empty() {
                let text = "the shortcut has no layers: leave it out, and the input itself is added";
                return Err(Mistake::new(group.span(), text));
            }
            layers(group.stream(), group.span(), "the shortcut")
        }
        [equals, ..] => {
            let text = "the layers of a shortcut stand in parentheses: `shortcut = (Conv2D(…), BatchNorm)`";
            Err(match &rest[1..] {
                [] => Mistake::new(equals.span(), text),
                value => Mistake::new(value, text),
            })
        }
        [] => Err(Mistake::new(key.span(), "a shortcut is written as `shortcut = (Conv2D(…), BatchNorm)`")),
    }
}
