//! What a network's plan knows of a layer.

use super::hyper_parameters::HyperParameters;
use super::value::{Value, Written};
use crate::name::Name;
use crate::shape::rules::{self, Ruling};
use crate::shape::{Dims, Text};

/// Why a layer cannot be called so, and where the user should look.
#[derive(Clone, Copy)]
pub struct Refusal {
    /// `Conv2D needs kernel`
    pub text: Text,
    /// Whether it is the layer as a whole, or the name or the value of what was written.
    pub part: Part,
}

/// A part of a layer as it was written.
#[derive(Clone, Copy)]
pub enum Part {
    /// All of it.
    Whole,
    /// The name of a hyper-parameter: which of those that are written.
    Key(usize),
    /// Its value.
    Value(usize),
}

/// One layer: its input and output shape, and the numbers its type is written with.
#[derive(Clone, Copy)]
pub struct Step {
    /// What goes in.
    pub input: Dims,
    /// What comes out. If the layer does not fit, something to go on with, so that one mistake gives one error.
    pub output: Dims,
    /// Its whole numbers, in the order in which its declaration names them.
    pub numbers: [usize; 8],
    /// The bits of its real numbers.
    pub reals: [u64; 2],
    /// Its flags.
    pub flags: [bool; 2],
    /// How many parameters the layer has, as far as the plan knows.
    pub(crate) parameters: usize,
    /// What the layer is called.
    pub(crate) name: Option<Name>,
}

impl Step {
    pub(crate) const fn new(input: Dims, output: Dims) -> Step {
        let (numbers, reals, flags) = ([0; 8], [0; 2], [false; 2]);
        Step { input, output, numbers, reals, flags, parameters: 0, name: None }
    }

    /// The number that stands for the layer's name in its type.
    pub const fn name_number(&self) -> u128 {
        match self.name {
            Some(name) => name.number(),
            None => 0,
        }
    }
}

/// A step, or why it cannot be taken.
#[derive(Clone, Copy)]
pub struct Planned {
    pub(crate) step: Step,
    pub(crate) refusal: Option<Refusal>,
}

impl Planned {
    /// A layer's step from `input`, by its rule. If that refuses, the step goes to as many channels as the layer's first number says.
    pub const fn new(kind: &str, input: Dims, output: Ruling, settings: &HyperParameters) -> Planned {
        match output {
            Ok(output) => match rules::gives(kind, output) {
                Ok(output) => Planned { step: Step::new(input, output), refusal: None },
                Err(text) => {
                    Planned { step: Step::new(input, input), refusal: Some(Refusal { text, part: Part::Whole }) }
                }
            },
            Err(text) => {
                let output = match settings.count(0) {
                    Some(channels) if channels > 0 => Dims::new(channels, 1, 1),
                    _ => input,
                };
                Planned { step: Step::new(input, output), refusal: Some(Refusal { text, part: Part::Whole }) }
            }
        }
    }

    /// A step that cannot be taken. What it gives is a vector as long as the first number that was written, or else not known: of no size.
    pub const fn refused(input: Dims, written: &[Written], refusal: Refusal) -> Planned {
        let mut at = 0;
        while at < written.len() {
            if let Value::One(units) = written[at].value {
                return Planned { step: Step::new(input, Dims::new(units, 1, 1)), refusal: Some(refusal) };
            }
            at += 1;
        }
        Planned { step: Step::new(input, Dims::new(0, 0, 0)), refusal: Some(refusal) }
    }

    /// With so many parameters.
    pub const fn parameters(mut self, parameters: usize) -> Planned {
        self.step.parameters = parameters;
        self
    }

    /// With a whole number for the layer's type.
    pub const fn numbers(mut self, at: usize, number: usize) -> Planned {
        self.step.numbers[at] = number;
        self
    }

    /// With the bits of a real number for the layer's type.
    pub const fn reals(mut self, at: usize, bits: u64) -> Planned {
        self.step.reals[at] = bits;
        self
    }

    /// With a flag for the layer's type.
    pub const fn flags(mut self, at: usize, flag: bool) -> Planned {
        self.step.flags[at] = flag;
        self
    }
}
