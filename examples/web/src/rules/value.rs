//! The values of hyper-parameters, classified as `network!` classifies them.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use shapeproof::layer::declaration::Value;

use super::tokens::{Kind, Token, not_found, place, split};
use super::{HERE, Mistake};

/// A text for as long as the page is open: the crate's rules take constants. Each is kept once.
pub fn forever(text: &str) -> &'static str {
    static TEXTS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = texts.get(text) {
        return known;
    }
    let kept: &'static str = Box::leak(text.into());
    texts.insert(kept);
    kept
}

/// A value without a name. No layer accepts one, so what it is does not matter.
pub const NAMELESS: Value = Value::Other("a value without a name");

/// Reads the value that these tokens are.
pub fn read(tokens: &[Token]) -> Result<Value, Mistake> {
    match tokens {
        [literal] if literal.is_literal() => Ok(match Literal::of(&literal.text) {
            Literal::Whole(whole) => Value::One(whole),
            Literal::Real(real) => Value::Real(real),
            Literal::Other(_) if is_plain(&literal.text) => Value::Text(forever(literal.text.trim_matches('"'))),
            Literal::Other(what) => other(&what),
        }),
        [minus, literal] if minus.mark() == Some('-') && literal.is_literal() => Ok(match Literal::of(&literal.text) {
            Literal::Whole(whole) => Value::Real(-(whole as f64)),
            Literal::Real(real) => Value::Real(-real),
            Literal::Other(what) => other(&what),
        }),
        [word] if is_flag(word) => Ok(Value::Flag(word.text == "true")),
        [group @ Token { kind: Kind::Group('[', inside), .. }] => list(inside).map_err(|mistake| match mistake {
            None => expression(std::slice::from_ref(group)),
            Some(mistake) => mistake,
        }),
        [Token { kind: Kind::Group('(', inside), .. }]
            if inside.is_empty() || split(inside, ',').iter().any(|(_, comma)| comma.is_some()) =>
        {
            Ok(other("a tuple"))
        }
        [word] if word.is_word() => Err(not_found("value", word)),
        tokens => Err(expression(tokens)),
    }
}

/// What the page does not compute.
fn expression(tokens: &[Token]) -> Mistake {
    Mistake::of(
        HERE,
        place(tokens),
        "here the compiler would compute a constant, which this page cannot: write its value",
    )
}

/// `[3, 5]`; an error without a mistake is an expression.
fn list(inside: &[Token]) -> Result<Value, Option<Mistake>> {
    if split(inside, ';').len() > 1 {
        return Ok(other("a list with `;` in it: write each number"));
    }
    let elements: Vec<&[Token]> = split(inside, ',').into_iter().map(|(element, _)| element).collect();
    if let Some(what) = elements.iter().find_map(|element| no_size(element).or_else(|| no_size_in(element))) {
        return Ok(other(&format!("a list with {what} in it")));
    }
    if elements.iter().any(|element| pair(element).is_some()) {
        return match elements[..] {
            [vertical, horizontal] if pair(vertical) == Some(true) && pair(horizontal) == Some(true) => {
                Ok(Value::Sides([sizes(vertical[0].group('['))?, sizes(horizontal[0].group('['))?]))
            }
            _ => Ok(other("another list of lists")),
        };
    }
    match elements.len() {
        2 => Ok(Value::Pair(sizes(Some(inside))?)),
        0 => Ok(other("an empty list")),
        1 => Ok(other("a list of one number")),
        count => Ok(other(&format!("a list of {count} numbers"))),
    }
}

/// The two numbers in a list.
fn sizes(inside: Option<&[Token]>) -> Result<[usize; 2], Option<Mistake>> {
    let mut sizes = [0; 2];
    for (size, (element, _)) in sizes.iter_mut().zip(split(inside.unwrap_or(&[]), ',')) {
        match element {
            [word] if word.is_word() => return Err(Some(not_found("value", word))),
            [literal] if literal.is_literal() => match Literal::of(&literal.text) {
                Literal::Whole(whole) => *size = whole,
                _ => return Err(None),
            },
            _ => return Err(None),
        }
    }
    Ok(sizes)
}

/// A description of a value in a list that is clearly not a size.
fn no_size_in(tokens: &[Token]) -> Option<String> {
    let inside = tokens.first().filter(|_| tokens.len() == 1)?.group('[')?;
    split(inside, ',').into_iter().find_map(|(element, _)| no_size(element))
}

/// Whether a list inside a list is one of two sizes; `None` if it is no list.
fn pair(tokens: &[Token]) -> Option<bool> {
    let inside = tokens.first().filter(|_| tokens.len() == 1)?.group('[')?;
    let sizes = split(inside, ',');
    Some(sizes.len() == 2 && sizes.iter().all(|(size, _)| pair(size).is_none()))
}

/// A description of a value that is clearly not a size.
fn no_size(tokens: &[Token]) -> Option<String> {
    match tokens {
        [literal] if literal.is_literal() => match Literal::of(&literal.text) {
            Literal::Whole(_) => None,
            Literal::Real(_) => Some(format!("`{}`", literal.text)),
            Literal::Other(what) => Some(what),
        },
        [minus, rest @ ..] if minus.mark() == Some('-') && !rest.is_empty() => {
            let rest: Vec<&str> = rest.iter().map(|token| token.text.as_str()).collect();
            Some(format!("`-{}`", rest.join(" ")))
        }
        [word] if is_flag(word) || word.text == "_" => Some(format!("`{}`", word.text)),
        _ => None,
    }
}

fn other(what: &str) -> Value {
    Value::Other(forever(what))
}

fn is_flag(token: &Token) -> bool {
    token.is_word() && ["true", "false"].contains(&&*token.text)
}

/// Whether a literal is a short string of letters, which an error can show.
fn is_plain(literal: &str) -> bool {
    let text = literal.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    text.is_some_and(|text| text.len() <= 24 && text.chars().all(|c| c.is_ascii_alphanumeric() || "_- ".contains(c)))
}

enum Literal {
    Whole(usize),
    Real(f64),
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
        let is_real = digits.contains(['.', 'e', 'E']) || digits.ends_with("f64");
        match digits.find(|digit: char| !digit.is_digit(radix)) {
            None => match usize::from_str_radix(digits, radix) {
                Ok(whole) => Literal::Whole(whole),
                Err(_) => Literal::Other(format!("`{literal}`, which is too large")),
            },
            Some(_) if radix == 10 && digits.ends_with("f32") => {
                Literal::Other(format!("`{literal}`: leave out the `f32`"))
            }
            Some(at) => match digits.strip_suffix("f64").unwrap_or(digits).parse() {
                Ok(real) if is_real => Literal::Real(real),
                _ => Literal::Other(format!("`{literal}`: leave out the `{}`", &digits[at..])),
            },
        }
    }
}
