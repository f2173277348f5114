//! What `network!` reads: one specification for each kind of layer, with the field's defaults.
//!
//! `Conv2D(filters = 32, kernel = 3)` becomes `Conv2D::NEW.filters(Value::One(32)).kernel(Value::One(3))`, so an unknown
//! hyper-parameter is an unknown method, and the compiler points at it. [`Plan`](super::Plan) then asks each specification
//! for its [`Step`]: the shapes and numbers from which the macro writes the layer's type.

use super::plan::Step;
use crate::shape::{Dims, Geometry, Text, Window, rules, volume};

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

/// A hyper-parameter: what was written, if anything, and by whose name.
#[derive(Clone, Copy)]
struct Entry {
    kind: &'static str,
    name: &'static str,
    value: Option<Value>,
}

impl Entry {
    const fn refuse(self, needs: &str) -> Text {
        Text::new().str(self.kind).str("'s `").str(self.name).str("` takes ").str(needs)
    }

    const fn missing(self) -> Text {
        Text::new().str(self.kind).str(" needs `").str(self.name).str("`")
    }

    const fn count(self, default: Option<usize>) -> Result<usize, Text> {
        match (self.value, default) {
            (Some(Value::One(count)), _) | (None, Some(count)) => Ok(count),
            (Some(_), _) => Err(self.refuse("one whole number")),
            (None, None) => Err(self.missing()),
        }
    }

    const fn axes(self, default: Option<[usize; 2]>) -> Result<[usize; 2], Text> {
        match (self.value, default) {
            (Some(Value::One(both)), _) => Ok([both, both]),
            (Some(Value::Pair(axes)), _) | (None, Some(axes)) => Ok(axes),
            (Some(_), _) => Err(self.refuse("a whole number, or [vertical, horizontal]")),
            (None, None) => Err(self.missing()),
        }
    }

    const fn real(self, default: f64) -> Result<f64, Text> {
        match self.value {
            Some(Value::Real(real)) => Ok(real),
            Some(Value::One(whole)) => Ok(whole as f64),
            Some(_) => Err(self.refuse("a number")),
            None => Ok(default),
        }
    }

    const fn flag(self, default: bool) -> Result<bool, Text> {
        match self.value {
            Some(Value::Flag(flag)) => Ok(flag),
            Some(_) => Err(self.refuse("true or false")),
            None => Ok(default),
        }
    }
}

/// A specification with a method for each hyper-parameter, and what became of them as a [`Step`].
///
/// `step` may leave early with `attempt!`, which turns an error into a step that cannot be taken.
macro_rules! specification {
    ($(#[$doc:meta])* $kind:ident($($name:ident),*), $self:ident, $input:ident => $step:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $kind {
            $($name: Entry),*
        }

        impl $kind {
            /// Nothing written yet.
            pub const NEW: $kind =
                $kind { $($name: Entry { kind: stringify!($kind), name: stringify!($name), value: None }),* };

            $(
                /// Takes up what was written.
                pub const fn $name(mut self, value: Value) -> $kind {
                    self.$name.value = Some(value);
                    self
                }
            )*

            /// The step from `input`.
            pub const fn step($self, $input: Dims) -> Step {
                $step
            }
        }
    };
}

/// The value, or the function ends with a step that cannot be taken and the reason.
macro_rules! attempt {
    ($input:expr, $value:expr) => {
        match $value {
            Ok(value) => value,
            Err(text) => return Step::refused($input, text),
        }
    };
}

specification! {
    /// `Conv2D(filters, kernel, stride = 1, padding = 0)`
    Conv2D(filters, kernel, stride, padding), self, input => {
        let filters = attempt!(input, self.filters.count(None));
        let kernel = attempt!(input, self.kernel.axes(None));
        let stride = attempt!(input, self.stride.axes(Some([1, 1])));
        let padding = attempt!(input, self.padding.axes(Some([0, 0])));
        let window = Window { kernel, stride, padding };
        let parameters = rules::parameters(filters, Geometry { input, output: input, window }.patch());
        let ruling = rules::conv2d(input, filters, window);
        Step { window, parameters, ..Step::ruled(input, ruling, Dims::new(filters, 1, 1)) }
    }
}

specification! {
    /// `MaxPool2D(window, stride = window, padding = 0)`
    MaxPool2D(window, stride, padding), self, input => {
        let kernel = attempt!(input, self.window.axes(None));
        let stride = attempt!(input, self.stride.axes(Some(kernel)));
        let padding = attempt!(input, self.padding.axes(Some([0, 0])));
        let window = Window { kernel, stride, padding };
        let ruling = rules::pool2d("MaxPool2D", input, window);
        Step { window, ..Step::ruled(input, ruling, Dims::new(input.channels, 1, 1)) }
    }
}

specification! {
    /// `AvgPool2D(window, stride = window, padding = 0)`
    AvgPool2D(window, stride, padding), self, input => {
        let kernel = attempt!(input, self.window.axes(None));
        let stride = attempt!(input, self.stride.axes(Some(kernel)));
        let padding = attempt!(input, self.padding.axes(Some([0, 0])));
        let window = Window { kernel, stride, padding };
        let ruling = rules::pool2d("AvgPool2D", input, window);
        Step { window, ..Step::ruled(input, ruling, Dims::new(input.channels, 1, 1)) }
    }
}

specification! {
    /// `Flatten`
    Flatten(), self, input => Step::ruled(input, rules::flatten(input), input)
}

specification! {
    /// `Dense(units)`
    Dense(units), self, input => {
        let units = attempt!(input, self.units.count(None));
        let parameters = rules::parameters(units, input.len());
        Step { parameters, ..Step::ruled(input, rules::dense(input, units), Dims::new(units, 1, 1)) }
    }
}

specification! {
    /// `ReLU`, `Softmax`: no hyper-parameters, the output as large as the input.
    Same(), self, input => Step::ruled(input, Ok(input), input)
}

specification! {
    /// `LeakyReLU(negative_slope = 0.01)`
    LeakyReLU(negative_slope), self, input => {
        let slope = attempt!(input, self.negative_slope.real(0.01));
        Step { reals: [slope, 0.0], ..Same::NEW.step(input) }
    }
}

specification! {
    /// `PReLU(per_channel = false)`
    PReLU(per_channel), self, input => {
        let per_channel = attempt!(input, self.per_channel.flag(false));
        let slopes = if per_channel { input.channels } else { 1 };
        Step { count: slopes, parameters: slopes, ..Same::NEW.step(input) }
    }
}

specification! {
    /// `BatchNorm(eps = 1e-5, momentum = 0.1)`
    BatchNorm(eps, momentum), self, input => {
        let reals = [attempt!(input, self.eps.real(1e-5)), attempt!(input, self.momentum.real(0.1))];
        let (ruling, parameters) = (rules::batch_norm(input, reals[0], reals[1]), volume!(4, input.channels));
        Step { reals, parameters, ..Step::ruled(input, ruling, input) }
    }
}

specification! {
    /// `Dropout(percent = 50)`
    Dropout(percent), self, input => {
        let percent = attempt!(input, self.percent.count(Some(50)));
        Step { count: percent, ..Step::ruled(input, rules::dropout(input, percent), input) }
    }
}

specification! {
    /// A `Residual` that the macro could not take apart.
    Residual(), self, input => {
        let text = Text::new().str("Residual needs the layers of its body in parentheses; a `shortcut = (…)` comes last");
        Step::refused(input, text)
    }
}
