//! A layer, `conv1: Conv2D(filters = 8, kernel = 3)`, read as `network!` reads it.

use std::ops::Range;

use shapeproof::layer::declaration::Written;

use super::Mistake;
use super::tokens::{Kind, Token, is_arrow, is_mark, place, split};
use super::value::{self, forever};

/// A layer as it is written.
pub struct Call {
    /// `conv1`
    pub label: Option<(String, Range<usize>)>,
    /// `Conv2D`
    pub kind: String,
    pub kind_place: Range<usize>,
    /// From the kind to the end of the parentheses.
    pub place: Range<usize>,
    pub arguments: Vec<Argument>,
}

/// A hyper-parameter as it is written.
pub struct Argument {
    pub written: Written,
    pub key_place: Range<usize>,
    pub value_place: Range<usize>,
}

/// Reads the layer that stands between two commas, after others that have these `labels`. `end` is its place if there are no
/// tokens.
pub fn layer(tokens: &[Token], end: Range<usize>, labels: &[String]) -> Result<Call, Mistake> {
    no_layer(tokens)?;
    let (label, tokens) = label(tokens, labels)?;
    let [kind, rest @ ..] = tokens else {
        let text = match &label {
            Some((label, _)) => format!("a layer is missing after `{label}:`"),
            None => "no layer stands before this comma: remove it".to_string(),
        };
        return Err(Mistake::new(end, text));
    };
    match kind.kind {
        Kind::Word => path(kind, rest)?,
        Kind::Group(..) => {
            let text = "layers stand one after the other, with commas between them and no brackets around them";
            return Err(Mistake::new(kind.place.clone(), text));
        }
        _ => return Err(Mistake::new(kind.place.clone(), format!("here should be a layer, not `{}`", kind.text))),
    }
    let (group, rest) = match rest {
        [group @ Token { kind: Kind::Group(..), .. }, rest @ ..] => (Some(group), rest),
        rest => (None, rest),
    };
    if let Some(group) = group
        && group.group('(').is_none()
    {
        let text = format!("what a layer takes stands in parentheses: `{}(…)`", kind.text);
        return Err(Mistake::new(group.place.clone(), text));
    }
    after(rest, &kind.text, group)?;
    let arguments = match group {
        Some(group) if !super::kinds::is_block(&kind.text) => arguments(group, &kind.text)?,
        _ => Vec::new(),
    };
    let place = kind.place.start..group.unwrap_or(kind).place.end;
    Ok(Call { label, kind: kind.text.clone(), kind_place: kind.place.clone(), place, arguments })
}

/// Refuses a layer with a path: the page knows no modules.
fn path(kind: &Token, rest: &[Token]) -> Result<(), Mistake> {
    let [first, second, next, ..] = rest else { return Ok(()) };
    if first.mark() != Some(':') || second.mark() != Some(':') || !next.is_word() {
        return Ok(());
    }
    if next.text.starts_with(char::is_lowercase) && !kind.text.starts_with(char::is_lowercase) {
        let text = format!("a layer is written without `::{}`: `{}(…)`", next.text, kind.text);
        return Err(Mistake::new(next.place.clone(), text));
    }
    let text = format!("cannot find module or crate `{}` in this scope", kind.text);
    Err(Mistake::of("error[E0433]: ", kind.place.clone(), text))
}

/// What clearly is something else.
fn no_layer(tokens: &[Token]) -> Result<(), Mistake> {
    const RESERVED: [&str; 12] =
        ["Self", "_", "if", "for", "while", "loop", "match", "struct", "fn", "const", "use", "self"];
    match tokens {
        [word, rest @ ..] if word.is_word() && RESERVED.contains(&&*word.text) => {
            let text = match is_mark(rest, ':') {
                true => format!("`{}` cannot be a layer's name, as Rust uses it itself: choose another", word.text),
                false => format!("here should be a layer, not `{}`", word.text),
            };
            Err(Mistake::new(word.place.clone(), text))
        }
        [word, rest @ ..] if word.is_word() && ["type", "pub"].contains(&&*word.text) => {
            let text = match rest.is_empty() {
                true => format!("here should be a layer, not `{}`", word.text),
                false => "one `network!` is for one network: write another `network!` for the next".to_string(),
            };
            Err(Mistake::new(word.place.clone(), text))
        }
        [mark, group, ..] if mark.mark() == Some('#') && matches!(group.kind, Kind::Group(..)) => {
            Err(Mistake::new(mark.place.start..group.place.end, "a layer has no attributes: remove this"))
        }
        _ => Ok(()),
    }
}

/// A name and its place, and the tokens after it.
type Labeled<'a> = (Option<(String, Range<usize>)>, &'a [Token]);

