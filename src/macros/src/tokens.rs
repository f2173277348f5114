//! Tokens, read one by one and written from templates.

use proc_macro::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

/// A mistake in what the user wrote, and its place.
#[derive(Debug)]
pub struct Mistake {
    text: String,
    place: Place,
    /// A token about which the compiler has complained already. It stands for the error, so that there is one and not two.
    token: Option<TokenTree>,
}

/// A range of the user's source: from the beginning of one token to the end of another.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub first: Span,
    pub last: Span,
}

impl From<Span> for Place {
    fn from(span: Span) -> Place {
        Place { first: span, last: span }
    }
}

impl From<&[TokenTree]> for Place {
    fn from(tokens: &[TokenTree]) -> Place {
        let here = Span::call_site();
        Place { first: tokens.first().map_or(here, TokenTree::span), last: tokens.last().map_or(here, TokenTree::span) }
    }
}

impl Mistake {
    pub fn new(place: impl Into<Place>, text: impl Into<String>) -> Mistake {
        Mistake { text: text.into(), place: place.into(), token: None }
    }

    /// A literal that is none, such as `'relu'`: the compiler has said so.
    pub fn known(literal: Literal) -> Mistake {
        Mistake { text: String::new(), place: literal.span().into(), token: Some(literal.into()) }
    }

    /// `::core::compile_error!{ "text" }`, whose error points at the mistake.
    pub fn into_tokens(self) -> TokenStream {
        if let Some(token) = self.token {
            return token.into();
        }
        let text = TokenTree::from(Literal::string(&self.text));
        let mut error = respan(parse("::core::compile_error!"), self.place.first);
        let mut group = Group::new(Delimiter::Brace, text.into());
        group.set_span(self.place.last);
        error.extend([TokenTree::from(group)]);
        error
    }
}

/// Tokens that have not been read yet.
pub struct Cursor {
    tokens: Vec<TokenTree>,
    at: usize,
}

impl Cursor {
    pub fn new(stream: TokenStream) -> Cursor {
        let mut tokens = Vec::new();
        flatten(stream, &mut tokens);
        Cursor { tokens, at: 0 }
    }

    pub fn peek(&self) -> Option<&TokenTree> {
        self.tokens.get(self.at)
    }

    pub fn next(&mut self) -> Option<TokenTree> {
        let token = self.peek().cloned();
        self.at += usize::from(token.is_some());
        token
    }

    /// The tokens that are left.
    pub fn rest(&self) -> &[TokenTree] {
        &self.tokens[self.at..]
    }

    /// The span of the next token, or of the last if there is none.
    pub fn span(&self) -> Span {
        let token = self.peek().or(self.tokens.last());
        token.map_or(Span::call_site(), TokenTree::span)
    }

    /// The place of the next token, or of both characters of an arrow.
    pub fn place(&self) -> Place {
        match self.rest() {
            [first, second, ..] if is_arrow(self.rest(), '=') || is_arrow(self.rest(), '-') => {
                Place { first: first.span(), last: second.span() }
            }
            _ => self.span().into(),
        }
    }

    /// Takes the next token if it is this punctuation mark, and not part of a longer one such as `::`, `==` or `=>`.
    pub fn take_mark(&mut self, mark: char) -> bool {
        let found = is_mark(self.rest(), mark);
        self.at += usize::from(found);
        found
    }

    /// Takes the next two tokens if they are this arrow, `=>` or `->`.
    pub fn take_arrow(&mut self, stem: char) -> bool {
        let found = is_arrow(self.rest(), stem);
        self.at += 2 * usize::from(found);
        found
    }

    /// Takes the next token if it is a name.
    pub fn take_name(&mut self) -> Option<Ident> {
        match self.peek() {
            Some(TokenTree::Ident(name)) => {
                let name = name.clone();
                self.at += 1;
                Some(name)
            }
            _ => None,
        }
    }
}

/// Removes invisible groups. A fragment that a user's `macro_rules!` passes on, such as `$size:literal` or `$name:ident`, is a
/// group without delimiters. A group of a single token is replaced by the token, and so is a visibility.
fn flatten(stream: TokenStream, tokens: &mut Vec<TokenTree>) {
    for token in stream {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                let inner: Vec<_> = group.stream().into_iter().collect();
                match &inner[..] {
                    [TokenTree::Ident(first), ..] if first.to_string() == "pub" => tokens.extend(inner),
                    [] | [_] => flatten(group.stream(), tokens),
                    _ => tokens.push(group.into()),
                }
            }
            token => tokens.push(token),
        }
    }
}

