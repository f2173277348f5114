//! Normalizations, and what changes nothing in a prediction: Dropout and identities.

use std::rc::Rc;

use shapeproof::shape::{Dims, inference};

use super::super::call::{Call, Made, Shape};
use super::super::graph::Tensor;
use super::super::part::{close, real};

/// The weight and the bias of a normalization that has none.
const NEUTRAL: [f64; 2] = [1.0, 0.0];

/// ONNX's momentum is the share of the old statistics, ours that of the new ones.
pub fn batch_norm(call: &Call) -> Made {
    let shape = call.shape();
    call.only("training_mode", call.int("training_mode", 0), 0);
    call.only("spatial", call.int("spatial", 1), 1);
    let (eps, momentum) = (call.float("epsilon", 1e-5), 1.0 - call.float("momentum", 0.9));
    // Without what the subtraction has left in the last digits.
    let momentum = (momentum * 1e6).round() / 1e6;
    let mut arguments = eps_of(eps);
    if momentum != 0.1 {
        arguments.push(("momentum", real(momentum)));
    }
    let mut weights = Vec::new();
    let channels = shape.dims.map(|dims| [dims.channels]);
    for (at, name) in [(1, "weight"), (2, "bias"), (3, "running_mean"), (4, "running_var")] {
        let tensor = match NEUTRAL.get(at - 1) {
            Some(&number) => call.weight_or(at, name, number, channels.as_ref().map(|sizes| &sizes[..])),
            None => call.weight(at, name),
        };
        let Some(tensor) = tensor else { continue };
        if tensor.dims.len() != 1 || shape.dims.is_some_and(|dims| tensor.dims != [dims.channels]) {
            let expected = shape.dims.map_or("one size".into(), |dims| format!("[{}]", dims.channels));
            call.complain(format_args!("{name}: found the shape {:?}, expected {expected}", tensor.dims));
        }
        weights.push((name, tensor));
    }
    call.layer("BatchNorm", arguments, weights, call.keeps(|dims| inference::batch_norm(dims, eps, momentum)))
}

/// `eps = 0.001`, if it is not the default.
fn eps_of(eps: f64) -> Vec<(&'static str, String)> {
    if close(eps, 1e-5) { vec![] } else { vec![("eps", real(eps))] }
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
    let eps = call.float("epsilon", 1e-5);
    scaled(call, "LayerNorm", eps_of(eps), dims, call.keeps(|dims| inference::layer_norm(dims, eps)))
}

pub fn group_norm(call: &Call) -> Made {
    call.ignore(&["stash_type"]);
    let groups = call.count("num_groups", 1);
    groups_of(call, groups.to_string(), |_| groups)
}

/// Over every channel alone: a group for each.
pub fn instance_norm(call: &Call) -> Made {
    // Statistics of the training, which PyTorch's may have.
    call.only("track_running_stats", call.int("track_running_stats", 0), 0);
    let groups = call.shape().dims.map_or("C".into(), |dims| dims.channels.to_string());
    groups_of(call, groups, |dims| dims.channels)
}

fn groups_of(call: &Call, text: String, groups: impl Fn(Dims) -> usize) -> Made {
    let eps = call.float("epsilon", 1e-5);
    let arguments = [vec![("groups", text)], eps_of(eps)].concat();
    let shape = call.keeps(|dims| inference::group_norm(dims, groups(dims), eps));
    scaled(call, "GroupNorm", arguments, call.shape().dims.map(|dims| vec![dims.channels]), shape)
}

/// A normalization with a scale and a shift of these sizes.
fn scaled(
    call: &Call,
    kind: &'static str,
    arguments: Vec<(&'static str, String)>,
    sizes: Option<Vec<usize>>,
    shape: Shape,
) -> Made {
    let mut weights = Vec::new();
    for (at, name) in [(1, "weight"), (2, "bias")] {
        let Some(tensor) = call.weight_or(at, name, NEUTRAL[at - 1], sizes.as_deref()) else { continue };
        if let Some(sizes) = sizes.as_ref().filter(|sizes| **sizes != tensor.dims) {
            call.complain(format_args!("{name}: found the shape {:?}, expected {sizes:?}", tensor.dims));
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
    call.layer(kind, arguments, weights, shape)
}

/// Shares are rounded to percent; predictions do not depend on them.
pub fn dropout(call: &Call) -> Made {
    call.ignore(&["seed", "is_test"]);
    percentage(call, (100.0 * call.number(1, "ratio").unwrap_or(0.5)).round())
}

fn percentage(call: &Call, percent: f64) -> Made {
    if percent.is_nan() || percent < 0.0 {
        call.complain(format_args!("ratio: found {percent} %, expected at least 0"));
    }
    let arguments = if percent == 50.0 { vec![] } else { vec![("percent", format!("{percent}"))] };
    call.layer("Dropout", arguments, vec![], call.keeps(|dims| inference::dropout(dims, percent as usize)))
}

/// This crate writes a Dropout as an identity with a note: `Dropout 50 %`.
pub fn identity(call: &Call) -> Made {
    let note = call.node.note.strip_prefix("Dropout ").and_then(|note| note.strip_suffix(" %"));
    match note.and_then(|percent| percent.parse().ok()) {
        Some(percent) if call.ours => percentage(call, percent),
        _ => Made::Nothing(call.shape()),
    }
}