/// `conv1:`
fn label<'a>(tokens: &'a [Token], labels: &[String]) -> Result<Labeled<'a>, Mistake> {
    let is_lower_case = |word: &Token| word.is_word() && word.text.starts_with(char::is_lowercase);
    let colon = |label: &str, layer: Option<&Token>| {
        let layer = layer.map_or("…", |layer| &layer.text);
        format!("a layer is given a name by a colon: `{label}: {layer}(…)`")
    };
    let refused = |at: &Token, text: String| Err(Mistake::new(at.place.clone(), text));
    match tokens {
        [label, rest @ ..] if label.is_word() && is_mark(rest, ':') => {
            if labels.contains(&label.text) {
                return refused(label, format!("`{}` is the name of another layer here: choose another", label.text));
            }
            match &rest[1..] {
                [second, more @ ..] if second.is_word() && is_mark(more, ':') => {
                    refused(&more[0], "a layer has one name at most".to_string())
                }
                rest => Ok((Some((label.text.clone(), label.place.clone())), rest)),
            }
        }
        [label, rest @ ..] if label.is_word() && is_mark(rest, '=') => {
            refused(&rest[0], colon(&label.text, rest.get(1)))
        }
        [word, label, rest @ ..] if word.text == "let" && label.is_word() => {
            refused(word, colon(&label.text, rest.get(1)))
        }
        [label, rest @ ..] if label.is_literal() && is_mark(rest, ':') => {
            let text = match label.text.trim_matches('"') {
                word if word.len() < label.text.len() => format!("a layer's name has no quotes: `{word}: …`"),
                number => format!("a layer's name begins with a letter: `layer{number}: …`"),
            };
            refused(label, text)
        }
        [label, second, ..] if is_lower_case(label) && second.is_word() => {
            refused(second, colon(&label.text, Some(second)))
        }
        [label, rest @ ..] if is_lower_case(label) && is_mark(rest, '-') && !is_arrow(rest, '-') => {
            let text = "a layer's name is of letters, digits and underscores: `fc_1: Dense(units = 10)`";
            refused(&rest[0], text.to_string())
        }
        tokens => Ok((None, tokens)),
    }
}

/// Refuses tokens after a layer.
fn after(rest: &[Token], kind: &str, group: Option<&Token>) -> Result<(), Mistake> {
    let Some(next) = rest.first() else { return Ok(()) };
    let is_arrow = is_arrow(rest, '-') || is_arrow(rest, '=');
    let text = match &next.kind {
        _ if is_arrow => "between two layers stands a comma, not an arrow".to_string(),
        Kind::Mark(mark, _) => match (mark, &rest[1..]) {
            (';', []) => "nothing comes after the last layer but a comma: remove this `;`".to_string(),
            (';', [word, ..]) if word.text == "type" || word.text == "pub" => {
                "one `network!` is for one network: write another `network!` for the next".to_string()
            }
            (';', _) => "between two layers stands a comma, not `;`".to_string(),
            ('<', _) if group.is_none() => format!(
                "a layer's sizes follow from its input, and what else it takes stands in parentheses: `{kind}(…)`"
            ),
            ('!', _) => format!("a layer is written without `!`: `{kind}(…)`"),
            (':', [label, ..]) if label.is_word() => {
                format!("a layer's name stands before it: `{}: {kind}(…)`", label.text)
            }
            ('.', [name, ..]) if name.is_word() && kind.starts_with(char::is_lowercase) => {
                format!("a layer is written without `{kind}.`, and its name without a dot: `{}`", name.text)
            }
            ('.', [name, ..]) if name.is_word() => format!("a layer is written without `.{}`: `{kind}(…)`", name.text),
            (mark, _) => format!("after `{kind}` should be a comma, not `{mark}`"),
        },
        Kind::Word if next.text == "as" => {
            let label = rest.get(1).map_or("name", |label| &label.text);
            format!("a layer's name stands before it: `{label}: {kind}(…)`")
        }
        Kind::Word if next.text == "type" || next.text == "pub" => {
            "one `network!` is for one network: write another `network!` for the next".to_string()
        }
        Kind::Word if next.text == "where" => "a network has no `where`: remove it".to_string(),
        Kind::Word => format!("a comma is missing before `{}`", next.text),
        Kind::Group(..) if group.is_some() => format!("all that `{kind}` takes stands in one pair of parentheses"),
        _ => format!("after `{kind}` should be a comma, not `{}`", next.spelled()),
    };
    let last = if is_arrow { &rest[1] } else { next };
    Err(Mistake::new(next.place.start..last.place.end, text))
}

/// Reads the hyper-parameters in a layer's parentheses.
fn arguments(group: &Token, kind: &str) -> Result<Vec<Argument>, Mistake> {
    let mut arguments: Vec<Argument> = Vec::new();
    for (piece, comma) in split(group.group('(').unwrap_or(&[]), ',') {
        let argument = argument(piece, comma.unwrap_or(group).place.clone(), kind)?;
        let key = argument.written.key;
        if !key.is_empty() && arguments.iter().any(|other| other.written.key == key) {
            return Err(Mistake::new(argument.key_place, format!("`{key}` is given twice: remove one of the two")));
        }
        arguments.push(argument);
    }
    Ok(arguments)
}

