//! The output of `network!` for a block: its layers, then the block itself, which has its own step.

use std::mem::take;

use proc_macro::TokenStream;

use super::Writer;
use crate::read::Layer;
use crate::tokens::{fill, number, parse, text};

impl Writer<'_> {
    pub fn residual(&mut self, layer: &Layer, body: &[Layer], shortcut: Option<&[Layer]>) -> TokenStream {
        let place = number(self.place(layer.place));
        let [body, body_plan] = self.branch(body);
        let shortcut = shortcut.map(|layers| self.branch(layers));
        self.steps += 1;
        let shortcut_plan = match &shortcut {
            Some([_, plan]) => fill(
                "let plan = plan.enter(&outer, \"shortcut\"); #layers let shortcut = ::core::option::Option::Some(plan.branch());",
                &[("layers", plan.clone())],
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
        let shortcut = shortcut.map_or(TokenStream::new(), |[layers, _]| fill(", #layers", &[("layers", layers)]));
        let parts = [("home", self.home()), ("body", body), ("shortcut", shortcut)];
        fill("#home::layer::Residual<#body #shortcut>", &parts)
    }

    pub fn gate(&mut self, layer: &Layer, gate: &[Layer]) -> TokenStream {
        let place = number(self.place(layer.place));
        let [gate, plan] = self.branch(gate);
        self.steps += 1;
        self.plan.extend(fill(
            "let plan = {
                let outer = plan;
                let plan = plan.enter(&outer, \"gate\");
                #plan
                let gate = plan.branch();
                plan.gate(&outer, #place, gate)
            };",
            &[("plan", plan), ("place", place)],
        ));
        fill("#home::layer::Gate<#gate>", &[("home", self.home()), ("gate", gate)])
    }

    /// A branch is a network in a list, and `None` is the input itself.
    pub fn concat(&mut self, layer: &Layer, branches: &[Option<Vec<Layer>>]) -> TokenStream {
        let place = number(self.place(layer.place));
        let (mut plans, mut list, mut types) = (TokenStream::new(), TokenStream::new(), Vec::new());
        for (at, branch) in branches.iter().enumerate() {
            let [layers, plan] = match branch {
                Some(layers) => self.branch(layers),
                None => [TokenStream::new(), TokenStream::new()],
            };
            types.push(branch.as_ref().map(|_| layers));
            let template = format!("let plan = plan.enter(&outer, #name); #plan let branch_{at} = plan.branch();");
            plans.extend(fill(&template, &[("name", text(&format!("branches.{at}"))), ("plan", plan)]));
            list.extend(parse(&format!("branch_{at},")));
        }
        self.plan.extend(fill(
            "let plan = {
                let outer = plan;
                #plans
                plan.concat(&outer, #place, &[#list])
            };",
            &[("plans", plans), ("list", list), ("place", place)],
        ));
        let step = fill("#shapes.steps[#step]", &[("shapes", self.shapes()), ("step", number(self.steps))]);
        self.steps += 1;
        let parts = |more| [("home", self.home()), ("step", step.clone()), ("scalar", self.scalar.clone()), more];
        let tensor = |end: &str| {
            let dims = ["channels", "height", "width"].map(|axis| format!("{{ #step.{end}.{axis} }}")).join(",");
            fill(&format!("#home::tensor::Tensor<{dims}, #scalar>"), &parts(("", TokenStream::new())))
        };
        let of = |branch| match branch {
            Some(layers) => fill("#home::layer::Sequential<#layers>", &parts(("layers", layers))),
            None => fill("#home::layer::Through<#input>", &parts(("input", tensor("input")))),
        };
        let mut types = types.into_iter().rev().map(of);
        let last = types.next().unwrap_or_else(|| parse("()"));
        let branches = types.fold(last, |others, first| {
            let parts = [("home", self.home()), ("first", first), ("others", others)];
            fill("#home::layer::Fork<#first, #others>", &parts)
        });
        let parts = [("home", self.home()), ("branches", branches), ("output", tensor("output"))];
        fill("#home::layer::Concat<#branches, #output>", &parts)
    }

    /// The type of a branch, and its part of the plan.
    fn branch(&mut self, layers: &[Layer]) -> [TokenStream; 2] {
        let before = take(&mut self.plan);
        let layers = self.chain(layers);
        [layers, std::mem::replace(&mut self.plan, before)]
    }
}
