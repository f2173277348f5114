//! What `network!` writes: a network's plan, the check of it, and its type.
//!
//! The plan is a constant of the network's name in the namespace of values. It asks each layer in turn what it gives, and remembers the
//! first mistake and the number of its place: a layer, the name of a hyper-parameter, or its value. The check calls, if there is such a
//! mistake, a function whose call stands just there in the user's source.

use std::mem::take;

use proc_macro::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use crate::read::{Argument, Body, Inside, Layer, Reading, Value};
use crate::tokens::{Place, fill, number, parse, respan, text};

/// Where the rest of the crate is, and which layers it has.
pub struct House {
    /// `$crate`
    pub home: TokenStream,
    pub kinds: Vec<String>,
}

/// How many whole numbers, real numbers and flags a layer's type can have beside its shapes: as many as `Kind::Of` has.
pub const SLOTS: [(&str, char, usize); 3] = [("numbers", 'N', 8), ("reals", 'R', 2), ("flags", 'F', 2)];

struct Writer<'a> {
    house: &'a House,
    name: &'a Ident,
    scalar: &'a TokenStream,
    /// The statements of the plan.
    plan: TokenStream,
    /// Items that stand before it.
    items: TokenStream,
    /// The places for which there is a number.
    places: Vec<Place>,
    /// How many layers have been planned.
    steps: usize,
}

pub fn network(house: &House, Reading { head, body }: Reading) -> TokenStream {
    let name = TokenStream::from(TokenTree::from(head.name.clone()));
    let generic = head
        .generic
        .map_or(TokenStream::new(), |scalar| fill("<#scalar>", &[("scalar", TokenTree::from(scalar).into())]));
    let (items, plan, steps, type_) = match body {
        Ok(body) => network_of(house, &head.name, &body),
        // A constant that is an error makes a type that is one, and the compiler says no more of it.
        Err(mistake) => {
            let template = "#home::network::Refused<#home::tensor::Tensor<{ #name.input.channels }, 1, 1>, ()>";
            let type_ = fill(template, &[("home", house.home.clone()), ("name", name.clone())]);
            (TokenStream::new(), mistake.into_tokens(), 1, type_)
        }
    };
    fill(
        "#[doc(hidden)] #[allow(non_upper_case_globals)]
        #visibility const #name: #home::network::Plan<#steps> = #plan;
        #items
        #attributes
        #visibility type #name #generic = #type;",
        &[
            ("home", house.home.clone()),
            ("attributes", head.attributes),
            ("visibility", head.visibility),
            ("name", name),
            ("generic", generic),
            ("items", items),
            ("plan", plan),
            ("steps", number(steps)),
            ("type", type_),
        ],
    )
}

/// Items beside the plan, the plan and the number of its steps, and the network's type.
fn network_of(
    house: &House,
    name: &Ident,
    Body { input, layers }: &Body,
) -> (TokenStream, TokenStream, usize, TokenStream) {
    let (plan, items, places) = (TokenStream::new(), TokenStream::new(), Vec::new());
    let mut writer = Writer { house, name, scalar: &input.scalar, plan, items, places, steps: 0 };
    let place = number(writer.place(input.place));
    let chain = writer.chain(layers);
    let [channels, height, width] = input.axes.clone();
    let plan = fill(
        "{
            #[allow(unused_imports)]
            use #home::layer::declaration::hyper_parameter as __value_of;
            let plan = #home::network::Plan::new([#channels, #height, #width], #place);
            #plan
            plan.settled()
        }",
        &[
            ("home", writer.home()),
            ("channels", channels),
            ("height", height),
            ("width", width),
            ("place", place),
            ("plan", take(&mut writer.plan)),
        ],
    );
    let output = TokenStream::from(TokenTree::from(Ident::new(&format!("__{name}_output"), name.span())));
    writer.items.extend(writer.check(&output));
    let type_ = fill(
        "<#home::network::Check<{ #name.fits() }> as #home::network::Choose<
            #chain,
            #home::network::Refused<#taken, #given>
        >>::Type",
        &[
            ("home", writer.home()),
            ("name", writer.name()),
            ("chain", chain),
            ("taken", writer.tensor(fill("#name.input", &[("name", writer.name())]))),
            ("given", writer.tensor(output)),
        ],
    );
    (writer.items, plan, writer.steps, type_)
}

