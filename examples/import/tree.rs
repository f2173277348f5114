//! From values and the parts between them to branches inside branches.
//!
//! The branches of a sum begin at the last value that all of them come from: its immediate dominator. (Cooper, Harvey and Kennedy
//! 2001, "A simple, fast dominance algorithm"; a graph without cycles needs one pass.)

use super::fault::Complaint;
use super::part::Part;

/// How deep branches may be inside branches.
const DEEPEST: usize = 32;
/// How many parts there may be for each that the graph has: steps without weights are repeated where branches share them.
const REPEATED: usize = 8;

/// A part, and the values that it computes from.
pub struct Edge {
    pub part: Part,
    pub from: Vec<usize>,
}

/// The values of a network: value 0 is its input, and value `n` is computed by edge `n − 1` from values before it.
#[derive(Default)]
pub struct Flow {
    edges: Vec<Edge>,
    /// For every edge, whether it is in the network already.
    taken: Vec<bool>,
    /// For every value, its immediate dominator and how many dominators it has.
    dominators: Vec<(usize, usize)>,
    count: usize,
}

impl Flow {
    /// Appends an edge, and returns the value that it computes.
    pub fn push(&mut self, edge: Edge) -> usize {
        if self.dominators.is_empty() {
            self.dominators.push((0, 0));
        }
        let nearest = edge.from.iter().copied().reduce(|a, b| self.common(a, b)).unwrap_or(0);
        self.dominators.push((nearest, self.depth(nearest) + 1));
        self.edges.push(edge);
        self.taken.push(false);
        self.edges.len()
    }

    fn dominator(&self, value: usize) -> usize {
        self.dominators.get(value).map_or(0, |&(dominator, _)| dominator)
    }

    fn depth(&self, value: usize) -> usize {
        self.dominators.get(value).map_or(0, |&(_, depth)| depth)
    }

    /// The last value that both come from; each may be it.
    fn common(&self, mut a: usize, mut b: usize) -> usize {
        while a != b {
            if self.depth(a) >= self.depth(b) { a = self.dominator(a) } else { b = self.dominator(b) }
        }
        a
    }

    /// The parts from the network's input to the value `end`.
    pub fn sequence(&mut self, end: usize, complaints: &mut Vec<Complaint>) -> Vec<Part> {
        self.between(0, end, 0, complaints)
    }

    /// The parts from the value `start` to the value `end`, which it dominates.
    fn between(&mut self, start: usize, end: usize, depth: usize, complaints: &mut Vec<Complaint>) -> Vec<Part> {
        let (mut parts, mut at) = (Vec::new(), end);
        while at != start {
            let fork = self.dominator(at);
            let Some(edge) = at.checked_sub(1).and_then(|number| self.edges.get(number)) else { break };
            let mut part = edge.part.clone();
            self.count += 1;
            let again = self.taken.get(at - 1).copied().unwrap_or(true);
            let problem = match &part {
                Part::Layer(layer) if again && !layer.weights.is_empty() => Some(
                    "found a value that is used on two branches which cross, expected branches inside branches".into(),
                ),
                _ if depth > DEEPEST => {
                    Some(format!("found more than {DEEPEST} branches inside each other, expected fewer"))
                }
                _ if self.count > REPEATED * self.edges.len() + 64 => {
                    Some("found branches that cross, expected branches inside branches".into())
                }
                _ => None,
            };
            if let Some(what) = problem {
                let place = match &part {
                    Part::Layer(layer) => format!("a layer that is a {}", layer.kind),
                    Part::Step(step) => step.place.clone(),
                    Part::Join(join) => join.place.clone(),
                };
                let complaint = Complaint { place, what };
                if !complaints.contains(&complaint) {
                    complaints.push(complaint);
                }
                break;
            }
            if let Some(taken) = self.taken.get_mut(at - 1) {
                *taken = true;
            }
            if let Part::Join(join) = &mut part {
                let from = self.edges.get(at - 1).map(|edge| edge.from.clone()).unwrap_or_default();
                join.branches = from.into_iter().map(|end| self.between(fork, end, depth + 1, complaints)).collect();
            }
            parts.push(part);
            at = fork;
        }
        parts.reverse();
        parts
    }
}
