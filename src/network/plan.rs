//! A network's shapes as constants: what `network!` computes before it writes the type.

use crate::layer::callable::precisions;
use crate::layer::declaration::{Certainty, Part, Planned, Refusal, Step};
use crate::layer::{Name, ShapeError};
use crate::scalar::Precision;
use crate::shape::inference::{self, Inferred};
use crate::shape::{ConstString, Dims};

/// The plan of all layers of a network. Layers inside a block come before the block.
#[derive(Clone, Copy)]
pub struct Plan<const N: usize> {
    /// The shape of the input.
    pub input: Dims,
    /// The shape of the output.
    pub output: Dims,
    /// The layers.
    pub steps: [Step; N],
    /// How many of the layers are planned so far.
    count: usize,
    /// The network or branch that the next layer belongs to.
    level: Level,
    /// How many parameters the layers so far have.
    parameters: usize,
    /// The precision it computes in, if it is not generic over its scalar.
    precision: Option<Precision>,
    /// The first shape error, and the place it is reported at.
    shape_error: Option<(ShapeError, usize)>,
}

/// A network or a branch that is being planned.
#[derive(Clone, Copy)]
struct Level {
    /// In a branch, the position of the outermost block, and the path into the branch: `.body.`
    block: Option<(usize, ConstString)>,
    /// How many layers it has so far.
    layers: usize,
    /// The name of the next layer.
    name: Option<Name>,
    /// The place of the next layer.
    place: usize,
    /// The place of the last layer so far that changes the shape.
    last_change: Option<usize>,
    /// The output shape of the layers so far.
    shape: Dims,
    /// Whether that shape is known rather than guessed.
    is_known: bool,
}

/// A branch of a block after planning.
#[derive(Clone, Copy)]
pub struct Branch(Level);

impl<const N: usize> Plan<N> {
    /// A network without layers, whose output is its input, written by the user at `place`.
    pub const fn new([channels, height, width]: [usize; 3], place: usize) -> Plan<N> {
        let shape = Dims::new(channels, height, width);
        let level = Level { block: None, layers: 0, name: None, place, last_change: None, shape, is_known: true };
        let steps = [Step::new(shape, shape); N];
        let (count, parameters, precision, shape_error) = (0, 0, None, None);
        let mut plan = Plan { input: shape, output: shape, steps, count, level, parameters, precision, shape_error };
        if let Err(text) = inference::takes("the network", shape) {
            plan.note(text, place);
        }
        plan
    }

    /// The output shape of the layers so far.
    pub const fn shape(&self) -> Dims {
        self.level.shape
    }

    /// Sets the precision, for a network that is not generic over its scalar.
    pub const fn computes(mut self, precision: Precision) -> Plan<N> {
        self.precision = Some(precision);
        self
    }

    /// Names the next layer `name`, which the user wrote at `place`.
    pub const fn named(mut self, name: &str, place: usize) -> Plan<N> {
        match Name::new(name) {
            Ok(name) => self.level.name = Some(name),
            Err(text) => self.note(text, place),
        }
        self
    }

    /// Sets the place of the next layer. The names and values of its hyper-parameters are at the places after it.
    pub const fn at(mut self, place: usize) -> Plan<N> {
        self.level.place = place;
        self
    }

    /// Adds a layer.
    pub const fn then(mut self, planned: Planned) -> Plan<N> {
        let Planned { step, refusal, certainty, precision } = planned;
        if let Some(text) = precisions(precision, self.precision) {
            let place = self.level.place;
            self.note(text, place);
        }
        if let Some(Refusal { text, part }) = refusal {
            let place = self.level.place;
            self.note(
                text,
                match part {
                    Part::Whole => place,
                    Part::Nowhere => 0,
                    Part::Key(at) => place + 1 + 2 * at,
                    Part::Value(at) => place + 2 + 2 * at,
                },
            );
        }
        self.level.is_known = match certainty {
            Certainty::AsInput => self.level.is_known,
            Certainty::Certain => true,
            Certainty::Guess => false,
        };
        let at = self.level.place;
        self.take(step, at)
    }