impl Writer<'_> {
    fn home(&self) -> TokenStream {
        self.house.home.clone()
    }

    fn name(&self) -> TokenStream {
        TokenTree::from(self.name.clone()).into()
    }

    /// The number of a place.
    fn place(&mut self, place: impl Into<Place>) -> usize {
        self.places.push(place.into());
        self.places.len()
    }

    /// The type of what goes into the network, or comes out.
    fn tensor(&self, dims: TokenStream) -> TokenStream {
        fill(
            "#home::tensor::Tensor<{ #dims.channels }, { #dims.height }, { #dims.width }, #scalar>",
            &[("home", self.home()), ("dims", dims), ("scalar", self.scalar.clone())],
        )
    }

    /// The constant `output`, what comes out of the network, and another that stops the compiler at the place of the mistake, if there is
    /// one: if nobody can know what comes out, the first does so, and the compiler says no more of types made from it.
    fn check(&self, output: &TokenStream) -> TokenStream {
        let mut arms = TokenStream::new();
        for (at, place) in self.places.iter().enumerate() {
            let mut call = respan(parse("refuse"), place.first);
            let mut nothing = Group::new(Delimiter::Parenthesis, TokenStream::new());
            nothing.set_span(place.last);
            call.extend([TokenTree::from(nothing)]);
            arms.extend(fill("#place => #call,", &[("place", number(at + 1)), ("call", call)]));
        }
        fill(
            "const _: () = {
                #[track_caller]
                const fn refuse() { #name.refuse() }
                if !#name.output.is_empty() { match #name.mistake() { #arms _ => {} } }
            };
            #[doc(hidden)] #[allow(non_upper_case_globals)]
            const #output: #home::shape::Dims = {
                #[track_caller]
                const fn refuse() { #name.refuse() }
                if #name.output.is_empty() { match #name.mistake() { #arms _ => {} } }
                #name.output
            };",
            &[("home", self.home()), ("output", output.clone()), ("name", self.name()), ("arms", arms)],
        )
    }

    /// Plans the layers one after the other, and gives their type.
    fn chain(&mut self, layers: &[Layer]) -> TokenStream {
        let types: Vec<TokenStream> = layers.iter().map(|layer| self.layer(layer)).collect();
        let mut types = types.into_iter().rev();
        let last = types.next().unwrap_or_else(|| parse("()"));
        types.fold(last, |rest, first| {
            fill("#home::network::Chain<#first, #rest>", &[("home", self.home()), ("first", first), ("rest", rest)])
        })
    }

    fn layer(&mut self, layer: &Layer) -> TokenStream {
        if let Some(label) = &layer.label {
            let place = number(self.place(label.span()));
            let label = text(&label.to_string());
            self.plan.extend(fill("let plan = plan.named(#label, #place);", &[("label", label), ("place", place)]));
        }
        let kind = match &layer.inside {
            Inside::Arguments(arguments) => self.plain(layer, arguments),
            Inside::Residual { body, shortcut } => self.residual(layer, body, shortcut.as_deref()),
        };
        match layer.label {
            Some(_) => fill(
                "#home::layer::Named<{ #name.steps[#step].name_number() }, #kind>",
                &[("home", self.home()), ("name", self.name()), ("step", number(self.steps - 1)), ("kind", kind)],
            ),
            None => kind,
        }
    }

    fn plain(&mut self, layer: &Layer, arguments: &[Argument]) -> TokenStream {
        let [planned, kind] = self.kind(layer);
        let place = number(self.place(layer.place));
        let mut written = TokenStream::new();
        for argument in arguments {
            let key = argument.key.as_ref().map_or(String::new(), Ident::to_string);
            self.place(argument.key.as_ref().map_or(argument.value_place, |key| key.span().into()));
            self.place(argument.value_place);
            let value = self.value(argument);
            let parts = [("home", self.home()), ("key", text(&key)), ("value", value)];
            written.extend(fill("#home::layer::declaration::Written { key: #key, value: #value },", &parts));
        }
        let rules = respan(fill("<#kind>::RULES", &[("kind", planned)]), layer.place.first);
        self.plan.extend(fill(
            "let plan = plan.at(#place).then(#rules.plan(plan.shape(), &[#written]));",
            &[("place", place), ("rules", rules), ("written", written)],
        ));
        let step = number(self.steps);
        self.steps += 1;
        let mut numbers = String::new();
        for end in ["input", "output"] {
            for axis in ["channels", "height", "width"] {
                numbers += &format!("{{ #name.steps[#step].{end}.{axis} }},");
            }
        }
        for (slots, _, count) in SLOTS {
            for slot in 0..count {
                numbers += &format!("{{ #name.steps[#step].{slots}[{slot}] }},");
            }
        }
        let kind = respan(fill("<#kind>::Of", &[("kind", kind)]), layer.place.first);
        fill(
            &format!("#kind<{numbers} #scalar>"),
            &[("kind", kind), ("name", self.name()), ("step", step), ("scalar", self.scalar.clone())],
        )
    }

    /// The layer's type without its sizes, as a `Kind`.
    ///
    /// One that is not of this crate is looked up where the crate's layers are in scope too, so that the compiler can suggest one of
    /// them; and by an alias. That comes twice, for the plan and for the network's type, where it hangs on the plan: if the layer is
    /// not declared, the plan is an error, and the compiler says no more of a type made from it.
    fn kind(&mut self, layer: &Layer) -> [TokenStream; 2] {
        let path: TokenStream = layer.path.iter().cloned().collect();
        if layer.path.len() == 1 && self.house.kinds.contains(&layer.kind()) {
            let parts = [("home", self.home()), ("path", path)];
            let kind = fill("#home::layer::#path as #home::layer::declaration::Kind", &parts);
            return [kind.clone(), kind];
        }
        let marker = Ident::new(&format!("__{}_{}", self.name, self.steps), Span::call_site());
        let parts =
            [("home", self.home()), ("name", self.name()), ("marker", TokenTree::from(marker).into()), ("path", path)];
        self.items.extend(fill(
            "#[doc(hidden)] #[allow(non_camel_case_types)]
            struct #marker<const FITS: bool>;
            const _: () = {
                #[allow(unused_imports)]
                use #home::layer::kinds::*;
                impl #home::layer::declaration::Alias for #marker<true> { type Of = #path; }
                impl #home::layer::declaration::Alias for #marker<false> { type Of = #path; }
            };",
            &parts,
        ));
        let kind = |fits| {
            fill(
                &format!(
                    "<#marker<{fits}> as #home::layer::declaration::Alias>::Of as #home::layer::declaration::Kind"
                ),
                &parts,
            )
        };
        [kind("true"), kind("{ #name.fits() }")]
    }

    fn value(&self, argument: &Argument) -> TokenStream {
        match &argument.value {
            Value::Known(variant, inside) => {
                let template = format!("#home::layer::declaration::Value::{variant}(#inside)");
                fill(&template, &[("home", self.home()), ("inside", inside.clone())])
            }
            Value::Expression(tokens) => {
                // All of the call stands where the expression does, so that the compiler complains there.
                let Place { first, last } = argument.value_place;
                let mut group = Group::new(Delimiter::Parenthesis, tokens.iter().cloned().collect());
                group.set_span(last);
                let mut call = respan(parse("__value_of"), first);
                call.extend([TokenTree::from(group)]);
                call.extend(respan(parse(".value()"), last));
                call
            }
        }
    }

    /// The layers of the branches, then the block itself, which takes a step of its own.
    fn residual(&mut self, layer: &Layer, body: &[Layer], shortcut: Option<&[Layer]>) -> TokenStream {
        let place = number(self.place(layer.place));
        let before = take(&mut self.plan);
        let body = self.chain(body);
        let body_plan = take(&mut self.plan);
        let shortcut = shortcut.map(|layers| self.chain(layers));
        let shortcut_plan = take(&mut self.plan);
        self.plan = before;
        self.steps += 1;
        let shortcut_plan = match shortcut {
            Some(_) => fill(
                "let plan = plan.enter(&outer, \"shortcut\"); #layers let shortcut = ::core::option::Option::Some(plan.branch());",
                &[("layers", shortcut_plan)],
            ),
            None => parse("let shortcut = ::core::option::Option::None;"),
        };
        self.plan.extend(fill(
            "let plan = {
                let outer = plan;
                let plan = plan.enter(&outer, \"body\");
                #body
                let body = plan.branch();
                #shortcut
                plan.residual(&outer, #place, body, shortcut)
            };",
            &[("body", body_plan), ("shortcut", shortcut_plan), ("place", place)],
        ));
        let shortcut = shortcut.map_or(TokenStream::new(), |shortcut| fill(", #shortcut", &[("shortcut", shortcut)]));
        fill(
            "#home::layer::Residual<#body #shortcut>",
            &[("home", self.home()), ("body", body), ("shortcut", shortcut)],
        )
    }
}
