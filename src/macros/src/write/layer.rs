//! The output of `network!` for one layer or block.

use proc_macro::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};

use super::{SLOTS, Writer, conditions};
use crate::read::{Argument, Inside, Layer, Value};
use crate::tokens::{Place, fill, number, parse, respan, text};

impl Writer<'_> {
    pub fn layer(&mut self, layer: &Layer) -> TokenStream {
        if let Some(label) = &layer.label {
            let place = number(self.place(label.span()));
            let label = text(&label.to_string());
            self.plan.extend(fill("let plan = plan.named(#label, #place);", &[("label", label), ("place", place)]));
        }
        let kind = match &layer.inside {
            Inside::Arguments(arguments) => self.plain(layer, arguments),
            Inside::Residual { body, shortcut } => self.residual(layer, body, shortcut.as_deref()),
            Inside::Concat(branches) => self.concat(layer, branches),
            Inside::Gate(gate) => self.gate(layer, gate),
        };
        match layer.label {
            Some(_) => fill(
                "#home::layer::Named<{ #shapes.steps[#step].name_number() }, #kind>",
                &[("home", self.home()), ("shapes", self.shapes()), ("step", number(self.steps - 1)), ("kind", kind)],
            ),
            None => kind,
        }
    }

    fn plain(&mut self, layer: &Layer, arguments: &[Argument]) -> TokenStream {
        let [known, asked, kind] = self.kind(layer);
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
        // If a rule of the user's panics, the compiler shows the layer.
        let mut group = Group::new(
            Delimiter::Parenthesis,
            fill("plan.shape(), plan.is_known(), &[#written]", &[("written", written)]),
        );
        group.set_span(layer.place.last);
        let mut planned = respan(fill("<#kind>::RULES.plan", &[("kind", known)]), layer.place.first);
        planned.extend([TokenTree::from(group)]);
        let own = |scalar: &Option<Ident>| scalar.as_ref().map(Ident::to_string);
        if self.head.generic.is_some() && own(&layer.scalar) == own(&self.head.generic) {
            planned.extend(parse(".of_any_scalar()"));
        }
        self.plan.extend(fill("let plan = plan.at(#place).then(#planned);", &[("place", place), ("planned", planned)]));
        let kind = respan(fill("<#kind>::Of", &[("kind", kind)]), layer.place.first);
        let step = fill("#shapes.steps[#step]", &[("shapes", self.shapes()), ("step", number(self.steps))]);
        if self.is_known(layer) {
            self.steps += 1;
            return sized(kind, step, self.scalar.clone());
        }
        let asked = respan(fill("<#kind>::Of", &[("kind", asked)]), layer.place.first);
        let step = self.asked(asked, step, layer.place.first);
        self.steps += 1;
        // A network has its own sizes, which do not match those of the layers around it if one of them does not fit.
        fill(
            "<#home::network::Check<{ #shapes.fits() }> as #home::network::Choose<
                #type, #home::layer::Flatten<1, 1, 1, 1, #scalar>
            >>::Type",
            &[
                ("home", self.home()),
                ("shapes", self.shapes()),
                ("type", sized(kind, step, self.scalar.clone())),
                ("scalar", self.scalar.clone()),
            ],
        )
    }

    /// The step of a user's layer: a constant that checks whether the type is a layer with its shapes.
    ///
    /// If it is not, the constant is an error, and so is the layer's type. The compiler then reports no further errors about that
    /// type.
    fn asked(&mut self, kind: TokenStream, step: TokenStream, place: Span) -> TokenStream {
        let [marker, is_network] = self.markers();
        let question = "let _ = <<#home::network::Check<{ #shapes.fits() && !#is_network }> as #home::network::Choose<
            #type,
            #home::layer::Flatten
        >>::Type as #home::layer::Layer>::KIND;";
        let type_ = sized(kind, step.clone(), self.concrete());
        let parts = [("home", self.home()), ("shapes", self.shapes()), ("is_network", is_network), ("type", type_)];
        let question = fill(question, &parts);
        self.items.extend(fill(
            "#conditions #[doc(hidden)] #[allow(non_upper_case_globals)]
            const #marker: #home::layer::declaration::Step = { #question #step };",
            &[
                ("home", self.home()),
                ("conditions", conditions(&self.head.attributes)),
                ("marker", marker.clone()),
                ("question", respan(question, place)),
                ("step", step),
            ],
        ));
        marker
    }

    /// The names of the items beside the plan that belong to the next layer: its marker, and whether it is a network.
    fn markers(&self) -> [TokenStream; 2] {
        let (network, step) = (&self.head.name, self.steps);
        [format!("__{network}_{step}"), format!("__{network}_{step}_is_network")]
            .map(|name| TokenTree::from(Ident::new(&name, Span::call_site())).into())
    }

    /// The scalar, or one of those that it can be: a constant cannot use the parameter `T`.
    fn concrete(&self) -> TokenStream {
        if self.head.generic.is_some() { parse("f32") } else { self.scalar.clone() }
    }

    /// Whether it is a layer of this crate.
    fn is_known(&self, layer: &Layer) -> bool {
        layer.path.len() == 1 && self.origin.kinds.contains(&layer.kind())
    }

    /// The layer's type without its sizes, as a `Kind`; three times: for the plan, for the question whether it is a layer, and for the
    /// network's type.
    ///
    /// A user's layer, or a network, is looked up in a scope with the crate's layers, so that the compiler can suggest one of them, and
    /// through an alias. The alias is needed twice: for the plan, and for the network's type, where it depends on the plan. If the
    /// layer is not declared, the plan is an error, and the compiler reports no further errors about a type computed from it.
    fn kind(&mut self, layer: &Layer) -> [TokenStream; 3] {
        let mut path: TokenStream = layer.path.iter().cloned().collect();
        if self.is_known(layer) {
            let parts = [("home", self.home()), ("path", path)];
            let kind = fill("#home::layer::#path as #home::layer::declaration::Kind", &parts);
            return [kind.clone(), kind.clone(), kind];
        }
        if let Some(scalar) = &layer.scalar {
            path.extend(fill("<#scalar>", &[("scalar", TokenTree::from(scalar.clone()).into())]));
        }
        let generic = self.head.generic.clone().map_or(TokenStream::new(), |scalar| {
            let parts = [("home", self.home()), ("scalar", TokenTree::from(scalar).into())];
            fill("<#scalar: #home::scalar::Scalar>", &parts)
        });
        let [marker, is_network] = self.markers();
        let parts = [
            ("home", self.home()),
            ("shapes", self.shapes()),
            ("conditions", conditions(&self.head.attributes)),
            ("marker", marker),
            ("is_network", is_network),
            ("generic", generic),
            ("scalar", self.scalar.clone()),
            ("concrete", self.concrete()),
            ("path", path),
            ("visibility", self.head.visibility.clone()),
        ];
        self.items.extend(fill(
            "#conditions #[doc(hidden)] #[allow(non_camel_case_types)]
            #visibility struct #marker<const FITS: bool> {}
            #conditions const _: () = {
                #[allow(unused_imports)]
                use #home::layer::kinds::*;
                impl #generic #home::layer::declaration::Alias<#scalar> for #marker<true> { type Of = #path; }
                impl #generic #home::layer::declaration::Alias<#scalar> for #marker<false> { type Of = #path; }
            };
            #conditions #[doc(hidden)] #[allow(non_upper_case_globals)]
            const #is_network: bool = {
                #[allow(unused_imports)]
                use #home::layer::callable::Otherwise as _;
                type Place = #home::layer::callable::Place<
                    <#marker<true> as #home::layer::declaration::Alias<#concrete>>::Of
                >;
                Place::IS_MODULE && !Place::IS_KIND
            };",
            &parts,
        ));
        let kind = |fits, scalar| {
            let template = format!(
                "<#marker<{fits}> as #home::layer::declaration::Alias<{scalar}>>::Of
                    as #home::layer::Callable<{{ #is_network }}>"
            );
            fill(&template, &parts)
        };
        let fits = "{ #shapes.fits() }";
        [kind("true", "#concrete"), kind(fits, "#concrete"), kind(fits, "#scalar")]
    }

    fn value(&self, argument: &Argument) -> TokenStream {
        match &argument.value {
            Value::Known(variant, inside) => {
                let template = format!("#home::layer::declaration::Value::{variant}(#inside)");
                fill(&template, &[("home", self.home()), ("inside", inside.clone())])
            }
            Value::Expression(tokens) => {
                // All of it has the span of the expression, so that the error points there. The error comes from the closure, where a trait
                // method can be called; rustc then leaves out the same error about the constant.
                let Place { first, last } = argument.value_place;
                let mut borrowed = respan(parse("&"), first);
                borrowed.extend(respan(parse("__value"), last.resolved_at(first))); // one name, whatever macro either end is from
                let mut borrowed = Group::new(Delimiter::Parenthesis, borrowed);
                borrowed.set_span(last);
                let borrowed = TokenTree::from(borrowed);
                let mut read = respan(parse("let __value ="), first);
                read.extend(tokens.iter().cloned());
                read.extend(respan(parse("; let _ = || __HyperParameter::check"), first));
                read.extend([borrowed.clone()]);
                read.extend(respan(parse("; __value_of"), first));
                read.extend([borrowed]);
                read.extend(respan(parse(".value()"), first));
                let mut call = Group::new(Delimiter::Brace, read);
                call.set_span(last);
                TokenTree::from(call).into()
            }
        }
    }
}

/// The type of a kind with the numbers of a step.
fn sized(kind: TokenStream, step: TokenStream, scalar: TokenStream) -> TokenStream {
    let mut numbers = String::new();
    for end in ["input", "output"] {
        for axis in ["channels", "height", "width"] {
            numbers += &format!("{{ #step.{end}.{axis} }},");
        }
    }
    for (slots, _, count) in SLOTS {
        for slot in 0..count {
            numbers += &format!("{{ #step.{slots}[{slot}] }},");
        }
    }
    fill(&format!("#kind<{numbers} #scalar>"), &[("kind", kind), ("step", step), ("scalar", scalar)])
}
