//! From parts to layers: what joins branches becomes a block (a sum a `Residual`, a product a `Gate`, a concatenation a `Concat`), and
//! what is left besides layers and blocks is complained about.
//!
//! A new layer needs no change here. A new step of arithmetic needs its words in [`describe`], a new block its kind in
//! [`Finish::block`] and [`How::refusal`], and how it is written in `text.rs`.

use std::collections::BTreeSet;

use shapeproof::layer::Name;
use shapeproof::shape::Dims;
use shapeproof::shape::inference::{self, Inferred};

use super::fault::Complaint;
use super::part::{How, Join, Layer, Math, Part, Step};

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
    /// The branches by name; the first, and those of a list, are written without it.
    pub branches: Vec<(&'static str, Vec<Item>)>,
    pub output: Option<Dims>,
}

impl Block {
    /// The branches, by their paths in the block: `body`, or `branches.0` in a list.
    pub fn paths(&self) -> impl Iterator<Item = (String, &[Item])> {
        let path = |at, name: &str| if self.kind == "Concat" { format!("{name}.{at}") } else { name.into() };
        self.branches.iter().enumerate().map(move |(at, (name, items))| (path(at, name), &items[..]))
    }
}

/// The network of these parts, or everything that is wrong.
pub fn network(
    input: Dims,
    ours: bool,
    parts: Vec<Part>,
    mut complaints: Vec<Complaint>,
) -> Result<Network, Vec<Complaint>> {
    let items = Finish { ours, complaints: &mut complaints }.items(parts, Some(input));
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
    /// The layers and blocks of these parts, after an input of this shape if it is known.
    fn items(&mut self, parts: Vec<Part>, mut input: Option<Dims>) -> Vec<Item> {
        let (mut items, mut names) = (Vec::new(), BTreeSet::new());
        for part in parts {
            let output = part.output();
            let item = self.item(part, input);
            input = output;
            let Some(mut item) = item else { continue };
            // What cannot be a name here, or is taken, is left out: the layer has its position then.
            let (Item::Layer(Layer { label, .. }) | Item::Block(Block { label, .. })) = &mut item;
            *label = label.take().filter(|label| Name::new(label).is_ok() && names.insert(label.clone()));
            items.push(item);
        }
        items
    }

    fn item(&mut self, part: Part, input: Option<Dims>) -> Option<Item> {
        match part {
            Part::Layer(layer) => Some(Item::Layer(layer)),
            Part::Step(Step { math: Math::Reshape { from, to }, label, .. }) if from.is_flat() => {
                Some(Item::Layer(Layer::unflatten(to, label)))
            }
            Part::Step(step) => {
                match step.math {
                    // There is a complaint about it, or about something before it.
                    Math::Lost if !self.complaints.is_empty() => {}
                    math => self.refuse(step.place, format!("found {}, which is no layer alone", describe(&math))),
                }
                None
            }
            Part::Join(join) => self.block(join, input),
        }
    }

    fn refuse(&mut self, place: String, what: String) {
        self.complaints.push(Complaint { place, what });
    }

    /// The block that joins its branches in this way.
    fn block(&mut self, join: Join, input: Option<Dims>) -> Option<Item> {
        let Join { how, mut branches, place, label, output } = join;
        let empty = branches.iter().filter(|branch| branch.is_empty()).count();
        let (kind, names): (_, &[&str]) = match (how, branches.len(), empty) {
            (How::Concat, 2.., _) => ("Concat", &["branches"]),
            (How::Add, 2, 0 | 1) => ("Residual", &["body", "shortcut"]),
            (How::Mul, 2, 1) => ("Gate", &["gate"]),
            _ => {
                self.refuse(place, how.refusal(empty).into());
                // What is inside may have complaints of its own.
                branches.into_iter().for_each(|branch| _ = self.items(branch, input));
                return None;
            }
        };
        if how != How::Concat {
            // The shortcut is the branch with fewer layers. This crate writes it last.
            let size = |branch: &Vec<Part>| if self.ours { usize::from(!branch.is_empty()) } else { count(branch) };
            branches.sort_by_key(|branch| usize::MAX - size(branch));
            branches.retain(|branch| !branch.is_empty());
        }
        let outputs = branches.iter().map(|branch| branch.last().map_or(input, Part::output));
        if let (Some(input), Some(outputs)) = (input, outputs.collect::<Option<Vec<Dims>>>())
            && let Err(text) = ruling(how, input, &outputs)
        {
            self.refuse(place, text.as_str().into());
        }
        let name = |at: usize| names.get(at).or(names.last()).copied().unwrap_or_default();
        let branches =
            branches.into_iter().enumerate().map(|(at, branch)| (name(at), self.items(branch, input))).collect();
        Some(Item::Block(Block { kind, label, branches, output }))
    }
}

impl How {
    /// Why no block joins branches in this way, of which `empty` are the value itself.
    fn refusal(self, empty: usize) -> &'static str {
        match self {
            How::Add if empty == 2 => "found a value that is added to itself, expected two branches",
            How::Add => "found more than two branches that are added",
            How::Mul if empty == 2 => "found a value that is multiplied by itself, which no block does",
            How::Mul => "found two branches that are multiplied, expected one, and the value that it begins with",
            How::Where => "found branches that are chosen from, which no block does",
            How::Concat => "found a single branch, expected several",
        }
    }
}

/// What the block that joins branches in this way says about its input and the outputs of its branches.
fn ruling(how: How, input: Dims, outputs: &[Dims]) -> Inferred {
    match (how, outputs) {
        (How::Add, [body, rest @ ..]) => inference::residual(input, *body, rest.first().copied()),
        (How::Mul, [factors, ..]) => inference::gate(input, *factors),
        (How::Concat, [first, rest @ ..]) => {
            rest.iter().try_for_each(|other| inference::meets(*first, *other).map(|_| ()))?;
            inference::concat(*first, outputs.iter().map(|dims| dims.channels).fold(0, usize::saturating_add))
        }
        _ => Ok(input),
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
        Math::AddEach(_) => "the addition of a number for each channel, after no layer with a bias".into(),
        Math::MulEach(_) => "a product with a number for each channel, after no layer with weights".into(),
        Math::Greater(k) => format!("a comparison with {k}"),
        Math::Pow(k) => format!("a power of {k}"),
        Math::Erf => "an erf".into(),
        Math::Reshape { from, to } => format!("a reshape of {from} to {to}"),
        Math::Split { pieces } => format!("a division of the channels into {pieces} pieces each"),
        Math::Largest => "a maximum".into(),
        Math::Lost => "something unknown".into(),
    }
}
