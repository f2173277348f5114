//! The optimizers to choose from, as one type: the network of a training is compiled once, not once for each of them.

use std::fmt;

use shapeproof::Result;
use shapeproof::optim::{Adam, AdamW, Optimizer, RMSProp, SGD, Update};
use shapeproof::scalar::Scalar;

/// One of the crate's optimizers.
pub enum Chosen {
    Adam(Adam),
    AdamW(AdamW),
    RMSProp(RMSProp),
    SGD(SGD),
}

impl Chosen {
    /// The names, in the order of their numbers, and the usual learning rates.
    pub const ALL: [(&str, f64); 5] =
        [("Adam", 0.003), ("AdamW", 0.003), ("RMSProp", 0.001), ("SGD with momentum", 0.01), ("SGD", 0.05)];

    /// The optimizer with this number.
    pub fn new(number: usize, lr: f64) -> Chosen {
        match number {
            0 => Chosen::Adam(Adam::new(lr)),
            1 => Chosen::AdamW(AdamW::new(lr)),
            2 => Chosen::RMSProp(RMSProp::new(lr)),
            3 => Chosen::SGD(SGD::new(lr).nesterov(0.9)),
            _ => Chosen::SGD(SGD::new(lr)),
        }
    }
}

/// Calls a method of the optimizer it is.
macro_rules! chosen {
    ($of:expr, $optimizer:ident => $call:expr) => {
        match $of {
            Chosen::Adam($optimizer) => $call,
            Chosen::AdamW($optimizer) => $call,
            Chosen::RMSProp($optimizer) => $call,
            Chosen::SGD($optimizer) => $call,
        }
    };
}

impl fmt::Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        chosen!(self, optimizer => optimizer.fmt(f))
    }
}

impl Optimizer for Chosen {
    const MEMORY: usize = RMSProp::MEMORY;

    fn memory(&self) -> usize {
        chosen!(self, optimizer => optimizer.memory())
    }

    fn lr(&self) -> f64 {
        chosen!(self, optimizer => optimizer.lr())
    }

    fn validate(&self) -> Result<()> {
        chosen!(self, optimizer => optimizer.validate())
    }

    fn update<T: Scalar>(&self, update: &Update<'_>, numbers: &mut [T], gradient: &[T], memory: &mut [&mut [T]]) {
        chosen!(self, optimizer => optimizer.update(update, numbers, gradient, memory));
    }
}
