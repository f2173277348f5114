//! The output of `network!` for one layer or block.

use std::mem::take;

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
        // If a rule of the user's panics, the compiler shows the layer.
        let mut group = Group::new(
            Delimiter::Parenthesis,
            fill("plan.shape(), plan.is_known(), &[#written]", &[("written", written)]),
        );
        group.set_span(layer.place.last);
        let mut planned = respan(fill("<#kind>::RULES.plan", &[("kind", planned)]), layer.place.first);
        planned.extend([TokenTree::from(group)]);
        self.plan.extend(fill("let plan = plan.at(#place).then(#planned);", &[("place", place), ("planned", planned)]));
        let kind = respan(fill("<#kind>::Of", &[("kind", kind)]), layer.place.first);
        let step = fill("#shapes.steps[#step]", &[("shapes", self.shapes()), ("step", number(self.steps))]);
        let step = if self.is_known(layer) { step } else { self.asked(&kind, step, layer.place.first) };
        self.steps += 1;
        sized(kind, step, self.scalar.clone())
    }

    /// The step of a user's layer: a constant that checks whether the type is a layer with its shapes.
    ///
    /// If it is not, the constant is an error, and so is the layer's type. The compiler then reports no further errors about that
    /// type.
    fn asked(&mut self, kind: &TokenStream, step: TokenStream, place: Span) -> TokenStream {
        let marker = TokenStream::from(TokenTree::from(self.marker()));
        let question = "let _ = <<#home::network::Check<{ #shapes.fits() }> as #home::network::Choose<
            #type,
            #home::layer::Flatten
        >>::Type as #home::layer::Layer>::KIND;";
        // A constant cannot use the parameter `T`.
        let scalar = if self.head.generic.is_some() { parse("f32") } else { self.scalar.clone() };
        let type_ = sized(kind.clone(), step.clone(), scalar);
        let question = fill(question, &[("home", self.home()), ("shapes", self.shapes()), ("type", type_)]);
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

    /// The name of the items beside the plan that belong to the next layer.
    fn marker(&self) -> Ident {
        Ident::new(&format!("__{}_{}", self.head.name, self.steps), Span::call_site())
    }

    /// Whether it is a layer of this crate.
    fn is_known(&self, layer: &Layer) -> bool {
        layer.path.len() == 1 && self.origin.kinds.contains(&layer.kind())
    }

    /// The layer's type without its sizes, as a `Kind`.
    ///
    /// A user's layer is looked up in a scope with the crate's layers, so that the compiler can suggest one of them, and through an
    /// alias. The alias is needed twice: for the plan, and for the network's type, where it depends on the plan. If the layer is
    /// not declared, the plan is an error, and the compiler reports no further errors about a type computed from it.
    fn kind(&mut self, layer: &Layer) -> [TokenStream; 2] {
        let path: TokenStream = layer.path.iter().cloned().collect();
        if self.is_known(layer) {
            let parts = [("home", self.home()), ("path", path)];
            let kind = fill("#home::layer::#path as #home::layer::declaration::Kind", &parts);
            return [kind.clone(), kind];
        }
        let marker = TokenStream::from(TokenTree::from(self.marker()));
        let parts = [
            ("home", self.home()),
            ("shapes", self.shapes()),
            ("conditions", conditions(&self.head.attributes)),
            ("marker", marker),
            ("path", path),
            ("visibility", self.head.visibility.clone()),
        ];
        self.items.extend(fill(
            "#conditions #[doc(hidden)] #[allow(non_camel_case_types)]
            #visibility struct #marker<const FITS: bool> {}
            #conditions const _: () = {
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
        [kind("true"), kind("{ #shapes.fits() }")]
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

    /// Plans the layers of the branches, then the block itself, which has its own step.
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
