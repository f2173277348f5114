//! What `hyper_parameters!` writes: the layer's `impl Kind`, with its rules.

use proc_macro::{Ident, Span, TokenStream, TokenTree};

use super::slots::Slots;
use super::{Clauses, Computed, Example, Kind, Parameter};
use crate::tokens::{Mistake, fill, number, parse, respan, text};
use crate::write::SLOTS;

pub fn declaration(
    home: &TokenStream,
    layer: &Ident,
    parameters: &[Parameter],
    target: Vec<TokenTree>,
    clauses: Clauses,
) -> Result<TokenStream, Mistake> {
    let here = |name: &str| TokenStream::from(TokenTree::from(Ident::new(name, layer.span())));
    let home = || ("home", home.clone());
    let table = table(&home().1, parameters);
    let lets = variables(&home().1, parameters, &clauses);

    let mut slots = Slots::new(home().1, layer);
    let names = parameters.iter().map(|parameter| (&parameter.name, Some(parameter.kind)));
    let names: Vec<_> = names.chain(clauses.values.iter().map(|value| (&value.name, value.kind))).collect();
    let target = slots.replace(target, &names)?;
    let declared = shapes_and_slots(layer);
    let kind = text(&layer.to_string());
    let row = row(layer, parameters, &clauses.examples);
    let examples = examples(&home().1, layer, &clauses.examples);
    let mut declaration = fill(
        "const _: () = {
            pub struct Rules;
            impl Rules {
                #[allow(unused_variables)]
                pub const fn plan(&self, #input: #home::shape::Dims, __is_known: bool, __written: &[#home::layer::declaration::Written]) -> #home::layer::declaration::Planned {
                    const DECLARED: &[#home::layer::declaration::HyperParameterOf] = &[#table];
                    #[allow(unused_variables)]
                    const fn __output(#input: #home::shape::Dims, __settings: &#home::layer::declaration::HyperParameters) -> #home::shape::inference::Inferred {
                        #lets
                        #output
                    }
                    let __settings = &match #home::layer::declaration::HyperParameters::read(#kind, DECLARED, __written) {
                        ::core::result::Result::Ok(settings) => settings,
                        ::core::result::Result::Err(refusal) => return #home::layer::declaration::Planned::refused(#input, DECLARED, refusal),
                    };
                    let output = __output(#input, __settings);
                    let others = if __is_known && output.is_ok() {
                        [output, output]
                    } else {
                        [__output(#home::shape::Dims::new(1, 1, 1), __settings), __output(#home::shape::Dims::new(2, 1, 1), __settings)]
                    };
                    #lets
                    #home::layer::declaration::Planned::new(#kind, #input, output, others).parameters({
                        let parameters: usize = #parameters;
                        parameters
                    }) #sets
                }
            }
            #[diagnostic::do_not_recommend]
            impl #home::layer::declaration::Kind for #layer {
                type Rules = Rules;
                const RULES: Rules = Rules;
                type Of<#declared #scalar: #home::scalar::Scalar> = #target;
            }
            #examples
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
            ("examples", examples),
        ],
    );
    declaration.extend(row);
    Ok(declaration)
}

/// `const C: usize, …`: all that a layer's type can be made of, but the scalar.
fn shapes_and_slots(layer: &Ident) -> TokenStream {
    let here = |name: &str| TokenStream::from(TokenTree::from(Ident::new(name, layer.span())));
    let mut declared = TokenStream::new();
    for name in ["C", "H", "W", "OC", "OH", "OW"] {
        declared.extend(fill("const #name: usize,", &[("name", here(name))]));
    }
    for ((_, letter, count), scalar) in SLOTS.into_iter().zip(["usize", "u64", "bool"]) {
        for slot in 0..count {
            declared.extend(fill(&format!("const #name: {scalar},"), &[("name", here(&format!("{letter}{slot}")))]));
        }
    }
    declared
}

/// A declaration in place of one with a mistake, which has been reported: a network with this layer is no second error.
pub fn reported(home: &TokenStream, layer: &Ident) -> TokenStream {
    fill(
        "const _: () = {
            pub struct Rules;
            impl Rules {
                pub const fn plan(&self, input: #home::shape::Dims, _: bool, _: &[#home::layer::declaration::Written]) -> #home::layer::declaration::Planned {
                    #home::layer::declaration::Planned::reported(input)
                }
            }
            #[diagnostic::do_not_recommend]
            impl #home::layer::declaration::Kind for #layer {
                type Rules = Rules;
                const RULES: Rules = Rules;
                type Of<#declared T: #home::scalar::Scalar> = #home::layer::Flatten<1, 1, 1, 1, T>;
            }
        };",
        &[
            ("home", home.clone()),
            ("layer", TokenTree::from(layer.clone()).into()),
            ("declared", respan(shapes_and_slots(layer), Span::call_site())),
        ],
    )
}

