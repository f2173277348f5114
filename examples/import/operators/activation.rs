//! Functions of every number alone, and the softmax.

use std::rc::Rc;

use shapeproof::shape::inference;

use super::super::call::{Call, Made};
use super::super::graph::Tensor;
use super::super::part::{close, real};
use super::shape::positive;

pub fn leaky_relu(call: &Call) -> Made {
    with_number(call, "LeakyReLU", "negative_slope", call.float("alpha", 0.01), 0.01)
}

pub fn elu(call: &Call) -> Made {
    with_number(call, "ELU", "alpha", call.float("alpha", 1.0), 1.0)
}

/// A layer with one number, which is left out if it is the default.
fn with_number(call: &Call, kind: &'static str, name: &'static str, number: f64, default: f64) -> Made {
    let arguments = if close(number, default) { vec![] } else { vec![(name, real(number))] };
    call.layer(kind, arguments, vec![], call.keeps(|dims| inference::finite(kind, name, number, dims)))
}

/// Slopes are broadcast from the last axis on: `[1]`, `[C]` for vectors, or `[C, 1, 1]` for images.
pub fn prelu(call: &Call) -> Made {
    let shape = call.shape();
    let Some(slopes) = call.weight(1, "slope") else { return call.lost(shape) };
    let numbers = slopes.real().unwrap_or_default();
    let (count, channels) = (numbers.len(), shape.dims.map_or(numbers.len(), |dims| dims.channels));
    // A module of PyTorch has `[C]` for any data.
    let fits = shape.rank == 0 || call.node.alias.is_some() || per_channel(&slopes.dims, count, shape.rank);
    let arguments = match count {
        1 => vec![],
        _ if fits && count == channels => vec![("per_channel", "true".into())],
        _ => {
            call.complain(format_args!(
                "slope: found the shape {:?}, expected one, or one for each channel",
                slopes.dims
            ));
            vec![]
        }
    };
    let weight = Rc::new(Tensor { dims: vec![count], numbers: slopes.numbers.clone() });
    call.layer("PReLU", arguments, vec![("weight", weight)], shape)
}

/// Whether a constant of this shape has one number for each of `channels`, in data with `rank` axes.
pub fn per_channel(dims: &[usize], channels: usize, rank: usize) -> bool {
    let expected: &[usize] = match rank {
        4 => &[1, channels, 1, 1],
        3 => &[1, channels, 1],
        _ => &[1, channels],
    };
    dims == expected || dims == &expected[1..]
}

pub fn gelu(call: &Call) -> Made {
    let arguments = match call.text("approximate", "none") {
        "none" => vec![],
        "tanh" => vec![("approximate", "true".into())],
        _ => {
            call.refuse("approximate", "none or tanh");
            vec![]
        }
    };
    call.layer("GELU", arguments, vec![], call.shape())
}

pub fn hard_sigmoid(call: &Call) -> Made {
    let (alpha, beta) = (call.float("alpha", 0.2), call.float("beta", 0.5));
    if !close(alpha, 1.0 / 6.0) || beta != 0.5 {
        call.complain(format_args!("alpha and beta: found {} and {}, expected 1/6 and 0.5", real(alpha), real(beta)));
    }
    call.plain("HardSigmoid")
}

/// ONNX's has neither number; a module of PyTorch may.
pub fn softplus(call: &Call) -> Made {
    let (beta, threshold) = (call.float("beta", 1.0), call.float("threshold", 20.0));
    let numbers = [("beta", beta, 1.0), ("threshold", threshold, 20.0)];
    let arguments = numbers.into_iter().filter(|(_, number, default)| number != default);
    let arguments = arguments.map(|(name, number, _)| (name, real(number))).collect();
    call.layer("Softplus", arguments, vec![], call.keeps(|dims| inference::softplus(dims, beta, threshold)))
}

pub fn swish(call: &Call) -> Made {
    call.only("alpha", call.float("alpha", 1.0), 1.0);
    call.plain("SiLU")
}

/// The bounds are attributes until version 6 and inputs since version 11; without an upper one it is a ReLU.
pub fn clip(call: &Call) -> Made {
    let [min, max] = [(1, "min"), (2, "max")].map(|(at, name)| call.number(at, name));
    match (min, max) {
        (Some(0.0), None) => call.plain("ReLU"),
        (Some(min), Some(max)) => {
            let arguments = vec![("min", real(min)), ("max", real(max))];
            call.layer("Clip", arguments, vec![], call.keeps(|dims| inference::clip(dims, min, max)))
        }
        _ => {
            let text = |bound: Option<f64>| bound.map_or("none".into(), real);
            call.complain(format_args!("min and max: found {} and {}, expected both", text(min), text(max)));
            call.lost(call.shape())
        }
    }
}

pub fn softmax(call: &Call) -> Made {
    over_an_axis(call, "Softmax")
}

pub fn log_softmax(call: &Call) -> Made {
    over_an_axis(call, "LogSoftmax")
}

fn over_an_axis(call: &Call, kind: &'static str) -> Made {
    let (shape, old) = (call.shape(), call.opset < 13);
    let given = call.int("axis", if old { 1 } else { -1 });
    let axis = positive(given, shape.rank);
    let (axes, expected) = match shape.rank {
        4 if !old => (1..4, "1, 2 or 3: channels, rows or columns"),
        3 if !old => (1..3, "1 or 2: the channels, or the numbers of each"),
        _ => (1..2, "1, the channels"),
    };
    // Before version 13, the axis and all after it are one.
    let are_more = old && shape.dims.is_some_and(|dims| !dims.is_flat());
    if shape.rank != 0 && (are_more || !axes.contains(&axis)) {
        match call.node.attributes.is_empty() {
            true => call.complain(format_args!("axis: found {given}, expected {expected}")),
            false => call.refuse("axis", expected),
        }
        return call.lost(shape);
    }
    // A series is an image of one row.
    let axis = if (shape.rank, axis) == (3, 2) { 3 } else { usize::try_from(axis).unwrap_or(1) };
    let arguments = if axis == 1 { vec![] } else { vec![("axis", axis.to_string())] };
    call.layer(kind, arguments, vec![], call.keeps(|dims| inference::softmax(kind, dims, [axis; 2])))
}
