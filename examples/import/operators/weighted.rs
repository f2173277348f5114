//! Operators with weights: convolutions and dense product.

use std::rc::Rc;

use shapeproof::shape::{Dims, inference};

use super::super::call::{Call, Made, Shape};
use super::super::graph::{Numbers, Tensor};
use super::window::{Moves, image, is_series, pair, sizes};

/// The bias, if there is one; `Err`, with a complaint, if it has another shape.
fn bias(call: &Call, at: usize, outputs: usize) -> Result<Option<Rc<Tensor>>, ()> {
    if call.input(at).is_none() {
        return Ok(None);
    }
    let bias = call.weight(at, "bias").ok_or(())?;
    if bias.real().map(<[f64]>::len) == Some(outputs) {
        return Ok(Some(Rc::new(Tensor { dims: vec![outputs], numbers: bias.numbers.clone() })));
    }
    call.complain(format_args!("bias: found the shape {:?}, expected [{outputs}]", bias.dims));
    Err(())
}

/// A layer with these weights.
fn weighted(
    call: &Call,
    kind: &'static str,
    mut arguments: Vec<(&'static str, String)>,
    (weight, bias): (Rc<Tensor>, Option<Rc<Tensor>>),
    shape: Shape,
) -> Made {
    if bias.is_none() {
        arguments.push(("bias", "false".into()));
    }
    let weights = [("weight", Some(weight)), ("bias", bias)];
    call.layer(kind, arguments, weights.into_iter().filter_map(|(name, tensor)| Some((name, tensor?))).collect(), shape)
}

/// The weight of a convolution, and its sizes; of a series, as those of an image of one row.
fn kernels(call: &Call, sizes: &str) -> Option<([usize; 4], Rc<Tensor>)> {
    let weight = call.weight(1, "weight")?;
    match weight.dims[..] {
        [a, b, size] if is_series(call) => {
            let dims = [a, b, 1, size];
            Some((dims, Rc::new(Tensor { dims: dims.into(), numbers: weight.numbers.clone() })))
        }
        [a, b, height, width] if !is_series(call) => Some(([a, b, height, width], weight)),
        _ => {
            let kernel = if is_series(call) { "K" } else { "KH, KW" };
            call.complain(format_args!("weight: found the shape {:?}, expected [{sizes}, {kernel}]", weight.dims));
            None
        }
    }
}

pub fn conv(call: &Call) -> Made {
    let rank = if is_series(call) { 3 } else { 4 };
    let lost = || call.lost(Shape { dims: None, rank });
    let Some(([filters, channels, height, width], weight)) = kernels(call, "O, C") else {
        call.ignore(&["kernel_shape", "strides", "dilations", "pads", "group", "auto_pad"]);
        return lost();
    };
    call.ignore(&["kernel_shape"]); // that of the weight
    let (moves, groups) = (Moves::of(call, [height, width]), call.count("group", 1));
    let mut arguments = vec![("filters", filters.to_string())];
    arguments.extend(moves.arguments("kernel", [1, 1]));
    if groups != 1 {
        arguments.push(("groups", groups.to_string()));
    }
    let (Ok(bias), Some(dims)) = (bias(call, 2, filters), image(call)) else { return lost() };
    let kind = moves.kind("Conv2D");
    let output = call.rule(inference::conv2d(kind, dims, filters, groups, moves.window));
    if output.is_some() && groups.checked_mul(channels) != Some(dims.channels) {
        let expected = dims.channels;
        call.complain(format_args!("weight: found {channels} channels in {groups} groups, expected {expected} in all"));
    }
    weighted(call, kind, arguments, (weight, bias), Shape { dims: output, rank })
}

/// Its weight is `[C, O, KH, KW]`. The layer has the same padding on opposite sides.
pub fn conv_transpose(call: &Call) -> Made {
    let rank = if is_series(call) { 3 } else { 4 };
    let lost = || call.lost(Shape { dims: None, rank });
    let names = ["kernel_shape", "strides", "dilations", "pads", "output_padding", "group", "auto_pad"];
    let Some(([channels, filters, height, width], weight)) = kernels(call, "C, O") else {
        call.ignore(&names);
        return lost();
    };
    call.ignore(&["kernel_shape"]); // that of the weight
    call.only("group", call.int("group", 1), 1);
    if !matches!(call.text("auto_pad", "NOTSET"), "NOTSET" | "VALID") {
        call.refuse("auto_pad", "NOTSET or VALID");
        call.ignore(&names);
        return lost();
    }
    // There is none of a series alone.
    let moves = Moves { is_series: false, ..Moves::of(call, [height, width]) };
    if moves.window.before != moves.window.after {
        call.refuse("pads", "the same on opposite sides");
    }
    let more = sizes(call, "output_padding", 0, 0);
    let mut arguments = vec![("filters", filters.to_string())];
    arguments.extend(moves.arguments("kernel", [1, 1]));
    if more != [0, 0] {
        arguments.push(("output_padding", pair(more)));
    }
    let (Ok(bias), Some(dims)) = (bias(call, 2, filters), image(call)) else { return lost() };
    let output = call.rule(inference::conv_transpose2d(dims, filters, moves.window, more));
    if output.is_some() && channels != dims.channels {
        call.complain(format_args!("weight: found {channels} channels, expected {}", dims.channels));
    }
    weighted(call, "ConvTranspose2D", arguments, (weight, bias), Shape { dims: output, rank })
}

/// `alpha·A·B + beta·C`, with `A` the data.
pub fn gemm(call: &Call) -> Made {
    for name in ["alpha", "beta"] {
        call.only(name, call.float(name, 1.0), 1.0);
    }
    call.only("transA", call.int("transA", 0), 0);
    dense(call, call.int("transB", 0) == 1)
}

pub fn mat_mul(call: &Call) -> Made {
    dense(call, false)
}

/// A dense layer, whose weight is `[O, I]` if it is `transposed` already.
fn dense(call: &Call, transposed: bool) -> Made {
    let lost = || call.lost(Shape { dims: None, rank: 2 });
    let (shape, Some(weight)) = (call.shape(), call.weight(1, "weight")) else { return lost() };
    let [rows, columns] = weight.dims[..] else {
        call.complain(format_args!("weight: found the shape {:?}, expected two sizes", weight.dims));
        return lost();
    };
    let (inputs, outputs) = if transposed { (columns, rows) } else { (rows, columns) };
    if shape.rank != 2 && shape.rank != 0 || shape.dims.is_some_and(|dims| dims.len() != inputs) {
        let found = shape.dims.map_or_else(|| format!("{} axes", shape.rank), |dims| dims.to_string());
        call.complain(format_args!("found an input of {found}, expected a vector of {inputs}"));
        return lost();
    }
    let weight = if transposed { weight } else { Rc::new(transpose(&weight, rows, columns)) };
    let Ok(bias) = bias(call, 2, outputs) else { return lost() };
    let shape = Shape { dims: call.rule(inference::dense(Dims::new(inputs, 1, 1), outputs)), rank: 2 };
    weighted(call, "Dense", vec![("units", outputs.to_string())], (weight, bias), shape)
}

/// The transposed matrix.
pub fn transpose(matrix: &Tensor, rows: usize, columns: usize) -> Tensor {
    let numbers = matrix.real().unwrap_or_default();
    let column = |column: usize| numbers.iter().skip(column).step_by(columns.max(1));
    Tensor { dims: vec![columns, rows], numbers: Numbers::Real((0..columns).flat_map(column).copied().collect()) }
}