/// Whether Rust uses a word itself, so that nothing can be named by it.
pub fn is_reserved(word: &str) -> bool {
    const RESERVED: [&str; 40] = [
        "Self", "_", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do",
        "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
        "macro", "match", "mod", "move", "mut", "pub", "ref", "return", "self", "static", "struct", "super", "trait",
    ];
    const MORE: [&str; 11] =
        ["true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield"];
    RESERVED.contains(&word) || MORE.contains(&word)
}

/// The first literal, at any depth, that is longer than the one character its quotes are for.
pub fn broken_literal(tokens: &[TokenTree]) -> Option<Literal> {
    tokens.iter().find_map(|token| match token {
        TokenTree::Literal(literal) => {
            let text = literal.to_string();
            let inside = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''))?;
            (!inside.starts_with('\\') && inside.chars().count() != 1).then(|| literal.clone())
        }
        TokenTree::Group(group) => broken_literal(&group.stream().into_iter().collect::<Vec<_>>()),
        _ => None,
    })
}

/// Whether the first token is this punctuation mark, and not part of a longer one.
pub fn is_mark(tokens: &[TokenTree], mark: char) -> bool {
    match tokens {
        [TokenTree::Punct(first), rest @ ..] if first.as_char() == mark => {
            let joined = first.spacing() == Spacing::Joint;
            !(joined && matches!(rest, [TokenTree::Punct(next), ..] if ":=>".contains(next.as_char())))
        }
        _ => false,
    }
}

/// Whether the first two tokens are this arrow.
pub fn is_arrow(tokens: &[TokenTree], stem: char) -> bool {
    matches!(tokens, [TokenTree::Punct(first), TokenTree::Punct(second), ..]
        if first.as_char() == stem && first.spacing() == Spacing::Joint && second.as_char() == '>')
}

/// A token as shown in an error, without the contents of brackets.
pub fn spelled(token: &TokenTree) -> String {
    match token {
        TokenTree::Group(group) => match group.delimiter() {
            Delimiter::Parenthesis => "(…)".to_string(),
            Delimiter::Bracket => "[…]".to_string(),
            Delimiter::Brace => "{…}".to_string(),
            Delimiter::None => token.to_string(),
        },
        token => token.to_string(),
    }
}

/// The pieces between separators, each with the separator after it, if there is one.
pub fn split(stream: TokenStream, separator: char) -> Vec<(Vec<TokenTree>, Option<Punct>)> {
    let mut pieces = vec![(Vec::new(), None)];
    for token in Cursor::new(stream).tokens {
        let last = pieces.len() - 1;
        match token {
            TokenTree::Punct(mark) if mark.as_char() == separator => {
                pieces[last].1 = Some(mark);
                pieces.push((Vec::new(), None));
            }
            token => pieces[last].0.push(token),
        }
    }
    if pieces.last().is_some_and(|(piece, _)| piece.is_empty()) {
        pieces.pop();
    }
    pieces
}

/// The tokens of a text.
pub fn parse(text: &str) -> TokenStream {
    text.parse().unwrap_or_else(|_| Mistake::new(Span::call_site(), format!("not Rust: {text}")).into_tokens())
}

/// A template with each `#name` in it replaced by the tokens of that name.
pub fn fill(template: &str, parts: &[(&str, TokenStream)]) -> TokenStream {
    fill_stream(parse(template), parts)
}

fn fill_stream(template: TokenStream, parts: &[(&str, TokenStream)]) -> TokenStream {
    let mut filled = TokenStream::new();
    let mut tokens = template.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(mark) if mark.as_char() == '#' => match tokens.peek() {
                Some(TokenTree::Ident(name)) => {
                    let name = name.to_string();
                    tokens.next();
                    filled.extend(parts.iter().find(|part| part.0 == name).map(|part| part.1.clone()));
                }
                _ => filled.extend([TokenTree::from(mark)]),
            },
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), fill_stream(group.stream(), parts));
                inner.set_span(group.span());
                filled.extend([TokenTree::from(inner)]);
            }
            token => filled.extend([token]),
        }
    }
    filled
}

/// The same tokens with the span `span`.
pub fn respan(stream: TokenStream, span: Span) -> TokenStream {
    let respan = |token| match token {
        TokenTree::Group(group) => {
            let mut group = Group::new(group.delimiter(), respan(group.stream(), span));
            group.set_span(span);
            group.into()
        }
        // The span of `$crate` determines which crate it is.
        TokenTree::Ident(name) if name.to_string() == "$crate" => name.into(),
        mut token => {
            token.set_span(span);
            token
        }
    };
    stream.into_iter().map(respan).collect()
}

/// A text as a token.
pub fn text(text: &str) -> TokenStream {
    TokenTree::from(Literal::string(text)).into()
}

/// A number as a token.
pub fn number(number: usize) -> TokenStream {
    TokenTree::from(Literal::usize_unsuffixed(number)).into()
}
