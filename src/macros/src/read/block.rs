//! A block of layers: `Residual(Conv2D(…), BatchNorm, shortcut = (Conv2D(…)))`, `Concat((Conv2D(…)), (ReLU))`, `Gate(Sigmoid)`.

use proc_macro::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use super::{Inside, Layer, layers};
use crate::tokens::{Mistake, is_mark, split};

/// Whether this is the name of a block.
pub fn is_block(kind: &str) -> bool {
    ["Residual", "Concat", "Gate"].contains(&kind)
}

/// Reads a block of this kind.
pub fn read(kind: &str, group: Option<&Group>, place: Span) -> Result<Inside, Mistake> {
    match kind {
        "Concat" => concat(group, place),
        "Gate" => gate(group, place),
        _ => residual(group, place),
    }
}

const BRANCHES: &str = "`Concat((Conv2D(…), ReLU), (MaxPool2D(…)))`";

/// Reads two branches or more, each in parentheses, or `Identity`.
fn concat(group: Option<&Group>, place: Span) -> Result<Inside, Mistake> {
    let alone = format!("each branch of a `Concat` stands in parentheses of its own: {BRANCHES}");
    let group = group.ok_or_else(|| Mistake::new(place, alone.clone()))?;
    let mut branches = Vec::new();
    for (piece, comma) in split(group.stream(), ',') {
        branches.push(match &piece[..] {
            [TokenTree::Ident(word)] if word.to_string() == "Identity" => None,
            [TokenTree::Group(inside)] if inside.delimiter() == Delimiter::Parenthesis => {
                let text = "a branch without layers is written as `Identity`: it is the input itself";
                match split(inside.stream(), ',').first() {
                    None => return Err(Mistake::new(inside.span(), text)),
                    Some((only, _)) if matches!(&only[..], [TokenTree::Ident(word)] if word.to_string() == "Identity") => {
                        return Err(Mistake::new(&only[..], "`Identity` stands without parentheses around it"));
                    }
                    Some(_) => Some(layers(inside.stream(), inside.span(), "the branch")?),
                }
            }
            [] => {
                let end = comma.map_or(place, |comma| comma.span());
                return Err(Mistake::new(end, "no branch stands before this comma: remove it"));
            }
            piece => return Err(Mistake::new(piece, alone)),
        });
    }
    if branches.len() < 2 {
        return Err(Mistake::new(place, format!("a `Concat` joins two branches or more: {BRANCHES}")));
    }
    Ok(Inside::Concat(branches))
}

/// Reads the layers of a gate.
fn gate(group: Option<&Group>, place: Span) -> Result<Inside, Mistake> {
    let bare = "a gate is written with its layers in parentheses: `Gate(GlobalAvgPool2D, Dense(…), Sigmoid)`";
    let group = group.ok_or_else(|| Mistake::new(place, bare))?;
    Ok(Inside::Gate(layers(group.stream(), place, "the gate")?))
}

/// Reads the layers of a block, then an optional `shortcut = (…)`.
fn residual(group: Option<&Group>, place: Span) -> Result<Inside, Mistake> {
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
