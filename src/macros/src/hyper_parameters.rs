//! What `hyper_parameters!` writes: how a layer is called in `network!`.
//!
//! ```text
//! Conv2D(filters: usize, kernel: [usize; 2], stride: [usize; 2] = 1) => Conv2D<C, H, W, filters, OH, OW, kernel, stride, T>,
//! output = rule(input, filters, kernel, stride),
//! ```

use proc_macro::{Delimiter, Ident, TokenStream, TokenTree};

use crate::tokens::{Cursor, Mistake, fill, is_mark, number, parse, respan, split, text};
use crate::write::SLOTS;

/// A hyper-parameter, or a number that follows from them.
struct Parameter {
    name: Ident,
    kind: Kind,
    default: Option<TokenStream>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Count,
    Axes,
    Real,
    Flag,
}

const KINDS: &str = "`usize`, `[usize; 2]`, `f64` or `bool`";

impl Kind {
    /// By what the declaration calls it, the type of its variable; what the crate calls it; how many slots it takes, of which kind.
    const ALL: [(Kind, &str, &str, usize, usize); 4] = [
        (Kind::Count, "usize", "Count", 1, 0),
        (Kind::Axes, "[usize;2]", "Axes", 2, 0),
        (Kind::Real, "f64", "Real", 1, 1),
        (Kind::Flag, "bool", "Flag", 1, 2),
    ];

    fn row(self) -> (Kind, &'static str, &'static str, usize, usize) {
        Kind::ALL.into_iter().find(|row| row.0 == self).unwrap_or(Kind::ALL[0])
    }
}

/// What the declaration says besides.
#[derive(Default)]
struct Clauses {
    output: Option<TokenStream>,
    parameters: Option<TokenStream>,
    numbers: Vec<(Ident, TokenStream)>,
}

pub fn declare(home: &TokenStream, mut cursor: Cursor) -> Result<TokenStream, Mistake> {
    let place = cursor.span();
    let expected = "a declaration reads `Layer(name: type = default, …) => Layer<C, H, W, name, …, T>, output = …`";
    let layer = cursor.take_name().ok_or_else(|| Mistake::new(place, expected))?;
    let parameters = match cursor.peek() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
            let stream = group.stream();
            cursor.next();
            split(stream, ',').into_iter().map(|(piece, _)| parameter(&piece)).collect::<Result<_, _>>()?
        }
        _ => Vec::new(),
    };
    if !cursor.take_arrow('=') {
        return Err(Mistake::new(cursor.span(), expected));
    }
    let target = target(&mut cursor);
    let clauses = clauses(cursor)?;
    Ok(write(home, &layer, &parameters, target, clauses))
}

/// `stride: [usize; 2] = 1`
fn parameter(tokens: &[TokenTree]) -> Result<Parameter, Mistake> {
    match tokens {
        [TokenTree::Ident(name), rest @ ..] if is_mark(rest, ':') => {
            let (kind, rest) = rest[1..]
                .split_first()
                .ok_or_else(|| Mistake::new(name.span(), format!("`{name}` is one of {KINDS}")))?;
            let written: String = kind.to_string().split_whitespace().collect();
            let row = Kind::ALL.into_iter().find(|row| row.1 == written);
            let (kind, ..) = row.ok_or_else(|| Mistake::new(kind.span(), format!("`{name}` is one of {KINDS}")))?;
            let default = match rest {
                [] => None,
                rest if is_mark(rest, '=') => Some(default(kind, &rest[1..])),
                rest => return Err(Mistake::new(rest, "a default comes after `=`")),
            };
            Ok(Parameter { name: name.clone(), kind, default })
        }
        tokens => Err(Mistake::new(
            tokens,
            format!("a hyper-parameter is declared as `name: type` or `name: type = default`, its type {KINDS}"),
        )),
    }
}

/// One number is a default for both axes.
fn default(kind: Kind, tokens: &[TokenTree]) -> TokenStream {
    let value: TokenStream = tokens.iter().cloned().collect();
    match tokens {
        [TokenTree::Literal(_)] if kind == Kind::Axes => fill("[#value, #value]", &[("value", value)]),
        _ => value,
    }
}

