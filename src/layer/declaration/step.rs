//! A layer in a network's plan.

use super::declared::HyperParameterOf;
use super::refusal::{Part, Refusal};
use crate::name::Name;
use crate::scalar::Precision;
use crate::shape::inference::{self, Inferred};
use crate::shape::{ConstString, Dims};

/// One layer: its input and output shape, and the numbers of its type.
#[derive(Clone, Copy)]
pub struct Step {
    /// The shape of the input.
    pub input: Dims,
    /// The shape of the output. If the layer does not fit, a guess for the layers after it.
    pub output: Dims,
    /// The whole numbers of its type, in the order in which its declaration names them.
    pub numbers: [usize; 12],
    /// The bits of the real numbers of its type.
    pub reals: [u64; 2],
    /// The flags of its type.
    pub flags: [bool; 2],
    /// How many parameters the layer has, as far as the plan knows.
    pub(crate) parameters: usize,
    /// The name of the layer.
    pub(crate) name: Option<Name>,
}

impl Step {
    pub(crate) const fn new(input: Dims, output: Dims) -> Step {
        let (numbers, reals, flags) = ([0; 12], [0; 2], [false; 2]);
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

/// The step of a layer, with the mistake in it if there is one.
#[derive(Clone, Copy)]
pub struct Planned {
    pub(crate) step: Step,
    pub(crate) refusal: Option<Refusal>,
    pub(crate) certainty: Certainty,
    /// The precision of a network in the place of a layer, if it has one of its own.
    pub(crate) precision: Option<Precision>,
}

/// How reliable the output shape of a step is.
///
/// After a mistake, the rest of the network is planned from a guess, so that one mistake gives one error. A `Dense` has `units`
/// outputs whatever its input: the shape after it is not a guess any more.
#[derive(Clone, Copy)]
pub(crate) enum Certainty {
    /// As reliable as the input shape.
    AsInput,
    /// The same for every input.
    Certain,
    /// A guess.
    Guess,
}

impl Planned {
    /// The step of a layer from `input`. `output` is its rule applied to that, `others` are the rule applied to two other inputs.
    pub const fn new(kind: &str, input: Dims, output: Inferred, others: [Inferred; 2]) -> Planned {
        let always = match others {
            [Ok(one), Ok(other)] if one.equals(other) => Some(one),
            _ => None,
        };
        let ruling = match output {
            Ok(output) => inference::gives(kind, output),
            Err(text) => Err(text),
        };
        let (output, refusal) = match (ruling, always) {
            (Ok(output), _) => (output, None),
            (Err(text), Some(always)) if !always.is_empty() => (always, Some(text)),
            (Err(text), _) => (input, Some(text)),
        };
        let certainty = match (refusal, always) {
            (_, Some(always)) if !always.is_empty() => Certainty::Certain,
            (None, _) => Certainty::AsInput,
            _ => Certainty::Guess,
        };
        let refusal = match refusal {
            Some(text) => Some(Refusal { text, part: Part::Whole }),
            None => None,
        };
        Planned { step: Step::new(input, output), refusal, certainty, precision: None }
    }

    /// The step of a layer whose hyper-parameters cannot be read. If none of those it declares is a size, it keeps its input's
    /// shape.
    pub const fn refused(input: Dims, declared: &[HyperParameterOf], refusal: Refusal) -> Planned {
        let (mut certainty, mut at) = (Certainty::AsInput, 0);
        while at < declared.len() {
            if declared[at].kind.is_size() {
                certainty = Certainty::Guess;
            }
            at += 1;
        }
        Planned { step: Step::new(input, input), refusal: Some(refusal), certainty, precision: None }
    }

    /// The step of a layer whose declaration has a mistake, which has been reported.
    pub const fn reported(input: Dims) -> Planned {
        let refusal = Some(Refusal { text: ConstString::new(), part: Part::Nowhere });
        Planned { step: Step::new(input, input), refusal, certainty: Certainty::Guess, precision: None }
    }

    /// The same step of a network whose scalar is that of the network around it.
    pub const fn of_any_scalar(mut self) -> Planned {
        self.precision = None;
        self
    }

    /// The same step with this number of parameters.
    pub const fn parameters(mut self, parameters: usize) -> Planned {
        self.step.parameters = parameters;
        self
    }

    /// The same step with a whole number of the layer's type.
    pub const fn numbers(mut self, at: usize, number: usize) -> Planned {
        self.step.numbers[at] = number;
        self
    }

    /// The same step with the bits of a real number of the layer's type.
    pub const fn reals(mut self, at: usize, bits: u64) -> Planned {
        self.step.reals[at] = bits;
        self
    }

    /// The same step with a flag of the layer's type.
    pub const fn flags(mut self, at: usize, flag: bool) -> Planned {
        self.step.flags[at] = flag;
        self
    }
}
