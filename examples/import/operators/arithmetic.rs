//! Sums and products, of two branches or with a constant: blocks, and the steps that activations are exported as.

use std::rc::Rc;

use shapeproof::shape::Dims;

use super::super::call::{Call, Made, Shape, Value};
use super::super::graph::Tensor;
use super::super::part::{How, Math};
use super::activation::per_channel;

pub fn add(call: &Call) -> Made {
    call.ignore(&["axis", "broadcast"]);
    with_constant(call, How::Add, Math::Add, Math::AddEach)
}

pub fn mul(call: &Call) -> Made {
    call.ignore(&["axis", "broadcast"]);
    with_constant(call, How::Mul, Math::Mul, Math::MulEach)
}

/// The join of two branches, or a step with a constant.
fn with_constant(call: &Call, how: How, math: fn(f64) -> Math, each: fn(Rc<Tensor>) -> Math) -> Made {
    let shape = call.shape();
    let at = match (call.input(0), call.input(1)) {
        (Some(Value::Data(_, first)), Some(Value::Data(_, second))) => {
            have_the_same_axes(call);
            // A gate may have one factor for each channel.
            let size = |shape: &Shape| shape.dims.map_or(0, Dims::len);
            return Made::Join(how, if size(first) >= size(second) { *first } else { *second });
        }
        (Some(Value::Data(..)), _) => 1,
        _ => 0,
    };
    let Some(constant) = call.weight(at, "constant") else { return call.lost(shape) };
    match constant.scalar() {
        Some(number) => step(math(number), shape),
        None if per_channel(&constant.dims, shape.dims.map_or(0, |dims| dims.channels), shape.rank) => {
            Made::Step(each(constant), shape)
        }
        None if shape.dims.is_none() => call.lost(shape),
        None => {
            call.complain(format_args!(
                "constant: found the shape {:?}, expected one number, or one for each channel",
                constant.dims
            ));
            call.lost(shape)
        }
    }
}

/// A step with a number; nothing if it changes nothing, as where a normalization without numbers of its own has some.
fn step(math: Math, shape: Shape) -> Made {
    if matches!(math, Math::Mul(1.0) | Math::Add(0.0)) { Made::Nothing(shape) } else { Made::Step(math, shape) }
}

/// Complains about branches with different numbers of axes. Whether their sizes fit is a question for their block.
fn have_the_same_axes(call: &Call) {
    let ranks = call.inputs.iter().flatten().filter_map(Value::shape).map(|shape| shape.rank).filter(|&rank| rank != 0);
    let ranks: Vec<usize> = ranks.collect();
    if let Some(other) = ranks.iter().find(|rank| **rank != ranks[0]) {
        call.complain(format_args!("found values of {} and of {other} axes, expected the same of all", ranks[0]));
    }
}

pub fn sub(call: &Call) -> Made {
    by(call, |number| Math::Add(-number))
}

pub fn div(call: &Call) -> Made {
    by(call, |number| Math::Mul(1.0 / number))
}

pub fn pow(call: &Call) -> Made {
    by(call, Math::Pow)
}

pub fn greater(call: &Call) -> Made {
    by(call, Math::Greater)
}

/// A step with a single number, which is the second input.
fn by(call: &Call, math: impl Fn(f64) -> Math) -> Made {
    let shape = call.shape();
    let number = match call.input(0) {
        Some(Value::Data(..)) => call.constant(1, "second input").and_then(|tensor| tensor.scalar()),
        _ => None,
    };
    match number {
        Some(number) => step(math(number), shape),
        None => {
            call.complain("the importer knows this operator for a value and one number alone");
            call.lost(shape)
        }
    }
}

pub fn erf(call: &Call) -> Made {
    Made::Step(Math::Erf, call.shape())
}

pub fn choose(call: &Call) -> Made {
    if (0..3).all(|at| matches!(call.input(at), Some(Value::Data(..)))) {
        return Made::Join(How::Where, call.shape());
    }
    call.complain("the importer does not know this operator with a constant");
    call.lost(call.shape())
}

/// Branches one after the other, along the channels.
pub fn concat(call: &Call) -> Made {
    let mut shape = call.shape();
    let axis = call.int("axis", 1);
    if shape.rank != 0 && axis != 1 && axis.saturating_add(shape.rank as i64) != 1 {
        call.refuse("axis", "1, the channels");
    }
    have_the_same_axes(call);
    let mut channels = 0;
    for value in call.inputs.iter().flatten() {
        match value {
            Value::Data(_, Shape { dims: Some(dims), .. }) => {
                channels = dims.channels.saturating_add(channels);
            }
            Value::Data(..) => shape.dims = None,
            _ => call.complain("found a constant among the branches, expected values that depend on the input"),
        }
    }
    shape.dims = shape.dims.map(|dims| Dims::new(channels, dims.height, dims.width));
    Made::Join(How::Concat, shape)
}