/// The layer's type, up to the comma behind it.
fn target(cursor: &mut Cursor) -> Vec<TokenTree> {
    let (mut target, mut depth) = (Vec::new(), 0);
    while let Some(token) = cursor.peek() {
        match token.to_string().as_str() {
            "<" => depth += 1,
            ">" => depth -= 1,
            "," if depth == 0 => break,
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
                if word.to_string() == "let" && is_mark(rest, '=') =>
            {
                clauses.numbers.push((name.clone(), rest[1..].iter().cloned().collect()));
            }
            [TokenTree::Ident(name), rest @ ..] if is_mark(rest, '=') => {
                let value = Some(rest[1..].iter().cloned().collect());
                match name.to_string().as_str() {
                    "output" => clauses.output = value,
                    "parameters" => clauses.parameters = value,
                    _ => {
                        return Err(Mistake::new(
                            name.span(),
                            "here may be `output = …`, `parameters = …` or `let name = …`",
                        ));
                    }
                }
            }
            piece => return Err(Mistake::new(piece, "here may be `output = …`, `parameters = …` or `let name = …`")),
        }
    }
    Ok(clauses)
}

fn write(
    home: &TokenStream,
    layer: &Ident,
    parameters: &[Parameter],
    target: Vec<TokenTree>,
    clauses: Clauses,
) -> TokenStream {
    let here = |name: &str| TokenStream::from(TokenTree::from(Ident::new(name, layer.span())));
    let home = || ("home", home.clone());
    let (mut table, mut lets) = (TokenStream::new(), TokenStream::new());
    for (at, parameter) in parameters.iter().enumerate() {
        let (_, type_, kind, ..) = parameter.kind.row();
        let required = parse(if parameter.default.is_some() { "false" } else { "true" });
        let parts = [home(), ("name", text(&parameter.name.to_string())), ("required", required)];
        let template = format!(
            "#home::layer::declaration::HyperParameterOf {{ name: #name, kind: #home::layer::declaration::HyperParameterKind::{kind}, required: #required }},"
        );
        table.extend(fill(&template, &parts));
        let default = parameter.default.clone().unwrap_or_else(|| {
            parse(match parameter.kind {
                Kind::Count => "0",
                Kind::Axes => "[0, 0]",
                Kind::Real => "0.0",
                Kind::Flag => "false",
            })
        });
        let template = format!(
            "let #name: {type_} = match settings.{}(#at) {{ ::core::option::Option::Some(given) => given, ::core::option::Option::None => #default }};",
            kind.to_lowercase()
        );
        lets.extend(fill(
            &template,
            &[("name", TokenTree::from(parameter.name.clone()).into()), ("at", number(at)), ("default", default)],
        ));
    }
    for (name, value) in &clauses.numbers {
        lets.extend(fill(
            "let #name: usize = #value;",
            &[("name", TokenTree::from(name.clone()).into()), ("value", value.clone())],
        ));
    }

    // What the type takes: each name in it stands for one slot or two.
    let mut slots = Slots { used: [0; 3], sets: TokenStream::new(), home: home().1, layer };
    let variables = parameters.iter().map(|parameter| (&parameter.name, parameter.kind));
    let variables: Vec<_> = variables.chain(clauses.numbers.iter().map(|(name, _)| (name, Kind::Count))).collect();
    let target = slots.replace(target, &variables);
    let mut declared = TokenStream::new();
    for name in ["C", "H", "W", "OC", "OH", "OW"] {
        declared.extend(fill("const #name: usize,", &[("name", here(name))]));
    }
    for ((_, letter, count), scalar) in SLOTS.into_iter().zip(["usize", "u64", "bool"]) {
        for slot in 0..count {
            declared.extend(fill(&format!("const #name: {scalar},"), &[("name", here(&format!("{letter}{slot}")))]));
        }
    }
    let kind = text(&layer.to_string());
    fill(
        "const _: () = {
            pub struct Rules;
            impl Rules {
                #[allow(unused_variables)]
                pub const fn plan(&self, #input: #home::shape::Dims, written: &[#home::layer::declaration::Written]) -> #home::layer::declaration::Planned {
                    const DECLARED: &[#home::layer::declaration::HyperParameterOf] = &[#table];
                    #[allow(unused_variables)]
                    const fn output(#input: #home::shape::Dims, settings: &#home::layer::declaration::HyperParameters) -> #home::shape::rules::Ruling {
                        #lets
                        #output
                    }
                    let settings = &match #home::layer::declaration::HyperParameters::read(#kind, DECLARED, written) {
                        ::core::result::Result::Ok(settings) => settings,
                        ::core::result::Result::Err(refusal) => return #home::layer::declaration::Planned::refused(#input, DECLARED, refusal),
                    };
                    let others = [output(#home::shape::Dims::new(1, 1, 1), settings), output(#home::shape::Dims::new(2, 1, 1), settings)];
                    #lets
                    #home::layer::declaration::Planned::new(#kind, #input, output(#input, settings), others).parameters(#parameters) #sets
                }
            }
            impl #home::layer::declaration::Kind for #layer {
                type Rules = Rules;
                const RULES: Rules = Rules;
                type Of<#declared #scalar: #home::scalar::Scalar> = #target;
            }
        };",
        &[
            home(),
            ("input", here("input")),
            ("table", table),
            ("kind", kind),
            ("lets", lets),
            ("output", clauses.output.unwrap_or_else(|| fill("#home::layer::declaration::same(#input)", &[home(), ("input", here("input"))]))),
            ("parameters", clauses.parameters.unwrap_or_else(|| parse("0"))),
            ("sets", slots.sets),
            ("layer", TokenTree::from(layer.clone()).into()),
            ("declared", declared),
            ("scalar", here("T")),
            ("target", target),
        ],
    )
}

