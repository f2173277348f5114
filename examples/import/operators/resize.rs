//! Images that become larger: each pixel repeated, or interpolated.

use shapeproof::shape::inference;

use super::super::call::{Call, Made, Shape};
use super::window::{image, pair};

/// ONNX has many ways to resize. Where the output is a whole number of times as large, some of them are the same, and the layer
/// computes these two: the nearest pixel, and the linear one between the centers of pixels.
pub fn resize(call: &Call) -> Made {
    let rank = if call.shape().rank == 3 { 3 } else { 4 };
    let lost = || call.lost(Shape { dims: None, rank });
    call.ignore(&["cubic_coeff_a", "extrapolation_value"]);
    call.only("antialias", call.int("antialias", 0), 0);
    call.only("exclude_outside", call.int("exclude_outside", 0), 0);
    call.only("keep_aspect_ratio_policy", call.text("keep_aspect_ratio_policy", "stretch"), "stretch");
    let bilinear = is_bilinear(call);
    let (is_module, all) = (call.node.alias.is_some(), (0..rank as i64).collect::<Vec<_>>());
    let axes: Vec<i64> = match call.list(usize::MAX, "axes") {
        Some(axes) => axes.into_iter().flatten().collect(),
        // A module of PyTorch keeps samples and channels.
        None if is_module => all[2..].to_vec(),
        None => all.clone(),
    };
    if axes != all && axes != all[2..] {
        call.refuse("axes", if rank == 3 { "[2], the length" } else { "[2, 3], height and width" });
        return lost();
    }
    let (mut sizes, mut scales) = (call.list(3, "sizes"), call.reals(2, "scales"));
    if is_module {
        // One number is for all of them.
        sizes = sizes.map(|sizes| for_each_axis(sizes, axes.len()));
        scales = scales.map(|scales| for_each_axis(scales, axes.len()));
    }
    let Some(dims) = image(call) else { return lost() };
    let input = match rank {
        3 => vec![None, Some(dims.channels), Some(dims.width)],
        _ => vec![None, Some(dims.channels), Some(dims.height), Some(dims.width)],
    };
    let input = &input[rank - axes.len()..];
    // How many times as large each axis becomes; that of the samples is not known.
    let (what, found, count, times): (_, _, _, Vec<Option<usize>>) = match (sizes, scales) {
        (Some(sizes), _) => {
            let times = |(&size, &before): (&Option<i64>, &Option<usize>)| match (size, before) {
                (_, None) => Some(1),
                (Some(size), Some(before)) => {
                    let size = usize::try_from(size).ok()?;
                    (size.checked_rem(before) == Some(0)).then(|| size / before)
                }
                (None, Some(_)) => None,
            };
            let shown: Vec<String> =
                sizes.iter().map(|size| size.map_or("N".into(), |size| size.to_string())).collect();
            ("sizes", shown.join(", "), sizes.len(), sizes.iter().zip(input).map(times).collect())
        }
        (None, Some(scales)) => {
            let whole = |&scale: &f64| ((1.0..=1e9).contains(&scale) && scale.fract() == 0.0).then_some(scale as usize);
            let shown: Vec<String> = scales.iter().map(f64::to_string).collect();
            ("scales", shown.join(", "), scales.len(), scales.iter().map(whole).collect())
        }
        (None, None) => {
            call.complain("sizes and scales: found none that is known, expected one of them");
            return lost();
        }
    };
    let scale = match times[times.len().saturating_sub(rank - 2)..] {
        [Some(length)] if rank == 3 => Some([1, length]),
        [Some(vertical), Some(horizontal)] => Some([vertical, horizontal]),
        _ => None,
    };
    let others = times.iter().rev().skip(rank - 2);
    let scale = match scale {
        Some(scale)
            if count == axes.len() && !scale.contains(&0) && others.into_iter().all(|&times| times == Some(1)) =>
        {
            scale
        }
        _ => {
            call.complain(format_args!("{what}: found [{found}], expected whole multiples of its {dims} input"));
            return lost();
        }
    };
    let mut arguments = vec![("scale", pair(scale))];
    if bilinear {
        arguments.push(("bilinear", "true".into()));
    }
    call.layer("Upsample", arguments, vec![], Shape { dims: call.rule(inference::upsample(dims, scale)), rank })
}

/// The list, or its only number as often as there are axes.
fn for_each_axis<T: Clone>(list: Vec<T>, axes: usize) -> Vec<T> {
    if let [one] = &list[..] { vec![one.clone(); axes] } else { list }
}

/// Whether it interpolates; there is a complaint if it is neither of the two.
fn is_bilinear(call: &Call) -> bool {
    let mode = call.text("mode", "nearest");
    let place = call.text("coordinate_transformation_mode", "half_pixel");
    let rounding = call.text("nearest_mode", "round_prefer_floor");
    let is_half = matches!(place, "half_pixel" | "pytorch_half_pixel");
    match mode {
        "nearest" => {
            // No output is in the middle between two pixels, so it does not matter what is preferred there.
            let fits = match rounding {
                "floor" => place == "asymmetric",
                "round_prefer_floor" | "round_prefer_ceil" => is_half,
                _ => false,
            };
            if !fits {
                call.complain(format_args!(
                    "coordinate_transformation_mode and nearest_mode: found {place} and {rounding}, \
                     expected asymmetric and floor, or half_pixel and round_prefer_floor"
                ));
            }
        }
        "linear" | "bilinear" if call.node.alias.is_some() => call.refuse(
            "mode",
            "nearest, because the printout does not say align_corners of the others: export the model as ONNX",
        ),
        "linear" if !is_half => call.refuse("coordinate_transformation_mode", "half_pixel"),
        "linear" => {}
        _ => call.refuse("mode", "nearest or linear"),
    }
    mode == "linear"
}
