//! A network's shapes as constants: what `network!` computes before it writes the type.

use crate::layer::{Flaw, Name};
use crate::shape::rules::{self, Ruling};
use crate::shape::{Dims, Text, Window};

/// One layer: its input and output shape, and the numbers its type is written with.
#[derive(Clone, Copy)]
pub struct Step {
    /// What goes in.
    pub input: Dims,
    /// What comes out. If the layer does not fit, something to go on with, so that one mistake gives one error.
    pub output: Dims,
    /// The window of a convolution or pooling.
    pub window: Window,
    /// Another whole number: slopes of a PReLU, percent of a Dropout.
    pub count: usize,
    /// Other real numbers: a slope; eps and momentum.
    pub reals: [f64; 2],
    /// How many parameters the layer has, as far as the plan knows.
    pub parameters: usize,
    /// What the layer is called.
    pub name: Option<Name>,
    /// Where the layers of a block's body begin among the plan's steps.
    pub body: usize,
    /// Where those of its shortcut begin.
    pub shortcut: usize,
    /// Why the layer does not fit.
    pub(super) flaw: Option<Text>,
}

impl Step {
    /// A step by its rule; `fallback` stands in for the output if the rule refuses.
    pub(super) const fn ruled(input: Dims, ruling: Ruling, fallback: Dims) -> Step {
        let (output, flaw) = match ruling {
            Ok(output) => (output, None),
            Err(text) => (fallback, Some(text)),
        };
        let window = Window { kernel: [1, 1], stride: [1, 1], padding: [0, 0] };
        let (count, reals, parameters) = (0, [0.0; 2], 0);
        Step { input, output, window, count, reals, parameters, name: None, body: 0, shortcut: 0, flaw }
    }

    /// A step that cannot be taken. It gives what most layers would be happy with: a vector.
    pub(super) const fn refused(input: Dims, text: Text) -> Step {
        Step::ruled(input, Err(text), Dims::new(1, 1, 1))
    }

    /// The number that stands for the layer's name in its type.
    pub const fn name_number(&self) -> u128 {
        match self.name {
            Some(name) => name.number(),
            None => 0,
        }
    }

    /// A step by a layer from outside the crate: its `written` hyper-parameters must be those it `declared`.
    pub const fn custom(
        input: Dims,
        kind: &str,
        written: &[&str],
        declared: &[&str],
        output: Result<[usize; 3], &'static str>,
    ) -> Step {
        let mut i = 0;
        while i < declared.len() {
            if i >= written.len() {
                return Step::refused(input, Text::new().str(kind).str(" needs `").str(declared[i]).str("`"));
            }
            if !same(written[i], declared[i]) {
                let text = Text::new().str(kind).str(" takes `").str(declared[i]).str("` where `");
                return Step::refused(input, text.str(written[i]).str("` is written"));
            }
            i += 1;
        }
        match output {
            Ok([channels, height, width]) => {
                Step::ruled(input, rules::gives(kind, Dims::new(channels, height, width)), input)
            }
            Err(why) => {
                let text = Text::new().str(kind).str(" refuses its ").dims(input).str(" input: ");
                Step::refused(input, text.str(why))
            }
        }
    }
}

/// `a == b`, for constants.
const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len() && i == b.len()
}

/// All layers of a network.
///
/// The layers of one level stand side by side in `steps`, in order: first those of the network, from 0, then those of each
/// branch of each block in it.
#[derive(Clone, Copy)]
pub struct Plan<const N: usize> {
    /// The layers.
    pub steps: [Step; N],
    /// The first place in `steps` that no level has taken.
    free: usize,
    /// Where the next layer goes.
    level: Level,
    /// How many parameters the layers so far have.
    parameters: usize,
    /// The first layer that does not fit, and which of `steps` to point at.
    flaw: Option<(Flaw, usize)>,
}

/// A network or a branch that is being planned.
#[derive(Clone, Copy)]
struct Level {
    /// In a branch, the position of the outermost block, and the way into the branch: `.body.`
    block: Option<(usize, Text)>,
    /// The place of its first layer in `steps`.
    first: usize,
    /// The place of its next layer.
    next: usize,
    /// What that one is called.
    name: Option<Name>,
    /// What the layers so far give.
    shape: Dims,
}

/// What a branch of a block has come to.
#[derive(Clone, Copy)]
pub struct Branch(Level);

impl<const N: usize> Plan<N> {
    /// A network that still gives back its input.
    pub const fn new([channels, height, width]: [usize; 3]) -> Plan<N> {
        let shape = Dims::new(channels, height, width);
        let level = Level { block: None, first: 0, next: 0, name: None, shape };
        let steps = [Step::ruled(shape, Ok(shape), shape); N];
        let mut plan = Plan { steps, free: 0, level, parameters: 0, flaw: None };
        if let Err(text) = rules::takes("the network", shape) {
            plan.note(text, 0);
        }
        plan
    }

