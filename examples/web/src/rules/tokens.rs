//! The tokens of a line, as Rust has them.

use std::ops::Range;

use super::{Mistake, UNNAMED};

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    /// As it is written.
    pub text: String,
    /// The bytes of the line that it is.
    pub place: Range<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Word,
    Literal,
    /// A punctuation mark, and whether another follows at once.
    Mark(char, bool),
    /// What stands in brackets, and the bracket that opens.
    Group(char, Vec<Token>),
}

impl Token {
    pub fn is_word(&self) -> bool {
        self.kind == Kind::Word
    }

    pub fn is_literal(&self) -> bool {
        self.kind == Kind::Literal
    }

    /// The punctuation mark that it is.
    pub fn mark(&self) -> Option<char> {
        match self.kind {
            Kind::Mark(mark, _) => Some(mark),
            _ => None,
        }
    }

    /// The tokens in brackets, if it is a group of these.
    pub fn group(&self, open: char) -> Option<&[Token]> {
        match &self.kind {
            Kind::Group(bracket, inside) if *bracket == open => Some(inside),
            _ => None,
        }
    }

    /// As it is shown in an error, without what is in brackets.
    pub fn spelled(&self) -> String {
        match self.kind {
            Kind::Group('(', _) => "(…)".to_string(),
            Kind::Group('[', _) => "[…]".to_string(),
            Kind::Group(..) => "{…}".to_string(),
            _ => self.text.clone(),
        }
    }
}

/// Whether the first token is this punctuation mark, and not part of a longer one.
pub fn is_mark(tokens: &[Token], mark: char) -> bool {
    match tokens {
        [Token { kind: Kind::Mark(first, joined), .. }, rest @ ..] if *first == mark => {
            !(*joined && rest.first().and_then(Token::mark).is_some_and(|next| ":=>".contains(next)))
        }
        _ => false,
    }
}

/// Whether the first two tokens are this arrow.
pub fn is_arrow(tokens: &[Token], stem: char) -> bool {
    matches!(tokens, [Token { kind: Kind::Mark(first, true), .. }, second, ..]
        if *first == stem && second.mark() == Some('>'))
}

/// The pieces between separators, each with the separator after it, if there is one.
pub fn split(tokens: &[Token], separator: char) -> Vec<(&[Token], Option<&Token>)> {
    let (mut pieces, mut first) = (Vec::new(), 0);
    for (at, token) in tokens.iter().enumerate() {
        if token.mark() == Some(separator) {
            pieces.push((&tokens[first..at], Some(token)));
            first = at + 1;
        }
    }
    if first < tokens.len() {
        pieces.push((&tokens[first..], None));
    }
    pieces
}

/// The place from the first token to the last.
pub fn place(tokens: &[Token]) -> Range<usize> {
    let first = tokens.first().map_or(0, |token| token.place.start);
    first..tokens.last().map_or(first, |token| token.place.end)
}

/// The tokens of a line.
pub fn tokens(line: &str) -> Result<Vec<Token>, Mistake> {
    // The tokens of each bracket that is open, and the place of that.
    let mut open: Vec<(char, usize, Vec<Token>)> = vec![(' ', 0, Vec::new())];
    let mut at = 0;
    while let Some(first) = line[at..].chars().next() {
        let rest = &line[at..];
        if rest.starts_with("///") && !rest.starts_with("////") {
            let text = match open.len() {
                1 => "a layer has no doc comment: write `//`",
                _ => "a hyper-parameter has no attributes and no doc comment: remove this",
            };
            return Err(Mistake::new(at..at + rest.find('\n').unwrap_or(rest.len()), text));
        }
        let length = if first.is_whitespace() {
            first.len_utf8()
        } else if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if "([{".contains(first) {
            open.push((first, at, Vec::new()));
            1
        } else if ")]}".contains(first) {
            let Some((bracket, start, inside)) = (open.len() > 1).then(|| open.pop()).flatten() else {
                return Err(Mistake::new(at..at + 1, format!("unexpected closing delimiter: `{first}`")));
            };
            if !["()", "[]", "{}"].iter().any(|pair| pair.starts_with(bracket) && pair.ends_with(first)) {
                return Err(Mistake::new(at..at + 1, format!("mismatched closing delimiter: `{first}`")));
            }
            let token = Token {
                kind: Kind::Group(bracket, inside),
                text: line[start..at + 1].to_string(),
                place: start..at + 1,
            };
            push(&mut open, token);
            1
        } else {
            let (kind, length) = one(rest, at)?;
            push(&mut open, Token { kind, text: rest[..length].to_string(), place: at..at + length });
            length
        };
        at += length;
    }
    match open.pop() {
        Some((_, _, tokens)) if open.is_empty() => Ok(tokens),
        Some((_, start, _)) => Err(Mistake::new(start..start + 1, "this file contains an unclosed delimiter")),
        None => Ok(Vec::new()),
    }
}

