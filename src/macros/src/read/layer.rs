//! A layer: `conv1: Conv2D(filters = 8, kernel = 3)`.

use proc_macro::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use super::{Argument, Inside, Layer, layers, value};
use crate::tokens::{Mistake, Place, is_arrow, is_mark, split};

/// Reads a layer from the tokens between two commas. `end` is where it ends if there are none.
pub fn read(tokens: &[TokenTree], end: Span) -> Result<Layer, Mistake> {
    let (label, tokens) = label(tokens)?;
    let (path, rest) = path(tokens, end)?;
    let mut place = Place::from(path);
    let kind = path.last().map_or(String::new(), TokenTree::to_string);
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
    after(rest, &kind, group.is_some())?;
    let inside = match group {
        _ if kind == "Residual" && path.len() == 1 => {
            place.last = place.first; // what a block has inside is its layers, each with a place of its own
            residual(group, place.first)?
        }
        Some(group) => Inside::Arguments(arguments(group, &kind)?),
        None => Inside::Arguments(Vec::new()),
    };
    Ok(Layer { label, path: path.to_vec(), place, inside })
}

/// `conv1:`
fn label(tokens: &[TokenTree]) -> Result<(Option<Ident>, &[TokenTree]), Mistake> {
    match tokens {
        [TokenTree::Ident(label), rest @ ..] if is_mark(rest, ':') => Ok((Some(label.clone()), &rest[1..])),
        [TokenTree::Ident(label), rest @ ..] if is_mark(rest, '=') => {
            let text = format!("a layer is given a name by a colon: `{label}: Dense(units = 10)`");
            Err(Mistake::new(rest[0].span(), text))
        }
        [TokenTree::Literal(label), rest @ ..] if is_mark(rest, ':') => {
            Err(Mistake::new(label.span(), "a layer's name is a word without quotes: `conv1: Conv2D(…)`"))
        }
        [TokenTree::Ident(label), second @ TokenTree::Ident(_), ..] if is_lower_case(label) => {
            let text = format!("between a layer's name and the layer stands a colon: `{label}: {second}`");
            Err(Mistake::new(second.span(), text))
        }
        tokens => Ok((None, tokens)),
    }
}

fn is_lower_case(word: &Ident) -> bool {
    word.to_string().starts_with(|first: char| first.is_lowercase())
}

/// `Conv2D`, or `my::layers::Upsample`
fn path(tokens: &[TokenTree], end: Span) -> Result<(&[TokenTree], &[TokenTree]), Mistake> {
    let mut at = 0;
    let is_joint =
        |at: usize| tokens[at..].len() > 2 && tokens[at].to_string() == ":" && tokens[at + 1].to_string() == ":";
    if tokens.is_empty() {
        return Err(Mistake::new(end, "a layer is missing before this comma"));
    }
    if is_joint(at) {
        at = 2;
    }
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(_)) if at + 1 < tokens.len() && is_joint(at + 1) => at += 3,
            Some(TokenTree::Ident(_)) => return Ok(tokens.split_at(at + 1)),
            Some(other) => return Err(Mistake::new(other.span(), format!("here should be a layer, not `{other}`"))),
            None => return Err(Mistake::new(end, "here should be a layer")),
        }
    }
}

/// Nothing may come after a layer.
fn after(rest: &[TokenTree], kind: &str, has_parentheses: bool) -> Result<(), Mistake> {
    let Some(next) = rest.first() else { return Ok(()) };
    let text = match next {
        _ if is_arrow(rest, '-') || is_arrow(rest, '=') => {
            "between two layers stands a comma, not an arrow".to_string()
        }
        TokenTree::Punct(mark) if mark.as_char() == ';' && rest.len() == 1 => {
            "nothing comes after the last layer but a comma: remove this `;`".to_string()
        }
        TokenTree::Punct(mark) if mark.as_char() == ';' => "between two layers stands a comma, not `;`".to_string(),
        TokenTree::Punct(mark) if mark.as_char() == '<' && !has_parentheses => {
            format!("sizes follow from the input; what a layer takes stands in parentheses: `{kind}(…)`")
        }
        TokenTree::Punct(mark) if mark.as_char() == '!' => format!("a layer is no macro: write `{kind}(…)`"),
        TokenTree::Ident(_) => format!("a comma is missing before `{next}`"),
        _ => format!("after `{kind}` should be a comma, not `{next}`"),
    };
    let last = if is_arrow(rest, '-') || is_arrow(rest, '=') { rest[1].span() } else { next.span() };
    Err(Mistake::new(Place { first: next.span(), last }, text))
}

