//! A layer: `conv1: Conv2D(filters = 8, kernel = 3)`.

use proc_macro::{Delimiter, Group, Ident, Span, TokenTree};

use super::{Inside, Layer, argument, block};
use crate::tokens::{Mistake, Place, is_arrow, is_mark, is_reserved, spelled};

/// Reads a layer from the tokens between two commas. `end` is its place if there are no tokens.
pub fn read(tokens: &[TokenTree], end: Span) -> Result<Layer, Mistake> {
    no_layer(tokens)?;
    let (label, tokens) = label(tokens)?;
    if tokens.is_empty() {
        let text = match &label {
            Some(label) => format!("a layer is missing after `{label}:`"),
            None => "no layer stands before this comma: remove it".to_string(),
        };
        return Err(Mistake::new(end, text));
    }
    let (path, rest) = path(tokens, end)?;
    let mut place = Place::from(path);
    let kind = path.last().map_or(String::new(), TokenTree::to_string);
    let (scalar, rest) = match rest {
        [TokenTree::Punct(open), TokenTree::Ident(scalar), end @ TokenTree::Punct(close), rest @ ..]
            if open.as_char() == '<' && close.as_char() == '>' =>
        {
            place.last = end.span();
            (Some(scalar.clone()), rest)
        }
        rest => (None, rest),
    };
    let (group, rest) = match rest {
        [TokenTree::Group(group), rest @ ..] => (Some(group), rest),
        rest => (None, rest),
    };
    if let Some(group) = group {
        if group.delimiter() != Delimiter::Parenthesis {
            let text = format!("what a layer takes stands in parentheses: `{kind}(…)`");
            return Err(Mistake::new(group.span(), text));
        }
        place.last = group.span();
    }
    after(rest, &kind, group)?;
    let inside = match group {
        _ if block::is_block(&kind) && path.len() == 1 => {
            place.last = place.first; // what a block has inside is its layers, each with a place of its own
            block::read(&kind, group, place.first)?
        }
        Some(group) => Inside::Arguments(argument::all(group, &kind)?),
        None => Inside::Arguments(Vec::new()),
    };
    Ok(Layer { label, path: path.to_vec(), scalar, place, inside })
}

/// What clearly is something else.
fn no_layer(tokens: &[TokenTree]) -> Result<(), Mistake> {
    match tokens {
        [TokenTree::Punct(mark), TokenTree::Group(group), ..] if mark.as_char() == '#' => {
            let is_comment = group.stream().into_iter().next().is_some_and(|word| word.to_string() == "doc");
            let text = match is_comment {
                true => "a layer has no doc comment: write `//`",
                false => "a layer has no attributes: remove this",
            };
            Err(Mistake::new(Place { first: mark.span(), last: group.span() }, text))
        }
        [TokenTree::Ident(shortcut), rest @ ..] if shortcut.to_string() == "shortcut" && is_mark(rest, '=') => {
            let text = "a `shortcut` stands inside its block: `Residual(Conv2D(…), BatchNorm, shortcut = (Conv2D(…)))`";
            Err(Mistake::new(shortcut.span(), text))
        }
        [TokenTree::Ident(word), rest @ ..] if begins_another(word) => Err(Mistake::new(
            word.span(),
            if rest.is_empty() { HERE.replace("#", &word.to_string()) } else { ANOTHER.to_string() },
        )),
        [TokenTree::Ident(word), rest @ ..] if is_reserved(&word.to_string()) && word.to_string() != "let" => {
            match rest {
                [second, ..] if second.to_string() == ":" && !is_mark(rest, ':') => Ok(()), // `crate::Layer`
                [_, ..] if is_mark(rest, ':') => {
                    let text = format!("`{word}` cannot be a layer's name, as Rust uses it itself: choose another");
                    Err(Mistake::new(word.span(), text))
                }
                _ => Err(Mistake::new(word.span(), HERE.replace("#", &word.to_string()))),
            }
        }
        _ => Ok(()),
    }
}

const HERE: &str = "here should be a layer, not `#`";
const ANOTHER: &str = "one `network!` is for one network: write another `network!` for the next";

fn begins_another(word: &Ident) -> bool {
    ["type", "pub"].contains(&&*word.to_string())
}

/// `conv1:`
fn label(tokens: &[TokenTree]) -> Result<(Option<Ident>, &[TokenTree]), Mistake> {
    let colon = |label: &dyn ToString, layer: Option<&TokenTree>| {
        let layer = layer.map_or("…".to_string(), TokenTree::to_string);
        format!("a layer is given a name by a colon: `{}: {layer}(…)`", label.to_string())
    };
    match tokens {
        [TokenTree::Ident(label), rest @ ..] if is_mark(rest, ':') => match &rest[1..] {
            [TokenTree::Ident(_), second @ ..] if is_mark(second, ':') => {
                Err(Mistake::new(second[0].span(), "a layer has one name at most"))
            }
            rest => Ok((Some(label.clone()), rest)),
        },
        [TokenTree::Ident(label), rest @ ..] if is_mark(rest, '=') => {
            Err(Mistake::new(rest[0].span(), colon(label, rest.get(1))))
        }
        [TokenTree::Ident(word), TokenTree::Ident(label), rest @ ..] if word.to_string() == "let" => {
            Err(Mistake::new(word.span(), colon(label, rest.get(1))))
        }
        [TokenTree::Literal(label), rest @ ..] if is_mark(rest, ':') => {
            let label = label.to_string();
            let text = match label.trim_matches('"') {
                word if word.len() < label.len() => format!("a layer's name has no quotes: `{word}: …`"),
                number => format!("a layer's name begins with a letter: `layer{number}: …`"),
            };
            Err(Mistake::new(tokens[0].span(), text))
        }
        [TokenTree::Ident(label), second @ TokenTree::Ident(_), ..] if is_lower_case(label) => {
            Err(Mistake::new(second.span(), colon(label, Some(second))))
        }
        [TokenTree::Ident(label), rest @ ..] if is_lower_case(label) && is_mark(rest, '-') && !is_arrow(rest, '-') => {
            let text = "a layer's name is of letters, digits and underscores: `fc_1: Dense(units = 10)`";
            Err(Mistake::new(rest[0].span(), text))
        }
        tokens => Ok((None, tokens)),
    }
}

