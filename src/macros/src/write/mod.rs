//! The output of `network!`: a network's plan, the check of it, and its type.
//!
//! The plan is a constant with the network's name, in the value namespace. It computes the output shape of each layer in turn, and
//! records the first mistake and the number of its place: a layer, the name of a hyper-parameter, or its value. If there is a
//! mistake, the check calls a function, and the span of that call is the place of the mistake in the user's source.
//!
//! The rest of the program that uses a network with a mistake has to compile, or there would be more than one error. If the output
//! shape is known in spite of the mistake, the network's type is a stand-in with the right shapes, and the check is a separate
//! constant. If not, the check is in the type. The type is then an error, and the compiler reports no further errors about what is
//! made from it.

mod block;
mod layer;

use proc_macro::{Delimiter, Group, Ident, TokenStream, TokenTree};

use crate::read::{Body, Head, Layer, Reading};
use crate::tokens::{Place, fill, number, parse, respan};

/// The path of the main crate, and the layers it has.
pub struct Origin {
    /// `$crate`
    pub home: TokenStream,
    pub kinds: Vec<String>,
}

/// How many whole numbers, real numbers and flags a layer's type can have in addition to its shapes, as in `Kind::Of`.
pub const SLOTS: [(&str, char, usize); 3] = [("numbers", 'N', 12), ("reals", 'R', 2), ("flags", 'F', 2)];

struct Writer<'a> {
    origin: &'a Origin,
    head: &'a Head,
    scalar: &'a TokenStream,
    /// The statements of the plan.
    plan: TokenStream,
    /// Items beside the plan.
    items: TokenStream,
    /// The places that have a number.
    places: Vec<Place>,
    /// How many layers have been planned.
    steps: usize,
}

pub fn network(origin: &Origin, Reading { head, body }: Reading) -> TokenStream {
    let name = TokenStream::from(TokenTree::from(head.name.clone()));
    let shapes = shapes(&head);
    let conditions = conditions(&head.attributes);
    let scalar = head.generic.clone().map(|scalar| TokenStream::from(TokenTree::from(scalar)));
    let generic = scalar.clone().map_or(TokenStream::new(), |scalar| fill("<#scalar = f32>", &[("scalar", scalar)]));
    let (items, plan, steps, type_) = match body {
        Ok(body) => network_of(origin, &head, &body),
        // A constant that is an error makes the type an error, and the compiler reports no further errors about it.
        Err(mistake) => {
            let template = "#home::network::Refused<
                #home::tensor::Tensor<{ #shapes.input.channels }, 1, 1, #scalar>,
                #home::tensor::Tensor<{ #shapes.output.channels }, 1, 1, #scalar>
            >";
            let scalar = scalar.unwrap_or_else(|| parse("f32"));
            let type_ =
                fill(template, &[("home", origin.home.clone()), ("shapes", shapes.clone()), ("scalar", scalar)]);
            (TokenStream::new(), mistake.into_tokens(), 1, type_)
        }
    };
    let place = head.name.span();
    let here = |token| respan(parse(token), place);
    fill(
        "#conditions #[doc(hidden)] #[allow(non_upper_case_globals, dead_code, unreachable_code, unused_parens, unused_braces)]
        #visibility const #shapes: #home::network::Plan<#steps> = #plan;
        #items
        #attributes
        #visibility #alias #name #generic = #type #semicolon",
        &[
            ("home", origin.home.clone()),
            ("attributes", head.attributes),
            ("visibility", head.visibility),
            // These have the span of the name, so that the compiler points there, and only once, if two networks have the same
            // name.
            ("alias", here("type")),
            ("conditions", conditions),
            ("shapes", shapes),
            ("semicolon", here(";")),
            ("name", name),
            ("generic", generic),
            ("items", items),
            ("plan", plan),
            ("steps", number(steps)),
            ("type", type_),
        ],
    )
}

/// The name of the plan: it says in an error what was computed, and is nobody else's.
fn shapes(head: &Head) -> TokenStream {
    let place = head.name.span();
    TokenTree::from(Ident::new(&format!("shapes_of_{}_{}", head.name, place.line()), place)).into()
}

/// The attributes that decide whether there is a network at all: they stand before everything that is written for it.
fn conditions(attributes: &TokenStream) -> TokenStream {
    let attributes: Vec<TokenTree> = attributes.clone().into_iter().collect();
    let is_condition = |attribute: &&[TokenTree]| match attribute {
        [_, TokenTree::Group(group)] => group.stream().into_iter().next().is_some_and(|word| word.to_string() == "cfg"),
        _ => false,
    };
    attributes.chunks(2).filter(is_condition).flatten().cloned().collect()
}

