//! Normalizations, and what changes nothing in a prediction: Dropout and identities.

use std::rc::Rc;

use shapeproof::shape::Dims;

use super::super::call::{Call, Made};
use super::super::graph::Tensor;
use super::super::part::{close, real};

/// ONNX's momentum is the share of the old statistics, ours that of the new ones.
pub fn batch_norm(call: &Call) -> Made {
    let shape = call.shape();
    call.only("training_mode", call.int("training_mode", 0), 0);
    call.only("spatial", call.int("spatial", 1), 1);
    let (eps, momentum) = (call.float("epsilon", 1e-5), 1.0 - call.float("momentum", 0.9));
    let mut arguments = Vec::new();
    if !close(eps, 1e-5) {
        arguments.push(("eps", real(eps)));
    }
    if (momentum - 0.1).abs() > 1e-6 {
        // Without what the subtraction has left in the last digits.
        arguments.push(("momentum", real((momentum * 1e6).round() / 1e6)));
    }
    let mut weights = Vec::new();
    for (at, name) in [(1, "weight"), (2, "bias"), (3, "running_mean"), (4, "running_var")] {
        let Some(tensor) = call.weight(at, name) else { continue };
        if tensor.dims.len() != 1 || shape.dims.is_some_and(|dims| tensor.dims != [dims.channels]) {
            let expected = shape.dims.map_or("one size".into(), |dims| format!("[{}]", dims.channels));
            call.complain(format_args!("{name}: found the shape {:?}, expected {expected}", tensor.dims));
        }
        weights.push((name, tensor));
    }
    call.layer("BatchNorm", arguments, weights, shape)
}

/// Over all of a sample: from the first axis after the batch's on.
pub fn layer_norm(call: &Call) -> Made {
    let shape = call.shape();
    call.ignore(&["stash_type"]);
    let axis = call.int("axis", -1);
    if shape.rank != 0 && axis != 1 && axis.saturating_add(shape.rank as i64) != 1 {
        call.refuse("axis", "1, the first after the batch");
    }
    let image = |dims: Dims| vec![dims.channels, dims.height, dims.width];
    let dims = shape.dims.map(|dims| match shape.rank {
        2 => vec![dims.channels],
        3 => vec![dims.channels, dims.width],
        _ => image(dims),
    });
    scaled(call, "LayerNorm", vec![], dims)
}

pub fn group_norm(call: &Call) -> Made {
    call.ignore(&["stash_type"]);
    let (groups, channels) = (call.int("num_groups", 1), call.shape().dims.map(|dims| dims.channels));
    let divides = |channels: usize| usize::try_from(groups).is_ok_and(|groups| channels.checked_rem(groups) == Some(0));
    if let Some(channels) = channels.filter(|&channels| !divides(channels)) {
        call.refuse("num_groups", format_args!("a divisor of {channels} channels"));
    }
    scaled(call, "GroupNorm", vec![("groups", groups.to_string())], channels.map(|channels| vec![channels]))
}

/// Over every channel alone: a group for each.
pub fn instance_norm(call: &Call) -> Made {
    let channels = call.shape().dims.map(|dims| dims.channels);
    // Statistics of the training, which PyTorch's may have.
    call.only("track_running_stats", call.int("track_running_stats", 0), 0);
    let groups = channels.map_or("C".into(), |channels| channels.to_string());
    scaled(call, "GroupNorm", vec![("groups", groups)], channels.map(|channels| vec![channels]))
}

/// A normalization with a scale and a shift of this shape.
fn scaled(
    call: &Call,
    kind: &'static str,
    mut arguments: Vec<(&'static str, String)>,
    dims: Option<Vec<usize>>,
) -> Made {
    let eps = call.float("epsilon", 1e-5);
    if !close(eps, 1e-5) {
        arguments.push(("eps", real(eps)));
    }
    let mut weights = Vec::new();
    for (at, name) in [(1, "weight"), (2, "bias")] {
        let Some(tensor) = call.weight(at, name) else { continue };
        if let Some(dims) = dims.as_ref().filter(|dims| **dims != tensor.dims) {
            call.complain(format_args!("{name}: found the shape {:?}, expected {dims:?}", tensor.dims));
        }
        // A series is an image of one row.
        weights.push((
            name,
            match tensor.dims[..] {
                [c, l] => Rc::new(Tensor { dims: vec![c, 1, l], numbers: tensor.numbers.clone() }),
                _ => tensor,
            },
        ));
    }
    call.layer(kind, arguments, weights, call.shape())
}

/// Shares are rounded to percent; predictions do not depend on them.
pub fn dropout(call: &Call) -> Made {
    call.ignore(&["seed", "is_test"]);
    percentage(call, (100.0 * call.number(1, "ratio").unwrap_or(0.5)).round())
}

fn percentage(call: &Call, percent: f64) -> Made {
    if !(0.0..=99.0).contains(&percent) {
        call.complain(format_args!("ratio: found {percent} %, expected 0 to 99"));
    }
    let arguments = if percent == 50.0 { vec![] } else { vec![("percent", format!("{percent}"))] };
    call.layer("Dropout", arguments, vec![], call.shape())
}

/// This crate writes a Dropout as an identity with a note: `Dropout 50 %`.
pub fn identity(call: &Call) -> Made {
    let note = call.node.note.strip_prefix("Dropout ").and_then(|note| note.strip_suffix(" %"));
    match note.and_then(|percent| percent.parse().ok()) {
        Some(percent) if call.ours => percentage(call, percent),
        _ => Made::Nothing(call.shape()),
    }
}