/// Which of the type's parameters have been given out.
struct Slots<'a> {
    used: [usize; 3],
    /// `.number(0, filters)…`
    sets: TokenStream,
    home: TokenStream,
    layer: &'a Ident,
}

impl Slots<'_> {
    /// The type with slots in the places of hyper-parameters, and tensors in those of `Input` and `Output`.
    fn replace(&mut self, tokens: Vec<TokenTree>, variables: &[(&Ident, Kind)]) -> TokenStream {
        let mut replaced = TokenStream::new();
        for token in tokens {
            let TokenTree::Ident(name) = &token else {
                replaced.extend([token]);
                continue;
            };
            let variable = variables.iter().find(|variable| variable.0.to_string() == name.to_string());
            replaced.extend(match (variable, name.to_string().as_str()) {
                (Some(&(name, kind)), _) => self.give(name, kind),
                (None, "Input") => self.tensor("C, H, W"),
                (None, "Output") => self.tensor("OC, OH, OW"),
                (None, _) => token.into(),
            });
        }
        replaced
    }

    fn tensor(&self, dims: &str) -> TokenStream {
        let tensor = respan(parse(&format!("::tensor::Tensor<{dims}, T>")), self.layer.span());
        self.home.clone().into_iter().chain(tensor).collect()
    }

    fn give(&mut self, name: &Ident, kind: Kind) -> TokenStream {
        let (.., count, of) = kind.row();
        let (slots, letter, _) = SLOTS[of];
        let mut given = TokenStream::new();
        for at in 0..count {
            let slot = self.used[of];
            self.used[of] += 1;
            let comma = if at > 0 { "," } else { "" };
            given.extend(fill(
                &format!("{comma} #slot"),
                &[("slot", respan(parse(&format!("{letter}{slot}")), self.layer.span()))],
            ));
            let value = match kind {
                Kind::Axes => format!("#name[{at}]"),
                Kind::Real => "#name.to_bits()".to_string(),
                Kind::Count | Kind::Flag => "#name".to_string(),
            };
            let template = format!(".{slots}({slot}, {value})");
            self.sets.extend(fill(&template, &[("name", TokenTree::from(name.clone()).into())]));
        }
        given
    }
}
