//! A network's shapes as constants: what `network!` computes before it writes the type.

use crate::layer::{Flaw, Name};
use crate::shape::rules::Ruling;
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
    /// What the layer is called.
    pub name: Option<Name>,
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
        Step { input, output, window, count: 0, reals: [0.0; 2], name: None, flaw }
    }

    /// A step that cannot be taken. It gives what most layers would be happy with: a vector.
    pub(super) const fn refused(input: Dims, text: Text) -> Step {
        Step::ruled(input, Err(text), Dims::new(1, 1, 1))
    }

    /// This step, by a layer called `name`.
    pub const fn called(mut self, name: &str) -> Step {
        match Name::new(name) {
            Ok(name) => self.name = Some(name),
            Err(text) if self.flaw.is_none() => self.flaw = Some(text),
            Err(_) => {}
        }
        self
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
            Ok([channels, height, width]) => Step::ruled(input, Ok(Dims::new(channels, height, width)), input),
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

/// All layers of a network, in order.
#[derive(Clone, Copy)]
pub struct Plan<const N: usize> {
    /// The layers.
    pub steps: [Step; N],
    len: usize,
    shape: Dims,
}

impl<const N: usize> Plan<N> {
    /// A network that still gives back its input.
    pub const fn new([channels, height, width]: [usize; 3]) -> Plan<N> {
        let input = Dims::new(channels, height, width);
        Plan { steps: [Step::ruled(input, Ok(input), input); N], len: 0, shape: input }
    }

    /// What the layers so far give.
    pub const fn shape(&self) -> Dims {
        self.shape
    }

    /// One more layer.
    pub const fn then(mut self, mut step: Step) -> Plan<N> {
        let mut layer = 0;
        while layer < self.len {
            if let (Some(earlier), Some(name), None) = (self.steps[layer].name, step.name, step.flaw)
                && earlier.is(name)
            {
                step.flaw = Some(name.taken());
            }
            layer += 1;
        }
        self.steps[self.len] = step;
        self.len += 1;
        self.shape = step.output;
        self
    }

    /// The first layer that does not fit, if any.
    pub const fn flaw(&self) -> Option<Flaw> {
        let mut layer = 0;
        while layer < N {
            if let Some(text) = self.steps[layer].flaw {
                return Some(Flaw { layer, text });
            }
            layer += 1;
        }
        None
    }

    /// Whether the first layer that does not fit is `layer`.
    pub const fn is_flawed_at(&self, layer: usize) -> bool {
        match self.flaw() {
            Some(flaw) => flaw.layer == layer,
            None => false,
        }
    }

    /// Stops the compiler with the first flaw's sentence, at the caller's place.
    #[track_caller]
    pub const fn refuse(&self) {
        if let Some(flaw) = self.flaw() {
            panic!("{}", flaw.sentence().as_str())
        }
    }
}