fn is_lower_case(word: &Ident) -> bool {
    is_lower_case_word(&word.to_string())
}

fn is_lower_case_word(word: &str) -> bool {
    word.starts_with(|first: char| first.is_lowercase())
}

/// `Conv2D`, or `my::layers::Magnify`
fn path(tokens: &[TokenTree], end: Span) -> Result<(&[TokenTree], &[TokenTree]), Mistake> {
    let is_joint =
        |at: usize| tokens[at..].len() > 2 && tokens[at].to_string() == ":" && tokens[at + 1].to_string() == ":";
    let mut at = if is_joint(0) { 2 } else { 0 };
    let mut last: Option<&Ident> = None;
    loop {
        match (tokens.get(at), last) {
            (Some(TokenTree::Ident(next)), Some(kind)) if is_lower_case(next) && !is_lower_case(kind) => {
                return Err(Mistake::new(next.span(), format!("a layer is written without `::{next}`: `{kind}(…)`")));
            }
            (Some(TokenTree::Punct(mark)), Some(kind)) if mark.as_char() == '<' => {
                return Err(Mistake::new(mark.span(), sizes(&kind.to_string())));
            }
            (Some(TokenTree::Ident(next)), _) if at + 1 < tokens.len() && is_joint(at + 1) => {
                last = Some(next);
                at += 3;
            }
            (Some(TokenTree::Ident(_)), _) => return Ok(tokens.split_at(at + 1)),
            (Some(TokenTree::Group(group)), _) => {
                let text = "layers stand one after the other, with commas between them and no brackets around them";
                return Err(Mistake::new(group.span(), text));
            }
            (Some(other), _) => {
                return Err(Mistake::new(other.span(), format!("here should be a layer, not `{other}`")));
            }
            (None, _) => return Err(Mistake::new(end, "here should be a layer")),
        }
    }
}

pub fn sizes(kind: &str) -> String {
    format!("a layer's sizes follow from its input, and what else it takes stands in parentheses: `{kind}(…)`")
}

/// Refuses tokens after a layer.
fn after(rest: &[TokenTree], kind: &str, group: Option<&Group>) -> Result<(), Mistake> {
    let Some(next) = rest.first() else { return Ok(()) };
    let is_arrow = is_arrow(rest, '-') || is_arrow(rest, '=');
    let text = match next {
        _ if is_arrow => "between two layers stands a comma, not an arrow".to_string(),
        TokenTree::Punct(mark) => match (mark.as_char(), &rest[1..]) {
            (';', []) => "nothing comes after the last layer but a comma: remove this `;`".to_string(),
            (';', [TokenTree::Ident(word), ..]) if begins_another(word) => ANOTHER.to_string(),
            (';', _) => "between two layers stands a comma, not `;`".to_string(),
            ('<', _) if group.is_none() => sizes(kind),
            ('!', _) => format!("a layer is written without `!`: `{kind}(…)`"),
            (':', [label, ..]) => format!("a layer's name stands before it: `{label}: {kind}(…)`"),
            ('.', [TokenTree::Ident(name), ..]) if is_lower_case_word(kind) => {
                format!("a layer is written without `{kind}.`, and its name without a dot: `{name}`")
            }
            ('.', [TokenTree::Ident(name), ..]) => format!("a layer is written without `.{name}`: `{kind}(…)`"),
            (mark, _) => format!("after `{kind}` should be a comma, not `{mark}`"),
        },
        TokenTree::Ident(word) if word.to_string() == "as" => {
            let label = rest.get(1).map_or("name".to_string(), TokenTree::to_string);
            format!("a layer's name stands before it: `{label}: {kind}(…)`")
        }
        TokenTree::Ident(word) if begins_another(word) => ANOTHER.to_string(),
        TokenTree::Ident(word) if word.to_string() == "where" => "a network has no `where`: remove it".to_string(),
        TokenTree::Ident(_) => format!("a comma is missing before `{next}`"),
        TokenTree::Group(_) if group.is_some() => format!("all that `{kind}` takes stands in one pair of parentheses"),
        _ => format!("after `{kind}` should be a comma, not `{}`", spelled(next)),
    };
    let last = if is_arrow { rest[1].span() } else { next.span() };
    Err(Mistake::new(Place { first: next.span(), last }, text))
}
