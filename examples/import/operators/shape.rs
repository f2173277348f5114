//! Operators that change axes alone.

use std::collections::BTreeSet;

use shapeproof::shape::Dims;

use super::super::call::{Call, Made, Shape};
use super::super::graph::volume;
use super::super::part::{Layer, Math};

/// The shape of a vector with as many numbers.
fn vector(shape: Shape) -> Shape {
    Shape { dims: shape.dims.map(|dims| Dims::new(dims.len(), 1, 1)), rank: 2 }
}

/// ONNX's numbers for the types that a network computes in.
const FLOAT: i64 = 1;
const DOUBLE: i64 = 11;

pub fn cast(call: &Call) -> Made {
    call.ignore(&["saturate", "round_mode"]);
    if !matches!(call.int("to", FLOAT), FLOAT | DOUBLE) {
        call.refuse("to", "1 or 11, FLOAT or DOUBLE");
    }
    Made::Nothing(call.shape())
}

/// A `Flatten` of a vector is only written down in models of this crate, which has written it where it was.
pub fn flatten(call: &Call) -> Made {
    let shape = call.shape();
    let axis = call.int("axis", 1);
    if shape.rank != 0 && axis != 1 && axis.saturating_add(shape.rank as i64) != 1 {
        call.refuse("axis", "1");
    }
    if call.ours && call.node.name.ends_with("/as_vector") || !call.ours && shape.rank == 2 {
        return Made::Nothing(vector(shape));
    }
    call.layer("Flatten", vec![], vec![], vector(shape))
}

/// The sizes after that of the samples: 0 stands for the one that there is, if it `keeps` that, and −1 for what is left. `None` if
/// they are those of more or fewer numbers.
fn sizes(target: &[Option<i64>], shape: Shape, dims: Dims, keeps: bool) -> Option<Vec<usize>> {
    let before = match shape.rank {
        2 => vec![dims.channels],
        3 => vec![dims.channels, dims.width],
        _ => vec![dims.channels, dims.height, dims.width],
    };
    let size = |(at, size): (usize, &Option<i64>)| match *size {
        Some(-1) => Some(None),
        Some(0) if keeps => Some(Some(*before.get(at)?)),
        size => Some(Some(usize::try_from(size?).ok()?)),
    };
    let sizes = target.iter().enumerate().map(size).collect::<Option<Vec<Option<usize>>>>()?;
    let known = volume(&sizes.iter().copied().flatten().collect::<Vec<_>>())?;
    let left = dims.len().checked_div(known)?;
    let sizes: Vec<usize> = sizes.into_iter().map(|size| size.unwrap_or(left)).collect();
    (volume(&sizes) == Some(dims.len())).then_some(sizes)
}

/// To `[N, C·H·W]`, from that to an image or a series, or to the shape it has. Others are steps of several that are one layer.
pub fn reshape(call: &Call) -> Made {
    let (shape, keeps) = (call.shape(), call.int("allowzero", 0) == 0);
    let Some(target) = call.list(1, "shape") else {
        call.complain("shape: found none that is known, expected [N, the numbers of a sample]");
        return call.lost(vector(shape));
    };
    // The size of the batch, or what stands for it.
    let samples = call.batch.and_then(|samples| i64::try_from(samples).ok());
    let is_batch =
        |size: &Option<i64>| *size == samples || matches!(size, None | Some(-1)) || *size == Some(0) && keeps;
    let Some(dims) = shape.dims else { return call.lost(Shape { dims: None, rank: target.len() }) };
    let sizes = match &target[..] {
        [batch, rest @ ..] if is_batch(batch) => sizes(rest, shape, dims, keeps),
        _ => None,
    };
    match (shape.rank, sizes.as_deref()) {
        (2, Some([_])) => Made::Nothing(shape),
        (_, Some([_])) => call.layer("Flatten", vec![], vec![], vector(shape)),
        (2, Some(&[c, h, w])) => {
            let image = Shape { dims: Some(Dims::new(c, h, w)), rank: 4 };
            if !call.ours && (h, w) == (1, 1) {
                return Made::Nothing(image);
            }
            Made::Layer(Layer::unflatten(Dims::new(c, h, w), call.node.label.clone()), image)
        }
        (3 | 4, Some(&[c, h, w])) if Dims::new(c, h, w) == dims => Made::Nothing(Shape { rank: 4, ..shape }),
        (3, Some(&[c, h, w])) => another(dims, Shape { dims: Some(Dims::new(c, h, w)), rank: 4 }),
        (2..=4, Some(&[c, length])) => another(dims, Shape { dims: Some(Dims::new(c, 1, length)), rank: 3 }),
        (4, Some(&[c, pieces, h, w])) if (h, w) == (dims.height, dims.width) => {
            Made::Step(Math::Split { pieces }, Shape { dims: Some(Dims::new(c, h, w)), rank: 5 })
        }
        _ => {
            let sizes: Vec<String> =
                target.iter().map(|size| size.map_or("N".into(), |size| size.to_string())).collect();
            let expected = dims.len();
            call.complain(format_args!(
                "shape: found [{}], expected [N, {expected}], as Flatten gives",
                sizes.join(", ")
            ));
            call.lost(Shape { dims: None, rank: target.len() })
        }
    }
}