fn push(open: &mut [(char, usize, Vec<Token>)], token: Token) {
    if let Some((_, _, tokens)) = open.last_mut() {
        tokens.push(token);
    }
}

/// The kind and the length of the token that `rest` begins with, which is no bracket.
fn one(rest: &str, at: usize) -> Result<(Kind, usize), Mistake> {
    let first = rest.chars().next().unwrap_or(' ');
    let of_word = |text: &str| text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    if first.is_ascii_digit() {
        return Ok((Kind::Literal, number(rest)));
    }
    if first.is_alphabetic() || first == '_' {
        let raw = rest.strip_prefix("r#").filter(|word| word.starts_with(|c: char| c.is_alphabetic() || c == '_'));
        return Ok((Kind::Word, raw.map_or_else(|| of_word(rest), |word| 2 + of_word(word))));
    }
    if first == '"' {
        let Some(length) = string(rest) else {
            return Err(Mistake::of("error[E0765]: ", at..at + rest.len(), "unterminated double quote string"));
        };
        return Ok((Kind::Literal, length));
    }
    if first == '\'' {
        return match rest[1..].find('\'') {
            Some(end) if rest[1..=end].chars().count() == 1 || rest[1..].starts_with('\\') => {
                Ok((Kind::Literal, end + 2))
            }
            Some(end) => Err(Mistake::new(at..at + end + 2, "character literal may only contain one codepoint")),
            None => Err(Mistake::new(at..at + 1, "expected a layer, not a lifetime")),
        };
    }
    const MARKS: &str = "~!@#$%^&*-=+|;:,<.>/?";
    if MARKS.contains(first) {
        let joined = rest[1..].starts_with(|next| MARKS.contains(next));
        return Ok((Kind::Mark(first, joined), 1));
    }
    let shown = if first.is_ascii_graphic() { first.to_string() } else { first.escape_default().to_string() };
    Err(Mistake::new(at..at + first.len_utf8(), format!("unknown start of token: {shown}")))
}

/// The length of a string in quotes.
fn string(rest: &str) -> Option<usize> {
    let mut escaped = false;
    let end = rest.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map(|(at, _)| at + 1)
}

/// The length of a number, with its suffix.
fn number(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let word = |mut at: usize| {
        while at < bytes.len() && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_') {
            at += 1;
        }
        at
    };
    let with_exponent = |at: usize| {
        let hexadecimal = rest.starts_with("0x");
        let sign = !hexadecimal && matches!(bytes[at - 1], b'e' | b'E') && matches!(bytes.get(at), Some(b'-' | b'+'));
        if sign { word(at + 1) } else { at }
    };
    let whole = word(0);
    let next = rest[whole..].strip_prefix('.');
    // `2.`, but not `0..3` or `2.max(3)`.
    match next.map(|after| after.chars().next()) {
        Some(Some(c)) if c == '.' || c == '_' || c.is_alphabetic() => whole,
        Some(_) => with_exponent(word(whole + 1)),
        None => with_exponent(whole),
    }
}

/// What the compiler says of a name that it does not find.
pub fn not_found(what: &str, token: &Token) -> Mistake {
    Mistake::of(UNNAMED, token.place.clone(), format!("cannot find {what} `{}` in this scope", token.text))
}
