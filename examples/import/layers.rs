//! From parts to layers: sums become blocks, and what is left besides layers is complained about.

use std::collections::BTreeSet;

use shapeproof::layer::Name;
use shapeproof::shape::Dims;

use super::fault::Complaint;
use super::part::{How, Join, Layer, Math, Part};
use super::rules::simplify;

/// A network.
#[derive(Debug)]
pub struct Network {
    pub input: Dims,
    pub items: Vec<Item>,
}

/// A layer, or a block with layers inside.
#[derive(Debug)]
pub enum Item {
    Layer(Layer),
    Block(Block),
}

/// A block, as `network!` names it.
#[derive(Debug)]
pub struct Block {
    /// `Residual`
    pub kind: &'static str,
    pub label: Option<String>,
    /// The branches by name; the first is written without it.
    pub branches: Vec<(&'static str, Vec<Item>)>,
    pub output: Option<Dims>,
}

/// The network of these parts, or everything that is wrong.
pub fn network(
    input: Dims,
    ours: bool,
    parts: Vec<Part>,
    mut complaints: Vec<Complaint>,
) -> Result<Network, Vec<Complaint>> {
    let items = Finish { ours, complaints: &mut complaints }.items(simplify(parts));
    match (complaints.is_empty(), items.is_empty()) {
        (true, false) => Ok(Network { input, items }),
        (true, true) => {
            Err(vec![Complaint { place: "the model".into(), what: "found no layers, expected some".into() }])
        }
        (false, _) => Err(complaints),
    }
}

/// The last step.
struct Finish<'a> {
    ours: bool,
    complaints: &'a mut Vec<Complaint>,
}

impl Finish<'_> {
    fn items(&mut self, parts: Vec<Part>) -> Vec<Item> {
        let (mut items, mut names) = (Vec::new(), BTreeSet::new());
        for mut item in parts.into_iter().filter_map(|part| self.item(part)) {
            // What cannot be a name here, or is taken, is left out: the layer has its position then.
            let (Item::Layer(Layer { label, .. }) | Item::Block(Block { label, .. })) = &mut item;
            *label = label.take().filter(|label| Name::new(label).is_ok() && names.insert(label.clone()));
            items.push(item);
        }
        items
    }

    fn item(&mut self, part: Part) -> Option<Item> {
        match part {
            Part::Layer(layer) => Some(Item::Layer(layer)),
            Part::Step(step) => {
                match step.math {
                    // There is a complaint about it, or about something before it.
                    Math::Lost if !self.complaints.is_empty() => {}
                    math => self.refuse(step.place, format!("found {}, which is no layer alone", describe(&math))),
                }
                None
            }
            Part::Join(join) => self.block(join),
        }
    }

    fn refuse(&mut self, place: String, what: String) {
        self.complaints.push(Complaint { place, what });
    }

    /// A sum of two branches is a residual block; others have no block yet.
    fn block(&mut self, join: Join) -> Option<Item> {
        let Join { how, branches, place, label, output } = join;
        match <[Vec<Part>; 2]>::try_from(branches) {
            Ok([a, b]) if how == How::Add && !(a.is_empty() && b.is_empty()) => {
                // The shortcut is the one without layers, or with fewer. This crate writes it last.
                let swap =
                    if self.ours { a.is_empty() } else { a.is_empty() || !b.is_empty() && count(&a) < count(&b) };
                let (body, shortcut) = if swap { (b, a) } else { (a, b) };
                let mut branches = vec![("body", self.items(body))];
                if !shortcut.is_empty() {
                    branches.push(("shortcut", self.items(shortcut)));
                }
                Some(Item::Block(Block { kind: "Residual", label, branches, output }))
            }
            Ok(_) if how == How::Add => {
                self.refuse(place, "found a value that is added to itself, expected two branches".into());
                None
            }
            branches => {
                let what = match how {
                    How::Add => "found more than two branches that are added",
                    How::Mul => "found branches that are multiplied, which no block does",
                    How::Where => "found branches that are chosen from, which no block does",
                    How::Concat => "found branches that are concatenated, which no block does",
                };
                self.refuse(place, what.into());
                // What is inside may have complaints of its own.
                let branches = branches.map_or_else(|branches| branches, Vec::from);
                branches.into_iter().for_each(|branch| _ = self.items(branch));
                None
            }
        }
    }
}

/// How many layers are in these parts.
fn count(parts: &[Part]) -> usize {
    let of = |part: &Part| match part {
        Part::Join(join) => 1 + join.branches.iter().map(|branch| count(branch)).sum::<usize>(),
        _ => 1,
    };
    parts.iter().map(of).sum()
}

/// A step, in words.
fn describe(math: &Math) -> String {
    match math {
        Math::Add(k) => format!("the addition of {k}"),
        Math::Mul(k) => format!("a product with {k}"),
        Math::AddEach(_) => "the addition of a number for each channel, after no Conv2D or Dense".into(),
        Math::Greater(k) => format!("a comparison with {k}"),
        Math::Pow(k) => format!("a power of {k}"),
        Math::Erf => "an erf".into(),
        Math::Lost => "something unknown".into(),
    }
}
