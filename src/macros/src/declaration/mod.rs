//! The syntax of `hyper_parameters!`: how a layer is called in `network!`.
//!
//! ```text
//! Conv2D(filters: usize, kernel: [usize; 2], stride: [usize; 2] = 1) => Conv2D<C, H, W, filters, OH, OW, kernel, stride, T>,
//! output = rule(input, filters, kernel, stride),
//! ```

mod slots;
mod write;

use proc_macro::{Delimiter, Ident, TokenStream, TokenTree};

pub use write::reported;

use crate::tokens::{Cursor, Mistake, fill, is_arrow, is_mark, parse, split};

/// A hyper-parameter.
struct Parameter {
    name: Ident,
    kind: Kind,
    default: Option<TokenStream>,
    /// The parameter as the docs show it: `stride = 1`.
    signature: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Count,
    Axes,
    Padding,
    Real,
    Flag,
}

const KINDS: &str = "`usize`, `[usize; 2]`, `Padding`, `f64` or `bool`";

impl Kind {
    /// Each kind: its type in the declaration, its name in the crate, how many slots it occupies, and of which row of `SLOTS`.
    const ALL: [(Kind, &str, &str, usize, usize); 5] = [
        (Kind::Count, "usize", "Count", 1, 0),
        (Kind::Axes, "[usize;2]", "Axes", 2, 0),
        (Kind::Padding, "Padding", "Padding", 0, 0),
        (Kind::Real, "f64", "Real", 1, 1),
        (Kind::Flag, "bool", "Flag", 1, 2),
    ];

    fn row(self) -> (Kind, &'static str, &'static str, usize, usize) {
        Kind::ALL.into_iter().find(|row| row.0 == self).unwrap_or(Kind::ALL[0])
    }

    /// The kind of values of this type.
    fn of(type_: &TokenTree) -> Option<Kind> {
        let written: String = type_.to_string().split_whitespace().collect();
        Kind::ALL.into_iter().find(|row| row.1 == written).map(|row| row.0)
    }

    /// The path of the type.
    fn type_(self) -> &'static str {
        match self {
            Kind::Padding => "#home::shape::Padding",
            _ => self.row().1,
        }
    }
}

/// The optional clauses of a declaration.
#[derive(Default)]
struct Clauses {
    output: Option<TokenStream>,
    parameters: Option<TokenStream>,
    /// Values computed from the hyper-parameters.
    values: Vec<Computed>,
    examples: Vec<Example>,
}

/// `let before: [usize; 2] = window.before`
struct Computed {
    name: Ident,
    /// `None` for a type that has no slots.
    kind: Option<Kind>,
    type_: TokenStream,
    value: TokenStream,
}

/// `"conv2d plain": [2, 5, 7] => (filters = 3, kernel = 3)`: an example of the layer, for tests.
struct Example {
    name: TokenTree,
    input: TokenTree,
    arguments: Option<TokenTree>,
}

/// Names that a hyper-parameter cannot have.
const TAKEN: [&str; 9] = ["C", "H", "W", "OC", "OH", "OW", "T", "Input", "Output"];

pub fn declare(home: &TokenStream, mut cursor: Cursor) -> Result<TokenStream, Mistake> {
    let place = cursor.span();
    let expected = "a declaration reads `Layer(name: type = default, …) => Layer<C, H, W, name, …, T>, output = …`";
    let layer = cursor.take_name().ok_or_else(|| Mistake::new(place, expected))?;
    let parameters = match cursor.peek() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
            let stream = group.stream();
            cursor.next();
            split(stream, ',').into_iter().map(|(piece, _)| parameter(home, &piece)).collect::<Result<Vec<_>, _>>()?
        }
        _ => Vec::new(),
    };
    for (at, Parameter { name, .. }) in parameters.iter().enumerate() {
        if parameters[..at].iter().any(|other| other.name.to_string() == name.to_string()) {
            return Err(Mistake::new(name.span(), format!("`{name}` is declared twice")));
        }
    }
    if !cursor.take_arrow('=') {
        return Err(Mistake::new(cursor.span(), expected));
    }
    let target = target(&mut cursor);
    if let Some(TokenTree::Ident(clause)) = cursor.peek() {
        return Err(Mistake::new(clause.span(), format!("a comma is missing before `{clause}`")));
    }
    let clauses = clauses(cursor)?;
    write::declaration(home, &layer, &parameters, target, clauses)
}

/// `stride: [usize; 2] = 1`
fn parameter(home: &TokenStream, tokens: &[TokenTree]) -> Result<Parameter, Mistake> {
    match tokens {
        [TokenTree::Ident(name), ..] if name.to_string() == "input" || TAKEN.contains(&&*name.to_string()) => {
            let text = format!("`{name}` stands for something else here: call the hyper-parameter otherwise");
            Err(Mistake::new(name.span(), text))
        }
        [TokenTree::Ident(name), rest @ ..] if is_mark(rest, ':') => {
            let (kind, rest) = rest[1..]
                .split_first()
                .ok_or_else(|| Mistake::new(name.span(), format!("the type of `{name}` is one of {KINDS}")))?;
            let kind = Kind::of(kind)
                .ok_or_else(|| Mistake::new(kind.span(), format!("the type of `{name}` is one of {KINDS}")))?;
            let (default, signature) = match rest {
                [] => (None, name.to_string()),
                [mark, value @ ..] if is_mark(rest, '=') => {
                    (Some(default(home, kind, value)), format!("{name} {mark} {}", stream(value)))
                }
                rest => return Err(Mistake::new(rest, "a default comes after `=`")),
            };
            Ok(Parameter { name: name.clone(), kind, default, signature })
        }
        tokens => Err(Mistake::new(
            tokens,
            format!("a hyper-parameter is declared as `name: type` or `name: type = default`, its type {KINDS}"),
        )),
    }
}

