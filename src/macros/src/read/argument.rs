//! A hyper-parameter: `filters = 8`.

use proc_macro::{Group, Ident, Span, TokenTree};

use super::{Argument, value};
use crate::tokens::{Mistake, Place, is_arrow, is_mark, spelled, split};

/// Reads the hyper-parameters in a layer's parentheses.
pub fn all(group: &Group, kind: &str) -> Result<Vec<Argument>, Mistake> {
    let mut arguments: Vec<Argument> = Vec::new();
    for (piece, comma) in split(group.stream(), ',') {
        let argument = one(&piece, comma.map_or(group.span(), |comma| comma.span()), kind)?;
        let same =
            |other: &Argument| other.key.as_ref().map(Ident::to_string) == argument.key.as_ref().map(Ident::to_string);
        if let Some(key) = &argument.key
            && arguments.iter().any(same)
        {
            return Err(Mistake::new(key.span(), format!("`{key}` is given twice: remove one of the two")));
        }
        arguments.push(argument);
    }
    Ok(arguments)
}

/// Reads a hyper-parameter from the tokens between two commas. `end` is the comma after it.
fn one(tokens: &[TokenTree], end: Span, kind: &str) -> Result<Argument, Mistake> {
    if let Some(mark) = tokens.iter().find(|token| token.to_string() == ";") {
        let text = format!("between the hyper-parameters of `{kind}` stand commas, not `;`");
        return Err(Mistake::new(mark.span(), text));
    }
    let (key, tokens) = match tokens {
        [] => return Err(Mistake::new(end, "nothing stands before this comma: remove it")),
        [TokenTree::Ident(key), rest @ ..] if is_mark(rest, '=') => match rest {
            [_] => return Err(Mistake::new(rest[0].span(), format!("a value is missing: `{key} = …`"))),
            rest => (key, &rest[1..]),
        },
        [TokenTree::Ident(word), TokenTree::Ident(key), ..] if word.to_string() == "let" => {
            return Err(Mistake::new(word.span(), format!("a hyper-parameter is written without `let`: `{key} = …`")));
        }
        [TokenTree::Literal(key), rest @ ..] if is_mark(rest, '=') => {
            let name = key.to_string();
            let text = format!("a hyper-parameter's name has no quotes: `{} = …`", name.trim_matches('"'));
            return Err(Mistake::new(key.span(), text));
        }
        [TokenTree::Punct(mark), TokenTree::Group(group), ..] if mark.as_char() == '#' => {
            let place = Place { first: mark.span(), last: group.span() };
            return Err(Mistake::new(place, "a hyper-parameter has no attributes and no doc comment: remove this"));
        }
        [TokenTree::Ident(key), rest @ ..] if !rest.is_empty() => match no_equals(key, rest) {
            Some(mistake) => return Err(mistake),
            None => return Ok(nameless(tokens)),
        },
        [mark, rest @ ..] if is_mark(tokens, '=') => {
            let value = rest.first().map_or("…".to_string(), TokenTree::to_string);
            return Err(Mistake::new(mark.span(), format!("a name is missing before this `=`: `name = {value}`")));
        }
        tokens => return Ok(nameless(tokens)),
    };
    one_value(tokens)?;
    Ok(Argument { key: Some(key.clone()), value: value::read(tokens), value_place: tokens.into() })
}

fn nameless(tokens: &[TokenTree]) -> Argument {
    Argument { key: None, value: value::nameless(), value_place: tokens.into() }
}

/// The mistake, if something other than `=` comes after what looks like a name.
fn no_equals(key: &Ident, rest: &[TokenTree]) -> Option<Mistake> {
    let (place, value): (Place, _) = match rest {
        [first, second, value @ ..] if is_arrow(rest, '=') || is_arrow(rest, '-') || is_double(rest) => {
            (Place { first: first.span(), last: second.span() }, value)
        }
        [first, second, value @ ..]
            if matches!(first, TokenTree::Punct(mark) if ":+-*/".contains(mark.as_char()))
                && second.to_string() == "=" =>
        {
            (Place { first: first.span(), last: second.span() }, value)
        }
        [minus, TokenTree::Ident(more), equals, ..] if minus.to_string() == "-" && equals.to_string() == "=" => {
            let text = format!("a hyper-parameter's name has underscores, no `-`: `{key}_{more} = …`");
            return Some(Mistake::new(minus.span(), text));
        }
        [colon, value @ ..] if is_mark(rest, ':') => (colon.span().into(), value),
        [value @ (TokenTree::Literal(_) | TokenTree::Ident(_)), ..] if value.to_string() != "as" => {
            (value.span().into(), rest)
        }
        _ => return None,
    };
    let value = value.first().map_or("…".to_string(), spelled);
    Some(Mistake::new(place, format!("a hyper-parameter is written with `=`: `{key} = {value}`")))
}

/// `==`
fn is_double(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [first, second, ..] if first.to_string() == "=" && second.to_string() == "=")
}

/// Refuses tokens that cannot be one value: the compiler's own error would be about expressions.
/// Refuses what cannot be one value: the compiler would say so in words about expressions.
pub fn one_value(tokens: &[TokenTree]) -> Result<(), Mistake> {
    for at in 1..tokens.len() {
        let (before, token, rest) = (&tokens[at - 1], &tokens[at], &tokens[at + 1..]);
        let is_next = matches!(token, TokenTree::Ident(_)) && is_mark(rest, '=');
        let is_stray = is_value(before) && is_value(token);
        if is_next || is_stray {
            return Err(Mistake::new(token.span(), format!("a comma is missing before `{}`", spelled(token))));
        }
    }
    if let Some(TokenTree::Punct(mark)) = tokens.last()
        && mark.as_char() != '?'
    {
        return Err(Mistake::new(
            mark.span(),
            format!("after `{mark}` a number is missing: write one, or remove the `{mark}`"),
        ));
    }
    Ok(())
}

fn is_value(token: &TokenTree) -> bool {
    match token {
        TokenTree::Literal(_) => true,
        TokenTree::Ident(word) => !["as", "if", "else", "match", "const", "unsafe"].contains(&&*word.to_string()),
        _ => false,
    }
}