/// The same numbers in another shape, if it is another.
fn another(from: Dims, shape: Shape) -> Made {
    match shape.dims {
        Some(to) if to != from => Made::Step(Math::Reshape { from, to }, shape),
        _ => Made::Nothing(shape),
    }
}

/// An `[N, C, 1, 1]` loses its height, its width or both; an `[N, C, 1, L]` becomes a series.
pub fn squeeze(call: &Call) -> Made {
    let shape = call.shape();
    let axes = call.list(1, "axes").unwrap_or_else(|| (2..shape.rank as i64).map(Some).collect());
    let axes: BTreeSet<i64> = axes.into_iter().flatten().map(|axis| positive(axis, shape.rank)).collect();
    let rank = shape.rank.saturating_sub(axes.len());
    if shape.rank != 0 && !axes.iter().all(|axis| (2..shape.rank as i64).contains(axis))
        || shape
            .dims
            .is_some_and(|dims| !dims.is_flat() && (shape.rank != 4 || dims.height != 1 || !axes.iter().eq(&[2])))
    {
        let found: Vec<i64> = axes.into_iter().collect();
        let dims = shape.dims.map_or("unknown".into(), |dims| dims.to_string());
        call.complain(format_args!(
            "axes: found {found:?} of an input that is {dims}, with {} axes, expected [2], [3] or both of an [N, C, 1, 1], or [2] of an \
             [N, C, 1, L] or [N, C, 1]",
            shape.rank
        ));
        return call.lost(Shape { dims: None, rank: 0 });
    }
    Made::Nothing(Shape { rank, ..shape })
}

pub fn unsqueeze(call: &Call) -> Made {
    let shape = call.shape();
    let axes = call.list(1, "axes").unwrap_or_default();
    let rank = if shape.rank == 0 { 4 } else { shape.rank + axes.len() };
    let mut axes: Vec<i64> = axes.into_iter().flatten().map(|axis| positive(axis, rank)).collect();
    axes.sort_unstable();
    match (shape.rank, &axes[..], shape.dims) {
        (0 | 2, [2, 3], _) | (2 | 3, [2], _) => Made::Nothing(Shape { rank, ..shape }),
        // A vector as the only channel of a series.
        (2, [1], Some(dims)) => another(dims, Shape { dims: Some(Dims::new(1, 1, dims.len())), rank }),
        _ => {
            let found = shape.rank;
            call.complain(format_args!(
                "axes: found {axes:?} of an input with {found} axes, expected [1], [2] or [2, 3] of an [N, C], or [2] of an [N, C, L]"
            ));
            call.lost(Shape { dims: None, rank })
        }
    }
}

/// An axis, counted from the last one if it is negative.
pub fn positive(axis: i64, rank: usize) -> i64 {
    if axis < 0 { axis.saturating_add(rank as i64) } else { axis }
}

pub fn transpose(call: &Call) -> Made {
    call.refuse("perm", "none: images are [N, C, H, W]; if the model is from Keras, export it with the channels first");
    call.ignore(&["perm"]);
    call.lost(Shape { dims: None, ..call.shape() })
}

/// Padding by nothing, which exporters write before a pooling.
pub fn pad(call: &Call) -> Made {
    let shape = call.shape();
    call.ignore(&["mode", "value"]);
    let pads = call.list(1, "pads").unwrap_or_default();
    if pads.iter().all(|&pad| pad == Some(0)) {
        return Made::Nothing(shape);
    }
    let pads: Vec<i64> = pads.into_iter().flatten().collect();
    call.complain(format_args!("pads: found {pads:?}, expected none: no layer pads but Conv2D and the poolings"));
    call.lost(Shape { dims: None, ..shape })
}
