//! What `network!` reads: one specification for each kind of layer, with the field's defaults.
//!
//! `Conv2D(filters = 32, kernel = 3)` becomes `Conv2D::NEW.filters(Value::One(32)).kernel(Value::One(3))`, so an unknown
//! hyper-parameter is an unknown method, and the compiler points at it. [`Plan`] then asks each specification for its
//! [`Step`]: the shapes and numbers from which the macro writes the layer's type.

use super::plan::Step;
use crate::shape::{Dims, Text, Window, rules};

/// The value of a hyper-parameter, as the user wrote it.
#[derive(Clone, Copy)]
pub enum Value {
    /// `kernel = 3`
    One(usize),
    /// `kernel = [3, 5]`: vertical, horizontal.
    Pair([usize; 2]),
    /// `negative_slope = 0.01`
    Real(f64),
    /// `per_channel = true`
    Flag(bool),
}

/// Turns what the user wrote into a [`Value`]: the compiler picks the `value` that fits.
pub struct Written<V>(pub V);

impl Written<usize> {
    /// One whole number.
    pub const fn value(self) -> Value {
        Value::One(self.0)
    }
}

impl Written<[usize; 2]> {
    /// One number for each axis.
    pub const fn value(self) -> Value {
        Value::Pair(self.0)
    }
}

impl Written<f64> {
    /// A real number.
    pub const fn value(self) -> Value {
        Value::Real(self.0)
    }
}

impl Written<bool> {
    /// Yes or no.
    pub const fn value(self) -> Value {
        Value::Flag(self.0)
    }
}

impl Value {
    const fn count(self, name: &str) -> usize {
        match self {
            Value::One(count) => count,
            _ => refuse(name, "takes one whole number"),
        }
    }

    const fn axes(self, name: &str) -> [usize; 2] {
        match self {
            Value::One(both) => [both, both],
            Value::Pair(axes) => axes,
            _ => refuse(name, "takes a whole number, or [vertical, horizontal]"),
        }
    }

    const fn real(self, name: &str) -> f64 {
        match self {
            Value::Real(real) => real,
            Value::One(whole) => whole as f64,
            _ => refuse(name, "takes a number"),
        }
    }

    const fn flag(self, name: &str) -> bool {
        match self {
            Value::Flag(flag) => flag,
            _ => refuse(name, "takes true or false"),
        }
    }
}

/// The error for a hyper-parameter whose value is of the wrong kind.
const fn refuse(name: &str, needs: &str) -> ! {
    panic!("{}", Text::new().str("`").str(name).str("` ").str(needs).as_str())
}

/// `Conv2D(filters, kernel, stride = 1, padding = 0)`
#[derive(Clone, Copy)]
pub struct Conv2D {
    filters: Option<usize>,
    kernel: Option<[usize; 2]>,
    stride: [usize; 2],
    padding: [usize; 2],
}

impl Conv2D {
    /// Nothing but defaults.
    pub const NEW: Conv2D = Conv2D { filters: None, kernel: None, stride: [1, 1], padding: [0, 0] };

    /// How many filters, and so output channels. Required.
    pub const fn filters(self, value: Value) -> Conv2D {
        Conv2D { filters: Some(value.count("filters")), ..self }
    }

    /// The kernel's height and width. Required.
    pub const fn kernel(self, value: Value) -> Conv2D {
        Conv2D { kernel: Some(value.axes("kernel")), ..self }
    }

    /// Pixels from one output to the next.
    pub const fn stride(self, value: Value) -> Conv2D {
        Conv2D { stride: value.axes("stride"), ..self }
    }

    /// Zeros added on each side of the image.
    pub const fn padding(self, value: Value) -> Conv2D {
        Conv2D { padding: value.axes("padding"), ..self }
    }

    /// The step from `input`.
    pub const fn step(self, input: Dims) -> Step {
        let filters = match self.filters {
            Some(filters) => filters,
            None => return Step::missing(input, "Conv2D", "filters"),
        };
        let kernel = match self.kernel {
            Some(kernel) => kernel,
            None => return Step::missing(input, "Conv2D", "kernel"),
        };
        let window = Window { kernel, stride: self.stride, padding: self.padding };
        let step = Step::ruled(input, rules::conv2d(input, filters, window), Dims::new(filters, 1, 1));
        Step { window, ..step }
    }
}

/// `MaxPool2D(window, stride = window, padding = 0)`
#[derive(Clone, Copy)]
pub struct MaxPool2D {
    window: Option<[usize; 2]>,
    stride: Option<[usize; 2]>,
    padding: [usize; 2],
}

impl MaxPool2D {
    /// Nothing but defaults.
    pub const NEW: MaxPool2D = MaxPool2D { window: None, stride: None, padding: [0, 0] };

    /// The window's height and width. Required.
    pub const fn window(self, value: Value) -> MaxPool2D {
        MaxPool2D { window: Some(value.axes("window")), ..self }
    }

    /// Pixels from one window to the next; without it, windows stand side by side.
    pub const fn stride(self, value: Value) -> MaxPool2D {
        MaxPool2D { stride: Some(value.axes("stride")), ..self }
    }

