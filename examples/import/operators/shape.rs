//! Operators that change axes alone.

use std::collections::BTreeSet;

use shapeproof::shape::Dims;

use super::super::call::{Call, Made, Shape};

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

/// Whether an image of these sizes has as many numbers as a vector.
fn is_image(vector: Dims, sizes: [i64; 3]) -> bool {
    let [channels, height, width] = sizes.map(|size| usize::try_from(size).unwrap_or(0));
    Dims::new(channels, height, width).len() == vector.len()
}

/// To `[N, C·H·W]`, from that to an image, or to the shape it has.
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
    let Some(dims) = shape.dims else { return call.lost(vector(shape)) };
    let is = |size: &Option<i64>, expected: usize| *size == Some(-1) || *size == i64::try_from(expected).ok();
    match &target[..] {
        [batch, length] if is_batch(batch) && is(length, dims.len()) => match shape.rank {
            2 => Made::Nothing(shape),
            _ => call.layer("Flatten", vec![], vec![], vector(shape)),
        },
        [batch, Some(c), Some(h), Some(w)] if is_batch(batch) && shape.rank == 2 && is_image(dims, [*c, *h, *w]) => {
            let image = Shape { dims: shape.dims, rank: 4 };
            if !call.ours && (*h, *w) == (1, 1) {
                return Made::Nothing(image);
            }
            let sizes = [("channels", c), ("height", h), ("width", w)];
            let arguments = sizes.map(|(name, size)| (name, size.to_string())).to_vec();
            let [channels, height, width] = [c, h, w].map(|&size| usize::try_from(size).unwrap_or(0));
            let dims = Some(Dims::new(channels, height, width));
            call.layer("Unflatten", arguments, vec![], Shape { dims, ..image })
        }
        [batch, c, h, w] if is_batch(batch) && is(c, dims.channels) && is(h, dims.height) && is(w, dims.width) => {
            Made::Nothing(Shape { rank: 4, ..shape })
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

/// An `[N, C, 1, 1]` loses its height, its width or both.
pub fn squeeze(call: &Call) -> Made {
    let shape = call.shape();
    let axes = call.list(1, "axes").unwrap_or_else(|| (2..shape.rank as i64).map(Some).collect());
    let axes: BTreeSet<i64> = axes.into_iter().flatten().map(|axis| positive(axis, shape.rank)).collect();
    let rank = shape.rank.saturating_sub(axes.len());
    if shape.rank != 0 && !axes.iter().all(|axis| (2..shape.rank as i64).contains(axis))
        || shape.dims.is_some_and(|dims| !dims.is_flat())
    {
        call.complain(format_args!("axes: found {axes:?}, expected those of height and width in an [N, C, 1, 1]"));
        return call.lost(Shape { dims: None, rank: 0 });
    }
    Made::Nothing(Shape { rank, ..shape })
}

pub fn unsqueeze(call: &Call) -> Made {
    let shape = call.shape();
    let axes = call.list(1, "axes").unwrap_or_default();
    let mut axes: Vec<i64> = axes.into_iter().flatten().map(|axis| positive(axis, 4)).collect();
    axes.sort_unstable();
    if axes != [2, 3] || shape.rank != 2 && shape.rank != 0 {
        call.complain(format_args!("axes: found {axes:?}, expected [2, 3] of an [N, C]"));
        return call.lost(Shape { dims: None, rank: 4 });
    }
    Made::Nothing(Shape { rank: 4, ..shape })
}

fn positive(axis: i64, rank: usize) -> i64 {
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