    /// Enters a branch of the next block in `outer`.
    pub const fn enter(mut self, outer: &Plan<N>, branch: &str) -> Plan<N> {
        let (layer, inside) = outer.level.position();
        let block = Some((layer, inside.str(".").str(branch).str(".")));
        self.level = Level { block, layers: 0, name: None, last_change: None, ..outer.level };
        self
    }

    /// Returns the branch that has just been planned.
    pub const fn branch(&self) -> Branch {
        Branch(self.level)
    }

    /// Adds the block at `place` after the layers in `outer`, when its branches have been planned.
    ///
    /// If the branches cannot be added, the error is reported at the last layer that changes the shape.
    pub const fn residual(self, outer: &Plan<N>, place: usize, body: Branch, shortcut: Option<Branch>) -> Plan<N> {
        let (Branch(body), input) = (body, outer.level.shape);
        let (ruling, change) = match shortcut {
            Some(Branch(shortcut)) => {
                let change = if shortcut.last_change.is_some() { shortcut.last_change } else { body.last_change };
                (inference::residual(input, body.shape, Some(shortcut.shape)), change)
            }
            None => (inference::residual(input, body.shape, None), body.last_change),
        };
        let is_known = body.is_known && ruling.is_ok();
        self.block(outer, place, ruling, Step::new(input, body.shape), is_known, change)
    }

    /// Adds the concatenation of two branches or more. If they cannot be joined, the error is reported at the last layer that changes
    /// the shape in the first of them that differs.
    pub const fn concat(self, outer: &Plan<N>, place: usize, branches: &[Branch]) -> Plan<N> {
        let Branch(first) = branches[0];
        let (mut channels, mut is_known, mut at) = (first.shape.channels, first.is_known, 1);
        let (mut meeting, mut change) = (Ok(first.shape), None);
        while at < branches.len() {
            let Branch(other) = branches[at];
            channels = channels.saturating_add(other.shape.channels);
            is_known = is_known && other.is_known;
            if meeting.is_ok() {
                meeting = inference::meets(first.shape, other.shape);
                change = if other.last_change.is_some() { other.last_change } else { first.last_change };
            }
            at += 1;
        }
        let ruling = match meeting {
            Ok(first) => inference::concat(first, channels),
            refused => refused,
        };
        let output = match ruling {
            Ok(output) => output,
            Err(_) => Dims::new(channels, first.shape.height, first.shape.width),
        };
        let is_known = is_known && ruling.is_ok();
        self.block(outer, place, ruling, Step::new(outer.level.shape, output), is_known, change)
    }

    /// Adds a gate. If its layers give no factors for the input, the error is reported at the last one that changes the shape.
    pub const fn gate(self, outer: &Plan<N>, place: usize, gate: Branch) -> Plan<N> {
        let (Branch(gate), input) = (gate, outer.level.shape);
        let ruling = inference::gate(input, gate.shape);
        // Its output has the shape of its input, whatever is wrong with it.
        self.block(outer, place, ruling, Step::new(input, input), outer.level.is_known, gate.last_change)
    }

    /// Adds a block after the layers in `outer`, when its branches have been planned. What is wrong with it is reported at `change`, or
    /// at `place`.
    const fn block(
        mut self,
        outer: &Plan<N>,
        place: usize,
        ruling: Inferred,
        step: Step,
        is_known: bool,
        change: Option<usize>,
    ) -> Plan<N> {
        self.level = Level { place, is_known, ..outer.level };
        let at = match change {
            Some(change) => change,
            None => place,
        };
        if let Err(text) = ruling {
            self.note(text, at);
        }
        self.take(step, at)
    }

    /// Adds a step. If it makes the network too large, the error is reported at `place`.
    const fn take(mut self, step: Step, place: usize) -> Plan<N> {
        self.parameters = self.parameters.saturating_add(step.parameters);
        if let Err(text) = inference::total(self.parameters) {
            self.note(text, place);
        }
        if !step.input.equals(step.output) {
            self.level.last_change = Some(place);
        }
        self.steps[self.count] = Step { name: self.level.name, ..step };
        self.count += 1;
        self.level.layers += 1;
        self.level.name = None;
        self.level.shape = step.output;
        if self.level.block.is_none() {
            self.output = step.output;
        }
        self
    }