/// Items beside the plan, the plan and the number of its steps, and the network's type.
fn network_of(
    origin: &Origin,
    head: &Head,
    Body { input, layers }: &Body,
) -> (TokenStream, TokenStream, usize, TokenStream) {
    let (plan, items, places) = (TokenStream::new(), TokenStream::new(), Vec::new());
    let mut writer = Writer { origin, head, scalar: &input.scalar, plan, items, places, steps: 0 };
    let place = number(writer.place(input.place));
    let chain = writer.chain(layers);
    let [channels, height, width] = input.axes.clone();
    let computes = match head.generic {
        Some(_) => TokenStream::new(),
        None => fill(
            ".computes(<#scalar as #home::scalar::Scalar>::PRECISION)",
            &[("home", writer.home()), ("scalar", input.scalar.clone())],
        ),
    };
    let plan = fill(
        "{
            #[allow(unused_imports)]
            use #home::layer::declaration::{HyperParameter as __HyperParameter, hyper_parameter as __value_of};
            let plan = #home::network::Plan::new([#channels, #height, #width], #place) #computes;
            #plan
            plan.settled()
        }",
        &[
            ("home", writer.home()),
            ("channels", channels),
            ("height", height),
            ("width", width),
            ("place", place),
            ("computes", computes),
            ("plan", writer.plan.clone()),
        ],
    );
    let check = writer.check();
    writer.items.extend(fill(
        "#conditions const _: () = if #shapes.is_known() { #check };",
        &[("conditions", conditions(&head.attributes)), ("shapes", writer.shapes()), ("check", check.clone())],
    ));
    // The compiler does not check an alias before it is used.
    let used = "#conditions #[allow(deprecated)] const _: ::core::option::Option<fn(#name #scalar)> = ::core::option::Option::None;";
    let scalar = parse(if head.generic.is_some() { "<f32>" } else { "" });
    writer.items.extend(fill(
        used,
        &[("conditions", conditions(&head.attributes)), ("name", writer.name()), ("scalar", scalar)],
    ));
    let type_ = fill(
        "<#home::network::Check<{ if !#shapes.is_known() { #check } #shapes.fits() }> as #home::network::Choose<
            #chain,
            #home::network::Refused<#taken, #given>
        >>::Type",
        &[
            ("home", writer.home()),
            ("shapes", writer.shapes()),
            ("check", check),
            ("chain", chain),
            ("taken", writer.tensor("input")),
            ("given", writer.tensor("output")),
        ],
    );
    (writer.items, plan, writer.steps, type_)
}

impl Writer<'_> {
    fn home(&self) -> TokenStream {
        self.origin.home.clone()
    }

    fn shapes(&self) -> TokenStream {
        shapes(self.head)
    }

    fn name(&self) -> TokenStream {
        TokenTree::from(self.head.name.clone()).into()
    }

    /// Returns the number of a place.
    fn place(&mut self, place: impl Into<Place>) -> usize {
        self.places.push(place.into());
        self.places.len()
    }

    /// The type of the network's input or output.
    fn tensor(&self, end: &str) -> TokenStream {
        let tensor = ["channels", "height", "width"].map(|axis| format!("{{ #shapes.{end}.{axis} }}")).join(",");
        fill(
            &format!("#home::tensor::Tensor<{tensor}, #scalar>"),
            &[("home", self.home()), ("shapes", self.shapes()), ("scalar", self.scalar.clone())],
        )
    }

    /// Stops the compiler at the place of the mistake, if there is one.
    fn check(&self) -> TokenStream {
        let mut arms = TokenStream::new();
        for (at, place) in self.places.iter().enumerate() {
            let mut call = respan(parse("refuse"), place.first);
            let mut nothing = Group::new(Delimiter::Parenthesis, TokenStream::new());
            nothing.set_span(place.last);
            call.extend([TokenTree::from(nothing)]);
            arms.extend(fill("#place => #call,", &[("place", number(at + 1)), ("call", call)]));
        }
        fill(
            "#[track_caller]
            const fn refuse() { #shapes.refuse() }
            match #shapes.mistake() { #arms _ => {} }",
            &[("shapes", self.shapes()), ("arms", arms)],
        )
    }

    /// Plans the layers in order, and returns their type.
    fn chain(&mut self, layers: &[Layer]) -> TokenStream {
        let types: Vec<TokenStream> = layers.iter().map(|layer| self.layer(layer)).collect();
        let mut types = types.into_iter().rev();
        let last = types.next().unwrap_or_else(|| parse("()"));
        types.fold(last, |rest, first| {
            fill("#home::network::Chain<#first, #rest>", &[("home", self.home()), ("first", first), ("rest", rest)])
        })
    }
}