    /// Pixels outside the image a window may reach, on each side; they never win.
    pub const fn padding(self, value: Value) -> MaxPool2D {
        MaxPool2D { padding: value.axes("padding"), ..self }
    }

    /// The step from `input`.
    pub const fn step(self, input: Dims) -> Step {
        let kernel = match self.window {
            Some(window) => window,
            None => return Step::missing(input, "MaxPool2D", "window"),
        };
        let stride = match self.stride {
            Some(stride) => stride,
            None => kernel,
        };
        let window = Window { kernel, stride, padding: self.padding };
        let step = Step::ruled(input, rules::pool2d("MaxPool2D", input, window), Dims::new(input.channels, 1, 1));
        Step { window, ..step }
    }
}

/// `Flatten`
#[derive(Clone, Copy)]
pub struct Flatten;

impl Flatten {
    /// It has no hyper-parameters.
    pub const NEW: Flatten = Flatten;

    /// The step from `input`.
    pub const fn step(self, input: Dims) -> Step {
        Step::ruled(input, rules::flatten(input), input)
    }
}

/// `Dense(units)`
#[derive(Clone, Copy)]
pub struct Dense {
    units: Option<usize>,
}

impl Dense {
    /// Nothing but defaults.
    pub const NEW: Dense = Dense { units: None };

    /// How many outputs. Required.
    pub const fn units(self, value: Value) -> Dense {
        Dense { units: Some(value.count("units")) }
    }

    /// The step from `input`.
    pub const fn step(self, input: Dims) -> Step {
        match self.units {
            Some(units) => Step::ruled(input, rules::dense(input, units), Dims::new(units, 1, 1)),
            None => Step::missing(input, "Dense", "units"),
        }
    }
}

/// `ReLU`, `Softmax`: no hyper-parameters, the output as large as the input.
#[derive(Clone, Copy)]
pub struct Same;

impl Same {
    /// It has no hyper-parameters.
    pub const NEW: Same = Same;

    /// The step from `input`.
    pub const fn step(self, input: Dims) -> Step {
        Step::ruled(input, Ok(input), input)
    }
}

/// `LeakyReLU(negative_slope = 0.01)`
#[derive(Clone, Copy)]
pub struct LeakyReLU {
    negative_slope: f64,
}

impl LeakyReLU {
    /// Nothing but defaults.
    pub const NEW: LeakyReLU = LeakyReLU { negative_slope: 0.01 };

    /// The slope below zero.
    pub const fn negative_slope(self, value: Value) -> LeakyReLU {
        LeakyReLU { negative_slope: value.real("negative_slope") }
    }

    /// The step from `input`.
    pub const fn step(self, input: Dims) -> Step {
        Step { reals: [self.negative_slope, 0.0], ..Same::NEW.step(input) }
    }
}

/// `PReLU(per_channel = false)`
#[derive(Clone, Copy)]
pub struct PReLU {
    per_channel: bool,
}

impl PReLU {
    /// Nothing but defaults.
    pub const NEW: PReLU = PReLU { per_channel: false };

    /// One slope for each channel rather than one for all.
    pub const fn per_channel(self, value: Value) -> PReLU {
        PReLU { per_channel: value.flag("per_channel") }
    }

    /// The step from `input`.
    pub const fn step(self, input: Dims) -> Step {
        Step { count: if self.per_channel { input.channels } else { 1 }, ..Same::NEW.step(input) }
    }
}

/// `BatchNorm(eps = 1e-5, momentum = 0.1)`
#[derive(Clone, Copy)]
pub struct BatchNorm {
    eps: f64,
    momentum: f64,
}

impl BatchNorm {
    /// Nothing but defaults.
    pub const NEW: BatchNorm = BatchNorm { eps: 1e-5, momentum: 0.1 };

    /// What is added to the variance.
    pub const fn eps(self, value: Value) -> BatchNorm {
        BatchNorm { eps: value.real("eps"), ..self }
    }

    /// The share of a new mini-batch in the running statistics.
    pub const fn momentum(self, value: Value) -> BatchNorm {
        BatchNorm { momentum: value.real("momentum"), ..self }
    }

    /// The step from `input`.
    pub const fn step(self, input: Dims) -> Step {
        let ruling = rules::batch_norm(input, self.eps, self.momentum);
        Step { reals: [self.eps, self.momentum], ..Step::ruled(input, ruling, input) }
    }
}

/// `Dropout(percent = 50)`
#[derive(Clone, Copy)]
pub struct Dropout {
    percent: usize,
}

impl Dropout {
    /// Nothing but defaults.
    pub const NEW: Dropout = Dropout { percent: 50 };

    /// How many of a hundred numbers are dropped.
    pub const fn percent(self, value: Value) -> Dropout {
        Dropout { percent: value.count("percent") }
    }

    /// The step from `input`.
    pub const fn step(self, input: Dims) -> Step {
        Step { count: self.percent, ..Step::ruled(input, rules::dropout(input, self.percent), input) }
    }
}