/// Reads a hyper-parameter from the tokens between two commas. `end` is the place of the comma after it.
fn argument(tokens: &[Token], end: Range<usize>, kind: &str) -> Result<Argument, Mistake> {
    if let Some(mark) = tokens.iter().find(|token| token.mark() == Some(';')) {
        let text = format!("between the hyper-parameters of `{kind}` stand commas, not `;`");
        return Err(Mistake::new(mark.place.clone(), text));
    }
    let nameless = || Argument {
        written: Written { key: "", value: value::NAMELESS },
        key_place: place(tokens),
        value_place: place(tokens),
    };
    let (key, value) = match tokens {
        [] => return Err(Mistake::new(end, "nothing stands before this comma: remove it")),
        [key, rest @ ..] if key.is_word() && is_mark(rest, '=') => match rest {
            [_] => {
                return Err(Mistake::new(rest[0].place.clone(), format!("a value is missing: `{} = …`", key.text)));
            }
            rest => (key, &rest[1..]),
        },
        [word, key, ..] if word.text == "let" && key.is_word() => {
            let text = format!("a hyper-parameter is written without `let`: `{} = …`", key.text);
            return Err(Mistake::new(word.place.clone(), text));
        }
        [key, rest @ ..] if key.is_literal() && is_mark(rest, '=') => {
            let text = format!("a hyper-parameter's name has no quotes: `{} = …`", key.text.trim_matches('"'));
            return Err(Mistake::new(key.place.clone(), text));
        }
        [mark, group, ..] if mark.mark() == Some('#') && matches!(group.kind, Kind::Group(..)) => {
            let text = "a hyper-parameter has no attributes and no doc comment: remove this";
            return Err(Mistake::new(mark.place.start..group.place.end, text));
        }
        [key, rest @ ..] if key.is_word() && !rest.is_empty() => {
            return no_equals(key, rest).map_or_else(|| Ok(nameless()), Err);
        }
        [mark, rest @ ..] if is_mark(tokens, '=') => {
            let value = rest.first().map_or("…", |value| &value.text);
            return Err(Mistake::new(
                mark.place.clone(),
                format!("a name is missing before this `=`: `name = {value}`"),
            ));
        }
        _ => return Ok(nameless()),
    };
    one_value(value)?;
    let written = Written { key: forever(&key.text), value: value::read(value)? };
    Ok(Argument { written, key_place: key.place.clone(), value_place: place(value) })
}

/// The mistake, if something other than `=` comes after what looks like a name.
fn no_equals(key: &Token, rest: &[Token]) -> Option<Mistake> {
    let is = |token: &Token, mark: char| token.mark() == Some(mark);
    let is_double = matches!(rest, [first, second, ..] if is(first, '=') && is(second, '='));
    let (place, value) = match rest {
        [first, second, value @ ..] if is_arrow(rest, '=') || is_arrow(rest, '-') || is_double => {
            (first.place.start..second.place.end, value)
        }
        [first, second, value @ ..] if first.mark().is_some_and(|mark| ":+-*/".contains(mark)) && is(second, '=') => {
            (first.place.start..second.place.end, value)
        }
        [minus, more, equals, ..] if is(minus, '-') && more.is_word() && is(equals, '=') => {
            let text = format!("a hyper-parameter's name has underscores, no `-`: `{}_{} = …`", key.text, more.text);
            return Some(Mistake::new(minus.place.clone(), text));
        }
        [colon, value @ ..] if is_mark(rest, ':') => (colon.place.clone(), value),
        [value, ..] if (value.is_literal() || value.is_word()) && value.text != "as" => (value.place.clone(), rest),
        _ => return None,
    };
    let value = value.first().map_or("…".to_string(), Token::spelled);
    Some(Mistake::new(place, format!("a hyper-parameter is written with `=`: `{} = {value}`", key.text)))
}

/// Refuses what cannot be one value.
fn one_value(tokens: &[Token]) -> Result<(), Mistake> {
    let is_value = |token: &Token| {
        let keywords = ["as", "if", "else", "match", "const", "unsafe"];
        token.is_literal() || token.is_word() && !keywords.contains(&&*token.text)
    };
    for at in 1..tokens.len() {
        let (before, token, rest) = (&tokens[at - 1], &tokens[at], &tokens[at + 1..]);
        if token.is_word() && is_mark(rest, '=') || is_value(before) && is_value(token) {
            return Err(Mistake::new(token.place.clone(), format!("a comma is missing before `{}`", token.spelled())));
        }
    }
    match tokens.last() {
        Some(Token { kind: Kind::Mark(mark, _), place, .. }) if *mark != '?' => Err(Mistake::new(
            place.clone(),
            format!("after `{mark}` a number is missing: write one, or remove the `{mark}`"),
        )),
        _ => Ok(()),
    }
}
