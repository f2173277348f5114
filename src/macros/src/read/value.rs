//! The value of a hyper-parameter: classified by its tokens where that is possible, otherwise left to the compiler.

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

use crate::tokens::{fill, split, text};

/// A value, as far as its tokens show it.
pub enum Value {
    /// `3`, `0.5`, `true`, `[3, 5]`, `"same"`: a variant of the crate's own `Value`, and what is in it.
    Known(&'static str, TokenStream),
    /// Any other expression: a constant, `2 * K`.
    Expression(Vec<TokenTree>),
}

pub fn read(tokens: &[TokenTree]) -> Value {
    let value: TokenStream = tokens.iter().cloned().collect();
    match tokens {
        [TokenTree::Literal(literal)] => match Literal::of(&literal.to_string()) {
            Literal::Whole => Value::Known("One", value),
            Literal::Real => Value::Known("Real", value),
            Literal::Other(what) => match is_plain(&literal.to_string()) {
                true => Value::Known("Text", value),
                false => other(&what),
            },
        },
        [TokenTree::Punct(minus), TokenTree::Literal(literal)] if minus.as_char() == '-' => {
            match Literal::of(&literal.to_string()) {
                Literal::Whole => Value::Known("Real", fill("#value as f64", &[("value", value)])),
                Literal::Real => Value::Known("Real", value),
                Literal::Other(what) => other(&what),
            }
        }
        [TokenTree::Ident(word)] if is_flag(&word.to_string()) => Value::Known("Flag", value),
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Bracket => list(group),
        [TokenTree::Group(group)] if is_tuple(group) => other("a tuple"),
        tokens => Value::Expression(tokens.to_vec()),
    }
}

/// A value without a name. No layer accepts one, so what it is does not matter.
pub fn nameless() -> Value {
    other("a value without a name")
}

/// `[3, 5]`
fn list(group: &Group) -> Value {
    if split(group.stream(), ';').len() > 1 {
        return other("a list with `;` in it: write each number");
    }
    let elements: Vec<_> = split(group.stream(), ',').into_iter().map(|(element, _)| element).collect();
    if let Some(what) = elements.iter().find_map(|element| no_size(element).or_else(|| no_size_in(element))) {
        return other(&format!("a list with {what} in it"));
    }
    if elements.iter().any(|element| pair(element).is_some()) {
        return match elements.iter().all(|element| pair(element) == Some(true)) {
            true if elements.len() == 2 => Value::Known("Sides", TokenTree::from(group.clone()).into()),
            _ => other("another list of lists"),
        };
    }
    match elements.len() {
        2 => Value::Known("Pair", TokenTree::from(group.clone()).into()),
        0 => other("an empty list"),
        1 => other("a list of one number"),
        count => other(&format!("a list of {count} numbers")),
    }
}

/// A description of a value in a list that is clearly not a size.
fn no_size_in(tokens: &[TokenTree]) -> Option<String> {
    match tokens {
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Bracket => {
            split(group.stream(), ',').iter().find_map(|(element, _)| no_size(element))
        }
        _ => None,
    }
}

/// Whether a list inside a list is one of two sizes; `None` if it is no list.
fn pair(tokens: &[TokenTree]) -> Option<bool> {
    match tokens {
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Bracket => {
            let sizes = split(group.stream(), ',');
            Some(sizes.len() == 2 && sizes.iter().all(|(size, _)| pair(size).is_none()))
        }
        _ => None,
    }
}

/// Whether a literal is a short string of letters, which an error can show.
fn is_plain(literal: &str) -> bool {
    let text = literal.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    text.is_some_and(|text| text.len() <= 24 && text.chars().all(|c| c.is_ascii_alphanumeric() || "_- ".contains(c)))
}

fn is_tuple(group: &Group) -> bool {
    let commas = || split(group.stream(), ',').iter().any(|(_, comma)| comma.is_some());
    group.delimiter() == Delimiter::Parenthesis && (group.stream().is_empty() || commas())
}

fn is_flag(word: &str) -> bool {
    ["true", "false"].contains(&word)
}

fn other(what: &str) -> Value {
    Value::Known("Other", text(what))
}

/// A description of a value that is clearly not a size.
pub fn no_size(tokens: &[TokenTree]) -> Option<String> {
    match tokens {
        [TokenTree::Literal(literal)] => match Literal::of(&literal.to_string()) {
            Literal::Whole => None,
            Literal::Real => Some(format!("`{literal}`")),
            Literal::Other(what) => Some(what),
        },
        [TokenTree::Punct(minus), rest @ ..] if minus.as_char() == '-' && !rest.is_empty() => {
            Some(format!("`-{}`", rest.iter().cloned().collect::<TokenStream>()))
        }
        [TokenTree::Ident(word)] if is_flag(&word.to_string()) || word.to_string() == "_" => Some(format!("`{word}`")),
        _ => None,
    }
}

enum Literal {
    Whole,
    Real,
    Other(String),
}

impl Literal {
    fn of(literal: &str) -> Literal {
        if !literal.starts_with(|first: char| first.is_ascii_digit()) {
            let string = literal.ends_with(['"', '#']);
            return Literal::Other(if string { "a string" } else { "a character" }.to_string());
        }
        let digits = literal.replace('_', "");
        let (radix, digits) = match digits.get(..2) {
            Some("0x") => (16, &digits[2..]),
            Some("0o") => (8, &digits[2..]),
            Some("0b") => (2, &digits[2..]),
            _ => (10, &digits[..]),
        };
        let digits = digits.strip_suffix("usize").unwrap_or(digits);
        match digits.find(|digit: char| !digit.is_digit(radix)) {
            None if u64::from_str_radix(digits, radix).is_ok() => Literal::Whole,
            None => Literal::Other(format!("`{literal}`, which is too large")),
            Some(_) if radix == 10 && digits.ends_with("f32") => {
                Literal::Other(format!("`{literal}`: leave out the `f32`"))
            }
            Some(_) if digits.contains(['.', 'e', 'E']) || digits.ends_with("f64") => Literal::Real,
            Some(at) => Literal::Other(format!("`{literal}`: leave out the `{}`", &digits[at..])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Literal;

    fn what(literal: &str) -> String {
        match Literal::of(literal) {
            Literal::Whole => "whole".to_string(),
            Literal::Real => "real".to_string(),
            Literal::Other(what) => what,
        }
    }

    #[test]
    fn literals_are_told_apart() {
        for whole in ["0", "28", "1_000", "0x1F", "0b11", "0o17", "3usize", "18446744073709551615"] {
            assert_eq!(what(whole), "whole", "{whole}");
        }
        for real in ["0.5", "1e-5", "2.", "3f64", "1E3"] {
            assert_eq!(what(real), "real", "{real}");
        }
        assert_eq!(what("18446744073709551616"), "`18446744073709551616`, which is too large");
        assert_eq!(what("8u32"), "`8u32`: leave out the `u32`");
        assert_eq!(what("0.1f32"), "`0.1f32`: leave out the `f32`");
        assert_eq!(what("0x1Fi64"), "`0x1Fi64`: leave out the `i64`");
        assert_eq!([what("\"8\""), what("r#\"8\"#"), what("'8'")], ["a string", "a string", "a character"]);
    }
}