    /// Records what is wrong with the next layer, if it is the first shape error.
    const fn note(&mut self, text: ConstString, place: usize) {
        if self.shape_error.is_none() {
            let (layer, inside) = self.level.position();
            self.shape_error = Some((ShapeError { layer, inside, text }, place));
        }
    }

    /// Returns the final plan. If the network does not fit, its steps are replaced by 1×1×1 ones: a type written with the sizes of
    /// layers that do not match would be one more error.
    pub const fn settled(mut self) -> Plan<N> {
        let mut at = 0;
        while self.shape_error.is_some() && at < self.count {
            let one = Dims::new(1, 1, 1);
            self.steps[at] = Step { numbers: [1; 12], name: self.steps[at].name, ..Step::new(one, one) };
            at += 1;
        }
        self
    }

    /// Whether the input and output shapes are known, in spite of any mistakes.
    pub const fn is_known(&self) -> bool {
        self.level.is_known && inference::takes("", self.input).is_ok()
    }

    /// Whether there was no shape error.
    pub const fn fits(&self) -> bool {
        self.shape_error.is_none()
    }

    /// Returns the place of the first mistake, or 0.
    pub const fn mistake(&self) -> usize {
        match self.shape_error {
            Some((_, place)) => place,
            None => 0,
        }
    }

    /// Stops the compiler with the message of the first shape error, at the caller's location.
    #[track_caller]
    pub const fn refuse(&self) {
        match self.shape_error {
            Some((ShapeError { text, .. }, _)) if inference::takes("", self.input).is_err() => {
                panic!("{}", text.as_str())
            }
            Some((shape_error, _)) => panic!("{}", shape_error.sentence().as_str()),
            None => {}
        }
    }
}

impl Level {
    /// The position of the next layer, in the form of a [`ShapeError`].
    const fn position(&self) -> (usize, ConstString) {
        match self.block {
            Some((layer, way)) => (layer, way.number(self.layers)),
            None => (self.layers, ConstString::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::declaration::{Kind, Value, Written};
    use crate::layer::{Conv2D, Dense, Flatten, ReLU};

    const fn written(key: &'static str, value: usize) -> Written {
        Written { key, value: Value::One(value) }
    }

    #[test]
    fn after_a_mistake_the_output_is_known_from_the_first_layer_that_does_not_depend_on_its_input() {
        let start: Plan<9> = Plan::new([1, 8, 8], 1);
        let refused = start.at(2).then(Conv2D::RULES.plan(start.shape(), start.is_known(), &[written("kernel", 3)]));
        assert!(!refused.fits() && !refused.is_known());
        let flat = refused.at(3).then(Flatten::RULES.plan(refused.shape(), refused.is_known(), &[]));
        assert!(!flat.is_known());
        let dense = flat.at(4).then(Dense::RULES.plan(flat.shape(), flat.is_known(), &[written("units", 10)]));
        assert!(dense.is_known() && dense.output.equals(Dims::new(10, 1, 1)), "{:?}", dense.output);
        assert_eq!(dense.mistake(), 2, "of two mistakes, the first");
        let relu = start.at(5).then(ReLU::RULES.plan(start.shape(), start.is_known(), &[written("slope", 1)]));
        assert!(!relu.fits() && relu.is_known() && relu.output.equals(start.input), "it has no sizes to go by");
        assert_eq!(relu.mistake(), 6, "the word after the layer");
    }

    #[test]
    fn an_input_without_numbers_is_not_known_whatever_comes_after_it() {
        let start: Plan<9> = Plan::new([1, 0, 8], 1);
        let dense = start.at(2).then(Dense::RULES.plan(start.shape(), start.is_known(), &[written("units", 10)]));
        assert!(!dense.is_known());
        assert_eq!(dense.mistake(), 1);
    }
}
