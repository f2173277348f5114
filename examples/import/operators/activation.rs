//! Functions of every number alone, and the softmax.

use std::rc::Rc;

use super::super::call::{Call, Made};
use super::super::graph::Tensor;
use super::super::part::{close, real};

pub fn leaky_relu(call: &Call) -> Made {
    with_number(call, "LeakyReLU", "negative_slope", call.float("alpha", 0.01), 0.01)
}

pub fn elu(call: &Call) -> Made {
    with_number(call, "ELU", "alpha", call.float("alpha", 1.0), 1.0)
}

/// A layer with one number, which is left out if it is the default.
fn with_number(call: &Call, kind: &'static str, name: &'static str, number: f64, default: f64) -> Made {
    let arguments = if close(number, default) { vec![] } else { vec![(name, real(number))] };
    call.layer(kind, arguments, vec![], call.shape())
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
    let numbers =
        [("beta", 1.0), ("threshold", 20.0)].map(|(name, default)| (name, call.float(name, default), default));
    let arguments = numbers.into_iter().filter(|(_, number, default)| number != default);
    let arguments = arguments.map(|(name, number, _)| (name, real(number))).collect();
    call.layer("Softplus", arguments, vec![], call.shape())
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
            call.layer("Clip", vec![("min", real(min)), ("max", real(max))], vec![], call.shape())
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

/// Before version 13, the axis and all after it are one.
fn over_an_axis(call: &Call, kind: &'static str) -> Made {
    let (shape, old) = (call.shape(), call.opset < 13);
    let axis = call.int("axis", if old { 1 } else { -1 });
    let positive = if axis < 0 { axis.saturating_add(shape.rank as i64) } else { axis };
    let size = match (positive, shape.dims) {
        _ if shape.rank == 0 => None,
        (1, Some(dims)) if old && !dims.is_flat() => Some(0),
        (1, _) => None,
        (2, Some(dims)) if shape.rank == 4 && !old => Some(dims.height),
        (2, Some(dims)) if shape.rank == 3 && !old => Some(dims.width),
        (3, Some(dims)) if shape.rank == 4 && !old => Some(dims.width),
        (2 | 3, None) if shape.rank == 4 && !old => None,
        (2, None) if shape.rank == 3 && !old => None,
        _ => Some(0),
    };
    // Over one number alone it is 1, or 0.
    if size.is_some_and(|size| size < 2) {
        let expected = match size {
            Some(1) => "one with more than one number",
            _ if shape.rank == 4 && !old => "1, 2 or 3: channels, rows or columns",
            _ if shape.rank == 3 && !old => "1 or 2: the channels, or the numbers of each",
            _ => "1, the channels",
        };
        match call.node.attributes.is_empty() {
            true => call.complain(format_args!("axis: found {axis}, expected {expected}")),
            false => call.refuse("axis", expected),
        }
    }
    let arguments = match positive {
        1 => vec![],
        // A series is an image of one row.
        2 if shape.rank == 3 => vec![("axis", "3".into())],
        _ => vec![("axis", positive.to_string())],
    };
    call.layer(kind, arguments, vec![], shape)
}