fn arguments(group: &Group, kind: &str) -> Result<Vec<Argument>, Mistake> {
    let mut arguments: Vec<Argument> = Vec::new();
    for (piece, comma) in split(group.stream(), ',') {
        let argument = argument(&piece, comma.map_or(group.span(), |comma| comma.span()), kind)?;
        let same =
            |other: &Argument| other.key.as_ref().map(Ident::to_string) == argument.key.as_ref().map(Ident::to_string);
        if let Some(key) = &argument.key
            && arguments.iter().any(same)
        {
            return Err(Mistake::new(key.span(), format!("`{key}` is given twice")));
        }
        arguments.push(argument);
    }
    Ok(arguments)
}

/// `filters = 8`
fn argument(tokens: &[TokenTree], end: Span, kind: &str) -> Result<Argument, Mistake> {
    let (key, tokens) = match tokens {
        [] => return Err(Mistake::new(end, format!("something is missing before this comma of `{kind}(…)`"))),
        [TokenTree::Ident(key), rest @ ..] if is_mark(rest, '=') => {
            if rest.len() == 1 {
                return Err(Mistake::new(rest[0].span(), format!("`{key} =` needs a value after it")));
            }
            (Some(key.clone()), &rest[1..])
        }
        [TokenTree::Ident(key), rest @ ..] if is_mark(rest, ':') => {
            let value = rest.get(1).map_or("…".to_string(), TokenTree::to_string);
            return Err(Mistake::new(
                rest[0].span(),
                format!("a hyper-parameter is written with `=`: `{key} = {value}`"),
            ));
        }
        [TokenTree::Ident(key), value @ TokenTree::Literal(_)] => {
            return Err(Mistake::new(
                value.span(),
                format!("a hyper-parameter is written with `=`: `{key} = {value}`"),
            ));
        }
        [TokenTree::Ident(key), equal @ TokenTree::Punct(_), second @ TokenTree::Punct(_), ..]
            if equal.to_string() == "=" && second.to_string() == "=" =>
        {
            let place = Place { first: equal.span(), last: second.span() };
            return Err(Mistake::new(place, format!("a hyper-parameter is written with one `=`: `{key} = …`")));
        }
        tokens => (None, tokens),
    };
    for at in 1..tokens.len() {
        if let TokenTree::Ident(next) = &tokens[at]
            && is_mark(&tokens[at + 1..], '=')
        {
            return Err(Mistake::new(next.span(), format!("a comma is missing before `{next}`")));
        }
    }
    if let Some(mark) = tokens.iter().find(|token| token.to_string() == ";") {
        return Err(Mistake::new(
            mark.span(),
            format!("between the hyper-parameters of `{kind}` stand commas, not `;`"),
        ));
    }
    Ok(Argument { key, value: value::read(tokens), value_place: tokens.into() })
}

const BLOCK: &str = "`Residual(layer, …)` has layers in parentheses, and maybe a last `shortcut = (layer, …)`";

/// The layers of a block, then maybe `shortcut = (…)`.
fn residual(group: Option<&Group>, place: Span) -> Result<Inside, Mistake> {
    let group = group.ok_or_else(|| Mistake::new(place, BLOCK))?;
    let (mut body, mut shortcut) = (TokenStream::new(), None);
    for (piece, comma) in split(group.stream(), ',') {
        match (&piece[..], &shortcut) {
            ([TokenTree::Ident(key), rest @ ..], None) if is_mark(rest, '=') => {
                if body.is_empty() {
                    return Err(Mistake::new(
                        key.span(),
                        "the layers of the block come first, and its `shortcut = (…)` last",
                    ));
                }
                shortcut = Some(branch(key, &rest[1..])?);
            }
            (piece, Some(_)) => {
                let text = "the `shortcut` comes last, after the layers of the block, and there is one at most";
                return Err(Mistake::new(piece, text));
            }
            (piece, None) => {
                body.extend(piece.iter().cloned());
                body.extend(comma.map(TokenTree::from));
            }
        }
    }
    Ok(Inside::Residual { body: layers(body, place, "the block")?, shortcut })
}

/// `shortcut = (Conv2D(…), BatchNorm)`
fn branch(key: &Ident, value: &[TokenTree]) -> Result<Vec<Layer>, Mistake> {
    if key.to_string() != "shortcut" {
        let text = format!("a block has no `{key}`: beside its layers it takes `shortcut = (layer, …)`");
        return Err(Mistake::new(key.span(), text));
    }
    match value {
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => {
            layers(group.stream(), group.span(), "the shortcut")
        }
        _ => {
            let text =
                "the layers of a shortcut stand in parentheses of their own: `shortcut = (Conv2D(…), BatchNorm)`";
            Err(Mistake::new(key.span(), text))
        }
    }
}