    /// What the layers so far give.
    pub const fn shape(&self) -> Dims {
        self.level.shape
    }

    /// Takes places for the `layers` of this level, side by side.
    pub const fn of(mut self, layers: usize) -> Plan<N> {
        self.free += layers;
        self
    }

    /// The layer that comes next is called `name`.
    pub const fn called(mut self, name: &str) -> Plan<N> {
        match Name::new(name) {
            Ok(name) => {
                let mut at = self.level.first;
                while at < self.level.next {
                    if let Some(earlier) = self.steps[at].name
                        && earlier.is(name)
                    {
                        self.note(name.taken(), self.level.next);
                    }
                    at += 1;
                }
                self.level.name = Some(name);
            }
            Err(text) => self.note(text, self.level.next),
        }
        self
    }

    /// One more layer.
    pub const fn then(self, step: Step) -> Plan<N> {
        let at = self.level.next;
        self.take(step, at)
    }

    /// Enters a branch of the block that comes next in `before`.
    pub const fn enter(mut self, before: &Plan<N>, branch: &str) -> Plan<N> {
        let (layer, inside) = before.level.position();
        let block = Some((layer, inside.str(".").str(branch).str(".")));
        self.level = Level { block, first: self.free, next: self.free, name: None, shape: before.level.shape };
        self
    }

    /// The branch that has just been planned.
    pub const fn branch(&self) -> Branch {
        Branch(self.level)
    }

    /// The block itself, behind the layers in `before`, when its branches have been planned.
    pub const fn residual(mut self, before: &Plan<N>, body: Branch, shortcut: Option<Branch>) -> Plan<N> {
        let (Branch(body), input) = (body, before.level.shape);
        let (ruling, start, at) = match shortcut {
            Some(Branch(shortcut)) => {
                let at = self.last_change(shortcut, self.last_change(body, before.level.next));
                (rules::residual(input, body.shape, Some(shortcut.shape)), shortcut.first, at)
            }
            None => (rules::residual(input, body.shape, None), 0, self.last_change(body, before.level.next)),
        };
        self.level = before.level;
        // Of a block that is given a wrong name only the layers inside can be pointed at.
        if let Some((flaw, at)) = self.flaw
            && at == before.level.next
        {
            self.flaw = Some((flaw, body.first));
        }
        self.take(Step { body: body.first, shortcut: start, ..Step::ruled(input, ruling, body.shape) }, at)
    }

    /// One more layer, for whose flaw the user should look at the layer in place `at`.
    const fn take(mut self, step: Step, at: usize) -> Plan<N> {
        if let Some(text) = step.flaw {
            self.note(text, at);
        }
        self.parameters = self.parameters.saturating_add(step.parameters);
        if let Err(text) = rules::total(self.parameters) {
            self.note(text, at);
        }
        self.steps[self.level.next] = Step { name: self.level.name, ..step };
        self.level.next += 1;
        self.level.name = None;
        self.level.shape = step.output;
        self
    }

    /// Takes down what is wrong with the next layer, if it is the first flaw: the user should look at the layer in place `at`.
    const fn note(&mut self, text: Text, at: usize) {
        if self.flaw.is_none() {
            let (layer, inside) = self.level.position();
            self.flaw = Some((Flaw { layer, inside, text }, at));
        }
    }

    /// The place of the last layer of a branch that changes the shape, or else `otherwise`.
    const fn last_change(&self, branch: Level, otherwise: usize) -> usize {
        let mut at = branch.next;
        while at > branch.first {
            at -= 1;
            if !self.steps[at].input.equals(self.steps[at].output) {
                return at;
            }
        }
        otherwise
    }

    /// Whether the first mistake is best pointed at in the layer at this place.
    pub const fn is_flawed_at(&self, place: usize) -> bool {
        match self.flaw {
            Some((_, at)) => at == place,
            None => false,
        }
    }

    /// Stops the compiler with the first flaw's sentence, at the caller's place.
    #[track_caller]
    pub const fn refuse(&self) {
        if let Some((flaw, _)) = self.flaw {
            panic!("{}", flaw.sentence().as_str())
        }
    }
}

impl Level {
    /// The position of the next layer, as a [`Flaw`] has it.
    const fn position(&self) -> (usize, Text) {
        let index = self.next - self.first;
        match self.block {
            Some((layer, way)) => (layer, way.number(index)),
            None => (index, Text::new()),
        }
    }
}