/// A macro with the layer's name, which expands to its hyper-parameters as a literal, for the table in the docs. Layers without
/// examples are not in that table.
fn row(layer: &Ident, parameters: &[Parameter], examples: &[Example]) -> TokenStream {
    if examples.is_empty() {
        return TokenStream::new();
    }
    let signatures = parameters.iter().map(|parameter| format!("`{}`", parameter.signature)).collect::<Vec<_>>();
    let row = Ident::new(&format!("__{layer}"), layer.span());
    fill(
        "#[allow(unused_macros)] macro_rules! #row { () => { #signatures } }
        #[allow(unused_imports)] pub(crate) use #row as #layer;",
        &[
            ("row", TokenTree::from(row).into()),
            ("signatures", text(&signatures.join(", "))),
            ("layer", TokenTree::from(layer.clone()).into()),
        ],
    )
}

/// The declared hyper-parameters as a constant, which the crate reads.
fn table(home: &TokenStream, parameters: &[Parameter]) -> TokenStream {
    let rows = parameters.iter().map(|parameter| {
        let (_, _, kind, ..) = parameter.kind.row();
        let required = parse(if parameter.default.is_some() { "false" } else { "true" });
        let template = format!(
            "#home::layer::declaration::HyperParameterOf {{
                name: #name, kind: #home::layer::declaration::HyperParameterKind::{kind}, required: #required
            }},"
        );
        let parts = [("home", home.clone()), ("name", text(&parameter.name.to_string())), ("required", required)];
        fill(&template, &parts)
    });
    rows.collect()
}

/// A variable for each hyper-parameter, and for each value computed from them.
fn variables(home: &TokenStream, parameters: &[Parameter], clauses: &Clauses) -> TokenStream {
    let mut lets = TokenStream::new();
    for (at, parameter) in parameters.iter().enumerate() {
        let (type_, (_, _, kind, ..)) = (parameter.kind.type_(), parameter.kind.row());
        let default = parameter.default.clone().unwrap_or_else(|| {
            let any = match parameter.kind {
                Kind::Count => "0",
                Kind::Axes => "[0, 0]",
                Kind::Padding => "#home::shape::Padding::Same",
                Kind::Real => "0.0",
                Kind::Flag => "false",
            };
            fill(any, &[("home", home.clone())])
        });
        let template = format!(
            "let #name: {type_} = match __settings.{}(#at) {{
                ::core::option::Option::Some(given) => given,
                ::core::option::Option::None => {{
                    let otherwise: {type_} = #default;
                    otherwise
                }}
            }};",
            kind.to_lowercase()
        );
        let name = TokenTree::from(parameter.name.clone()).into();
        let parts = [("home", home.clone()), ("name", name), ("at", number(at)), ("default", default)];
        lets.extend(fill(&template, &parts));
    }
    for Computed { name, type_, value, .. } in &clauses.values {
        let name = TokenTree::from(name.clone()).into();
        let parts = [("name", name), ("type", type_.clone()), ("value", value.clone())];
        lets.extend(fill("let #name: #type = #value;", &parts));
    }
    lets
}

/// A function that shows the examples to a visitor. Each is a network of this layer alone, in both precisions.
fn examples(home: &TokenStream, layer: &Ident, examples: &[Example]) -> TokenStream {
    if examples.is_empty() {
        return TokenStream::new();
    }
    let visits = examples.iter().map(|Example { name, input, arguments }| {
        let axes = match input {
            TokenTree::Group(axes) => axes.stream(),
            _ => TokenStream::new(),
        };
        fill(
            "{
                #home::network! { type Example<S> = [#axes; S] => #layer #arguments }
                visitor.visit::<Example<f64>, Example<f32>>(#name);
            }",
            &[
                ("home", home.clone()),
                ("axes", axes),
                ("layer", TokenTree::from(layer.clone()).into()),
                ("arguments", arguments.clone().into_iter().collect()),
                ("name", name.clone().into()),
            ],
        )
    });
    fill(
        "impl #home::layer::declaration::Examples for #layer {
            fn visit<V: #home::layer::declaration::ExampleVisitor>(visitor: &mut V) { #visits }
        }",
        &[("home", home.clone()), ("layer", TokenTree::from(layer.clone()).into()), ("visits", visits.collect())],
    )
}