fn stream(tokens: &[TokenTree]) -> TokenStream {
    tokens.iter().cloned().collect()
}

/// The default as a value of this kind: one number becomes a pair for both axes, or the padding of all sides.
fn default(home: &TokenStream, kind: Kind, tokens: &[TokenTree]) -> TokenStream {
    let value = stream(tokens);
    match tokens {
        [TokenTree::Literal(_)] if kind == Kind::Axes => fill("[#value, #value]", &[("value", value)]),
        [TokenTree::Literal(_)] if kind == Kind::Padding => {
            fill("#home::shape::Padding::of([#value, #value])", &[("home", home.clone()), ("value", value)])
        }
        _ => value,
    }
}

/// The layer's type, up to the comma after it.
fn target(cursor: &mut Cursor) -> Vec<TokenTree> {
    let (mut target, mut depth) = (Vec::new(), 0);
    while let Some(token) = cursor.peek() {
        match token.to_string().as_str() {
            "<" => depth += 1,
            ">" => depth -= 1,
            "," if depth == 0 => break,
            "output" | "parameters" | "examples" if depth == 0 && is_mark(&cursor.rest()[1..], '=') => break,
            "let" => break,
            _ => {}
        }
        target.extend(cursor.next());
    }
    target
}

/// `, output = …, parameters = …, let slopes = …`
fn clauses(cursor: Cursor) -> Result<Clauses, Mistake> {
    let mut clauses = Clauses::default();
    for (piece, _) in split(cursor.rest().iter().cloned().collect(), ',').into_iter().skip(1) {
        match &piece[..] {
            [TokenTree::Ident(word), TokenTree::Ident(name), rest @ ..]
                if word.to_string() == "let" && (is_mark(rest, '=') || is_mark(rest, ':')) =>
            {
                clauses.values.push(computed(name, rest)?);
            }
            [TokenTree::Ident(name), rest @ ..] if is_mark(rest, '=') => {
                let value = Some(rest[1..].iter().cloned().collect());
                match name.to_string().as_str() {
                    "output" => clauses.output = value,
                    "parameters" => clauses.parameters = value,
                    "examples" => clauses.examples = examples(&rest[1..])?,
                    _ => {
                        return Err(Mistake::new(
                            name.span(),
                            "here may be `output = …`, `parameters = …`, `let name = …` or `examples = { … }`",
                        ));
                    }
                }
            }
            piece => {
                return Err(Mistake::new(
                    piece,
                    "here may be `output = …`, `parameters = …`, `let name = …` or `examples = { … }`",
                ));
            }
        }
    }
    Ok(clauses)
}

/// `: [usize; 2] = window.before`, or without a type for a whole number
fn computed(name: &Ident, rest: &[TokenTree]) -> Result<Computed, Mistake> {
    let equals = (0..rest.len()).find(|&at| is_mark(&rest[at..], '='));
    let Some(equals) = equals else {
        return Err(Mistake::new(rest, format!("a value is missing: `let {name} = …`")));
    };
    let (type_, value) = (&rest[..equals], stream(&rest[equals + 1..]));
    let (kind, type_) = match type_ {
        [_, type_] => (Kind::of(type_), type_.clone().into()),
        [_, path @ ..] => (None, stream(path)),
        [] => (Some(Kind::Count), parse("usize")),
    };
    Ok(Computed { name: name.clone(), kind, type_, value })
}

/// `{ "conv2d plain": [2, 5, 7] => (filters = 3, kernel = 3), … }`
fn examples(tokens: &[TokenTree]) -> Result<Vec<Example>, Mistake> {
    let expected = "examples read `{ \"name\": [channels, height, width] => (hyper-parameters), … }`";
    let [TokenTree::Group(group)] = tokens else { return Err(Mistake::new(tokens, expected)) };
    let example = |(piece, _): (Vec<TokenTree>, _)| match &piece[..] {
        [name @ TokenTree::Literal(_), TokenTree::Punct(_), input @ TokenTree::Group(_), rest @ ..] => {
            let arguments = match rest {
                [] => None,
                [_, _, arguments @ TokenTree::Group(_)] if is_arrow(rest, '=') => Some(arguments.clone()),
                rest => return Err(Mistake::new(rest, expected)),
            };
            Ok(Example { name: name.clone(), input: input.clone(), arguments })
        }
        piece => Err(Mistake::new(piece, expected)),
    };
    split(group.stream(), ',').into_iter().map(example).collect()
}
